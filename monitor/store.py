"""What a poll reads and writes, each a short transaction.

A feed's entries and its validators are kept in one transaction: killed before it, the next poll fetches the whole
document again; killed after it, nothing is missing. New entries are kept untagged, which is the durable promise
that tags and alerts follow (docs/decisions/one-transaction.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from monitor import language
from monitor.documents import Feed, FeedEntry
from monitor.health import Health, State
from monitor.identity import Keys, Known, Verdict, VerdictKind, identify, lookup
from monitor.models import Entry, Poll, Source, Story
from monitor.sources import SourceConfig
from monitor.stories import Candidate, story_for
from monitor.text import clean_line, plain

#: A poll that was killed gives its source back after this long; longer than fetch and parse may take together.
LEASE = timedelta(seconds=90)


@dataclass(frozen=True, slots=True)
class SourceState:
    """What the last visits left: read at the claim, so that one poll sees one state."""

    etag: str
    last_modified: str
    body_hash: str
    failures: int
    state: State
    recent_new_at: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class Validators:
    """What the server wants to be shown next time, and the hash of what it sent."""

    etag: str
    last_modified: str
    body_hash: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What one document changed in the store."""

    new: int = 0
    changed: int = 0


def register(sources: Sequence[SourceConfig]) -> None:
    """Makes a row for every source that has none; rows of stanzas that went keep their entries."""
    Source.objects.bulk_create([Source(id=source.id) for source in sources], ignore_conflicts=True)


def due(now: datetime) -> set[str]:
    """The ids of the sources that want a poll and that no one is polling."""
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    return set(Source.objects.filter(free, next_poll_at__lte=now).values_list("id", flat=True))


def next_due_at() -> datetime | None:
    """When the next source is due; None where there is none."""
    return Source.objects.order_by("next_poll_at").values_list("next_poll_at", flat=True).first()


def failing(minimum: int) -> set[str]:
    """The ids of the sources that failed at least `minimum` times in a row."""
    return set(Source.objects.filter(failures__gte=minimum).values_list("id", flat=True))


def release_all() -> int:
    """Gives back every claim: for the start of a process that knows itself to be alone."""
    return Source.objects.exclude(leased_until=None).update(leased_until=None)


def claim(source_id: str, now: datetime, *, take_over: bool = False) -> SourceState | None:
    """The source's state, with the source claimed for `LEASE`; None where somebody else holds it.

    `take_over` polls all the same: what a person asked for by name does not wait, and `keep` bears two at once.
    """
    free = Source.objects.filter(id=source_id)
    if not take_over:
        free = free.filter(Q(leased_until=None) | Q(leased_until__lt=now))
    if not free.update(leased_until=now + LEASE):
        return None
    row = Source.objects.get(id=source_id)
    recent = Poll.objects.filter(source_id=source_id, new__gt=0).order_by("-started_at")
    return SourceState(
        etag=row.etag,
        last_modified=row.last_modified,
        body_hash=row.body_hash,
        failures=row.failures,
        state=State(row.state),
        recent_new_at=tuple(recent.values_list("started_at", flat=True)[:20]),
    )


@transaction.atomic
def keep(source: SourceConfig, feed: Feed, validators: Validators, now: datetime) -> Kept:
    """Stores what is new in `feed`, corrects what changed, and remembers the validators: all of it or nothing."""
    # Locks the source on PostgreSQL; SQLite's immediate transaction is lock enough. Two polls of one source that
    # overlap so store an entry once.
    Source.objects.select_for_update().get(id=source.id)
    verdicts = identify(feed.entries, _known(source.id, feed.entries))
    new = [verdict for verdict in verdicts if verdict.kind is VerdictKind.NEW]
    changed = [verdict for verdict in verdicts if verdict.kind is VerdictKind.CHANGED]
    _add(source, new, now)
    for verdict in changed:
        _correct(verdict, now)
    _remember(source.id, validators)
    return Kept(len(new), len(changed))


def record(poll: Poll, health: Health, next_poll_at: datetime, now: datetime) -> None:
    """Writes the visit's outcome and gives the source back."""
    failed = poll.status == "error"
    with transaction.atomic():
        poll.save()
        Source.objects.filter(id=poll.source_id).update(
            next_poll_at=next_poll_at,
            leased_until=None,
            last_polled_at=now,
            failures=F("failures") + 1 if failed else 0,
            state=health.state,
            fault=health.fault,
            reason=health.reason,
            **({} if failed else {"last_success_at": now}),
            **({"last_new_at": now} if poll.new else {}),
        )


def _remember(source_id: str, validators: Validators) -> None:
    Source.objects.filter(id=source_id).update(
        etag=validators.etag, last_modified=validators.last_modified, body_hash=validators.body_hash
    )


def _known(source_id: str, entries: Sequence[FeedEntry]) -> list[Known]:
    """The stored entries that any of these could be."""
    wanted = lookup(entries)
    match = (
        Q(guid_key__in=wanted.guid_keys)
        | Q(link_key__in=wanted.link_keys)
        | Q(title_key__in=wanted.title_keys)
        | Q(text_key__in=wanted.text_keys)
    )
    rows = Entry.objects.filter(match, source_id=source_id)
    return [Known(*row) for row in rows.values_list("id", "guid_key", "link_key", "title_key", "text_key")]


def _add(source: SourceConfig, verdicts: Sequence[Verdict], now: datetime) -> None:
    entries = [
        Entry(
            source_id=source.id,
            first_seen_at=now,
            **_key_fields(verdict.keys),
            **_said(verdict.entry, source.language),
        )
        for verdict in verdicts
    ]
    known = _story_candidates(entries, now)
    for entry in entries:
        own = Candidate(source.id, entry.link_key, entry.title, now, story_id=0)
        found = story_for(own, known.get(entry.link_key, []) + known.get(entry.title_key, []))
        entry.story = Story.objects.get(id=found) if found else Story(first_seen_at=now)
    Story.objects.bulk_create([entry.story for entry in entries if entry.story.pk is None])
    Entry.objects.bulk_create(entries)
    fresh = []
    for entry in entries:
        if entry.story.lead_id is None:
            entry.story.lead = entry
            fresh.append(entry.story)
    Story.objects.bulk_update(fresh, ["lead"], batch_size=200)


def _story_candidates(entries: Sequence[Entry], now: datetime) -> dict[str, list[Candidate]]:
    """Stored entries of any source that share a link or a title with one of these, by the key they share."""
    keys = {key for entry in entries for key in (entry.link_key, entry.title_key) if key}
    rows = Entry.objects.filter(Q(link_key__in=keys) | Q(title_key__in=keys)).values_list(
        "source_id", "link_key", "title_key", "title", "first_seen_at", "story_id"
    )
    found: dict[str, list[Candidate]] = {}
    for source_id, link_key, title_key, title, first_seen_at, story_id in rows:
        candidate = Candidate(source_id, link_key, title, first_seen_at, story_id)
        for key in {link_key, title_key} & keys:
            found.setdefault(key, []).append(candidate)
    return found


def _correct(verdict: Verdict, now: datetime) -> None:
    """Writes a correction at the source over what it said before, and asks for new tags."""
    assert verdict.known_id is not None
    entry = Entry.objects.get(id=verdict.known_id)
    said = _said(verdict.entry, entry.lang)
    if said["published_at"] is None:
        # A correction without a date does not take away the one that was there.
        for name in ("published_at", "published_raw", "date_confidence"):
            said.pop(name)
    Entry.objects.filter(id=entry.id).update(
        changed_at=now, tagged_at=None, **_key_fields(verdict.keys), **said
    )


def _key_fields(keys: Keys) -> dict[str, str]:
    return {
        "guid_key": keys.guid_key,
        "link_key": keys.link_key,
        "title_key": keys.title_key,
        "text_key": keys.text_key,
    }


def _said(entry: FeedEntry, hint: str) -> dict[str, object]:
    """An entry's fields as the feed said them; NUL, which PostgreSQL cannot keep, excepted."""
    summary = entry.summary.replace("\0", "")
    title = clean_line(entry.title) or clean_line(plain(summary))[:120] or entry.link
    return {
        "guid": entry.guid.replace("\0", ""),
        "url": entry.link,
        "title": title,
        "summary": summary,
        "content": entry.content.replace("\0", ""),
        "author": clean_line(entry.author),
        "lang": language.detect(title, plain(summary), entry.language or hint),
        "published_raw": clean_line(entry.published_raw),
        "published_at": entry.published_at,
        "date_confidence": entry.date_confidence,
    }
