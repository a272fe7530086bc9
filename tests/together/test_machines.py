"""Several processes on one PostgreSQL: whichever is killed, the others go on, and nothing is lost or told twice."""

import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.servers.feeds import FeedServer
from tests.servers.telegram import TelegramServer
from tests.together.marks import ON_POSTGRESQL
from tests.whole.program import Program, eventually, feed

# The database mark has it run where PostgreSQL is.
pytestmark = [pytest.mark.django_db, ON_POSTGRESQL]
SENT = "SELECT COUNT(*) FROM alerts_alert WHERE state = 'sent'"


@pytest.fixture
def program(
    tmp_path: Path, feed_server: FeedServer, telegram: TelegramServer, settle_in: Callable[[Path], None]
) -> Iterator[Program]:
    """A home and a database of its own; what was started in it ends with it."""
    settle_in(tmp_path / "var")
    one = Program(tmp_path, feed_server, telegram)
    (tmp_path / "sources.yaml").write_text(
        f"- id: a\n  url: {feed_server.url('/a')}\n  interval: {{min: 1s, max: 2s}}\n"
    )
    yield one
    if one.process and one.process.poll() is None:
        one.stop(signal.SIGKILL)


@pytest.fixture
def telegram() -> Iterator[TelegramServer]:
    with TelegramServer() as server:
        yield server


def test_whoever_is_killed_the_others_go_on(
    program: Program, feed_server: FeedServer, telegram: TelegramServer
) -> None:
    feed_server.pages["/a"] = feed(range(3))
    program.command("recipients", "add", "telegram:42", "--words", "금리").check_returncode()
    program.start()
    workers = [program.start_machine("worker") for _ in range(2)]
    # Not while one is being sent: that chat would wait until its lease has run out.
    assert eventually(lambda: program.rows(SENT) == [(3,)], 40)
    try:
        # The one that is the clock, and serves the pages.
        program.stop(signal.SIGKILL)
        feed_server.pages["/a"] = feed(range(6))
        assert eventually(lambda: program.rows(SENT) == [(6,)], 60)
        workers[0].kill()
        feed_server.pages["/a"] = feed(range(9))
        assert eventually(lambda: program.rows(SENT) == [(9,)], 90)
        told = Counter(message.text.split("\n")[0] for message in telegram.delivered)
        marked = program.rows("SELECT COUNT(*) FROM alerts_alert WHERE error LIKE '%perhaps twice%'")[0][0]
        assert len(told) == 9
        assert sum(told.values()) - 9 <= int(str(marked))
        assert program.rows("SELECT COUNT(*), COUNT(DISTINCT story_id) FROM alerts_alert")[0] == (9, 9)
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            _end(worker)


def _end(worker: "subprocess.Popen[str]") -> None:
    try:
        worker.wait(15)
    except subprocess.TimeoutExpired:
        worker.kill()
        worker.wait(5)
