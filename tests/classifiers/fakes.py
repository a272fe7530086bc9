"""An encoder without a model, and small taxonomies."""

import hashlib
from collections.abc import Sequence
from threading import Lock
from typing import Any

import numpy as np

from classifiers.encoders import EncoderError, Vectors
from classifiers.taxonomy import Taxonomy


class FakeEncoder:
    """Texts that share characters lie near each other; what holds a word of `cannot_read` breaks it."""

    dimension = 32

    def __init__(self, *, cannot_read: str = "", broken: bool = False, name: str = "fake-1") -> None:
        self.name = name
        self.cannot_read = cannot_read
        self.broken = broken
        self.batches: list[list[str]] = []
        self._lock = Lock()

    def encode(self, texts: Sequence[str]) -> Vectors:
        with self._lock:
            self.batches.append(list(texts))
        if self.broken or (self.cannot_read and any(self.cannot_read in text for text in texts)):
            raise EncoderError("the fake was told to fail")
        vectors = np.stack([self._vector(text) for text in texts]) if texts else np.empty((0, self.dimension))
        return np.asarray(vectors, np.float32)

    def _vector(self, text: str) -> Any:
        vector = np.full(self.dimension, 0.01)
        for letter in text:
            vector[hashlib.md5(letter.encode("utf-8", "replace")).digest()[0] % self.dimension] += 1
        return vector / np.linalg.norm(vector)


def taxonomy(**terms: list[Any]) -> Taxonomy:
    """One topic a keyword argument: `taxonomy(ai=["AI"])`. An underscore in its name is a hyphen in its id."""
    topics = [
        {
            "id": name.replace("_", "-"),
            "name": {"ko": name},
            "description": {"en": f"News about {name}."},
            "terms": {"en": [{"term": term} if isinstance(term, str) else term for term in found]},
        }
        for name, found in terms.items()
    ]
    return Taxonomy.model_validate({"topics": topics})
