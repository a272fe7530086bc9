"""`monitor run` in a process of its own, as tests and benches start, kill and question it."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.servers.feeds import FeedServer, Page
from tests.servers.telegram import TOKEN, TelegramServer
from tests.servers.warm import Warm

ROOT = Path(__file__).resolve().parents[2]


class Program:
    """A home, and `monitor run` in it whenever asked."""

    def __init__(
        self, home: Path, feeds: FeedServer, telegram: TelegramServer | None, warm: Warm | None = None
    ) -> None:
        self.home = home
        self.warm = warm
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.environment = {
            **os.environ,
            "MONITOR_HOME": str(home / "var"),
            "MONITOR_TOPICS": str(ROOT / "topics.yaml"),
            "MONITOR_ALLOW_HOSTS": feeds.host,
            "MONITOR_ENCODER": "none",
        }
        if telegram:
            self.environment |= {"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_API_URL": telegram.url}
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> str:
        """Starts it; the sign-in link that it prints."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "monitor", "run", "--port", str(self.port)],
            cwd=self.home, env=self.environment, text=True, stdout=subprocess.PIPE,
            stderr=(self.home / "log.txt").open("a"),
        )  # fmt: skip
        assert self.process.stdout
        link = ""
        for line in self.process.stdout:
            link = link or "".join(re.findall(r"http://\S+/signin/\S+", line))
            if "Ctrl-C" in line:
                break
        return link

    def stop(self, how: signal.Signals = signal.SIGTERM) -> float:
        """Seconds until it ended."""
        assert self.process
        started = time.monotonic()
        self.process.send_signal(how)
        self.process.wait(120)
        return time.monotonic() - started

    def start_machine(self, command: str) -> subprocess.Popen[str]:
        """Starts `monitor worker` or another part of the program beside it."""
        return subprocess.Popen(
            [sys.executable, "-m", "monitor", command], cwd=self.home, env=self.environment, text=True,
            stdout=subprocess.DEVNULL, stderr=(self.home / "log.txt").open("a"),
        )  # fmt: skip

    def rows(self, query: str) -> list[tuple[object, ...]]:
        if url := self.environment.get("DATABASE_URL"):
            import psycopg

            with psycopg.connect(url) as server:
                return server.execute(query).fetchall()  # type: ignore[call-overload,no-any-return]
        with sqlite3.connect(self.home / "var" / "monitor.sqlite3", timeout=30) as database:
            return database.execute(query).fetchall()

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Another command beside it."""
        if self.warm:
            return self.warm.run(*arguments, cwd=self.home, env=self.environment)
        return subprocess.run(
            [sys.executable, "-m", "monitor", *arguments],
            cwd=self.home, env=self.environment, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip

    def log(self) -> str:
        return (self.home / "log.txt").read_text(encoding="utf-8")


@contextmanager
def at_home(
    home: Path, feeds: FeedServer, telegram: TelegramServer, warm: Warm, *, sources: Sequence[str] = ("a",)
) -> Iterator[Program]:
    """The program with these sources, of which each has an empty feed; what was started ends with the block."""
    (home / "sources.yaml").write_text(
        "".join(
            f"- id: {one}\n  url: {feeds.url('/' + one)}\n  interval: {{min: 1s, max: 2s}}\n"
            for one in sources
        )
    )
    for one in sources:
        feeds.pages["/" + one] = feed(range(0))
    made = Program(home, feeds, telegram, warm)
    try:
        yield made
    finally:
        if made.process and made.process.poll() is None:
            made.process.kill()
            made.process.wait()


def feed(numbers: range) -> Page:
    items = "".join(
        f"<item><title>금리 소식 {number}</title><link>https://news.example/{number}</link><guid>g{number}</guid></item>"
        for number in numbers
    )
    return Page(f'<rss version="2.0"><channel><title>x</title>{items}</channel></rss>'.encode())


def eventually(test: Callable[[], bool], seconds: float = 120) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if test():
            return True
        time.sleep(0.1)
    return test()
