"""Learning a model from a few made-up examples: what it learns, what it leaves alone, and what it says unseen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score
from threadpoolctl import threadpool_limits

from classifiers.encoders import Encoder
from classifiers.judging.features import EntryText, FeatureReader, Features
from classifiers.judging.kinds import KINDS
from classifiers.judging.scoring import THRESHOLD, HandSetModel, Judged
from classifiers.judging.trained import TrainedModel, gram_inputs
from classifiers.taxonomy import Taxonomy
from classifiers.training import fitting
from classifiers.training.fitting import LEAST, LEAST_TEXTS, Unseen
from classifiers.training.measures import calibration_error
from classifiers.training.trainingset import Example, Labels
from tests.classifiers.fakes import FakeEncoder, taxonomy

SMALL = taxonomy(chips=["半導体"], space=["衛星"])
WITH_WINE = taxonomy(chips=["半導体"], space=["衛星"], wine=["ワイン"])

both_ways = pytest.mark.parametrize(
    "encoder", [pytest.param(None, id="words"), pytest.param(FakeEncoder(), id="vectors")]
)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """On matrices as small as these, and cores as busy, threads of BLAS wait for each other most of the time."""
    with threadpool_limits(1):
        yield


@dataclass(frozen=True)
class Learned:
    """A model, what it was made from, and what it said unseen."""

    model: TrainedModel
    unseen: Unseen
    labels: Labels
    features: Features
    reader: FeatureReader

    def judge(self, *titles: str) -> Judged:
        return self.model.judge(read(self.reader, *titles), self.reader.topics)


def read(reader: FeatureReader, *titles: str) -> Features:
    return reader.read([EntryText(title, "", "ja") for title in titles])


def example(title: str, *topics: str, **known: Any) -> Example:
    return Example(EntryText(title, "", "ja"), frozenset(topics), **known)


def learn(examples: Sequence[Example], terms: Taxonomy = SMALL, encoder: Encoder | None = None) -> Learned:
    reader = FeatureReader(terms, encoder)
    features = reader.read([one.text for one in examples])
    labels = Labels.of(examples, reader.topics)
    name = encoder.name if encoder else ""
    model, unseen = fitting.fit(features, labels, reader.topics, name="test", encoder=name)
    return Learned(model, unseen, labels, features, reader)


def small_set(count: int = 16) -> list[Example]:
    """Chips and space, every other by a word that the taxonomy has not; and news that is none."""
    return [
        *(
            example(
                f"{'半導体の' if n % 2 else ''}ウエハー工場 第{n}棟", "chips", kind="industry", relevant=True
            )
            for n in range(count)
        ),
        *(
            example(
                f"{'衛星の' if n % 2 else ''}ロケット発射 第{n}報", "space", kind="technology", relevant=True
            )
            for n in range(count)
        ),
        *(example(f"野球の試合 {n}回戦の結果", kind="other", relevant=False) for n in range(count)),
    ]


@pytest.fixture(scope="module")
def learned() -> Learned:
    return learn(small_set())


@pytest.fixture(scope="module")
def learned_with_vectors() -> Learned:
    return learn(small_set(), encoder=FakeEncoder())


def same(one: TrainedModel, other: TrainedModel) -> bool:
    ours, theirs = one.as_arrays(), other.as_arrays()
    return all(np.array_equal(ours[name], theirs[name]) for name in ours)  # type: ignore[arg-type]


class TestWhatItLearns:
    @both_ways
    def test_what_no_word_of_the_taxonomy_says(self, encoder: Encoder | None) -> None:
        found = learn(small_set(), encoder=encoder)
        features = read(found.reader, "ウエハー工場の新設", "ロケット発射の延期", "野球の試合")
        by_hand = HandSetModel().judge(features, found.reader.topics).topics
        chips, space, none = found.model.judge(features, found.reader.topics).topics
        assert chips[0] > 0.5 > by_hand[0, 0]
        assert space[1] > 0.5 > by_hand[1, 1]
        assert chips[1] < 0.2 and space[0] < 0.2 and none.max() < 0.2

    def test_kinds_and_relevance(self, learned: Learned) -> None:
        judged = learned.judge("ウエハー工場の新設", "ロケット発射の延期", "野球の試合の結果")
        assert judged.kinds is not None and judged.relevance is not None
        assert [KINDS[place] for place in judged.kinds.argmax(axis=1)] == ["industry", "technology", "other"]
        assert judged.relevance[:2].min() > 0.5 > judged.relevance[2]

    def test_every_answer_is_a_probability_for_odd_texts_too(self, learned_with_vectors: Learned) -> None:
        judged = learned_with_vectors.judge("", " ", "x", "半導体" * 300, "ﷺ", "🚀", "半導体の衛星")
        assert judged.kinds is not None and judged.relevance is not None
        for p in (judged.topics, judged.kinds, judged.relevance):
            assert np.isfinite(p).all() and p.min() >= 0 and p.max() <= 1
        assert judged.kinds.sum(axis=1) == pytest.approx(np.ones(7), abs=1e-5)

    @both_ways
    def test_the_same_examples_give_the_same_model(self, encoder: Encoder | None) -> None:
        one, other = learn(small_set(), encoder=encoder), learn(small_set(), encoder=encoder)
        assert same(one.model, other.model)
        assert np.array_equal(one.unseen.topics, other.unseen.topics)

    def test_another_label_gives_another_model(self, learned: Learned) -> None:
        examples = small_set()
        examples[0] = replace(examples[0], topics=frozenset())
        assert not same(learn(examples).model, learned.model)

    @pytest.mark.parametrize("weight", [5.0, 0.2], ids=["counts-more", "counts-less"])
    def test_of_two_that_disagree_the_weightier_is_believed(self, weight: float) -> None:
        disagreeing = [
            *(example(f"ロボット展示会 {n}", "chips", weight=weight) for n in range(10)),
            *(example(f"ロボット展示会 {n}") for n in range(10)),
        ]
        judged = learn([*small_set(), *disagreeing]).judge("ロボット展示会")
        assert (judged.topics[0, 0] > 0.5) == (weight > 1)

    def test_how_far_it_is_is_told_up_to_the_end(self) -> None:
        examples = small_set(10)
        reader = FeatureReader(SMALL)
        features = reader.read([one.text for one in examples])
        labels = Labels.of(examples, reader.topics)
        shares: list[float] = []
        fitting.fit(features, labels, reader.topics, name="test", encoder="", progress=shares.append)
        assert shares == sorted(shares) and shares[0] > 0 and shares[-1] == 1


class TestFewExamples:
    def test_a_topic_with_too_few_examples_is_left_to_the_weights_set_by_hand(self) -> None:
        wine = [example(f"ワインの収穫 {n}年", "wine") for n in range(LEAST - 1)]
        found = learn([*small_set(), *wine], WITH_WINE)
        assert found.model.topics == ("chips", "space")
        features = read(found.reader, "ワインの収穫", "赤ワイン", "収穫の秋")
        judged = found.model.judge(features, found.reader.topics)
        by_hand = HandSetModel().judge(features, found.reader.topics)
        assert np.array_equal(judged.topics[:, 2], by_hand.topics[:, 2])
        assert judged.thresholds[2] == np.float32(THRESHOLD)

    def test_one_more_and_it_is_learned(self) -> None:
        wine = [example(f"ワインの収穫 {n}年", "wine") for n in range(LEAST)]
        assert learn([*small_set(), *wine], WITH_WINE).model.topics == ("chips", "space", "wine")

    def test_examples_whose_topics_are_unknown_make_no_topic(self) -> None:
        wine = [example(f"ワインの収穫 {n}年", "wine") for n in range(LEAST - 1)]
        unknown = [replace(example(f"ワインの試飲 {n}年"), topics=None) for n in range(LEAST)]
        assert learn([*small_set(), *wine, *unknown], WITH_WINE).model.topics == ("chips", "space")

    @pytest.mark.parametrize(
        "examples",
        [
            pytest.param([example(f"野球の試合 {n}") for n in range(20)], id="no-topic-has-enough"),
            pytest.param([example(f"ウエハー工場 {n}", "chips") for n in range(20)], id="all-have-the-topic"),
            pytest.param([example("ウエハー工場", "chips"), example("野球の試合")], id="fewer-than-folds"),
        ],
    )
    def test_where_no_topic_can_be_learned_all_are_left_to_the_weights_set_by_hand(
        self, examples: list[Example]
    ) -> None:
        found = learn(examples)
        judged = found.judge("半導体の工場", "衛星")
        assert judged.topics[0, 0] > THRESHOLD
        assert judged.topics[1, 1] > THRESHOLD


class TestWhatNobodyHasSaid:
    def unknown(self, weight: float) -> list[Example]:
        texts = ("半導体の野球", "ロケットの試合", "ウエハーの結果")
        return [Example(EntryText(text, "", "ja"), None, weight=weight) for text in texts for _n in range(4)]

    @both_ways
    def test_examples_of_which_nothing_is_known_teach_nothing(self, encoder: Encoder | None) -> None:
        light, heavy = (
            learn([*small_set(), *self.unknown(weight)], encoder=encoder) for weight in (1.0, 100.0)
        )
        assert same(light.model, heavy.model)

    def test_what_is_unknown_is_judged_all_the_same(self) -> None:
        found = learn([*small_set(), *self.unknown(1.0)])
        assert found.unseen.topics.shape == (60, 2)
        assert np.isfinite(found.unseen.topics).all()
        assert np.isfinite(found.unseen.relevance).all()
        assert found.unseen.kinds.sum(axis=1) == pytest.approx(np.ones(60), abs=1e-5)

    def test_unknown_topics_are_not_no_topics(self) -> None:
        texts = [f"ウエハー検査 {n}" for n in range(16)]
        unknown, none = (
            learn([*small_set(), *(Example(EntryText(text, "", "ja"), topics) for text in texts)])
            for topics in (None, frozenset[str]())
        )
        said = [found.judge("ウエハー検査").topics[0, 0] for found in (unknown, none)]
        assert said[0] > said[1] + 0.2

    def test_an_unknown_relevance_is_neither_yes_nor_no(self) -> None:
        # All that is known is wanted: so is everything, whatever the many of which nobody has said are about.
        examples = [replace(one, relevant=one.relevant or None) for one in small_set()]
        relevance = learn(examples).judge("野球の試合の結果", "ウエハー工場").relevance
        assert relevance is not None and relevance.min() > 0.9

    def test_an_unknown_kind_is_none_of_the_kinds(self) -> None:
        examples = [replace(one, kind=None if one.kind == "other" else one.kind) for one in small_set()]
        kinds = learn(examples).judge("野球の試合の結果", "ウエハー工場").kinds
        assert kinds is not None
        said = dict(zip(KINDS, kinds.max(axis=0).tolist(), strict=True))
        assert said["industry"] > 0.5
        assert max(said["other"], said["policy"], said["economy"]) < 0.01

    def test_where_no_kind_is_known_all_are_as_likely(self) -> None:
        examples = [replace(one, kind=None, relevant=None) for one in small_set()]
        judged = learn(examples).judge("野球の試合の結果", "ウエハー工場")
        assert judged.kinds is not None and judged.relevance is not None
        assert np.ptp(judged.kinds) < 1e-6
        assert judged.relevance == pytest.approx([0.5, 0.5])


def _noise(count: int) -> list[Example]:
    """Texts of random letters with labels drawn by lot: nothing to learn, all to memorise."""
    lot = np.random.default_rng(7)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz "))
    found = []
    for _n in range(count):
        title = "".join(lot.choice(letters, 40))
        topics = [topic for topic in ("chips", "space") if lot.random() < 0.4]
        found.append(
            example(
                title, *topics, kind=str(lot.choice(["policy", "other"])), relevant=bool(lot.random() < 0.5)
            )
        )
    return found


@pytest.fixture(scope="module", params=[None, FakeEncoder()], ids=["words", "vectors"])
def memorised(request: pytest.FixtureRequest) -> Learned:
    return learn(_noise(150), encoder=request.param)


class TestUnseen:
    """A model knows by heart what it was trained on; what it says unseen must not."""

    def test_topics_drawn_by_lot_are_not_foretold(self, memorised: Learned) -> None:
        truth = memorised.labels.topics.ravel() > 0
        model, features = memorised.model, memorised.features
        counted = gram_inputs(features.grams[:, model.columns], model.rarity)
        _hand, dense, grams = model.judges(features, memorised.reader.topics, counted)
        # The judges themselves know the answers by heart, as the check wants.
        assert roc_auc_score(truth, grams.ravel()) > 0.95
        for unseen in (memorised.unseen.topics, *memorised.unseen.judges[1:]):
            assert 0.35 < roc_auc_score(truth, unseen.ravel()) < 0.65
        assert dense.shape == grams.shape == memorised.unseen.topics.shape

    def test_kinds_and_relevance_drawn_by_lot_are_not_foretold(self, memorised: Learned) -> None:
        labels, unseen = memorised.labels, memorised.unseen
        assert 0.35 < roc_auc_score(labels.relevant, unseen.relevance) < 0.65
        assert 0.35 < roc_auc_score(labels.kinds == KINDS.index("other"), unseen.kinds[:, -1]) < 0.65

    def test_what_can_be_learned_is_foretold(self, learned: Learned) -> None:
        assert roc_auc_score(learned.labels.topics.ravel(), learned.unseen.topics.ravel()) > 0.95
        assert roc_auc_score(learned.labels.relevant, learned.unseen.relevance) > 0.95

    def test_probabilities_are_the_shares_that_turn_out_right(self) -> None:
        lot = np.random.default_rng(3)
        shares = {"甲工場": 0.8, "乙研究": 0.3, "丙試合": 0.02}
        examples = [
            example(f"{word} {lot.integers(1000)}", *(["chips"] if lot.random() < share else []))
            for word, share in shares.items()
            for _n in range(120)
        ]
        found = learn(examples)
        # Of space there are no examples: chips is all that was learned.
        said, truth = found.unseen.topics[:, 0], found.labels.topics[:, 0]
        assert calibration_error(said, truth) < 0.1
        assert float(said.mean()) == pytest.approx(float(truth.mean()), abs=0.05)
        by_word = said.reshape(3, 120).mean(axis=1)
        assert by_word[0] > by_word[1] + 0.2 > by_word[2] + 0.3


class TestThresholds:
    def test_each_topic_has_one_of_which_a_probability_can_fall_on_either_side(
        self, learned: Learned
    ) -> None:
        assert learned.model.thresholds.shape == (2,)
        assert learned.model.thresholds.min() > 0.05
        assert learned.model.thresholds.max() < 0.95

    def test_what_is_learned_well_is_given_and_the_rest_is_not(self, learned: Learned) -> None:
        judged = learned.judge("ウエハー工場の新設", "ロケット発射の延期", "野球の試合")
        assert (judged.topics >= judged.thresholds).tolist() == [[True, False], [False, True], [False, False]]


class TestNgrams:
    def test_only_those_that_several_texts_have_are_kept_and_each_once(self, learned: Learned) -> None:
        columns = learned.model.columns
        having = learned.features.grams.getnnz(axis=0)
        assert columns.tolist() == sorted(set(columns.tolist()))
        assert having[columns].min() >= LEAST_TEXTS
        assert learned.model.grams.shape == (len(columns), 2)
        assert learned.model.rarity.shape == (len(columns),)

    def test_of_too_many_the_commonest_are_kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(fitting, "MOST_GRAMS", 40)
        found = learn(small_set())
        having = found.features.grams.getnnz(axis=0)
        assert len(found.model.columns) == 40
        others = np.setdiff1d(np.arange(len(having)), found.model.columns)
        assert having[found.model.columns].min() >= having[others].max()

    def test_a_rare_one_weighs_more_than_a_common_one(self, learned: Learned) -> None:
        having = learned.features.grams.getnnz(axis=0)[learned.model.columns]
        order = np.argsort(having)
        assert (np.diff(learned.model.rarity[order]) <= 0).all()
        assert learned.model.rarity.min() >= 0


class TestAnotherTaxonomy:
    """topics.yaml changes between trainings: the model serves it as it is."""

    TITLES = ("半導体のウエハー工場", "ロケット発射と衛星", "野球の試合", "ワインの収穫")

    @both_ways
    def test_topics_in_another_order_get_the_same_answers(self, encoder: Encoder | None) -> None:
        model = learn(small_set(), encoder=encoder).model
        orders = [SMALL, taxonomy(space=["衛星"], chips=["半導体"])]
        readers = [FeatureReader(terms, encoder) for terms in orders]
        one, other = (model.judge(read(reader, *self.TITLES), reader.topics) for reader in readers)
        assert one.topics == pytest.approx(other.topics[:, ::-1], abs=1e-4)
        assert one.thresholds.tolist() == other.thresholds[::-1].tolist()
        assert one.kinds == pytest.approx(other.kinds, abs=1e-4)
        assert one.relevance == pytest.approx(other.relevance, abs=1e-4)

    @both_ways
    def test_a_topic_that_was_added_is_judged_by_the_weights_set_by_hand(
        self, encoder: Encoder | None
    ) -> None:
        model = learn(small_set(), encoder=encoder).model
        reader = FeatureReader(taxonomy(wine=["ワイン"], chips=["半導体"], space=["衛星"]), encoder)
        features = read(reader, *self.TITLES)
        judged, by_hand = (one.judge(features, reader.topics) for one in (model, HandSetModel()))
        assert np.array_equal(judged.topics[:, 0], by_hand.topics[:, 0])
        assert judged.topics[:, 0].argmax() == 3
        assert judged.topics[3, 0] > judged.thresholds[0] == np.float32(THRESHOLD)
        assert judged.topics[0, 1] > judged.thresholds[1] and judged.topics[1, 2] > judged.thresholds[2]

    @both_ways
    def test_a_topic_that_is_gone_leaves_the_others_as_they_were(self, encoder: Encoder | None) -> None:
        found = learn(small_set(), encoder=encoder)
        reader = FeatureReader(taxonomy(space=["衛星"]), encoder)
        judged = found.model.judge(read(reader, *self.TITLES), reader.topics)
        assert judged.topics.shape == (4, 1)
        assert judged.thresholds.tolist() == [found.model.thresholds[1]]
        assert judged.topics[:, 0].argmax() == 1
        assert judged.topics[1, 0] > judged.thresholds[0] > judged.topics[2, 0]
        assert judged.kinds is not None and judged.relevance is not None
        assert judged.relevance[1] > judged.relevance[2]

    def test_where_no_word_of_it_stands_what_is_gone_changes_nothing_in_the_others(
        self, learned: Learned
    ) -> None:
        reader = FeatureReader(taxonomy(space=["衛星"]))
        titles = self.TITLES[1:]
        judged = learned.model.judge(read(reader, *titles), reader.topics)
        assert judged.topics[:, 0] == pytest.approx(learned.judge(*titles).topics[:, 1], abs=1e-6)

    def test_none_of_its_topics_left_all_are_judged_by_the_weights_set_by_hand(
        self, learned: Learned
    ) -> None:
        reader = FeatureReader(taxonomy(wine=["ワイン"]))
        features = read(reader, *self.TITLES)
        judged = learned.model.judge(features, reader.topics)
        assert np.array_equal(judged.topics, HandSetModel().judge(features, reader.topics).topics)


@both_ways
def test_batches_joined_are_as_if_read_at_once(encoder: Encoder | None) -> None:
    reader = FeatureReader(SMALL, encoder)
    entries = [one.text for one in small_set(4)]
    once = reader.read(entries)
    parts = fitting.joined([reader.read(entries[:5]), reader.read(entries[5:])])
    assert parts.entries == once.entries and parts.found == once.found
    assert np.array_equal(parts.words, once.words)
    assert (parts.vectors is None) == (parts.likeness is None) == (encoder is None)
    if encoder is not None:
        assert once.likeness is not None and parts.likeness is not None
        assert once.vectors is not None and parts.vectors is not None
        assert np.allclose(parts.vectors, once.vectors, atol=1e-6)
        assert np.allclose(parts.likeness.topics, once.likeness.topics, atol=1e-6)
        assert np.allclose(parts.likeness.everyday, once.likeness.everyday, atol=1e-6)


class TestTrackRecord:
    """What editors made of a source's entries counts for its next ones, and for nobody else's."""

    def test_a_source_that_is_rejected_again_and_again_falls_and_is_not_hidden(self) -> None:
        examples = [
            *(example(f"半導体の工場 {number}", "chips", relevant=True) for number in range(20)),
            *(example(f"今日の天気 {number}", relevant=False) for number in range(20)),
        ]
        spam = [
            Example(
                EntryText(f"半導体の市場 {number}", "", "ja", source="spam"),
                frozenset({"chips"}),
                None,
                False,
            )
            for number in range(8)
        ]
        fitted = learn([*examples, *spam])
        texts = [EntryText("半導体の新工場", "", "ja", source=source) for source in ("", "spam", "other")]
        of_none, of_spam, of_other = fitted.model.judge(
            fitted.reader.read(texts), fitted.reader.topics
        ).relevance
        assert of_none == of_other
        assert 0.01 < of_spam < of_none
        assert fitted.model.sources == ("spam",)
