"""Pure: JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/) into a feed, tolerant of wrong types."""

import json
from datetime import datetime
from typing import Any

from monitor.documents import Document, Feed, FeedEntry
from monitor.errors import ParseError, ParseFault
from monitor.parsers.markup import MAX_ENTRIES, absolute, is_html
from monitor.sources import SourceConfig
from monitor.texts.dates import NO_DATE, parse_date
from monitor.texts.decode import decode
from monitor.texts.text import plain


def load(document: Document, source: SourceConfig) -> tuple[Any, str, tuple[str, ...]]:
    """The document's JSON, the Python codec that decoded it, and notes on that; UTF-8 unless the stanza says otherwise.

    Raises:
        ParseError: it is no JSON, or a web page.
    """
    decoded = decode(document.body, document.headers.get("content-type", ""), source.encoding or "utf-8")
    if is_html(decoded.text):
        raise ParseError(ParseFault.HTML_INSTEAD, "a web page where JSON should be")
    try:
        return json.loads(decoded.text), decoded.codec, decoded.notes
    except (ValueError, RecursionError) as error:
        raise ParseError(ParseFault.NOT_A_FEED, f"no JSON: {str(error)[:100]}") from error


def parse(document: Document, source: SourceConfig, now: datetime) -> Feed:
    """The document as a feed; an item without a title is called by the beginning of its text.

    Raises:
        ParseError: it is no JSON, or has no list called "items".
    """
    data, codec, notes = load(document, source)
    if not isinstance(data, dict) or not isinstance(data.get("items"), list):
        raise ParseError(ParseFault.NOT_A_FEED, 'no JSON Feed: no list called "items"')
    items = [item for item in data["items"] if isinstance(item, dict)]
    return Feed(
        format="json_feed",
        entries=tuple(
            _entry(position, item, document.url, source, now)
            for position, item in enumerate(items[:MAX_ENTRIES])
        ),
        title=plain(_text(data.get("title"))),
        link=absolute(_text(data.get("home_page_url")), document.url),
        language=_text(data.get("language"))[:10],
        encoding=codec,
        found=len(items),
        notes=notes,
    )


def _entry(position: int, item: dict[str, Any], base: str, source: SourceConfig, now: datetime) -> FeedEntry:
    raw = _text(item.get("date_published")) or _text(item.get("date_modified"))
    published = parse_date(raw, source.zone, now) if raw else NO_DATE
    content = _text(item.get("content_html")) or _text(item.get("content_text"))
    summary = _text(item.get("summary"))
    authors = item.get("authors") or [item.get("author")]
    names = (
        [_text(author.get("name")) for author in authors if isinstance(author, dict)]
        if isinstance(authors, list)
        else []
    )
    return FeedEntry(
        position=position,
        title=plain(_text(item.get("title"))) or plain(summary or content)[:120],
        link=absolute(_text(item.get("url")) or _text(item.get("external_url")), base),
        guid=_text(item.get("id")),
        summary=summary or content,
        content=content if summary else "",
        author=plain(", ".join(names))[:300],
        language=_text(item.get("language"))[:10],
        published_raw=raw,
        published_at=published.at,
        date_confidence=published.confidence,
    )


def _text(value: object) -> str:
    """A JSON value as text: numbers as they print, anything nested as nothing."""
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
