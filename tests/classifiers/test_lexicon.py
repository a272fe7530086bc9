"""Words in four scripts, and the taxonomy that they come from."""

from pathlib import Path

import pytest

from classifiers.lexicon import Entry, Lexicon
from classifiers.scripts import fold
from classifiers.taxonomy import load_taxonomy
from monitor.errors import ConfigError

ROOT = Path(__file__).resolve().parents[2]

LEXICON = Lexicon(
    [
        Entry("semiconductor", "半導体"), Entry("semiconductor", "반도체"), Entry("semiconductor", "chip"), Entry("ai", "AI", case=True), Entry("ai", "생성형 AI"),
        Entry("ev", "EV", case=True), Entry("trade", "IRA", case=True), Entry("monetary", "금리"), Entry("monetary", "기준금리"), Entry("factory", "스마트 공장"), Entry("supply", "supply chain"),
    ]
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "concepts"),
    [
        ("半導體 産業", {"semiconductor"}), ("半导体产业", {"semiconductor"}), ("半導体産業", {"semiconductor"}), ("반도체를 수출", {"semiconductor"}),
        ("生成AIの規制", {"ai"}), ("training data", set()), ("ＡＩ時代", {"ai"}), ("Ai Weiwei opens show", set()), ("every chip, chips", {"semiconductor"}),
        ("EVs rise", {"ev"}), ("Every car", set()), ("ev", set()), ("IRA 보조금", {"trade"}), ("Ira Levin", set()), ("금리가 올라", {"monetary"}), ("기준금리를", {"monetary"}),
        ("스마트공장 확산", {"factory"}), ("Supply-chain act", {"supply"}), ("", set()),
    ],
)  # fmt: skip
def test_words_are_found_as_a_reader_finds_them(text: str, concepts: set[str]) -> None:
    assert {hit.concept for hit in LEXICON.find(text)} == concepts


def test_a_word_inside_a_longer_one_of_its_concept_counts_once() -> None:
    assert [hit.surface for hit in LEXICON.find("기준금리 인상")] == ["기준금리"]


def test_a_hit_reads_as_it_stands_in_the_text() -> None:
    assert [hit.surface for hit in LEXICON.find("New CHIP plant for 半導體")] == ["CHIP", "半導體"]


def test_folding_keeps_the_length_and_makes_variants_one() -> None:
    for one, other in (("経済産業省", "經濟產業省"), ("供应链", "供應鏈"), ("規制", "规制")):
        assert fold(one) == fold(other)
        assert len(fold(one)) == len(one)


class TestTaxonomy:
    TOPICS = """macro monetary trade-security supply-chain industrial-policy semiconductor ai ai-policy digital-transformation gov-digital
    web3 big-tech cybersecurity quantum robotics autonomous-mobility automotive-ev battery critical-minerals renewables nuclear hydrogen
    fossil-energy climate materials circular-economy space bio-health agri-food manufacturing corporate-strategy startup-investment
    labor-population regional-revival korea-japan basic-science""".split()

    def test_the_shipped_one_has_every_topic_of_the_contract_with_words_in_four_languages(self) -> None:
        taxonomy = load_taxonomy(ROOT / "topics.yaml")
        assert [topic.id for topic in taxonomy.topics] == self.TOPICS
        for topic in taxonomy.topics:
            assert sum(map(len, topic.terms.values())) >= 60, topic.id
            assert all(len(topic.terms[language]) >= 12 for language in ("ko", "ja", "en", "zh")), topic.id
            assert set(topic.description) == {"ko", "ja", "en", "zh"}
        assert [bulletin.id for bulletin in taxonomy.bulletins] == ["japan-insight", "kiat-watch"]

    def test_no_word_stands_for_more_than_two_topics(self) -> None:
        owners: dict[str, set[str]] = {}
        for topic in load_taxonomy(ROOT / "topics.yaml").topics:
            for terms in topic.terms.values():
                for term in terms:
                    owners.setdefault(term.term, set()).add(topic.id)
        assert {term: topics for term, topics in owners.items() if len(topics) > 2} == {}

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("topics:\n  - id: x\n    name: {en: X}\n", "topics.yaml:3:"),
            ("topics:\n  - id: x\n    name: {ko: X}\n    terms: {ko: [가]}\n", "topics.yaml:4:"),
            ("topics:\n  - id: x\n    name: {ko: X}\n  - id: x\n    name: {ko: Y}\n", "topics.yaml:4:"),
            ("topics:\n  - id: x\n    name: {ko: X}\n    term: {}\n", "topics.yaml:4:"),
            ("[]\n", "topics.yaml:1:"),
        ],
        ids=["no-korean-name", "word-of-one-letter", "id-twice", "unknown-key", "no-mapping"],
    )
    def test_what_is_wrong_is_named_with_its_line(self, tmp_path: Path, text: str, line: str) -> None:
        file = tmp_path / "topics.yaml"
        file.write_text(text, encoding="utf-8")
        with pytest.raises(ConfigError, match=line):
            load_taxonomy(file)

    def test_a_topic_that_went_is_called_by_its_id(self) -> None:
        assert load_taxonomy(ROOT / "topics.yaml").name("gone") == "gone"
