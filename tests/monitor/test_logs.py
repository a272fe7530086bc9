"""Log lines: one an event, without secrets."""

import asyncio
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import structlog

from monitor import logs
from monitor.clock import Clock
from monitor.errors import ConfigError
from monitor.logs import one_line, redact

TOKEN = "123456789:AAExampleExampleExampleExampleExample_0"


@pytest.mark.parametrize(
    "text",
    [
        f"GET https://api.telegram.org/bot{TOKEN}/sendMessage",
        "smtp://user:hunter2@mail.example.kr:587",
        "key=sekrit!",
    ],
)
def test_no_secret_passes(text: str) -> None:
    cleaned = redact(text, ("sekrit!",))
    assert not {"AAExample", "hunter2", "sekrit"} & {
        word for word in ("AAExample", "hunter2", "sekrit") if word in cleaned
    }
    assert "***" in cleaned


def test_an_event_is_one_line_whatever_a_feed_put_into_it() -> None:
    assert one_line("a\nERROR forged\r\x1b[31m\u2028b") == "a\\x0aERROR forged\\x0d\\x1b[31m\\u2028b"


@pytest.mark.parametrize("style", ["text", "json"])
def test_what_libraries_and_we_log_is_redacted_and_whole(style: str) -> None:
    script = (
        "import logging, structlog\n"
        "from monitor import logs\n"
        f"logs.configure({style!r}, ('hunter2',))\n"
        "logs.logger.info('poll', source='a b', reason='line\\nbreak hunter2', n=None)\n"
        f"logging.getLogger('x').warning('bot{TOKEN} of %s', 'feed')\n"
        "logging.getLogger('httpx').info('https://quiet.example/')\n"
        "try: 1 / 0\n"
        "except ZeroDivisionError: logs.logger.exception('bug')\n"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert done.stdout == ""
    assert "hunter2" not in done.stderr
    assert "AAExample" not in done.stderr
    assert "quiet.example" not in done.stderr
    assert "ZeroDivisionError" in done.stderr
    first = done.stderr.splitlines()[0]
    if style == "json":
        event = json.loads(first)
        assert (event["event"], event["source"]) == ("poll", "a b")
    else:
        assert 'info    poll source="a b" reason="line\\x0abreak ***"' in first


Log = Callable[..., list[str]]


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    """`log(style, says, *secrets)`: the lines that stand in the log file after `says()`."""
    root = logging.getLogger()
    before, level, raising = root.handlers, root.level, logging.raiseExceptions
    others = ("apscheduler.scheduler", "apscheduler.executors")
    levels = {name: logging.getLogger(name).level for name in (*logs._NOISY, *others)}
    config = structlog.get_config()

    def write(style: str, says: Callable[[], object], *secrets: str) -> list[str]:
        file = tmp_path / "monitor.log"
        logs.configure(style, secrets, file=file)
        says()
        return file.read_text(encoding="utf-8").splitlines()

    yield write
    for handler in root.handlers:
        if isinstance(handler, logs.LogFile):
            handler.close()
    root.handlers, logging.raiseExceptions = before, raising
    root.setLevel(level)
    for name, own in levels.items():
        logging.getLogger(name).setLevel(own)
    structlog.configure(**config)


def test_a_step_that_is_stopped_before_it_begins_failed_at_nothing(log: Log) -> None:
    begun: list[int] = []

    async def step() -> None:
        begun.append(1)

    async def stopped_at_once() -> None:
        clock = Clock(ZoneInfo("UTC"))
        clock.every(60, "poll", step)
        # At the loop's next turn the first makes the step's task, and the second cancels it.
        clock.start()
        clock.stop()
        await asyncio.sleep(0.01)

    assert log("text", lambda: asyncio.run(stopped_at_once())) == []
    assert begun == []


FORGED = "2026-11-21 12:00:00 error   forged"
HOSTILE = [
    pytest.param(f"제목\n{FORGED}", id="line feed"),
    pytest.param(f"제목\r\n{FORGED}", id="carriage return"),
    pytest.param(f"제목\x0b{FORGED}\x0c\x1c\x1d\x1e", id="what str.splitlines takes for an end"),
    pytest.param(f"제목\u2028{FORGED}\u2029\x85", id="Unicode's ends of lines"),
    pytest.param(f"제목\nTraceback (most recent call last):\n{FORGED}", id="what looks like our traceback"),
    pytest.param(f"\x1b[2J\x1b]0;pwned\x07\x9b31m{FORGED}", id="orders to the terminal"),
    pytest.param(f"https://a.example/\u202egpj.exe\u2066 {FORGED}", id="the reading direction"),
    pytest.param('x" status=ok forged="', id="the end of a field"),
    pytest.param("\\" + f'" \\n{FORGED}', id="backslashes"),
    pytest.param("\udfff\ud800 lone surrogates", id="surrogates"),
]


@pytest.mark.parametrize("said", HOSTILE)
def test_whatever_a_feed_says_is_one_line_of_text(log: Log, said: str) -> None:
    def says() -> None:
        logs.logger.info("poll", source="a", reason=said)
        logging.getLogger("library").warning("could not read %s", said)
        try:
            raise ValueError(said)
        except ValueError:
            logs.logger.exception("bug")

    lines = log("text", says)
    events = [line for line in lines if not line.startswith("    ")]
    assert [line[20:].split()[:2] for line in events] == [
        ["info", "poll"],
        ["warning", "could"],
        ["error", "bug"],
    ]
    assert not any(line.strip() == FORGED for line in events)
    assert all(
        character.isprintable() for line in lines for character in line if character not in "\ud800\udfff"
    )
    # The value stands between its own quotation marks: what follows it belongs to nobody.
    value = events[0].partition("reason=")[2]
    assert value.endswith('"') and '"' not in value[1:-1].replace("\\\\", "").replace('\\"', "")


@pytest.mark.parametrize("said", HOSTILE)
def test_whatever_a_feed_says_is_one_object_of_json_and_nothing_of_it_is_lost(log: Log, said: str) -> None:
    def says() -> None:
        logs.logger.info("poll", reason=said)
        try:
            raise ValueError(said)
        except ValueError:
            logs.logger.exception("bug")

    lines = log("json", says)
    poll, bug = map(json.loads, lines)
    assert poll["reason"].encode("utf-8", "surrogatepass") == said.encode("utf-8", "surrogatepass")
    assert bug["event"] == "bug"
    assert all(character.isprintable() for line in lines for character in line)


@pytest.mark.parametrize("style", ["text", "json"])
def test_no_spelling_of_a_secret_passes(log: Log, style: str) -> None:
    password = 'p@ss"w/rd'
    url = "smtp://user:p%40ss%22w%2Frd@mail.example.kr:587"

    def says() -> None:
        logs.logger.warning("mail", reason=f"535 {password} refused", asked=f"AUTH {url}")
        logs.logger.warning("bot", reason=f"https://proxy.example/?u=bot{TOKEN.replace(':', '%3A')}/getMe")
        logging.getLogger("smtplib").warning("send: %r", {"password": password})
        try:
            raise OSError(f"login {password} as p%40ss%22w%2Frd")
        except OSError:
            logs.logger.exception("bug")

    text = "\n".join(log(style, says, url, TOKEN))
    assert not any(part in text for part in ("p@ss", "p%40ss", "w/rd", "AAExample"))


def test_the_file_turns_over_and_is_its_owners_alone(
    log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log("text", lambda: None)
    handler = logging.getLogger().handlers[-1]
    assert isinstance(handler, logs.LogFile)
    handler.maxBytes = 1000
    for number in range(300):
        logs.logger.info("poll", number=number)
    found = sorted(path.name for path in tmp_path.iterdir())
    assert found == ["monitor.log", *(f"monitor.log.{number}" for number in range(1, 6))]
    assert all(path.stat().st_size <= 1000 for path in tmp_path.iterdir())
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    assert "number=299" in (tmp_path / "monitor.log").read_text()


def test_a_file_that_cannot_be_written_is_named_with_its_setting(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="MONITOR_LOG_FILE.*nowhere"):
        logs.configure("text", file=tmp_path / "nowhere" / "monitor.log")


def test_a_line_that_cannot_be_written_tells_nothing_of_itself(
    log: Log, capsys: pytest.CaptureFixture[str]
) -> None:
    """Python's logging would print the message and its arguments, before any redaction."""

    def full() -> None:
        raise OSError(28, "No space left on device")

    log("text", lambda: None, "hunter2")
    handler = logging.getLogger().handlers[-1]
    logging.getLogger().handlers = [handler]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(handler, "flush", full)
        logs.logger.info("mail", reason="hunter2")
    captured = capsys.readouterr()
    assert captured.err == "" and captured.out == ""
    handler.close()
