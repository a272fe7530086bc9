"""The classifier of this process: made once, from the settings, and again when another model is put in force."""

from collections.abc import Callable
from functools import cache, lru_cache, partial
from pathlib import Path
from threading import Lock

from classifiers.classifier import TopicClassifier
from classifiers.encoders import Encoder, make_encoder
from classifiers.encoders.kept import kept_vectors
from classifiers.judging.scoring import HandSetModel, Model
from classifiers.judging.trained import TrainedModel
from classifiers.serving import versions
from classifiers.taxonomy import taxonomy
from monitor.config import settings
from monitor.logs import logger

_lock = Lock()


def classifier() -> TopicClassifier:
    """The classifier of this process, from any thread.

    The first call loads it: well under a second, or some seconds where the vectors of topics.yaml are not kept yet.

    Raises:
        ConfigError: topics.yaml or MONITOR_ENCODER is wrong.
        EncoderError: the encoder that was asked for does not run here.
    """
    with _lock:
        encoder = _encoder(settings().encoder)
        name = encoder.name if encoder else ""
        return _classifier(settings().encoder, versions.active_name(models_folder(), name))


def encoder() -> Encoder | None:
    """The encoder of this process, the classifier's own; None where words alone are read.

    Raises:
        ConfigError: MONITOR_ENCODER is wrong.
        EncoderError: the encoder that was asked for does not run here.
    """
    with _lock:
        return _encoder(settings().encoder)


def forget() -> None:
    """Has `classifier` make a new one at its next call: the model's files may be others by then."""
    _classifier.cache_clear()


def models_folder() -> Path:
    """The folder in which this home keeps its models; it need not be there yet."""
    return settings().home / "models"


@cache
def _encoder(name: str) -> Encoder | None:
    return make_encoder(name)


@lru_cache(maxsize=1)
def _classifier(encoder_name: str, version: str) -> TopicClassifier:
    encoder = _encoder(encoder_name)
    keep = partial(kept_vectors, encoder, models_folder()) if encoder else None
    model = model_named(encoder.name if encoder else "", version)
    return TopicClassifier(taxonomy(), encoder, model=model, encode_anchors=keep)


def model_named(encoder: str, version: str) -> Model:
    """The model called `version`, or with no name the shipped one, for the vectors of an encoder ("" for none).

    One that cannot be read gives way to the shipped one, and that to the weights set by hand; the log is told.
    """
    attempts: list[Callable[[], TrainedModel | None]] = [partial(versions.shipped, encoder)]
    if version:
        attempts.insert(0, partial(versions.load, models_folder(), version))
    for attempt in attempts:
        try:
            model = attempt()
            if model is not None and model.encoder != encoder:
                raise versions.ModelError(
                    f"model {model.name}: made for the vectors of {model.encoder or 'none'}"
                )
            if model is not None:
                return model
        except versions.ModelError as error:
            logger.warning("model not used", reason=str(error))
    return HandSetModel()
