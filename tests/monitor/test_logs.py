"""Log lines: one an event, without secrets."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

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
    assert one_line("a\nERROR forged\r\x1b[31m\u2028b") == "a\\x0aERROR forged\\x0d\\x1b[31m\\x2028b"


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
