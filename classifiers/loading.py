"""The classifier in use: made once a process, from the settings."""

from functools import cache
from threading import Lock

from classifiers.classifier import TopicClassifier
from classifiers.encoders import make_encoder
from classifiers.taxonomy import Taxonomy, load_taxonomy
from monitor.config import settings

_lock = Lock()


def classifier() -> TopicClassifier:
    """The classifier of this process; the first call loads it, which takes a second or two.

    Raises:
        ConfigError: topics.yaml or MONITOR_ENCODER is wrong.
    """
    with _lock:
        return _classifier()


@cache
def _classifier() -> TopicClassifier:
    return TopicClassifier(taxonomy(), make_encoder(settings().encoder))


@cache
def taxonomy() -> Taxonomy:
    """The taxonomy in force. Raises ConfigError."""
    return load_taxonomy(settings().topics_file)
