"""Glue: what of the classifier's work is kept for good, and which trained models may go (docs/decisions/retention.md)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.db.models import Exists, OuterRef, Q

from classifiers.models import ModelVersion, Tag
from classifiers.serving.inforce import name_in_force
from classifiers.serving.loading import models_folder
from monitor.upkeep import retention
from monitor.upkeep.tidying import Surplus


def corrected_stories() -> list[Q]:
    """Conditions of stories to keep: those of which an editor gave or took a topic."""
    by_model = Q(editor=None) & ~Q(model="")
    return [Q(Exists(Tag.objects.filter(entry__story=OuterRef("pk")).exclude(by_model)))]


def old_models() -> Surplus:
    """The files of models that are neither in force nor near it (`monitor.upkeep.retention.spare_models`).

    Their rows stay, for what they measured.
    """
    return Surplus("models", _spare, _remove)


def _spare() -> list[str]:
    folder = models_folder()
    trained = ModelVersion.objects.order_by("created_at", "id")
    found = []
    for encoder in trained.order_by().values_list("data__encoder", flat=True).distinct():
        own = trained.filter(data__encoder=encoder)
        names = list(own.values_list("name", flat=True))
        promoted = own.filter(data__promoted=True).values_list("name", flat=True)
        active = name_in_force(folder, encoder or "")
        found += retention.spare_models(promoted, names, active)
    return [name for name in found if (folder / f"{name}.json").exists()]


def _remove(names: Sequence[Any]) -> int:
    for name in names:
        # Rolling back passes over it (`classifiers.training.retraining.rollback`); written first, so that it never leads nowhere.
        for row in ModelVersion.objects.filter(name=name):
            ModelVersion.objects.filter(pk=row.pk).update(data={**row.data, "gone": True})
        for file in _files(models_folder(), name):
            file.unlink(missing_ok=True)
    return len(names)


def _files(folder: Path, name: str) -> list[Path]:
    """A model's own, and its rehearsal's; the manifest last, for it is what a model is known by."""
    return [
        folder / f"{name}.skops",
        *sorted((folder / "rehearsals").glob(f"{name}.*")),
        folder / f"{name}.json",
    ]
