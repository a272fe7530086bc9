"""Features of entries into judgements: a probability for each topic, and where a model was trained, kind and relevance."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from classifiers.anchors import Matrix
from classifiers.features import Features

#: A topic is given from here where no model has learned better: half the F1 that is reached, which is where F1 is
#: highest (Lipton et al. 2014).
THRESHOLD = 0.34


@dataclass(frozen=True, slots=True)
class Judged:
    """What a model says of entries; rows are entries."""

    topics: Matrix  #: (entries × topics), each between 0 and 1
    thresholds: Matrix  #: (topics): given from here
    kinds: Matrix | None = None  #: (entries × kinds); None where the model knows none
    relevance: Matrix | None = None  #: (entries)


class Model(Protocol):
    """Features of entries into judgements."""

    @property
    def name(self) -> str:
        """Names the model and what it was made from; stands beside every tag."""

    def judge(self, features: Features, topics: tuple[str, ...]) -> Judged:
        """What it says of entries, for `topics` in this order."""


class HandSetModel:
    """A logistic over words, likeness to a topic beside the other topics, and likeness beside everyday news.

    It needs no training: its few weights are the same for every topic, so one that was just written down works at once.
    """

    name = "hand-1"

    def judge(self, features: Features, topics: tuple[str, ...]) -> Judged:
        """As `Model`; without vectors, by words alone."""
        return Judged(logistic(hand_odds(features)), np.full(len(topics), THRESHOLD, np.float32))


def hand_odds(features: Features) -> Matrix:
    """(entries × topics): log-odds by weights set by hand."""
    # A second word says less than the first, a fifth nothing.
    words = 1 - np.exp(-1.25 * features.words)
    if features.likeness is None:
        return np.asarray(7.0 * words - 4.33, np.float32)
    topics = features.likeness.topics
    beside_topics = (topics - topics.mean(axis=1, keepdims=True)) / (topics.std(axis=1, keepdims=True) + 1e-6)
    beside_everyday = topics - features.likeness.everyday
    return np.asarray(5.0 * words + 1.0 * beside_topics + 3.0 * beside_everyday - 4.3, np.float32)


def logistic(odds: Matrix) -> Matrix:
    """Log-odds as probabilities."""
    result: Matrix = (1 / (1 + np.exp(-np.clip(odds, -30, 30)))).astype(np.float32)
    return result
