"""Features of entries into a probability for each topic.

The first form needs no training: its few weights are the same for every topic, set by hand and by figures over labelled
headlines. A trained model takes its place behind `TopicModel`.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from classifiers.anchors import Likeness, Matrix


@dataclass(frozen=True, slots=True)
class Features:
    """What a model may judge entries by; rows are entries."""

    texts: tuple[str, ...]
    #: (entries × topics): the weight of the topic's words in title and lead.
    words: Matrix
    #: (entries × dimension) and what they say of the topics; None without an encoder.
    vectors: Matrix | None = None
    likeness: Likeness | None = None


class TopicModel(Protocol):
    """Features of entries into probabilities of topics."""

    #: Names the model and what it was made from; stands beside every tag.
    name: str

    def scores(self, features: Features) -> Matrix:
        """(entries × topics), each between 0 and 1."""


class HandSetModel:
    """A logistic over words, likeness to a topic beside the other topics, and likeness beside everyday news."""

    name = "hand-1"

    def scores(self, features: Features) -> Matrix:
        """As `TopicModel`; without vectors, by words alone."""
        # A second word says less than the first, a fifth nothing.
        words = 1 - np.exp(-1.25 * features.words)
        if features.likeness is None:
            return _logistic(7.0 * words - 4.33)
        topics = features.likeness.topics
        beside_topics = (topics - topics.mean(axis=1, keepdims=True)) / (
            topics.std(axis=1, keepdims=True) + 1e-6
        )
        beside_everyday = topics - features.likeness.everyday
        return _logistic(5.0 * words + 1.0 * beside_topics + 3.0 * beside_everyday - 4.3)


def _logistic(odds: Matrix) -> Matrix:
    result: Matrix = (1 / (1 + np.exp(-odds))).astype(np.float32)
    return result
