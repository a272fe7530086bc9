"""Pure: RSS 0.9x to 2.0, RSS 1.0 and Atom, by feedparser over text that we decoded.

feedparser is the most tolerant parser there is; what it gets wrong (charsets, dates, quadratic time over authors,
nothing at all from a broken document) is kept from it or mended here.
"""

import io
import re
from datetime import datetime
from typing import Any

import feedparser
from lxml import etree

from monitor.dates import NO_DATE, ParsedDate, parse_date
from monitor.decode import decode
from monitor.documents import Document, Feed, FeedEntry
from monitor.errors import ParseError, ParseFault
from monitor.parsers.markup import absolute, is_html
from monitor.sources import SourceConfig
from monitor.text import plain

_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
#: Entities declared in a document are how bombs and theft are written; no feed needs them.
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]{0,1000}(?:\[.*?\]\s*)?>", re.IGNORECASE | re.DOTALL)
#: feedparser searches addresses in these by a pattern of quadratic time: 50 kB take 15 s.
_PERSON = re.compile(
    r"(<(?:\w{1,20}:)?(?:author|creator|name|email|managingEditor|webMaster|publisher|contributor|owner)\b[^>]{0,500}>"
    r"\s*(?:<!\[CDATA\[)?[^<]{300})[^<]+",
    re.IGNORECASE,
)
_LOOKS_LIKE_FEED = re.compile(r"<(?:\w+:)?(?:rss|rdf|feed|channel)\b", re.IGNORECASE)
_ITEM = re.compile(r"<(?:\w+:)?(?:item|entry)\b", re.IGNORECASE)
_XML_ENTITIES = {"amp", "lt", "gt", "quot", "apos"}
_NAMED_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31});")


def parse(document: Document, source: SourceConfig, now: datetime) -> Feed:
    """The feed's entries.

    Raises:
        ParseError: the document is a web page, or no feed at all. A feed without entries is no error.
    """
    decoded = decode(document.body, document.headers.get("content-type", ""), source.encoding)
    text = decoded.text.lstrip("\ufeff \t\r\n")
    if is_html(text) and not _LOOKS_LIKE_FEED.search(text[:2000]):
        raise ParseError(ParseFault.HTML_INSTEAD, "a web page where a feed should be")
    cleaned = _prepare(text)
    parsed = _feedparser(cleaned, document)
    if not parsed.entries and _ITEM.search(cleaned) and (mended := _recover(cleaned)):
        parsed = _feedparser(mended, document)
    if not parsed.version and not parsed.entries:
        if not _LOOKS_LIKE_FEED.search(cleaned[:5000]):
            fault = (
                ParseFault.HTML_INSTEAD
                if is_html(text) or "<body" in text[:5000].lower()
                else ParseFault.NOT_A_FEED
            )
            raise ParseError(fault, "neither RSS nor Atom" if text else "the document is empty")
        if _ITEM.search(cleaned):
            raise ParseError(ParseFault.NOT_A_FEED, "broken beyond repair: no entry could be read")
    head = parsed.feed
    entries = tuple(
        _entry(position, item, document.url, source, now) for position, item in enumerate(parsed.entries)
    )
    return Feed(
        format=parsed.version or "feed",
        entries=entries,
        title=plain(str(head.get("title", ""))),
        link=absolute(str(head.get("link", "")), document.url),
        language=str(head.get("language", "") or "")[:10],
        encoding=decoded.codec,
        notes=decoded.notes,
    )


def _prepare(text: str) -> str:
    """What feedparser may safely be given: no declaration that contradicts UTF-8, no DTD, no endless authors."""
    text = _DECLARATION.sub("", text, count=1)
    # Junk before the first tag (a PHP warning, a blank line) makes the XML parser stop at once.
    if (start := text.find("<")) > 0:
        text = text[start:]
    text = _DOCTYPE.sub("", text, count=5)
    text = _PERSON.sub(r"\1", text)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + text


def _feedparser(text: str, document: Document) -> Any:
    # A stream of bytes: given a str, feedparser may take it for a file's name or an address to fetch.
    return feedparser.parse(
        io.BytesIO(text.encode("utf-8", "replace")),
        response_headers={"content-location": document.url, "content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )


def _recover(text: str) -> str:
    """The document as lxml understands it in spite of its faults; empty where it does not."""

    def resolve(match: re.Match[str]) -> str:
        from html.entities import html5

        return match[0] if match[1] in _XML_ENTITIES else html5.get(match[1] + ";", f"&amp;{match[1]};")

    parser = etree.XMLParser(
        recover=True, no_network=True, resolve_entities=False, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(_NAMED_ENTITY.sub(resolve, text).encode(), parser)
    except etree.XMLSyntaxError:
        return ""
    return "" if root is None else etree.tostring(root, encoding="unicode")


def _entry(position: int, item: Any, base: str, source: SourceConfig, now: datetime) -> FeedEntry:
    title_html = str(item.get("title", ""))
    summary = str(item.get("summary", "") or "")
    contents = [str(part.get("value", "")) for part in item.get("content", ())]
    content = max(contents, key=len, default="")
    published_raw, published = _date(item, source, now)
    link = _link(item, item.get("xml_base") or base, base)
    return FeedEntry(
        position=position,
        title=plain(title_html),
        link=link,
        guid=str(item.get("id", "") or "").strip(),
        summary=summary,
        content=content if content != summary else "",
        author=plain(str(item.get("author", "") or ""))[:300],
        language=_language(item),
        published_raw=published_raw,
        published_at=published.at,
        date_confidence=published.confidence,
    )


def _link(item: Any, item_base: str, base: str) -> str:
    links = [link for link in item.get("links", ()) if link.get("href")]
    alternates = [link for link in links if link.get("rel", "alternate") == "alternate"]
    guid = str(item.get("id", "") or "")
    choices = [
        str(item.get("link", "") or ""),
        *(str(link["href"]) for link in alternates),
        *(
            str(link["href"])
            for link in links
            if link.get("rel") not in {"enclosure", "self", "edit", "replies", "hub"}
        ),
        # A guid that is an address stands in for a link that is missing.
        guid if guid.startswith(("http://", "https://")) else "",
    ]
    for choice in choices:
        if found := absolute(choice, absolute(item_base, base) or base):
            return found
    return ""


def _language(item: Any) -> str:
    for part in (item.get("title_detail"), item.get("summary_detail")):
        if part and part.get("language"):
            return str(part["language"])[:10]
    return str(item.get("language", "") or "")[:10]


def _date(item: Any, source: SourceConfig, now: datetime) -> tuple[str, ParsedDate]:
    """The first date string that can be read: published before updated before created."""
    raws = [str(item[key]) for key in ("published", "updated", "created") if item.get(key)]
    for raw in raws:
        parsed = parse_date(raw, source.zone, now)
        if parsed.at is not None:
            return raw, parsed
    return (raws[0] if raws else ""), NO_DATE
