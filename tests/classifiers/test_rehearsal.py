"""What a model would have said of last month, worked out batch by batch and kept as a file."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from classifiers.classifier import EntryText, TopicClassifier
from classifiers.encoders import Encoder, EncoderError
from classifiers.judging.trained import TrainedModel
from classifiers.models import EntryVector
from classifiers.serving import versions
from classifiers.training import rehearsal
from classifiers.training.rehearsal import (
    Asked,
    ask,
    asked_of,
    kept_versions,
    rehearsal_of,
    rehearse,
    waiting,
    work_off,
)
from monitor.models import Entry, Source, Story
from tests.classifiers.fakes import FakeEncoder
from tests.classifiers.test_fitting import SMALL, learn, small_set

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
WORDS, VECTORS = "own-20261120-030000-words", "own-20261120-030000-fake-1"


@pytest.fixture(scope="module")
def models() -> tuple[TrainedModel, TrainedModel]:
    return learn(small_set()).model, learn(small_set(), encoder=FakeEncoder()).model


@pytest.fixture
def folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, models: tuple[TrainedModel, TrainedModel]
) -> Path:
    """A models' folder with a version for no encoder and one for the fake; nothing ships."""
    monkeypatch.setattr(rehearsal, "taxonomy", lambda: SMALL)
    monkeypatch.setattr(versions, "SHIPPED", tmp_path / "shipped")
    for name, model in zip((WORDS, VECTORS), models, strict=True):
        versions.save(replace(model, name=name), tmp_path)
    return tmp_path


def entry(title: str, days: float = 1, *, tagged: bool = True) -> Entry:
    Source.objects.get_or_create(id="s")
    seen_at = NOW - timedelta(days=days)
    story = Story.objects.create(first_seen_at=seen_at)
    return Entry.objects.create(
        source_id="s", story=story, title=title, lang="ja", first_seen_at=seen_at,
        tagged_at=seen_at if tagged else None,
    )  # fmt: skip


class TestVersions:
    def test_ones_own_stand_before_the_shipped_one_and_the_newest_first(
        self, folder: Path, models: tuple[TrainedModel, TrainedModel]
    ) -> None:
        versions.save(replace(models[0], name="own-20261127-030000-words"), folder)
        versions.save(replace(models[0], name="shipped-words"), versions.SHIPPED)
        assert kept_versions(folder, "") == ["own-20261127-030000-words", WORDS, "shipped-words"]

    def test_those_for_other_vectors_are_left_out(self, folder: Path) -> None:
        assert kept_versions(folder, "fake-1") == [VECTORS]
        assert kept_versions(folder / "nowhere", "other") == []


@pytest.mark.django_db
class TestRehearse:
    def test_it_says_of_each_entry_of_the_month_what_the_model_says(
        self, folder: Path, models: tuple[TrainedModel, TrainedModel], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(rehearsal, "BATCH", 2)
        titles = ["ウエハー工場の新設", "衛星のロケット発射", "野球の試合"]
        mine = [entry(title, days) for days, title in enumerate(titles, 1)]
        entry("古い半導体", 31)
        entry("まだの半導体", tagged=False)
        assert [*rehearse(folder, None, WORDS, NOW)] == [pytest.approx(2 / 3), 1]
        found = rehearsal_of(folder, WORDS)
        assert found
        assert found.made_at == NOW
        said = TopicClassifier(SMALL, model=models[0]).classify(
            [EntryText(title, "", "ja") for title in titles]
        )
        assert {pk: (one.relevance, one.topics) for pk, one in found.entries.items()} == {
            one.pk: (pytest.approx(result.relevance, abs=1e-4), {topic.topic for topic in result.topics})
            for one, result in zip(mine, said, strict=True)
        }
        assert any(one.topics for one in found.entries.values())

    def test_vectors_that_are_kept_are_not_made_again_and_say_the_same(self, folder: Path) -> None:
        mine = [entry(title) for title in ("半導体の工場", "衛星の発射", "野球の試合")]
        first = FakeEncoder()
        for _share in rehearse(folder, first, VECTORS, NOW):
            pass
        fresh = rehearsal_of(folder, VECTORS)
        texts = first.batches[-1]
        for one, vector in zip(mine[:2], first.encode(texts), strict=False):
            EntryVector.objects.create(
                entry=one, vector=vector.astype("<f2").tobytes(), encoder="fake-1", first_seen_at=NOW
            )
        EntryVector.objects.create(entry=mine[2], vector=b"\0\0", encoder="other", first_seen_at=NOW)
        second = FakeEncoder()
        for _share in rehearse(folder, second, VECTORS, NOW):
            pass
        assert second.batches == [texts[2:]]
        again = rehearsal_of(folder, VECTORS)
        assert fresh
        assert again
        for one in mine:
            assert again.entries[one.pk].relevance == pytest.approx(fresh.entries[one.pk].relevance, abs=0.01)

    def test_an_entry_that_the_encoder_cannot_read_holds_up_no_other(self, folder: Path) -> None:
        good, bad = entry("半導体の工場"), entry("呪いの半導体")
        for _share in rehearse(folder, FakeEncoder(cannot_read="呪"), VECTORS, NOW):
            pass
        found = rehearsal_of(folder, VECTORS)
        assert found
        assert found.entries.keys() == {good.pk, bad.pk}

    @pytest.mark.parametrize(
        ("encoder", "name", "reason"),
        [
            pytest.param(None, VECTORS, "made for the vectors of fake-1", id="another encoder"),
            pytest.param(None, "own-1-words", "model own-1-words: ", id="gone"),
            pytest.param(None, "shipped-words", "none ships", id="none ships"),
            pytest.param(FakeEncoder(broken=True), VECTORS, "told to fail", id="a broken encoder"),
        ],
    )
    def test_what_cannot_be_rehearsed_says_why_and_leaves_the_file_as_it_was(
        self, folder: Path, encoder: Encoder | None, name: str, reason: str
    ) -> None:
        entry("半導体の工場")
        ask(folder, name)
        with pytest.raises((versions.ModelError, EncoderError), match=reason):
            [*rehearse(folder, encoder, name, NOW)]
        assert [*work_off(folder, encoder, name, NOW)] == []
        asked = asked_of(folder, name)
        assert asked
        assert reason in asked.fault
        assert rehearsal_of(folder, name) is None
        assert waiting(folder) == [], "it is not tried for ever"
        ask(folder, name)
        assert waiting(folder) == [name]


@pytest.mark.django_db
class TestRequest:
    def test_it_says_how_far_it_has_come_and_ends_with_the_file(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(rehearsal, "BATCH", 1)
        for number in range(4):
            entry(f"半導体 {number}")
        ask(folder, WORDS)
        assert (waiting(folder), asked_of(folder, WORDS)) == ([WORDS], Asked(0))
        batches = work_off(folder, None, WORDS, NOW)
        assert next(batches) == 0.25
        ask(folder, WORDS)
        assert asked_of(folder, WORDS) == Asked(0.25), "asked twice, it goes on"
        assert rehearsal_of(folder, WORDS) is None
        assert [*batches] == [0.5, 0.75, 1]
        assert (waiting(folder), asked_of(folder, WORDS)) == ([], None)
        assert rehearsal_of(folder, WORDS)
        assert [file.name for file in (folder / "rehearsals").iterdir()] == [f"{WORDS}.json"]

    def test_a_month_without_entries_ends_at_once(self, folder: Path) -> None:
        ask(folder, WORDS)
        assert [*work_off(folder, None, WORDS, NOW)] == []
        found = rehearsal_of(folder, WORDS)
        assert found
        assert found.entries == {}
        assert waiting(folder) == []

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"made_at": "x", "entries": {}}', b"\xff", b'{"made_at": "2026-11-20", "entries": {"1": 2}}'])  # fmt: skip
    def test_a_file_that_cannot_be_read_is_none(self, folder: Path, body: bytes) -> None:
        (folder / "rehearsals").mkdir()
        (folder / "rehearsals" / f"{WORDS}.json").write_bytes(body)
        assert rehearsal_of(folder, WORDS) is None

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff"])
    def test_a_request_with_nothing_in_it_is_one(self, folder: Path, body: bytes) -> None:
        (folder / "rehearsals").mkdir()
        (folder / "rehearsals" / f"{WORDS}.asked").write_bytes(body)
        assert waiting(folder) == [WORDS]
