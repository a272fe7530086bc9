"""Glue: which trained model is in force.

A home alone keeps that in a file of its own. Where machines share a PostgreSQL, the database says it to all of them, and
each follows: one that lacks the model's files tags nothing, for two machines with two models would tag as luck has it.
"""

from pathlib import Path

from classifiers.classifier import TopicClassifier
from classifiers.judging.scoring import Model
from classifiers.models import ModelVersion
from classifiers.serving import loading, versions
from monitor.together import engine


def name_in_force(folder: Path, encoder: str) -> str:
    """The name of the trained model in force for an encoder ("" for none); empty where that is the shipped one."""
    if not engine.is_on():
        return versions.active_name(folder, encoder)
    active = ModelVersion.objects.filter(active=True, data__encoder=encoder)
    return active.values_list("name", flat=True).first() or ""


def tagger() -> TopicClassifier:
    """The classifier that tags, with the model in force.

    Raises:
        ConfigError, EncoderError: as `classifiers.serving.loading.classifier`.
        ModelError: machines share a database, and this one cannot read the model in force.
    """
    encoder, folder = loading.encoder(), loading.models_folder()
    own = encoder.name if encoder else ""
    name = name_in_force(folder, own)
    if versions.active_name(folder, own) != name and (not name or versions.is_here(folder, name)):
        versions.activate(folder, own, name)
    found = loading.classifier()
    if not found.name.startswith(f"{name}+"):
        _refuse_another(folder, name)
    return found


def model_in_force(encoder: str) -> Model:
    """The model in force for an encoder ("" for none), for what is to be compared with it.

    Raises:
        ModelError: machines share a database, and this one cannot read the model in force.
    """
    folder = loading.models_folder()
    name = name_in_force(folder, encoder)
    found = loading.model_named(encoder, name)
    if found.name != name:
        _refuse_another(folder, name)
    return found


def _refuse_another(folder: Path, name: str) -> None:
    """Nothing but the named model will do where machines share a database; alone, the shipped one has taken its place."""
    if name and engine.is_on():
        # Its files may be there at the next look.
        loading.forget()
        raise versions.ModelError(
            f"model {name} is in force and cannot be read here: copy {name}.json and {name}.skops into {folder}"
            " from a machine that has them, or put another model in force (monitor train --rollback)"
        )
