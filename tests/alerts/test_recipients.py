"""The operations on recipients, and what last week would have brought them."""

from collections.abc import Callable
from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from alerts.addresses import AddressError
from alerts.backtest import load_week, renew_budgets
from alerts.matching import queue_alerts
from alerts.models import Alert, Recipient
from alerts.recipients import (
    UnknownTopicsError,
    Wishes,
    add,
    approve,
    ensure_chats,
    ensure_mailboxes,
    find,
    listing,
    preview,
    remove,
    request,
    rules_of,
    set_budget,
)
from alerts.rendering import message_of
from alerts.rules import Rule
from classifiers.models import Tag
from monitor.errors import ConfigError
from monitor.models import Entry
from tests.alerts.conftest import NOW, recipient

Tell = Callable[..., Entry]
DAY = timedelta(days=1)
SEOUL = ZoneInfo("Asia/Seoul")


@pytest.fixture
def week(tell: Tell) -> list[Entry]:
    """Ten stories on each of the seven days before today and on the one before them, of relevance 0.0 to 0.9."""
    return [
        tell(
            f"{days}일 전의 소식 {number}",
            lead="반도체" if number == 3 else "",
            topics={"ai": 0.9} if number % 2 else {"space": 0.9},
            relevance=number / 10,
            first_seen_at=NOW - days * DAY,
        )
        for days in range(8, 0, -1)
        for number in range(10)
    ]


@pytest.mark.django_db
class TestRecipients:
    def test_a_chat_that_asks_for_nothing_in_particular_gets_what_is_most_relevant(self) -> None:
        assert add("telegram:1").subscriptions.get().min_relevance == 0.6
        assert add("telegram:2", words=["금리"]).subscriptions.get().min_relevance == 0.0
        assert add("telegram:3", kinds=["policy"]).subscriptions.get().min_relevance == 0.0
        assert add("telegram:4", digest=True).subscriptions.get().min_relevance == 0.6

    def test_an_unknown_name_is_refused_with_the_nearest(self) -> None:
        with pytest.raises(UnknownTopicsError, match="semiconductor"):
            add("telegram:1", topics=["semiconducter"])
        with pytest.raises(UnknownTopicsError, match="kiat-watch"):
            add("telegram:1", bulletins=["kiat"])
        with pytest.raises(UnknownTopicsError, match="policy"):
            add("telegram:1", kinds=["politics"])
        with pytest.raises(UnknownTopicsError, match="meti-press"):
            add("telegram:1", sources=["meti-pres"])
        assert not Recipient.objects.exists()

    def test_every_field_of_a_rule_is_kept(self) -> None:
        rule = Rule(
            ("ai",), ("kiat-watch",), ("JP",), ("meti-press",), ("policy",), ("반도체",), ("지원",), ("인사",), 0.3, 0.4
        )  # fmt: skip
        to = add(
            "telegram:1", topics=rule.topics, words=rule.words, min_relevance=0.4, bulletins=rule.bulletins,
            regions=rule.regions, sources=rule.sources, kinds=rule.kinds, words_all=rule.words_all,
            words_not=rule.words_not, min_probability=0.3,
        )  # fmt: skip
        assert rules_of(to) == [rule]

    def test_adding_again_replaces_the_rules_and_keeps_the_rest(self) -> None:
        wishes = Wishes("편집방", "en", "Europe/Berlin", (time(22), time(7)), time(9))
        add("telegram:1", topics=["ai"], digest=True, budget=5, wishes=wishes)
        Recipient.objects.update(digest_covered_to=NOW, muted_until=NOW)
        kept = add("telegram:1", words=["금리"])
        kept.refresh_from_db()
        assert rules_of(kept) == [Rule(words=("금리",))]
        assert (kept.budget, kept.digest) == (None, False)
        assert (kept.name, kept.language, kept.zone.key, kept.digest_at) == (
            "편집방", "en", "Europe/Berlin", time(9)
        )  # fmt: skip
        assert (kept.quiet_from, kept.quiet_until, kept.digest_covered_to, kept.muted_until) == (
            time(22), time(7), NOW, NOW
        )  # fmt: skip

    def test_one_rule_may_stand_beside_another(self) -> None:
        add("telegram:1", topics=["ai"], digest=True, operator=True, budget=5)
        both = add("telegram:1", words=["금리"], also=True)
        assert rules_of(both) == [Rule(("ai",)), Rule(words=("금리",))]
        assert (both.digest, both.operator, both.budget) == (True, True, 5)

    def test_no_quiet_hours_is_a_wish_of_its_own(self) -> None:
        add("telegram:1", wishes=Wishes(quiet=(time(22), time(7))))
        assert add("telegram:1", wishes=Wishes(quiet=())).quiet_from is None

    def test_a_mailbox_for_the_summary_alone_gets_no_single_alerts(self, tell: Tell) -> None:
        to = recipient("mailto:Editor@Example.KR", digest=True)
        assert to.address == "mailto:Editor@example.kr"
        assert queue_alerts([tell("제목", topics={"ai": 1.0}, relevance=1.0).id], NOW) == 0
        for rule in ({"topics": ["ai"]}, {"min_relevance": 0.5}, {"budget": 8}):
            assert add("mailto:editor@example.kr", digest=True, **rule).subscriptions.count() == 1  # type: ignore[arg-type]
        assert add("mailto:editor@example.kr").subscriptions.count() == 1

    def test_chats_of_the_settings_are_made_once_and_stay_as_people_set_them(self) -> None:
        ensure_chats(["7"])
        remove("telegram:7")
        ensure_chats(["7"])
        assert Recipient.objects.get().state == Recipient.State.SUSPENDED

    def test_so_are_the_mailboxes_of_the_summary(self) -> None:
        ensure_mailboxes(["a@b.kr", "c@d.kr"])
        one, _other = Recipient.objects.order_by("id")
        assert (one.address, one.digest, one.subscriptions.count()) == ("mailto:a@b.kr", True, 0)
        add("mailto:a@b.kr", topics=["ai"])
        remove("mailto:c@d.kr")
        ensure_mailboxes(["mailto:a@b.kr", "c@D.kr"])
        one, other = Recipient.objects.order_by("id")
        assert (one.digest, one.subscriptions.count(), other.state) == (False, 1, "suspended")

    def test_a_wrong_mailbox_of_the_settings_is_named(self) -> None:
        with pytest.raises(ConfigError, match=r"DIGEST_TO: .*mailto:editor@example\.kr"):
            ensure_mailboxes(["김하나"])

    def test_approval_starts_alerts_from_now(self) -> None:
        request("telegram:-100/5", name="김", language="ko")
        approved = approve("telegram:-100/5")
        assert approved is not None
        assert (approved.state, approved.subscriptions.count()) == (Recipient.State.ACTIVE, 1)
        assert approve("telegram:2") is None

    def test_who_is_approved_is_told_so_once(self) -> None:
        request("telegram:1", name="김", language="en")
        approve("telegram:1")
        approve("telegram:1")
        told = Alert.objects.get()
        assert (told.recipient.address, told.notice, told.state) == (
            "telegram:1",
            {"kind": "approved"},
            "queued",
        )
        assert message_of(told).plain.startswith("✅ Alerts come to you from now on")

    def test_a_mailbox_for_the_summary_that_comes_back_stays_that(self) -> None:
        add("mailto:a@b.kr", digest=True)
        remove("mailto:a@b.kr")
        approved = approve("mailto:a@b.kr")
        assert approved is not None
        assert (approved.state, approved.subscriptions.count()) == (Recipient.State.ACTIVE, 0)

    def test_removing_keeps_the_ledger(self, tell: Tell) -> None:
        recipient("telegram:1", words=["하나"])
        queue_alerts([tell("하나").id], NOW)
        remove("telegram:1")
        assert Alert.objects.get().state == Alert.State.FAILED

    def test_a_recipient_is_found_as_written_and_as_shown(self) -> None:
        add("json://127.0.0.1:9/secret")
        add("mailto:a@b.kr", digest=True)
        assert find("json://127.0.0.1:9/secret") == find("json://127.0.0.1:9/…") == Recipient.objects.first()
        assert find("mailto: a@B.KR") == Recipient.objects.last()
        add("json://127.0.0.1:9/other")
        assert find("json://127.0.0.1:9/…") is None

    def test_a_listing_holds_all_but_secrets(self) -> None:
        add("json://127.0.0.1:9/secret", words=["금리"], wishes=Wishes(quiet=(time(22), time(7))))
        (row,) = listing()
        assert "secret" not in str(row)
        assert (row["quiet"], row["zone"], row["budget"]) == ("22:00-07:00", "Asia/Seoul", None)

    def test_an_address_that_cannot_be_sent_to_makes_nobody(self) -> None:
        with pytest.raises(AddressError):
            add("mailto:nobody")
        assert not Recipient.objects.exists()


@pytest.mark.django_db
class TestLastWeek:
    def test_rules_are_tried_on_the_seven_days_before_today(self, week: list[Entry]) -> None:
        found = preview([Rule(topics=["ai"], min_relevance=0.5)], None, SEOUL, NOW)
        assert [count for _day, count in found.days] == [3] * 7
        assert (found.daily, found.whole, found.relevance) == (3.0, True, None)
        assert [story.relevance for story in found.top] == [0.9] * 5
        assert [story.relevance for story in found.below] == [0.3] * 5

    def test_a_budget_comes_to_the_relevance_that_would_have_brought_it(self, week: list[Entry]) -> None:
        found = preview([Rule()], 4, SEOUL, NOW)
        assert (found.relevance, found.daily) == (0.6, 4.0)
        assert preview([Rule(topics=["ai"])], 4, SEOUL, NOW).relevance == 0.3

    def test_words_alone_use_the_budget_up(self, week: list[Entry]) -> None:
        found = preview([Rule(), Rule(words=["반도체"])], 4, SEOUL, NOW)
        assert (found.relevance, found.daily) == (0.7, 4.0)

    def test_a_rules_own_relevance_leaves_more_to_the_others(self, week: list[Entry]) -> None:
        rules = [Rule(topics=["ai"], min_relevance=0.9), Rule(topics=["space"])]
        found = preview(rules, 4, SEOUL, NOW)
        assert (found.relevance, found.daily) == (0.4, 4.0)

    def test_a_story_of_many_entries_is_one(self, week: list[Entry], tell: Tell) -> None:
        for _ in range(5):
            tell("같은 이야기", relevance=1.0, story=week[-1].story, first_seen_at=NOW - DAY)
        assert preview([Rule(min_relevance=0.9)], None, SEOUL, NOW).total == 7

    def test_words_are_found_in_mark_up_and_across_gaps_as_the_alerts_find_them(self, tell: Tell) -> None:
        leads = {
            "스마트 공장을 <b>짓다</b>": True,
            "스마트공장과 로봇": True,
            "<p>스마트&#32;공장</p>": True,
            "스마트한 공장": False,
        }
        entries = [tell("제목", lead=lead, first_seen_at=NOW - 2 * DAY) for lead in leads]
        tell("처음", first_seen_at=NOW - 9 * DAY)
        rule = Rule(words=("스마트 공장",))
        assert preview([rule], None, SEOUL, NOW).total == 3
        recipient("telegram:1", words=rule.words)
        assert queue_alerts([entry.id for entry in entries], NOW) == 3

    def test_an_archive_is_no_week(self, tell: Tell) -> None:
        tell("처음", source="boj", first_seen_at=NOW - 20 * DAY)
        old = {"published_at": NOW - 9 * DAY, "date_confidence": "day", "first_seen_at": NOW - 2 * DAY}
        tell("옛 반도체 소식", **old)
        tell("옛 금리 소식", source="boj", **old)
        assert preview([Rule()], None, SEOUL, NOW).total == 1
        assert preview([Rule(words=["반도체"])], None, SEOUL, NOW).total == 1

    def test_what_an_editor_took_away_does_not_count(self, week: list[Entry]) -> None:
        Tag.objects.filter(topic="ai").update(probability=0)
        assert preview([Rule(topics=["ai"])], None, SEOUL, NOW).total == 0

    def test_it_is_the_same_as_what_would_have_been_queued(self, week: list[Entry]) -> None:
        to = recipient("telegram:1", topics=["ai"], budget=2)
        Recipient.objects.filter(id=to.id).update(
            budget_relevance=preview(rules_of(to), 2, SEOUL, NOW).relevance
        )
        recent = [entry.id for entry in week if entry.first_seen_at > NOW - 7.5 * DAY]
        assert queue_alerts(recent, NOW) == preview(rules_of(to), 2, SEOUL, NOW).total == 14

    def test_without_any_entry_there_is_nothing_to_say(self) -> None:
        found = preview([Rule()], 8, SEOUL, NOW)
        assert (found.days, found.total, found.daily, found.relevance) == ((), 0, 0.0, 0.6)

    def test_queries_do_not_grow_with_stories_or_rules(
        self, week: list[Entry], django_assert_max_num_queries: Callable[[int], object]
    ) -> None:
        rules = [Rule(topics=["ai"]), Rule(words=["반도체"]), Rule(sources=["meti-press"])]
        with django_assert_max_num_queries(4):  # type: ignore[attr-defined]
            preview(rules, 8, SEOUL, NOW)
        with django_assert_max_num_queries(4):  # type: ignore[attr-defined]
            load_week(NOW, [])


@pytest.mark.django_db
class TestBudgets:
    def test_a_budget_has_its_threshold_at_once_and_anew_each_day(
        self, week: list[Entry], tell: Tell
    ) -> None:
        with time_machine.travel(NOW, tick=False):
            to = add("telegram:1", budget=4)
        to.refresh_from_db()
        assert (to.budget, to.budget_relevance) == (4, 0.6)
        assert renew_budgets(NOW) == 0
        for number in range(25):
            tell(f"큰 소식 {number}", relevance=0.95, first_seen_at=NOW)
        assert renew_budgets(NOW) == 0, "today is no whole day"
        assert renew_budgets(NOW + DAY) == 1
        to.refresh_from_db()
        assert to.budget_relevance == 0.95

    def test_a_week_is_the_recipients_own(self, week: list[Entry], tell: Tell) -> None:
        """At noon in Seoul it is still the evening before in New York: what came that day is of no whole day yet."""
        for number in range(25):
            tell(f"큰 소식 {number}", relevance=0.95, first_seen_at=NOW - timedelta(hours=15))
        for address, zone in (("telegram:1", "America/New_York"), ("telegram:2", "")):
            to = Recipient.objects.create(address=address, budget=4, zone_name=zone)
            to.subscriptions.create()
        renew_budgets(NOW)
        there, here = Recipient.objects.order_by("address")
        assert (here.budget_relevance, there.budget_relevance) == (0.95, 0.6)

    def test_a_budget_replaces_the_relevance_that_nobody_asked_for(self, week: list[Entry]) -> None:
        to = add("telegram:1")
        set_budget(to, 8, NOW)
        assert [rule.min_relevance for rule in rules_of(to)] == [0.0]
        assert to.budget_relevance == 0.2
        set_budget(to, 4, NOW)
        assert to.budget_relevance == 0.6
        set_budget(to, None, NOW)
        assert [rule.min_relevance for rule in rules_of(to)] == [0.6]
        assert to.budget_relevance is None

    def test_a_relevance_that_somebody_asked_for_stays(self, week: list[Entry]) -> None:
        to = add("telegram:1", topics=["ai"], min_relevance=0.6)
        set_budget(to, 8, NOW)
        assert [rule.min_relevance for rule in rules_of(to)] == [0.6]
        set_budget(to, None, NOW)
        assert [rule.min_relevance for rule in rules_of(to)] == [0.6]

    def test_nobody_else_is_touched(self, week: list[Entry]) -> None:
        add("telegram:1")
        to = add("telegram:2", budget=4)
        remove(to.address)
        Recipient.objects.update(budget_relevance=None)
        assert renew_budgets(NOW) == 0
