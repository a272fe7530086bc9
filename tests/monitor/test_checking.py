"""What `sources check` says of a source, against servers that behave in each way."""

import dataclasses
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from monitor.adding.checking import Finding, check
from monitor.documents import Hints
from monitor.errors import FetchError, FetchFault
from monitor.fetching.fetch import Fetcher
from monitor.fetching.guard import Guard
from monitor.parsers.parsing import Parsing
from monitor.sources import SourceConfig
from tests.servers.feeds import FeedServer, Page

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
RSS = """<rss version="2.0"><channel><title>소식</title><ttl>90</ttl>
<item><title>하나</title><link>/1</link><pubDate>Fri, 20 Nov 2026 09:00:00 +0900</pubDate></item>
<item><title>둘</title><link>/2</link></item></channel></rss>""".encode()
ROWS = "<html><body><ul><li><a href='/1'>하나</a> 2026-11-20</li><li><a href='/2'>둘</a></li></ul></body></html>".encode()


@pytest.fixture(scope="module")
def parsing() -> "object":
    pool = Parsing(workers=1)
    yield pool
    pool.close()


@pytest.fixture
async def fetcher(feed_server: FeedServer) -> AsyncIterator[Fetcher]:
    made = Fetcher("test", Guard([feed_server.host]), deadline=2.0)
    yield made
    await made.aclose()


def source(server: FeedServer, path: str = "/feed", **more: object) -> SourceConfig:
    return SourceConfig.model_validate({"id": "x", "url": server.url(path), **more})


async def disallow(url: str) -> None:
    raise FetchError(url, FetchFault.ROBOTS, "robots.txt disallows this address")


async def unreachable(url: str) -> None:
    raise FetchError(url, FetchFault.TIMEOUT, "robots.txt: no answer")


async def allow(url: str) -> None:
    pass


async def test_a_good_feed(feed_server: FeedServer, fetcher: Fetcher, parsing: Parsing) -> None:
    feed_server.pages["/feed"] = Page(RSS)
    finding = await check(source(feed_server), fetcher, parsing, NOW, allow)
    assert (finding.format, finding.entries, finding.dated, finding.encoding) == ("rss20", 2, 1, "utf-8")
    assert finding.newest_at == datetime(2026, 11, 20, 0, 0, tzinfo=UTC)
    assert (finding.robots, finding.not_polled, finding.error) == ("allowed", "", "")
    assert finding.hints.fresh_minutes == 90
    assert (finding.as_dict()["conditional_get"], finding.as_dict()["polled"]) == (True, True)


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        pytest.param(Page(RSS), "304", id="answers-304"),
        pytest.param(Page(RSS, validators=False), "none", id="no-validators"),
        pytest.param(Page(RSS, validators=False, headers={"ETag": '"old"'}), "validators, but 200", id="sends-it-again"),
        pytest.param(Page(RSS, validators=False, headers={"Last-Modified": "Fri, 20 Nov 2026 00:00:00 GMT"}), "validators, but 200", id="last-modified-alone"),
    ],
)  # fmt: skip
async def test_conditional_get_is_tried_not_believed(
    feed_server: FeedServer, fetcher: Fetcher, parsing: Parsing, page: Page, expected: str
) -> None:
    feed_server.pages["/feed"] = page
    finding = await check(source(feed_server), fetcher, parsing, NOW)
    assert finding.conditional == expected
    assert finding.as_dict()["conditional_get"] is (expected == "304")


async def test_the_second_request_sends_what_the_first_answer_gave(
    feed_server: FeedServer, fetcher: Fetcher, parsing: Parsing
) -> None:
    feed_server.pages["/feed"] = Page(RSS)
    await check(source(feed_server), fetcher, parsing, NOW)
    first, second = feed_server.seen
    assert "if-none-match" not in first.headers
    assert second.headers["if-none-match"] == feed_server.pages["/feed"].etag


async def test_a_permanent_move_is_named(feed_server: FeedServer, fetcher: Fetcher, parsing: Parsing) -> None:
    feed_server.pages["/feed"] = Page(b"", status=301, headers={"Location": "/new"})
    feed_server.pages["/new"] = Page(RSS)
    finding = await check(source(feed_server), fetcher, parsing, NOW)
    assert finding.moved_to == feed_server.url("/new")
    assert finding.conditional == "validators, but behind a redirect"


@pytest.mark.parametrize(
    ("more", "robots", "expected"),
    [
        pytest.param({"enabled": False, "reason": "막힘"}, None, "switched off: 막힘", id="off"),
        pytest.param({"fallback_for": "y"}, None, "only while y fails", id="stand-in"),
        pytest.param({}, disallow, "", id="feed-whatever-robots-says"),
        pytest.param({"format": "listing", "listing": {"row": "li"}}, disallow, "robots.txt disallows it", id="page"),
        pytest.param({"format": "listing", "listing": {"row": "li"}}, unreachable, "its robots.txt could not be had", id="page-unknown"),
        pytest.param({"format": "listing", "listing": {"row": "li"}}, allow, "", id="page-allowed"),
    ],
)  # fmt: skip
async def test_whether_it_would_be_polled(
    feed_server: FeedServer,
    fetcher: Fetcher,
    parsing: Parsing,
    more: dict[str, object],
    robots: object,
    expected: str,
) -> None:
    feed_server.pages["/feed"] = Page(ROWS, "text/html") if "listing" in more else Page(RSS)
    finding = await check(source(feed_server, **more), fetcher, parsing, NOW, robots)  # type: ignore[arg-type]
    assert finding.not_polled == expected


async def test_a_page_that_robots_forbids_is_not_read(
    feed_server: FeedServer, fetcher: Fetcher, parsing: Parsing
) -> None:
    feed_server.pages["/feed"] = Page(ROWS, "text/html")
    finding = await check(
        source(feed_server, format="listing", listing={"row": "li"}), fetcher, parsing, NOW, disallow
    )
    assert (finding.robots, finding.error, feed_server.seen) == (
        "disallowed",
        "robots.txt disallows this address",
        [],
    )


async def test_a_feed_that_robots_forbids_is_read_and_says_so(
    feed_server: FeedServer, fetcher: Fetcher, parsing: Parsing
) -> None:
    feed_server.pages["/feed"] = Page(RSS)
    finding = await check(source(feed_server), fetcher, parsing, NOW, disallow)
    assert (finding.robots, finding.entries, finding.error) == ("disallowed", 2, "")


async def test_the_year_of_an_address_is_filled_in_and_last_years_page_serves_in_january(
    feed_server: FeedServer, fetcher: Fetcher, parsing: Parsing
) -> None:
    feed_server.pages["/2026/feed"] = Page(RSS)
    finding = await check(
        source(feed_server, "/{year}/feed"), fetcher, parsing, datetime(2027, 1, 3, tzinfo=UTC)
    )
    assert (finding.entries, finding.conditional) == (2, "304")


@pytest.mark.parametrize(
    ("page", "error"),
    [
        (Page(b"", status=404), "HTTP 404"),
        (
            Page("<html><body>새 단장 중</body></html>".encode(), "text/html"),
            "a web page where a feed should be",
        ),
    ],
    ids=["fetch", "parse"],
)
async def test_a_fault_is_said_with_the_mend(
    feed_server: FeedServer, fetcher: Fetcher, parsing: Parsing, page: Page, error: str
) -> None:
    feed_server.pages["/feed"] = page
    finding = await check(source(feed_server), fetcher, parsing, NOW)
    assert finding.error == error
    assert finding.line().startswith("✗ x  ")
    assert finding.line().endswith(f"[{error}]")
    assert "바뀌었" in finding.line()


def test_lines_stand_in_columns() -> None:
    one = Finding("a", True, "rss20", 5, 5, NOW, "utf-8", "304")
    other = dataclasses.replace(one, source="longer-name", entries=1200, dated=0, newest_at=None)
    assert one.line(11).index("utf-8") == other.line(11).index("utf-8")


def test_the_line_says_all_that_an_operator_would_ask() -> None:
    finding = Finding(
        "a", True, "rss20", 5, 5, NOW, "cp949", "validators, but 200", robots="disallowed", moved_to="https://b.kr/",
        hints=Hints(60, (0, 1), (5, 6)), not_polled="switched off", why_not="꺼 둠", notes=("cut at 2000 entries",),
    )  # fmt: skip
    line = finding.line()
    for text in (
        "cp949",
        "robots.txt 금지",
        "https://b.kr/",
        "60",
        "0,1",
        "Sat,Sun",
        "확인하지 않음: 꺼 둠",
        "cut at 2000",
    ):
        assert text in line
    assert "\n" not in line
