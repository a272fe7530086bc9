"""What a model is: features of entries into a probability for each topic; and the one whose weights are set by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from classifiers.judging.anchors import Matrix
from classifiers.judging.features import Features, Spoken

#: A topic is given from here where no model has learned better: half the F1 that is reached, which is where F1 is
#: highest (Lipton et al. 2014, arXiv:1402.1892).
THRESHOLD = 0.34


@dataclass(frozen=True, slots=True)
class Judged:
    """What a model says of entries; rows are entries."""

    topics: Matrix  #: (entries × topics), each between 0 and 1
    thresholds: Matrix  #: (topics): given from here
    kinds: Matrix | None = None  #: (entries × KINDS), probabilities; None where the model knows none
    relevance: Matrix | None = None  #: (entries), each between 0 and 1; None likewise


@dataclass(frozen=True, slots=True)
class Shares:
    """What in an entry spoke for a topic, in log-odds; what any entry has is left out."""

    words: float  #: all of the topic's words together
    meaning: float  #: the sentence vector
    letters: Matrix  #: (characters of the folded text): what each adds; empty where n-grams do not count


class Model(Protocol):
    """Features of entries into judgements."""

    @property
    def name(self) -> str:
        """The model's name, which stands beside every tag."""

    @property
    def discounts(self) -> Mapping[Spoken, float]:
        """What editors' objections left of words' weights, 0 to 1, when it was made: it wants features read by these."""

    @property
    def centre(self) -> Matrix:
        """The mean of its training texts' vectors, (dimension); (0) where it was made without."""

    def judge(self, features: Features, topics: tuple[str, ...]) -> Judged:
        """What it says of entries; `topics` are the columns of the features, and of the answer."""

    def shares(
        self, features: Features, topics: tuple[str, ...], given: Sequence[Sequence[int]]
    ) -> list[list[Shares]]:
        """For each entry, what spoke for those of `topics` that stand in the given places."""


@dataclass(frozen=True, slots=True)
class HandSetModel:
    """A logistic over words, likeness to a topic beside the other topics, and likeness beside everyday news.

    It needs no training: its few weights are the same for every topic, so one that was just written down works at once.
    """

    name: str = "hand-1"
    discounts: Mapping[Spoken, float] = field(default_factory=dict)
    centre: Matrix = field(default_factory=lambda: np.zeros(0, np.float32), compare=False)

    def judge(self, features: Features, topics: tuple[str, ...]) -> Judged:
        """As `Model`; without vectors, by words alone."""
        return Judged(logistic(hand_odds(features)), np.full(len(topics), THRESHOLD, np.float32))

    def shares(
        self, features: Features, topics: tuple[str, ...], given: Sequence[Sequence[int]]
    ) -> list[list[Shares]]:
        """As `Model`; it reads no n-grams."""
        words, meaning, _intercept = hand_parts(features)
        letters = np.empty(0, np.float32)
        return [
            [Shares(float(words[row, place]), float(meaning[row, place]), letters) for place in places]
            for row, places in enumerate(given)
        ]


def hand_odds(features: Features) -> Matrix:
    """(entries × topics): log-odds by weights set by hand."""
    words, meaning, intercept = hand_parts(features)
    return np.asarray(words + meaning + intercept, np.float32)


def hand_parts(features: Features) -> tuple[Matrix, Matrix, float]:
    """The parts of these log-odds: of words and of likeness, each (entries × topics), and the intercept."""
    # A second word says less than the first, a fifth nothing.
    words = 1 - np.exp(-1.25 * features.words)
    if features.likeness is None:
        return 7.0 * words, np.zeros_like(words), -4.33
    topics = features.likeness.topics
    beside_topics = (topics - topics.mean(axis=1, keepdims=True)) / (topics.std(axis=1, keepdims=True) + 1e-6)
    beside_everyday = topics - features.likeness.everyday
    return 5.0 * words, 1.0 * beside_topics + 3.0 * beside_everyday, -4.3


def logistic(odds: Matrix) -> Matrix:
    """Log-odds, of any shape, as probabilities."""
    result: Matrix = (1 / (1 + np.exp(-np.clip(odds, -30, 30)))).astype(np.float32)
    return result
