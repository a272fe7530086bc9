"""Nobody can tell which of both read a feed: the quick reader gives what feedparser gives, or leaves it to feedparser."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch
from xml.sax.saxutils import escape, quoteattr
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bench.parse import documents
from monitor import parsers
from monitor.documents import Document, Feed
from monitor.errors import ParseError
from monitor.parsers import feed, quick
from monitor.parsers.markup import PLAIN_ADDRESS, absolute
from monitor.sources import SourceConfig
from monitor.texts.dates import _unusual, _usual
from monitor.texts.text import _CONTROL, _SPACE, clean_line
from tests.hostile.corpus import FAMILIES
from tests.monitor.imitations import IMITATIONS
from tests.monitor.test_conformance import ATOM, CONTENT, DC, DOCUMENTS, FEEDBURNER, ITUNES, MEDIA, RDF, TERMS
from tests.servers.feeds import Page

FEEDS = Path(__file__).resolve().parents[3] / "shared" / "data" / "feeds"
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
URL = "https://www.example.org/feeds/all.xml"
SOURCE = SourceConfig.model_validate({"id": "x", "url": URL, "timezone": "Asia/Seoul"})


def parsed(document: Document) -> Feed | str:
    try:
        return parsers.parse(document, SOURCE, NOW)
    except ParseError as error:
        return f"{error.fault}: {error}"


def taken(document: Document) -> bool:
    """Whether the quick reader took the document; fails where it read anything that feedparser does not."""
    takes: list[bool] = []
    read = quick.read

    def watched(text: str, url: str) -> quick.Parsed | None:
        found = read(text, url)
        takes.append(found is not None)
        return found

    with patch.object(quick, "read", watched):
        quickly = parsed(document)
    if not any(takes):
        return False
    with patch.object(quick, "read", return_value=None):
        assert quickly == parsed(document)
    return True


def of(body: str | bytes) -> Document:
    return Document(URL, body.encode() if isinstance(body, str) else body)


def real() -> Iterator[Path]:
    return (path for path in sorted(FEEDS.rglob("*")) if path.suffix in {".xml", ".rdf", ".rss", ".atom"})


@pytest.mark.skipif(not FEEDS.exists(), reason="the real documents are not here")
def test_of_the_real_feeds_four_in_five_are_read_quickly_and_all_are_read_alike() -> None:
    feeds = [of(path.read_bytes()) for path in real() if "sitemap" not in path.name]
    assert sum(map(taken, feeds)) >= 0.8 * len(feeds)


@pytest.mark.parametrize("document", documents()[::3], ids=lambda one: str(len(one.body)))
def test_what_offices_poll_is_read_quickly(document: Document) -> None:
    assert taken(document)


def test_every_oddity_is_read_alike_and_half_of_them_quickly() -> None:
    takes = [taken(of(one.body)) for one in DOCUMENTS.values()]
    assert sum(takes) >= 0.5 * len(takes)


@pytest.mark.parametrize("family", FAMILIES)
def test_hostile_documents_are_read_alike(family: str) -> None:
    for one in FAMILIES[family]():
        if one.form == "feed" and len(one.body) < 10_000:
            taken(of(one.body))


def test_imitations_are_read_alike() -> None:
    for imitation in IMITATIONS:
        for page in imitation.pages.values():
            if isinstance(page, Page):
                taken(of(page.body))


WORDS = st.sampled_from(
    ["", " ", "하나", "R&D <b>둘</b>", "a.b@c.kr (Kim)", "http://a.kr/1?a=1&b;=2", "/rel?x=1", "urn:x:1", "ja_JP", "caf\u00e9",
     "Ã¼", "\x85", "\u3000x ", "Tue, 17 Nov 2026 10:00:00 GMT", "2026-11-17T10:00:00+09:00", "17 Foo 2026", '<a href="../x">y</a>', "60"]
) | st.text(max_size=20).map(lambda text: "".join(letter for letter in text if letter.isprintable() and letter < "\ud800"))  # fmt: skip
NAMES = st.sampled_from(
    "title link guid id description summary content pubDate published updated author dc:creator dc:date dc:title dc:description"
    " dc:language dc:subject dc:abstract dcterms:issued dcterms:created dcterms:abstract content:encoded media:title media:description"
    " media:group media:content media:thumbnail itunes:summary itunes:title itunes:author itunes:owner itunes:subtitle atom:link"
    " atom:id atom:updated language category source image enclosure comments contributor feedburner:origLink x:odd x:title date title_detail summary_detail"
    " name email uri item entry ttl items links textInput managingEditor created modified url rights".split()
)
ATTRIBUTES = st.dictionaries(
    st.sampled_from("href rel type url isPermaLink xml:lang xml:base lang base mode x:type domain src".split()),
    st.sampled_from(["http://b.kr/2", "/two", "", "alternate", "self", "html", "text", "xhtml", "text/html", "true", "FALSE", "ko", "base64"]) | WORDS,
    max_size=2,
)  # fmt: skip


def element(name: str, attributes: dict[str, str], inner: str) -> str:
    return f"<{name}{''.join(f' {key}={quoteattr(value)}' for key, value in attributes.items())}>{inner}</{name}>"


LEAVES = st.builds(element, NAMES, ATTRIBUTES | st.just({}), WORDS.map(escape))
TREES = st.recursive(
    LEAVES,
    lambda inner: st.builds(
        element, NAMES, ATTRIBUTES | st.just({}), st.lists(inner, max_size=3).map("".join)
    ),
    max_leaves=4,
)
#: Nothing here is left to feedparser by its name alone.
USUAL = st.builds(
    element,
    st.sampled_from(
        "title link guid description summary pubDate updated author dc:creator dc:date dc:title content:encoded media:title"
        " media:description itunes:summary itunes:title atom:link atom:id language category enclosure created x:odd".split()
    ),
    st.just({})
    | st.just({"href": "/two"})
    | st.just({"isPermaLink": "false"})
    | st.just({"xml:lang": "ko_KR"}),
    WORDS.map(escape),
)
PARTS = st.lists(USUAL, max_size=6).map("".join) | st.lists(LEAVES | TREES, max_size=4).map("".join)
PREFIXES = f'{DC} {TERMS} {CONTENT} {MEDIA} {ITUNES} {FEEDBURNER} xmlns:x="http://x.kr/ns" xmlns:atom="http://www.w3.org/2005/Atom"'
FORMS = {
    "rss": f'<rss version="2.0" {PREFIXES}><channel>{{head}}<item>{{one}}</item><item>{{two}}</item>{{tail}}</channel></rss>',
    "rdf": f'<rdf:RDF {RDF} xmlns="http://purl.org/rss/1.0/" {PREFIXES}><channel>{{head}}</channel><item rdf:about="http://a.kr/9">{{one}}</item><item>{{two}}</item></rdf:RDF>',
    "atom": f'<feed {ATOM} {PREFIXES} xml:lang="en_US">{{head}}<entry>{{one}}</entry><entry>{{two}}</entry>{{tail}}</feed>',
}


@pytest.mark.parametrize("form", FORMS)
@given(head=PARTS, one=PARTS, two=PARTS, tail=PARTS)
@example(head="", one="<description>1</description><summary>2</summary>", two="", tail="")
@example(
    head="<itunes:summary>1</itunes:summary><description/>",
    one="<description>2</description>",
    two="",
    tail="",
)
@example(head="", one="<author>Kim</author><author><email>a@b.kr</email></author>", two="", tail="")
@example(head="", one="<media:title>1</media:title><title>2</title><dc:title>3</dc:title>", two="", tail="")
@example(head="", one="<title/><media:group><media:title>1</media:title></media:group>", two="", tail="")
@example(head="", one="<date>2026-11-17</date><items>x</items>", two="", tail="")
@example(
    head="",
    one="<content:encoded>1</content:encoded><description>2</description>",
    two="<guid>/a</guid>",
    tail="",
)
def test_whatever_is_made_is_read_alike(form: str, head: str, one: str, two: str, tail: str) -> None:
    taken(of(FORMS[form].format(head=head, one=one, two=two, tail=tail)))


@pytest.mark.parametrize(
    "body",
    [
        FORMS["rss"].format(head="", one="<title>a<b>b</b></title>", two="", tail=""),
        FORMS["atom"].format(head="", one='<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">x</div></content>', two="", tail=""),
        FORMS["rss"].format(head="", one="<title>a", two="", tail=""),
        FORMS["rss"].format(head="", one="<y:title>a</y:title>", two="", tail=""),
        FORMS["rss"].format(head="", one="<date>2026-11-17</date>", two="", tail=""),
        FORMS["rss"].format(head="", one="<title>&#150;</title>", two="", tail=""),
        FORMS["rss"].format(head="", one='<title xmlns:media="http://purl.org/dc/elements/1.1/">a</title>', two="", tail=""),
        "<!DOCTYPE rss [<!ENTITY a 'b'>]>" + FORMS["rss"].format(head="", one="<title>&a;</title>", two="", tail=""),
    ],
    ids=["mark-up in text", "xhtml", "malformed", "undeclared prefix", "feedparser's own names", "Windows-1252", "a prefix for another namespace", "a DTD"],
)  # fmt: skip
def test_what_it_is_not_sure_of_is_left_to_feedparser(body: str) -> None:
    assert quick.read(body, URL) is None


@given(
    year=st.integers(1, 9999), month=st.integers(0, 13), day=st.integers(0, 32), hour=st.integers(0, 25), minute=st.integers(0, 60),
    second=st.integers(0, 61), offset=st.sampled_from(["Z", "+09:00", "+0900", "-0330", "+1400", "+14:01", "-2300", "GMT", "UTC", "+09:75", "KST"]),
    form=st.sampled_from(["{y:04}-{m:02}-{d:02}T{H:02}:{M:02}:{S:02}{o}", "{y:04}-{m:02}-{d:02}T{H:02}:{M:02}:{S:02}.123{o}",
                          "Fri, {d:02} {n} {y:04} {H:02}:{M:02}:{S:02} {o}", " {d} {n} {y:04} {H:02}:{M:02}:{S:02} {o}\n"]),
    name=st.sampled_from("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec Mai Foo Thu".split()),
)  # fmt: skip
@example(year=2026, month=11, day=20, hour=24, minute=0, second=0, offset="Z", form="{y:04}-{m:02}-{d:02}T{H:02}:{M:02}:{S:02}{o}", name="Nov")  # fmt: skip
def test_usual_dates_are_read_as_all_others(
    year: int,
    month: int,
    day: int,
    hour: int,
    minute: int,
    second: int,
    offset: str,
    form: str,
    name: str,
) -> None:
    raw = form.format(y=year, m=month, d=day, H=hour, M=minute, S=second, o=offset, n=name)
    if usual := _usual(raw, NOW):
        assert usual == _unusual(raw, ZoneInfo("Asia/Seoul"), NOW, None)


@given(
    st.from_regex(PLAIN_ADDRESS, fullmatch=True), st.sampled_from([URL, "http://a.kr/b/?c", "ftp://x.kr/"])
)
def test_a_plain_address_is_no_other_from_anywhere(address: str, base: str) -> None:
    with patch("monitor.parsers.markup.PLAIN_ADDRESS") as never:
        never.fullmatch.return_value = None
        assert absolute(address, base) == address
    assert feed.feedparser.urls._urljoin(base, address) == address


@given(st.text() | st.text(alphabet=" a하\u00a0\u3000\u200b\u3164\t\x1c\u034f"))
def test_a_line_is_cleaned_the_same_way_whatever_is_in_it(text: str) -> None:
    assert clean_line(text) == _SPACE.sub(" ", _CONTROL.sub("", text)).strip()
