"""JSON lines in and out, as INTERFACE.md says."""

import json

import pytest

from classifiers.classifier import Classification, TopicScore
from classifiers.evaluating.jsonl import Row, read, written
from classifiers.judging.reasons import Reason
from monitor.errors import ConfigError

KNOWN = {"ai", "battery"}


def rows(*lines: str) -> list[Row]:
    return list(read(lines, "gold.jsonl", KNOWN))


def test_a_line_gives_text_and_labels() -> None:
    (row,) = rows(
        '{"id": "a", "title": "電池の新工場", "summary": "<p>R&amp;D 拠点</p>", "lang": "ja", "source": "x",'
        ' "date": "2026-01-05", "topics": ["battery"], "kind": "industry", "regions": ["JP", "UK"], "relevant": 1}'
    )
    assert (row.id, row.text.title, row.text.lead, row.text.language) == (
        "a",
        "電池の新工場",
        "R&D 拠点",
        "ja",
    )
    assert (row.topics, row.kind, row.regions, row.relevant) == ({"battery"}, "industry", {"JP", "GB"}, True)


def test_a_label_that_is_missing_is_none_and_an_empty_one_is_a_label() -> None:
    bare, empty = rows('{"title": "x"}', '{"title": "x", "topics": [], "regions": [], "relevant": 0}')
    assert (bare.topics, bare.kind, bare.regions, bare.relevant) == (None, None, None, None)
    assert (empty.topics, empty.regions, empty.relevant) == (set(), set(), False)


def test_a_missing_language_is_detected_and_a_missing_id_is_the_lines_number() -> None:
    first, second = rows('{"title": "반도체 수출이 늘었다"}', '{"id": 7, "title": "半導体の輸出が増えた"}')
    assert (first.id, first.text.language) == ("1", "ko")
    assert (second.id, second.text.language) == ("7", "ja")


def test_blank_lines_are_passed_over_and_still_counted() -> None:
    with pytest.raises(ConfigError, match=r"gold\.jsonl:4: title: "):
        rows('{"title": "x"}\n', "\n", "   \n", '{"id": "b"}\n')


def test_rows_before_a_wrong_line_are_given() -> None:
    lines = read(['{"title": "x"}', "{"], "-", KNOWN)
    assert next(lines).text.title == "x"
    with pytest.raises(ConfigError):
        next(lines)


@pytest.mark.parametrize(
    ("line", "key", "words"),
    [
        pytest.param("{", "-", "JSON 이 아닙니다", id="no-json"),
        pytest.param("[1]", "-", '{"id": …, "title": …}', id="no-object"),
        pytest.param("[" * 100_000, "-", "JSON 이 아닙니다", id="too-deep"),
        pytest.param('{"id": "a"}', "title", "빠졌습니다", id="no-title"),
        pytest.param('{"title": "  "}', "title", "빠졌습니다", id="blank-title"),
        pytest.param('{"title": 3}', "title", '"3" 대신 글을', id="title-a-number"),
        pytest.param('{"title": "x", "summary": []}', "summary", "대신 글을", id="summary-a-list"),
        pytest.param('{"title": "x", "topics": ["ai", "b", "a"]}', "topics", "topics.yaml 에 없는 주제입니다: a, b", id="unknown-topics"),
        pytest.param('{"title": "x", "topics": "ai"}', "topics", "글의 목록을", id="topics-no-list"),
        pytest.param('{"title": "x", "topics": [1]}', "topics", "글의 목록을", id="topics-no-text"),
        pytest.param('{"title": "x", "regions": "KR"}', "regions", "글의 목록을", id="regions-no-list"),
        pytest.param('{"title": "x", "kind": "news"}', "kind", "economy, policy", id="unknown-kind"),
        pytest.param('{"title": "x", "relevant": "yes"}', "relevant", "0 이나 1", id="relevant-text"),
        pytest.param('{"title": "x", "relevant": 2}', "relevant", "0 이나 1", id="relevant-two"),
    ],
)  # fmt: skip
def test_an_error_names_line_and_key_and_the_mend(line: str, key: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        rows('{"title": "x"}', line)
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.key) == ("gold.jsonl", 2, key)
    assert words in problem.message


def test_half_a_character_does_not_stop_the_output() -> None:
    (row,) = rows('{"id": "\\ud800", "title": "x \\udfff y", "lang": "en"}')
    line = json.dumps(written(row, RESULT), ensure_ascii=False)
    assert line.encode("utf-8")
    assert "\ufffd" in row.text.title


RESULT = Classification(
    scores={"ai": 0.912345, "battery": 0.1},
    topics=[
        TopicScore("ai", 0.912345, [Reason("전략", 1.5, "letters"), Reason("ＡＩ", 1.25, "word", "AI")]),
    ],
    kind="policy",
    regions=["KR"],
    relevance=0.71239,
    why=["전략"],
)


def test_a_line_is_written_as_the_contract_says() -> None:
    (row,) = rows('{"id": "a", "title": "AI 전략", "lang": "ko"}')
    assert written(row, RESULT) == {
        "id": "a",
        "lang": "ko",
        "topics": [
            {
                "topic": "ai",
                "p": 0.9123,
                "why": ["ＡＩ"],
                "reasons": [
                    {"phrase": "전략", "weight": 1.5, "by": "letters", "term": ""},
                    {"phrase": "ＡＩ", "weight": 1.25, "by": "word", "term": "AI"},
                ],
            }
        ],
        "scores": {"ai": 0.9123, "battery": 0.1},
        "kind": "policy",
        "regions": ["KR"],
        "relevance": 0.7124,
    }
