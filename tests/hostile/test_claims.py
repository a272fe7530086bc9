"""What holds for any bytes, asked by hypothesis: noise, and valid documents with pieces changed.

HYPOTHESIS_PROFILE=campaign asks each ten thousand times; fuzz/ asks the same claims for as long as one likes.
"""

import json
import os
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from monitor.parsers.markup import absolute
from monitor.polls.identity import canonical_link
from tests.hostile.claims import CLAIMS, STANZAS, URL
from tests.hostile.corpus import DATES, LINKS, TITLES, L, atom, items, page, sitemap

settings.register_profile("suite", max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
settings.register_profile(
    "campaign", max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck)
)
EXAMPLES = settings.get_profile("campaign" if os.environ.get("HYPOTHESIS_PROFILE") == "campaign" else "suite")

_MIDDLE = f"<title>가운데</title><link>{L}m</link><guid>1</guid><pubDate>2026-01-01</pubDate><description>&lt;p&gt;글</description>"
_ROW = {"id": "1", "url": L, "title": "가운데", "summary": "글", "date_published": "2026-01-01", "date": "1"}
VALID: dict[str, list[bytes]] = {
    "feed": [items(_MIDDLE).encode(), atom(f'<title>가</title><link href="{L}"/><id>1</id>').encode()],
    "json_feed": [json.dumps({"items": [_ROW, _ROW]}).encode()],
    "json_list": [json.dumps([_ROW, _ROW]).encode()],
    "json_paths": [json.dumps({"items": [_ROW, _ROW]}).encode()],
    "sitemap": [sitemap(f"<url><loc>{L}</loc><lastmod>2026-01-01</lastmod></url>").encode()],
    "listing": [page('<li><a href="/m">가</a><time>2026.01.01</time></li>').encode()],
    "listing_js": [page("<a href=\"javascript:view('1')\">가</a><!-- 2026-01-01 -->").encode()],
    "opml": [b'<opml version="2.0"><body><outline text="a" xmlUrl="http://a.kr/"/></body></opml>'],
    "article": [page("<article><h2>a</h2><time datetime=2026-01-01></time><div class=a>" + "글 " * 60 + "</div></article>").encode(), b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 9>>endobj\ntrailer<</Root 1 0 R>>"],
    "robots": [b"User-agent: *\nDisallow: /a*b$\nCrawl-delay: 5\n"],
    "headers": [b"Fri, 20 Nov 2026 10:00:00 GMT\nFri, 20 Nov 2026 09:00:00 +0900", b"120", b"max-age=60, no-cache\n5"],
    "dates": [date.encode("utf-8", "replace") for date in (*DATES, "Fri, 20 Nov 2026 10:00:00 +0900", "2026년 1월 2일 오후 3:04", "令和8年1月2日")],
    "decoding": [label + b"\n" + items().encode(codec, "replace") for label, codec in ((b"euc-kr", "cp949"), (b"shift_jis", "cp932"), (b"utf-16", "utf-16"), (b"iso-2022-jp", "iso2022_jp"), (b"hex", "utf-8"))],
    "guard": [link.encode() for link in LINKS],
    "links": [link.encode() for link in LINKS],
    "texts": [written.encode() for written, _shown in TITLES.values() if len(written) < 500],
}  # fmt: skip
#: What documents are made of; a piece in a wrong place is what breaks parsers.
PIECES = [
    b"<", b">", b"&", b"\"", b"</", b"/>", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<?", b"<!DOCTYPE a [", b"&#x202e;", b"&#xD800;", b"&amp;lt;", b"\0", b"\xff", b"\xe3\x81", b"\x1b$B", b"\xef\xbb\xbf", b"\xff\xfe", b"\x1f\x8b\x08",
    b"{", b"[", b"]", b"}", b"1e999", b"\\ud800", b"\\u0000", b"null", "²".encode(), "令和".encode(), "오후".encode(), "\u202e".encode(), "\u3164".encode(), b"javascript:", b"http://", b"//", b"@", b"%00", b"<item>", b"</item>", b"<title>", b"<ttl>", b"<base href=",
    b"xml:base='", b" 99999999999999999999", b"+9999", b"encoding='hex'", b"\n" * 50, b"<script>", b"on\terror=",
]  # fmt: skip


@st.composite
def changed(draw: st.DrawFn, documents: Sequence[bytes]) -> bytes:
    """A valid document in which some pieces were cut out, doubled or put in."""
    body = draw(st.sampled_from(documents))
    for _ in range(draw(st.integers(1, 4))):
        start, end = sorted((draw(st.integers(0, len(body))), draw(st.integers(0, len(body)))))
        match draw(st.sampled_from(["cut", "double", "put", "put", "replace"])):
            case "cut":
                body = body[:start] + body[end:]
            case "double":
                body = body[:end] + body[start:end][:500] + body[end:]
            case "replace":
                body = body[:start] + draw(st.sampled_from(PIECES)) + body[min(end, start + 20) :]
            case _:
                body = body[:start] + draw(st.sampled_from(PIECES) | st.binary(max_size=8)) + body[start:]
    return body


@pytest.mark.parametrize("claim", CLAIMS)
def test_it_holds_for_any_bytes(claim: str) -> None:
    @EXAMPLES
    @given(st.binary(max_size=300) | changed(VALID[claim]))
    def holds(body: bytes) -> None:
        CLAIMS[claim](body)

    holds()


def test_every_format_is_asked() -> None:
    assert set(STANZAS) <= set(CLAIMS)
    assert set(VALID) == set(CLAIMS)


@EXAMPLES
@example(" ;")
@given(st.text("abZ가/?#&=%;:._-~ 253fF", max_size=40))
def test_a_canonical_link_is_its_own_canonical_link(rest: str) -> None:
    link = absolute("http://www.a.kr/" + rest, URL)
    once = canonical_link(link)
    escapes_again = "%" in rest
    assert escapes_again or canonical_link("http://" + once) == once


@pytest.mark.parametrize("name", ["sitemap", "opml"])
def test_a_root_in_half_a_character_is_none(name: str) -> None:
    CLAIMS[name](b'<: xmlns="&#xD800;"')


@pytest.mark.parametrize(("one", "other"), [("/a%3Fb=1", "/a?b=1"), ("/a%23b", "/a#b"), ("/a%2541", "/aA")])
def test_an_escaped_delimiter_is_none(one: str, other: str) -> None:
    assert canonical_link("http://a.kr" + one) != canonical_link("http://a.kr" + other)
    assert canonical_link("http://" + canonical_link("http://a.kr" + one)) == canonical_link(
        "http://a.kr" + one
    )
