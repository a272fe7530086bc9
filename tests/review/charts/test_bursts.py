"""Bursts: what is one, and what is not."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.charts.bursts import LEAST_ENTRIES, Burst, bursts

WEEK = [100, 100, 100, 100, 100, 35, 35]


def usual(days: int = 56, part: float = 0.05) -> tuple[list[int], list[int]]:
    """A topic that has the same part of every day's entries, fewer of both at weekends."""
    totals = [WEEK[at % 7] for at in range(days)]
    return [round(total * part) for total in totals], totals


def spans(found: list[Burst]) -> list[tuple[int, int]]:
    return [(burst.first, burst.last) for burst in found]


def test_days_with_three_times_the_usual_part_are_a_burst_and_say_how_much_there_was() -> None:
    counts, totals = usual()
    counts[42:45] = [15, 16, 14]
    (burst,) = bursts(counts, totals)
    assert (burst.first, burst.last, burst.entries) == (42, 44, 45)
    assert 2.5 < burst.times < 3
    assert burst.weight > 0


def test_a_lull_of_a_day_does_not_cut_a_burst_in_two() -> None:
    counts, totals = usual()
    counts[42:47] = [15, 16, 5, 16, 14]
    assert spans(bursts(counts, totals)) == [(42, 46)]


def test_bursts_far_apart_are_two() -> None:
    counts, totals = usual()
    counts[14:17] = counts[42:45] = [16, 16, 16]
    assert spans(bursts(counts, totals)) == [(14, 16), (42, 44)]


@pytest.mark.parametrize(
    ("day", "factor"),
    [
        pytest.param(0, 8, id="the backlog of a first poll"),
        pytest.param(40, 4, id="a day on which everybody wrote more"),
        pytest.param(41, 0, id="a day without anything"),
    ],
)
def test_what_changes_all_topics_alike_is_no_burst(day: int, factor: int) -> None:
    counts, totals = usual()
    counts[day] *= factor
    totals[day] *= factor
    assert bursts(counts, totals) == []


def test_what_is_much_on_a_sunday_is_no_burst_on_a_monday() -> None:
    counts, totals = usual()
    counts[48] = 14
    assert spans(bursts(counts, totals)) == [(48, 48)]
    counts[48], counts[49] = 2, 14
    assert bursts(counts, totals) == []


def test_one_odd_entry_of_a_rare_topic_is_no_burst() -> None:
    _counts, totals = usual()
    rare = [0] * 56
    rare[10] = rare[30] = 1
    rare[50] = 3
    assert bursts(rare, totals) == []


def test_a_fortnight_must_have_been_seen() -> None:
    counts, totals = usual(14)
    counts[10] = 30
    assert spans(bursts(counts, totals)) == [(10, 10)]
    assert bursts(counts[1:], totals[1:]) == []


@pytest.mark.parametrize(
    ("counts", "totals"),
    [
        pytest.param([], [], id="no days"),
        pytest.param([0] * 20, [0] * 20, id="no entries"),
        pytest.param([0] * 20, [9] * 20, id="none of the topic"),
        pytest.param([9] * 20, [9] * 20, id="all of the topic"),
        pytest.param([9] * 20, [18] * 10 + [9] * 10, id="more than half of all"),
    ],
)
def test_nothing_is_no_burst(counts: list[int], totals: list[int]) -> None:
    assert bursts(counts, totals) == []


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), max_size=60))
def test_bursts_lie_apart_within_the_days_and_outweigh_the_usual(days: list[tuple[int, int]]) -> None:
    counts, totals = [part for part, _rest in days], [part + rest for part, rest in days]
    before = -2
    for burst in bursts(counts, totals):
        assert before + 1 < burst.first <= burst.last < len(days)
        assert burst.entries == sum(counts[burst.first : burst.last + 1]) >= LEAST_ENTRIES
        assert burst.times > 1
        assert math.isfinite(burst.weight)
        before = burst.last
