"""Fetching from a real server, in its good and its bad moods."""

import asyncio
import gzip
import resource
import time
import zlib
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from monitor.errors import AddressRefused, FetchError, FetchFault
from monitor.fetching.fetch import Fetched, Fetcher, FetchRequest, NotModified
from monitor.fetching.guard import Guard
from tests.servers.feeds import FeedServer, Page

Make = Callable[..., Fetcher]


@pytest_asyncio.fixture
async def make(feed_server: FeedServer) -> AsyncIterator[Make]:
    """`make(deadline=0.5)`: a fetcher that may talk to the local server."""
    made: list[Fetcher] = []

    def fetcher(*, allow: bool = True, **limits: object) -> Fetcher:
        made.append(Fetcher("BulletinMonitor/test", Guard([feed_server.host] if allow else []), **limits))  # type: ignore[arg-type]
        return made[-1]

    yield fetcher
    for one in made:
        await one.aclose()


async def fault(fetcher: Fetcher, url: str) -> FetchError:
    with pytest.raises(FetchError) as caught:
        await fetcher.fetch(FetchRequest(url))
    return caught.value


async def test_what_a_server_has_seen_is_asked_for_conditionally(make: Make, feed_server: FeedServer) -> None:
    feed_server.pages["/x"] = Page(b"<rss/>", headers={"Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT"})
    fetcher = make()
    first = await fetcher.fetch(FetchRequest(feed_server.url("/x")))
    assert isinstance(first, Fetched)
    assert (first.document.body, first.last_modified) == (b"<rss/>", "Thu, 01 Jan 2026 00:00:00 GMT")
    second = await fetcher.fetch(FetchRequest(feed_server.url("/x"), first.etag, first.last_modified))
    assert isinstance(second, NotModified)
    assert feed_server.seen[1].headers["if-modified-since"] == first.last_modified
    assert feed_server.seen[0].headers["user-agent"] == "BulletinMonitor/test"


async def test_a_form_is_posted_with_the_stanzas_headers(make: Make, feed_server: FeedServer) -> None:
    feed_server.pages["/x"] = Page(b"{}")
    await make().fetch(
        FetchRequest(
            feed_server.url("/x"), method="POST", form={"page": "1"}, headers={"Referer": "http://a.kr/"}
        )
    )
    (seen,) = feed_server.seen
    assert (seen.method, seen.body, seen.headers["referer"]) == ("POST", b"page=1", "http://a.kr/")


@pytest.mark.parametrize(
    "compress",
    [gzip.compress, zlib.compress, lambda body: zlib.compress(body, wbits=-15)],
    ids=["gzip", "zlib", "raw"],
)
async def test_compressed_bodies_are_read(
    make: Make, feed_server: FeedServer, compress: Callable[[bytes], bytes]
) -> None:
    encoding = "gzip" if compress is gzip.compress else "deflate"
    feed_server.pages["/x"] = Page(compress(b"<rss/>" * 9000), headers={"Content-Encoding": encoding})
    fetched = await make().fetch(FetchRequest(feed_server.url("/x")))
    assert isinstance(fetched, Fetched)
    assert fetched.document.body == b"<rss/>" * 9000


@pytest.mark.parametrize(
    ("page", "kind", "reason"),
    [
        (Page(b"", status=404), FetchFault.HTTP, "HTTP 404"),
        (Page(b"", status=410), FetchFault.GONE, "HTTP 410"),
        (Page(b"", status=403), FetchFault.BLOCKED, "HTTP 403"),
        (Page(b"", status=429), FetchFault.BLOCKED, "HTTP 429"),
        (Page(b"", status=500), FetchFault.HTTP, "HTTP 500"),
        (Page(b"", status=304), FetchFault.HTTP, "HTTP 304"),
        (Page(b"", status=202), FetchFault.BLOCKED, "HTTP 202 with an empty body"),
        (Page(b"<html>challenge</html>", status=202), FetchFault.BLOCKED, "HTTP 202: a challenge instead of a document"),
        (Page(b" \n"), FetchFault.BLOCKED, "HTTP 200 with an empty body"),
        (Page(b"x", headers={"Content-Encoding": "br"}), FetchFault.ENCODING, 'unreadable Content-Encoding "br"'),
        (Page(b"no gzip", headers={"Content-Encoding": "gzip"}), FetchFault.ENCODING, "broken compression"),
        (Page(b"x", misbehave="reset"), FetchFault.NETWORK, ""),
        (Page(b"x", misbehave="short"), FetchFault.NETWORK, ""),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)  # fmt: skip
async def test_what_is_no_document_is_named(
    make: Make, feed_server: FeedServer, page: Page, kind: FetchFault, reason: str
) -> None:
    feed_server.pages["/x"] = page
    error = await fault(make(), feed_server.url("/x"))
    assert error.fault == kind
    assert error.reason.startswith(reason)


async def test_a_long_body_comes_whole(make: Make, feed_server: FeedServer) -> None:
    body = bytes(range(256)) * 16_000
    feed_server.pages["/x"] = Page(gzip.compress(body), headers={"Content-Encoding": "gzip"})
    fetched = await make().fetch(FetchRequest(feed_server.url("/x")))
    assert isinstance(fetched, Fetched)
    assert fetched.document.body == body


@pytest.mark.parametrize("mood", ["drip", "drip-headers", "silent"])
async def test_a_slow_server_is_left_at_the_deadline(make: Make, feed_server: FeedServer, mood: str) -> None:
    feed_server.pages["/x"] = Page(b"x", misbehave=mood)
    started = time.monotonic()
    error = await fault(make(deadline=0.4), feed_server.url("/x"))
    assert (error.fault, error.reason) == (FetchFault.TIMEOUT, "no answer within 0.4 s")
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    "page", [Page(b"\0" * 60_000_000, gzip=True), Page(misbehave="endless")], ids=["bomb", "endless"]
)
async def test_a_body_stops_at_the_limit_and_costs_little_memory(
    make: Make, feed_server: FeedServer, page: Page
) -> None:
    if page.gzip:
        page = Page(gzip.compress(page.body), headers={"Content-Encoding": "gzip"})
    feed_server.pages["/x"] = page
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    error = await fault(make(), feed_server.url("/x"))
    assert (error.fault, error.reason) == (FetchFault.TOO_LARGE, "body over 8 MB")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000


class TestRedirects:
    async def test_each_hop_is_recorded_and_the_last_is_the_documents_address(
        self, make: Make, feed_server: FeedServer
    ) -> None:
        feed_server.pages["/a"] = Page(status=301, headers={"Location": "/b"})
        feed_server.pages["/b"] = Page(status=302, headers={"Location": feed_server.url("/c")})
        feed_server.pages["/c"] = Page(b"<rss/>")
        fetched = await make().fetch(FetchRequest(feed_server.url("/a"), etag='"old"'))
        assert isinstance(fetched, Fetched)
        assert [(hop.status, hop.url) for hop in fetched.redirects] == [
            (301, feed_server.url("/b")),
            (302, feed_server.url("/c")),
        ]
        assert fetched.document.url == feed_server.url("/c")
        # Validators belong to the address that gave them.
        assert ["if-none-match" in seen.headers for seen in feed_server.seen] == [True, False, False]

    async def test_the_deadline_is_of_the_whole_way(self, make: Make, feed_server: FeedServer) -> None:
        for number in range(4):
            feed_server.pages[f"/{number}"] = Page(
                status=302, headers={"Location": f"/{number + 1}"}, delay=0.25
            )
        feed_server.pages["/4"] = Page(b"<rss/>")
        error = await fault(make(deadline=0.6), feed_server.url("/0"))
        assert (error.fault, error.reason) == (FetchFault.TIMEOUT, "no answer within 0.6 s")
        assert len(feed_server.seen) < 5

    async def test_a_circle_and_a_long_way_are_left(self, make: Make, feed_server: FeedServer) -> None:
        feed_server.pages["/a"] = Page(status=302, headers={"Location": "/a"})
        for number in range(8):
            feed_server.pages[f"/{number}"] = Page(status=302, headers={"Location": f"/{number + 1}"})
        assert (await fault(make(), feed_server.url("/a"))).reason == "redirected in a circle"
        assert (await fault(make(), feed_server.url("/0"))).reason == "more than 5 redirects"
        assert len(feed_server.seen) == 1 + 6

    @pytest.mark.parametrize(
        "target",
        [
            "http://169.254.169.254/",
            "http://127.0.0.1:1/",
            "file:///etc/passwd",
            "ftp://a.kr/",
            "http://[::1]/",
            "http://2130706433/",
            "http://0x7f.1/",
        ],
    )
    async def test_none_leads_to_where_we_would_not_go_ourselves(
        self, make: Make, feed_server: FeedServer, target: str
    ) -> None:
        feed_server.pages["/a"] = Page(status=302, headers={"Location": target})
        assert isinstance(await fault(make(), feed_server.url("/a")), AddressRefused)

    async def test_a_cookie_that_was_set_is_not_sent_back(self, make: Make, feed_server: FeedServer) -> None:
        feed_server.pages["/a"] = Page(status=302, headers={"Location": "/b", "Set-Cookie": "id=1; Path=/"})
        feed_server.pages["/b"] = Page(b"<rss/>", headers={"Set-Cookie": "id=2; Path=/"})
        fetcher = make()
        await fetcher.fetch(FetchRequest(feed_server.url("/a")))
        await fetcher.fetch(FetchRequest(feed_server.url("/b")))
        assert not [seen for seen in feed_server.seen if "cookie" in seen.headers]


class TestGuard:
    async def test_a_private_host_is_refused_where_its_socket_would_open(
        self, make: Make, feed_server: FeedServer
    ) -> None:
        error = await fault(make(allow=False), feed_server.url("/x"))
        assert isinstance(error, AddressRefused)
        assert error.reason == "refused by the address guard: 127.0.0.1 is loopback"
        assert feed_server.seen == []

    async def test_a_name_that_answers_differently_the_second_time_is_asked_once(self, make: Make) -> None:
        answers = [["203.0.113.7"], ["127.0.0.1"]]
        asked = []

        async def resolver(host: str, port: int) -> list[str]:
            asked.append(host)
            return answers.pop(0)

        error = await fault(make(allow=False, resolver=resolver), "http://rebind.example/")
        assert isinstance(error, AddressRefused)
        assert asked == ["rebind.example"]

    async def test_the_address_dialled_is_the_one_checked(self, make: Make, feed_server: FeedServer) -> None:
        async def resolver(host: str, port: int) -> list[str]:
            return ["127.0.0.1"]

        port = feed_server.host.partition(":")[2]
        feed_server.pages["/x"] = Page(b"<rss/>")
        fetcher = Fetcher("x", Guard([f"feeds.example:{port}"]), resolver=resolver)
        fetched = await fetcher.fetch(FetchRequest(f"http://feeds.example:{port}/x"))
        await fetcher.aclose()
        assert isinstance(fetched, Fetched)
        assert feed_server.seen[0].headers["host"] == f"feeds.example:{port}"

    async def test_a_name_that_is_not_there_is_a_network_fault(self, make: Make) -> None:
        async def resolver(host: str, port: int) -> list[str]:
            raise OSError("no such host")

        error = await fault(make(resolver=resolver), "http://nowhere.example/")
        assert (error.fault, error.reason) == (FetchFault.NETWORK, "name not found: nowhere.example")

    async def test_proxies_of_the_environment_are_not_used(
        self, make: Make, feed_server: FeedServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:1")
        feed_server.pages["/x"] = Page(b"<rss/>")
        assert isinstance(await make().fetch(FetchRequest(feed_server.url("/x"))), Fetched)


class TestManners:
    async def test_never_more_than_two_requests_at_once_to_a_host(
        self, make: Make, feed_server: FeedServer
    ) -> None:
        for number in range(8):
            feed_server.pages[f"/{number}"] = Page(b"<rss/>", delay=0.03)
        fetcher = make()
        await asyncio.gather(
            *(fetcher.fetch(FetchRequest(feed_server.url(f"/{number}"))) for number in range(8))
        )
        assert feed_server.most_at_once == 2

    async def test_requests_to_a_strangers_host_start_some_time_apart(
        self, make: Make, feed_server: FeedServer
    ) -> None:
        from monitor.fetching.fetch import _Hosts

        hosts = _Hosts(2, 0.1)
        starts = []

        async def one() -> None:
            async with hosts.place("a.kr:80", spaced=True):
                starts.append(time.monotonic())

        await asyncio.gather(one(), one(), one())
        assert [later - earlier >= 0.09 for earlier, later in zip(starts, starts[1:], strict=False)] == [
            True,
            True,
        ]


async def test_the_connection_of_an_unchanged_document_serves_the_next_request(
    make: Make, feed_server: FeedServer
) -> None:
    feed_server.pages["/x"] = Page(b"<rss/>")
    fetcher = make()
    first = await fetcher.fetch(FetchRequest(feed_server.url("/x")))
    assert isinstance(first, Fetched)
    for _ in range(3):
        assert isinstance(await fetcher.fetch(FetchRequest(feed_server.url("/x"), first.etag)), NotModified)
    assert feed_server.connections == 1
