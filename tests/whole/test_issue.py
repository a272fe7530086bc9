"""The next issue by the real commands: opened, listed, shown, taken along as a file."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.servers.warm import Warm


@pytest.mark.django_db  # on PostgreSQL too
def test_an_issue_from_the_console(tmp_path: Path, settle_in: Callable[[Path], None], warm: Warm) -> None:
    settle_in(tmp_path / "var")

    def run(*arguments: str) -> subprocess.CompletedProcess[bytes]:
        env = {**os.environ, "MONITOR_HOME": str(tmp_path / "var")}
        return warm.run("issue", *arguments, cwd=tmp_path, env=env, text=False)

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
