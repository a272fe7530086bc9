"""topics.yaml, right and wrong."""

from pathlib import Path

import pytest

from classifiers.taxonomy import load_taxonomy
from monitor.errors import ConfigError

PACKAGED = Path(__file__).resolve().parents[2] / "topics.yaml"

#: The ids that data is labelled with.
FIXED = """macro monetary trade-security supply-chain industrial-policy semiconductor ai ai-policy digital-transformation
gov-digital web3 big-tech cybersecurity quantum robotics autonomous-mobility automotive-ev battery critical-minerals
renewables nuclear hydrogen fossil-energy climate materials circular-economy space bio-health agri-food manufacturing
corporate-strategy startup-investment labor-population regional-revival korea-japan basic-science""".split()


def written(folder: Path, text: str) -> Path:
    file = folder / "topics.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_taxonomy(written(folder, text))
    return [str(problem) for problem in caught.value.problems]


def test_a_taxonomy_holds_bulletins_topics_and_terms(tmp_path: Path) -> None:
    text = """
bulletins:
  - {id: watch, name: 동향, cadence: biweekly, sections: [{name: 정책, count: 4}], citation: heading}
topics:
  - id: trade
    name: {ko: 통상, en: Trade}
    description: {en: Tariffs.}
    terms:
      en: [tariff, {term: IRA, case: true}, {term: deal, weight: 0.4}]
"""
    taxonomy = load_taxonomy(written(tmp_path, text))
    (bulletin,), (topic,) = taxonomy.bulletins, taxonomy.topics
    assert (bulletin.sections[0].count, bulletin.citation) == (4, "heading")
    assert [(term.term, term.case, term.weight) for term in topic.terms["en"]] == [
        ("tariff", False, 1.0),
        ("IRA", True, 1.0),
        ("deal", False, 0.4),
    ]


def test_a_topic_is_called_by_language_then_in_korean_then_by_its_id(tmp_path: Path) -> None:
    taxonomy = load_taxonomy(written(tmp_path, "topics: [{id: trade, name: {ko: 통상, en: Trade}}]"))
    assert [taxonomy.name("trade"), taxonomy.name("trade", "en"), taxonomy.name("trade", "fr")] == [
        "통상",
        "Trade",
        "통상",
    ]
    assert taxonomy.name("gone") == "gone"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("topics:\n  - id: a\n    name: {ko: 가}\n    term: {}\n", ":4: a: term 모르는 이름입니다. terms", id="unknown-key"),
        pytest.param("topics:\n  - id: a\n    name: {en: A}\n", ":3: a: name 한국어 이름(ko)이 빠졌습니다", id="no-korean-name"),
        pytest.param("topics:\n  - name: {ko: 가}\n", ":2: topics #1: id 빠졌습니다", id="no-id"),
        pytest.param("topics:\n  - id: A b\n    name: {ko: 가}\n", ':2: A b: id "A b" 대신', id="bad-id"),
        pytest.param("topics:\n  - id: a\n    name: {ko: 가}\n    terms: {ko: [x]}\n", ':4: a: terms.ko.0.term "x" 은(는) 너무 짧아', id="short-term"),
        pytest.param("topics:\n  - id: a\n    name: {ko: 가}\n    terms: {ko: [2026]}\n", ':4: a: terms.ko.0 "2026" 대신 글을', id="a-number-for-a-term"),
        pytest.param("topics:\n  - id: a\n    name: {ko: 가}\n    terms: {ko: [{term: 물가, weight: 2}]}\n", ':4: a: terms.ko.0.weight "2" 대신 1.0 이하', id="weight"),
        pytest.param("topics:\n  - id: a\n    name: {ko: 가}\n    terms: {kor: [물가]}\n", ':4: a: terms.kor "kor" 대신 ko, ja', id="language"),
        pytest.param("topics:\n  - id: a\n    name: {ko: 가}\n    terms: {en: GDP}\n", ':4: a: terms.en "GDP" 대신 목록을', id="no-list"),
        pytest.param("topics:\n  - id: a\n    name: {ko: 가}\n  - id: a\n    name: {ko: 나}\n", ":4: a: id 가 2번째 줄과 같습니다", id="same-id-twice"),
        pytest.param("topics:\n  - macro\n", ':2: topics: "macro" 대신 `- id: …`', id="no-mapping"),
        pytest.param("topics: []\n", ":1: topics: 주제가 하나도 없습니다", id="no-topics"),
        pytest.param("- id: a\n", ":1: topics: 주제가 하나도 없습니다", id="a-list"),
        pytest.param("", ":1: topics: 주제가 하나도 없습니다", id="empty"),
        pytest.param("bulletins: 3\ntopics: [{id: a, name: {ko: 가}}]\n", ":1: bulletins: ", id="bulletins-no-list"),
        pytest.param("topcis: []\ntopics: [{id: a, name: {ko: 가}}]\n", ":1: topcis: 모르는 이름입니다", id="unknown-part"),
        pytest.param("bulletins:\n  - {id: b, name: 나, cadence: monthly, sections: [], citation: footnote}\ntopics: [{id: a, name: {ko: 가}}]\n", ':2: b: citation "footnote" 대신 reference, heading', id="citation"),
    ],
)  # fmt: skip
def test_an_error_names_line_and_key_and_the_mend(tmp_path: Path, text: str, problem: str) -> None:
    found = problems(tmp_path, text)
    assert any(problem in line for line in found), found


def test_all_problems_are_told_at_once_in_the_files_order(tmp_path: Path) -> None:
    text = "topics:\n  - id: a\n    name: {en: A}\n    terms: {ko: [x]}\n  - id: a\n    name: {ko: 나}\n    bogus: 1\n"
    assert [line.split(":")[1] for line in problems(tmp_path, text)] == ["3", "4", "5", "7"]


class TestPackaged:
    def test_it_holds_the_fixed_topics(self) -> None:
        assert [topic.id for topic in load_taxonomy(PACKAGED).topics] == FIXED

    def test_every_topic_has_a_description_and_words_in_four_languages(self) -> None:
        for topic in load_taxonomy(PACKAGED).topics:
            assert set(topic.description) == {"ko", "ja", "en", "zh"}, topic.id
            assert all(len(topic.terms[language]) >= 12 for language in ("ko", "ja", "en", "zh")), topic.id
            assert sum(len(terms) for terms in topic.terms.values()) >= 60, topic.id

    def test_no_word_stands_for_more_than_two_topics(self) -> None:
        owners: dict[str, set[str]] = {}
        for topic in load_taxonomy(PACKAGED).topics:
            for terms in topic.terms.values():
                for term in terms:
                    owners.setdefault(term.term, set()).add(topic.id)
        assert {term: topics for term, topics in owners.items() if len(topics) > 2} == {}

    def test_it_holds_both_bulletins(self) -> None:
        assert [bulletin.id for bulletin in load_taxonomy(PACKAGED).bulletins] == [
            "japan-insight",
            "kiat-watch",
        ]
