"""The figures of a model, on cases small enough to reckon by hand."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from classifiers.judging.kinds import KINDS
from classifiers.judging.trained import TrainedModel
from classifiers.training.fitting import Unseen
from classifiers.training.measures import calibration_error, relevance_auc, topics_f1, unseen_metrics
from classifiers.training.trainingset import Labels


@pytest.mark.parametrize(
    ("said", "right", "expected"),
    [
        pytest.param([0.5, 0.5], [1, 0], 0, id="as-said"),
        pytest.param([0.9, 0.9], [0, 0], 0.9, id="sure-and-wrong"),
        pytest.param([0.7, 0.7, 0.7, 0.7], [1, 1, 1, 0], 0.05, id="a-little-too-shy"),
        pytest.param([0.1, 0.9, 0.9, 0.9], [0, 1, 1, 1], 0.1, id="each-bin-by-its-share"),
        pytest.param([0.5, 0.59], [1, 0], 0.045, id="within-a-bin-errors-cancel"),
        pytest.param([0.9, 0.1], [0, 1], 0.9, id="between-bins-they-do-not"),
        pytest.param([1.0, 1.0], [1, 1], 0, id="certainty-has-a-bin"),
        pytest.param([0.9, *[0.01] * 99], [1, *[0] * 99], 0.1, id="what-nobody-thinks-of-flatters-nothing"),
        pytest.param([0.01, 0.02], [1, 1], 0, id="nothing-given-a-thought"),
        pytest.param([], [], 0, id="nothing"),
    ],
)
def test_calibration_error_is_how_far_said_and_found_are_apart(
    said: list[float], right: list[int], expected: float
) -> None:
    assert calibration_error(np.array(said, np.float32), np.array(right)) == pytest.approx(expected, abs=1e-4)


TOPICS = ("chips", "space", "wine")


def model(topics: tuple[str, ...], thresholds: list[float]) -> TrainedModel:
    """A model of which only topics and thresholds matter."""
    none: Any = np.zeros(0, np.float32)
    return TrainedModel(
        name="m",
        encoder="",
        topics=topics,
        centre=none,
        dense=none,
        grams=none,
        columns=none,
        rarity=none,
        intercepts=none,
        blend=none,
        thresholds=np.array(thresholds, np.float32),
        tone_grams=none,
        tone_intercepts=none,
        kinds=none,
        relevance=none,
        sources=(),
        records=none,
    )


#: Five examples: topics chips, space, wine; the last one's topics are unknown.
LABELS = Labels(
    topics=np.array([[1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]], np.float32),
    tagged=np.array([True, True, True, True, False]),
    kinds=np.array([0, 1, 2, -1, -1]),
    relevant=np.array([1, 1, 0, 0, -1]),
    weights=np.ones(5, np.float32),
)
LANGUAGES = ["ko", "ko", "ja", "ja", "zh"]


def unseen(p: list[list[float]], *, kinds: tuple[int, ...] = (0, 1, 2, 0, 0)) -> Unseen:
    topics = np.array(p, np.float32)
    return Unseen(
        topics,
        (topics, topics, topics),
        relevance=np.array([0.9, 0.4, 0.5, 0.1, 1.0], np.float32),
        kinds=np.eye(len(KINDS), dtype=np.float32)[list(kinds)],
    )


class TestUnseenMetrics:
    #: Model topics in another order than the labels'; wine it never learned.
    MODEL = model(("space", "chips"), [0.3, 0.6])
    #: space, chips: right are chips of the first, space of the second and third; wrong is space of the fourth.
    SAID = [[0.1, 0.9], [0.4, 0.5], [0.3, 0.0], [0.8, 0.0], [0.9, 0.9]]

    def metrics(self, **changes: Any) -> dict[str, Any]:
        return unseen_metrics(self.MODEL, unseen(self.SAID, **changes), LABELS, TOPICS, LANGUAGES)

    def test_a_topic_is_given_from_its_own_threshold(self) -> None:
        # chips: 1 of 2 found, none wrong, F1 2/3; space: 2 of 2 found, 1 wrong, F1 4/5; together 2 * 3 / (4 + 4).
        found = self.metrics()
        assert found["micro_f1"] == pytest.approx(0.75)
        assert found["macro_f1"] == pytest.approx((2 / 3 + 4 / 5) / 2, abs=1e-4)

    def test_examples_whose_topics_are_unknown_count_nowhere_for_topics(self) -> None:
        changed = [*self.SAID[:4], [0.0, 0.0]]
        other = unseen_metrics(self.MODEL, unseen(changed), LABELS, TOPICS, LANGUAGES)
        assert other == self.metrics()
        assert other["examples"] == 5

    def test_each_language_has_its_own_figure_where_its_topics_are_known(self) -> None:
        # ko: 2 found of 3, none wrong, 4/5; ja: 1 found of 1, 1 wrong, 2/3; of zh no topics are known.
        assert self.metrics()["languages"] == {"ja": pytest.approx(2 / 3, abs=1e-4), "ko": pytest.approx(0.8)}

    def test_kinds_count_where_they_are_known(self) -> None:
        assert self.metrics()["kind_accuracy"] == 1
        assert self.metrics(kinds=(0, 1, 0, 4, 4))["kind_accuracy"] == pytest.approx(2 / 3, abs=1e-4)

    def test_relevance_counts_where_it_is_known(self) -> None:
        # Wanted 0.9 and 0.4, unwanted 0.5 and 0.1: three of four pairs stand right.
        assert self.metrics()["relevance_auc"] == pytest.approx(0.75)

    def test_calibration_is_that_of_the_topics_where_they_are_known(self) -> None:
        truth = LABELS.topics[:4, [1, 0]] > 0
        expected = calibration_error(np.array(self.SAID[:4], np.float32), truth)
        assert self.metrics()["calibration_error"] == expected > 0

    def test_without_kinds_and_relevance_there_are_no_such_figures(self) -> None:
        nothing = np.full(5, -1)
        labels = replace(LABELS, kinds=nothing, relevant=nothing)
        found = unseen_metrics(self.MODEL, unseen(self.SAID), labels, TOPICS, LANGUAGES)
        assert found["kind_accuracy"] is found["relevance_auc"] is None


def test_relevance_auc_wants_both_wanted_and_unwanted() -> None:
    scores = np.array([0.9, 0.4, 0.5, 0.1, 0.3], np.float32)
    assert relevance_auc(scores, LABELS) == 0.75
    assert relevance_auc(scores, replace(LABELS, relevant=np.array([1, 1, 1, -1, -1]))) is None
    assert relevance_auc(scores, replace(LABELS, relevant=np.full(5, -1))) is None


def test_equal_relevance_is_half_right() -> None:
    assert relevance_auc(np.full(5, 0.5, np.float32), LABELS) == 0.5


class TestTopicsF1:
    GIVEN = np.array([[False, True], [True, True], [False, False]])

    def test_it_is_over_the_first_examples_and_the_columns_that_were_given(self) -> None:
        # space and chips of three examples: 3 found of 4, none wrong.
        assert topics_f1(self.GIVEN, LABELS, ("space", "chips"), TOPICS) == pytest.approx(6 / 7, abs=1e-4)

    def test_a_topic_that_the_labels_lack_was_given_wrongly(self) -> None:
        found = topics_f1(self.GIVEN, LABELS, ("new", "chips"), TOPICS)
        assert found == pytest.approx(2 * 2 / (2 + 3), abs=1e-4)

    def test_where_no_topics_are_known_there_is_no_figure(self) -> None:
        labels = replace(LABELS, tagged=np.array([False, False, False, True, True]))
        assert topics_f1(self.GIVEN, labels, ("space", "chips"), TOPICS) is None
