"""Models as files: what was saved is what is loaded, and nothing else is; which one is in force."""

import hashlib
import json
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skops.io
from structlog.testing import capture_logs
from threadpoolctl import threadpool_limits

from classifiers.encoders import ENCODERS
from classifiers.judging.features import EntryText, FeatureReader
from classifiers.judging.scoring import HandSetModel
from classifiers.judging.trained import TrainedModel
from classifiers.serving import loading, versions
from classifiers.serving.versions import ModelError, activate, active_name, load, save
from monitor.config import settings
from tests.classifiers.fakes import FakeEncoder
from tests.classifiers.test_fitting import SMALL, learn, small_set

TITLES = ("ウエハー工場の新設", "衛星のロケット発射", "野球の試合", "")

#: The taxonomy of the tests, as a file.
TOPICS_YAML = """
topics:
- {id: chips, name: {ko: chips}, description: {en: News about chips.}, terms: {en: [半導体]}}
- {id: space, name: {ko: space}, description: {en: News about space.}, terms: {en: [衛星]}}
"""


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """On matrices as small as these, and cores as busy, threads of BLAS wait for each other most of the time."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def by_words() -> TrainedModel:
    return learn(small_set()).model


@pytest.fixture(scope="module")
def by_vectors() -> TrainedModel:
    return learn(small_set(), encoder=FakeEncoder()).model


@pytest.fixture
def saved(by_words: TrainedModel, tmp_path: Path) -> Path:
    """A folder with the model "test"."""
    save(by_words, tmp_path)
    return tmp_path


def put(folder: Path, name: str, body: bytes) -> None:
    """A file with a manifest that vouches for it."""
    (folder / f"{name}.skops").write_bytes(body)
    manifest = {"name": name, "encoder": "", "sha256": hashlib.sha256(body).hexdigest()}
    (folder / f"{name}.json").write_text(json.dumps(manifest), encoding="ascii")


def arrays(model: TrainedModel, **changes: object) -> dict[str, object]:
    return {name: value for name, value in {**model.as_arrays(), **changes}.items() if name != "manifest"}


class TestRoundTrip:
    def test_a_loaded_model_judges_as_the_saved_one(
        self, by_words: TrainedModel, by_vectors: TrainedModel, tmp_path: Path
    ) -> None:
        for model, encoder in ((by_words, None), (by_vectors, FakeEncoder())):
            save(model, tmp_path)
            loaded = load(tmp_path, model.name)
            reader = FeatureReader(SMALL, encoder)
            features = reader.read([EntryText(title, "", "ja") for title in TITLES])
            one, other = (each.judge(features, reader.topics) for each in (model, loaded))
            for name in ("topics", "thresholds", "kinds", "relevance"):
                assert np.array_equal(getattr(one, name), getattr(other, name)), name
            assert (loaded.name, loaded.encoder, loaded.topics) == (model.name, model.encoder, model.topics)

    def test_the_manifest_says_what_it_is_and_keeps_what_it_was_given(
        self, by_words: TrainedModel, tmp_path: Path
    ) -> None:
        save(replace(by_words, manifest={"metrics": {"micro_f1": 0.7}, "note": "한국어"}), tmp_path)
        manifest = json.loads((tmp_path / "test.json").read_text(encoding="utf-8"))
        assert manifest["name"] == "test"
        assert manifest["encoder"] == ""
        assert manifest["topics"] == ["chips", "space"]
        assert manifest["sha256"] == hashlib.sha256((tmp_path / "test.skops").read_bytes()).hexdigest()
        assert manifest["metrics"] == {"micro_f1": 0.7}
        assert load(tmp_path, "test").manifest == manifest

    def test_a_loaded_one_can_be_saved_under_another_name(self, saved: Path) -> None:
        save(replace(load(saved, "test"), name="other"), saved)
        loaded = load(saved, "other")
        assert loaded.manifest["name"] == loaded.name == "other"

    def test_nothing_but_the_model_and_its_manifest_is_left_in_the_folder(self, saved: Path) -> None:
        assert sorted(file.name for file in saved.iterdir()) == ["test.json", "test.skops"]

    def test_a_folder_that_is_not_there_is_made(self, by_words: TrainedModel, tmp_path: Path) -> None:
        save(by_words, tmp_path / "home" / "models")
        assert load(tmp_path / "home" / "models", "test").name == "test"

    @pytest.mark.parametrize("file", sorted(versions.SHIPPED.glob("*.skops")), ids=lambda file: file.stem)
    def test_a_shipped_one_is_read_as_skops_reads_it(self, file: Path) -> None:
        theirs = skops.io.loads(file.read_bytes(), trusted=[])
        ours = arrays(load(file.parent, file.stem))
        assert ours.keys() == theirs.keys()
        for name, value in theirs.items():
            assert type(ours[name]) is type(value), name
            assert np.array_equal(ours[name], value), name
            assert getattr(ours[name], "dtype", None) == getattr(value, "dtype", None), name

    def test_to_read_one_loads_neither_skops_nor_scikit_learn(self) -> None:
        code = "import sys; from classifiers.serving import versions; versions.shipped(''); print({'skops', 'sklearn'} & {*sys.modules})"
        root = Path(versions.__file__).parents[1]
        done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, timeout=60, check=True)  # fmt: skip
        assert done.stdout == "set()\n"


class TestRefused:
    @pytest.mark.parametrize("place", [0, 0.5, -1], ids=["first", "middle", "last"])
    def test_a_file_with_one_byte_changed(self, saved: Path, place: float) -> None:
        body = bytearray((saved / "test.skops").read_bytes())
        body[int(place * len(body)) if 0 < place < 1 else int(place)] ^= 1
        (saved / "test.skops").write_bytes(body)
        with pytest.raises(ModelError, match="not the one that its manifest speaks of"):
            load(saved, "test")

    def test_a_file_that_ends_early(self, saved: Path) -> None:
        body = (saved / "test.skops").read_bytes()
        (saved / "test.skops").write_bytes(body[:-100])
        with pytest.raises(ModelError):
            load(saved, "test")

    def test_the_manifest_of_another_model(self, saved: Path, by_words: TrainedModel) -> None:
        save(replace(by_words, name="other", thresholds=np.zeros(2, np.float32)), saved)
        (saved / "test.json").write_bytes((saved / "other.json").read_bytes())
        with pytest.raises(ModelError, match="model test: "):
            load(saved, "test")

    @pytest.mark.parametrize("suffix", ["json", "skops"])
    def test_half_a_model(self, saved: Path, suffix: str) -> None:
        (saved / f"test.{suffix}").unlink()
        with pytest.raises(ModelError, match="model test: "):
            load(saved, "test")

    def test_a_model_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(ModelError, match="model none: "):
            load(tmp_path / "nowhere", "none")

    @pytest.mark.parametrize(
        "manifest",
        [
            pytest.param(b"", id="empty"),
            pytest.param(b"{", id="torn"),
            pytest.param(b"\xff\xfe", id="no-text"),
            pytest.param(b"{}", id="without-hash"),
            pytest.param(b'{"sha256": null}', id="null-hash"),
            pytest.param(b"[]", id="list"),
        ],
    )
    def test_a_manifest_that_says_nothing(self, saved: Path, manifest: bytes) -> None:
        (saved / "test.json").write_bytes(manifest)
        with pytest.raises(ModelError):
            load(saved, "test")

    def test_arrays_that_are_no_model(self, tmp_path: Path, by_words: TrainedModel) -> None:
        without = arrays(by_words)
        del without["blend"]
        for content in (without, {**arrays(by_words), "more": 1}, [1, 2], {}):
            put(tmp_path, "odd", skops.io.dumps(content))
            with pytest.raises(ModelError, match="not readable"):
                load(tmp_path, "odd")

    def test_an_archive_that_is_none_of_skops(self, tmp_path: Path) -> None:
        body = BytesIO()
        with zipfile.ZipFile(body, "w") as archive:
            archive.writestr("readme.txt", "nothing")
        put(tmp_path, "odd", body.getvalue())
        with pytest.raises(ModelError, match="not readable"):
            load(tmp_path, "odd")

    @pytest.mark.parametrize("body", [b"", b"no archive", b"PK\x03\x04 torn"], ids=["empty", "text", "torn"])
    def test_what_is_no_archive_though_its_manifest_vouches_for_it(self, tmp_path: Path, body: bytes) -> None:
        put(tmp_path, "odd", body)
        with pytest.raises(ModelError, match="not readable"):
            load(tmp_path, "odd")

    def test_a_model_that_learned_features_of_another_form(self, saved: Path) -> None:
        manifest = json.loads((saved / "test.json").read_text())
        (saved / "test.json").write_text(json.dumps({**manifest, "form": manifest["form"] + 1}))
        with pytest.raises(ModelError, match="another form"):
            load(saved, "test")

    def test_a_model_under_another_name(self, saved: Path) -> None:
        for suffix in ("json", "skops"):
            (saved / f"test.{suffix}").rename(saved / f"best.{suffix}")
        with pytest.raises(ModelError):
            load(saved, "best")


_ran: list[str] = []


def _run(what: str) -> str:
    _ran.append(what)
    return what


class Custom:
    """What does something when it is made from a file."""

    def __reduce__(self) -> Any:
        return _run, ("pickle",)

    def __setstate__(self, state: object) -> None:
        _run("skops")


class Stateful:
    """As `Custom`, the way that skops would make it."""

    def __init__(self) -> None:
        self.state = 1

    def __setstate__(self, state: object) -> None:
        _run("skops")


class TestCode:
    """A file that its manifest vouches for may still have been made by anyone."""

    @pytest.fixture(autouse=True)
    def nothing_ran(self) -> Iterator[None]:
        _ran.clear()
        yield
        assert _ran == []

    def test_the_checks_own_code_would_run_if_it_were_let(self) -> None:
        pickle.loads(pickle.dumps(Custom()))
        names = [f"{__name__}.{Stateful.__name__}"]
        skops.io.loads(skops.io.dumps(Stateful()), trusted=names)
        assert _ran == ["pickle", "skops"]
        _ran.clear()

    def test_a_pickle_is_refused_and_not_run(self, tmp_path: Path) -> None:
        put(tmp_path, "evil", pickle.dumps(Custom()))
        with pytest.raises(ModelError):
            load(tmp_path, "evil")

    @pytest.mark.parametrize("key", ["extra", "blend", "name"])
    def test_a_class_of_ones_own_is_refused_and_not_made(
        self, tmp_path: Path, by_words: TrainedModel, key: str
    ) -> None:
        put(tmp_path, "evil", skops.io.dumps({**arrays(by_words), key: Stateful()}))
        with pytest.raises(ModelError, match="Stateful is not trusted"):
            load(tmp_path, "evil")

    def test_a_function_is_refused(self, tmp_path: Path, by_words: TrainedModel) -> None:
        put(tmp_path, "evil", skops.io.dumps({**arrays(by_words), "extra": _run}))
        with pytest.raises(ModelError):
            load(tmp_path, "evil")


class TestPointer:
    def test_with_none_the_shipped_one_is_in_force(self, tmp_path: Path) -> None:
        assert active_name(tmp_path, "") == active_name(tmp_path / "nowhere", "e5") == ""

    def test_the_last_one_activated_is_in_force(self, tmp_path: Path) -> None:
        activate(tmp_path, "", "first")
        activate(tmp_path, "", "second")
        assert active_name(tmp_path, "") == "second"

    def test_each_encoder_has_its_own(self, tmp_path: Path) -> None:
        activate(tmp_path, "", "words")
        activate(tmp_path, "e5", "vectors")
        assert (active_name(tmp_path, ""), active_name(tmp_path, "e5")) == ("words", "vectors")
        assert active_name(tmp_path, "use") == ""

    def test_with_no_name_the_shipped_one_is_in_force_again(self, tmp_path: Path) -> None:
        activate(tmp_path, "", "first")
        for _twice in range(2):
            activate(tmp_path, "", "")
            assert active_name(tmp_path, "") == ""
        assert list(tmp_path.iterdir()) == []

    def test_one_that_cannot_be_read_is_none(self, tmp_path: Path) -> None:
        activate(tmp_path, "", "first")
        (pointer,) = tmp_path.iterdir()
        pointer.write_bytes(b"\xff\xfe\x80")
        assert active_name(tmp_path, "") == ""


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """The models' folder of a home with a small taxonomy, the fake encoder, and a folder of shipped models, empty."""
    (tmp_path / "topics.yaml").write_text(TOPICS_YAML, encoding="utf-8")
    monkeypatch.setenv("MONITOR_TOPICS", str(tmp_path / "topics.yaml"))
    monkeypatch.setenv("MONITOR_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MONITOR_ENCODER", "fake")
    monkeypatch.setitem(ENCODERS, "fake", FakeEncoder)
    monkeypatch.setattr(versions, "SHIPPED", tmp_path / "shipped")
    _forget()
    yield loading.models_folder()
    monkeypatch.undo()
    _forget()


def _forget() -> None:
    settings.cache_clear()
    for cached in (loading._classifier, loading._encoder, loading.taxonomy):
        cached.cache_clear()


def ship(model: TrainedModel) -> None:
    save(replace(model, name=versions.shipped_name(model.encoder)), versions.SHIPPED)


class TestModelInForce:
    def test_it_is_the_one_called_for(self, home: Path, by_vectors: TrainedModel) -> None:
        ship(by_vectors)
        save(replace(by_vectors, name="mine"), home)
        with capture_logs() as logs:
            assert loading.model_named("fake-1", "mine").name == "mine"
            assert loading.model_named("fake-1", "").name == "shipped-fake-1"
        assert logs == []

    def test_a_damaged_one_gives_way_to_the_shipped_one_with_a_warning(
        self, home: Path, by_vectors: TrainedModel
    ) -> None:
        ship(by_vectors)
        save(replace(by_vectors, name="mine"), home)
        (home / "mine.skops").write_bytes(b"damaged")
        with capture_logs() as logs:
            assert loading.model_named("fake-1", "mine").name == "shipped-fake-1"
        (warning,) = logs
        assert (warning["log_level"], warning["event"]) == ("warning", "model not used")
        assert "mine" in warning["reason"]

    def test_a_damaged_shipped_one_gives_way_to_the_one_set_by_hand_with_a_warning(
        self, home: Path, by_vectors: TrainedModel
    ) -> None:
        ship(by_vectors)
        (versions.SHIPPED / "shipped-fake-1.skops").write_bytes(b"damaged")
        with capture_logs() as logs:
            model = loading.model_named("fake-1", "gone")
        assert isinstance(model, HandSetModel)
        assert [("gone" in one["reason"], "shipped-fake-1" in one["reason"]) for one in logs] == [
            (True, False),
            (False, True),
        ]

    def test_where_none_ships_the_one_set_by_hand_serves_without_a_word(self, home: Path) -> None:
        with capture_logs() as logs:
            assert isinstance(loading.model_named("fake-1", ""), HandSetModel)
        assert logs == []

    def test_one_made_for_another_encoder_is_not_used(self, home: Path, by_words: TrainedModel) -> None:
        save(replace(by_words, name="mine"), home)
        assert isinstance(loading.model_named("fake-1", "mine"), HandSetModel)


class TestClassifier:
    """The classifier of a process that is not started again."""

    def test_it_takes_up_a_model_that_was_put_in_force(self, home: Path, by_vectors: TrainedModel) -> None:
        assert loading.classifier().name.startswith("hand-1+fake-1+")
        for name in ("first", "second"):
            save(replace(by_vectors, name=name), home)
            activate(home, "fake-1", name)
            assert loading.classifier().name.startswith(f"{name}+fake-1+")
            assert loading.classifier() is loading.classifier()

    def test_it_lets_go_of_a_model_that_was_rolled_back(self, home: Path, by_vectors: TrainedModel) -> None:
        ship(by_vectors)
        save(replace(by_vectors, name="mine"), home)
        activate(home, "fake-1", "mine")
        assert loading.classifier().name.startswith("mine+")
        activate(home, "fake-1", "")
        assert loading.classifier().name.startswith("shipped-fake-1+")

    def test_the_model_of_another_encoder_is_none_of_its_business(
        self, home: Path, by_words: TrainedModel
    ) -> None:
        save(by_words, home)
        activate(home, "", by_words.name)
        assert loading.classifier().name.startswith("hand-1+fake-1+")

    def test_it_judges_by_the_model_in_force(self, home: Path, by_vectors: TrainedModel) -> None:
        entry = EntryText("ウエハー工場の新設", "", "ja")
        (before,) = loading.classifier().classify([entry])
        save(by_vectors, home)
        activate(home, "fake-1", by_vectors.name)
        (after,) = loading.classifier().classify([entry])
        assert after.scores["chips"] > before.scores["chips"] + 0.3
        assert [topic.topic for topic in after.topics] == ["chips"]
        assert after.kind == "industry"

    def test_a_damaged_model_in_force_stops_nothing(self, home: Path, by_vectors: TrainedModel) -> None:
        save(replace(by_vectors, name="mine"), home)
        (home / "mine.skops").write_bytes(b"damaged")
        activate(home, "fake-1", "mine")
        with capture_logs() as logs:
            assert loading.classifier().name.startswith("hand-1+fake-1+")
            loading.classifier()
        # Told once, not at every entry.
        assert [one["event"] for one in logs] == ["model not used"]
