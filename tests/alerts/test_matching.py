"""Which stories are queued for whom."""

from collections.abc import Callable, Iterator
from datetime import time, timedelta
from pathlib import Path

import pytest

from alerts.matching import queue_alerts, queue_notices
from alerts.models import Alert, Recipient, Subscription
from alerts.recipients import remove, request
from classifiers.models import Assessment
from classifiers.taxonomy import taxonomy
from monitor.config import settings
from monitor.models import Entry, Incident, Source
from tests.alerts.conftest import NOW, recipient

Tell = Callable[..., Entry]


@pytest.fixture
def bulletins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two bulletins, of which one has a section for policies about AI."""
    file = tmp_path / "topics.yaml"
    file.write_text(
        """
bulletins:
  - {id: kiat-watch, name: 워치, cadence: biweekly, sections: [{name: 정책동향, kinds: [policy], topics: [ai]}]}
  - {id: japan-insight, name: 인사이트, cadence: monthly, sections: [{name: 일본경제, kinds: [economy]}]}
topics: [{id: ai, name: {ko: 인공지능}}]
""",
        encoding="utf-8",
    )
    monkeypatch.setenv("MONITOR_TOPICS", str(file))
    settings.cache_clear()
    taxonomy.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()
    taxonomy.cache_clear()


@pytest.mark.django_db
class TestMatching:
    def test_one_alert_a_recipient_and_story_whatever_follows(self, tell: Tell) -> None:
        recipient("telegram:1", topics=["ai"])
        first = tell("하나", topics={"ai": 0.9})
        later = tell("같은 이야기", topics={"ai": 0.9}, story=first.story, source="nikkei")
        assert queue_alerts([first.id], NOW) == 1
        assert queue_alerts([first.id, later.id], NOW) == 0
        assert Alert.objects.count() == 1

    def test_two_entries_of_one_story_in_one_batch_are_one_alert(self, tell: Tell) -> None:
        recipient("telegram:1", topics=["ai"])
        first = tell("하나", topics={"ai": 0.9})
        later = tell("같은 이야기", topics={"ai": 0.9}, story=first.story, source="nikkei")
        assert queue_alerts([first.id, later.id], NOW) == 1

    def test_pending_and_suspended_recipients_get_nothing(self, tell: Tell) -> None:
        pending = request("telegram:1", name="김", language="ko")
        assert pending.state == Recipient.State.PENDING
        gone = recipient("telegram:2", words=["하나"])
        remove(gone.address)
        assert queue_alerts([tell("하나").id], NOW) == 0

    def test_what_was_there_before_a_recipient_is_no_news_to_it(self, tell: Tell) -> None:
        late = recipient("telegram:1", words=["하나"])
        Recipient.objects.filter(id=late.id).update(created_at=NOW + timedelta(seconds=1))
        assert queue_alerts([tell("하나").id], NOW) == 0

    def test_the_archive_that_a_first_poll_brings_is_not_alerted_by_topic(self, tell: Tell) -> None:
        recipient("telegram:1", topics=["ai"])
        old = tell("옛글", topics={"ai": 0.9}, published_at=NOW - timedelta(days=3), date_confidence="day")
        new = tell(
            "새 글", topics={"ai": 0.9}, published_at=NOW - timedelta(hours=3), date_confidence="instant"
        )
        undated = tell("날짜 없는 글", topics={"ai": 0.9})
        assert queue_alerts([old.id, new.id, undated.id], NOW) == 2

    def test_an_old_date_at_a_later_poll_is_alerted(self, tell: Tell) -> None:
        recipient("telegram:1", topics=["ai"])
        tell("첫 확인", first_seen_at=NOW - timedelta(days=9))
        old = tell(
            "늦게 올린 글", topics={"ai": 0.9}, published_at=NOW - timedelta(days=3), date_confidence="day"
        )
        assert queue_alerts([old.id], NOW) == 1

    def test_queries_do_not_grow_with_entries_or_recipients(
        self, tell: Tell, django_assert_max_num_queries: Callable[[int], object]
    ) -> None:
        for number in range(1, 11):
            recipient(f"telegram:{number}", topics=["ai"])
        ids = [tell(f"제목 {number}", topics={"ai": 0.9}).id for number in range(20)]
        with django_assert_max_num_queries(10):  # type: ignore[attr-defined]
            assert queue_alerts(ids, NOW) == 200

    @pytest.mark.parametrize(
        ("rule", "wanted"),
        [
            ({"regions": ["JP"]}, True),
            ({"regions": ["US"]}, False),
            ({"kinds": ["policy"]}, True),
            ({"kinds": ["economy"]}, False),
            ({"sources": ["meti-press"]}, True),
            ({"sources": ["boj"]}, False),
            ({"bulletins": ["kiat-watch"]}, True),
            ({"bulletins": ["japan-insight"]}, False),
            ({"words_all": ["지원", "인력"]}, True),
            ({"words_not": ["인력"]}, False),
            ({"topics": ["ai"], "min_probability": 0.95}, False),
        ],
    )
    def test_every_field_of_a_subscription_counts(
        self, tell: Tell, bulletins: None, rule: dict[str, object], wanted: bool
    ) -> None:
        to = recipient("telegram:1", topics=["ai"])
        Subscription.objects.filter(recipient=to).update(topics=[])
        Subscription.objects.filter(recipient=to).update(**rule)
        entry = tell("반도체 지원", lead="인력을 기른다", topics={"ai": 0.9, "robotics": 0.5})
        Assessment.objects.filter(entry=entry).update(regions=["JP", "EU"])
        assert queue_alerts([entry.id], NOW) == wanted

    def test_a_topic_that_an_editor_took_away_is_none(self, tell: Tell) -> None:
        recipient("telegram:1", topics=["ai"])
        entry = tell("제목", topics={"ai": 0.0, "space": 0.9})
        assert queue_alerts([entry.id], NOW) == 0

    def test_a_budget_keeps_out_what_is_below_its_threshold_but_no_words(self, tell: Tell) -> None:
        recipient("telegram:1", topics=["ai"])
        recipient("telegram:2", words=["제목"])
        Recipient.objects.update(budget=8, budget_relevance=0.8)
        below = tell("제목", topics={"ai": 0.9}, relevance=0.79)
        above = tell("제목", topics={"ai": 0.9}, relevance=0.8)
        assert queue_alerts([below.id, above.id], NOW) == 3
        assert Alert.objects.get(recipient__address="telegram:1").entry == above

    def test_a_budget_whose_threshold_is_not_known_brings_no_flood(self, tell: Tell) -> None:
        recipient("telegram:1", topics=["ai"])
        Recipient.objects.update(budget=8)
        assert queue_alerts([tell("제목", topics={"ai": 0.9}, relevance=0.59).id], NOW) == 0

    def test_in_quiet_hours_an_alert_waits_for_the_next_summary(self, tell: Tell) -> None:
        to = recipient("telegram:1", topics=["ai"])
        # It is noon in Seoul, and ten in the evening in New York.
        Recipient.objects.filter(id=to.id).update(
            quiet_from=time(22), quiet_until=time(7), zone_name="America/New_York"
        )
        recipient("telegram:2", topics=["ai"])
        queue_alerts([tell("제목", topics={"ai": 0.9}).id], NOW)
        quiet, loud = Alert.objects.order_by("recipient__address")
        assert (quiet.rolled, quiet.not_before) == (True, NOW + timedelta(hours=9))
        assert (loud.rolled, loud.not_before) == (False, NOW)

    def test_while_muted_nothing_is_queued_and_later_nothing_of_it_comes(self, tell: Tell) -> None:
        to = recipient("telegram:1", topics=["ai"])
        Recipient.objects.filter(id=to.id).update(muted_until=NOW + timedelta(hours=1))
        first, second = tell("하나", topics={"ai": 0.9}), tell("둘", topics={"ai": 0.9})
        assert queue_alerts([first.id], NOW) == 0
        assert queue_alerts([second.id], NOW + timedelta(hours=1)) == 1

    def test_a_later_member_has_the_message_that_was_sent_edited(self, tell: Tell) -> None:
        recipient("telegram:1", topics=["ai"])
        first = tell("하나", topics={"ai": 0.9})
        other = tell("다른 이야기", topics={"ai": 0.9})
        queue_alerts([first.id, other.id], NOW)
        Alert.objects.update(state=Alert.State.SENT, sent_at=NOW, external_id="1")
        later = tell("같은 이야기", story=first.story, source="nikkei")
        queue_alerts([later.id], NOW)
        revised, left = Alert.objects.order_by("id")
        assert revised.revise_at is not None
        assert left.revise_at is None

    def test_a_budget_is_no_query_more(
        self, tell: Tell, django_assert_max_num_queries: Callable[[int], object]
    ) -> None:
        for number in range(1, 11):
            recipient(f"telegram:{number}", topics=["ai"])
        Recipient.objects.update(budget=8, budget_relevance=0.5, quiet_from=time(22), quiet_until=time(7))
        ids = [tell(f"제목 {number}", topics={"ai": 0.9}).id for number in range(20)]
        with django_assert_max_num_queries(10):  # type: ignore[attr-defined]
            assert queue_alerts(ids, NOW) == 200


@pytest.mark.django_db
class TestNotices:
    def test_in_an_operators_quiet_hours_a_fault_waits_for_their_end(self) -> None:
        to = recipient("telegram:1", operator=True)
        Recipient.objects.filter(id=to.id).update(quiet_from=time(11), quiet_until=time(13))
        Source.objects.create(id="boj")
        queue_notices(Incident.objects.create(source_id="boj", state="broken", opened_at=NOW), NOW)
        assert Alert.objects.get().not_before == NOW + timedelta(hours=1)

    def test_a_muted_operator_is_not_told(self) -> None:
        to = recipient("telegram:1", operator=True)
        Recipient.objects.filter(id=to.id).update(muted_until=NOW + timedelta(hours=1))
        Source.objects.create(id="boj")
        queue_notices(Incident.objects.create(source_id="boj", state="broken", opened_at=NOW), NOW)
        assert not Alert.objects.exists()
