"""sources.yaml and topics.yaml as the pages read them."""

import os
from pathlib import Path

import pytest
from django.test import Client

from monitor.errors import ConfigError
from review import catalogue
from tests.review.conftest import forget_settings

STANZA = "- {{id: boj, name: {name}, country: JP, url: 'https://boj.example/'}}\n"


@pytest.fixture
def sources_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "sources.yaml"
    path.write_text(STANZA.format(name="일본은행"), encoding="utf-8")
    monkeypatch.setenv("MONITOR_SOURCES", str(path))
    forget_settings()
    return path


def rewrite(path: Path, text: str, second: int) -> None:
    path.write_text(text, encoding="utf-8")
    os.utime(path, (second, second))


def test_a_changed_file_is_read_again_and_an_unchanged_one_is_not(sources_file: Path) -> None:
    first = catalogue.sources()
    assert catalogue.source_name("boj") == "일본은행"
    assert catalogue.sources() is first
    rewrite(sources_file, STANZA.format(name="일은"), 1)
    assert catalogue.source_name("boj") == "일은"


def test_a_file_that_was_just_broken_leaves_the_pages_standing(sources_file: Path, editor: Client) -> None:
    assert editor.get("/sources/").status_code == 200
    rewrite(sources_file, "- {id: boj, url: nonsense", 2)
    assert "일본은행" in editor.get("/sources/").content.decode()
    sources_file.unlink()
    assert "일본은행" in editor.get("/sources/").content.decode()
    rewrite(sources_file, STANZA.format(name="고친 은행"), 3)
    assert "고친 은행" in editor.get("/sources/").content.decode()


def test_a_file_that_never_could_be_read_is_an_error(sources_file: Path) -> None:
    rewrite(sources_file, "[]", 4)
    with pytest.raises(ConfigError):
        catalogue.sources()


def test_what_the_files_do_not_know_keeps_its_id() -> None:
    assert catalogue.source_name("lost") == "lost"
    assert catalogue.topic_name("lost") == "lost"
    assert catalogue.source_zone("lost").key == "Asia/Seoul"
    assert catalogue.source_zone("nist").key == "America/New_York"
