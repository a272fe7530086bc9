"""A hundred ways to write this machine's own address, each as an address and as a redirect's target: none is dialled."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from monitor.errors import FetchError
from monitor.fetching.fetch import Fetcher, FetchRequest
from monitor.fetching.guard import Guard

#: `PORT` stands for the port on which a server waits for whoever falls for it.
NUMBERS = [
    "127.0.0.1", "127.1", "127.0.1", "127.000.000.001", "0177.0.0.1", "0177.1", "017700000001", "0x7f.0.0.1", "0x7f.1", "0x7f000001",
    "0X7F000001", "0x7f.0x0.0x0.0x1", "2130706433", "02130706433", "0x7F.1", "127.0.0.1.", "127.255.255.254", "127.0.0.2", "127.1.1.1",
    "0", "0.0.0.0", "0x0", "00", "0.0", "0.0.0", "[::]", "[::1]", "[0:0:0:0:0:0:0:1]", "[0000::0001]", "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]", "[::FFFF:127.0.0.1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::127.0.0.1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]", "[2002:7f00:0001::1]", "[::1%25lo]", "[::1%lo]", "[fe80::1%25eth0]",
]  # fmt: skip
NAMES = [
    "localhost", "LOCALHOST", "LocalHost", "localhost.", "localhost.localdomain", "ip6-localhost", "ip6-loopback", "%6cocalhost",
    "loc%61lhost", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "ｌｏｃａｌｈｏｓｔ", "localhost", "locaⅼhost", "①②⑦.⓪.⓪.①", "１２７.０.０.１", "127。0。0。1",
    "127．0．0．1", "127｡0｡0｡1", "１２７。１", "0ｘ7f.1", "٠١٢٧.0.0.1", "127.0.0.１", "localhost\u200b", "local\u00adhost",
    "local\u2060host", "loc\u0430lhost",
]  # fmt: skip
WHOLE = [
    "http://user@127.0.0.1:PORT/", "http://user:pw@localhost:PORT/", "http://example.com@127.0.0.1:PORT/", "http://example.com:80@127.0.0.1:PORT/",
    "http://127.0.0.1:PORT@example.com/", "http://127.0.0.1:PORT#@example.com/", "http://127.0.0.1:PORT?@example.com/", "http://127.0.0.1:PORT\\@example.com/",
    "http://example.com\\@127.0.0.1:PORT/", "http:\\\\127.0.0.1:PORT/", "http:/\\127.0.0.1:PORT/", "http:///127.0.0.1:PORT/", "http:127.0.0.1:PORT/",
    "//127.0.0.1:PORT/", "http://127.0.0.1:PORT/..;/", "http://127.0.0.1:PORT\t/", "http://127.0.0.1\n:PORT/", "ht\ntp://127.0.0.1:PORT/", "http://127.0.0.1:PORT\x00.example.com/",
    "http://127.0.0.1%00.example.com:PORT/", "http://127.0.0.1%2eexample.com:PORT/", "http://127.0.0.1%09:PORT/", " http://127.0.0.1:PORT/", "http:// 127.0.0.1:PORT/",
    "http://127.0.0.1 :PORT/", "http://[127.0.0.1]:PORT/", "http://[::1]:PORT@example.com/", "http://0x7f.1:PORT/x", "HTTP://127.0.0.1:PORT/", "hTTps://127.0.0.1:PORT/",
    "ftp://127.0.0.1:PORT/", "gopher://127.0.0.1:PORT/_x", "dict://127.0.0.1:PORT/x", "file://127.0.0.1/etc/passwd", "file:///etc/passwd", "jar:http://127.0.0.1:PORT/!/x",
    "unix:///var/run/docker.sock", "ws://127.0.0.1:PORT/", "tftp://127.0.0.1:PORT/x", "ldap://127.0.0.1:PORT/x", "view-source:http://127.0.0.1:PORT/",
    "http://127.0.0.1:PORT,example.com/", "http://example.com,127.0.0.1:PORT/", "http://{127.0.0.1}:PORT/", "http://127.0.0.1:+PORT/", "http://127.0.0.1:0PORT/",
]  # fmt: skip
TRICKS = [*(f"http://{host}:PORT/" for host in [*NUMBERS, *NAMES]), *WHOLE]


class Trap:
    """A server that nobody has business with, and one that sends people there."""

    def __init__(self) -> None:
        self.fell_for_it: list[bytes] = []
        self.target = ""
        self.port = self.sender = 0

    async def catch(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.fell_for_it.append(await reader.read(200))
        writer.close()

    async def send(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        location = self.target.encode("utf-8").replace(b"\n", b"").replace(b"\x00", b"")
        writer.write(
            b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nConnection: close\r\nLocation: "
            + location
            + b"\r\n\r\n"
        )
        await writer.drain()
        writer.close()


@pytest.fixture
async def trap() -> AsyncIterator[Trap]:
    made = Trap()
    caught = await asyncio.start_server(made.catch, "127.0.0.1", 0)
    made.port = caught.sockets[0].getsockname()[1]
    others = [await asyncio.start_server(made.catch, host, made.port) for host in ("127.0.0.2", "127.1.1.1")]
    sends = await asyncio.start_server(made.send, "127.0.0.1", 0)
    made.sender = sends.sockets[0].getsockname()[1]
    yield made
    for server in (caught, sends, *others):
        server.close()


@pytest.fixture
async def fetcher(trap: Trap) -> AsyncIterator[Fetcher]:
    # The sender is vouched for by its port: that is no door for any other.
    made = Fetcher("test", Guard([f"127.0.0.1:{trap.sender}"]), deadline=5, spacing=0)
    yield made
    await made.aclose()


async def refused(fetcher: Fetcher, url: str) -> None:
    with pytest.raises(FetchError):
        await fetcher.fetch(FetchRequest(url))


async def test_no_address_of_ours_is_dialled_however_it_is_written(trap: Trap, fetcher: Fetcher) -> None:
    assert len(TRICKS) > 100
    for trick in TRICKS:
        await refused(fetcher, trick.replace("PORT", str(trap.port)))
        assert trap.fell_for_it == [], trick


async def test_no_redirect_leads_there(trap: Trap, fetcher: Fetcher) -> None:
    for trick in TRICKS:
        trap.target = trick.replace("PORT", str(trap.port))
        await refused(fetcher, f"http://127.0.0.1:{trap.sender}/")
        assert trap.fell_for_it == [], trick
