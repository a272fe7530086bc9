"""From the moment a feed publishes to the Telegram message: `monitor run` with 500 sources and 20 chats.

Counted is what comes on top of the poll interval: from the request that brings the entry to the message, and how late
that request was. `python -m bench.latency auto` runs it with the encoder instead of by words alone.
"""

import os
import random
import resource
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from bench.told import held_lines, lines

ROOT = Path(__file__).resolve().parents[1]
#: Seconds between two polls of a source: each source its own number, so that they do not stay in step.
INTERVALS = (45, 75)
#: Seconds from one publication to the next: every one goes to all chats, and no chat may get two in a second.
BETWEEN = 6.0
#: How many are published.
EVENTS = 48


def main(encoder: str = "none", sources: int = 500, chats: int = 20, hosts: int = 20) -> None:
    """Prints the delay that is ours, in seconds, and where it goes."""
    from tests.servers.feeds import FeedServer
    from tests.servers.telegram import TOKEN, TelegramServer

    chance = random.Random(5)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        home = Path(folder)
        servers = [stack.enter_context(FeedServer()) for _ in range(hosts)]
        telegram = stack.enter_context(TelegramServer())
        feeds = [
            Feed(servers[number % hosts], f"/{number}", chance.randint(*INTERVALS))
            for number in range(sources)
        ]
        stanzas = [
            f"- id: s{number}\n  url: {feed.url}\n  interval: {{min: {feed.interval}s, max: {feed.interval}s}}\n"
            for number, feed in enumerate(feeds)
        ]
        (home / "sources.yaml").write_text("".join(stanzas))
        environment = {
            **os.environ,
            "MONITOR_HOME": str(home / "var"),
            "MONITOR_TOPICS": str(ROOT / "topics.yaml"),
            "MONITOR_ALLOW_HOSTS": ",".join(server.host for server in servers),
            "MONITOR_ENCODER": encoder,
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_API_URL": telegram.url,
        }
        monitor = [sys.executable, "-m", "monitor"]
        program = subprocess.Popen(
            [*monitor, "run", "--port", str(_free_port())],
            cwd=home, env=environment, stdout=subprocess.DEVNULL, stderr=(home / "log.txt").open("w"),
        )  # fmt: skip
        started = time.monotonic()
        try:
            _until(
                lambda: (
                    _rows(home, "select count(*) from monitor_entry where tagged_at is not null")
                    == [(3 * sources,)]
                )
            )
            for chat in range(1, chats + 1):
                _run(
                    [*monitor, "recipients", "add", f"telegram:{chat}", "--min-relevance", "0"],
                    home,
                    environment,
                )
            published = _publish(home, feeds, chance)
            _until(lambda: len(telegram.delivered) >= chats * len(published), 2 * max(INTERVALS))
        finally:
            program.terminate()
            program.wait(20)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(f"CPU: {used.ru_utime + used.ru_stime:.0f} s of {time.monotonic() - started:.0f} s")
        _print(encoder, feeds, published, telegram, _stages(home), chats)


class Feed:
    """A feed that somebody publishes in."""

    def __init__(self, server: Any, path: str, interval: int) -> None:
        self._server, self.path, self.interval = server, path, interval
        self.url = server.url(path)
        self._items: list[str] = []
        for number in range(3):
            self.publish(f"오래전 소식 {path} {number}", number * 86_400.0)

    def publish(self, title: str, ago: float = 0.0) -> float:
        """Puts an entry into the feed, dated `ago` seconds back; the monotonic clock's time at which it stood there."""
        from tests.servers.feeds import Page

        at = format_datetime(datetime.fromtimestamp(time.time() - ago, UTC))
        link = f"https://news.example{self.path}/{len(self._items)}"
        self._items.insert(
            0, f"<item><title>{escape(title)}</title><link>{link}</link><pubDate>{at}</pubDate></item>"
        )
        body = f'<rss version="2.0"><channel><title>x</title>{"".join(self._items)}</channel></rss>'
        self._server.pages[self.path] = Page(body.encode())
        return time.monotonic()

    def polls(self) -> list[float]:
        """When it was asked for, by the monotonic clock, in order."""
        return [seen.at for seen in self._server.seen if seen.path == self.path]


@dataclass(frozen=True)
class Published:
    """An entry in its feed; times of the monotonic clock."""

    feed: Feed
    at: float
    #: When its source's next poll was due.
    due: float


def _publish(home: Path, feeds: list[Feed], chance: random.Random) -> dict[str, Published]:
    """One event after the other, each in a feed of its own."""
    events = {(line.block, line.event): line.title for line in lines()}
    events |= {(-1 - line.block, line.event): line.title for line in held_lines()}
    published = {}
    for title, feed in zip(
        chance.sample(list(events.values()), EVENTS), chance.sample(feeds, EVENTS), strict=True
    ):
        # Not while a poll is under way: it may have read the feed already, and not yet written when the next one is due.
        while (ahead := _due_in(home, feed)) < 1:
            time.sleep(0.2)
        at = feed.publish(title)
        published[title] = Published(feed, at, at + ahead)
        time.sleep(BETWEEN)
    return published


def _due_in(home: Path, feed: Feed) -> float:
    """Seconds until its source's next poll."""
    [[due]] = _rows(home, f"select next_poll_at from monitor_source where id = 's{feed.path[1:]}'")
    return datetime.fromisoformat(due).replace(tzinfo=UTC).timestamp() - time.time()


def _print(
    encoder: str,
    feeds: list[Feed],
    published: dict[str, Published],
    telegram: Any,
    stages: dict[str, list[float]],
    chats: int,
) -> None:
    arrived: defaultdict[str, list[float]] = defaultdict(list)
    for message in telegram.delivered:
        arrived[message.text.split("\n")[0].removeprefix("<b>").removesuffix("</b>")].append(message.at)
    delays, lateness, totals = [], [], []
    for title, entry in published.items():
        brought = min((poll for poll in entry.feed.polls() if poll >= entry.at), default=None)
        if brought is None:
            continue
        late = max(brought - max(entry.due, entry.at), 0.0)
        lateness.append(late)
        delays += [message - brought + late for message in arrived[escape(title)]]
        totals += [message - entry.at for message in arrived[escape(title)]]
    print(
        f"{len(feeds)} sources every {INTERVALS[0]} to {INTERVALS[1]} s, {chats} chats, encoder {encoder}: {len(published)} entries, "
        f"{len(delays)} of {chats * len(published)} messages"
    )
    print(f"  {'':34} {'p50':>6} {'p95':>6} {'most':>6} s")
    for name, values in {
        "from publishing to the message": totals,
        "of that not the interval's": delays,
        "  how late the request was": lateness,
        **stages,
    }.items():
        print(f"  {name:34} {median(values):6.2f} {quantiles(values, n=20)[-1]:6.2f} {max(values):6.2f}")


def _stages(home: Path) -> dict[str, list[float]]:
    """Where the time goes, by the database's own times."""
    rows = _rows(
        home,
        "select (julianday(e.tagged_at) - julianday(e.first_seen_at)) * 86400,"
        " (julianday(a.sent_at) - julianday(a.queued_at)) * 86400"
        " from alerts_alert a join monitor_entry e on e.id = a.entry_id where a.sent_at is not null",
    )
    return {
        "  from kept to tagged": [float(row[0]) for row in rows],
        "  from queued to sent": [float(row[1]) for row in rows],
    }


def _rows(home: Path, query: str) -> list[tuple[Any, ...]]:
    path = home / "var" / "monitor.sqlite3"
    if not path.exists():
        return []
    with sqlite3.connect(path, timeout=30) as database:
        try:
            return database.execute(query).fetchall()
        except sqlite3.OperationalError:
            return []  # it is being made


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _run(command: list[str], home: Path, environment: dict[str, str]) -> None:
    subprocess.run(command, cwd=home, env=environment, check=True, stdout=subprocess.DEVNULL, timeout=60)


def _until(is_so: Any, seconds: float = 600) -> None:
    deadline = time.monotonic() + seconds
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.5)


if __name__ == "__main__":
    main(*sys.argv[1:2])
