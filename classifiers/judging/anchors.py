"""Topics as sentence vectors, and how near a text stands to each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from ruamel.yaml import YAML

from classifiers.taxonomy import Taxonomy

#: Numbers of any shape; whoever has one says which.
Matrix = NDArray[np.float32]
#: Texts into vectors, as `classifiers.encoders.Encoder.encode`.
Encode = Callable[[Sequence[str]], Matrix]

#: Of each topic's words in a language, so many lead the list and stand for it.
_WORDS = 12
_NEAREST = 3
_BACKGROUND = Path(__file__).resolve().parents[1] / "data" / "background.yaml"


@dataclass(frozen=True, slots=True)
class Likeness:
    """How near texts stand to topics and to everyday news: centred cosines, some -0.4 to 0.6."""

    topics: Matrix  #: (texts × topics)
    everyday: Matrix  #: (texts × 1)


class Anchors:
    """What texts are compared with: each topic's descriptions and leading words, and everyday news that is of no topic.

    Raises:
        EncoderError: when it is made: `encode` failed on them.
    """

    def __init__(self, taxonomy: Taxonomy, encode: Encode) -> None:
        texts, owners = anchor_texts(taxonomy)
        vectors = encode([*texts, *background()])
        # Sentence encoders put all texts into one narrow cone: what tells them apart is how they leave its middle.
        self._centre = vectors.mean(axis=0)
        centred = _unit(vectors - self._centre)
        of_topics = centred[: len(texts)]
        self._topics = [of_topics[np.array(owners) == place] for place in range(len(taxonomy.topics))]
        self._everyday = centred[len(texts) :]

    def likeness(self, vectors: Matrix) -> Likeness:
        """How near each of `vectors`, (texts × dimension), stands to every topic and to everyday news.

        That is the mean over the topic's nearest few anchors, whatever their language.
        """
        centred = _unit(vectors - self._centre)
        topics = np.hstack([_nearest(centred, anchors) for anchors in self._topics])
        return Likeness(topics, _nearest(centred, self._everyday))


def _nearest(vectors: Matrix, anchors: Matrix) -> Matrix:
    if not len(anchors):
        return np.zeros((len(vectors), 1), np.float32)
    best: Matrix = np.sort(vectors @ anchors.T, axis=1)[:, -_NEAREST:].mean(axis=1, keepdims=True)
    return best


def anchor_texts(taxonomy: Taxonomy) -> tuple[list[str], list[int]]:
    """The texts that stand for topics, and for each of them the place of its topic in the taxonomy."""
    texts: list[str] = []
    owners: list[int] = []
    for place, topic in enumerate(taxonomy.topics):
        for language in ("ko", "ja", "en", "zh"):
            words = ", ".join(term.term for term in topic.terms.get(language, [])[:_WORDS])
            found = [text for text in (topic.description.get(language, ""), words) if text]
            texts += found
            owners += [place] * len(found)
    return texts, owners


@cache
def background() -> tuple[str, ...]:
    """Everyday headlines in all our languages, written for this project (`classifiers/data/background.yaml`)."""
    data: dict[str, list[str]] = YAML(typ="safe", pure=True).load(_BACKGROUND)
    return tuple(text for texts in data.values() for text in texts)


def _unit(vectors: Matrix) -> Matrix:
    result: Matrix = vectors / (np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9)
    return result
