"""Pure: documents into feeds: one file a format, `PARSERS` is the table of them."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.documents import DateConfidence, Document, Feed, FeedEntry, Format
from monitor.errors import ParseError, ParseFault
from monitor.parsers import feed, json_feed, json_list, listing, sitemap
from monitor.parsers.markup import MAX_ENTRIES
from monitor.sources import SourceConfig
from monitor.texts.decode import inflated
from monitor.texts.text import clean_line, plain

#: By the format that a stanza names. Each takes a document, its source and the moment (aware UTC), and raises ParseError.
PARSERS: dict[str, Callable[[Document, SourceConfig, datetime], Feed]] = {
    "feed": feed.parse,
    "json_feed": json_feed.parse,
    "listing": listing.parse,
    "json_list": json_list.parse,
    "sitemap": sitemap.parse,
}

#: Characters kept of one lead or text, and of all that one document brings: each is read by several steps.
MAX_FIELD, MAX_TEXTS = 100_000, 4_000_000
#: Characters kept of a title, a guid, an author's name, a date.
MAX_TITLE = 1_000
#: Characters kept of a lead or text once `MAX_TEXTS` are used up.
LEAST_FIELD = 300
#: Half a character, which JSON can write, and NUL.
_ILLEGAL = re.compile("[\0\ud800-\udfff]")
#: An aggregator that dates everything with its own fetch writes a time this close to ours.
FETCH_TIME = timedelta(minutes=10)


def parse(document: Document, source: SourceConfig, now: datetime) -> Feed:
    """The document as a feed, by its source's format: MAX_ENTRIES at most, every field capped and fit for any database.

    What was cut stands in the feed's notes. Dates that are all the time of the fetch (`now`, aware UTC) are dropped.

    Raises:
        ParseError: it is not what the source says it is.
    """
    try:
        parsed = PARSERS[source.format](document, source, now)
    except RecursionError as error:
        raise ParseError(ParseFault.NOT_A_FEED, "nested too deeply") from error
    notes = parsed.notes
    found = max(len(parsed.entries), parsed.found)
    if found > MAX_ENTRIES:
        notes += (f"cut at {MAX_ENTRIES} of {found} entries",)
    entries, shortened = _capped(parsed.entries[:MAX_ENTRIES])
    if shortened:
        notes += (f"fields cut in {shortened} entries",)
    dates = {entry.published_at for entry in entries}
    if len(entries) >= 3 and len(dates) == 1 and _is_fetch_time(next(iter(dates)), now):
        entries = tuple(
            replace(entry, published_at=None, date_confidence=DateConfidence.NONE) for entry in entries
        )
        notes += ("all entries carry the time of the fetch: dates not used",)
    return replace(
        parsed,
        entries=entries,
        title=clean_line(parsed.title)[:MAX_TITLE],
        language=clean_line(parsed.language),
        notes=notes,
    )


def _capped(given: Sequence[FeedEntry]) -> tuple[tuple[FeedEntry, ...], int]:
    """The entries with no field longer than it may be and nothing in them that no database keeps; how many were cut."""
    entries = []
    shortened = 0
    room = MAX_TEXTS
    for entry in given:
        most = min(MAX_FIELD, max(room, LEAST_FIELD))
        summary, content = entry.summary[:most], entry.content[:most]
        room -= len(summary) + len(content)
        summary, content = _storable(summary), _storable(content)
        kept = replace(
            entry,
            title=_storable(entry.title[:MAX_TITLE]),
            guid=_storable(entry.guid[:MAX_TITLE]),
            author=clean_line(entry.author[:MAX_TITLE]),
            language=clean_line(entry.language),
            published_raw=_storable(entry.published_raw[:MAX_TITLE]),
            summary=summary,
            content=content,
            readable=plain(summary or content),
        )
        shortened += any(
            len(getattr(entry, name)) > most
            for name, most in (
                ("title", MAX_TITLE),
                ("guid", MAX_TITLE),
                ("summary", most),
                ("content", most),
            )
        )
        entries.append(kept)
    return tuple(entries), shortened


def _storable(text: str) -> str:
    # What is printable has none: the quicker question.
    return text if text.isprintable() else _ILLEGAL.sub("", text)


def _is_fetch_time(at: datetime | None, now: datetime) -> bool:
    # Whole minutes are what people type, and batches at 14:00 are common in ministries.
    return at is not None and at.second != 0 and abs(now - at) < FETCH_TIME


def sniff(document: Document) -> Format:
    """The format that a document most likely has, by its first bytes; "feed" where nothing else shows, never "listing"."""
    head = inflated(document.body)[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head[:1] in {b"{", b"["}:
        return "json_feed" if b"jsonfeed.org" in head else "json_list"
    if b"<urlset" in head or b"<sitemapindex" in head:
        return "sitemap"
    return "feed"
