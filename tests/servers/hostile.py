"""A farm of feeds of which most misbehave, each on a loopback address of its own: loops, drips, resets, bombs, lies, silence."""

import asyncio
import gzip
import socket
import threading
import zlib
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Self


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, and what the answer goes into."""

    feed: "Feed"
    #: Counts from 1.
    visit: int
    headers: Mapping[str, str]
    path: str
    write: Callable[[bytes], Awaitable[None]]


Behave = Callable[[Asked], Awaitable[None]]


@dataclass
class Feed:
    """One feed: how it behaves, and how many of its entries a good reader has in the end."""

    name: str
    behave: Behave
    entries: int
    address: str = ""
    port: int = 0
    visits: list[datetime] = field(default_factory=list)

    @property
    def host(self) -> str:
        """Its address with the port, as MONITOR_ALLOW_HOSTS wants it."""
        return f"{self.address}:{self.port}"

    @property
    def url(self) -> str:
        """The address of the feed."""
        return f"http://{self.host}/feed"

    def document(self, count: int | None = None, extra: str = "") -> bytes:
        """An RSS document of `count` entries, of all without one; `extra` stands before its root element."""
        items = "".join(
            f"<item><title>{self.name} 소식 {number}</title><link>https://{self.name}.example/{number}</link>"
            f"<guid>{self.name}-{number}</guid><description>반도체 {number}</description></item>"
            for number in range(self.entries if count is None else count)
        )
        return (
            f'<?xml version="1.0" encoding="utf-8"?>{extra}'
            f'<rss version="2.0"><channel><title>{self.name}</title>{items}</channel></rss>'
        ).encode()


class HostileFarm:
    """A context manager that serves `feeds`, each at an address 127.x.y.z of its own."""

    def __init__(self, feeds: list[Feed]) -> None:
        self.feeds = feeds
        #: Connections to places where no reader has business: a redirect's target that must be refused.
        self.forbidden = 0

    def __enter__(self) -> Self:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        for number, feed in enumerate(self.feeds):
            feed.address, feed.port = f"127.1.{number // 200}.{number % 200 + 1}", port
        self._by_address = {feed.address: feed for feed in self.feeds}
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(port, ready), daemon=True)
        self._thread.start()
        assert ready.wait(10)
        return self

    def __exit__(self, *_exc: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def _serve(self, port: int, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        self._stop = asyncio.Event()

        async def serve() -> None:
            hosts = [*self._by_address, "127.3.3.3"]
            server = await asyncio.start_server(self._answer, hosts, port)
            ready.set()
            await self._stop.wait()
            server.close()
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()

        self._loop.run_until_complete(serve())

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        feed = self._by_address.get(writer.get_extra_info("sockname")[0])
        if feed is None:
            self.forbidden += 1
            writer.close()
            return

        async def write(data: bytes) -> None:
            writer.write(data)
            await writer.drain()

        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            path = head[0].split(" ")[1]
            if path == "/robots.txt":
                await write(_answer(b"", 404))
            else:
                headers = {
                    name.lower(): value.strip()
                    for name, _, value in (line.partition(":") for line in head[1:] if line)
                }
                feed.visits.append(datetime.now(UTC))
                await feed.behave(Asked(feed, len(feed.visits), headers, path, write))
        writer.transport.abort() if feed.name.startswith("reset") else writer.close()


def _answer(
    body: bytes, status: int = 200, kind: str = "application/rss+xml", length: int | None = None, **more: str
) -> bytes:
    named = {name.replace("_", "-"): value for name, value in more.items()}
    headers = {
        "Content-Type": kind,
        "Content-Length": str(len(body) if length is None else length),
        "Connection": "close",
        **named,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} Said\r\n{lines}\r\n".encode() + body


def _says(make: Callable[[Asked], bytes]) -> Behave:
    async def behave(asked: Asked) -> None:
        await asked.write(make(asked))

    return behave


async def _drip(asked: Asked, data: bytes, every: float = 0.2) -> None:
    for place in range(len(data)):
        await asked.write(data[place : place + 1])
        await asyncio.sleep(every)


async def _silent(asked: Asked) -> None:
    await asyncio.sleep(600)


async def _drip_headers(asked: Asked) -> None:
    await asked.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        await asked.write(b"X-Slow: 1\r\n")
        await asyncio.sleep(0.2)


async def _drip_body(asked: Asked) -> None:
    await asked.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n\r\n<rss>")
    await _drip(asked, b" " * 100_000)


async def _endless(asked: Asked) -> None:
    await asked.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n\r\n<rss><channel>")
    while True:
        await asked.write(b"<item><title>x</title></item>" * 2000)
        await asyncio.sleep(0)


async def _reset_at_once(asked: Asked) -> None:
    await asyncio.sleep(0)


async def _reset_halfway(asked: Asked) -> None:
    document = asked.feed.document(30)
    await asked.write(_answer(document, length=len(document))[: len(document) // 2])


async def _slow_but_comes(asked: Asked) -> None:
    await asyncio.sleep(2)
    document = _answer(asked.feed.document())
    for place in range(0, len(document), 400):
        await asked.write(document[place : place + 400])
        await asyncio.sleep(0.05)


async def _chunked(asked: Asked) -> None:
    document = asked.feed.document()
    await asked.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/xml\r\n\r\n")
    for place in range(0, len(document), 333):
        piece = document[place : place + 333]
        await asked.write(f"{len(piece):x};note=1\r\n".encode() + piece + b"\r\n")
    await asked.write(b"0\r\n\r\n")


async def _early_hints(asked: Asked) -> None:
    await asked.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n" * 3)
    await asked.write(_answer(asked.feed.document()))


async def _endless_hints(asked: Asked) -> None:
    while True:
        await asked.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 50)
        await asyncio.sleep(0.01)


def _bomb(pack: Callable[[bytes], bytes], name: str) -> Behave:
    packed = pack(b"<rss><channel><item><title>" + b"a" * 60_000_000)
    return _says(lambda asked: _answer(packed, Content_Encoding=name))


def _redirect(to: Callable[[Asked], str], status: int = 302) -> Behave:
    return _says(lambda asked: _answer(b"", status, Location=to(asked)))


def _hop_then(asked: Asked) -> bytes:
    if asked.path == "/feed":
        return _answer(b"", 301, Location="/moved")
    return _answer(asked.feed.document())


def _conditional(asked: Asked) -> bytes:
    if asked.headers.get("if-none-match") == '"v1"':
        return b'HTTP/1.1 304 Not Modified\r\nETag: "v1"\r\nConnection: close\r\n\r\n'
    return _answer(asked.feed.document(), ETag='"v1"')


def _lols(asked: Asked) -> bytes:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    dtd = f'<!DOCTYPE rss [<!ENTITY l0 "lol">{entities}]>'
    return _answer(asked.feed.document(None, dtd).replace("소식 1".encode(), b"&l9;"))


def _external(asked: Asked) -> bytes:
    dtd = (
        f'<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY y SYSTEM "http://127.3.3.3:{asked.feed.port}/y">'
        f'<!ENTITY % z SYSTEM "http://127.3.3.3:{asked.feed.port}/z">%z;]>'
    )
    return _answer(asked.feed.document(None, dtd).replace("반도체 1<".encode(), "반도체 1 &x;&y;<".encode()))


def _author(asked: Asked) -> bytes:
    author = "a" * 500_000 + "@" + "b." * 250_000
    document = asked.feed.document().replace(b"</item>", f"<author>{author}</author></item>".encode(), 1)
    return _answer(document)


def _huge_text(asked: Asked) -> bytes:
    return _answer(asked.feed.document().replace("반도체 1<".encode(), b"x" * 3_000_000 + b"<"))


def _in_euc_kr(asked: Asked) -> bytes:
    document = asked.feed.document().decode().replace('encoding="utf-8"', 'encoding="euc-kr"')
    return _answer(document.encode("euc-kr"), kind="text/xml; charset=utf-8")


def _second_time(asked: Asked) -> bytes:
    """Well at the first visit, a lie later."""
    return (
        _answer(asked.feed.document())
        if asked.visit == 1
        else _answer(b"<html>gone</html>", kind="text/html")
    )


def _later(asked: Asked) -> bytes:
    return _answer(b"", 429, Retry_After="3600")


def _later_by_date(asked: Asked) -> bytes:
    when = datetime.now(UTC) + timedelta(hours=2)
    return _answer(b"", 503, Retry_After=format_datetime(when, usegmt=True))


HEALTHY: dict[str, Behave] = {
    "plain": _says(lambda asked: _answer(asked.feed.document())),
    "zipped": _says(lambda asked: _answer(gzip.compress(asked.feed.document()), Content_Encoding="gzip")),
    "conditional": _says(_conditional),
    "chunked": _chunked,
}
#: They lie or limp, and a good reader has their entries all the same.
RECOVERABLE: dict[str, Behave] = {
    "slow": _slow_but_comes,
    "moved": _says(_hop_then),
    "mistyped": _says(lambda asked: _answer(asked.feed.document(), kind="text/html")),
    "mislabelled": _says(_in_euc_kr),
    "bom": _says(lambda asked: _answer(b"\xef\xbb\xbf\n\n" + asked.feed.document())),
    "cut-off": _says(lambda asked: _answer(asked.feed.document().removesuffix(b"</channel></rss>"))),
    "control": _says(lambda asked: _answer(asked.feed.document().replace(b"</title>", b"\x07\x0b</title>"))),
    "deflated": _says(
        lambda asked: _answer(zlib.compress(asked.feed.document()), Content_Encoding="deflate")
    ),
    "long-author": _says(_author),
    "long-text": _says(_huge_text),
    "hinted": _early_hints,
    "external": _says(_external),
    "turncoat": _says(_second_time),
    # What its entities would grow to is left out, and the rest is read.
    "lols": _says(_lols),
}
#: Nothing of these can be stored, and all that counts is what they cost.
HOPELESS: dict[str, Behave] = {
    "silent": _silent,
    "drip-headers": _drip_headers,
    "drip-body": _drip_body,
    "endless": _endless,
    "endless-hints": _endless_hints,
    "reset": _reset_at_once,
    "reset-halfway": _reset_halfway,
    "loop": _redirect(lambda asked: "/feed"),
    "loop-of-two": _redirect(lambda asked: "/b" if asked.path == "/feed" else "/feed"),
    "stairs": _redirect(lambda asked: asked.path + "x"),
    "inward": _redirect(lambda asked: f"http://127.3.3.3:{asked.feed.port}/latest/meta-data"),
    "to-file": _redirect(lambda asked: "file:///etc/passwd"),
    "gzip-bomb": _bomb(gzip.compress, "gzip"),
    "deflate-bomb": _bomb(zlib.compress, "deflate"),
    "brotli-lie": _says(lambda asked: _answer(b"\x00" * 2000, Content_Encoding="br")),
    "too-short": _says(lambda asked: _answer(b"<rss>", length=50_000)),
    "deep": _says(lambda asked: _answer(b"<rss>" + b"<a>" * 400_000)),
    "noise": _says(lambda asked: _answer(bytes(range(256)) * 4000)),
    "page": _says(lambda asked: _answer(b"<!doctype html><title>Log in</title><p>Hello", kind="text/html")),
    "nothing": _says(lambda asked: _answer(b"")),
    "no-http": _says(lambda asked: b"220 mail.example ESMTP\r\n"),
    "missing": _says(lambda asked: _answer(b"no", 404)),
    "gone": _says(lambda asked: _answer(b"no", 410)),
    "later": _says(_later),
    "later-by-date": _says(_later_by_date),
    "broken": _says(lambda asked: _answer(b"oops", 500)),
    "not-modified": _says(lambda asked: _answer(b"", 304)),
    "many-headers": _says(
        lambda asked: (
            b"HTTP/1.1 200 OK\r\n" + b"X-A: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n" * 20_000 + b"\r\n"
        )
    ),
}


def make_feeds(count: int = 200, *, entries: int = 12) -> list[Feed]:
    """So many feeds: a third healthy, the rest misbehaving in every way in turn."""
    bad = [*RECOVERABLE.items(), *HOPELESS.items()]
    feeds: list[Feed] = []
    for number in range(count):
        pool = list(HEALTHY.items()) if number % 3 == 0 else bad
        place = number // 3 if number % 3 == 0 else number - number // 3 - 1
        name, behave = pool[place % len(pool)]
        feeds.append(Feed(f"{name}-{number}", behave, 0 if name in HOPELESS else entries))
    return feeds
