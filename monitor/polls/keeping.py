"""Glue: what documents bring is kept: new entries with their stories, corrections, and validators; all of it or nothing.

Killed before the transaction, the next poll fetches the whole document again; killed after it, nothing is missing. New
entries are kept untagged, which is the durable promise that tags and alerts follow (docs/decisions/one-transaction.md).
Several documents share a transaction, and each query: what either costs does not depend on what is in it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from django.db import transaction
from django.db.models import Model

from monitor.documents import Feed, FeedEntry, TextSource
from monitor.models import Entry, Forgotten, Source
from monitor.polls import joining, rows
from monitor.polls.identity import (
    Keys,
    Known,
    Lookup,
    Verdict,
    VerdictKind,
    identify,
    keys_in,
    lookup,
)
from monitor.polls.joining import Row
from monitor.sources import SourceConfig
from monitor.texts import language
from monitor.texts.text import clean_line, plain
from monitor.together import engine
from monitor.together.deadlocks import begun_again

#: Of what a document brings, how old and how many entries may be to have their pages read.
FRESH, MOST_PAGES = timedelta(days=3), 30
#: Entries that are no longer kept count from here: behind all that are, which are matched first.
FORGOTTEN = 1 << 62


@dataclass(frozen=True, slots=True)
class Validators:
    """What the server wants to be shown next time (RFC 9110 section 8.8), and the hash of what it sent; empty for none."""

    etag: str
    last_modified: str
    body_hash: str  #: SHA-256, in hex


@dataclass(frozen=True, slots=True)
class Brought:
    """A document that was read, and whose it is."""

    source: SourceConfig
    feed: Feed
    validators: Validators


@dataclass(frozen=True, slots=True)
class Kept:
    """How many entries one document brought that were not known, and how many it corrected."""

    new: int = 0
    changed: int = 0


def keep(source: SourceConfig, feed: Feed, validators: Validators, now: datetime) -> Kept:
    """Stores what is new in `feed`, corrects what changed, and remembers the validators; how many there were of both.

    Raises:
        Source.DoesNotExist: the source has no row (`store.register`).
    """
    return keep_all([Brought(source, feed, validators)], now)[0]


@begun_again
@transaction.atomic
def keep_all(brought: Sequence[Brought], now: datetime) -> list[Kept]:
    """What `keep` does, for many documents in one transaction, with an answer for each, in their order.

    Raises:
        Source.DoesNotExist: one of the sources has no row; nothing was kept.
    """
    ids = {one.source.id for one in brought}
    # Locks the sources on PostgreSQL, always in the same order; SQLite's immediate transaction is lock enough. Two polls
    # of one source that overlap so store an entry once.
    locked = Source.objects.select_for_update().filter(id__in=ids).order_by("id").values_list("id", flat=True)
    if gone := ids.difference(locked):
        raise Source.DoesNotExist(", ".join(gone))
    kept = [one for part in _apart(brought) for one in _keep(part, now)]
    if any(one.new or one.changed for one in kept):
        engine.defer("tag")
    return kept


def _apart(brought: Sequence[Brought]) -> Iterator[Sequence[Brought]]:
    """The documents in parts in which no source has two: the second is to find what the first brought."""
    part: dict[str, Brought] = {}
    for one in brought:
        if one.source.id in part:
            yield list(part.values())
            part = {}
        part[one.source.id] = one
    yield list(part.values())


def _keep(brought: Sequence[Brought], now: datetime) -> list[Kept]:
    verdicts = [(one.source, _identified(one)) for one in brought]
    said = _said_before(verdict for _source, each in verdicts for verdict in each)
    new: list[tuple[SourceConfig, Verdict]] = []
    for source, each in verdicts:
        new += [(source, verdict) for verdict in each if verdict.kind is VerdictKind.NEW]
        if changed := [verdict for verdict in each if verdict.kind is VerdictKind.CHANGED]:
            # The next document's entries are compared with what these say from now on.
            _add(new, now)
            new = []
            for verdict in changed:
                _correct(source, verdict, said, now)
    _add(new, now)
    _remember(brought)
    return [_counted(each) for _source, each in verdicts]


def _counted(verdicts: Sequence[Verdict]) -> Kept:
    kinds = [verdict.kind for verdict in verdicts]
    return Kept(kinds.count(VerdictKind.NEW), kinds.count(VerdictKind.CHANGED))


def _remember(brought: Sequence[Brought]) -> None:
    told = [(*astuple(one.validators), one.source.id) for one in brought]
    rows.update(Source, ("etag", "last_modified", "body_hash"), told)


# Which entries these are


def _identified(one: Brought) -> list[Verdict]:
    keys = keys_in(one.feed.entries)
    return identify(one.feed.entries, keys, _known(one.source.id, lookup(keys)))


def _known(source_id: str, wanted: Lookup) -> list[Known]:
    """The stored entries that any of these could be."""
    found = _any_of(
        Entry,
        ("id", "guid_key", "link_key", "title_key", "text_key"),
        source_id,
        {"guid_key": wanted.guid_keys},
        {"link_key": wanted.link_keys},
        # There is no index of texts; but what has the text of another has its title.
        {"text_key": wanted.text_keys, "title_key": {*wanted.title_keys, ""}},
    )
    return [Known(*row) for row in found] + _forgotten(source_id, wanted)


def _any_of(
    model: type[Model], columns: Sequence[str], source_id: str, *ways: Mapping[str, Collection[object]]
) -> list[tuple[Any, ...]]:
    """The source's rows for which one of `ways` holds: each of its columns has one of those values.

    Each way is asked by itself, so that it has its own index: of an OR that no one index answers SQLite reads every row.
    """
    asked = [way for way in ways if all(way.values())]
    if not asked:
        return []
    select = f"SELECT {', '.join(columns)} FROM {model._meta.db_table} WHERE source_id = %s"  # noqa: S608
    parts = [
        select + "".join(f" AND {name} IN ({rows.places(len(each))})" for name, each in way.items())
        for way in asked
    ]
    values = [value for way in asked for value in (source_id, *chain.from_iterable(way.values()))]
    return rows.fetched(" UNION ".join(parts), values)


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
    ways = [{name: asked[name]} for name in ("guid", "link", "text")]
    return [
        Known(
            FORGOTTEN + number,
            *(_whole(short, keys) for short, keys in zip(shorts, asked.values(), strict=True)),
        )
        for number, *shorts in _any_of(Forgotten, ("id", *asked), source_id, *ways)
    ]


def _short(key: str) -> int | None:
    return int.from_bytes(bytes.fromhex(key[:16]), signed=True) if key else None


def _whole(short: int | None, asked: Mapping[int | None, str]) -> str:
    return "" if short is None else asked.get(short, f"#{short}")


# New ones, and their stories


def _add(new: Sequence[tuple[SourceConfig, Verdict]], now: datetime) -> None:
    if not new:
        return
    at = rows.moment(now)
    entries = [
        {
            "id": number,
            "source_id": source.id,
            "first_seen_at": at,
            "page_due_at": None,
            **_key_fields(verdict.keys),
            **_said(verdict.entry, source.language),
        }
        for number, (source, verdict) in zip(rows.numbered(Entry, len(new)), new, strict=True)
    ]
    filed = joining.join(entries, now)
    _ask_for_pages({source.id for source, _verdict in new if source.article is not None}, entries, now)
    for entry in entries:
        entry["published_at"] = rows.moment(entry["published_at"])
    rows.insert(Entry, list(entries[0]), [tuple(entry.values()) for entry in entries])
    joining.lead_stories(entries)
    joining.file(filed, now)


def _ask_for_pages(source_ids: set[str], entries: Sequence[Row], now: datetime) -> None:
    """Wants the pages of these entries read; of a first document only the first ones, for the rest is past."""
    left = dict.fromkeys(source_ids, MOST_PAGES)
    for entry in entries:
        published_at = entry["published_at"]
        is_fresh = published_at is None or published_at >= now - FRESH
        if is_fresh and entry["url"] and left.get(entry["source_id"]):
            left[entry["source_id"]] -= 1
            entry["page_due_at"] = rows.moment(now)


# What changed


def _said_before(verdicts: Iterable[Verdict]) -> dict[int, Entry]:
    """The entries that are to be corrected; locked on PostgreSQL, in the order in which the tagger locks them."""
    ids = [one.known_id for one in verdicts if one.kind is VerdictKind.CHANGED and one.known_id is not None]
    wanted = Entry.objects.select_for_update(no_key=True).only("lang", "text", "url", "page_attempts")
    return {
        entry.id: entry
        for some in joining.in_parts(sorted(ids))
        for entry in wanted.filter(id__in=some).order_by("id")
    }


def _correct(source: SourceConfig, verdict: Verdict, before: Mapping[int, Entry], now: datetime) -> None:
    """Writes a correction at the source over what it said before, and asks for new tags."""
    assert verdict.known_id is not None
    if verdict.known_id >= FORGOTTEN:
        # No longer kept: only what it is known by from now on.
        Forgotten.objects.filter(id=verdict.known_id - FORGOTTEN).update(**forgotten_keys(verdict.keys))
        return
    entry = before[verdict.known_id]
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


def _said(entry: FeedEntry, hint: str) -> Row:
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
        "text_source": (TextSource.FEED if summary or entry.content else TextSource.NONE).value,
        "lang": language.detect(title, said, entry.language or hint),
        "published_raw": clean_line(entry.published_raw),
        "published_at": entry.published_at,
        "date_confidence": entry.date_confidence.value,
    }
