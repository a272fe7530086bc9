"""Words found in four scripts, and not found where they only seem to stand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.words.lexicon import Lexicon, Word
from classifiers.words.reading import read


def found(text: str, *terms: str, case: bool = False) -> list[str]:
    lexicon = Lexicon(Word("topic", term, case) for term in terms)
    return [hit.surface for hit in lexicon.find(read(text))]


@pytest.mark.parametrize(
    ("text", "term", "surface"),
    [
        pytest.param("政府、生成AIの規制案をまとめる", "AI", "AI", id="ai-among-kana"),
        pytest.param("생성형AI로 설계 기간을 줄인다", "AI", "AI", id="ai-before-a-particle"),
        pytest.param("国务院部署AI应用", "AI", "AI", id="ai-among-hanzi"),
        pytest.param("Firms rush to buy EVs", "EV", "EV", id="plural"),
        pytest.param("Chipmaker's new batteries", "battery", "batteries", id="plural-in-ies"),
        pytest.param("Foundries compete on chips", "foundry", "Foundries", id="plural-in-ies-capital"),
        pytest.param("한은, 금리를 동결했다", "금리", "금리", id="object-particle"),
        pytest.param("금리가 오르면 투자가 준다", "금리", "금리", id="subject-particle"),
        pytest.param("예금 금리는 내렸다", "금리", "금리", id="topic-particle"),
        pytest.param("台積電が半導体工場を増設", "半導体", "半導体", id="japanese-characters"),
        pytest.param("台積電擴建半導體廠", "半導体", "半導體", id="traditional-characters"),
        pytest.param("台积电扩建半导体工厂", "半導体", "半导体", id="simplified-characters"),
        pytest.param("스마트 공장 보급을 늘린다", "스마트공장", "스마트 공장", id="hangul-space-in-text"),
        pytest.param("스마트공장 보급을 늘린다", "스마트 공장", "스마트공장", id="hangul-space-in-term"),
        pytest.param("AI반도체 국산화", "AI 반도체", "AI반도체", id="space-between-scripts"),
        pytest.param("A large-language-model race", "large language model", "large-language-model", id="hyphens"),
        pytest.param("Solid state batteries near market", "solid-state battery", "Solid state batteries", id="hyphen-in-term"),
        pytest.param("한·일 실무회의", "한일", "한·일", id="middle-dot"),
        pytest.param("次世代ロボットアームを公開", "ロボット", "ロボット", id="long-katakana-in-compound"),
        pytest.param("メタ、人員を削減", "メタ", "メタ", id="short-katakana-alone"),
    ],
)  # fmt: skip
def test_a_word_is_found(text: str, term: str, surface: str) -> None:
    assert found(text, term) == [surface]


@pytest.mark.parametrize(
    ("text", "term"),
    [
        pytest.param("Staff training starts again", "AI", id="ai-in-training"),
        pytest.param("every seven evenings", "EV", id="ev-in-every"),
        pytest.param("A chipped vase", "chip", id="chip-in-chipped"),
        pytest.param("メタンの排出を減らす", "メタ", id="short-katakana-in-a-longer-word"),
        pytest.param("전기차 역대 최고", "기차역", id="across-a-space-from-inside-a-word"),
        pytest.param("모바일 게임", "일게", id="short-across-a-space"),
        pytest.param("25G網の整備", "5G", id="digits-before"),
        pytest.param("그가 한 일은 많다", "한일", id="two-short-words"),
        pytest.param("물리 학회", "물리화학", id="another-word"),
    ],
)
def test_a_word_is_not_found_where_it_only_seems_to_stand(text: str, term: str) -> None:
    assert found(text, term) == []


@pytest.mark.parametrize(
    ("text", "term", "hits"),
    [
        ("IRA 세액공제 폐지 논의", "IRA", ["IRA"]),
        ("The IRA's credits expire", "IRA", ["IRA"]),
        ("ＩＲＡ 개편", "IRA", ["ＩＲＡ"]),
        ("Ira Sachs presents a film", "IRA", []),
        ("ira furor brevis est", "IRA", []),
        ("Ira speaks of the IRA", "IRA", ["IRA"]),
        ("R & D 예산", "R&D", []),
        ("METI and meti", "METI", ["METI"]),
    ],
)
def test_a_word_with_its_case_counts_only_as_written(text: str, term: str, hits: list[str]) -> None:
    assert found(text, term, case=True) == hits


class TestOverlaps:
    def test_a_word_inside_a_longer_one_of_its_concept_counts_once(self) -> None:
        assert found("全固体電池の電池材料", "電池", "全固体電池") == ["全固体電池", "電池"]

    def test_a_word_inside_a_longer_one_of_another_concept_counts(self) -> None:
        lexicon = Lexicon([Word("ai", "AI"), Word("chips", "AI 반도체")])
        assert [(hit.concept, hit.surface) for hit in lexicon.find(read("AI 반도체 경쟁"))] == [
            ("chips", "AI 반도체"),
            ("ai", "AI"),
        ]

    def test_one_spelling_may_speak_for_two_concepts(self) -> None:
        lexicon = Lexicon([Word("JP", "한일"), Word("KR", "한일")])
        assert {hit.concept for hit in lexicon.find(read("한일 협력"))} == {"JP", "KR"}

    def test_hits_carry_weight_and_term(self) -> None:
        lexicon = Lexicon([Word("macro", "경기", weight=0.3)])
        (hit,) = lexicon.find(read("경기가 나아졌다"))
        assert (hit.term, hit.weight, hit.start, hit.end) == ("경기", 0.3, 0, 2)


class TestNames:
    LEXICON = Lexicon(
        [Word("IN", "인도"), Word("ID", "인도네시아"), Word("GB", "영국"), Word("CN", "중국"), Word("US", "美"),
         Word("US", "米"), Word("CN", "中"), Word("IR", "이란")],
        names=True,
    )  # fmt: skip

    @pytest.mark.parametrize(
        ("text", "places"),
        [
            pytest.param("인도네시아에 공장을 짓는다", ["ID"], id="longer-name-wins"),
            pytest.param("인도에 공장을 짓는다", ["IN"], id="with-particle"),
            pytest.param("공장 운영국 회의", [], id="inside-a-word"),
            pytest.param("혁신이란 무엇인가", [], id="a-particle-that-is-a-name"),
            pytest.param("대중국 수출이 늘었다", ["CN"], id="prefix"),
            pytest.param("美 연준, 금리 동결", ["US"], id="hanja-before-a-space"),
            pytest.param("美서 소송", ["US"], id="hanja-with-particle"),
            pytest.param("美·中 협상 재개", ["US", "CN"], id="hanja-with-middle-dot"),
            pytest.param("米、対中関税を見直し", ["US"], id="japanese-headline"),
            pytest.param("米エヌビディアの決算", ["US"], id="before-katakana"),
            pytest.param("영국·중국 협상", ["GB", "CN"], id="after-a-middle-dot"),
            pytest.param("美·中 협상", ["US", "CN"], id="hanja-after-a-middle-dot"),
            pytest.param("米の価格が上がる", [], id="rice"),
            pytest.param("全米オープン", [], id="inside-kanji"),
            pytest.param("産業の行方（中）", [], id="second-of-three-parts"),
        ],
    )
    def test_names_of_places(self, text: str, places: list[str]) -> None:
        assert [hit.concept for hit in self.LEXICON.find(read(text))] == places


@given(st.text(max_size=60))
def test_no_text_breaks_the_search(text: str) -> None:
    lexicon = Lexicon(
        [Word("a", "AI"), Word("b", "米"), Word("c", "スマート"), Word("d", "스마트 공장")], names=True
    )
    for hit in lexicon.find(read(text)):
        assert hit.surface in text


@given(
    st.sampled_from(["AI", "金利", "금리", "IRA"]),
    st.text("가나あ、。 ", max_size=5),
    st.text("、。 を는", max_size=5),
)
def test_a_word_between_other_scripts_is_always_found(word: str, before: str, after: str) -> None:
    assert found(f"{before}{word}{after}", word) == [word]
