"""The figures of an evaluation, by hand and against scikit-learn."""

import math
import random

import pytest
from sklearn.metrics import precision_recall_fscore_support, roc_auc_score

from classifiers.classifier import Classification, EntryText, TopicScore
from classifiers.evaluating.evaluation import auc, evaluate, wss
from classifiers.evaluating.jsonl import Row


def row(topics: str | None = "", language: str = "ko", **labels: object) -> Row:
    named = None if topics is None else frozenset(topics.split())
    return Row("x", EntryText("제목", language=language), named, **labels)  # type: ignore[arg-type]


def result(
    topics: str = "", kind: str = "other", regions: str = "", relevance: float = 0.5
) -> Classification:
    return Classification(
        {}, [TopicScore(topic, 0.9, []) for topic in topics.split()], kind, regions.split(), relevance
    )


def test_topics_are_counted_one_by_one_and_together() -> None:
    report = evaluate(
        [row("ai battery"), row("ai"), row("", "ja"), row("battery", "ja")],
        [result("ai"), result("ai space"), result("ai"), result("")],
    )
    ai, battery, space = (report.topics[name] for name in ("ai", "battery", "space"))
    assert (ai.precision, ai.recall, ai.n) == (2 / 3, 1.0, 2)
    assert (battery.precision, battery.recall, battery.f1, battery.n) == (0.0, 0.0, 0.0, 2)
    assert (space.precision, space.n) == (0.0, 0)
    assert (report.micro.precision, report.micro.recall, report.micro.n) == (2 / 4, 2 / 4, 4)
    assert report.languages["ko"].recall == 2 / 3
    assert (report.languages["ja"].recall, report.languages["ja"].n) == (0.0, 1)


def test_macro_is_over_the_labelled_topics() -> None:
    report = evaluate([row("ai"), row("battery")], [result("ai space"), result("")])
    assert report.macro.f1 == (1.0 + 0.0) / 2
    assert (report.macro.n, report.macro_f1) == (2, report.macro.f1)


def test_figures_are_those_of_scikit_learn() -> None:
    chance = random.Random(7)
    names = ["ai", "battery", "space", "bio"]
    labels = [{name for name in names if chance.random() < 0.4} for _ in range(60)]
    given = [{name for name in names if chance.random() < 0.4} for _ in range(60)]
    report = evaluate(
        [row(" ".join(found)) for found in labels], [result(" ".join(found)) for found in given]
    )
    truth = [[name in found for name in names] for found in labels]
    said = [[name in found for name in names] for found in given]
    for average in ("micro", "macro"):
        expected = precision_recall_fscore_support(truth, said, average=average, zero_division=0)[:3]
        score = getattr(report, average)
        assert (score.precision, score.recall, score.f1) == pytest.approx(expected)


def test_kinds_regions_and_ranking() -> None:
    report = evaluate(
        [
            row(kind="policy", regions=frozenset({"JP", "US"}), relevant=True),
            row(kind="economy", regions=frozenset(), relevant=False),
            row(),
        ],
        [
            result(kind="policy", regions="JP", relevance=0.9),
            result(kind="policy", regions="KR", relevance=0.2),
            result(relevance=0.1),
        ],
    )
    assert report.kind_accuracy == 0.5
    assert report.regions is not None
    assert (report.regions.precision, report.regions.recall, report.regions.n) == (0.5, 0.5, 2)
    assert report.auc == 1.0


def test_a_row_without_a_label_counts_nowhere_for_it() -> None:
    report = evaluate([row(None), row("ai")], [result("ai"), result("ai")])
    assert (report.rows, report.micro.precision, report.micro.n) == (2, 1.0, 1)
    assert (report.kind_accuracy, report.regions, report.auc, report.wss95) == (None, None, None, None)


def test_nothing_labelled_gives_zeros_not_errors() -> None:
    report = evaluate([], [])
    assert (report.rows, report.micro.f1, report.macro.f1) == (0, 0.0, 0.0)


def test_json_carries_every_figure_rounded() -> None:
    report = evaluate([row("ai", relevant=True), row("ai", relevant=False)], [result("ai"), result("")])
    told = report.as_dict()
    assert told["micro"] == {"precision": 1.0, "recall": 0.5, "f1": 0.6667, "n": 2}
    assert told["macro"] == {"precision": 1.0, "recall": 0.5, "f1": 0.6667, "n": 1}
    assert told["ranking"] == {"auc": 0.5, "wss95": -0.05}
    assert set(told) == {
        "rows",
        "micro",
        "macro",
        "topics",
        "languages",
        "kind_accuracy",
        "regions",
        "ranking",
    }


class TestAuc:
    @pytest.mark.parametrize(
        ("ranked", "expected"),
        [
            ([(0.9, True), (0.1, False)], 1.0),
            ([(0.1, True), (0.9, False)], 0.0),
            ([(0.5, True), (0.5, False)], 0.5),
            ([(0.9, True), (0.5, False), (0.5, True), (0.1, False)], 0.875),
            ([(0.9, True)], None),
            ([(0.9, False)], None),
            ([], None),
        ],
    )
    def test_the_chance_that_a_relevant_row_stands_higher(
        self, ranked: list[tuple[float, bool]], expected: float | None
    ) -> None:
        assert auc(ranked) == expected

    def test_many_rows_are_no_matter(self) -> None:
        chance = random.Random(3)
        ranked = [(chance.random(), chance.random() < 0.3) for _ in range(100_000)]
        expected = roc_auc_score([label for _score, label in ranked], [score for score, _label in ranked])
        assert auc(ranked) == pytest.approx(expected)


class TestWorkSaved:
    def test_a_perfect_order_saves_all_but_the_relevant(self) -> None:
        ranked = [(1.0, True)] * 20 + [(0.0, False)] * 80
        assert wss(ranked, 0.95) == pytest.approx((100 - 19) / 100 - 0.05)

    def test_an_order_by_chance_saves_nothing(self) -> None:
        chance = random.Random(5)
        ranked = [(chance.random(), number % 10 == 0) for number in range(20_000)]
        assert wss(ranked, 0.95) == pytest.approx(0, abs=0.03)

    def test_equal_scores_credit_nobody_with_luck(self) -> None:
        assert wss([(0.5, True)] * 10 + [(0.5, False)] * 90, 0.95) == pytest.approx(-0.05)

    def test_the_relevant_row_at_the_end_costs_everything(self) -> None:
        assert wss([(0.9, False)] * 9 + [(0.1, True)], 0.95) == pytest.approx(-0.05)

    @pytest.mark.parametrize("total", range(1, 400))
    def test_the_rows_needed_are_the_least_whole_number_of_that_share(self, total: int) -> None:
        saved = wss([(1 / (number + 2), True) for number in range(total)], 0.95)
        needed = -(-95 * total // 100)
        assert saved is not None
        assert math.isclose(saved, (total - needed) / total - 0.05, abs_tol=1e-9)

    def test_no_relevant_row_no_figure(self) -> None:
        assert wss([(0.5, False)], 0.95) is None
