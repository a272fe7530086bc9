"""OPML in and out: what feed readers write, and what nobody should."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.adding.importing import stanzas_of
from monitor.adding.opml import MAX_BYTES, Outline, read_opml, write_opml
from monitor.errors import ParseError
from monitor.sources import SourceConfig

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def opml(body: str, head: str = "") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<opml version="1.0"><body>{body}</body></opml>'.encode()
    )


def source(identifier: str, url: str, **more: object) -> SourceConfig:
    return SourceConfig.model_validate({"id": identifier, "url": url, **more})


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param('<outline text="묶음"><outline text="더"><outline text="가" xmlUrl="https://a.kr/rss"/></outline></outline>', [("https://a.kr/rss", "가")], id="nested"),
        pytest.param('<outline text="글" title="제목" XMLURL="https://a.kr/rss"/>', [("https://a.kr/rss", "제목")], id="attributes-in-any-case"),
        pytest.param('<outline text="A &amp; B" xmlUrl="https://a.kr/?a=1&b=2"/>', [("https://a.kr/?a=1", "A & B")], id="bare-ampersand-is-recovered"),
        pytest.param('<outline text="폴더"/><outline text="x" type="link" url="https://a.kr/"/>', [], id="no-feed"),
        pytest.param('<outline text="가" xmlUrl="https://a.kr/rss"><outline text="나" xmlUrl="https://b.kr/rss">', [("https://a.kr/rss", "가"), ("https://b.kr/rss", "나")], id="unclosed"),
    ],
)  # fmt: skip
def test_outlines_are_read(body: str, expected: list[tuple[str, str]]) -> None:
    found = [(one.url, one.title) for one in read_opml(opml(body))]
    assert [title for _url, title in found] == [title for _url, title in expected]
    assert all(url.startswith(wanted) for (url, _), (wanted, _) in zip(found, expected, strict=True))


def test_a_list_in_an_old_charset_is_read() -> None:
    body = '<?xml version="1.0" encoding="euc-kr"?><opml><body><outline text="산업" xmlUrl="https://a.kr/rss"/></body></opml>'
    assert read_opml(body.encode("cp949"))[0].title == "산업"


LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(opml("", f'<!DOCTYPE opml [<!ENTITY a0 "ha">{LAUGHS}]>').replace(b"<body>", b"<body><outline text='x' xmlUrl='https://a.kr/&a11;'/>"), id="billion-laughs"),
        pytest.param(opml("<outline text='x' xmlUrl='&x;'/>", '<!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/passwd">]>'), id="external-entity"),
        pytest.param(b" " * (MAX_BYTES + 1), id="too-large"),
        pytest.param(b"<html><body>not here</body></html>", id="web-page"),
        pytest.param(b"", id="empty"),
        pytest.param(opml("<outline xmlUrl='https://a.kr/'/>" * 10_001), id="too-many"),
    ],
)  # fmt: skip
def test_what_is_no_list_of_feeds_is_refused(body: bytes) -> None:
    started = time.monotonic()
    with pytest.raises(ParseError):
        read_opml(body)
    assert time.monotonic() - started < 5


def test_deep_folders_end() -> None:
    assert read_opml(opml("<outline>" * 50_000)) == []


@given(st.binary(max_size=300))
def test_no_bytes_are_more_than_a_parse_error(body: bytes) -> None:
    try:
        read_opml(b"<opml>" + body)
    except ParseError:
        pass


def test_new_feeds_become_stanzas_and_the_rest_is_named_with_its_reason() -> None:
    known = [source("known", "https://www.known.kr/rss/")]
    result = stanzas_of(
        [
            Outline("https://news.example.co.jp/rss", "産業ニュースのまとめ"),
            Outline("http://known.kr/rss", "이미 있는 것"),
            Outline("https://news.example.co.jp/rss", "되풀이"),
            Outline("https://news.example.co.jp/tech/rss", "技術"),
            Outline("file:///etc/passwd", "파일"),
            Outline("https://user:pw@a.kr/", "비밀"),
            Outline("javascript:alert(1)", "스크립트"),
            Outline("https://a.kr/" + "x" * 3_000, "긴 것"),
        ],
        known,
    )
    assert [(one["id"], one["url"], one["language"], one["country"]) for one in result.stanzas[:1]] == [
        ("example-news", "https://news.example.co.jp/rss", "ja", "JP")
    ]
    assert result.stanzas[1]["id"] == "example-news-tech"
    assert [
        (one.title, "known" in reason or "example-news" in reason) for one, reason in result.duplicates
    ] == [
        ("이미 있는 것", True),
        ("되풀이", True),
    ]
    assert [one.title for one, reason in result.bad if reason] == ["파일", "비밀", "스크립트", "긴 것"]
    for stanza in result.stanzas:
        SourceConfig.model_validate(stanza)


def test_three_thousand_outlines_of_one_name_have_ids_of_their_own() -> None:
    result = stanzas_of([Outline(f"https://a{n}.example.kr/rss", f"소스 {n}") for n in range(3_000)], [])
    assert len({stanza["id"] for stanza in result.stanzas}) == 3_000


def test_what_is_written_is_read_again() -> None:
    written = write_opml(
        [
            source("a", "https://a.kr/rss?x=1&y=2", name='산업 <"일보">', language="ko"),
            source("b", "https://b.kr/list", name="목록", format="listing", listing={"row": "li"}),
            source("c", "https://c.kr/feed.json", name="제이슨", format="json_feed"),
        ],
        "Bulletin Monitor",
        NOW,
    )
    assert read_opml(written) == [
        Outline("https://a.kr/rss?x=1&y=2", '산업 <"일보">', language="ko"),
        Outline("https://c.kr/feed.json", "제이슨"),
    ]
    text = written.decode()
    # A listing is no feed: another reader may open it, not subscribe to it.
    assert 'type="link" url="https://b.kr/list" htmlUrl="https://b.kr/list"' in text
    assert "<dateCreated>Sat, 21 Nov 2026 00:00:00 GMT</dateCreated>" in text
