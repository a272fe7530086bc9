"""A trained model: plain arrays, applied by numpy; how they were learned stands in `classifiers.fitting`.

Three judges give log-odds of each topic: weights set by hand over words and likeness, a logistic regression over sentence
vectors and concept hits, one over character n-grams. A last one, the same for all topics, weighs the three; so a topic with
few examples leans on what holds for every topic.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags

from classifiers.anchors import Matrix
from classifiers.features import Features
from classifiers.scoring import THRESHOLD, Judged, hand_odds, logistic

#: Of the three judges, in this order.
JUDGES = ("hand", "dense", "grams")
#: How far one judge's log-odds may go: a word in capitals is no certainty.
FARTHEST = 8.0


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """Weights of topics, kinds and relevance, for the vectors of one encoder or for none."""

    name: str
    encoder: str  #: whose vectors; empty for none
    topics: tuple[str, ...]
    centre: Matrix  #: of the training texts' vectors
    dense: Matrix  #: (dense features + 1 × topics), the last row the intercepts
    grams: NDArray[np.float16]  #: (columns that were seen × topics)
    columns: NDArray[np.int32]  #: which of the hashed columns these are
    rarity: Matrix  #: of each of these columns: log of the share of texts that have it, inverted
    intercepts: Matrix  #: of the n-grams' judge
    blend: Matrix  #: (4): of hand, dense, grams, and the intercept
    thresholds: Matrix  #: (topics)
    kinds: Matrix  #: (signs, vectors and topics + 1 × kinds)
    relevance: Matrix  #: (signs, vectors and topics + 1)
    #: What it was made from and how good it was, for people.
    manifest: Mapping[str, object] = field(default_factory=dict)

    def judge(self, features: Features, topics: tuple[str, ...]) -> Judged:
        """As `classifiers.scoring.Model`; a topic that it never saw is judged by the hand-set weights."""
        by_hand = hand_odds(features)
        own = [topics.index(topic) for topic in self.topics if topic in topics]
        known = [place for place, topic in enumerate(self.topics) if topic in topics]
        odds = np.array(by_hand)
        # Features are by the taxonomy in force; where that lacks a topic of ours, nothing speaks for it.
        judges = self.judges(features, topics)
        blended = blended_odds(self.blend, judges)
        odds[:, own] = blended[:, known]
        thresholds = np.full(len(topics), THRESHOLD, np.float32)
        thresholds[own] = self.thresholds[known]
        inputs = outer_inputs(features, self.centre, blended)
        return Judged(
            logistic(odds),
            thresholds,
            softmax(inputs @ self.kinds[:-1] + self.kinds[-1]),
            logistic(inputs @ self.relevance[:-1] + self.relevance[-1]),
        )

    def judges(self, features: Features, topics: tuple[str, ...]) -> tuple[Matrix, Matrix, Matrix]:
        """The log-odds of each judge, (entries × this model's topics)."""
        dense = dense_inputs(features, self.centre, topics, self.topics)
        hand = aligned(hand_odds(features), topics, self.topics, fill=-FARTHEST)
        grams = gram_inputs(features.grams[:, self.columns], self.rarity) @ self.grams.astype(np.float32)
        return hand, dense @ self.dense[:-1] + self.dense[-1], grams + self.intercepts

    def as_arrays(self) -> dict[str, object]:
        """Everything, for a file: names, arrays and the manifest."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


def blended_odds(blend: Matrix, judges: tuple[Matrix, Matrix, Matrix]) -> Matrix:
    """The judges' log-odds, each held within bounds, weighed and moved by the intercept."""
    result: Matrix = np.full_like(judges[0], blend[-1])
    for weight, odds in zip(blend, judges, strict=False):
        result += weight * np.clip(odds, -FARTHEST, FARTHEST)
    return result


def dense_inputs(
    features: Features, centre: Matrix, topics: tuple[str, ...], wanted: tuple[str, ...]
) -> Matrix:
    """What the dense judge sees: vectors, saturated concept hits, likeness to topics."""
    parts = [2.0 * (1 - np.exp(-1.25 * aligned(features.words, topics, wanted)))]
    if features.vectors is not None and features.likeness is not None:
        parts += [
            4.0 * centred(features.vectors, centre),
            4.0 * aligned(features.likeness.topics, topics, wanted),
            4.0 * features.likeness.everyday,
        ]
    return np.hstack(parts).astype(np.float32)


def gram_inputs(counts: csr_matrix, rarity: Matrix) -> csr_matrix:
    """What the n-grams' judge sees: roots of counts, the rare ones weighing more, each row of length 1."""
    weighed = counts.sqrt().multiply(rarity).tocsr()
    lengths = np.sqrt(np.asarray(weighed.multiply(weighed).sum(axis=1)).ravel())
    return diags(1 / np.maximum(lengths, 1e-9)) @ weighed


def outer_inputs(features: Features, centre: Matrix, blended: Matrix) -> Matrix:
    """What kinds and relevance are judged by: signs, topics, vectors."""
    p = logistic(blended)
    ranked = np.sort(p, axis=1)[:, ::-1]
    parts = [features.signs, 2.0 * p, 2.0 * ranked[:, :3], p.sum(axis=1, keepdims=True)]
    if features.vectors is not None:
        parts.append(2.0 * centred(features.vectors, centre))
    return np.hstack(parts).astype(np.float32)


def centred(vectors: Matrix, centre: Matrix) -> Matrix:
    """Unit vectors around the middle of the training texts: sentence encoders put all texts into one narrow cone."""
    moved = vectors - centre
    result: Matrix = moved / (np.linalg.norm(moved, axis=1, keepdims=True) + 1e-9)
    return result


def aligned(matrix: Matrix, topics: tuple[str, ...], wanted: tuple[str, ...], fill: float = 0.0) -> Matrix:
    """The columns of `wanted` topics, of a matrix whose columns are `topics`; `fill` for those that it lacks."""
    if topics == wanted:
        return matrix
    places = [topics.index(topic) if topic in topics else -1 for topic in wanted]
    wider = np.hstack([matrix, np.full((len(matrix), 1), fill, matrix.dtype)])
    return wider[:, np.array(places, int)]


def softmax(odds: Matrix) -> Matrix:
    """Log-odds of classes as probabilities, row by row."""
    shifted = np.exp(odds - odds.max(axis=1, keepdims=True))
    result: Matrix = shifted / shifted.sum(axis=1, keepdims=True)
    return result
