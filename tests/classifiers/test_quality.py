"""What editors' decisions say of the model, and when they say nothing yet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.evaluating.quality import Judged, Share, missed, quality, ranking, wilson


def tagged(given: str, corrected: str | None, language: str = "ja") -> Judged:
    """Topics by their letters."""
    return Judged(language, frozenset(given), None if corrected is None else frozenset(corrected))


class TestTopics:
    def test_only_entries_that_an_editor_tagged_count(self) -> None:
        figures = quality([tagged("ab", "a")] * 10 + [tagged("b", None)] * 90)
        assert figures.retagged == 10
        assert (figures.all.precision, figures.all.recall) == (Share(10, 20), Share(10, 10))
        assert figures.all.f1 == pytest.approx(2 / 3)
        assert figures.all.n == 10

    def test_each_topic_and_language_has_its_own(self) -> None:
        figures = quality(
            [tagged("a", "a", "ko")] * 10 + [tagged("a", "b", "zh")] * 10 + [tagged("c", "", "zh")] * 3
        )
        assert {
            name: (row.precision.part, row.precision.n, row.recall.part, row.n)
            for name, row in figures.topics.items()
        } == {"a": (10, 20, 10, 10), "b": (0, 0, 0, 10), "c": (0, 3, 0, 0)}
        assert figures.topics["a"].f1 == pytest.approx(2 / 3)
        assert {name: row.recall.value for name, row in figures.languages.items()} == {"ko": 1.0, "zh": 0.0}

    @pytest.mark.parametrize(
        ("given", "corrected", "times", "enough"),
        [
            pytest.param("a", "a", 9, (False, False, False), id="nine are too few"),
            pytest.param("a", "a", 10, (True, True, True), id="ten are enough"),
            pytest.param("", "a", 10, (False, True, False), id="no precision where nothing was given"),
            pytest.param("a", "", 10, (True, False, False), id="no recall where nothing was right"),
        ],
    )
    def test_too_few_cases_name_no_figure(
        self, given: str, corrected: str, times: int, enough: tuple[bool, ...]
    ) -> None:
        figures = quality([tagged(given, corrected)] * times).topics["a"]
        assert (figures.precision.enough, figures.recall.enough, figures.f1 is not None) == enough

    def test_an_editor_who_takes_every_topic_away_has_spoken(self) -> None:
        assert quality([tagged("a", "")]).retagged == 1

    def test_nothing_gives_nothing(self) -> None:
        figures = quality([])
        assert (figures.topics, figures.languages, figures.all.f1, figures.ranking.auc) == (
            {},
            {},
            None,
            None,
        )


class TestRanking:
    def test_a_perfect_order_saves_what_the_rejected_take(self) -> None:
        rows = [(0.9, True)] * 20 + [(0.1, False)] * 60
        figures = ranking(rows)
        assert (figures.accepted, figures.rejected, figures.auc) == (20, 60, 1.0)
        # 61 of 80 need not be read to find 19 of 20, against 5 % by chance.
        assert figures.wss95 == pytest.approx(61 / 80 - 0.05)

    @pytest.mark.parametrize(
        ("accepted", "rejected", "says"),
        [(10, 10, True), (9, 500, False), (500, 9, False), (0, 0, False)],
    )
    def test_it_takes_ten_of_either_kind(self, accepted: int, rejected: int, says: bool) -> None:
        figures = ranking([(0.9, True)] * accepted + [(0.1, False)] * rejected)
        assert (figures.auc is not None, figures.wss95 is not None) == (says, says)

    def test_only_rows_with_a_score_and_a_decision_are_ranked(self) -> None:
        rows = [
            Judged("ko", relevance=0.5),
            Judged("ko", accepted=True),
            Judged("ko", relevance=0.5, accepted=False),
        ]
        figures = quality(rows).ranking
        assert (figures.accepted, figures.rejected) == (0, 1)


class TestWilson:
    @pytest.mark.parametrize(
        ("part", "n", "low", "high"),
        [
            pytest.param(0, 0, 0, 1, id="nothing known"),
            pytest.param(0, 10, 0, 0.2775, id="none of ten"),
            pytest.param(10, 10, 0.7225, 1, id="all of ten"),
            pytest.param(5, 10, 0.2366, 0.7634, id="half of ten"),
            pytest.param(81, 263, 0.2553, 0.3662, id="Newcombe 1998, method 3"),
        ],
    )
    def test_known_intervals(self, part: int, n: int, low: float, high: float) -> None:
        assert wilson(part, n) == pytest.approx((low, high), abs=5e-5)

    @given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
    def test_the_share_lies_between_bounds_that_are_shares(self, case: tuple[int, int]) -> None:
        low, high = Share(*case).interval
        assert 0 <= low <= Share(*case).value <= high <= 1


class TestMissed:
    def test_as_many_are_missed_below_as_were_wanted_of_the_sample(self) -> None:
        found = missed(accepted=1, decided=50, below=500)
        assert (found.likely, found.least, found.most) == (10, 1, 53)

    def test_none_wanted_does_not_mean_none_missed(self) -> None:
        found = missed(accepted=0, decided=20, below=100)
        assert (found.likely, found.least, found.most) == (0, 0, 17)

    def test_nine_say_nothing(self) -> None:
        found = missed(accepted=1, decided=9, below=500)
        assert (found.likely, found.least, found.most, found.sample.n) == (None, None, None, 9)

    @pytest.mark.parametrize("accepted", [0, 10])
    def test_of_nothing_nothing_is_missed(self, accepted: int) -> None:
        found = missed(accepted, 10, below=0)
        assert (found.likely, found.least, found.most) == (0, 0, 0)
