"""The classifier of a process: from the settings, once, in any thread, also where nothing can be written."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from classifiers.encoders import ENCODERS
from classifiers.serving import loading
from monitor.config import settings
from monitor.errors import ConfigError
from tests.classifiers.fakes import FakeEncoder
from tests.classifiers.test_taxonomy import PACKAGED


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("MONITOR_TOPICS", str(PACKAGED))
    monkeypatch.setenv("MONITOR_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MONITOR_ENCODER", "fake")
    monkeypatch.setitem(ENCODERS, "fake", FakeEncoder)
    _forget()
    yield
    monkeypatch.undo()
    _forget()


def _forget() -> None:
    settings.cache_clear()
    loading._classifier.cache_clear()
    loading.taxonomy.cache_clear()


def test_it_is_made_once_however_many_threads_ask() -> None:
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(loading.classifier())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(map(id, found))) == 1


def test_the_topics_vectors_are_kept_in_the_home_folder(tmp_path: Path) -> None:
    loading.classifier()
    assert [file.name for file in (tmp_path / "home" / "models").iterdir()] == ["anchors-fake-1.npz"]


def test_a_home_that_cannot_be_written_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file in the way", encoding="ascii")
    assert loading.classifier().name.startswith("hand-1+fake-1+")


def test_a_wrong_topics_file_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "topics.yaml").write_text("topics: []", encoding="ascii")
    monkeypatch.setenv("MONITOR_TOPICS", str(tmp_path / "topics.yaml"))
    _forget()
    with pytest.raises(ConfigError, match="topics.yaml:1: topics"):
        loading.classifier()


def test_a_wrong_encoder_is_told_and_may_be_put_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_ENCODER", "bert")
    _forget()
    with pytest.raises(ConfigError, match="MONITOR_ENCODER"):
        loading.classifier()
    monkeypatch.setenv("MONITOR_ENCODER", "none")
    settings.cache_clear()
    assert loading.classifier().name.startswith("shipped-words+words+")
