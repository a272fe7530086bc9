"""`monitor run` in a process of its own: it starts, works, is killed at any moment, and ends when asked."""

import random
import re
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.servers.feeds import FeedServer, Page
from tests.servers.telegram import TOKEN, TelegramServer
from tests.servers.warm import Warm
from tests.whole.program import Program, at_home, eventually, feed


@pytest.fixture
def telegram() -> Iterator[TelegramServer]:
    with TelegramServer() as server:
        yield server


@pytest.fixture
def program(
    tmp_path: Path,
    feed_server: FeedServer,
    telegram: TelegramServer,
    settle_in: Callable[[Path], None],
    warm: Warm,
) -> Iterator[Program]:
    settle_in(tmp_path / "var")
    with at_home(tmp_path, feed_server, telegram, warm, sources=("a", "b", "c")) as made:
        yield made


@pytest.mark.django_db  # on PostgreSQL too
def test_it_polls_tags_alerts_and_shows_the_queue(
    program: Program, feed_server: FeedServer, telegram: TelegramServer
) -> None:
    assert program.command("recipients", "add", "telegram:42", "--words", "금리").returncode == 0
    feed_server.pages["/a"] = feed(range(2))
    link = program.start()
    assert eventually(lambda: len(telegram.delivered) == 2), program.log()
    assert telegram.texts(42)[0].startswith("<b>금리 소식 0</b>")
    with httpx.Client(
        base_url=f"http://127.0.0.1:{program.port}", follow_redirects=True, trust_env=False
    ) as browser:
        assert browser.get("/healthz").status_code == 200
        assert "금리 소식 1" not in browser.get("/").text
        browser.get(link)
        assert "금리 소식 1" in browser.get("/").text
    assert program.process is not None
    # What training takes is loaded where it trains: in a process of its own, once a week.
    assert "sklearn" not in Path(f"/proc/{program.process.pid}/maps").read_text()
    assert program.stop() < 5
    assert program.process.returncode == 0
    assert TOKEN not in program.log()
    assert "Traceback" not in program.log()


def test_last_month_is_rehearsed_when_the_quality_page_asks(
    program: Program, feed_server: FeedServer
) -> None:
    feed_server.pages["/a"] = feed(range(40))
    link = program.start()
    assert eventually(
        lambda: program.rows("select count(*) from monitor_entry where tagged_at is not null") == [(40,)]
    ), program.log()
    with httpx.Client(
        base_url=f"http://127.0.0.1:{program.port}", follow_redirects=True, trust_env=False
    ) as browser:
        browser.get(link)
        browser.headers["Referer"] = f"http://127.0.0.1:{program.port}/quality/"
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', browser.get("/quality/").text)
        assert token
        asked = {"model": "shipped-words", "csrfmiddlewaretoken": token[1]}
        assert "계산하고 있습니다" in browser.post("/quality/rehearse", data=asked).text
        done = re.compile(r"글 [1-9]\d*건, 그 가운데")
        assert eventually(lambda: bool(done.search(browser.get("/quality/").text))), program.log()
        assert "계산하고 있습니다" not in browser.get("/quality/").text
    program.stop()
    assert "Traceback" not in program.log()


@pytest.mark.django_db  # on PostgreSQL too
def test_ctrl_c_ends_it_within_five_seconds_in_the_middle_of_everything(
    program: Program, feed_server: FeedServer
) -> None:
    feed_server.pages["/a"] = Page(b"x", misbehave="silent")
    feed_server.pages["/b"] = feed(range(200))
    program.start()
    assert eventually(lambda: any(seen.path == "/a" for seen in feed_server.seen))
    assert program.stop(signal.SIGINT) < 5
    assert "Traceback" not in program.log()


def test_a_second_copy_says_so_and_leaves_the_first_alone(program: Program) -> None:
    program.start()
    second = program.command("run", "--port", str(program.port + 1))
    assert second.returncode == 1
    assert "monitor run" in second.stderr
    assert "Traceback" not in second.stderr
    assert program.process is not None
    assert program.process.poll() is None


def test_a_port_in_use_is_named_with_the_mend(program: Program) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = program.command("run", "--port", str(taken.getsockname()[1]))
    assert (result.returncode, "--port" in result.stderr) == (2, True)


def test_without_network_it_stays_up_and_points_to_the_demo(program: Program, tmp_path: Path) -> None:
    (tmp_path / "sources.yaml").write_text(
        "- id: far\n  url: http://127.0.0.1:1/feed\n  interval: {min: 5m, max: 1h}\n"
    )
    program.start()
    assert eventually(lambda: "monitor demo" in program.log())
    assert program.process is not None
    assert program.process.poll() is None
    assert len([line for line in program.log().splitlines() if "source=far" in line]) == 1


def test_killed_at_any_moment_it_loses_nothing_and_doubles_nothing(
    program: Program, feed_server: FeedServer, telegram: TelegramServer
) -> None:
    program.command("recipients", "add", "telegram:42", "--words", "금리")
    program.command("recipients", "add", "telegram:43", "--words", "금리")
    chance = random.Random(7)
    published, kills = 0, 5
    for _ in range(kills):
        program.start()
        until = time.monotonic() + chance.uniform(0.2, 3.0)
        while time.monotonic() < until:
            published += 1
            # A short feed: what a restart is slow to see must still be there.
            feed_server.pages["/" + chance.choice("abc")] = feed(range(published))
            time.sleep(0.05)
        program.stop(signal.SIGKILL)
    feed_server.pages["/a"] = feed(range(published))
    program.start()
    expected = {f"금리 소식 {number}" for number in range(published)}
    assert eventually(
        lambda: (
            {row[0] for row in program.rows("SELECT title FROM monitor_entry WHERE tagged_at IS NOT NULL")}
            == expected
        )
    )
    assert program.rows("SELECT source_id, guid FROM monitor_entry GROUP BY 1, 2 HAVING COUNT(*) > 1") == []
    assert (
        program.rows("SELECT recipient_id, story_id FROM alerts_alert GROUP BY 1, 2 HAVING COUNT(*) > 1")
        == []
    )
    alerts = dict(program.rows("SELECT recipient_id, COUNT(*) FROM alerts_alert GROUP BY 1"))
    assert alerts == dict.fromkeys(alerts, program.rows("SELECT COUNT(*) FROM monitor_story")[0][0])
    assert len(alerts) == 2
    program.stop()
    twice = len(telegram.delivered) - len({(message.chat, message.text) for message in telegram.delivered})
    doubtful = program.rows(
        "SELECT COUNT(*) FROM alerts_alert WHERE state = 'sending' OR error LIKE 'perhaps twice%'"
    )
    assert twice <= doubtful[0][0] <= 2 * kills
