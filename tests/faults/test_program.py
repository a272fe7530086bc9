"""The whole program on a machine that breaks."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.faults.machine import full_disk
from tests.servers.feeds import FeedServer
from tests.servers.telegram import TelegramServer
from tests.servers.warm import Warm
from tests.whole.program import Program, at_home, eventually, feed


@pytest.fixture
def program(
    tmp_path: Path,
    feed_server: FeedServer,
    telegram: TelegramServer,
    settle_in: Callable[[Path], None],
    warm: Warm,
) -> Iterator[Program]:
    settle_in(tmp_path / "var")
    with at_home(tmp_path, feed_server, telegram, warm) as made:
        yield made


@pytest.mark.skipif(sys.platform != "linux", reason="prlimit is Linux's")
def test_a_disk_that_fills_while_it_runs_stops_it_from_sending_until_there_is_room(
    program: Program, feed_server: FeedServer, telegram: TelegramServer
) -> None:
    assert program.command("recipients", "add", "telegram:42", "--words", "금리").returncode == 0
    feed_server.pages["/a"] = feed(range(2))
    program.start()
    assert eventually(lambda: len(telegram.delivered) == 2), program.log()
    assert program.process is not None

    def reasons() -> list[str]:
        answer = httpx.get(f"http://127.0.0.1:{program.port}/healthz", trust_env=False)
        assert (answer.status_code == 200) == (answer.json()["reasons"] == [])
        found: list[str] = answer.json()["reasons"]
        return found

    with full_disk(program.process.pid):
        feed_server.pages["/a"] = feed(range(5))
        assert eventually(lambda: any("SQLITE_" in reason for reason in reasons())), reasons()
        assert program.process.poll() is None
        assert len(telegram.delivered) == 2
    assert eventually(lambda: len(telegram.delivered) == 5), program.log()
    assert eventually(lambda: reasons() == [])
    titles = {message.text.split("\n")[0] for message in telegram.delivered}
    assert titles == {f"<b>금리 소식 {number}</b>" for number in range(5)}
    assert program.rows("SELECT state, COUNT(*) FROM alerts_alert GROUP BY 1") == [("sent", 5)]
    program.stop()


def test_a_damaged_database_ends_a_command_with_the_mend_and_stays_as_it_is(program: Program) -> None:
    file = program.home / "var" / "monitor.sqlite3"
    for name in ("monitor.sqlite3-wal", "monitor.sqlite3-shm"):
        (file.parent / name).unlink(missing_ok=True)
    with file.open("r+b") as damaged:
        damaged.write(os.urandom(8192))
    before = file.read_bytes()
    ended = program.command("entries")
    assert ended.returncode == 2
    assert "monitor restore" in ended.stderr
    assert str(file) in ended.stderr.replace("\n", "")
    assert "Traceback" not in ended.stderr
    assert file.read_bytes() == before
