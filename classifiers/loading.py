"""The classifier in use: made once a process, from the settings."""

from functools import cache, partial
from threading import Lock

from classifiers.classifier import TopicClassifier
from classifiers.encoders import make_encoder
from classifiers.encoders.kept import kept_vectors
from classifiers.taxonomy import Taxonomy, load_taxonomy
from monitor.config import settings

_lock = Lock()


def classifier() -> TopicClassifier:
    """The classifier of this process, from any thread.

    The first call loads it: well under a second, or some seconds where the vectors of topics.yaml are not kept yet.

    Raises:
        ConfigError: topics.yaml or MONITOR_ENCODER is wrong.
        EncoderError: the encoder that was asked for does not run here.
    """
    with _lock:
        return _classifier()


@cache
def _classifier() -> TopicClassifier:
    own = settings()
    encoder = make_encoder(own.encoder)
    keep = partial(kept_vectors, encoder, own.home / "models") if encoder else None
    return TopicClassifier(taxonomy(), encoder, encode_anchors=keep)


@cache
def taxonomy() -> Taxonomy:
    """The taxonomy in force. Raises ConfigError."""
    return load_taxonomy(settings().topics_file)
