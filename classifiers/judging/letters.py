"""Pure: what each letter of a text adds to a topic's log-odds by its n-grams, and what objections leave of that."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifiers.judging.anchors import Matrix
from classifiers.judging.features import Features, Found, letters_of, rows_of
from classifiers.words.ngrams import COLUMNS, ngrams


@dataclass(frozen=True, slots=True)
class Letters:
    """A judge of topics by n-grams, whose weights can be laid over a text."""

    topics: tuple[str, ...]
    columns: NDArray[np.int32]  #: (columns): which of the hashed columns have weights
    rarity: Matrix  #: (columns), as `classifiers.judging.trained.gram_inputs` wants it
    weights: Matrix  #: (columns × topics)
    intercepts: Matrix  #: (topics)

    def laid(self, features: Features, wanted: Sequence[Sequence[str]]) -> Iterator[list[Matrix]]:
        """For each entry and each topic that is wanted of it, (characters): a number for each one of the folded text.

        An n-gram's part goes to its characters in equal shares: they add up to the log-odds but for the intercept. The
        letters of a word that editors objected to keep what the objections left of them.
        """
        texts = features.folded
        found = ngrams(texts)
        places = np.full(COLUMNS, -1, np.int32)
        places[self.columns] = np.arange(len(self.columns), dtype=np.int32)
        known = np.flatnonzero(places[found.columns] >= 0)
        known = known[np.argsort(found.texts[known], kind="stable")]
        ends = np.searchsorted(found.texts[known], np.arange(len(texts) + 1))
        for row, (text, topics) in enumerate(zip(texts, wanted, strict=True)):
            if not topics:
                yield []
                continue
            mine = known[ends[row] : ends[row + 1]]
            own = [self.topics.index(topic) for topic in topics]
            seen, which, counts = np.unique(
                places[found.columns[mine]], return_inverse=True, return_counts=True
            )
            # As `classifiers.judging.trained.gram_inputs` weighs them.
            weighed = np.sqrt(counts) * self.rarity[seen]
            each = weighed / max(float(np.linalg.norm(weighed)), 1e-9) / counts
            parts = (each[:, None] * self.weights[seen[:, None], own])[which] / found.sizes[mine][:, None]
            begins, size = found.starts[mine], len(text) + 1
            stops = begins + found.sizes[mine]
            rises = (np.bincount(begins, part, size) - np.bincount(stops, part, size) for part in parts.T)
            yield [
                _trusted(np.cumsum(rise)[:-1], features.found[row], text, topic)
                for rise, topic in zip(rises, topics, strict=True)
            ]

    def hushed(self, odds: Matrix, features: Features) -> Matrix:
        """The log-odds of entries, (entries × topics), without what objections took from the letters of words."""
        doubted = [
            sorted({hit.concept for hit in found.hits if hit.trust < 1 and hit.concept in self.topics})
            for found in features.found
        ]
        rows = np.flatnonzero([bool(topics) for topics in doubted])
        if not len(rows):
            return odds
        result = odds.copy()
        wanted = [doubted[row] for row in rows]
        for row, topics, laid in zip(rows, wanted, self.laid(rows_of(features, rows), wanted), strict=True):
            for topic, letters in zip(topics, laid, strict=True):
                place = self.topics.index(topic)
                result[row, place] = letters.sum() + self.intercepts[place]
        return result


def _trusted(letters: NDArray[np.float64], found: Found, text: str, topic: str) -> Matrix:
    kept = np.ones(len(letters))
    for hit in found.hits:
        if hit.trust < 1 and hit.concept == topic:
            for span in letters_of(hit, text):
                # Letters that speak against the topic go on doing so.
                if letters[span].sum() > 0:
                    kept[span] = np.minimum(kept[span], hit.trust)
    return np.asarray(letters * kept, np.float32)
