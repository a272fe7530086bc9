"""What kind of story an entry is, and how much an editor would want it."""

import pytest

from classifiers.judging.kinds import kind_of
from classifiers.judging.relevance import relevance
from classifiers.words.reading import read
from classifiers.words.wordlists import word_list

NOTHING = {"semiconductor": 0.02, "ai": 0.03}


@pytest.mark.parametrize(
    ("title", "scores", "kind"),
    [
        pytest.param("정부, 전고체전지 육성 기본계획 확정", {"battery": 0.8}, "policy", id="ko-policy"),
        pytest.param("소비자물가 상승률 둔화, 환율은 안정", {"macro": 0.8}, "economy", id="ko-economy"),
        pytest.param(
            "연구팀, 수명을 늘린 촉매 개발 성공", {"materials": 0.8}, "technology", id="ko-technology"
        ),
        pytest.param("부품사, 공장 증설하고 양산 시작", {"automotive-ev": 0.8}, "industry", id="ko-industry"),
        pytest.param("閣議決定された法案の概要", {"climate": 0.7}, "policy", id="ja-policy"),
        pytest.param(
            "研究チーム、新しい原理を解明", {"basic-science": 0.8}, "technology", id="ja-technology"
        ),
        pytest.param("部品大手が買収で提携を拡大", {"corporate-strategy": 0.8}, "industry", id="ja-industry"),
        pytest.param("Parliament debates bill on data rules", {"gov-digital": 0.6}, "policy", id="en-policy"),
        pytest.param("Inflation slows as central bank holds", {"monetary": 0.9}, "economy", id="en-economy"),
        pytest.param("国务院印发行动计划", {"industrial-policy": 0.8}, "policy", id="zh-policy"),
        pytest.param("企业投产新工厂，订单增加", {"manufacturing": 0.7}, "industry", id="zh-industry"),
        pytest.param("주말 가볼 만한 곳", NOTHING, "other", id="ko-other"),
        pytest.param("Ten songs for summer", NOTHING, "other", id="en-other"),
    ],
)
def test_words_and_topics_tell_the_kind(title: str, scores: dict[str, float], kind: str) -> None:
    assert kind_of(read(title), read(""), scores) == kind


def test_a_topic_alone_tells_the_kind() -> None:
    assert kind_of(read("—"), read(""), {"quantum": 0.9, "macro": 0.1}) == "technology"


def test_a_topic_of_the_users_own_says_nothing_of_the_kind() -> None:
    assert kind_of(read("공장 증설, 양산 투자"), read(""), {"our-own": 0.9}) == "industry"


def score(title: str, topics: dict[str, float], kind: str = "policy", lead: str = "") -> float:
    return relevance(read(title), read(lead), topics, kind)[0]


@pytest.mark.parametrize(
    ("wanted", "routine"),
    [
        pytest.param("수소 산업 육성 전략 발표", "수소 산업 담당 국장 인사", id="ko-appointment"),
        pytest.param("배터리 시장 전망 보고서", "배터리 기업 신입사원 채용 공고", id="ko-vacancy"),
        pytest.param("로봇 규제 개선 로드맵", "로봇 경진대회 참가자 모집", id="ko-event"),
        pytest.param("半導体戦略の改定案", "半導体企業の人事異動", id="ja-appointment"),
        pytest.param("蓄電池の市場動向調査", "蓄電池セミナーの開催案内", id="ja-event"),
        pytest.param("AI chip roadmap and investment", "AI chip maker's shares rise", id="en-prices"),
        pytest.param("Battery breakthrough by researchers", "Battery podcast: live updates", id="en-podcast"),
        pytest.param("机器人产业行动计划", "机器人公司采购公告", id="zh-tender"),
        pytest.param("芯片产业投资报告", "芯片股早盘大涨", id="zh-prices"),
    ],
)
def test_what_a_bulletin_prints_stands_above_routine(wanted: str, routine: str) -> None:
    topics = {"semiconductor": 0.8}
    assert score(wanted, topics) > 0.5 > score(routine, topics)


def test_an_entry_about_nothing_of_ours_is_hardly_relevant() -> None:
    assert score("보고서 분석 전망", NOTHING, "other") < 0.25


def test_more_topics_and_more_likely_ones_raise_the_relevance() -> None:
    one, two = score("제목", {"ai": 0.6}), score("제목", {"ai": 0.6, "battery": 0.6})
    assert score("제목", {"ai": 0.3}) < one < two < score("제목", {"ai": 0.9, "battery": 0.9})


def test_the_reasons_are_the_phrases_as_published_titles_first() -> None:
    _relevance, why = relevance(
        read("수소 戰略と Roadmap"), read("投資와 Roadmap 발표, 인사"), {"hydrogen": 0.9}, "policy"
    )
    assert why == ["戰略", "Roadmap", "投資"]


def test_the_word_lists_hold_each_kind_in_four_languages() -> None:
    assert word_list("kinds").concepts == {"policy", "economy", "technology", "industry"}
    assert word_list("relevance").concepts == {"wanted", "unwanted"}
