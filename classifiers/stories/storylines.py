"""Glue: one story told in several languages becomes one, while its entries are tagged.

Runs inside the tagging transaction, before stories are ranked and alerts queued. Only a story that nobody has seen is
dissolved into another: it was never ranked, no one decided on it, and no alert speaks of it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

import numpy as np
from django.db.models import QuerySet
from numpy.typing import NDArray

from classifiers.encoders import Vectors
from classifiers.judging.anchors import Matrix
from classifiers.models import EntryVector
from classifiers.stories.crosslingual import (
    THRESHOLDS,
    WINDOW,
    Invariants,
    Thresholds,
    invariants,
    same_story,
)
from monitor.logs import logger
from monitor.models import Entry, Story
from monitor.polls.stories import lead_of
from monitor.texts.text import plain

#: Entries that are looked at for each new one: the nearest so many.
NEAREST = 12
#: Rows compared at once: half-precision vectors are widened for it, a part at a time.
_PART = 8192
_STORED = np.dtype("<f2")


class VectorWindow:
    """The vectors of the last days' entries in memory, as the database has them.

    Read once, then only what is new. Other processes may commit entries in any order: where the count says that
    something is missing, what is missing is read.
    """

    def __init__(self, encoder: str) -> None:
        self.encoder = encoder
        self._ids: NDArray[np.int64] = np.empty(0, np.int64)
        self._seen_at: NDArray[np.float64] = np.empty(0)
        self._vectors: NDArray[np.float16] = np.empty((0, 0), _STORED)
        #: Rows of other encoders, so that the count comes out right.
        self._others: dict[int, float] = {}

    def refresh(self, since: datetime) -> None:
        """Takes in what was committed meanwhile, and lets go of what is older than `since`."""
        start = since.timestamp()
        self._keep(self._seen_at >= start)
        self._others = {entry: seen_at for entry, seen_at in self._others.items() if seen_at >= start}
        rows = EntryVector.objects.filter(first_seen_at__gte=since)
        newest = max([*self._ids[-1:].tolist(), *self._others], default=0)
        self._take(rows.filter(entry_id__gt=newest))
        if rows.count() != len(self._ids) + len(self._others):
            there = np.array(rows.values_list("entry_id", flat=True), np.int64)
            self._keep(np.isin(self._ids, there))
            self._others = {entry: self._others[entry] for entry in set(there.tolist()) & set(self._others)}
            missing = np.setdiff1d(there, [*self._ids.tolist(), *self._others]).tolist()
            for part in range(0, len(missing), 500):
                self._take(rows.filter(entry_id__in=missing[part : part + 500]))

    def forget(self, entry_ids: Sequence[int]) -> None:
        """Lets go of these entries, whose vectors change; the next refresh finds them missing and reads them."""
        self._keep(~np.isin(self._ids, entry_ids))

    def nearest(self, vectors: Vectors, least: float) -> list[list[tuple[int, float]]]:
        """For each row of `vectors`, (rows × dimension), the (entry id, cosine) of those at `least` or above.

        The nearest come first, NEAREST at most.
        """
        found: list[list[tuple[int, float]]] = [[] for _row in vectors]
        for start in range(0, len(self._ids), _PART):
            part = self._vectors[start : start + _PART].astype(np.float32)
            cosines = vectors @ part.T
            for row, column in np.argwhere(cosines >= least).tolist():
                found[row].append((int(self._ids[start + column]), float(cosines[row, column])))
        return [sorted(near, key=lambda pair: -pair[1])[:NEAREST] for near in found]

    def _keep(self, kept: NDArray[np.bool_]) -> None:
        if not kept.all():
            self._ids, self._seen_at, self._vectors = (
                self._ids[kept],
                self._seen_at[kept],
                self._vectors[kept],
            )

    def _take(self, rows: "QuerySet[EntryVector]") -> None:
        ids, seen_at, vectors = [], [], []
        columns = rows.order_by("entry_id").values_list("entry_id", "first_seen_at", "encoder", "vector")
        for entry_id, first_seen_at, encoder, vector in columns.iterator(chunk_size=2000):
            if encoder != self.encoder:
                self._others[entry_id] = first_seen_at.timestamp()
                continue
            ids.append(entry_id)
            seen_at.append(first_seen_at.timestamp())
            vectors.append(np.frombuffer(vector, _STORED))
        if ids:
            held = self._vectors if len(self._ids) else np.empty((0, len(vectors[0])), _STORED)
            self._ids = np.concatenate([self._ids, np.array(ids, np.int64)])
            self._seen_at = np.concatenate([self._seen_at, np.array(seen_at)])
            self._vectors = np.concatenate([held, np.stack(vectors)])
            order = np.argsort(self._ids)
            self._ids, self._seen_at, self._vectors = (
                self._ids[order],
                self._seen_at[order],
                self._vectors[order],
            )


_windows: dict[str, VectorWindow] = {}
_lock = Lock()


@dataclass(frozen=True, slots=True)
class _Told:
    """An entry as stories are compared."""

    entry: int
    story: int
    first_seen_at: datetime
    invariants: Invariants


def join_stories(told: Sequence[tuple[Entry, Matrix]], encoder: str, now: datetime) -> None:
    """Joins the stories of entries with those that tell the same in another language, and keeps the entries' vectors.

    Each entry of `told` comes with its vector, (dimension), by the encoder of that name; with one that THRESHOLDS does not
    have nothing is joined or kept. Old news that is tagged again is left as it is.
    """
    thresholds = THRESHOLDS.get(encoder)
    since = now - WINDOW
    recent = [pair for pair in told if pair[0].first_seen_at >= since]
    if thresholds is None or not recent:
        return
    mine = [entry for entry, _vector in recent]
    rows = np.stack([vector for _entry, vector in recent])
    with _lock:
        window = _windows.setdefault(encoder, VectorWindow(encoder))
        window.refresh(since)
        window.forget([entry.pk for entry in mine])
        near = window.nearest(rows, thresholds.likely)
    own = rows @ rows.T
    for place, found in enumerate(near):
        found += [(mine[other].pk, float(own[place, other])) for other in range(place)]
    _join(mine, near, thresholds)
    _store(mine, rows, encoder, since)


def _store(entries: Sequence[Entry], vectors: Vectors, encoder: str, since: datetime) -> None:
    EntryVector.objects.bulk_create(
        (
            EntryVector(
                entry=entry, vector=row.astype(_STORED).tobytes(), encoder=encoder, first_seen_at=entry.first_seen_at
            )
            for entry, row in zip(entries, vectors, strict=True)
        ),
        update_conflicts=True,
        unique_fields=["entry"],
        update_fields=["vector", "encoder"],
    )  # fmt: skip
    past = EntryVector.objects.filter(first_seen_at__lt=since).order_by("first_seen_at")
    EntryVector.objects.filter(entry_id__in=past.values("entry_id")[: 2 * len(entries) + 100]).delete()


def _join(entries: Sequence[Entry], near: Sequence[list[tuple[int, float]]], thresholds: Thresholds) -> None:
    wanted = {other for found in near for other, cosine in found if cosine >= thresholds.likely}
    if not wanted:
        return
    told = _told(wanted | {entry.pk for entry in entries})
    into: dict[int, int] = {}
    for entry, found in zip(entries, near, strict=True):
        own = told[entry.pk]
        fitting = {
            _resolved(into, told[other].story)
            for other, cosine in found
            if other in told
            and same_story(
                own.invariants, told[other].invariants, cosine, own.first_seen_at - told[other].first_seen_at, thresholds
            )
        }  # fmt: skip
        mine = _resolved(into, own.story)
        if fitting - {mine}:
            oldest = min(fitting - {mine})
            # Where both begin in this batch either may give way, and the older stays.
            younger, older = (mine, oldest) if mine > oldest else (oldest, mine)
            if _dissolve(younger, older):
                into[younger] = older
            elif _dissolve(older, younger):
                into[older] = younger


def _resolved(into: dict[int, int], story: int) -> int:
    while story in into:
        story = into[story]
    return story


def _told(entry_ids: set[int]) -> dict[int, _Told]:
    rows = Entry.objects.filter(id__in=entry_ids).values_list(
        "id", "story_id", "first_seen_at", "title", "summary", "content", "lang"
    )
    return {
        entry: _Told(entry, story, seen_at, invariants(title, plain(summary or content)[:400], lang))
        for entry, story, seen_at, title, summary, content, lang in rows
    }


def _dissolve(story_id: int, into_id: int) -> bool:
    """Moves the entries of a story that nobody has seen into another, and deletes it; whether it could."""
    locked = Story.objects.select_for_update().filter(id__in=[story_id, into_id]).order_by("id").in_bulk()
    if len(locked) < 2 or not _is_unseen(locked[story_id]):
        return False
    into = locked[into_id]
    Entry.objects.filter(story_id=story_id).update(story=into)
    if locked[story_id].first_seen_at < into.first_seen_at:
        Story.objects.filter(id=into_id).update(first_seen_at=locked[story_id].first_seen_at)
    locked[story_id].delete()
    logger.info("stories joined", story=into_id, dissolved=story_id)
    return True


def _is_unseen(story: Story) -> bool:
    """Whether nothing but entries hangs on a story: whatever else points at it, also from apps that are above this."""
    if story.relevance is not None or story.queue != Story.Queue.WAITING:
        return False
    return not any(
        relation.related_model._base_manager.filter(**{relation.field.name: story}).exists()
        for relation in Story._meta.related_objects
        if relation.related_model is not Entry
    )


def put_primary_first(story_ids: set[int], primary: Collection[str]) -> None:
    """Lets each story that still waits for an editor be told by its primary source, else by the first that told it.

    What an editor has decided on stays as it was seen.
    """
    rows = Entry.objects.filter(story_id__in=story_ids, story__queue=Story.Queue.WAITING)
    told: dict[int, list[tuple[int, str, datetime]]] = {}
    for story, entry, source, seen_at in rows.values_list("story_id", "id", "source_id", "first_seen_at"):
        told.setdefault(story, []).append((entry, source, seen_at))
    leads = dict(Story.objects.filter(id__in=told).values_list("id", "lead_id"))
    for story, entries in told.items():
        lead = lead_of(entries, primary)
        if lead != leads[story]:
            Story.objects.filter(id=story, queue=Story.Queue.WAITING).update(lead=lead)
