"""The threshold of a budget, and what last week would have brought."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.budget import ALWAYS, Wanted, back_test, days_of, threshold

SEOUL, NEW_YORK = ZoneInfo("Asia/Seoul"), ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
WEEK = tuple(date(2026, 11, day) for day in range(13, 20))


def came(scores: list[float], line: float) -> int:
    return sum(score >= line for score in scores)


@pytest.mark.parametrize(
    ("scores", "budget", "days", "line"),
    [
        pytest.param([0.9, 0.8, 0.7, 0.6], 1, 2, 0.8, id="the-best-of-all-days"),
        pytest.param([0.9, 0.8], 5, 7, 0.0, id="too-few-stories-all-come"),
        pytest.param([], 5, 7, 0.0, id="no-stories"),
        pytest.param([0.9, 0.8, 0.8, 0.8, 0.5], 3, 1, 0.8, id="a-tie-that-comes-nearer-is-let-in"),
        pytest.param([0.9, 0.8, 0.8, 0.8, 0.5], 2, 1, 0.9, id="a-tie-that-is-too-many-stays-out"),
        pytest.param([ALWAYS, ALWAYS, 0.9, 0.8], 1, 3, 0.9, id="words-alone-use-it-up"),
        pytest.param([ALWAYS] * 9, 1, 1, 0.0, id="words-alone-only"),
    ],
)
def test_the_threshold_of(scores: list[float], budget: int, days: int, line: float) -> None:
    assert threshold(scores, budget, days) == line


def test_the_most_relevant_come_however_many_are_alike() -> None:
    assert came([0.9] * 1000, threshold([0.9] * 1000, 1, 7)) == 1000


def test_where_words_alone_are_too_many_nothing_else_comes() -> None:
    scores = [*[ALWAYS] * 20, 0.99, 0.5]
    assert came(scores, threshold(scores, 1, 7)) == 20


SCORES = st.lists(st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.5, 0.9, 1.0, ALWAYS])), max_size=120)


@given(SCORES, st.integers(1, 20), st.integers(1, 7))
def test_no_other_threshold_comes_nearer_to_the_budget(scores: list[float], budget: int, days: int) -> None:
    room, always = budget * days, scores.count(ALWAYS)
    got = came(scores, threshold(scores, budget, days))
    if len(scores) <= room:
        assert got == len(scores)
    elif always >= room:
        assert got == always
    else:
        others = [came(scores, line) for line in scores if line != ALWAYS]
        assert abs(got - room) == min(abs(other - room) for other in others)


@given(SCORES, st.integers(1, 20), st.integers(1, 7))
def test_a_larger_budget_brings_no_less(scores: list[float], budget: int, days: int) -> None:
    smaller, larger = threshold(scores, budget, days), threshold(scores, budget + 1, days)
    assert came(scores, larger) >= came(scores, smaller)


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=120, unique=True), st.integers(1, 20), st.integers(1, 7)
)
def test_without_ties_exactly_the_budget_comes(scores: list[float], budget: int, days: int) -> None:
    assert came(scores, threshold(scores, budget, days)) == min(len(scores), budget * days)


class TestDays:
    def test_seven_whole_days_of_the_recipient_before_today(self) -> None:
        long_ago = NOW - timedelta(days=99)
        assert days_of(long_ago, NOW, SEOUL) == (WEEK, True)
        yesterday_there = tuple(day - timedelta(days=1) for day in WEEK)
        assert days_of(long_ago, NOW, NEW_YORK) == (yesterday_there, True)

    def test_a_younger_history_counts_from_its_second_day(self) -> None:
        assert days_of(NOW - timedelta(days=3), NOW, SEOUL) == (
            (date(2026, 11, 18), date(2026, 11, 19)),
            True,
        )

    def test_while_no_day_is_whole_the_days_so_far_are_shown_as_such(self) -> None:
        assert days_of(NOW, NOW, SEOUL) == ((date(2026, 11, 20),), False)
        assert days_of(NOW - timedelta(days=1), NOW, SEOUL) == (
            (date(2026, 11, 19), date(2026, 11, 20)),
            False,
        )

    def test_before_the_first_entry_there_are_none(self) -> None:
        assert days_of(None, NOW, SEOUL) == ((), False)

    @given(st.integers(0, 400), st.sampled_from([SEOUL, NEW_YORK, ZoneInfo("Europe/Berlin")]))
    def test_a_week_has_seven_days_whatever_the_clock_does(self, hours: int, zone: ZoneInfo) -> None:
        now = datetime(2026, 10, 20, tzinfo=UTC) + timedelta(hours=hours)
        days, whole = days_of(now - timedelta(days=60), now, zone)
        assert whole
        assert len(days) == 7
        assert days[-1] == now.astimezone(zone).date() - timedelta(days=1)


class TestBackTest:
    def wanted(self, number: int, at: datetime, relevance: float, score: float | None = -1) -> Wanted:
        return Wanted(number, f"제목 {number}", "ko", at, relevance, relevance if score == -1 else score)

    def test_each_day_with_its_number_and_both_sides_of_the_line(self) -> None:
        at = datetime(2026, 11, 18, 3, tzinfo=UTC)
        stories = [self.wanted(number, at, number / 20) for number in range(20)]
        stories.append(self.wanted(99, at - timedelta(days=1), 0.99))
        stories.append(self.wanted(98, NOW, 1.0))
        found = back_test(stories, 1, WEEK, SEOUL, whole=True, unknown=0.6)
        assert found.relevance == 0.7
        assert [count for _day, count in found.days] == [0, 0, 0, 0, 1, 6, 0]
        assert (found.total, found.daily) == (7, 1.0)
        assert [story.story for story in found.top] == [99, 19, 18, 17, 16]
        assert [story.story for story in found.below] == [13, 12, 11, 10, 9]

    def test_midnight_is_the_recipients(self) -> None:
        story = self.wanted(1, datetime(2026, 11, 18, 23, tzinfo=UTC), 0.9)
        counted = [
            dict(back_test([story], None, WEEK, zone, whole=True, unknown=0.6).days)
            for zone in (SEOUL, NEW_YORK)
        ]
        assert (counted[0][date(2026, 11, 19)], counted[1][date(2026, 11, 18)]) == (1, 1)

    def test_without_a_budget_the_rules_alone_decide(self) -> None:
        at = NOW - timedelta(days=2)
        found = back_test(
            [self.wanted(1, at, 0.9), self.wanted(2, at, 0.5, None)],
            None,
            WEEK,
            SEOUL,
            whole=True,
            unknown=0.6,
        )
        assert (found.total, found.relevance) == (1, None)
        assert [story.story for story in found.below] == [2]

    def test_a_budget_that_no_day_can_be_asked_about_gets_the_usual_relevance(self) -> None:
        stories = [self.wanted(number, NOW, number / 10) for number in range(10)]
        found = back_test(stories, 1, (date(2026, 11, 20),), SEOUL, whole=False, unknown=0.6)
        assert (found.relevance, found.total, found.whole) == (0.6, 4, False)
