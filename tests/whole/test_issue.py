"""The next issue by the real commands: opened, listed, shown, taken along as a file."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path


def test_an_issue_from_the_console(tmp_path: Path, settle_in: Callable[[Path], None]) -> None:
    settle_in(tmp_path / "var")

    def run(*arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", "monitor", "issue", *arguments],
            cwd=tmp_path, env={**os.environ, "MONITOR_HOME": str(tmp_path / "var")},
            capture_output=True, timeout=60, check=False,
        )  # fmt: skip

    opened = run("new", "kiat-watch", "--number", "2026-24", "--json")
    assert opened.returncode == 0, opened.stderr
    (line,) = run("list", "--json").stdout.decode().splitlines()
    assert json.loads(line) == {**json.loads(opened.stdout), "articles": 0}
    assert json.loads(line)["published_on"] == "2026-12-16"
    assert run("export", "kiat-watch", "--format", "docx", "-o", "24.docx").returncode == 0
    assert (tmp_path / "24.docx").read_bytes()[:2] == b"PK"
    refused = run("export", "2031-01", "--format", "md")
    assert (refused.returncode, refused.stdout) == (2, b"")
    assert '"kiat-watch 2026-24"' in refused.stderr.decode()
