"""Glue: what a poll reads and writes of its source, each a short transaction; what it brings is kept by `keeping`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from monitor.documents import Hints
from monitor.models import Entry, Incident, Poll, Source
from monitor.polls import incidents, rows
from monitor.polls.cadence import MEMORY
from monitor.polls.doubts import Sample
from monitor.polls.health import FAULTY, State
from monitor.polls.history import MOST, History, Seen, appeared, history_of
from monitor.polls.judging import Judgement, SourceState
from monitor.polls.moves import Move
from monitor.sources import SourceConfig

#: A poll that was killed gives its source back after this long; longer than fetch and parse may take together.
LEASE = timedelta(seconds=90)
#: Sources that are due, read at once: rarely are there more.
DUE_A_QUERY = 1000


def register(sources: Sequence[SourceConfig]) -> None:
    """Makes a row for every source that has none; rows of stanzas that went keep their entries."""
    Source.objects.bulk_create([Source(id=source.id) for source in sources], ignore_conflicts=True)


def due(now: datetime) -> Iterator[str]:
    """The ids of the sources that are due and that no one is polling, the longest due first; read as they are asked for."""
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    waiting = Source.objects.filter(free, next_poll_at__lte=now).order_by("next_poll_at", "id")
    behind = Q()
    while True:
        found = list(waiting.filter(behind).values_list("next_poll_at", "id")[:DUE_A_QUERY])
        yield from (source_id for _at, source_id in found)
        if len(found) < DUE_A_QUERY:
            return
        at, last = found[-1]
        behind = Q(next_poll_at__gte=at) & (Q(next_poll_at__gt=at) | Q(id__gt=last))


def next_due_at() -> datetime | None:
    """When the next source is or was due; None where there is no source."""
    return Source.objects.order_by("next_poll_at").values_list("next_poll_at", flat=True).first()


def failing(minimum: int) -> set[str]:
    """The ids of the sources whose last `minimum` polls or more failed."""
    failed = Source.objects.filter(failures__gt=0, failures__gte=minimum)
    return set(failed.values_list("id", flat=True))


def release_all() -> int:
    """Gives back every claim, and says how many; for the start of a process that knows itself to be alone."""
    return Source.objects.exclude(leased_until=None).update(leased_until=None)


@dataclass(frozen=True, slots=True)
class Claim:
    """Who wants to poll which source, and whether it waits for who holds it.

    `take_over` polls all the same: what a person asked for by name does not wait, and `keep` bears two at once.
    `if_due` polls only what is due still: between the look that found it due and this one, it may have been polled.
    """

    source_id: str
    take_over: bool = False
    if_due: bool = False


def release(source_id: str) -> None:
    """Gives back the claim of a process that is known to have died."""
    Source.objects.filter(id=source_id).update(leased_until=None)


@transaction.atomic
def claim(wanted: Sequence[Claim], now: datetime) -> list[SourceState | None]:
    """For each that is wanted, in order, its source's state, with the source claimed for `LEASE`.

    None where there is no such source, where somebody else holds it, or where it is not due any more (`Claim.if_due`).
    """
    ids = {one.source_id for one in wanted}
    # Locked on PostgreSQL, always in the same order; SQLite's immediate transaction is lock enough.
    locked = Source.objects.select_for_update().filter(id__in=ids).defer("bad_sample").order_by("id")
    rows = {row.id: row for row in locked}
    states: list[SourceState | None] = []
    claimed = []
    for one in wanted:
        row = rows.get(one.source_id)
        if row is None or not _may_have(one, row, now):
            states.append(None)
            continue
        row.leased_until = now + LEASE
        claimed.append(row.id)
        states.append(_state(row))
    if claimed:
        Source.objects.filter(id__in=claimed).update(leased_until=now + LEASE)
    return states


def _may_have(one: Claim, row: Source, now: datetime) -> bool:
    is_free = one.take_over or row.leased_until is None or row.leased_until < now
    return is_free and not (one.if_due and row.next_poll_at > now)


def _state(row: Source) -> SourceState:
    return SourceState(
        etag=row.etag,
        last_modified=row.last_modified,
        body_hash=row.body_hash,
        failures=row.failures,
        doubts=row.doubts,
        state=State(row.state),
        fault=row.fault,
        reason=row.reason,
        last_polled_at=row.last_polled_at,
        document_entries=row.document_entries,
        hints=Hints(
            row.hints.get("fresh_minutes", 0),
            tuple(row.hints.get("skip_hours", ())),
            tuple(row.hints.get("skip_days", ())),
        ),
        good_sample=Sample.from_json(row.good_sample),
        move=Move(row.moved_to, row.moved_since),
        adopted_url=row.adopted_url,
        adopted_for=row.adopted_for,
        usual_until=row.usual_until,
    )


@dataclass(frozen=True, slots=True)
class Visited:
    """A visit, what follows from it, and when it ended."""

    poll: Poll
    judged: Judgement
    at: datetime


#: What a visit that found all as it was writes into its source's row.
_QUIET = ("late_at", "usual_until", "weight")


@transaction.atomic
def record(visits: Sequence[Visited]) -> list[None]:
    """Writes down what came of the visits and what follows from it, and gives their sources back; a None for each visit."""
    ids = {visit.poll.source_id for visit in visits}
    # Locked on PostgreSQL, always in the same order.
    list(Source.objects.select_for_update().filter(id__in=ids).order_by("id").values_list("id"))
    Poll.objects.bulk_create([visit.poll for visit in visits])
    told = [(visit.poll.source_id, _row(visit)) for visit in visits]
    for names, alike in groupby(told, lambda one: tuple(one[1])):
        rows.update(Source, names, [(*rows.prepared(Source, row), source_id) for source_id, row in alike])
    for visit in visits:
        if visit.poll.status == "error":
            Source.objects.filter(id=visit.poll.source_id).update(failures=F("failures") + 1)
    faulty = Incident.objects.filter(source_id__in=ids, closed_at=None).values_list("source_id", flat=True)
    known = set(faulty)
    for visit in visits:
        if visit.judged.health.state in FAULTY or visit.poll.source_id in known:
            incidents.note(visit.poll.source_id, visit.judged.health, visit.at)
    return [None] * len(visits)


def _row(visit: Visited) -> dict[str, object]:
    """The fields of a source's row that a visit changes."""
    judged = visit.judged
    row: dict[str, object] = {"leased_until": None, "last_polled_at": visit.at, "next_poll_at": judged.due_at}
    if judged.quiet:
        return row | {"last_success_at": visit.at} | {name: judged.row[name] for name in _QUIET}
    if visit.poll.status != "error":
        row |= {"last_success_at": visit.at, "failures": 0}
    if visit.poll.new:
        row["last_new_at"] = visit.at
    health = {name: getattr(judged.health, name) for name in ("state", "fault", "reason")}
    return row | health | judged.row


def history(source_id: str, now: datetime) -> History:
    """A source's history up to `now`, from the entries that are kept."""
    table = Entry._meta.db_table
    ((first,),) = rows.fetched(f"SELECT MIN(first_seen_at) FROM {table} WHERE source_id = %s", [source_id])  # noqa: S608
    begun = rows.instant(first)
    if begun is None:
        return history_of((), now, now)
    told = f"SELECT first_seen_at, published_at, date_confidence FROM {table} WHERE source_id = %s"  # noqa: S608
    lately = f"{told} AND first_seen_at >= %s ORDER BY first_seen_at DESC, id DESC LIMIT {MOST}"
    seen = _seen(rows.fetched(lately, [source_id, rows.moment(now - MEMORY)]))
    if not seen:
        # Quiet for longer than we remember: its last entry is all there is to know.
        newest = f"{told} ORDER BY first_seen_at DESC, published_at DESC LIMIT 1"
        [last] = _seen(rows.fetched(newest, [source_id]))
        return History(
            (),
            now - MEMORY,
            appeared(last.first_seen_at, last.published_at, first=last.first_seen_at == begun),
        )
    return history_of(seen, begun, now)


def _seen(told: Sequence[tuple[Any, ...]]) -> list[Seen]:
    return [
        Seen(seen_at, rows.instant(published), confidence)
        for first, published, confidence in told
        if (seen_at := rows.instant(first))
    ]


def weights() -> dict[str, float]:
    """Every source's part in the requests that all share (`cadence.Rhythm.weight`), by id; 0 where it is not known yet."""
    return dict(Source.objects.values_list("id", "weight"))
