"""The examples that are marked for it do what they show: `<!-- test: sources|topics|python|commands -->` above the block."""

import os
import re
import shlex
from pathlib import Path

import pytest

from classifiers.taxonomy import load_taxonomy
from monitor.sourcesfile import load_sources
from tests.docs.pages import ROOT, examples, name
from tests.servers.warm import Warm

PIPED = re.compile(r"(?:echo '(?P<stdin>[^']*)' \| )?monitor (?P<arguments>.+)")


def ids(example: object) -> str:
    return name(example) if isinstance(example, Path) else ""


@pytest.mark.parametrize(("page", "body"), examples("sources"), ids=ids)
def test_a_stanza_is_right(page: Path, body: str, tmp_path: Path) -> None:
    (tmp_path / "sources.yaml").write_text(body, encoding="utf-8")
    assert load_sources(tmp_path / "sources.yaml")


@pytest.mark.parametrize(("page", "body"), examples("topics"), ids=ids)
def test_a_taxonomy_is_right(page: Path, body: str, tmp_path: Path) -> None:
    (tmp_path / "topics.yaml").write_text(body, encoding="utf-8")
    assert load_taxonomy(tmp_path / "topics.yaml").topics


@pytest.mark.parametrize(("page", "body"), examples("python"), ids=ids)
def test_python_runs(page: Path, body: str) -> None:
    exec(compile(body, name(page), "exec"), {})


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all examples: making its database takes longer than most commands."""
    folder = tmp_path_factory.mktemp("examples")
    (folder / "sources.yaml").write_text("- {id: example-press, url: https://www.example.go.jp/press.xml}\n")
    return folder


@pytest.mark.parametrize(("page", "body"), examples("commands"), ids=ids)
def test_a_command_runs(page: Path, body: str, home: Path, warm: Warm) -> None:
    environment = {
        **os.environ,
        "MONITOR_HOME": str(home / "var"),
        "MONITOR_TOPICS": str(ROOT / "topics.yaml"),
        "MONITOR_ENCODER": "none",
    }
    for line in body.strip().splitlines():
        asked = PIPED.fullmatch(line.partition("  #")[0].strip())
        assert asked, f"no command that a test can run: {line}"
        ran = warm.run(
            *shlex.split(asked["arguments"]), cwd=home, env=environment, stdin=asked["stdin"] or ""
        )
        assert ran.returncode == 0, f"{line}\n{ran.stderr}"


def test_examples_of_each_kind_were_found() -> None:
    assert all(examples(kind) for kind in ("sources", "topics", "python", "commands"))
