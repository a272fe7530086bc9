"""Pure: sitemap.xml (https://www.sitemaps.org/protocol.html) into a feed; without a news title, an entry's is its slug.

A sitemap holds every page that a site ever had, in any order: those that the stanza wants come newest first, so that
what is cut is what is old.
"""

import re
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from urllib.parse import unquote, urlsplit

from lxml import etree

from monitor.documents import Document, Feed, FeedEntry
from monitor.errors import ParseError, ParseFault
from monitor.parsers.markup import absolute, is_html, root_name
from monitor.sources import SourceConfig
from monitor.texts.dates import NO_DATE, parse_date
from monitor.texts.decode import decode
from monitor.texts.text import clean_line

#: Addresses of one sitemap that are read; the protocol allows no more.
MAX_URLS = 50_000


def parse(document: Document, source: SourceConfig, now: datetime) -> Feed:
    """The <url>s of the sitemap that the stanza includes, the last modified first.

    Raises:
        ParseError: it is no sitemap, or an index of others, which wants one of those as its address; or the stanza
            includes none of its addresses, as after a rebuilt site.
    """
    decoded = decode(document.body, document.headers.get("content-type", ""), source.encoding)
    if is_html(decoded.text):
        raise ParseError(ParseFault.HTML_INSTEAD, "a web page where a sitemap should be")
    parser = etree.XMLParser(
        recover=True, no_network=True, resolve_entities=False, load_dtd=False, huge_tree=False
    )
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", decoded.text)
    try:
        root = etree.fromstring(text.strip().encode(), parser)
    except etree.XMLSyntaxError:
        root = None
    kind = root_name(root)
    if kind == "sitemapindex":
        raise ParseError(ParseFault.NOT_A_FEED, "an index of sitemaps: use the address of one of them")
    if root is None or kind != "urlset":
        raise ParseError(ParseFault.NOT_A_FEED, "no sitemap")
    urls = list(islice(root.iterchildren("{*}url"), MAX_URLS))
    entries = [_entry(url, document.url, source, now) for url in urls]
    if source.sitemap and source.sitemap.include:
        wanted = re.compile(source.sitemap.include)
        included = [entry for entry in entries if wanted.search(entry.link)]
        if entries and not included:
            reason = f'"{source.sitemap.include}" finds none of {len(entries)} addresses'
            raise ParseError(ParseFault.TOO_FEW_ROWS, reason)
        entries = included
    oldest = datetime.min.replace(tzinfo=UTC)
    entries.sort(key=lambda entry: entry.published_at or oldest, reverse=True)
    return Feed(
        "sitemap",
        tuple(replace(entry, position=position) for position, entry in enumerate(entries)),
        encoding=decoded.codec,
        notes=decoded.notes,
    )


def _entry(url: etree._Element, base: str, source: SourceConfig, now: datetime) -> FeedEntry:
    link = absolute(_text(url, "{*}loc"), base)
    raw = _text(url, ".//{*}publication_date") or _text(url, "{*}lastmod")
    published = parse_date(raw, source.zone, now) if raw else NO_DATE
    return FeedEntry(
        position=0,
        title=clean_line(_text(url, ".//{*}title")) or _slug(link),
        link=link,
        published_raw=raw,
        published_at=published.at,
        date_confidence=published.confidence,
    )


def _text(url: etree._Element, path: str) -> str:
    return (url.findtext(path) or "").strip()


def _slug(link: str) -> str:
    """The last part of an address, as words: the best title that a bare sitemap has."""
    parts = urlsplit(link)
    last = next((part for part in reversed(parts.path.split("/")) if part), parts.hostname or "")
    return clean_line(re.sub(r"[-_+]+", " ", unquote(re.sub(r"\.\w{2,5}$", "", last))))
