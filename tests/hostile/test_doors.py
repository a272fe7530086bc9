"""Every way by which a stranger's address comes in: none of them dials a private one."""

import asyncio
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest

from alerts.channels import Gone, Outcome, Sent
from alerts.channels.apprise_urls import AppriseChannel
from alerts.messages import Message
from monitor.articles.fulltext import FullText
from monitor.documents import Feed, FeedEntry
from monitor.fetching.fetch import Fetcher
from monitor.fetching.guard import Guard, guarded_sockets
from monitor.fetching.robots import Robots
from monitor.models import Entry
from monitor.parsers.parsing import Parsing
from monitor.polls import keeping, store
from monitor.sources import SourceConfig
from monitor.threads import in_database
from tests.hostile.claims import NOW

MESSAGE = Message("본문", "본문", subject="제목")
#: Services of Apprise whose host is the recipient's to choose, over HTTP and over sockets of their own.
SELF_HOSTED = (
    "json://{}", "xml://{}", "form://{}", "ntfy://{}/topic", "gotify://{}/token", "mmost://{}/tokentokentokentokentokento", "rocket://u:p@{}/#c", "matrix://u:p@{}/#r", "hassio://{}/token", "apprise://{}/token",
    "nextcloud://u:p@{}/u", "synology://{}/token", "mailto://u:p@{}?smtp={}&to=a@a.kr", "rsyslog://{}", "growl://{}", "mqtt://{}/topic", "signal://{}/+15551234567/+15557654321", "kodi://{}", "bark://{}/key", "mailtos://u:p@{}?smtp={}&to=a@a.kr",
)  # fmt: skip


class Trap:
    """A server on this machine that nobody has business with, in TCP and UDP; it may redirect."""

    def __init__(self, host: str = "127.0.0.1", location: str = "") -> None:
        self.came: list[bytes] = []
        self._location = location
        self._tcp = socket.create_server((host, 0))
        self.host = f"{host}:{self._tcp.getsockname()[1]}"
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(self._tcp.getsockname())
        self._udp.setblocking(False)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._tcp.accept()
            except OSError:
                return
            with closing(connection):
                self.came.append(connection.recv(2_000))
                status = f"307 Go\r\nLocation: {self._location}" if self._location else "200 OK"
                connection.sendall(
                    f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
                )

    def close(self) -> None:
        self._tcp.close()
        try:
            self.came.append(self._udp.recv(2_000))
        except BlockingIOError:
            pass
        self._udp.close()


@pytest.fixture
def trap() -> Iterator[Trap]:
    made = Trap()
    yield made
    made.close()


def send(url: str, *allow: str) -> Outcome:
    return asyncio.run(AppriseChannel(allow).send(url, MESSAGE))


@pytest.mark.parametrize("url", SELF_HOSTED)
def test_no_alert_goes_to_a_private_host(url: str) -> None:
    trap = Trap()
    outcome = send(url.replace("{}", trap.host))
    trap.close()
    assert trap.came == []
    assert not isinstance(outcome, Sent)


@pytest.mark.parametrize("host", ["localhost", "127.1", "0", "0x7f.1", "2130706433", "[::ffff:127.0.0.1]"])
def test_no_spelling_of_it_is_a_way_round(trap: Trap, host: str) -> None:
    outcome = send(f"json://{host}:{trap.host.rpartition(':')[2]}/")
    assert not isinstance(outcome, Sent)
    assert trap.came == []


def test_the_refusal_says_what_to_do(trap: Trap) -> None:
    outcome = send(f"json://{trap.host}/very-secret")
    assert isinstance(outcome, Gone)
    assert outcome.reason == (
        "refused by the address guard: 127.0.0.1 is loopback; MONITOR_ALLOW_HOSTS may name it"
    )


def test_the_operator_vouches_for_it(trap: Trap) -> None:
    assert send(f"json://{trap.host}/", trap.host) == Sent("")
    assert len(trap.came) == 1


def test_a_vouched_host_may_not_send_an_alert_on_to_another() -> None:
    inner = Trap("127.0.0.2")
    outer = Trap(location=f"http://{inner.host}/")
    outcome = send(f"json://{outer.host}/", outer.host)
    outer.close()
    inner.close()
    assert len(outer.came) == 1
    assert inner.came == []
    assert not isinstance(outcome, Sent)


def test_a_name_that_answers_differently_the_second_time_is_checked_when_it_is_dialled(
    trap: Trap, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = int(trap.host.rpartition(":")[2])
    answers = iter(["93.184.215.14", "127.0.0.1", "127.0.0.1", "127.0.0.1"])

    def rebinding(*_asked: object, **_more: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    socket.getaddrinfo("rebind.example", port)
    outcome = send(f"json://rebind.example:{port}/")
    assert isinstance(outcome, Gone)
    assert trap.came == []


def test_only_those_inside_are_watched(trap: Trap) -> None:
    host, _, port = trap.host.partition(":")
    with guarded_sockets(Guard()) as watch:
        with pytest.raises(PermissionError):
            socket.create_connection((host, int(port)))
        with pytest.raises(PermissionError), socket.socket(socket.AF_UNIX) as local:
            local.connect("/tmp/nobody")
    assert watch.refused
    socket.create_connection((host, int(port))).close()


@pytest.mark.django_db(transaction=True)
async def test_no_article_is_read_from_a_private_host(trap: Trap) -> None:
    one = SourceConfig.model_validate({"id": "a", "url": "https://a.kr/", "article": {}})
    await in_database(store.register, [one])
    entry = FeedEntry(0, "가운데", f"http://{trap.host}/latest/meta-data", "1")
    await in_database(keeping.keep, one, Feed("rss20", (entry,)), keeping.Validators("", "", ""), NOW)
    fetcher = Fetcher("test", Guard())
    pages = FullText(fetcher, cast(Parsing, None), Robots(fetcher, lambda: NOW), lambda: NOW, [one])
    assert await pages.read_due() == 1
    await fetcher.aclose()
    assert trap.came == []
    assert (await Entry.objects.aget()).page_due_at is None


#: Who may open a connection: what the guard guards, the operator's own services, and the process's own sockets.
_OPENERS = {
    "monitor/fetching/wire.py", "monitor/fetching/guard.py", "monitor/cli/parts.py", "monitor/cli/serve.py", "monitor/systemd.py", "alerts/channels/mail.py", "alerts/channels/telegram.py",
}  # fmt: skip
_DRIVER = re.compile(
    r"^\s*(?:import|from)\s+(?:httpx|httpcore|h11|requests|urllib3|urllib\.request|http\.client|socket|smtplib|ftplib|aiohttp|telegram\.request)\b"
    r"|\bcreate_(?:datagram_|unix_)?(?:connection|endpoint)\b|\bopen_(?:unix_)?connection\b|\bsock_connect\b",
    re.MULTILINE,
)


def test_nothing_else_can_open_one() -> None:
    """Discovery, pasted addresses, OPML, robots.txt, sitemaps and articles all go through `monitor.fetching`: the wire asks, the guard dials."""
    root = Path(__file__).resolve().parents[2]
    files = [
        path
        for folder in ("monitor", "alerts", "review", "classifiers")
        for path in (root / folder).rglob("*.py")
    ]
    assert {str(path.relative_to(root)) for path in files if _DRIVER.search(path.read_text())} == _OPENERS
