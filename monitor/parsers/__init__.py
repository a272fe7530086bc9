"""Pure: one file a format; a document and its source in, a feed out. `PARSERS` is the table."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.decode import inflated
from monitor.documents import DateConfidence, Document, Feed
from monitor.errors import ParseError, ParseFault
from monitor.parsers import feed, json_feed, json_list, listing, sitemap
from monitor.sources import Format, SourceConfig

PARSERS: dict[str, Callable[[Document, SourceConfig, datetime], Feed]] = {
    "feed": feed.parse,
    "json_feed": json_feed.parse,
    "listing": listing.parse,
    "json_list": json_list.parse,
    "sitemap": sitemap.parse,
}

#: A feed of more is cut: the newest come first, and the note says so.
MAX_ENTRIES = 2_000
#: No title, lead or text is kept past this.
MAX_FIELD = 100_000
MAX_TITLE = 1_000
#: An aggregator that dates everything with its own fetch writes a time this close to ours.
FETCH_TIME = timedelta(minutes=10)


def parse(document: Document, source: SourceConfig, now: datetime) -> Feed:
    """The document's entries by its source's format, with every field capped.

    Raises:
        ParseError: it is not what the source says it is.
    """
    try:
        parsed = PARSERS[source.format](document, source, now)
    except RecursionError as error:
        raise ParseError(ParseFault.NOT_A_FEED, "nested too deeply") from error
    notes = parsed.notes
    if len(parsed.entries) > MAX_ENTRIES:
        notes += (f"cut at {MAX_ENTRIES} of {len(parsed.entries)} entries",)
    entries = tuple(
        replace(
            entry,
            title=entry.title[:MAX_TITLE],
            guid=entry.guid[:MAX_TITLE],
            author=entry.author[:MAX_TITLE],
            published_raw=entry.published_raw[:MAX_TITLE],
            summary=entry.summary[:MAX_FIELD],
            content=entry.content[:MAX_FIELD],
        )
        for entry in parsed.entries[:MAX_ENTRIES]
    )
    dates = {entry.published_at for entry in entries}
    if len(entries) >= 3 and len(dates) == 1 and _is_fetch_time(next(iter(dates)), now):
        entries = tuple(
            replace(entry, published_at=None, date_confidence=DateConfidence.NONE) for entry in entries
        )
        notes += ("all entries carry the time of the fetch: dates not used",)
    return replace(parsed, entries=entries, notes=notes)


def _is_fetch_time(at: datetime | None, now: datetime) -> bool:
    # Whole minutes are what people type, and batches at 14:00 are common in ministries.
    return at is not None and at.second != 0 and abs(now - at) < FETCH_TIME


def sniff(document: Document) -> Format:
    """The format that a document most likely has, for an address without a stanza."""
    head = inflated(document.body)[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head[:1] in {b"{", b"["}:
        return "json_feed" if b"jsonfeed.org" in head else "json_list"
    if b"<urlset" in head or b"<sitemapindex" in head:
        return "sitemap"
    return "feed"
