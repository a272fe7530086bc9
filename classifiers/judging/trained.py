"""A trained model: plain arrays, applied by numpy; how they were learned stands in `classifiers.training.fitting`.

Three judges give log-odds of each topic: weights set by hand over words and likeness, a logistic regression over sentence
vectors and concept hits, one over character n-grams. A last one, the same for all topics, weighs the three; so a topic with
few examples leans on what holds for every topic.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags

from classifiers.judging.anchors import Matrix
from classifiers.judging.features import Features, Spoken
from classifiers.judging.kinds import KINDS
from classifiers.judging.letters import Letters
from classifiers.judging.scoring import THRESHOLD, Judged, Shares, hand_odds, hand_parts, logistic

#: What the n-grams are asked for kinds and relevance: whether it is wanted, and which kind it is.
TONES = 1 + len(KINDS)
#: How far one judge's log-odds may go: a word in capitals is no certainty.
FARTHEST = 8.0


@dataclass(frozen=True)
class TrainedModel:
    """Weights of topics, kinds and relevance, for the vectors of one encoder or for none."""

    name: str
    encoder: str  #: whose vectors; empty for none
    topics: tuple[str, ...]
    centre: Matrix  #: (dimension): the mean of the training texts' vectors; (0) without an encoder
    dense: Matrix  #: (dense features + 1 × topics), the last row the intercepts
    grams: NDArray[np.float16]  #: (columns that were seen × topics)
    columns: NDArray[np.int32]  #: (columns): which of the hashed columns these are
    rarity: Matrix  #: (columns): log of how many texts there are for each that has it
    intercepts: Matrix  #: (topics): of the n-grams' judge
    blend: Matrix  #: (4): the weights of the judges (by hand, dense, n-grams), and the intercept
    thresholds: Matrix  #: (topics): a probability from which each is given
    tone_grams: NDArray[np.float16]  #: (columns × TONES): what the n-grams say of relevance and of each kind
    tone_intercepts: Matrix  #: (TONES)
    kinds: Matrix  #: (outer inputs + 1 × kinds)
    relevance: Matrix  #: (outer inputs + 1)
    sources: tuple[str, ...]  #: those that have a track record (`classifiers.training.trackrecord`)
    records: Matrix  #: (sources): what each adds to the log-odds of relevance
    #: What it was made from and how good it was, for people.
    manifest: Mapping[str, object] = field(default_factory=dict)

    @property
    def discounts(self) -> dict[Spoken, float]:
        """As `classifiers.judging.scoring.Model`."""
        told: Any = self.manifest.get("discounts", ())
        return {(topic, term): float(factor) for topic, term, factor in told}

    def judge(self, features: Features, topics: tuple[str, ...]) -> Judged:
        """As `classifiers.judging.scoring.Model`; a topic that it never saw is judged by the hand-set weights."""
        by_hand = hand_odds(features)
        own = [topics.index(topic) for topic in self.topics if topic in topics]
        known = [place for place, topic in enumerate(self.topics) if topic in topics]
        odds = np.array(by_hand)
        # Features are by the taxonomy in force; where that lacks a topic of ours, nothing speaks for it.
        grams = gram_inputs(features.grams[:, self.columns], self.rarity)
        blended = blended_odds(self.blend, self.judges(features, topics, grams))
        odds[:, own] = blended[:, known]
        thresholds = np.full(len(topics), THRESHOLD, np.float32)
        thresholds[own] = self.thresholds[known]
        tones = grams @ self.tone_grams.astype(np.float32) + self.tone_intercepts
        inputs = outer_inputs(features, self.centre, blended, tones)
        return Judged(
            logistic(odds),
            thresholds,
            softmax(inputs @ self.kinds[:-1] + self.kinds[-1]),
            logistic(inputs @ self.relevance[:-1] + self.relevance[-1] + self._records_of(features)),
        )

    def _records_of(self, features: Features) -> Matrix:
        known = dict(zip(self.sources, self.records, strict=True))
        return np.array([known.get(entry.source, 0.0) for entry in features.entries], np.float32)

    def judges(
        self, features: Features, topics: tuple[str, ...], grams: csr_matrix
    ) -> tuple[Matrix, Matrix, Matrix]:
        """The log-odds of each judge (by hand, dense, n-grams), each (entries × this model's topics)."""
        dense = dense_inputs(features, self.centre, topics, self.topics)
        hand = aligned(hand_odds(features), topics, self.topics, fill=-FARTHEST)
        return (
            hand,
            dense @ self.dense[:-1] + self.dense[-1],
            self._letters.hushed(grams @ self._letters.weights + self.intercepts, features),
        )

    def shares(
        self, features: Features, topics: tuple[str, ...], given: Sequence[Sequence[int]]
    ) -> list[list[Shares]]:
        """As `classifiers.judging.scoring.Model`; of what the judges' bounds cut off, every part loses as much."""
        words, meaning, _intercept = hand_parts(features)
        own = [topics.index(topic) for topic in self.topics if topic in topics]
        known = [place for place, topic in enumerate(self.topics) if topic in topics]
        by_hand = (self.blend[0] * _held(hand_odds(features)))[:, own]
        inputs = dense_inputs(features, self.centre, topics, self.topics)
        by_dense = (self.blend[1] * _held(inputs @ self.dense[:-1] + self.dense[-1]))[:, known]
        count = len(self.topics)
        words[:, own] = (
            by_hand * words[:, own] + by_dense * (inputs[:, :count] * np.diag(self.dense))[:, known]
        )
        meaning[:, own] = (
            by_hand * meaning[:, own] + by_dense * (inputs[:, count:] @ self.dense[count:-1])[:, known]
        )
        wanted = [[topics[place] for place in places if topics[place] in self.topics] for places in given]
        found = []
        for row, (places, laid) in enumerate(zip(given, self._letters.laid(features, wanted), strict=True)):
            letters = dict(zip(wanted[row], map(self._blended, wanted[row], laid), strict=True))
            found.append(
                [
                    Shares(
                        float(words[row, place]),
                        float(meaning[row, place]),
                        letters.get(topics[place], np.empty(0, np.float32)),
                    )
                    for place in places
                ]
            )
        return found

    def _blended(self, topic: str, letters: Matrix) -> Matrix:
        odds = letters.sum() + self.intercepts[self.topics.index(topic)]
        return np.asarray(self.blend[2] * _held(odds) * letters, np.float32)

    @cached_property
    def _letters(self) -> Letters:
        """The n-grams' judge; its weights are widened once, which takes as long as judging five entries."""
        return Letters(self.topics, self.columns, self.rarity, self.grams.astype(np.float32), self.intercepts)

    def as_arrays(self) -> dict[str, object]:
        """Everything, for a file: names, arrays and the manifest."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


def _held(odds: Matrix) -> Matrix:
    """How much of log-odds their bounds leave, as a share of them."""
    return np.asarray(FARTHEST / np.maximum(np.abs(odds), FARTHEST), np.float32)


def blended_odds(blend: Matrix, judges: tuple[Matrix, Matrix, Matrix]) -> Matrix:
    """The judges' log-odds as one, (entries × topics): each held within FARTHEST, weighed, and the intercept added."""
    result: Matrix = np.full_like(judges[0], blend[-1])
    for weight, odds in zip(blend, judges, strict=False):
        result += weight * np.clip(odds, -FARTHEST, FARTHEST)
    return result


def dense_inputs(
    features: Features, centre: Matrix, topics: tuple[str, ...], wanted: tuple[str, ...]
) -> Matrix:
    """What the dense judge sees, (entries × dense features): saturated words, vectors, likeness to the `wanted` topics."""
    parts = [2.0 * (1 - np.exp(-1.25 * aligned(features.words, topics, wanted)))]
    if features.vectors is not None and features.likeness is not None:
        parts += [
            4.0 * centred(features.vectors, centre),
            4.0 * aligned(features.likeness.topics, topics, wanted),
            4.0 * features.likeness.everyday,
        ]
    return np.hstack(parts).astype(np.float32)


def gram_inputs(counts: csr_matrix, rarity: Matrix) -> csr_matrix:
    """What the n-grams' judge sees, (entries × columns): roots of counts, the rare ones weighing more, rows of length 1."""
    weighed = counts.sqrt().multiply(rarity).tocsr()
    lengths = np.sqrt(np.asarray(weighed.multiply(weighed).sum(axis=1)).ravel())
    return diags(1 / np.maximum(lengths, 1e-9)) @ weighed


def outer_inputs(features: Features, centre: Matrix, blended: Matrix, tones: Matrix) -> Matrix:
    """What kinds and relevance are judged by, (entries × outer inputs): signs, topics, the n-grams' tone, vectors."""
    p = logistic(blended)
    ranked = np.sort(p, axis=1)[:, ::-1]
    held = np.clip(tones, -FARTHEST, FARTHEST)
    parts = [features.signs, 2.0 * p, 2.0 * ranked[:, :3], p.sum(axis=1, keepdims=True), 0.6 * held]
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
    """Log-odds of classes, (rows × classes), as probabilities; each row adds up to 1."""
    shifted = np.exp(odds - odds.max(axis=1, keepdims=True))
    result: Matrix = shifted / shifted.sum(axis=1, keepdims=True)
    return result
