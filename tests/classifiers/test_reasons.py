"""Why a topic was given: parts that add up to the model's log-odds, read out as the words of the text."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from classifiers.classifier import TopicClassifier
from classifiers.encoders import Encoder
from classifiers.judging.explaining import explain
from classifiers.judging.features import EntryText, FeatureReader
from classifiers.judging.reasons import LETTERS, MEANING, WORD, Reason, phrases
from classifiers.judging.scoring import HandSetModel, Model, Shares
from classifiers.judging.trained import TrainedModel, gram_inputs
from classifiers.taxonomy import Taxonomy
from tests.classifiers.fakes import FakeEncoder, taxonomy
from tests.classifiers.test_fitting import SMALL, WITH_WINE, learn, small_set


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


def shares(
    model: Model, titles: list[str], encoder: Encoder | None = None, terms: Taxonomy = SMALL
) -> tuple[list[list[Shares]], np.ndarray]:
    """What spoke for every topic of each title, and the log-odds that the model gave."""
    reader = FeatureReader(terms, encoder, discounts=model.discounts)
    features = reader.read([EntryText(title, "", "ja") for title in titles])
    p = model.judge(features, reader.topics).topics.astype(float)
    everything = [range(len(reader.topics))] * len(titles)
    return model.shares(features, reader.topics, everything), np.log(p / (1 - p))


def whole(share: Shares) -> float:
    return share.words + share.meaning + float(share.letters.sum())


def reasons(model: Model, title: str, topic: str, encoder: Encoder | None = None) -> list[Reason]:
    """The reasons for a topic that is given."""
    (result,) = TopicClassifier(SMALL, encoder, model=model).classify([EntryText(title, "", "ja")])
    (found,) = [one.why for one in result.topics if one.topic == topic]
    return found


class TestShares:
    @pytest.mark.parametrize("kind", ["hand", "hand-vectors", "words", "vectors"])
    def test_parts_add_up_to_the_difference_that_the_text_makes(
        self, kind: str, by_words: TrainedModel, by_vectors: TrainedModel
    ) -> None:
        hand = HandSetModel()
        model, encoder = {
            "hand": (hand, None),
            "hand-vectors": (hand, FakeEncoder()),
            "words": (by_words, None),
            "vectors": (by_vectors, FakeEncoder()),
        }[kind]
        # Of space no word stands in them: another topic's words are nobody's share.
        found, odds = shares(model, ["半導体のウエハー", "工場の新設", "ロケット発射"], encoder)
        rest = [odds[row, 0] - whole(found[row][0]) for row in range(3)]
        assert rest == pytest.approx([rest[0]] * 3, abs=0.02)

    def test_letters_add_up_to_what_the_n_grams_say(self, by_words: TrainedModel) -> None:
        reader = FeatureReader(SMALL)
        features = reader.read(
            [EntryText(title, "リード 半導体") for title in ("ウエハー工場", "", "衛星 🎉")]
        )
        odds = by_words.judges(
            features, reader.topics, gram_inputs(features.grams[:, by_words.columns], by_words.rarity)
        )[2]
        wanted = [by_words.topics] * 3
        for row, laid in enumerate(by_words._letters.laid(features, wanted)):
            assert [len(letters) for letters in laid] == [len(features.folded[row])] * 2
            sums = [letters.sum() for letters in laid] + by_words.intercepts
            assert sums == pytest.approx(odds[row], abs=1e-3)

    def test_a_topic_that_the_model_never_saw_has_the_hand_set_shares(self, by_words: TrainedModel) -> None:
        found, _odds = shares(by_words, ["ワイン"], terms=WITH_WINE)
        by_hand, _odds = shares(HandSetModel(), ["ワイン"], terms=WITH_WINE)
        assert (found[0][2].words, len(found[0][2].letters)) == (by_hand[0][2].words, 0)
        assert found[0][2].words > 4


class TestReasons:
    def test_a_word_is_told_as_published_and_as_topics_yaml_has_it(self, by_words: TrainedModel) -> None:
        found = reasons(by_words, "台灣半導體のウエハー工場", "chips")
        (word,) = [one for one in found if one.by == WORD]
        assert (word.phrase, word.term) == ("半導體", "半導体")
        assert {one.phrase for one in found if one.by == LETTERS} >= {"ウエハー", "工場"}
        assert found == sorted(found, key=lambda one: -one.weight)

    def test_words_share_by_their_weights_and_the_title_has_more(self) -> None:
        classifier = TopicClassifier(
            taxonomy(macro=["inflation", {"term": "cycle", "weight": 0.5}, "deflation"])
        )
        entry = EntryText("Inflation cycle", "deflation and inflation")
        ((topic,),) = [result.topics for result in classifier.classify([entry])]
        weights = {one.phrase: one.weight for one in topic.why}
        assert list(weights) == ["Inflation", "deflation", "cycle"]
        assert weights["cycle"] == pytest.approx(weights["Inflation"] / 2, abs=0.002)
        assert weights["deflation"] == pytest.approx(weights["Inflation"] * 0.6, abs=0.002)

    def test_what_no_word_names_is_read_from_the_letters(self, by_words: TrainedModel) -> None:
        found = reasons(by_words, "Ｘ社、ウエハー工場の新設", "chips")
        assert {one.by for one in found} == {LETTERS}
        assert {one.term for one in found} == {""}
        assert found[0].phrase in {"ウエハー", "工場"}
        assert phrases(found) == [one.phrase for one in found]

    def test_letters_are_told_in_the_case_of_the_text(self) -> None:
        features = FeatureReader(SMALL).read([EntryText("ASML")])
        (text,) = features.folded
        letters = np.full(len(text), 0.5, np.float32)
        (only,) = explain(features.found[0], text, "chips", Shares(0.0, 0.0, letters))
        assert (only.phrase, only.weight, only.by) == ("ASML", 2.0, LETTERS)

    def test_of_a_long_chinese_run_the_strongest_part_is_told(self) -> None:
        reader = FeatureReader(SMALL)
        features = reader.read([EntryText("上海发布人形机器人产业三年行动计划")])
        (text,) = features.folded
        letters = np.zeros(len(text), np.float32)
        letters[4:8] = 1
        (only,) = explain(features.found[0], text, "chips", Shares(0.0, 0.0, letters))
        assert (only.phrase, only.weight) == ("人形机器", 4.0)

    def test_the_meaning_is_told_where_vectors_speak(self, by_vectors: TrainedModel) -> None:
        found = reasons(by_vectors, "ウエハー工場の新設", "chips", FakeEncoder())
        (meaning,) = [one for one in found if one.by == MEANING]
        assert meaning.phrase.startswith("의미 유사도 ")
        assert meaning.weight > 0


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        pytest.param("m w l w", ["1", "3"], id="words-before-all"),
        pytest.param("l m l", ["0", "2"], id="letters-where-they-are-strongest"),
        pytest.param("m l", ["0"], id="meaning-where-it-is"),
        pytest.param("- -", ["0", "1"], id="rows-from-before"),
        pytest.param("", [], id="none"),
    ],
)
def test_phrases_are_of_one_kind(kinds: str, expected: list[str]) -> None:
    names = {"w": WORD, "l": LETTERS, "m": MEANING, "-": ""}
    assert phrases([Reason(str(n), 1.0, names[kind]) for n, kind in enumerate(kinds.split())]) == expected


def test_a_row_is_read_as_it_was_written_and_one_from_before_is_its_phrase() -> None:
    reason = Reason("半導體", 1.25, WORD, "半導体")
    assert Reason.of(reason.as_dict()) == reason
    assert Reason.of("半導体") == Reason("半導体")


class TestDiscounts:
    DISCOUNTS = {("chips", "半導体"): 0.125}

    def test_a_word_weighs_less_for_its_topic_in_hit_and_letters(self, by_words: TrainedModel) -> None:
        less = replace(by_words, manifest={"discounts": [["chips", "半導体", 0.125]]})
        assert less.discounts == self.DISCOUNTS
        (plain,), plain_odds = shares(by_words, ["半導体の話"])
        (doubted,), odds = shares(less, ["半導体の話"])
        assert 0 < doubted[0].words < plain[0].words / 2
        assert doubted[0].letters[:3].sum() == pytest.approx(plain[0].letters[:3].sum() / 8, rel=0.01)
        assert doubted[0].letters[3:] == pytest.approx(plain[0].letters[3:])
        assert odds[0, 0] < plain_odds[0, 0] - 1
        assert odds[0, 1] > plain_odds[0, 1] - 0.5, "what it says of another topic is not doubted"

    def test_what_speaks_of_something_else_is_as_it_was(self, by_words: TrainedModel) -> None:
        less = replace(by_words, manifest={"discounts": [["chips", "半導体", 0.125]]})
        titles = ["ウエハー工場の新設", "衛星の打ち上げ"]
        assert np.array_equal(shares(less, titles)[1], shares(by_words, titles)[1])

    def test_in_the_entry_that_was_objected_to_the_word_says_nothing_and_in_others_what_it_said(self) -> None:
        reader = FeatureReader(SMALL)
        entry, other = EntryText("半導体の話"), EntryText("半導体の工場")
        features = reader.read([entry, other], {entry: {("chips", "半導体")}})
        assert features.words[:, 0].tolist() == [0.0, 1.0]

    def test_where_the_encoder_cannot_read_discounts_hold_as_well(self, by_words: TrainedModel) -> None:
        less = replace(by_words, manifest={"discounts": [["chips", "半導体", 0.0]]})
        alone = TopicClassifier(SMALL, model=less).without_vectors()
        (result,) = alone.classify([EntryText("半導体")])
        assert result.scores["chips"] < 0.05
