"""Answers as no honest server writes them, byte by byte: each is a document or a FetchError, soon and in little memory."""

import asyncio
import gzip
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Callable

import pytest

from monitor.errors import FetchError, FetchFault
from monitor.fetching.fetch import Fetched, Fetcher, FetchRequest
from monitor.fetching.guard import Guard

DOCUMENT = b"<rss version='2.0'><channel><title>c</title></channel></rss>"
Serve = Callable[[bytes], AsyncIterator[bytes]]


def head(*lines: str, status: str = "200 OK") -> bytes:
    return "\r\n".join(
        [f"HTTP/1.1 {status}", "Content-Type: text/xml", "Connection: close", *lines, "", ""]
    ).encode("latin-1")


def answer(body: bytes = DOCUMENT, *lines: str, status: str = "200 OK") -> bytes:
    return head(f"Content-Length: {len(body)}", *lines, status=status) + body


def moved(to: str) -> bytes:
    return answer(b"", f"Location: {to}", status="302 Found")


@pytest.fixture
async def ask() -> AsyncIterator[Callable[..., object]]:
    """Asks a server that answers with the bytes given, or goes on with the second ones until we hang up."""
    said: dict[str, bytes] = {}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(said["once"])
            while said["forever"]:
                writer.write(said["forever"])
                await writer.drain()
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    host = "127.0.0.1:" + str(server.sockets[0].getsockname()[1])
    fetcher = Fetcher("test", Guard([host]), deadline=3)

    async def get(once: bytes, forever: bytes = b"") -> Fetched:
        said.update(once=once, forever=forever)
        fetched = await fetcher.fetch(FetchRequest(f"http://{host}/feed"))
        assert isinstance(fetched, Fetched)
        return fetched

    yield get
    await fetcher.aclose()
    server.close()


_gzip = gzip.compress(DOCUMENT, mtime=0)
_raw = zlib.compressobj(wbits=-15)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(answer(_gzip[:0] + gzip.compress(DOCUMENT[:20], mtime=0) + gzip.compress(DOCUMENT[20:], mtime=0), "Content-Encoding: gzip"), id="a gzip of two parts"),
        pytest.param(answer(_gzip + b"junk" * 5_000, "Content-Encoding: gzip"), id="junk behind a gzip"),
        pytest.param(answer(_gzip, "Content-Encoding: GZip"), id="the coding's case"),
        pytest.param(answer(_raw.compress(DOCUMENT) + _raw.flush(), "Content-Encoding: deflate"), id="raw deflate"),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n" * 5 + answer(), id="100 five times"),
        pytest.param(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 5 + answer(), id="103 five times"),
        pytest.param(answer(DOCUMENT, f"Content-Length: {len(DOCUMENT)}"), id="the same length twice"),
        pytest.param(answer(DOCUMENT, "ETag: " + "x" * 5_000), id="a long validator"),
        pytest.param(answer(DOCUMENT, "Retry-After: Mon, 01 Jan 99999999999999 00:00:00 GMT", "Set-Cookie: a=b"), id="an absurd wish"),
        pytest.param(head("Transfer-Encoding: chunked") + b"%x;%s\r\n%s\r\n0\r\n\r\n" % (len(DOCUMENT), b"n=" + b"x" * 500, DOCUMENT), id="a chunk with a note"),
        pytest.param(head() + DOCUMENT, id="no length"),
        pytest.param(answer(DOCUMENT, status="200 " + "O" * 500), id="a long reason"),
        pytest.param(answer(DOCUMENT, "X-\xff: \xfe", "Content-Type: text/xml; charset=hex"), id="headers beyond ASCII")
    ],
)  # fmt: skip
async def test_a_document_comes_out(ask: Callable[..., AsyncIterator[Fetched]], raw: bytes) -> None:
    try:
        fetched = await ask(raw)  # type: ignore[misc]
    except FetchError as error:
        assert b"\xff" in raw, error.reason
        return
    assert fetched.document.body == DOCUMENT
    assert len(fetched.etag) <= 1_000


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (answer(DOCUMENT, "Content-Length: 5"), FetchFault.NETWORK),
        (head("Content-Length: -1") + DOCUMENT, FetchFault.NETWORK),
        (head("Content-Length: 99999999999999999999999") + DOCUMENT, FetchFault.NETWORK),
        (head("Content-Length: 1e3") + DOCUMENT, FetchFault.NETWORK),
        (head("Transfer-Encoding: chunked") + b"-5\r\nabc\r\n0\r\n\r\n", FetchFault.NETWORK),
        (head("Transfer-Encoding: chunked") + b"FFFFFFFFFFFFFFFFFFFF\r\nabc", FetchFault.NETWORK),
        (head("Transfer-Encoding: chunked") + b"5\r\nab", FetchFault.NETWORK),
        (head("Transfer-Encoding: gzip") + DOCUMENT, FetchFault.NETWORK),
        (b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 300_000, FetchFault.NETWORK),
        (b"HTTP/1.1 200 OK\r\n" + b"X-Header: y\r\n" * 20_000 + b"\r\n", FetchFault.NETWORK),
        (b"HTTP/1.1 200 OK\nContent-Length: 3\n bad\n\nabc" + b"\r\n" * 3, FetchFault.NETWORK),
        (b"ICY 200 OK\r\n\r\n" + DOCUMENT, FetchFault.NETWORK),
        (b"HTTP/1.1 99999 OK\r\n\r\n", FetchFault.NETWORK),
        (b"\x16\x03\x01\x02\x00\x01", FetchFault.NETWORK),
        (b"\0" * 5_000, FetchFault.NETWORK),
        (b"", FetchFault.NETWORK),
        (DOCUMENT, FetchFault.NETWORK),
        (answer(b"", status="204 No Content"), FetchFault.HTTP),
        (answer(DOCUMENT, status="206 Partial Content"), FetchFault.HTTP),
        (answer(DOCUMENT, status="226 IM Used"), FetchFault.HTTP),
        (answer(b"", status="304 Not Modified"), FetchFault.HTTP),
        (answer(DOCUMENT, status="418 Teapot"), FetchFault.HTTP),
        (answer(DOCUMENT, status="599 x"), FetchFault.HTTP),
        (answer(DOCUMENT, status="999 Denied"), FetchFault.HTTP),
        (answer(b"\0" * 50, "Content-Encoding: br"), FetchFault.ENCODING),
        (answer(b"\x28\xb5\x2f\xfd" + b"\0" * 50, "Content-Encoding: zstd"), FetchFault.ENCODING),
        (answer(gzip.compress(_gzip, mtime=0), "Content-Encoding: gzip, gzip"), FetchFault.ENCODING),
        (answer(DOCUMENT, "Content-Encoding: gzip"), FetchFault.ENCODING),
        (answer(_gzip[:10] + b"\xff" * 60, "Content-Encoding: gzip"), FetchFault.ENCODING),
        (answer(DOCUMENT, "Content-Encoding: " + "a," * 3_000), FetchFault.ENCODING),
        (answer(gzip.compress(b" " * 20_000_000, mtime=0), "Content-Encoding: gzip"), FetchFault.TOO_LARGE),
        (answer(gzip.compress(b" " * 500_000, mtime=0) * 101, "Content-Encoding: gzip"), FetchFault.TOO_LARGE),
        (answer(gzip.compress(b"", mtime=0), "Content-Encoding: gzip"), FetchFault.BLOCKED),
        (moved("javascript:alert(1)"), FetchFault.ADDRESS),
        (moved("data:text/xml,<rss/>"), FetchFault.ADDRESS),
        (moved("file:///etc/passwd"), FetchFault.ADDRESS),
        (moved("//user:pw@127.0.0.1/"), FetchFault.ADDRESS),
        (moved("http://[::1"), FetchFault.REDIRECT),
        (moved("http://["), FetchFault.REDIRECT),
        (moved("http://a b/"), FetchFault.ADDRESS),
        (moved("http://a.kr:99999/"), FetchFault.ADDRESS),
        (moved("http://a.kr/" + "x" * 5_000), FetchFault.ADDRESS),
        (moved("http://\xe4\xb8\x80.\xff/"), FetchFault.ADDRESS),
        (moved(""), FetchFault.REDIRECT),
        (moved("#x"), FetchFault.REDIRECT),
        (moved("http://127.0.0.1:1/"), FetchFault.ADDRESS),
        (moved("http://a.kr/\r\nSet-Cookie: a=b"), FetchFault.NETWORK),
        (answer(b"", status="300 Choices"), FetchFault.HTTP),
        (answer(b"", status="302 Found"), FetchFault.HTTP),
    ],
    ids=lambda part: repr(part[-60:]) if isinstance(part, bytes) else str(part),
)  # fmt: skip
async def test_the_rest_is_refused_with_its_reason(
    ask: Callable[..., AsyncIterator[Fetched]], raw: bytes, fault: FetchFault
) -> None:
    with pytest.raises(FetchError) as error:
        await ask(raw)  # type: ignore[misc]
    # What became of a name that is not there is the network's to say.
    assert (
        error.value.fault in {fault, FetchFault.NETWORK} if b"Location" in raw else error.value.fault is fault
    )
    assert len(error.value.reason) < 300 and error.value.reason.isprintable()


@pytest.mark.parametrize(
    ("once", "forever"),
    [
        pytest.param(head("Content-Encoding: gzip") + _gzip, b"\0" * 65_536, id="junk without end behind a gzip"),
        pytest.param(head("Content-Encoding: gzip"), gzip.compress(b"", mtime=0) * 3_000, id="empty gzips without end"),
        pytest.param(head("Content-Encoding: deflate"), b"\0\0\0\xff\xff" * 13_000, id="empty blocks without end"),
    ],
)  # fmt: skip
async def test_what_has_no_end_has_one_for_us(
    ask: Callable[..., AsyncIterator[Fetched]], once: bytes, forever: bytes
) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(FetchError) as error:
            await ask(once, forever)  # type: ignore[misc]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert error.value.fault in {FetchFault.TOO_LARGE, FetchFault.TIMEOUT}
    assert peak < 40_000_000


async def test_a_gzip_without_its_end_is_read_and_asked_for_again(
    ask: Callable[..., AsyncIterator[Fetched]],
) -> None:
    fetched = await ask(answer(_gzip[:-9], "Content-Encoding: gzip", 'ETag: "v1"', "Last-Modified: x"))  # type: ignore[misc]
    assert fetched.document.body.startswith(b"<rss")
    assert (fetched.etag, fetched.last_modified) == ("", "")
