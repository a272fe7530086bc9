"""Glue: learns again from what ships, from past issues and from decisions, and puts a model that is no worse in force."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from django.conf import settings as django_settings
from django.db import transaction
from django.db.models import Count
from django.utils.module_loading import import_string

from classifiers.encoders import Encoder
from classifiers.encoders.kept import kept_vectors
from classifiers.judging.anchors import Matrix
from classifiers.judging.features import EntryText, FeatureReader, Features, Spoken, rows_of
from classifiers.judging.scoring import Model
from classifiers.judging.trained import TrainedModel
from classifiers.models import ModelVersion, Objection, PastArticle
from classifiers.pastissues.citations import title_of
from classifiers.serving import versions
from classifiers.serving.inforce import name_in_force
from classifiers.serving.loading import models_folder
from classifiers.taxonomy import Taxonomy, taxonomy
from classifiers.training import fitting, rehearsal, trainingset
from classifiers.training.measures import relevance_auc, topics_f1, unseen_metrics
from classifiers.training.trainingset import Example, Labels
from monitor.errors import MonitorError
from monitor.logs import logger
from monitor.texts import language

#: What the house itself wrote or decided says more of what it wants than what ships.
ARTICLE_WEIGHT, DECISION_WEIGHT = 2.0, 3.0
#: Of decisions, the newest share is held out to compare models by; and as many at the least make a comparison.
HELD_OUT, LEAST_HELD = 0.2, 10
#: How much lower than the one in force a model's figures may come out by chance.
SLACK = 0.01
#: The share of a word's weight that each objection leaves; more than so many objections change nothing further.
DISCOUNT, MOST_OBJECTIONS = 0.5, 3


class NothingToLearnError(MonitorError):
    """There are neither past issues nor decisions nor objections: the shipped model knows all that is known."""


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training came to."""

    name: str
    examples: dict[str, int]  #: how many, by where they are from
    #: Figures of the model in force and of the new one; None where there was nothing to measure by.
    before: dict[str, float | None]
    after: dict[str, float | None]
    promoted: bool
    reason: str  #: one English line: why not, where it was not

    def as_dict(self) -> dict[str, object]:
        """The line of `monitor train --json`."""
        return {
            "name": self.name,
            "examples": self.examples,
            "before": self.before,
            "after": self.after,
            "promoted": self.promoted,
            "reason": self.reason or None,
        }


def train(
    encoder: Encoder | None,
    in_force: Model,
    now: datetime,
    *,
    dry_run: bool = False,
    progress: Callable[[float], None] = lambda _share: None,
) -> Trained:
    """Learns from everything that is known, compares with the model in force, and promotes what is no worse.

    Compared are what both say of the newest decisions, which the new one is not shown for it, and what each says in
    cross-validation of the texts that ship.

    Raises:
        NothingToLearnError: nothing is known beyond what the shipped model for this encoder has learned.
        EncoderError: the encoder failed.
        StoreError: the rehearsal of the new model could not be asked for.
    """
    lesson = _lesson(encoder)
    name = versions.own_name(lesson.encoder, now)
    first = lesson.rows(0, lesson.shown)
    model, unseen = fitting.fit(
        first.features, first.labels, lesson.topics, name=name, encoder=lesson.encoder,
        progress=lambda share: progress(share / (2 if lesson.held else 1)),
    )  # fmt: skip
    before, after = _compared(lesson, in_force, model, unseen)
    reason = _worse(before, after)
    promoted = not reason and not dry_run
    counts = {**lesson.counts, "held_out": lesson.held}
    if dry_run:
        return Trained(name, counts, before, after, promoted, reason or "dry run")
    # Also of one that is not used: the weekly job would else try it again every hour.
    ModelVersion.objects.create(
        name=name,
        metrics={"before": before, "after": after},
        data={
            "encoder": lesson.encoder,
            "promoted": promoted,
            "objections": Objection.objects.count(),
            **lesson.counts,
        },
    )
    languages = [example.text.language for example in lesson.examples[: lesson.shown]]
    metrics = unseen_metrics(model, unseen, first.labels, lesson.topics, languages)
    if promoted and lesson.held:
        model, _unseen = fitting.fit(
            lesson.features, lesson.labels, lesson.topics, name=name, encoder=lesson.encoder,
            progress=lambda share: progress(0.5 + share / 2),
        )  # fmt: skip
    told = [[*word, factor] for word, factor in lesson.discounts.items()]
    kept = replace(model, manifest={"data": lesson.counts, "discounts": told, "metrics": metrics})
    # Also one that is not used: the Quality page shows what it would have done.
    versions.save(kept, models_folder())
    rehearsal.ask(models_folder(), name)
    if promoted:
        _promote(kept)
    return Trained(name, counts, before, after, promoted, reason)


@dataclass(frozen=True, slots=True)
class _Lesson:
    """Everything that is known, oldest decisions before newer ones; the last `held` rows are for comparing."""

    encoder: str
    examples: list[Example]
    features: Features
    labels: Labels
    topics: tuple[str, ...]
    discounts: dict[Spoken, float]
    counts: dict[str, int]  #: examples by where they are from
    held: int

    @property
    def shown(self) -> int:
        """How many rows are learned from before the comparison."""
        return len(self.examples) - self.held

    def rows(self, start: int, end: int) -> "_Lesson":
        """The lesson of these rows alone."""
        return replace(
            self,
            examples=self.examples[start:end],
            features=rows_of(self.features, np.arange(start, end)),
            labels=self.labels.rows(slice(start, end)),
        )


def _lesson(encoder: Encoder | None) -> _Lesson:
    articles, decided, objected = past_articles(), decisions(), objections()
    encoder_name = encoder.name if encoder else ""
    if not (articles or decided or objected) and versions.shipped(encoder_name):
        raise NothingToLearnError("neither past issues nor decisions nor objections to learn from")
    shipped = trainingset.shipped()
    examples = [*shipped, *articles, *decided]
    share = len(decided) * HELD_OUT
    left = discounts()
    reader = _reader(taxonomy(), encoder, left)
    return _Lesson(
        encoder_name,
        examples,
        reader.read([example.text for example in examples], objected),
        Labels.of(examples, reader.topics),
        reader.topics,
        left,
        {"shipped": len(shipped), "articles": len(articles), "decisions": len(decided)},
        round(share) if share >= LEAST_HELD else 0,
    )


def _compared(
    lesson: _Lesson, in_force: Model, model: TrainedModel, unseen: fitting.Unseen
) -> tuple[dict[str, float | None], dict[str, float | None]]:
    """What the model in force and the new one come to, on the shipped texts and on the newest decisions."""
    newest = lesson.rows(lesson.shown, len(lesson.examples))
    as_before = _reread(newest.features, FeatureReader(taxonomy(), discounts=in_force.discounts))
    shipped = unseen.topics[: lesson.counts["shipped"]] >= model.thresholds
    return (
        {
            "micro_f1": _shipped_f1(lesson.encoder),
            **_on(in_force, as_before, newest.labels, lesson.topics, "held_out"),
        },
        {
            "micro_f1": topics_f1(shipped, lesson.labels, model.topics, lesson.topics),
            **_on(model, newest.features, newest.labels, lesson.topics, "held_out"),
        },
    )


def rollback(encoder: str) -> str:
    """Puts the model that was in force before this one back in its place; its name, empty for the shipped one.

    Models whose files were tidied away are passed over.
    """
    current = name_in_force(models_folder(), encoder)
    promoted = ModelVersion.objects.filter(data__encoder=encoder, data__promoted=True)
    # Without those whose files were tidied away.
    earlier = promoted.exclude(data__has_key="gone").order_by("-created_at")
    row = ModelVersion.objects.filter(name=current).first()
    previous = earlier.filter(created_at__lt=row.created_at).first() if row else None
    name = previous.name if previous else ""
    versions.activate(models_folder(), encoder, name)
    _put_in_force(encoder, name)
    return name


def past_articles() -> list[Example]:
    """The articles of learned past issues and the documents that they cite, as examples of what is wanted, in print's order.

    Their topics count once an editor confirmed them. A cited document is what editors once picked out of the news: it
    says of what they want as much as a decision does.
    """
    found = []
    for article in PastArticle.objects.order_by("issue__bulletin", "issue__number", "order"):
        topics = frozenset(article.topics) if article.confirmed_at else None
        entry = EntryText(article.title, " ".join(article.text.split())[:400], "ko")
        found.append(Example(entry, topics, None, True, ARTICLE_WEIGHT))
        for title in filter(None, map(title_of, article.citation.splitlines())):
            cited = EntryText(title, "", language.detect(title, ""))
            found.append(Example(cited, topics, None, True, DECISION_WEIGHT))
    return found


def decisions() -> list[Example]:
    """What editors decided, oldest first; from the app above, by the dotted path DECIDED_EXAMPLES of the settings."""
    found: list[Example] = import_string(django_settings.DECIDED_EXAMPLES)()
    return [replace(example, weight=DECISION_WEIGHT) for example in found]


def objections() -> dict[EntryText, set[Spoken]]:
    """The (topic, word) pairs that editors objected to, by the entry that each was said of."""
    found: dict[EntryText, set[Spoken]] = {}
    for row in Objection.objects.select_related("entry"):
        text = EntryText(row.entry.title, row.entry.lead, row.entry.lang, source=row.entry.source_id)
        found.setdefault(text, set()).add((row.topic, row.term))
    return found


def discounts() -> dict[Spoken, float]:
    """The share of its weight for its topic that objections leave each word that has any, by (topic, word)."""
    counted = Objection.objects.values_list("topic", "term").annotate(Count("id")).order_by("topic", "term")
    return {(topic, term): DISCOUNT ** min(count, MOST_OBJECTIONS) for topic, term, count in counted}


@dataclass(frozen=True, slots=True)
class _Kept:
    """An encoder whose vectors of training texts are kept: they are encoded once, a minute or two."""

    encoder: Encoder
    name: str
    dimension: int

    def encode(self, texts: Sequence[str]) -> Matrix:
        return kept_vectors(self.encoder, models_folder(), texts, kind="training")


def _reader(
    own_taxonomy: Taxonomy, encoder: Encoder | None, discounts: Mapping[Spoken, float] | None = None
) -> FeatureReader:
    if encoder is None:
        return FeatureReader(own_taxonomy, discounts=discounts)
    kept = _Kept(encoder, encoder.name, encoder.dimension)
    return FeatureReader(
        own_taxonomy, kept, lambda texts: kept_vectors(encoder, models_folder(), texts), discounts
    )


def _on(
    model: Model, features: Features, labels: Labels, topics: tuple[str, ...], name: str
) -> dict[str, float | None]:
    if not features.entries:
        return {f"{name}_f1": None, f"{name}_auc": None}
    judged = model.judge(features, topics)
    return {
        f"{name}_f1": topics_f1(judged.topics >= judged.thresholds, labels, topics, topics),
        f"{name}_auc": None if judged.relevance is None else relevance_auc(judged.relevance, labels),
    }


def _reread(features: Features, by_words: FeatureReader) -> Features:
    """The same entries with their words as another model reads them: by the discounts that it was made with."""
    if not features.entries:
        return features
    words = by_words.read(features.entries)
    return replace(features, found=words.found, words=words.words)


def _shipped_f1(encoder: str) -> float | None:
    model = versions.shipped(encoder)
    metrics = model.manifest.get("metrics") if model else None
    return metrics.get("micro_f1") if isinstance(metrics, dict) else None


def _worse(before: dict[str, float | None], after: dict[str, float | None]) -> str:
    for name, value in before.items():
        new = after.get(name)
        if value is not None and new is not None and new < value - SLACK:
            return f"{name} fell from {value:.3f} to {new:.3f}"
    return ""


def _promote(model: TrainedModel) -> None:
    _put_in_force(model.encoder, model.name)
    versions.activate(models_folder(), model.encoder, model.name)
    logger.info("model promoted", name=model.name)


@transaction.atomic
def _put_in_force(encoder: str, name: str) -> None:
    """At once: other machines tag by what the database says (`classifiers.serving.inforce`)."""
    ModelVersion.objects.filter(data__encoder=encoder).update(active=False)
    ModelVersion.objects.filter(name=name).update(active=True)
