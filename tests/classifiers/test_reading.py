"""A text as words are looked for in it, and the way back to what was published."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.words.reading import read
from classifiers.words.scripts import fold
from monitor.texts.words import normalise


@pytest.mark.parametrize(
    ("published", "folded"),
    [
        pytest.param("ＡＩ ＆ ＥＶ", "ai & ev", id="full-width"),
        pytest.param("半導體와 半导体", "半导体와半导体", id="variant-characters"),
        pytest.param("ｶﾞｽ発電", "ガス发电", id="half-width-kana"),
        pytest.param("스마트 공장", "스마트공장", id="no-space-beside-hangul"),
        pytest.param("AI 반도체 chip maker", "ai반도체chip maker", id="only-beside-hangul"),
        pytest.param("low-code, e‑fuel", "low code, e fuel", id="hyphens-are-spaces"),
        pytest.param("한·미·일, 산ㆍ학", "한미일,산학", id="middle-dots"),
        pytest.param("a\u200bb\u00adc", "abc", id="invisible-characters"),
        pytest.param("  two\n\t words  ", "two words", id="spaces-folded"),
        pytest.param("Straße", "strasse", id="case-folded"),
    ],
)
def test_a_text_is_folded(published: str, folded: str) -> None:
    assert read(published).folded == folded


@pytest.mark.parametrize(
    ("published", "found", "surface"),
    [
        pytest.param("정부, 스마트 공장 확대", "스마트공장", "스마트 공장", id="space"),
        pytest.param("ＡＩ規制", "ai", "ＡＩ", id="full-width"),
        pytest.param("次世代半導體の量産", "半导体", "半導體", id="variant"),
        pytest.param("ｶﾞｽ火力", "ガス", "ｶﾞｽ", id="two-characters-made-one"),
        pytest.param("Cafe\u0301 AI", "ai", "AI", id="after-a-combining-accent"),
        pytest.param(unicodedata.normalize("NFD", "반도체 공장"), "반도체", None, id="decomposed-hangul"),
        pytest.param("G\u200bX 推進", "gx", "G\u200bX", id="invisible-inside"),
    ],
)
def test_a_found_word_is_shown_as_it_was_published(published: str, found: str, surface: str | None) -> None:
    reading = read(published)
    start = reading.folded.index(found)
    shown = reading.surface(start, start + len(found))
    assert shown == (surface or unicodedata.normalize("NFD", found))


LETTERS = st.text(
    st.sampled_from(list("aZé9ßＡ１ｶﾞ가각힣반漢體体导導カナーあ、。,.-·　 \t\u200b\u0301\ufeff\u3099㎡…ﬁ")),
    max_size=40,
)


@given(LETTERS | st.text(max_size=30))
def test_every_folded_character_has_its_place_in_the_text(text: str) -> None:
    reading = read(text)
    assert len(reading.begins) == len(reading.ends) == len(reading.folded)
    assert list(reading.begins) == sorted(reading.begins)
    assert all(0 <= begin < end <= len(text) for begin, end in zip(reading.begins, reading.ends, strict=True))
    assert not reading.folded.startswith(" ")
    assert "  " not in reading.folded


@given(LETTERS.filter(lambda text: not set(text) & set("\u0301\u3099ﾞ")))
def test_folding_again_changes_nothing(text: str) -> None:
    once = read(text).folded
    assert read(once).folded == once


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E, exclude_characters="-"), max_size=40))
def test_english_is_folded_as_words_are_elsewhere(text: str) -> None:
    assert read(text).folded == normalise(text)


class TestVariantCharacters:
    @pytest.mark.parametrize(
        "spellings",
        [
            ("半導体", "半導體", "半导体"),
            ("経済", "經濟", "经济"),
            ("労働", "勞動", "劳动"),
            ("鉱業", "鑛業", "矿业"),
            ("予測", "預測", "预测"),
            ("発電", "發電", "发电"),
            ("関税", "關稅", "关税"),
            ("水素戦略", "水素戰略", "水素战略"),
        ],
        ids=lambda spellings: spellings[0],
    )
    def test_one_word_in_three_countries_is_one_word(self, spellings: tuple[str, ...]) -> None:
        assert len({fold(spelling) for spelling in spellings}) == 1

    def test_no_character_stands_for_two(self) -> None:
        from classifiers.words import scripts

        groups = scripts._GROUPS.split()
        letters = [letter for group in groups for letter in group]
        assert len(letters) == len(set(letters))
        assert all(fold(letter) == group[0] for group in groups for letter in group)
