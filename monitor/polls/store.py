"""What a poll reads and writes, each a short transaction.

A feed's entries and its validators are kept in one transaction: killed before it, the next poll fetches the whole
document again; killed after it, nothing is missing. New entries are kept untagged, which is the durable promise
that tags and alerts follow (docs/decisions/one-transaction.md).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import connection, transaction
from django.db.models import F, Min, Q
from django.db.models.functions import Left

from monitor.documents import Feed, FeedEntry, Hints, TextSource
from monitor.models import Entry, Forgotten, Poll, Source, Story, StoryKey
from monitor.polls import incidents
from monitor.polls.cadence import MEMORY
from monitor.polls.doubts import Sample
from monitor.polls.health import State
from monitor.polls.history import MOST, History, Seen, appeared, history_of
from monitor.polls.identity import Keys, Known, Lookup, Verdict, VerdictKind, identify, lookup
from monitor.polls.judging import Judgement, SourceState
from monitor.polls.moves import Move
from monitor.polls.stories import MOST_PER_KEY, WINDOW, Candidate, Index, Key, signature, story_for
from monitor.sources import SourceConfig
from monitor.texts import language
from monitor.texts.text import clean_line, plain
from monitor.together import engine

#: A poll that was killed gives its source back after this long; longer than fetch and parse may take together.
LEASE = timedelta(seconds=90)
#: Of what a document brings, how old and how many entries may be to have their pages read.
FRESH, MOST_PAGES = timedelta(days=3), 30
#: Of an entry's text, what is read to tell whether it is another's copy: more than its first sentences with mark-up.
LEAD_MARKUP = 2000
#: Keys looked up at once: databases bound the values of a query.
KEYS_A_QUERY = 500
#: Stories that a document begins have no number before they are stored: they count from here, after all that have.
UNSTORED = 1 << 62
#: Entries that are no longer kept count from here: behind all that are, which are matched first.
FORGOTTEN = 1 << 62

T = TypeVar("T")


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


@dataclass(frozen=True, slots=True)
class Claim:
    """Who wants to poll which source, and whether it waits for who holds it.

    `take_over` polls all the same: what a person asked for by name does not wait, and `keep` bears two at once.
    """

    source_id: str
    take_over: bool = False


def release(source_id: str) -> None:
    """Gives back the claim of a process that is known to have died."""
    Source.objects.filter(id=source_id).update(leased_until=None)


@transaction.atomic
def claim(wanted: Sequence[Claim], now: datetime) -> list[SourceState | None]:
    """Each source's state, with the source claimed for `LEASE`; None where somebody else holds it."""
    ids = {one.source_id for one in wanted}
    # Locked on PostgreSQL, always in the same order; SQLite's immediate transaction is lock enough.
    locked = Source.objects.select_for_update().filter(id__in=ids).defer("bad_sample").order_by("id")
    rows = {row.id: row for row in locked}
    states: list[SourceState | None] = []
    claimed = []
    for one in wanted:
        row = rows.get(one.source_id)
        if row is None or not (one.take_over or row.leased_until is None or row.leased_until < now):
            states.append(None)
            continue
        row.leased_until = now + LEASE
        claimed.append(row.id)
        states.append(_state(row))
    if claimed:
        Source.objects.filter(id__in=claimed).update(leased_until=now + LEASE)
    return states


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
        _correct(source, verdict, now)
    if source.article is not None:
        _ask_for_pages(source.id, now)
    _remember(source.id, validators)
    if new or changed:
        engine.defer("tag")
    return Kept(len(new), len(changed))


def record(poll: Poll, judged: Judgement, now: datetime) -> None:
    """Writes the visit's outcome and what follows from it, and gives the source back."""
    failed = poll.status == "error"
    with transaction.atomic():
        poll.save()
        Source.objects.filter(id=poll.source_id).update(
            leased_until=None,
            last_polled_at=now,
            next_poll_at=judged.due_at,
            failures=F("failures") + 1 if failed else 0,
            state=judged.health.state,
            fault=judged.health.fault,
            reason=judged.health.reason,
            **({} if failed else {"last_success_at": now}),
            **({"last_new_at": now} if poll.new else {}),
            **judged.row,
        )
        incidents.note(poll.source_id, judged.health, now)


#: What a visit that found all as it was writes into its source's row.
_QUIET = (
    "leased_until",
    "last_polled_at",
    "last_success_at",
    "next_poll_at",
    "late_at",
    "usual_until",
    "weight",
)


@transaction.atomic
def record_quiet(visits: Sequence[tuple[Poll, Judgement, datetime]]) -> list[None]:
    """As `record`, for visits that found all as it was (`Judgement.quiet`): many in one transaction and two statements."""
    Poll.objects.bulk_create([poll for poll, _judged, _now in visits])
    quote = connection.ops.quote_name
    known = {field.name: field for field in Source._meta.concrete_fields}
    fields = [known[name] for name in _QUIET]
    sets = ", ".join(f"{quote(str(field.column))} = %s" for field in fields)
    rows = []
    # In one order, for PostgreSQL locks each row.
    for poll, judged, now in sorted(visits, key=lambda visit: visit[0].source_id):
        row = judged.row
        values = (None, now, now, judged.due_at, row["late_at"], row["usual_until"], row["weight"])
        rows.append(
            [
                *(
                    field.get_db_prep_save(value, connection)
                    for field, value in zip(fields, values, strict=True)
                ),
                poll.source_id,
            ]
        )
    with connection.cursor() as cursor:
        # Django's own bulk_update makes one statement of hundreds of cases, which takes ten times as long.
        cursor.executemany(f"UPDATE {quote(Source._meta.db_table)} SET {sets} WHERE id = %s", rows)  # noqa: S608
    return [None] * len(visits)


def history(source_id: str, now: datetime) -> History:
    """A source's history, from the entries that are kept."""
    kept = Entry.objects.filter(source_id=source_id)
    begun = kept.aggregate(at=Min("first_seen_at"))["at"]
    rows = kept.filter(first_seen_at__gte=now - MEMORY).order_by("-first_seen_at", "-id")[:MOST]
    seen = [Seen(*row) for row in rows.values_list("first_seen_at", "published_at", "date_confidence")]
    if not seen and begun is not None:
        # Quiet for longer than we remember: its last entry is all there is to know.
        last = kept.order_by("-first_seen_at", "-published_at").first()
        assert last is not None
        return History(
            (),
            now - MEMORY,
            appeared(last.first_seen_at, last.published_at, first=last.first_seen_at == begun),
        )
    return history_of(seen, begun or now, now)


def weights() -> dict[str, float]:
    """Every source's part in the requests that all share, 0 where it is not known yet."""
    return dict(Source.objects.values_list("id", "weight"))


def _remember(source_id: str, validators: Validators) -> None:
    Source.objects.filter(id=source_id).update(
        etag=validators.etag, last_modified=validators.last_modified, body_hash=validators.body_hash
    )


def _known(source_id: str, entries: Sequence[FeedEntry]) -> list[Known]:
    """The stored entries that any of these could be."""
    wanted = lookup(entries)
    match = (
        Q(guid_key__in=wanted.guid_keys) | Q(link_key__in=wanted.link_keys) | Q(text_key__in=wanted.text_keys)
    )
    rows = Entry.objects.filter(match, source_id=source_id)
    kept = [Known(*row) for row in rows.values_list("id", "guid_key", "link_key", "title_key", "text_key")]
    return kept + _forgotten(source_id, wanted)


def forgotten_keys(keys: Keys) -> dict[str, int | None]:
    """What stays of an entry's keys when it goes: the fields of `Forgotten`."""
    return {
        "guid": _short(keys.guid_key),
        "link": _short(keys.link_key),
        "title": _short(keys.title_key),
        "text": _short(keys.text_key),
    }


def _forgotten(source_id: str, wanted: Lookup) -> list[Known]:
    """The entries that are no longer kept and that any of these could be, numbered from `FORGOTTEN` on.

    A key that nobody asks for stands for itself: it equals no other and is not lacking.
    """
    asked = {
        "guid": {_short(key): key for key in wanted.guid_keys},
        "link": {_short(key): key for key in wanted.link_keys},
        "title": {_short(key): key for key in wanted.title_keys},
        "text": {_short(key): key for key in wanted.text_keys},
    }
    match = Q(guid__in=asked["guid"]) | Q(link__in=asked["link"]) | Q(text__in=asked["text"])
    return [
        Known(FORGOTTEN + row.pk, *(_whole(getattr(row, name), keys) for name, keys in asked.items()))
        for row in Forgotten.objects.filter(match, source_id=source_id)
    ]


def _short(key: str) -> int | None:
    return int.from_bytes(bytes.fromhex(key[:16]), signed=True) if key else None


def _whole(short: int | None, asked: Mapping[int | None, str]) -> str:
    return "" if short is None else asked.get(short, f"#{short}")


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
    keys = [_story_keys(entry) for entry in entries]
    nearby = _story_candidates(keys, now)
    numbers = []
    for place, entry in enumerate(entries):
        own = Candidate(source.id, entry.link_key, entry.title, _lead(entry), now, UNSTORED + place)
        found = story_for(own, nearby.near(keys[place]))
        numbers.append(own.story_id if found is None else found)
        # The next item of this document may tell the same.
        nearby.add(replace(own, story_id=numbers[place]), keys[place])
    # Locked on PostgreSQL, always in the same order; one that was dissolved meanwhile begins anew.
    stored = Story.objects.select_for_update().filter(id__in=set(numbers)).order_by("id").in_bulk()
    stories = {number: stored.get(number) or Story(first_seen_at=now) for number in numbers}
    for entry, number in zip(entries, numbers, strict=True):
        entry.story = stories[number]
    Story.objects.bulk_create([story for story in stories.values() if story.pk is None])
    Entry.objects.bulk_create(entries)
    _keep_story_keys(entries, keys, now)
    fresh = []
    for entry in entries:
        if entry.story.lead_id is None:
            entry.story.lead = entry
            fresh.append(entry.story)
    Story.objects.bulk_update(fresh, ["lead"], batch_size=200)


def _lead(entry: Entry) -> str:
    return (entry.summary or entry.content)[:LEAD_MARKUP]


def _story_keys(entry: Entry) -> set[Key]:
    """What near-duplicates of an entry may be found by."""
    hashes = (key for key in (entry.link_key, entry.title_key) if key)
    return {*signature(entry.title, _lead(entry)), *hashes}


def _story_candidates(keys: Sequence[set[Key]], now: datetime) -> Index:
    """The stored entries of any source that share a key with one of these."""
    since = now - WINDOW
    found: dict[Key, list[int]] = {}
    for bands in _in_parts(key for own in keys for key in own if isinstance(key, int)):
        filed = StoryKey.objects.filter(key__in=bands, first_seen_at__gte=since).order_by("id")
        for band, entry_id in filed.values_list("key", "entry_id"):
            found.setdefault(band, []).append(entry_id)
    for hashes in _in_parts(key for own in keys for key in own if isinstance(key, str)):
        matching = Q(link_key__in=hashes) | Q(title_key__in=hashes, first_seen_at__gte=since)
        rows = Entry.objects.filter(matching).order_by("id").values_list("id", "link_key", "title_key")
        for entry_id, *both in rows:
            for shared in set(both).intersection(hashes):
                found.setdefault(shared, []).append(entry_id)
    return _index(found)


def _index(found: dict[Key, list[int]]) -> Index:
    """The entries that were found, as stories are decided by; of a key that hundreds share the first few."""
    shared: dict[int, list[Key]] = {}
    for key, entry_ids in found.items():
        for entry_id in entry_ids[:MOST_PER_KEY]:
            shared.setdefault(entry_id, []).append(key)
    index = Index()
    for some in _in_parts(sorted(shared)):
        rows = Entry.objects.filter(id__in=some).order_by("id").values_list(
            "id", "source_id", "link_key", "title", Left("summary", LEAD_MARKUP), Left("content", LEAD_MARKUP),
            "first_seen_at", "story_id",
        )  # fmt: skip
        for entry_id, source_id, link_key, title, summary, content, first_seen_at, story_id in rows:
            candidate = Candidate(source_id, link_key, title, summary or content, first_seen_at, story_id)
            index.add(candidate, shared[entry_id])
    return index


def _in_parts(values: Iterable[T]) -> Iterator[list[T]]:
    """`values`, each once, in parts of what one query may ask for."""
    each = list(dict.fromkeys(values))
    for start in range(0, len(each), KEYS_A_QUERY):
        yield each[start : start + KEYS_A_QUERY]


def _keep_story_keys(entries: Sequence[Entry], keys: Sequence[set[Key]], now: datetime) -> None:
    """Files new entries for the search, and throws out some that are past it: more than came in, so that none stay."""
    rows = [
        StoryKey(entry=entry, key=key, first_seen_at=now)
        for entry, own in zip(entries, keys, strict=True)
        for key in own
        if isinstance(key, int)
    ]
    StoryKey.objects.bulk_create(rows, batch_size=2000)
    past = StoryKey.objects.filter(first_seen_at__lt=now - WINDOW).order_by("first_seen_at")
    StoryKey.objects.filter(id__in=past.values("id")[: 2 * len(rows) + 100]).delete()


def _ask_for_pages(source_id: str, now: datetime) -> None:
    """Wants the pages of the entries just stored read; of a first document only the first ones, for the rest is past."""
    fresh = Q(published_at__gte=now - FRESH) | Q(published_at=None)
    added = Entry.objects.filter(fresh, source_id=source_id, first_seen_at=now).exclude(url="").order_by("id")
    ids = list(added.values_list("id", flat=True)[:MOST_PAGES])
    Entry.objects.filter(id__in=ids).update(page_due_at=now)


def _correct(source: SourceConfig, verdict: Verdict, now: datetime) -> None:
    """Writes a correction at the source over what it said before, and asks for new tags."""
    assert verdict.known_id is not None
    if verdict.known_id >= FORGOTTEN:
        # No longer kept: only what it is known by from now on.
        Forgotten.objects.filter(id=verdict.known_id - FORGOTTEN).update(**forgotten_keys(verdict.keys))
        return
    entry = Entry.objects.get(id=verdict.known_id)
    said = _said(verdict.entry, entry.lang)
    if said["published_at"] is None:
        # A correction without a date does not take away the one that was there.
        for name in ("published_at", "published_raw", "date_confidence"):
            said.pop(name)
    if entry.text:
        said.pop("text_source")
    if source.article is not None and entry.url:
        # The page has changed too, most likely; where titles come from pages, the one at hand is the better one.
        said["page_due_at"], said["page_attempts"] = now, 0
        if source.format == "sitemap" and entry.page_attempts:
            said.pop("title")
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
    said = plain(summary) if entry.readable is None else entry.readable
    title = clean_line(entry.title) or said[:120].strip() or entry.link
    return {
        "guid": entry.guid.replace("\0", ""),
        "url": entry.link,
        "title": title,
        "summary": summary,
        "content": entry.content.replace("\0", ""),
        "author": clean_line(entry.author),
        "text_source": TextSource.FEED if summary or entry.content else TextSource.NONE,
        "lang": language.detect(title, said, entry.language or hint),
        "published_raw": clean_line(entry.published_raw),
        "published_at": entry.published_at,
        "date_confidence": entry.date_confidence,
    }
