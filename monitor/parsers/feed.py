"""Pure: RSS 0.9x to 2.0, RSS 1.0 and Atom (RFC 4287) into a feed: what is well-formed by `quick`, the rest by feedparser.

feedparser is the most tolerant parser there is; what it gets wrong (charsets, dates, quadratic time over authors,
nothing at all from a broken document) is kept from it or mended here.
"""

import io
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from html.entities import html5
from typing import Any

import feedparser
from feedparser.mixin import _FeedParserMixin
from lxml import etree

from monitor.documents import Document, Feed, FeedEntry, Hints
from monitor.errors import ParseError, ParseFault
from monitor.parsers import json_feed, quick
from monitor.parsers.markup import MAX_ENTRIES, MAX_TAGS, absolute, is_html
from monitor.sources import SourceConfig
from monitor.texts.dates import NO_DATE, ParsedDate, parse_date
from monitor.texts.decode import decode
from monitor.texts.text import plain

#: PR TIMES dates each item twice, the second time with the day only, which feedparser prefers for coming last.
_BARE_DATE = re.compile(r"<date>[^<]{0,100}</date>")
#: What may stand before the first tag and says nothing that we have not decided: comments, the XML declaration.
_LEADING = re.compile(r"\A(?>\s+|<!--.*?-->|<\?.*?\?>)++", re.DOTALL)
#: Entities declared in a document are how bombs and theft are written; the plain ones among them are resolved by us.
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]*+(?:\[.*?\]\s*+)?>", re.IGNORECASE | re.DOTALL)
_LOOKS_LIKE_FEED = re.compile(r"<(?:\w+:)?(?:rss|rdf|feed|channel)\b", re.IGNORECASE)
_ITEM = re.compile(r"<(?:\w+:)?(?:item|entry)\b", re.IGNORECASE)
_DECLARED_ENTITY = re.compile(
    r"""<!ENTITY\s+(\w{1,50})\s+(?:"(&#\w{1,8};|[^&%"]{0,300})"|'([^&%']{0,300})')\s*>"""
)
#: A document that declares "company" once and uses it often is read; one that grows a thousandfold by it is not.
_MOST_EXPANDED = 200_000
#: Nothing of fewer tags can be deep enough to cost anything.
_MANY_TAGS, _DEEPEST = 20_000, 1_000
_CDATA = re.compile(r"<!\[CDATA\[.*?(?:\]\]>|\Z)", re.DOTALL)
_TAG = re.compile(r"<(?P<end>/?)[^\W\d][^<>]*?(?P<empty>/?)>")
_SPACES = re.compile(r"\s+")
_XML_ENTITIES = {"amp", "lt", "gt", "quot", "apos"}
#: An ampersand with what it begins, or a CDATA section, in which it begins nothing.
_REFERENCE = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|&(?:#(?P<decimal>\d{1,10});|#[xX](?P<hex>[0-9a-fA-F]{1,8});|(?P<name>[A-Za-z]\w{0,49});)?",
    re.DOTALL,
)
#: Whether there is any that is not XML as it stands; most documents have none.
_ODD_REFERENCE = re.compile("&(?!(?:amp|lt|gt|quot|apos|#(?:3[2-9]|[4-9][0-9]|[1-9][0-9]{2,3}));)")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PERIODS = {"hourly": 60, "daily": 1_440, "weekly": 10_080, "monthly": 43_200, "yearly": 525_600}
#: What feedparser raises over documents that nobody foresaw; its own tests leave these paths alone.
_FEEDPARSER_BUGS = (ValueError, TypeError, AttributeError, LookupError, AssertionError)
_PLACES = ("{http://www.georss.org/georss}*", "{http://www.opengis.net/gml}*")
#: A relative link or picture inside a text. Shown on a page of ours it would lead to ourselves.
_RELATIVE = re.compile(
    r"""(<(?:a|area|img)\b[^<>]{0,2000}?\s(?:href|src)\s*=\s*)(["'])(?!\s*[a-z][\w+.-]*:|\s*\#)([^"'<>]{1,2000})\2""",
    re.IGNORECASE,
)
#: Where a lead stands when no <description> or <summary> does.
_OTHER_SUMMARIES = ("media_description", "itunes_subtitle", "dcterms_abstract", "dc_abstract")


def parse(document: Document, source: SourceConfig, now: datetime) -> Feed:
    """The document as a feed, in its order; a JSON Feed that is served where RSS was is read as one.

    Raises:
        ParseError: the document is a web page, no feed at all, or has more or deeper elements than any feed. A feed without
            entries is no error.
    """
    decoded = decode(document.body, document.headers.get("content-type", ""), source.encoding)
    text = decoded.text.lstrip("\ufeff \t\r\n")
    if text.startswith("{") and "jsonfeed.org" in text[:4096]:
        return json_feed.parse(document, source, now)
    if is_html(text) and not _LOOKS_LIKE_FEED.search(text[:2000]):
        raise ParseError(ParseFault.HTML_INSTEAD, "a web page where a feed should be")
    cleaned, found = _first_entries(_prepare(text))
    if cleaned.count("<") > _MANY_TAGS:
        _refuse_monsters(_CDATA.sub("", cleaned))
    parsed = _read(cleaned, document)
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
    if str(parsed.version).startswith("atom") and (author := plain(str(head.get("author", "") or ""))[:300]):
        # RFC 4287, 4.2.1: the feed's author is that of every entry that names none.
        entries = tuple(replace(entry, author=entry.author or author) for entry in entries)
    return Feed(
        format=parsed.version or "feed",
        entries=entries,
        title=plain(str(head.get("title", ""))),
        link=absolute(str(head.get("link", "")), document.url),
        language=str(head.get("language", "") or "")[:10],
        hints=_hints(head, cleaned),
        encoding=decoded.codec,
        found=found,
        notes=decoded.notes,
    )


def _cap_authors() -> None:
    """Keeps long authors from feedparser's pattern.

    There is no public parameter for it. Whatever a document wraps its author in (CDATA, comments, other elements), this
    is where the pattern meets it; feedparser is held below 7, and tests/hostile would notice.
    """
    search = _FeedParserMixin._sync_author_detail

    def capped(self: Any, key: str = "author") -> None:
        context = self._get_context()
        if len(context.get(key) or "") > quick.MOST_AUTHOR:
            context[key] = context[key][: quick.MOST_AUTHOR]
        search(self, key)

    _FeedParserMixin._sync_author_detail = capped


_cap_authors()


def _read(text: str, document: Document) -> Any:
    """What feedparser makes of the text, or of what lxml saves of it where feedparser fails or finds nothing.

    Most documents are well-formed, and the same is read of them without it.
    """
    if quickly := quick.read(text, document.url):
        return quickly
    try:
        parsed = _feedparser(text, document)
    except _FEEDPARSER_BUGS as error:
        try:
            return _feedparser(_recover(text), document)
        except _FEEDPARSER_BUGS:
            reason = f"broken beyond repair: {type(error).__name__} in feedparser"
            raise ParseError(ParseFault.NOT_A_FEED, reason) from error
    if not parsed.entries and _ITEM.search(text) and (mended := _recover(text)):
        return _feedparser(mended, document)
    return parsed


def _first_entries(text: str) -> tuple[str, int]:
    """The text without the entries that would be cut anyhow, and how many it had."""
    if text.count("<") <= 2 * MAX_ENTRIES:
        return text, 0
    starts = [item.start() for item in _ITEM.finditer(text)]
    # Twice as many: an article about feeds has items in its text.
    if len(starts) <= 2 * MAX_ENTRIES:
        return text, 0
    cut = starts[2 * MAX_ENTRIES]
    end = max(text.rfind("item>") + len("item>"), text.rfind("entry>") + len("entry>"))
    return text[:cut] + (text[end:] if end > cut else ""), len(starts)


def _refuse_monsters(text: str) -> None:
    """Refuses what has more elements, or deeper ones, than any feed; feedparser's time grows with the square of depth.

    Raises:
        ParseError: with which of both.
    """
    if text.count("<") > 2 * MAX_TAGS:
        raise ParseError(ParseFault.NOT_A_FEED, f"more than {MAX_TAGS} elements")
    depth = 0
    for tag in _TAG.finditer(text):
        depth += -1 if tag["end"] else not tag["empty"]
        if depth > _DEEPEST:
            raise ParseError(ParseFault.NOT_A_FEED, "nested too deeply")


def _prepare(text: str) -> str:
    """What feedparser may safely be given: no declaration that contradicts UTF-8, no DTD, no endless authors.

    Entities are resolved here: of HTML's, which no XML parser knows, and of what the document declares.
    """
    # Junk before the first tag (a PHP warning, a blank line) makes the XML parser stop at once.
    text = _LEADING.sub("", text[max(text.find("<"), 0) :], count=1)
    root = _LOOKS_LIKE_FEED.search(text)
    prolog, rest = (text[: root.start()], text[root.start() :]) if root else (text, "")
    declared = {name: one or other for name, one, other in _DECLARED_ENTITY.findall(prolog)}
    # Each at its place, not by a search: a thousand that never end would be searched to the end a thousand times.
    for _ in range(5):
        if (place := prolog.upper().find("<!DOCTYPE")) >= 0:
            doctype = _DOCTYPE.match(prolog, place)
            prolog = prolog[:place] + (prolog[doctype.end() :] if doctype else "")
    # feedparser looks for entities here at the start of each line, from each to the end of all blank ones.
    prolog = "" if "<!DOCTYPE" in prolog.upper() else _SPACES.sub(" ", prolog)
    text = _resolve(prolog + rest, declared)
    if "<dc:date>" in text:
        text = _BARE_DATE.sub("", text)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + text


def _resolve(text: str, declared: Mapping[str, str]) -> str:
    """The text with every reference as XML has it: HTML's names as letters, stray ampersands escaped, no impossible number."""
    if not _ODD_REFERENCE.search(text):
        return text
    room = _MOST_EXPANDED

    def reference(match: re.Match[str]) -> str:
        nonlocal room
        if not match[0].startswith("&") or match["name"] in _XML_ENTITIES:
            return match[0]
        if name := match["name"]:
            if (value := declared.get(name)) is not None and room >= len(value):
                room -= len(value)
                return value.replace("<", "&lt;")
            return html5.get(name + ";", f"&amp;{name};")
        if digits := match["decimal"] or match["hex"]:
            number = int(digits, 10 if match["decimal"] else 16)
            return match[0] if _is_character(number) else ""
        return "&amp;"

    return _REFERENCE.sub(reference, text)


def _is_character(number: int) -> bool:
    """Whether XML 1.0 knows a character of that number; feedparser breaks off at some that it does not."""
    return (
        number in {9, 10, 13}
        or 0x20 <= number < 0xD800
        or 0xE000 <= number < 0xFFFE
        or 0xFFFF < number < 0x110000
    )


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
    parser = etree.XMLParser(
        recover=True, no_network=True, resolve_entities=False, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError:
        return ""
    if root is None:
        return ""
    # No map is drawn here, and feedparser breaks off at places in systems that it does not know.
    undeclared = {
        str(element.tag) for element in root.iter() if str(element.tag).startswith(("gml:", "georss:"))
    }
    etree.strip_elements(root, *_PLACES, *undeclared, with_tail=False)
    return etree.tostring(root, encoding="unicode")


def _hints(head: Any, text: str) -> Hints:
    """What the channel says of when to come again; what it says wrongly is not said."""
    ttl = str(head.get("ttl", "")).strip()
    minutes = int(ttl) if ttl.isdecimal() and len(ttl) < 7 else 0
    if not minutes and (period := _PERIODS.get(str(head.get("sy_updateperiod", "")).strip().lower())):
        frequency = str(head.get("sy_updatefrequency", "")).strip()
        minutes = period // max(int(frequency) if frequency.isdecimal() and len(frequency) < 7 else 1, 1)
    # RSS 0.91 counts from 1 to 24, RSS 2.0 from 0 to 23: midnight is both.
    hours = {int(hour) % 24 for hour in _skipped("skipHours", text) if hour.isdecimal() and int(hour) <= 24}
    days = {day.lower() for day in _skipped("skipDays", text)}
    return Hints(
        fresh_minutes=minutes,
        skip_hours=tuple(sorted(hours)),
        skip_days=tuple(number for number, name in enumerate(_WEEKDAYS) if name in days),
    )


def _skipped(name: str, text: str) -> list[str]:
    """What stands in the <hour> or <day> elements of the channel's first element called so; feedparser drops them."""
    first = _ITEM.search(text)
    last = max(text.rfind("</item>"), text.rfind("</entry>"))
    channel = text[: first.start()] + text[max(last, first.start()) :] if first else text
    block = channel.partition(f"<{name}>")[2][:2_000].partition(f"</{name}>")[0]
    return re.findall(r"<(?:hour|day)>\s*(\w{1,9})\s*<", block)


def _entry(position: int, item: Any, base: str, source: SourceConfig, now: datetime) -> FeedEntry:
    title_html = str(item.get("title", "") or item.get("itunes_title", ""))
    summary = str(item.get("summary", "") or next(filter(None, map(item.get, _OTHER_SUMMARIES)), ""))
    parts = item.get("content", ())
    # A lead that feedparser took from the content has no base of its own.
    summary = _linked(summary, _detail(item, "summary_detail") or next(iter(parts), {}), base)
    contents = [_linked(str(part.get("value", "")), part, base) for part in parts]
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


def _linked(markup: str, detail: Mapping[str, Any], base: str) -> str:
    """The text with its relative links made absolute, by the base that holds where it stands."""
    if "<" not in markup or "=" not in markup:
        return markup
    inner = absolute(str(detail.get("base") or ""), base) or base
    return _RELATIVE.sub(lambda found: f"{found[1]}{found[2]}{absolute(found[3], inner)}{found[2]}", markup)


def _link(item: Any, item_base: str, base: str) -> str:
    plain_base = absolute(item_base, base) or base
    if (first := str(item.get("feedburner_origlink", "") or item.get("link", "") or "")) and (
        found := absolute(first, plain_base)
    ):
        return found
    links = [link for link in item.get("links", ()) if isinstance(link, Mapping) and link.get("href")]
    alternates = [link for link in links if link.get("rel", "alternate") == "alternate"]
    guid = str(item.get("id", "") or "")
    choices = [
        # Where feedburner leads round, it says where to.
        str(item.get("feedburner_origlink", "") or ""),
        str(item.get("link", "") or ""),
        *(str(link["href"]) for link in alternates),
        *(
            str(link["href"])
            for link in links
            if link.get("rel") not in {"enclosure", "self", "edit", "replies", "hub"}
        ),
        # A guid that is an address stands in for a link that is missing.
        guid if guid.startswith(("http://", "https://")) else "",
        # What is attached is better than nothing to open.
        *(str(link["href"]) for link in links if link.get("rel") == "enclosure"),
    ]
    for choice in choices:
        if found := absolute(choice, plain_base):
            return found
    return ""


def _language(item: Any) -> str:
    for part in (_detail(item, "title_detail"), _detail(item, "summary_detail")):
        if part.get("language"):
            return str(part["language"])[:10]
    return str(item.get("language", "") or "")[:10]


def _detail(item: Any, key: str) -> Mapping[str, Any]:
    """What feedparser says of a text; nothing where an element of that very name stands in its place."""
    detail = item.get(key)
    return detail if isinstance(detail, Mapping) else {}


def _date(item: Any, source: SourceConfig, now: datetime) -> tuple[str, ParsedDate]:
    """The first date string that can be read: published before updated before created."""
    raws = [str(item[key]) for key in ("published", "updated", "created") if item.get(key)]
    for raw in raws:
        parsed = parse_date(raw, source.zone, now)
        if parsed.at is not None:
            return raw, parsed
    return (raws[0] if raws else ""), NO_DATE
