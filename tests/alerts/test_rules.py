"""What a subscription wants."""

from dataclasses import replace

import pytest

from alerts.rules import Rule, Tagged, why_wanted

TAGGED = Tagged(
    "경산성, 반도체 보조금을 늘리다",
    "生成AIの規制と 半導体の支援",
    {"semiconductor": 0.9, "ai": 0.4},
    0.7,
    source="meti-press",
    kind="policy",
    regions=["JP", "EU"],
    bulletins=["kiat-watch"],
)
ALL = ["semiconductor", "ai"]


@pytest.mark.parametrize(
    ("rule", "entry", "why"),
    [
        pytest.param(Rule(), Tagged("제목", "", {}, 0.1), [], id="no-rule-wants-everything"),
        pytest.param(Rule(topics=["ai"]), Tagged("제목", "", {"ai": 0.9, "space": 0.6}, 0.1), ["ai"], id="topic"),
        pytest.param(Rule(topics=["ai"]), Tagged("제목", "", {"space": 0.9}, 1.0), None, id="other-topic"),
        pytest.param(Rule(words=["금리"]), Tagged("일은, 금리를 올리다", "", {}, 0.0), ['"금리"'], id="word-with-particle"),
        pytest.param(Rule(words=["AI"]), Tagged("生成AIの規制", "", {}, 0.0), ['"AI"'], id="acronym-inside-kana"),
        pytest.param(Rule(words=["AI"]), Tagged("Training day", "", {}, 0.0), None, id="acronym-inside-a-word"),
        pytest.param(Rule(words=["반도체"]), Tagged("제목", "반도체 지원", {}, 0.0), ['"반도체"'], id="word-in-the-lead"),
        pytest.param(Rule(words=["반도체"], topics=["ai"]), Tagged("반도체", "", {"space": 0.9}, 1.0), None, id="word-and-topic-both-asked"),
        pytest.param(Rule(min_relevance=0.6), Tagged("제목", "", {"ai": 0.9}, 0.59), None, id="below-the-relevance"),
        pytest.param(Rule(min_relevance=0.6), Tagged("제목", "", {"ai": 0.9}, 0.6), ["ai"], id="at-the-relevance"),
        pytest.param(Rule(topics=["ai"]), Tagged("제목", "", {"ai": 0.9}, 1.0, is_archive=True), None, id="archive"),
        pytest.param(Rule(words=["제목"]), Tagged("제목", "", {}, 0.0, is_archive=True), ['"제목"'], id="words-want-the-archive-too"),
        pytest.param(Rule(words=["반도체"], sources=["boj"]), TAGGED, None, id="a-source-narrows-a-word"),
        pytest.param(Rule(words=["반도체"], sources=["boj", "meti-press"]), TAGGED, [*ALL, '"반도체"'], id="one-of-the-sources"),
        pytest.param(Rule(kinds=["economy"]), TAGGED, None, id="other-kind"),
        pytest.param(Rule(kinds=["economy", "policy"]), TAGGED, ALL, id="one-of-the-kinds"),
        pytest.param(Rule(regions=["KR"]), TAGGED, None, id="other-region"),
        pytest.param(Rule(regions=["EU", "KR"]), TAGGED, ALL, id="one-of-the-regions"),
        pytest.param(Rule(bulletins=["japan-insight"]), TAGGED, None, id="no-section-of-the-bulletin"),
        pytest.param(Rule(bulletins=["kiat-watch"]), TAGGED, ALL, id="a-section-of-the-bulletin"),
        pytest.param(Rule(topics=ALL, min_probability=0.5), TAGGED, ["semiconductor"], id="of-the-topics-the-sure-ones"),
        pytest.param(Rule(topics=["ai"], min_probability=0.5), TAGGED, None, id="topic-not-sure-enough"),
        pytest.param(Rule(min_probability=0.5), TAGGED, ["semiconductor"], id="any-topic-that-is-sure"),
        pytest.param(Rule(min_probability=0.95), TAGGED, None, id="no-topic-is-sure"),
        pytest.param(Rule(words_all=["반도체", "보조금"]), TAGGED, [*ALL, '"반도체"', '"보조금"'], id="all-words"),
        pytest.param(Rule(words_all=["반도체", "금리"]), TAGGED, None, id="one-of-all-words-is-missing"),
        pytest.param(Rule(words_all=["보조금", "AI"]), TAGGED, [*ALL, '"보조금"', '"AI"'], id="all-words-across-title-and-lead"),
        pytest.param(Rule(words_not=["보조금"]), TAGGED, None, id="a-word-that-must-not-stand"),
        pytest.param(Rule(words_not=["AI"]), replace(TAGGED, lead="AIR mail"), ALL, id="not-inside-a-longer-word"),
        pytest.param(Rule(words=["半導体", "금리"], words_not=["인사"]), TAGGED, [*ALL, '"半導体"'], id="one-word-of-several"),
        pytest.param(Rule(words_not=["인사"]), replace(TAGGED, is_archive=True), None, id="words-that-must-not-stand-ask-for-no-archive"),
        pytest.param(Rule(topics=["ai"], words=["반도체"]), replace(TAGGED, is_archive=True), None, id="words-with-a-topic-want-no-archive"),
    ],
)  # fmt: skip
def test_a_rule_wants(rule: Rule, entry: Tagged, why: list[str] | None) -> None:
    assert why_wanted(rule, entry) == why


@pytest.mark.parametrize(
    ("rule", "least", "comes"),
    [
        pytest.param(Rule(topics=["ai"]), 0.8, False, id="the-budget-holds-against-a-topic"),
        pytest.param(Rule(topics=["ai"]), 0.7, True, id="at-the-threshold"),
        pytest.param(Rule(topics=["ai"], min_relevance=0.75), 0.1, False, id="the-rules-own-relevance-stays"),
        pytest.param(Rule(words=["반도체"]), 0.99, True, id="words-alone-know-no-budget"),
        pytest.param(Rule(words_all=["반도체"]), 0.99, True, id="all-words-alone-know-none-either"),
        pytest.param(Rule(words=["반도체"], min_relevance=0.1), 0.99, False, id="words-with-a-relevance-do"),
        pytest.param(
            Rule(words=["반도체"], sources=["meti-press"]), 0.99, False, id="words-of-one-source-do"
        ),
        pytest.param(Rule(words_not=["인사"]), 0.99, False, id="and-words-that-must-not-stand"),
    ],
)
def test_a_budgets_threshold_is_a_least_relevance_but_not_for_words_alone(
    rule: Rule, least: float, comes: bool
) -> None:
    assert (why_wanted(rule, TAGGED, least) is not None) == comes
