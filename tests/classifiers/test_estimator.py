"""The classifier as a scikit-learn estimator."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import cross_val_predict, cross_val_score
from sklearn.utils import estimator_checks
from threadpoolctl import threadpool_limits

from classifiers.encoders import EncoderError
from classifiers.judging.features import EntryText
from classifiers.judging.scoring import THRESHOLD
from classifiers.taxonomy import load_taxonomy
from classifiers.training.estimator import EntryTopics
from monitor.config import settings
from monitor.errors import ConfigError
from tests.classifiers.fakes import FakeEncoder, taxonomy

SMALL = taxonomy(chips=["半導体"], space=["衛星"])

both_ways = pytest.mark.parametrize(
    "encoder", [pytest.param("none", id="words"), pytest.param(FakeEncoder(), id="vectors")]
)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """On matrices as small as these, and cores as busy, threads of BLAS wait for each other most of the time."""
    with threadpool_limits(1):
        yield


def small_set(count: int = 15) -> tuple[list[str], np.ndarray]:
    """Chips, space, and news that is none, in turn; no title has a word of the taxonomy."""
    texts: list[str] = []
    rows: list[list[int]] = []
    for n in range(count):
        texts += [f"ウエハー工場 第{n}棟", f"ロケット発射 第{n}報", f"野球の試合 {n}回戦の結果"]
        rows += [[1, 0], [0, 1], [0, 0]]
    return texts, np.array(rows)


@pytest.fixture(scope="module")
def fitted() -> EntryTopics:
    return EntryTopics(SMALL).fit(*small_set())


class TestAnswers:
    @both_ways
    def test_it_learns_what_its_words_alone_do_not_say(self, encoder: Any) -> None:
        estimator = EntryTopics(SMALL, encoder)
        assert estimator.fit(*small_set()) is estimator
        said = estimator.predict(["ウエハー工場の新設", "ロケット発射の延期", "野球の試合の結果"])
        assert said.tolist() == [[1, 0], [0, 1], [0, 0]]

    def test_columns_are_the_taxonomys_topics(self, fitted: EntryTopics) -> None:
        assert fitted.classes_.tolist() == ["chips", "space"]

    def test_probabilities_are_one_a_text_and_topic(self, fitted: EntryTopics) -> None:
        p = fitted.predict_proba(["ウエハー工場", "", "ロケット発射"])
        assert p.shape == (3, 2)
        assert p.min() >= 0 and p.max() <= 1
        assert p[0, 0] > p[1, 0] and p[2, 1] > p[1, 1]

    def test_topics_are_given_where_the_probability_reaches_their_threshold(
        self, fitted: EntryTopics
    ) -> None:
        texts = small_set()[0]
        said = fitted.predict(texts)
        assert said.shape == (len(texts), 2)
        assert set(said.ravel().tolist()) == {0, 1}
        assert ((fitted.predict_proba(texts) >= fitted.model_.thresholds) == said).all()

    def test_no_texts_no_rows(self, fitted: EntryTopics) -> None:
        assert fitted.predict_proba([]).shape == fitted.predict([]).shape == (0, 2)

    def test_an_answer_does_not_depend_on_the_other_texts(self, fitted: EntryTopics) -> None:
        texts = small_set(3)[0]
        together = fitted.predict_proba(texts)
        alone = np.vstack([fitted.predict_proba([text]) for text in texts])
        assert together == pytest.approx(alone, abs=1e-6)
        assert together[::-1] == pytest.approx(fitted.predict_proba(texts[::-1]), abs=1e-6)

    @both_ways
    def test_the_same_texts_teach_the_same(self, encoder: Any) -> None:
        texts, topics = small_set()
        one, other = (EntryTopics(SMALL, encoder).fit(texts, topics).predict_proba(texts) for _ in range(2))
        assert np.array_equal(one, other)

    def test_a_topic_without_enough_examples_is_judged_by_its_words(self) -> None:
        texts, topics = small_set()
        topics[:, 1] = 0
        p = EntryTopics(SMALL).fit(texts, topics).predict_proba(["気象衛星", "ロケット発射"])
        assert p[0, 1] > THRESHOLD > p[1, 1]

    def test_a_topic_without_enough_examples_is_given_by_its_words(self) -> None:
        texts, topics = small_set()
        topics[:, 1] = 0
        said = EntryTopics(SMALL).fit(texts, topics).predict(["気象衛星", "ロケット発射"])
        assert said[:, 1].tolist() == [1, 0]


class TestWhatItTakes:
    TITLES = ("ウエハー工場の新設", "ロケット発射の延期", "野球の試合")

    @pytest.mark.parametrize(
        "given",
        [
            pytest.param([{"title": title} for title in TITLES], id="dicts"),
            pytest.param(
                [{"title": title, "summary": None, "lang": None} for title in TITLES], id="empty-keys"
            ),
            pytest.param([{"title": title, "id": 7, "topics": ["x"]} for title in TITLES], id="other-keys"),
            pytest.param([EntryText(title) for title in TITLES], id="entries"),
            pytest.param(np.array(TITLES), id="array-of-str"),
            pytest.param(np.array(TITLES, object), id="array-of-objects"),
            pytest.param(TITLES, id="tuple"),
            pytest.param([TITLES[0], {"title": TITLES[1]}, EntryText(TITLES[2])], id="mixed"),
        ],
    )
    def test_texts_in_every_form_say_the_same(self, fitted: EntryTopics, given: Any) -> None:
        assert np.array_equal(fitted.predict_proba(given), fitted.predict_proba(list(self.TITLES)))

    def test_a_summary_is_read(self, fitted: EntryTopics) -> None:
        dicts = [{"title": "新着", "summary": summary} for summary in ("半導体のウエハー工場", "")]
        with_summary, without = fitted.predict_proba(dicts)[:, 0]
        entry = [EntryText("新着", "半導体のウエハー工場")]
        assert with_summary > without
        assert fitted.predict_proba(entry)[0, 0] == with_summary

    def test_it_can_be_fitted_by_dicts_and_entries(self, fitted: EntryTopics) -> None:
        texts, topics = small_set()
        for given in ([{"title": text} for text in texts], [EntryText(text) for text in texts]):
            p = EntryTopics(SMALL).fit(given, topics).predict_proba(texts)
            assert np.array_equal(p, fitted.predict_proba(texts))

    def test_labels_may_be_a_list_of_lists_or_of_truths(self, fitted: EntryTopics) -> None:
        texts, topics = small_set()
        for given in (topics.tolist(), topics.astype(bool), topics.astype(float)):
            p = EntryTopics(SMALL).fit(texts, given).predict_proba(texts)
            assert np.array_equal(p, fitted.predict_proba(texts))

    def test_what_is_given_is_left_as_it_was(self) -> None:
        texts, topics = small_set()
        dicts = [{"title": text} for text in texts]
        EntryTopics(SMALL).fit(dicts, topics).predict(dicts)
        assert dicts == [{"title": text} for text in texts]
        assert np.array_equal(topics, small_set()[1])

    @pytest.mark.parametrize(
        "labels",
        [
            pytest.param(np.zeros(45), id="one-column-flat"),
            pytest.param(np.zeros((45, 1)), id="too-few-topics"),
            pytest.param(np.zeros((45, 3)), id="too-many-topics"),
            pytest.param(np.zeros((44, 2)), id="too-few-rows"),
            pytest.param(np.zeros((2, 45)), id="turned"),
            pytest.param([], id="nothing"),
        ],
    )
    def test_labels_of_another_shape_are_refused_with_the_shape_wanted(self, labels: Any) -> None:
        with pytest.raises(ValueError, match=r"Y has the shape .* want \(45, 2\)"):
            EntryTopics(SMALL).fit(small_set()[0], labels)

    def test_no_texts_are_refused(self) -> None:
        with pytest.raises(ValueError, match="at least one text"):
            EntryTopics(SMALL).fit([], np.zeros((0, 2)))

    @pytest.mark.parametrize(
        "label",
        [2, -1, np.nan],
    )
    def test_labels_other_than_yes_and_no_are_refused(self, label: float) -> None:
        texts, topics = small_set()
        labels = topics.astype(np.float32)
        labels[0, 0] = label
        with pytest.raises(ValueError):
            EntryTopics(SMALL).fit(texts, labels)

    def test_a_single_text_in_the_place_of_many_is_refused(self, fitted: EntryTopics) -> None:
        with pytest.raises((TypeError, ValueError)):
            fitted.predict("ウエハー工場")


class TestAsAnEstimator:
    CHECKS = (
        estimator_checks.check_do_not_raise_errors_in_init_or_set_params,
        estimator_checks.check_estimator_cloneable,
        estimator_checks.check_estimator_repr,
        estimator_checks.check_estimator_tags_renamed,
        estimator_checks.check_estimators_unfitted,
        estimator_checks.check_get_params_invariance,
        estimator_checks.check_mixin_order,
        estimator_checks.check_no_attributes_set_in_init,
        estimator_checks.check_parameters_default_constructible,
        estimator_checks.check_set_params,
        estimator_checks.check_valid_tag_types,
    )

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
    def test_scikit_learns_own_check_holds(self, check: Any) -> None:
        # The others want X to be a matrix of numbers.
        check(EntryTopics.__name__, EntryTopics(SMALL))

    def test_it_says_that_it_takes_texts_and_gives_several_topics(self) -> None:
        tags = EntryTopics().__sklearn_tags__()
        assert tags.estimator_type == "classifier"
        assert tags.input_tags.string and not tags.input_tags.two_d_array
        assert tags.target_tags.multi_output and tags.classifier_tags.multi_label

    @pytest.mark.parametrize("method", ["predict", "predict_proba"])
    def test_before_it_is_fitted_it_says_so(self, method: str) -> None:
        with pytest.raises(NotFittedError):
            getattr(EntryTopics(SMALL), method)(["text"])

    def test_a_clone_has_its_settings_and_nothing_learned(self, fitted: EntryTopics) -> None:
        copy = clone(fitted)
        assert copy.get_params()["taxonomy"] == SMALL
        assert copy.get_params()["encoder"] == "none"
        with pytest.raises(NotFittedError):
            copy.predict(["text"])
        assert np.array_equal(
            copy.fit(*small_set()).predict_proba(["ウエハー"]), fitted.predict_proba(["ウエハー"])
        )

    def test_settings_can_be_changed_and_count_from_the_next_fit(self) -> None:
        texts, topics = small_set()
        estimator = EntryTopics(SMALL).fit(texts, topics)
        encoder = FakeEncoder()
        assert estimator.set_params(encoder=encoder) is estimator
        estimator.predict(texts)
        assert not encoder.batches
        assert estimator.fit(texts, topics).model_.encoder == encoder.name
        assert encoder.batches

    def test_a_second_fit_forgets_the_first(self, fitted: EntryTopics) -> None:
        texts, topics = small_set()
        again = EntryTopics(SMALL).fit(texts, topics[:, ::-1]).fit(texts, topics)
        assert np.array_equal(again.predict_proba(texts), fitted.predict_proba(texts))

    def test_it_can_be_scored_and_cross_validated(self, fitted: EntryTopics) -> None:
        texts, topics = small_set()
        assert fitted.score(texts, topics) > 0.9
        assert cross_val_score(EntryTopics(SMALL), texts, topics, cv=3, scoring="f1_micro").min() > 0.8
        p = cross_val_predict(EntryTopics(SMALL), texts, topics, cv=3, method="predict_proba")
        assert np.asarray(p).shape == (45, 2)


class TestSettings:
    @pytest.fixture
    def topics_file(self, tmp_path: Path) -> Path:
        file = tmp_path / "topics.yaml"
        topic = "{{id: {0}, name: {{ko: {0}}}, terms: {{en: [{0}]}}}}"
        lines = ["topics:", *(f"- {topic.format(name)}" for name in ("space", "chips"))]
        file.write_text("\n".join(lines), encoding="utf-8")
        return file

    def test_the_taxonomy_may_be_a_file(self, topics_file: Path) -> None:
        for given in (topics_file, load_taxonomy(topics_file)):
            assert EntryTopics(given).fit(*small_set()).classes_.tolist() == ["space", "chips"]

    def test_without_a_taxonomy_the_one_in_force_counts(
        self, topics_file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MONITOR_TOPICS", str(topics_file))
        settings.cache_clear()
        try:
            assert EntryTopics().fit(*small_set()).classes_.tolist() == ["space", "chips"]
        finally:
            settings.cache_clear()

    def test_a_wrong_taxonomy_or_encoder_is_told_when_it_is_fitted(self, tmp_path: Path) -> None:
        (tmp_path / "topics.yaml").write_text("topics: []", encoding="ascii")
        for estimator in (EntryTopics(tmp_path / "topics.yaml"), EntryTopics(SMALL, "bert")):
            with pytest.raises(ConfigError):
                estimator.fit(*small_set())

    def test_a_broken_encoder_is_told(self) -> None:
        with pytest.raises(EncoderError):
            EntryTopics(SMALL, FakeEncoder(broken=True)).fit(*small_set())


def test_it_knows_nothing_of_django() -> None:
    script = "import sys, classifiers.training.estimator; sys.exit(any(name.split('.')[0] == 'django' for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
