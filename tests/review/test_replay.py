"""A month with another threshold, and with another model."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.quality.replay import (
    THRESHOLDS,
    Outcome,
    Retold,
    Seen,
    TopicChange,
    compare,
    outcome,
    outcomes,
    topic_changes,
)

MONTH = [
    Seen(0.95, True), Seen(0.85, False), Seen(0.6, True), Seen(0.55, True), Seen(0.5), Seen(0.3, False), Seen(0.1, False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("threshold", "above", "missed", "spared"),
    [
        pytest.param(0.0, 7, 0, 0, id="nothing is cut"),
        pytest.param(0.3, 6, 0, 1, id="at the threshold is above it"),
        pytest.param(0.6, 3, 1, 2, id="undecided ones are neither missed nor spared"),
        pytest.param(0.9, 1, 2, 3, id="high"),
        pytest.param(1.0, 0, 3, 3, id="everything is cut"),
    ],
)
def test_what_a_threshold_would_have_done(threshold: float, above: int, missed: int, spared: int) -> None:
    assert outcome(MONTH, threshold) == Outcome(threshold, above, missed, spared)


def test_the_chosen_threshold_stands_in_its_place_and_once() -> None:
    assert [row.threshold for row in outcomes(MONTH, 0.65)] == sorted([*THRESHOLDS, 0.65])
    assert [row.threshold for row in outcomes(MONTH, 0.6)] == list(THRESHOLDS)


seen = st.builds(Seen, st.floats(0, 1), st.sampled_from([True, False, None]))


@given(st.lists(seen))
def test_a_higher_threshold_shows_no_more_and_misses_no_less(stories: list[Seen]) -> None:
    rows = outcomes(stories, 0.5)
    for field, order in (("above", -1), ("missed", 1), ("spared", 1)):
        counts = [order * getattr(row, field) for row in rows]
        assert counts == sorted(counts)
    assert all(row.above + row.missed + row.spared <= len(stories) for row in rows)


RETOLD = [
    Retold(1, 0.9, 0.8, True), Retold(2, 0.9, 0.4, True), Retold(3, 0.3, 0.7, True), Retold(4, 0.55, 0.1, False),
    Retold(5, 0.2, 0.5, False), Retold(6, 0.3, 0.95), Retold(7, 0.5, 0.49), Retold(8, 0.1, 0.1),
]  # fmt: skip


def test_another_model_is_compared_with_what_was() -> None:
    found = compare(RETOLD, 0.5, 0.6)
    assert found.before == Outcome(0.5, above=4, missed=1, spared=1)
    assert found.after == Outcome(0.5, above=4, missed=1, spared=1)
    assert (found.alerts_before, found.alerts_after) == (2, 3)
    assert (found.missed, found.entering, found.leaving) == ([2], [6, 3, 5], [2, 4, 7])


retold = st.lists(
    st.builds(Retold, st.integers(), st.floats(0, 1), st.floats(0, 1), st.sampled_from([True, False, None])),
    unique_by=lambda story: story.story,
)


@given(retold, st.floats(0, 1))
def test_what_enters_and_leaves_is_the_difference(stories: list[Retold], threshold: float) -> None:
    found = compare(stories, threshold, 0.6)
    assert found.after.above == found.before.above + len(found.entering) - len(found.leaving)
    assert len(found.missed) == found.after.missed
    assert not {*found.entering} & {*found.leaving}


def test_topics_that_change_are_counted_by_topic_those_that_change_most_first() -> None:
    before = {1: {"ai", "space"}, 2: {"ai"}, 3: {"ai"}, 9: {"battery"}}
    after = {1: {"ai"}, 2: {"quantum"}, 3: {"quantum", "ai"}, 4: {"quantum"}, 5: frozenset[str]()}
    assert topic_changes(before, after) == [
        TopicChange("quantum", 3, 0), TopicChange("ai", 0, 1), TopicChange("space", 0, 1),
    ]  # fmt: skip
    assert topic_changes(before, {}) == []
