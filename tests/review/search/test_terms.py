"""The terms of texts, and which texts a search finds by them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.search.asking import MAX_WORDS, All, AnyOf, Phrase, Question, Without, fts5, question, tsquery
from review.search.marking import spans
from review.search.terms import terms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("금리", ["금리", "리"], id="Hangul goes in by pairs"),
        pytest.param("반도체를", ["반도", "도체", "체를", "를"], id="with its particles"),
        pytest.param("스마트 공장", ["스마", "마트", "트_공", "공장", "장"], id="a space in Korean is kept beside its pair"),
        pytest.param("금리, 물가", ["금리", "리", "물가", "가"], id="a comma is the end"),
        pytest.param("日銀の金利", ["日银", "银の", "の金", "金利", "利"], id="Chinese characters and kana are one run"),
        pytest.param("美 연준", ["美", "연준", "준"], id="a sign is its own term"),
        pytest.param("生成AIの", ["生成", "成", "ai", "の"], id="scripts part"),
        pytest.param("コスト・品質", ["コス", "スト", "ト", "品质", "质"], id="the middle dot parts"),
        pytest.param("半導體", ["半导", "导体", "体"], id="variant characters are one"),
        pytest.param("ﾊﾟﾜｰ", ["パワ", "ワー", "ー"], id="narrow kana are wide"),
        pytest.param("Förderung der KI", ["forderung", "der", "ki"], id="accents do not count"),
        pytest.param("R&D, GPT-4o", ["r", "d", "gpt", "4o"], id="signs part"),
        pytest.param("5,000억 0.75%", ["5000", "억", "0", "75"], id="thousands are one number"),
        pytest.param("a" * 99, ["a" * 40], id="no endless word"),
        pytest.param(" —!", [], id="no letters, no terms"),
    ],
)  # fmt: skip
def test_terms(text: str, expected: list[str]) -> None:
    assert terms(text) == expected


def holds(asked: Question, have: list[str]) -> bool:
    """What the databases do with terms, in a few lines."""
    match asked:
        case Phrase(wanted, prefix):
            places = range(len(have) - len(wanted) + 1)
            *head, last = wanted
            return any(
                have[place : place + len(head)] == head
                and (have[place + len(head)].startswith(last) if prefix else have[place + len(head)] == last)
                for place in places
            )
        case All(parts):
            return all(holds(part, have) for part in parts)
        case AnyOf(parts):
            return any(holds(part, have) for part in parts)
        case Without(wanted_part, unwanted):
            return holds(wanted_part, have) and not holds(unwanted, have)


FOUND = [
    ("금리", "한은, 기준금리를 동결"),
    ("기준금리", "한은 기준 금리 동결"),
    ("스마트공장", "스마트 공장 3천 곳"),
    ("스마트 공장", "스마트공장 3천 곳"),
    ("반도체", "차량용 반도체가 모자라다"),
    ("반도체", "반도체"),
    ("半導体", "中国、半導體 장비"),
    ("半导体", "半導体の後工程"),
    ("中", "中 희토류 통제"),
    ("中", "미·中 협상"),
    ("생성AI", "생성 AI 규제"),
    ("생성 AI", "생성AI 규제"),
    ("AI반도체", "AI 반도체 지원"),
    ("生成AI", "生成AIの規制"),
    ("ai", "KI und AI"),
    ("chip", "A chipmaker builds"),
    ("chips", "One chip for all"),
    ("battery", "Sodium batteries"),
    ("tariff", "New tariffs"),
    ("EV", "EVs sell"),
    ("gpt-4", "GPT-4 arrives"),
    ("forderung", "Förderung für Wasserstoff"),
    ('"solid state"', "All-solid-state cells"),
    ("“기준 금리”", "기준 금리 동결"),
    ("한·미", "한·미 관세 협상"),
    ("サーバ", "サーバーの電力"),
    ("금리 -일본은행", "한은 금리"),
    ("0.75%", "政策金利0.75%に"),
    ("ＡＩ", "AI"),
]
NOT_FOUND = [
    ("금리", "지금 리튬 값이"),
    ("기차역", "전기차 역설"),
    ("ira", "Iran und Irak"),
    ("ai", "training for rain"),
    ("ev", "every event"),
    ("반도체", "한반도와 전도체"),
    ("生成AI", "生成された AI"),
    ('"solid state"', "state of solid matter"),
    ('"battery"', "batteries"),
    ("금리 -한은", "한은 금리 동결"),
    ("금리 물가", "금리만 올랐다"),
]


@pytest.mark.parametrize(("query", "text"), FOUND)
def test_a_search_finds(query: str, text: str) -> None:
    asked = question(query)
    assert asked
    assert holds(asked, terms(text))


@pytest.mark.parametrize(("query", "text"), NOT_FOUND)
def test_a_search_does_not_find(query: str, text: str) -> None:
    asked = question(query)
    assert asked
    assert not holds(asked, terms(text))


@pytest.mark.parametrize("query", ["", "%", "'\"", "-", '""', "—", "-금리"])
def test_a_search_without_words_asks_for_nothing(query: str) -> None:
    assert question(query) is None


def test_no_more_words_count_than_a_line_has() -> None:
    asked = question(" ".join(f"낱말{letter}" for letter in "가나다라마바사아자차"))
    assert isinstance(asked, All)
    assert len(asked.parts) == MAX_WORDS


@pytest.mark.parametrize(
    ("query", "for_fts5", "for_tsquery"),
    [
        ("금리", '"금리"', "('금리')"),
        ("반도체", '"반도 도체"', "('반도' <-> '도체')"),
        ("chip", '"chip" *', "('chip':*)"),
        ("EV", '("ev" OR "evs")', "(('ev') | ('evs'))"),
        ("금리 -日銀", '("금리" NOT "日银")', "(('금리') & !('日银'))"),
    ],
)
def test_how_databases_are_asked(query: str, for_fts5: str, for_tsquery: str) -> None:
    asked = question(query)
    assert asked
    assert (fts5(asked), tsquery(asked)) == (for_fts5, for_tsquery)


def test_what_an_address_says_stays_within_its_quotes() -> None:
    assert fts5(Phrase(('topic:x" or "y',))) == '"topic:x"" or ""y"'
    assert tsquery(Phrase(("topic:x' | 'y\\",))) == "('topic:x'' | ''y\\\\')"


TEXT = st.text("금리지튬반도체 ·-,日銀半導体のサーバーaibtry0.5é\"'", max_size=40)


@given(TEXT, TEXT)
def test_terms_are_made_of_what_the_tokenizer_leaves_alone(text: str, query: str) -> None:
    assert all(re.fullmatch(r"[a-z0-9_\u0080-\U0010ffff]+", term) for term in terms(text))
    asked = question(query)
    assert asked is None or fts5(asked)


@given(TEXT.filter(lambda text: "-" not in text and '"' not in text))
def test_a_text_is_found_by_its_own_words(text: str) -> None:
    for word in text.split()[:MAX_WORDS]:
        asked = question(word)
        assert asked is None or holds(asked, terms(text))


@pytest.mark.parametrize(
    ("text", "query", "expected"),
    [
        pytest.param("한은, 기준금리를 동결", "금리", ["금리"], id="within a word"),
        pytest.param("スマート 半導體 장비", "半导体", ["半導體"], id="as written"),
        pytest.param("스마트 공장 3천", "스마트공장", ["스마트 공장"], id="over a space"),
        pytest.param("A chipmaker's chips", "chip", ["chipmaker", "chips"], id="the whole of longer words"),
        pytest.param("Iran, IRA, Irak", "ira", ["IRA"], id="no part of another word"),
        pytest.param("Sodium batteries, battery", "battery", ["batteries", "battery"], id="plural"),
        pytest.param("Die Förderung", "forderung", ["Förderung"], id="with its accents"),
        pytest.param("All-solid-state", '"solid state"', ["solid-state"], id="phrase"),
        pytest.param("금리와 물가", "물가 -금리", ["물가"], id="not what is not wanted"),
        pytest.param("금리", "%", [], id="nothing asked"),
        pytest.param("생성 AI와 생성AI", "생성AI", ["생성 AI", "생성AI"], id="two scripts"),
        pytest.param("(a+b)* [c]", "a+b", ["a+b"], id="no pattern of the reader's"),
    ],
)  # fmt: skip
def test_what_was_searched_for_is_marked(text: str, query: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in spans(text, query)] == expected


@pytest.mark.parametrize(("query", "text"), FOUND)
def test_what_is_found_is_marked(query: str, text: str) -> None:
    assert spans(text, query)
