"""A month with another threshold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.replay import THRESHOLDS, Outcome, Seen, outcome, outcomes

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
