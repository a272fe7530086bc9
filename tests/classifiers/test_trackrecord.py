"""A source's track record: what its accepted and rejected entries add to the relevance of its next ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.training.trackrecord import MOST, records


@pytest.mark.parametrize(
    ("decided", "low", "high"),
    [
        pytest.param([(0.5, True), (0.5, False)], -0.01, 0.01, id="as expected"),
        pytest.param([(0.9, False)], -0.6, -0.2, id="one surprise says little"),
        pytest.param([(0.9, False)] * 12, -MOST, -1.4, id="rejected again and again"),
        pytest.param([(0.2, True)] * 6, 1.0, MOST, id="accepted against expectation"),
        pytest.param([(0.05, False)] * 30, -0.5, 0, id="rejected as expected"),
    ],
)
def test_a_record_is_what_was_decided_beside_what_was_expected(
    decided: list[tuple[float, bool]], low: float, high: float
) -> None:
    found = records(("s", relevance, accepted) for relevance, accepted in decided)
    assert low <= found["s"] <= high


def test_each_source_has_its_own_record() -> None:
    found = records([("a", 0.5, True)] * 5 + [("b", 0.5, False)] * 5)
    assert found["a"] > 0.5
    assert found["b"] < -0.5


def test_no_decisions_no_records() -> None:
    assert records([]) == {}


@given(st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 1), st.booleans())))
def test_no_record_hides_a_source(decided: list[tuple[str, float, bool]]) -> None:
    assert all(abs(offset) <= MOST for offset in records(decided).values())
