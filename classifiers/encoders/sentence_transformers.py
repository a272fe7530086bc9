"""Any other encoder, by sentence-transformers (https://sbert.net): MONITOR_ENCODER=sentence-transformers:NAME."""

import hashlib
import re
from collections.abc import Sequence
from threading import Lock
from typing import Any

import numpy as np

from classifiers.encoders.base import EncoderError, Vectors, checked, readable

#: Of MONITOR_ENCODER, before the model's name.
PREFIX = "sentence-transformers:"
#: What torch, a hub or a file of weights may raise.
_FAILURES = (ArithmeticError, AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError)


class SentenceTransformersEncoder:
    """`Encoder` by the model of a name on the hub, or of a folder on this machine.

    Raises:
        EncoderError: when it is made: the extra is not installed, or the model cannot be loaded.
    """

    def __init__(self, model: str) -> None:
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise EncoderError(
                f"encoder {PREFIX}{model} is not installed: pip install 'bulletin-monitor[sentence-transformers]'"
            ) from error
        try:
            self._engine: Any = SentenceTransformer(model)
            self.dimension = int(self._engine.get_sentence_embedding_dimension())
        except _FAILURES as error:
            raise EncoderError(f"encoder {PREFIX}{model} does not run here: {error!r}") from error
        self.name = _name(model)
        # The e5 family was trained with them (https://huggingface.co/intfloat/multilingual-e5-small#faq).
        self._before = "query: " if re.search(r"(?:^|[-_/])e5(?:[-_]|$)", model.lower()) else ""
        self._lock = Lock()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """As `Encoder`; the engine makes its own batches.

        Raises:
            EncoderError: the engine failed, or gave no unit vectors.
        """
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        cleaned = [self._before + readable(text) for text in texts]
        with self._lock:
            try:
                vectors = self._engine.encode(
                    cleaned, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
                )
            except _FAILURES as error:
                raise EncoderError(f"encoder {self.name} failed: {error!r}") from error
        return checked(np.asarray(vectors, np.float32), len(cleaned), self.dimension)


def _name(model: str) -> str:
    """Short, fit for a file's name, and another for every model."""
    word = re.sub(r"[^a-z0-9]+", "-", model.lower().rsplit("/", 1)[-1]).strip("-")[:24]
    return f"st-{word}-{hashlib.sha256(model.encode()).hexdigest()[:8]}"
