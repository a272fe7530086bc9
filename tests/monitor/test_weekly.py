"""The weekly training is a process of its own: what it says, how it fails, and that it ends with the program."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from monitor.cli.steps import _train
from tests.whole.program import eventually


def program(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Something else in the training's place."""
    instead = folder / "python"
    instead.write_text(f"#!/bin/sh\n{script}\n")
    instead.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(instead))


async def test_what_came_of_it_is_logged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, monkeypatch, """echo '{"name":"own-1","promoted":true,"reason":null}'""")
    with capture_logs() as logs:
        await _train()
    assert [(one["event"], one["name"], one["promoted"]) for one in logs] == [("trained", "own-1", True)]


async def test_one_that_fails_is_a_failure_of_the_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, monkeypatch, "exit 3")
    with pytest.raises(RuntimeError, match="exit code 3"):
        await _train()


async def test_one_under_way_ends_with_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, monkeypatch, f"echo $$ > {tmp_path}/pid; exec sleep 60")
    training = asyncio.create_task(_train())
    assert await asyncio.to_thread(eventually, lambda: bool(_read(tmp_path / "pid")))
    pid = _read(tmp_path / "pid")
    training.cancel()
    with pytest.raises(asyncio.CancelledError):
        await training
    # Gone, or a zombie: nobody is left who works.
    assert await asyncio.to_thread(
        eventually, lambda: _read(Path(f"/proc/{pid}/stat")).rpartition(") ")[2][:1] in {"", "Z"}
    )


def _read(file: Path) -> str:
    # Not asked first whether it is there: it may go between the question and the reading.
    try:
        return file.read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def test_where_there_is_nothing_to_learn_it_ends_with_an_error_and_no_word_on_its_output(
    tmp_path: Path,
) -> None:
    env = {**os.environ, "MONITOR_HOME": str(tmp_path), "MONITOR_ENCODER": "none", "DATABASE_URL": ""}
    done = subprocess.run(
        [sys.executable, "-m", "monitor.cli.weekly"], env=env, capture_output=True, text=True, timeout=120, check=False
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert "NothingToLearnError" in done.stderr
