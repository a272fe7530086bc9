"""Pure: how good a model is on examples that it had not seen while it was learned."""

from collections.abc import Sequence

import numpy as np
from sklearn.metrics import f1_score, roc_auc_score

from classifiers.judging.anchors import Matrix
from classifiers.judging.trained import TrainedModel, aligned
from classifiers.training.fitting import Unseen
from classifiers.training.trainingset import Labels

_BINS = 5


def unseen_metrics(
    model: TrainedModel, unseen: Unseen, labels: Labels, topics: tuple[str, ...], languages: Sequence[str]
) -> dict[str, object]:
    """micro- and macro-F1, F1 by language, accuracy of kinds, AUC of relevance, and calibration, to four places.

    A figure that nothing is known for is None. `unseen` and `labels` have the same rows, `languages` one word a row, and
    `topics` are the columns of `labels`.
    """
    tagged = labels.tagged
    truth = aligned(labels.topics, topics, model.topics) > 0
    given = unseen.topics >= model.thresholds
    kinds = labels.kinds >= 0
    by_language = {
        language: _f1(truth[rows], given[rows])
        for language in sorted(set(languages))
        if (rows := tagged & (np.array(languages) == language)).any()
    }
    return {
        "examples": len(truth),
        "micro_f1": _f1(truth[tagged], given[tagged]),
        "macro_f1": round(float(f1_score(truth[tagged], given[tagged], average="macro", zero_division=0)), 4),
        "languages": by_language,
        "kind_accuracy": round(float((unseen.kinds.argmax(axis=1) == labels.kinds)[kinds].mean()), 4)
        if kinds.any()
        else None,
        "relevance_auc": relevance_auc(unseen.relevance, labels),
        "calibration_error": calibration_error(unseen.topics[tagged], truth[tagged]),
    }


def topics_f1(
    given: np.ndarray, labels: Labels, columns: tuple[str, ...], topics: tuple[str, ...]
) -> float | None:
    """micro-F1 of the topics given to the first examples, by those whose topics are known; None where none's are.

    `given` is (first examples × `columns`), `labels` have the columns `topics`.
    """
    first = slice(0, len(given))
    tagged = labels.tagged[first]
    if not tagged.any():
        return None
    return _f1(aligned(labels.topics[first], topics, columns)[tagged] > 0, given[tagged])


def relevance_auc(relevance: Matrix, labels: Labels) -> float | None:
    """The chance that a wanted example stands above an unwanted one, to four places; None without both.

    `relevance` is (examples), as `labels`.
    """
    known = labels.relevant >= 0
    if len(set(labels.relevant[known].tolist())) < 2:
        return None
    return round(float(roc_auc_score(labels.relevant[known], relevance[known])), 4)


def calibration_error(p: Matrix, truth: np.ndarray) -> float:
    """The expected calibration error (Guo et al. 2017, arXiv:1706.04599) over five bins, to four places; 0 is best.

    That is how far the probabilities `p`, (examples × topics), are from the shares of them that are true, on average over
    the topics that were given any thought (p ≥ 0.05).
    """
    said, right = p[p >= 0.05], truth[p >= 0.05]
    places = np.minimum((said * _BINS).astype(int), _BINS - 1)
    gaps = [
        abs(float(said[places == place].mean()) - float(right[places == place].mean()))
        * float((places == place).mean())
        for place in range(_BINS)
        if (places == place).any()
    ]
    return round(sum(gaps), 4)


def _f1(truth: np.ndarray, given: np.ndarray) -> float:
    return round(float(f1_score(truth, given, average="micro", zero_division=0)), 4)
