"""What holds for any bytes at all: each claim takes some and fails only where the product does.

Hypothesis, the corpus and the fuzz targets (fuzz/) all ask these.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from monitor import parsers
from monitor.adding.opml import MAX_OUTLINES, read_opml
from monitor.documents import Document, Feed, FeedEntry
from monitor.errors import AddressRefused, ParseError
from monitor.fetching.guard import check_url
from monitor.fetching.headers import LONGEST, fresh_for, retry_after
from monitor.parsers.article import MAX_TEXT, read_article
from monitor.parsers.markup import MAX_ENTRIES, MAX_LINK, absolute
from monitor.polls.identity import Known, VerdictKind, canonical_link, identify, keys_in
from monitor.sources import ArticleRules, SourceConfig
from monitor.texts.dates import FIRST_YEAR, FUTURE_SLACK, parse_date
from monitor.texts.decode import decode
from monitor.texts.text import clean_line, plain, sanitise

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
URL = "http://a.kr/news/"
SEOUL = ZoneInfo("Asia/Seoul")
#: What a reader must never meet in a title: controls, bidi and zero-width marks, halves of characters, hidden tags.
UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
#: A stanza for each format, as those who write stanzas do.
STANZAS: dict[str, dict[str, object]] = {
    "feed": {},
    "json_feed": {},
    "json_list": {},
    "sitemap": {},
    "listing": {"listing": {"row": "li, tr, a[href]", "date": "time, .date", "title": "a, .t"}},
    "listing_js": {
        "format": "listing",
        "listing": {
            "row": "a",
            "link_pattern": r"view\('?(\d+)",
            "link_template": "/v?n={1}",
            "date": "comment",
        },
    },
    "json_paths": {
        "format": "json_list",
        "json_list": {
            "items": "items",
            "title": "title",
            "link": "/v/{id}",
            "date": "date",
            "summary": "summary",
        },
    },
}


def source(form: str = "feed") -> SourceConfig:
    return SourceConfig.model_validate({"id": "u", "url": URL, "format": form, **STANZAS[form]})


def read(body: bytes, form: str = "feed", content_type: str = "") -> Feed | ParseError:
    """The feed that a worker would hand on, or its refusal; anything else that is raised is a fault of ours."""
    try:
        feed = parsers.parse(Document(URL, body, {"content-type": content_type}), source(form), NOW)
    except ParseError as error:
        return error
    trusted(feed)
    return feed


def trusted(feed: Feed) -> None:
    """Fails where a feed holds anything that the rest of the program relies on being gone."""
    assert len(feed.entries) <= MAX_ENTRIES
    assert sum(len(entry.summary) + len(entry.content) for entry in feed.entries) <= 6_000_000
    assert not UNSEEN.search(feed.title + feed.language)
    assert len(feed.title) <= 1_000
    for entry in feed.entries:
        assert not UNSEEN.search(clean_line(entry.title) + entry.author + entry.language + entry.link)
        assert entry.title == clean_line(entry.title)
        assert (
            entry.link == ""
            or entry.link.startswith(("http://", "https://"))
            or entry.link[:8].lower() == "https://"
        )
        assert "@" not in entry.link.split("/")[2] if entry.link else True
        assert len(entry.title) <= 1_000 and len(entry.guid) <= 1_000 and len(entry.link) <= 3 * MAX_LINK
        assert len(entry.summary) <= 100_000 and len(entry.content) <= 100_000 and len(entry.author) <= 300
        assert entry.readable is not None and len(entry.readable) <= 100_000
        assert not _UNSTORABLE.search(
            entry.title + entry.guid + entry.summary + entry.content + entry.published_raw + entry.readable
        )
        at = entry.published_at
        assert at is None or (at.year >= FIRST_YEAR and at <= NOW + FUTURE_SLACK)
    known(feed.entries)


def known(entries: tuple[FeedEntry, ...]) -> None:
    """Fails where the same document, polled again, would bring anything new."""
    keys = keys_in(entries)
    stored = [
        Known(number, key.guid_key, key.link_key, key.title_key, key.text_key)
        for number, (key, verdict) in enumerate(zip(keys, identify(entries, keys, []), strict=True))
        if verdict.kind is VerdictKind.NEW
    ]
    again = {verdict.kind for verdict in identify(entries, keys, stored)}
    assert VerdictKind.NEW not in again and VerdictKind.CHANGED not in again


def _any_feed(form: str) -> Callable[[bytes], None]:
    def claim(body: bytes) -> None:
        read(body, form)

    return claim


def dates(body: bytes) -> None:
    raw = body.decode("utf-8", "surrogateescape")
    for year in (None, 2026):
        at = parse_date(raw, SEOUL, NOW, year=year).at
        assert at is None or (at.year >= FIRST_YEAR and at <= NOW + FUTURE_SLACK and at.tzinfo is UTC)


def decoding(body: bytes) -> None:
    label, _, rest = body.partition(b"\n")
    said = label.decode("latin-1")
    for found in (decode(rest, f"text/xml; charset={said}"), decode(rest, "", said)):
        found.text.encode()
        assert "\0" not in found.text
        assert len(found.text) <= 2 * max(len(rest), 8_000_000)


def guard(body: bytes) -> None:
    url = body.decode("utf-8", "surrogateescape")
    try:
        parts = check_url(url)
    except AddressRefused as error:
        assert len(error.reason) < 500 and error.reason.isprintable()
        return
    assert parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc


def links(body: bytes) -> None:
    """Making a link absolute or canonical a second time changes nothing."""
    given = body.decode("utf-8", "surrogateescape")
    link = absolute(given, URL)
    assert not UNSEEN.search(link)
    if link and len(link) <= MAX_LINK:
        assert absolute(link, URL) == link
    canonical_link(given)


def texts(body: bytes) -> None:
    text = (
        body.decode("utf-8", "surrogatepass" if b"\xed" in body else "replace")
        if _decodes(body)
        else body.decode("latin-1")
    )
    line = plain(text)
    assert not UNSEEN.search(line) and "\n" not in line
    shown = sanitise(text).lower()
    assert not re.search(r"<(?:script|img|iframe|svg|style|object|form|input|base|meta|link)\b", shown)
    assert not re.search(r"<[^>]*\s(?:on\w+|style|src)\s*=", shown)


def _decodes(body: bytes) -> bool:
    try:
        body.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def headers(body: bytes) -> None:
    value, _, other = body.decode("latin-1").partition("\n")
    stay = retry_after({"retry-after": value}, NOW)
    assert stay is None or timedelta(0) <= stay <= LONGEST
    for given in (
        {"cache-control": value, "age": other},
        {"expires": value, "date": other},
        {"cache-control": f"max-age={value}", "age": other},
    ):
        assert timedelta(0) <= fresh_for(given) <= LONGEST


def opml(body: bytes) -> None:
    try:
        outlines = read_opml(body)
    except ParseError:
        return
    assert len(outlines) <= MAX_OUTLINES
    assert not any(UNSEEN.search(outline.url + outline.title) for outline in outlines)


def article(body: bytes) -> None:
    for content_type in ("text/html", "application/pdf" if body.startswith(b"%") else ""):
        document = Document(URL, body, {"content-type": content_type})
        found = read_article(document, ArticleRules(text=".a", title="h2", date="time"), "ko", SEOUL, NOW)
        assert len(found.text) <= MAX_TEXT and len(found.title) <= 1_000
        assert not UNSEEN.search(found.title + found.text.replace("\n", ""))
        assert found.text == "" or found.where != "none"


def robots(body: bytes) -> None:
    from monitor.fetching.robots import LONGEST_DELAY, rules

    said = rules(200, body.decode("utf-8", "replace"))
    assert said.allow(URL) in {True, False}
    assert 0 <= said.delay <= LONGEST_DELAY


CLAIMS: dict[str, Callable[[bytes], None]] = {
    **{form: _any_feed(form) for form in STANZAS},
    "dates": dates,
    "decoding": decoding,
    "guard": guard,
    "links": links,
    "texts": texts,
    "headers": headers,
    "opml": opml,
    "article": article,
    "robots": robots,
}
