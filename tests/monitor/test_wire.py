"""The connections under the requests: when one is used again, when it is left, and what TLS holds it to."""

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from monitor.errors import FetchError, FetchFault
from monitor.fetching import wire
from monitor.fetching.fetch import Fetched, Fetcher, FetchRequest
from monitor.fetching.guard import Door, Guard
from monitor.fetching.wire import Tls, Wire, target

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
MOVED = b"HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 200\r\n\r\n"
#: The server hangs up instead.
NOTHING = b""


class Server:
    """Answers each request with the next of `answers`, and remembers what was asked."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = list(answers)
        self.heads: list[str] = []
        self.open: list[asyncio.StreamWriter] = []
        #: Whether the TLS of each connection took up an older one.
        self.resumed: list[bool] = []
        self.host = ""

    @property
    def url(self) -> str:
        return f"http://{self.host}/feed"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open.append(writer)
        if tls := writer.get_extra_info("ssl_object"):
            self.resumed.append(tls.session_reused)
        try:
            while True:
                self.heads.append((await reader.readuntil(b"\r\n\r\n")).decode("latin-1"))
                if not (answer := self.answers.pop(0)):
                    return
                writer.write(answer)
                await writer.drain()
                if answer.startswith(b"HTTP/1.0"):
                    return
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def serving(*answers: bytes, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    server = Server(*answers)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=tls)
    server.host = f"127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    yield server
    for writer in server.open:
        writer.close()
    listening.close()


@asynccontextmanager
async def fetching(*servers: Server) -> AsyncIterator[Fetcher]:
    fetcher = Fetcher("test", Guard([server.host for server in servers]), deadline=3)
    yield fetcher
    await fetcher.aclose()


async def get(fetcher: Fetcher, url: str, **asked: str) -> bytes:
    fetched = await fetcher.fetch(FetchRequest(url, **asked))  # type: ignore[arg-type]
    assert isinstance(fetched, Fetched)
    return fetched.document.body


class TestAConnection:
    async def test_serves_one_request_after_the_other(self) -> None:
        async with serving(OK, OK, OK) as server, fetching(server) as fetcher:
            assert [await get(fetcher, server.url) for _ in range(3)] == [b"ok"] * 3
            assert len(server.open) == 1

    async def test_is_read_on_after_a_body_that_came_faster_than_it_was_read(self) -> None:
        long = b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + b"x" * 300_000
        async with serving(long, long, OK) as server, fetching(server) as fetcher:
            assert len(await get(fetcher, server.url)) == len(await get(fetcher, server.url)) == 300_000
            assert await get(fetcher, server.url) == b"ok"
            assert len(server.open) == 1

    @pytest.mark.parametrize(
        "answer",
        [
            pytest.param(MOVED, id="its answer was not read to the end"),
            pytest.param(OK.replace(b"Content", b"Connection: close\r\nContent"), id="the server closes it"),
            pytest.param(b"HTTP/1.0 200 OK\r\n\r\nok", id="its end is the body's"),
            pytest.param(OK + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", id="more came than was asked for"),
        ],
    )  # fmt: skip
    async def test_is_left_where(self, answer: bytes) -> None:
        async with serving(answer, *[OK] * 3) as server, fetching(server) as fetcher:
            assert await get(fetcher, server.url) == b"ok"
            if answer is not MOVED:
                assert await get(fetcher, server.url) == b"ok"
            assert len(server.open) == 2

    async def test_that_says_something_unasked_is_not_used_again(self) -> None:
        async with serving(OK, OK) as server, fetching(server) as fetcher:
            await get(fetcher, server.url)
            server.open[0].write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
            await asyncio.sleep(0.05)
            assert await get(fetcher, server.url) == b"ok"
            assert len(server.open) == 2

    async def test_that_the_server_closed_meanwhile_is_opened_anew(self) -> None:
        async with serving(OK, OK) as server, fetching(server) as fetcher:
            await get(fetcher, server.url)
            server.open[0].close()
            await asyncio.sleep(0.05)
            assert await get(fetcher, server.url) == b"ok"

    async def test_that_is_closed_when_we_ask_is_asked_again_on_a_new_one(self) -> None:
        async with serving(OK, NOTHING, OK) as server, fetching(server) as fetcher:
            await get(fetcher, server.url)
            assert await get(fetcher, server.url) == b"ok"
            assert (len(server.heads), len(server.open)) == (3, 2)

    @pytest.mark.parametrize(
        ("method", "answer"), [("POST", NOTHING), ("GET", b"HTTP/1.1 200 OK\r\n")], ids=["post", "begun"]
    )
    async def test_is_not_asked_again_what_may_have_been_done_or_was_answered_in_part(
        self, method: str, answer: bytes
    ) -> None:
        async with serving(OK, answer, OK) as server, fetching(server) as fetcher:
            await get(fetcher, server.url)
            if answer:
                asyncio.get_running_loop().call_later(0.1, lambda: server.open[0].close())
            with pytest.raises(FetchError) as error:
                await get(fetcher, server.url, method=method)
            assert error.value.reason == "Server disconnected without sending a response."
            assert len(server.heads) == 2

    async def test_goes_when_it_was_idle_for_long(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(wire, "IDLE", 0.02)
        async with serving(OK, OK) as server, fetching(server) as fetcher:
            await get(fetcher, server.url)
            await asyncio.sleep(0.1)
            await get(fetcher, server.url)
            assert len(server.open) == 2

    async def test_the_longest_idle_one_goes_where_there_are_too_many(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(wire, "MOST_IDLE", 2)
        async with serving(*[OK] * 9) as one, serving(OK) as two, serving(OK, OK) as three:
            async with fetching(one, two, three) as fetcher:
                for server in (one, two, three, three, one):
                    await get(fetcher, server.url)
            assert [len(server.open) for server in (one, two, three)] == [2, 1, 1]

    async def test_none_is_left_open_by_a_fetcher_that_ends(self) -> None:
        async with serving(OK) as server:
            async with fetching(server) as fetcher:
                await get(fetcher, server.url)
            await asyncio.wait_for(server.open[0].wait_closed(), 2)

    async def test_whose_answer_is_given_up_is_closed(self) -> None:
        endless = b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n" + b"x" * 20_000_000
        async with serving(endless) as server, fetching(server) as fetcher:
            with pytest.raises(FetchError) as error:
                await get(fetcher, server.url)
            assert error.value.fault is FetchFault.TOO_LARGE
            with suppress(ConnectionResetError):
                await asyncio.wait_for(server.open[0].wait_closed(), 2)


async def test_what_nobody_reads_is_not_taken_from_the_socket() -> None:
    endless = b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n" + b"x" * 60_000_000
    async with serving(endless) as server:
        made = Wire(Door(Guard([server.host])))
        answer = await made.ask("GET", urlsplit(server.url), {}.items())
        await asyncio.sleep(0.3)
        # The rest waits at the server, behind the buffers of both systems.
        assert server.open[0].transport.get_write_buffer_size() > 30_000_000
        assert len(await answer.read()) < 1_000_000
        answer.close()


class TestWhatIsSaid:
    async def test_is_our_name_and_what_we_want_and_nothing_else(self) -> None:
        async with serving(OK) as server, fetching(server) as fetcher:
            await get(fetcher, server.url + "?a=1", etag='"v1"')
            line, *headers = server.heads[0].split("\r\n")
            assert line == "GET /feed?a=1 HTTP/1.1"
            assert [header.partition(":")[0] for header in headers if header] == [
                "Host", "User-Agent", "Accept", "Accept-Encoding", "Connection", "If-None-Match",
            ]  # fmt: skip

    async def test_a_validator_goes_back_byte_by_byte_as_it_came(self) -> None:
        tagged = OK.replace(b"Content", 'ETag: "가나"\r\nContent'.encode())
        async with serving(tagged, OK) as server, fetching(server) as fetcher:
            fetched = await fetcher.fetch(FetchRequest(server.url))
            assert isinstance(fetched, Fetched)
            await get(fetcher, server.url, etag=fetched.etag)
            assert 'If-None-Match: "가나"\r\n'.encode().decode("latin-1") in server.heads[1]

    async def test_no_validator_adds_a_header(self) -> None:
        async with serving(OK) as server, fetching(server) as fetcher:
            with pytest.raises(FetchError) as error:
                await get(fetcher, server.url, etag='"x"\r\nCookie: a=b')
            assert (error.value.fault, server.heads) == (FetchFault.NETWORK, [])

    async def test_a_post_without_a_form_says_that_it_has_none(self) -> None:
        async with serving(OK) as server, fetching(server) as fetcher:
            await get(fetcher, server.url, method="POST")
            assert "Content-Length: 0\r\n" in server.heads[0]

    @pytest.mark.parametrize(
        ("url", "asked"),
        [
            ("http://a.kr", b"/"),
            ("http://a.kr/?", b"/"),
            ("http://a.kr/rss/a-b_c.xml?x=1&y=%20#part", b"/rss/a-b_c.xml?x=1&y=%20"),
            ("http://a.kr/소식?쪽=1", b"/%EC%86%8C%EC%8B%9D?%EC%AA%BD=1"),
            ("http://a.kr/a/../b/./c/..", b"/b/"),
            ("http://a.kr/../../etc", b"/etc"),
            ("http://a.kr//b//c", b"//b//c"),
            ('http://a.kr/"<>`{}?"<>`{}', b"/%22%3C%3E%60%7B%7D?%22%3C%3E`{}"),
            ("http://a.kr/%zz%41", b"/%zz%41"),
        ],
    )
    def test_an_address_is_asked_for_as_browsers_write_it(self, url: str, asked: bytes) -> None:
        assert target(urlsplit(url)) == asked


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
class TestTls:
    @pytest.fixture
    def certificate(self, tmp_path: Path) -> Path:
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=feeds.example",
             "-addext", "subjectAltName=DNS:feeds.example,DNS:xn--9l4b4x.example",
             "-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem"],
            check=True, capture_output=True, timeout=30,
        )  # fmt: skip
        return tmp_path / "cert.pem"

    @asynccontextmanager
    async def _serving(self, certificate: Path, *answers: bytes) -> AsyncIterator[Server]:
        own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        own.load_cert_chain(certificate, certificate.with_name("key.pem"))
        async with serving(*answers, tls=own) as server:
            yield server

    def _fetcher(self, server: Server, tls: Tls | None, host: str = "feeds.example") -> tuple[Fetcher, str]:
        async def resolver(_host: str, _port: int) -> list[str]:
            return ["127.0.0.1"]

        port = server.host.partition(":")[2]
        guard = Guard([f"{name}:{port}" for name in ("feeds.example", "other.example", "xn--9l4b4x.example")])
        return Fetcher("test", guard, web=Wire(Door(guard, resolver), tls)), f"https://{host}:{port}/feed"

    async def test_a_server_that_nobody_vouches_for_is_not_talked_to(self, certificate: Path) -> None:
        async with self._serving(certificate, OK) as server:
            fetcher, url = self._fetcher(server, None)
            with pytest.raises(FetchError) as error:
                await get(fetcher, url)
            assert error.value.reason == "certificate not valid: self-signed certificate"
            assert server.heads == []

    async def test_nor_one_under_another_name(self, certificate: Path) -> None:
        async with self._serving(certificate, OK) as server:
            fetcher, url = self._fetcher(server, Tls.trusting(str(certificate)), "other.example")
            with pytest.raises(FetchError) as error:
                await get(fetcher, url)
            assert error.value.reason.startswith("certificate not valid: Hostname mismatch")
            assert server.heads == []

    async def test_an_international_name_is_known_by_its_ascii_form(self, certificate: Path) -> None:
        async with self._serving(certificate, OK) as server:
            fetcher, url = self._fetcher(server, Tls.trusting(str(certificate)), "소식.example")
            try:
                assert await get(fetcher, url) == b"ok"
            finally:
                await fetcher.aclose()

    async def test_the_next_connection_takes_up_the_session_of_the_last(self, certificate: Path) -> None:
        closing = OK.replace(b"Content", b"Connection: close\r\nContent")
        async with self._serving(certificate, *[closing] * 3) as server:
            fetcher, url = self._fetcher(server, Tls.trusting(str(certificate)))
            assert [await get(fetcher, url) for _ in range(3)] == [b"ok"] * 3
            assert server.resumed == [False, True, True]

    async def test_sessions_are_kept_of_the_last_servers_only(
        self, certificate: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(wire, "MOST_SESSIONS", 0)
        closing = OK.replace(b"Content", b"Connection: close\r\nContent")
        async with self._serving(certificate, closing, closing) as server:
            fetcher, url = self._fetcher(server, Tls.trusting(str(certificate)))
            assert [await get(fetcher, url) for _ in range(2)] == [b"ok"] * 2
            assert server.resumed == [False, False]
