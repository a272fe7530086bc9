"""Learning a `TrainedModel` from labelled texts: logistic regressions, weighed and calibrated by cross-validation.

What a judge says of a text that it was trained on is no measure of it; so whatever is built on the judges (their weights,
thresholds, kinds, relevance) is learned from what they said of texts that they had not seen.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix, issparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

from classifiers.judging.anchors import Likeness, Matrix
from classifiers.judging.features import Features, rows_of
from classifiers.judging.kinds import KINDS
from classifiers.judging.letters import Letters
from classifiers.judging.scoring import hand_odds, logistic
from classifiers.judging.trained import (
    FARTHEST,
    TONES,
    TrainedModel,
    aligned,
    blended_odds,
    dense_inputs,
    gram_inputs,
    outer_inputs,
    softmax,
)
from classifiers.training.trackrecord import records
from classifiers.training.trainingset import Labels

#: Of cross-validation.
FOLDS = 5
#: Regressions at once. Each by one thread of BLAS: its own threads wait for each other thirty times as long as they work.
THREADS = 2
#: Inverse strengths of regularisation, by cross-validation over the shipped set.
_C_DENSE, _C_WORDS, _C_GRAMS, _C_TONES, _C_KINDS, _C_RELEVANCE = 0.1, 1.0, 30.0, 10.0, 0.3, 0.1
#: N-grams that a model keeps: those of as many texts at least, and no more than so many.
LEAST_TEXTS, MOST_GRAMS = 3, 30_000
#: A topic that fewer examples have, or do not have, is left to the weights set by hand.
LEAST = 8
#: A topic's threshold is its own best one, held to everybody's as if by so many examples.
_HELD = 60.0

#: Called with the share that is done, 0 to 1.
Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Unseen:
    """What the model's parts said of texts that they had not seen; rows as the examples, topics as the model's."""

    topics: Matrix  #: (examples × topics), probabilities
    judges: tuple[Matrix, Matrix, Matrix]  #: by hand, dense, n-grams, each (examples × topics), log-odds
    relevance: Matrix  #: (examples), probabilities
    kinds: Matrix  #: (examples × KINDS), probabilities


@threadpool_limits.wrap(limits=1, user_api="blas")
def fit(
    features: Features,
    labels: Labels,
    topics: tuple[str, ...],
    *,
    name: str,
    encoder: str,
    progress: Progress = lambda _share: None,
) -> tuple[TrainedModel, Unseen]:
    """A model of the examples, and what it says of each when that was not shown to it.

    `topics` are the columns of features and labels; `encoder` names what made the vectors ("" for none). A topic that
    fewer than LEAST examples have, or lack, is left out. The same examples in the same order give the same model.
    """
    inputs = _inputs(features, labels, topics)
    tagged, truth, wanted = inputs.tagged, inputs.truth, inputs.topics
    folds = _folds(truth)
    unseen_dense, unseen_grams, unseen_tones = _cross_validated(inputs, features, labels, folds, progress)
    judges = (aligned(hand_odds(features), topics, wanted), unseen_dense, unseen_grams)
    blend = _blend(tuple(odds[tagged] for odds in judges), truth[tagged], labels.weights[tagged])
    blended = blended_odds(blend, judges)
    p = logistic(blended)
    outer = outer_inputs(features, inputs.centre, blended, unseen_tones)
    kinds, unseen_kinds = _outer(outer, labels.kinds, labels.weights, folds, len(KINDS), _C_KINDS)
    relevance, unseen_relevance = _outer(outer, labels.relevant, labels.weights, folds, 2, _C_RELEVANCE)
    everything = np.ones(len(truth), bool)
    by_dense, by_grams = inputs.regressions(everything)
    tones = _tones(inputs.grams, labels, everything)
    known = records(_decided(features, labels, unseen_relevance[:, 1]))
    progress(1.0)
    model = TrainedModel(
        name=name,
        encoder=encoder,
        topics=wanted,
        centre=inputs.centre.astype(np.float32),
        dense=np.vstack([by_dense.weights, by_dense.intercepts]).astype(np.float32),
        grams=by_grams.weights.astype(np.float16),
        columns=inputs.columns,
        rarity=inputs.rarity,
        intercepts=by_grams.intercepts,
        blend=blend,
        thresholds=_thresholds(p[tagged], truth[tagged], labels.weights[tagged]),
        tone_grams=tones.weights.astype(np.float16),
        tone_intercepts=tones.intercepts,
        kinds=kinds.astype(np.float32),
        relevance=(relevance[:, 1] - relevance[:, 0]).astype(np.float32),
        sources=tuple(known),
        records=np.array(list(known.values()), np.float32),
    )
    return model, Unseen(p, judges, unseen_relevance[:, 1], unseen_kinds)


def joined(parts: Sequence[Features]) -> Features:
    """The features of several batches, of which there is at least one, as one."""
    first = parts[0]
    vectors = (
        None
        if first.vectors is None
        else np.vstack([part.vectors for part in parts if part.vectors is not None])
    )
    likeness = None
    if first.likeness is not None:
        known = [part.likeness for part in parts if part.likeness is not None]
        likeness = Likeness(
            np.vstack([one.topics for one in known]), np.vstack([one.everyday for one in known])
        )
    return Features(
        tuple(entry for part in parts for entry in part.entries),
        tuple(found for part in parts for found in part.found),
        np.vstack([part.words for part in parts]),
        vectors,
        likeness,
    )


def _folds(truth: Matrix) -> np.ndarray:
    """Which fold each example is left out in; examples of a topic are spread evenly over the folds."""
    if len(truth) < FOLDS:
        return np.arange(len(truth))
    # The last column stands for "none".
    first = np.hstack([truth, np.full((len(truth), 1), 0.5)]).argmax(axis=1)
    # So that topics with few examples can be spread at all.
    counts = np.bincount(first, minlength=truth.shape[1] + 1)
    first = np.where(counts[first] >= FOLDS, first, truth.shape[1])
    folds = np.zeros(len(truth), int)
    splitter = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    for number, (_train, test) in enumerate(splitter.split(np.zeros(len(truth)), first)):
        folds[test] = number
    return folds


@dataclass(frozen=True, slots=True)
class _Regressions:
    """One logistic regression a column of truth."""

    weights: Matrix  #: (features × topics)
    intercepts: Matrix

    def odds(self, inputs: Matrix | csr_matrix) -> Matrix:
        return np.asarray(inputs @ self.weights + self.intercepts, np.float32)


def _regressions(
    inputs: Matrix | csr_matrix, truth: Matrix, weights: Matrix, strength: float
) -> _Regressions:
    if not truth.shape[1]:
        return _Regressions(np.zeros((inputs.shape[1], 0), np.float32), np.zeros(0, np.float32))
    # n-grams are so many that without balance they would say no to everything.
    solver, balance = ("liblinear", "balanced") if issparse(inputs) else ("lbfgs", None)

    def one(topic: int) -> tuple[Matrix, float]:
        if len(np.unique(truth[:, topic])) < 2:
            # Nothing to tell apart: it is what all are, or nobody knows.
            always = FARTHEST * (2 * float(truth[:, topic].mean()) - 1) if len(truth) else 0.0
            return np.zeros(inputs.shape[1], np.float32), always
        regression = LogisticRegression(
            C=strength, solver=solver, class_weight=balance, max_iter=300, random_state=0
        )
        regression.fit(inputs, truth[:, topic], sample_weight=weights)
        return regression.coef_[0], float(regression.intercept_[0])

    with warnings.catch_warnings(), ThreadPoolExecutor(THREADS) as threads:
        warnings.simplefilter("ignore", ConvergenceWarning)
        found = list(threads.map(one, range(truth.shape[1])))
    return _Regressions(
        np.stack([weight for weight, _intercept in found], axis=1).astype(np.float32),
        np.array([intercept for _weight, intercept in found], np.float32),
    )


@dataclass(frozen=True, slots=True)
class _Inputs:
    """What the two regressions of every topic learn from; rows as the examples."""

    topics: tuple[str, ...]  #: those that enough examples have
    centre: Matrix
    dense: Matrix
    grams: csr_matrix
    columns: np.ndarray  #: which n-grams
    rarity: Matrix
    truth: Matrix  #: (examples × topics)
    tagged: np.ndarray  #: of which examples the topics are known
    weights: Matrix
    dense_strength: float

    def regressions(self, train: np.ndarray) -> tuple[_Regressions, _Regressions]:
        """By vectors and words, and by n-grams, from the `train` rows whose topics are known."""
        rows = train & self.tagged
        truth, weights = self.truth[rows], self.weights[rows]
        return (
            _regressions(self.dense[rows], truth, weights, self.dense_strength),
            _regressions(self.grams[rows], truth, weights, _C_GRAMS),
        )


def _inputs(features: Features, labels: Labels, topics: tuple[str, ...]) -> _Inputs:
    tagged = labels.tagged
    having, rows = labels.topics[tagged].sum(axis=0), tagged.sum()
    wanted = tuple(
        topic for topic, count in zip(topics, having, strict=True) if LEAST <= count <= rows - LEAST
    )
    centre = features.vectors.mean(axis=0) if features.vectors is not None else np.zeros(0, np.float32)
    counts, columns, rarity = _frequent(features.grams)
    return _Inputs(
        wanted,
        centre,
        dense_inputs(features, centre, topics, wanted),
        gram_inputs(counts, rarity),
        columns,
        rarity,
        aligned(labels.topics, topics, wanted),
        tagged,
        labels.weights,
        _C_WORDS if features.vectors is None else _C_DENSE,
    )


def _cross_validated(
    inputs: _Inputs, features: Features, labels: Labels, folds: np.ndarray, progress: Progress
) -> tuple[Matrix, Matrix, Matrix]:
    """What vectors and words, n-grams, and tones say of each example when it was not shown to them."""
    by_vectors, by_letters = np.zeros_like(inputs.truth), np.zeros_like(inputs.truth)
    tones = np.zeros((len(inputs.truth), TONES), np.float32)
    for number in range(FOLDS):
        test = folds == number
        by_dense, by_grams = inputs.regressions(~test)
        letters = Letters(inputs.topics, inputs.columns, inputs.rarity, by_grams.weights, by_grams.intercepts)
        by_vectors[test] = by_dense.odds(inputs.dense[test])
        by_letters[test] = letters.hushed(
            by_grams.odds(inputs.grams[test]), rows_of(features, np.flatnonzero(test))
        )
        tones[test] = _tones(inputs.grams, labels, ~test).odds(inputs.grams[test])
        progress((number + 1) / (FOLDS + 1))
    return by_vectors, by_letters, tones


def _decided(features: Features, labels: Labels, unseen: Matrix) -> Iterator[tuple[str, float, bool]]:
    """The examples that came from a source and were decided; their relevance is what was said before."""
    for entry, relevant, relevance in zip(features.entries, labels.relevant, unseen, strict=True):
        if entry.source and relevant >= 0:
            yield entry.source, float(relevance), bool(relevant)


def _tones(grams: csr_matrix, labels: Labels, train: np.ndarray) -> _Regressions:
    """Whether n-grams are of what is wanted, and of each kind, learned from the `train` rows where that is known."""
    wanted, told = train & (labels.relevant >= 0), train & (labels.kinds >= 0)
    kinds = np.eye(len(KINDS), dtype=np.float32)[labels.kinds[told]]
    found = [
        _regressions(
            grams[wanted], labels.relevant[wanted, None].astype(np.float32), labels.weights[wanted], _C_TONES
        ),
        _regressions(grams[told], kinds, labels.weights[told], _C_TONES),
    ]
    return _Regressions(
        np.hstack([one.weights for one in found]), np.concatenate([one.intercepts for one in found])
    )


def _frequent(grams: csr_matrix) -> tuple[csr_matrix, np.ndarray, Matrix]:
    """The n-grams that several texts have: their counts, which columns they are, and how rare they are."""
    having = grams.getnnz(axis=0)
    columns = np.flatnonzero(having >= min(LEAST_TEXTS, having.max())).astype(np.int32)
    most = np.sort(columns[np.argsort(-having[columns], kind="stable")[:MOST_GRAMS]])
    rarity = np.log(grams.shape[0] / having[most]).astype(np.float32)
    return grams[:, most].tocsr(), most, rarity


def _blend(judges: Sequence[Matrix], truth: Matrix, weights: Matrix) -> Matrix:
    """The weights of the judges and the intercept, the same for all topics: calibrated, as a logistic regression is."""
    if len(np.unique(truth)) < 2:
        return np.array([1, 0, 0, 0], np.float32)
    inputs = np.stack([np.clip(odds, -FARTHEST, FARTHEST).ravel() for odds in judges], axis=1)
    regression = LogisticRegression(C=10.0, max_iter=300)
    regression.fit(inputs, truth.ravel(), sample_weight=np.repeat(weights, truth.shape[1]))
    blend: Matrix = np.append(regression.coef_[0], regression.intercept_[0]).astype(np.float32)
    return blend


def _thresholds(p: Matrix, truth: Matrix, weights: Matrix) -> Matrix:
    """From where each topic is given: what is best for F1 over all topics, moved towards what is best for its own."""
    steps = np.linspace(0.1, 0.7, 61)
    every = weights[:, None]
    everybody = steps[np.argmax([_f1(p >= step, truth > 0, every) for step in steps])]
    found = []
    for topic in range(truth.shape[1]):
        n = (weights * truth[:, topic]).sum()
        own = steps[np.argmax([_f1(p[:, topic] >= step, truth[:, topic] > 0, weights) for step in steps])]
        found.append((n * own + _HELD * everybody) / (n + _HELD))
    return np.array(found, np.float32)


def _f1(given: np.ndarray, labelled: np.ndarray, weights: Matrix) -> float:
    both = 2 * float((weights * (given & labelled)).sum())
    return both / max(1.0, float((weights * given).sum() + (weights * labelled).sum()))


def _outer(
    inputs: Matrix, labels: np.ndarray, weights: Matrix, folds: np.ndarray, classes: int, strength: float
) -> tuple[Matrix, Matrix]:
    """Weights (inputs + 1 × classes), and what each example was given unseen, (examples × classes)."""
    unseen = np.empty((len(inputs), classes), np.float32)
    known = labels >= 0
    for number in range(FOLDS):
        train, test = known & (folds != number), folds == number
        learned = _classes(inputs[train], labels[train], weights[train], classes, strength)
        unseen[test] = softmax(inputs[test] @ learned[:-1] + learned[-1])
    return _classes(inputs[known], labels[known], weights[known], classes, strength), unseen


def _classes(inputs: Matrix, labels: np.ndarray, weights: Matrix, classes: int, strength: float) -> Matrix:
    """A logistic regression over classes, (inputs + 1 × classes); one that no example has is hardly ever given."""
    learned = np.zeros((inputs.shape[1] + 1, classes), np.float32)
    present = np.unique(labels)
    if len(present):
        learned[-1] = -FARTHEST
        learned[-1, present] = 0
    if len(present) >= 2:
        regression = LogisticRegression(C=strength, max_iter=1000).fit(inputs, labels, sample_weight=weights)
        # Of two classes scikit-learn tells the weights of the second only.
        columns = present[1:] if len(present) == 2 else present
        learned[:-1, columns] = regression.coef_.T
        learned[-1, columns] = regression.intercept_
    return learned
