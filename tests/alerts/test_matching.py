"""Which stories are queued for whom."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from alerts.addresses import AddressError, parse_address
from alerts.matching import queue_alerts
from alerts.models import Alert, Recipient
from alerts.recipients import UnknownTopicsError, add, approve, ensure_chats, remove, request
from alerts.rules import Rule, Tagged, why_wanted
from monitor.models import Entry
from tests.alerts.conftest import NOW, recipient

Tell = Callable[..., Entry]


@pytest.mark.parametrize(
    ("rule", "entry", "why"),
    [
        pytest.param(Rule(), Tagged("제목", "", {}, 0.1), [], id="no-rule-wants-everything"),
        pytest.param(Rule(topics=["ai"]), Tagged("제목", "", {"ai": 0.9, "space": 0.6}, 0.1), ["ai"], id="topic"),
        pytest.param(Rule(topics=["ai"]), Tagged("제목", "", {"space": 0.9}, 1.0), None, id="other-topic"),
        pytest.param(Rule(words=["금리"]), Tagged("일은, 금리를 올리다", "", {}, 0.0), ['"금리"'], id="word-with-particle"),
        pytest.param(Rule(words=["AI"]), Tagged("生成AIの規制", "", {}, 0.0), ['"AI"'], id="acronym-inside-kana"),
        pytest.param(Rule(words=["AI"]), Tagged("Training day", "", {}, 0.0), None, id="acronym-inside-a-word"),
        pytest.param(Rule(words=["반도체"]), Tagged("제목", "반도체 지원", {}, 0.0), ['"반도체"'], id="word-in-the-lead"),
        pytest.param(Rule(words=["반도체"], topics=["ai"]), Tagged("반도체", "", {"space": 0.9}, 1.0), None, id="word-and-topic-both-asked"),
        pytest.param(Rule(min_relevance=0.6), Tagged("제목", "", {"ai": 0.9}, 0.59), None, id="below-the-relevance"),
        pytest.param(Rule(min_relevance=0.6), Tagged("제목", "", {"ai": 0.9}, 0.6), ["ai"], id="at-the-relevance"),
        pytest.param(Rule(topics=["ai"]), Tagged("제목", "", {"ai": 0.9}, 1.0, is_archive=True), None, id="archive"),
        pytest.param(Rule(words=["제목"]), Tagged("제목", "", {}, 0.0, is_archive=True), ['"제목"'], id="words-want-the-archive-too"),
    ],
)  # fmt: skip
def test_a_rule_wants(rule: Rule, entry: Tagged, why: list[str] | None) -> None:
    assert why_wanted(rule, entry) == why


@pytest.mark.parametrize(
    "text", ["telegram:abc", "telegram:", "mailto:a@b.kr", "slack://x", "12", "", "telegram:1 2"]
)
def test_an_address_that_cannot_be_sent_to_is_refused_with_the_mend(text: str) -> None:
    with pytest.raises(AddressError, match="telegram:123456789"):
        parse_address(text)


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


@pytest.mark.django_db
class TestRecipients:
    def test_a_chat_that_asks_for_nothing_in_particular_gets_what_is_most_relevant(self) -> None:
        assert add("telegram:1").subscriptions.get().min_relevance == 0.6
        assert add("telegram:2", words=["금리"]).subscriptions.get().min_relevance == 0.0

    def test_an_unknown_topic_is_refused_with_the_nearest(self) -> None:
        with pytest.raises(UnknownTopicsError, match="semiconductor"):
            add("telegram:1", topics=["semiconducter"])
        assert not Recipient.objects.exists()

    def test_chats_of_the_settings_are_made_once_and_stay_as_people_set_them(self) -> None:
        ensure_chats(["7"])
        remove("telegram:7")
        ensure_chats(["7"])
        assert Recipient.objects.get().state == Recipient.State.SUSPENDED

    def test_approval_starts_alerts_from_now(self) -> None:
        request("telegram:1", name="김", language="ko")
        approved = approve("telegram:1")
        assert approved is not None
        assert (approved.state, approved.subscriptions.count()) == (Recipient.State.ACTIVE, 1)
        assert approve("telegram:2") is None

    def test_removing_keeps_the_ledger(self, tell: Tell) -> None:
        recipient("telegram:1", words=["하나"])
        queue_alerts([tell("하나").id], NOW)
        remove("telegram:1")
        assert Alert.objects.get().state == Alert.State.FAILED
