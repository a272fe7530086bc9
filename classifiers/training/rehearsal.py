"""Glue: rehearsals: what a model would have said of last month's entries, worked out aside, a file for each model.

`rehearsals/NAME.json` in the models' folder is the rehearsal; `NAME.asked` beside it asks for one, and says how far it
has come or why it came to nothing.
"""

import json
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np

from classifiers.classifier import Classification, EntryText, TopicClassifier
from classifiers.encoders import Encoder, EncoderError
from classifiers.encoders.kept import kept_vectors
from classifiers.judging.anchors import Matrix
from classifiers.judging.trained import TrainedModel
from classifiers.models import EntryVector
from classifiers.serving import versions
from classifiers.taxonomy import taxonomy
from monitor.errors import MonitorError, StoreError
from monitor.logs import logger
from monitor.models import Entry

#: How far back entries are rehearsed.
MONTH = timedelta(days=30)
#: Entries at once: few enough that what waits for tags hardly waits longer.
BATCH = 16


@dataclass(frozen=True, slots=True)
class Said:
    """What the model says of one entry."""

    relevance: float  #: 0 to 1
    topics: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What one model says of a month's entries, by entry id."""

    made_at: datetime
    entries: dict[int, Said]


@dataclass(frozen=True, slots=True)
class Asked:
    """A rehearsal that was asked for: how far it has come, or in English why it will not."""

    share: float = 0.0
    fault: str = ""


def kept_versions(folder: Path, encoder: str) -> list[str]:
    """The models for an encoder's vectors that can be rehearsed, by name: the home's own, newest first, then the shipped."""
    own = sorted(
        (file.stem for file in folder.glob(f"own-*-{encoder or versions.WORDS}.skops")), reverse=True
    )
    shipped = versions.shipped_name(encoder)
    return [*own, shipped] if (versions.SHIPPED / f"{shipped}.skops").exists() else own


def rehearsal_of(folder: Path, name: str) -> Rehearsal | None:
    """The model's latest rehearsal; None where there is none that can be read."""
    try:
        data = json.loads(_file(folder, name).read_text(encoding="utf-8"))
        entries = {
            int(entry): Said(float(relevance), frozenset(topics))
            for entry, (relevance, topics) in data["entries"].items()
        }
        return Rehearsal(datetime.fromisoformat(data["made_at"]), entries)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        logger.warning("rehearsal not readable", name=name, reason=repr(error))
        return None


def ask(folder: Path, name: str) -> None:
    """Asks for a rehearsal; one that is under way goes on.

    Raises:
        StoreError: the request could not be written.
    """
    asked = asked_of(folder, name)
    if asked is None or asked.fault:
        _note(folder, name, Asked())


def asked_of(folder: Path, name: str) -> Asked | None:
    """The request for this model's rehearsal; None where there is none."""
    try:
        data = json.loads(_request(folder, name).read_text(encoding="utf-8"))
        return Asked(float(data["share"]), str(data["fault"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        # A request without anything in it is one, too.
        return Asked()


def waiting(folder: Path) -> list[str]:
    """The names of the models whose rehearsals were asked for, are not done, and did not fail."""
    names = sorted(file.stem for file in (folder / "rehearsals").glob("*.asked"))
    return [name for name in names if (asked := asked_of(folder, name)) and not asked.fault]


def work_off(folder: Path, encoder: Encoder | None, name: str, now: datetime) -> Iterator[float]:
    """`rehearse` for a request: yields the share that is done after each batch, and notes it in the request.

    The request ends with it, or names its fault.

    Raises:
        StoreError: the request could not be written.
    """
    try:
        for share in rehearse(folder, encoder, name, now):
            _note(folder, name, Asked(share))
            yield share
    except MonitorError as error:
        logger.warning("rehearsal failed", name=name, reason=str(error))
        _note(folder, name, Asked(fault=str(error)))
    else:
        _request(folder, name).unlink(missing_ok=True)


def rehearse(folder: Path, encoder: Encoder | None, name: str, now: datetime) -> Iterator[float]:
    """Has the model judge last month's entries and writes the file; yields the share that is done after each batch.

    Raises:
        ModelError: there is no such model, or it is for the vectors of another encoder.
        EncoderError: the encoder reads nothing any more.
        StoreError: the file could not be written.
    """
    model = _model(folder, encoder.name if encoder else "", name)
    sparing = _Sparing(encoder) if encoder else None
    keep = partial(kept_vectors, encoder, folder) if encoder else None
    classifier = TopicClassifier(taxonomy(), sparing, model=model, encode_anchors=keep)
    tagged = Entry.objects.filter(first_seen_at__gte=now - MONTH, tagged_at__isnull=False)
    ids = list(tagged.order_by("id").values_list("id", flat=True))
    entries: dict[str, tuple[float, list[str]]] = {}
    for start in range(0, len(ids), BATCH):
        batch = list(Entry.objects.filter(id__in=ids[start : start + BATCH]))
        for entry, result in zip(batch, _classified(classifier, sparing, batch), strict=True):
            entries[str(entry.pk)] = (round(result.relevance, 4), [topic.topic for topic in result.topics])
        yield min(start + BATCH, len(ids)) / len(ids)
    body = json.dumps({"made_at": now.isoformat(), "entries": entries}, separators=(",", ":"))
    _write(_file(folder, name), body)


def _model(folder: Path, encoder: str, name: str) -> TrainedModel:
    model = (
        versions.shipped(encoder) if name == versions.shipped_name(encoder) else versions.load(folder, name)
    )
    if model is None:
        raise versions.ModelError(f"model {name}: none ships for this encoder")
    if model.encoder != encoder:
        raise versions.ModelError(f"model {name}: made for the vectors of {model.encoder or 'none'}")
    return model


@dataclass(slots=True)
class _Sparing:
    """An encoder that is spared the texts whose vectors are kept; `kept` speaks of the next call, in its order."""

    encoder: Encoder
    kept: list[Matrix | None] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.encoder.name

    @property
    def dimension(self) -> int:
        return self.encoder.dimension

    def encode(self, texts: Sequence[str]) -> Matrix:
        kept, self.kept = self.kept or [None] * len(texts), []
        missing = [text for text, vector in zip(texts, kept, strict=True) if vector is None]
        fresh: Iterator[Matrix] = iter(self.encoder.encode(missing) if missing else [])
        return np.stack([next(fresh) if vector is None else vector for vector in kept])


def _classified(
    classifier: TopicClassifier, sparing: _Sparing | None, entries: Sequence[Entry]
) -> list[Classification]:
    """As tagging does it: what the encoder cannot read holds up nothing else, and is judged by words alone."""
    if sparing is not None:
        sparing.kept = _vectors(entries, sparing.encoder.name)
    texts = [EntryText(entry.title, entry.lead, entry.lang, source=entry.source_id) for entry in entries]
    try:
        return classifier.classify(texts)
    except EncoderError:
        if len(entries) > 1:
            return [_classified(classifier, sparing, [entry])[0] for entry in entries]
        classifier.check_encoder()
        return classifier.without_vectors().classify(texts)


def _vectors(entries: Sequence[Entry], encoder: str) -> list[Matrix | None]:
    rows = EntryVector.objects.filter(entry__in=entries, encoder=encoder).values_list("entry_id", "vector")
    kept = {entry: np.frombuffer(vector, "<f2").astype(np.float32) for entry, vector in rows}
    return [kept.get(entry.pk) for entry in entries]


def _file(folder: Path, name: str) -> Path:
    return folder / "rehearsals" / f"{name}.json"


def _request(folder: Path, name: str) -> Path:
    return folder / "rehearsals" / f"{name}.asked"


def _note(folder: Path, name: str, asked: Asked) -> None:
    _write(_request(folder, name), json.dumps({"share": asked.share, "fault": asked.fault}))


def _write(file: Path, body: str) -> None:
    """Whoever reads meanwhile finds the old file or the new."""
    draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            draft.write_text(body, encoding="utf-8")
            draft.replace(file)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"{file.name} not written: {error.strerror}") from error
