"""Past issues kept: the same issue again is brought up to date, and what an editor said stays."""

import io
import json
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.db import OperationalError
from typer.testing import CliRunner

from classifiers.classifier import TopicClassifier
from classifiers.models import PastArticle, PastIssue
from classifiers.pastissues import learning
from classifiers.pastissues.issue import Citation, PastArticleText, PastIssueText
from classifiers.pastissues.learning import Learned, confirmed_topics, keep_issue, propose_topics
from classifiers.serving import loading
from classifiers.training.corrections import Correction, read_corrections
from monitor.cli import app
from monitor.errors import ConfigError, StoreError
from tests.classifiers import past_issue_files as files
from tests.classifiers.fakes import taxonomy

NOW = datetime(2031, 5, 2, 3, 0, tzinfo=UTC)
CITED = Citation("架空一郎", "題名", "架空技報", date(2031, 3, 1), "", "架空一郎, 題名, 架空技報, 2031.3.1.")
OTHER = Citation("", "", "가나다은행", None, "", "가나다은행, 2031.3.")


def issue(*titles: str, number: str = "2031-04", text: str = "본문") -> PastIssueText:
    articles = tuple(
        PastArticleText("일본경제", order, title, text, (CITED, OTHER))
        for order, title in enumerate(titles, 1)
    )
    return PastIssueText("japan-insight", number, date(2031, 4, 1), articles)


def topics_of(number: str = "2031-04") -> dict[str, list[str]]:
    return {one.title: one.topics for one in PastArticle.objects.filter(issue__number=number)}


def test_topics_are_proposed_from_title_and_text() -> None:
    by_words = TopicClassifier(taxonomy(ai=["인공지능"], battery=["배터리"]))
    found = issue("공장의 인공지능", "모두의 축제", text="배터리를 만드는 공장")
    assert propose_topics(by_words, found)[0] == ["ai", "battery"]
    assert propose_topics(by_words, issue("모두의 축제")) == [[]]


@pytest.mark.django_db
def test_an_issue_is_kept_with_its_articles_and_citations() -> None:
    assert keep_issue(issue("가", "나"), [["ai"], []], "a.txt") == Learned(new=2, known=0, gone=0)
    row = PastIssue.objects.get()
    assert (row.bulletin, row.number, row.published_on, row.file_name) == (
        "japan-insight", "2031-04", date(2031, 4, 1), "a.txt",
    )  # fmt: skip
    first, second = row.articles.all()
    assert (first.section, first.order, first.title, first.text, first.topics) == (
        "일본경제",
        1,
        "가",
        "본문",
        ["ai"],
    )
    assert first.citation == "架空一郎, 題名, 架空技報, 2031.3.1.\n가나다은행, 2031.3."
    assert second.topics == []


@pytest.mark.django_db
def test_the_same_issue_again_is_brought_up_to_date_and_not_doubled() -> None:
    keep_issue(issue("하나", "둘"), [["ai"], ["battery"]], "a.txt", confirmed_at={2: NOW})
    kept = PastArticle.objects.get(title="둘").pk
    again = issue("셋", "둘", text="고친 본문")
    assert confirmed_topics(again) == [None, ["battery"]]
    assert keep_issue(again, [["hydrogen"], ["battery"]], "b.docx") == Learned(new=1, known=1, gone=1)
    assert topics_of() == {"셋": ["hydrogen"], "둘": ["battery"]}
    row = PastArticle.objects.get(title="둘")
    assert (row.pk, row.order, row.text, row.issue.file_name) == (kept, 2, "고친 본문", "b.docx")


@pytest.mark.django_db
def test_confirmed_topics_outlive_a_proposal_and_a_proposal_does_not_outlive_the_next() -> None:
    keep_issue(issue("가", "나"), [["ai"], ["ai"]], "a.txt", confirmed_at={1: NOW})
    keep_issue(issue("가", "나"), [["battery"], ["battery"]], "a.txt")
    assert topics_of() == {"가": ["ai"], "나": ["battery"]}
    assert [*PastArticle.objects.values_list("confirmed_at", flat=True)] == [NOW, None]
    keep_issue(issue("가", "나"), [["hydrogen"], []], "a.txt", confirmed_at={1: NOW, 2: NOW})
    assert topics_of() == {"가": ["hydrogen"], "나": []}


@pytest.mark.django_db
def test_other_issues_are_left_alone() -> None:
    keep_issue(issue("가", number="2031-03"), [["ai"]], "a.txt")
    keep_issue(issue("가"), [["battery"]], "b.txt")
    assert (topics_of("2031-03"), topics_of()) == ({"가": ["ai"]}, {"가": ["battery"]})


@pytest.mark.django_db
def test_a_section_that_an_editor_named_outlives_a_file_that_names_none() -> None:
    unnamed = PastIssueText("japan-insight", "2031-04", None, (PastArticleText("", 1, "가", "본문"),))
    keep_issue(unnamed, [[]], "a.txt", {1: "기업전략"})
    keep_issue(unnamed, [[]], "a.txt")
    assert PastArticle.objects.get().section == "기업전략"


@pytest.mark.django_db
def test_a_database_that_refuses_keeps_nothing_of_the_issue(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object, **_more: object) -> None:
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(learning.PastArticle, "save", full)
    with pytest.raises(StoreError, match="past issue not stored"):
        keep_issue(issue("가"), [[]], "a.txt")
    assert not PastIssue.objects.exists()


TOPICS = {"ai", "battery"}


def test_corrections_are_read_by_issue_and_order() -> None:
    lines = [
        '{"issue": "japan-insight 2031-04", "order": 2, "topics": ["ai"], "title": "다른 열쇠"}',
        "",
        '{"issue": "2031-03", "order": 1, "topics": [], "section": "기업전략"}',
        '{"file": "cut.pdf", "error": "손상"}',
    ]
    assert read_corrections(lines, "t.jsonl", TOPICS) == {
        ("japan-insight 2031-04", 2): Correction(1, ("ai",)),
        ("2031-03", 1): Correction(3, (), "기업전략"),
    }


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("{", "-"),
        ("[1]", "-"),
        ('{"order": 1, "topics": []}', "issue"),
        ('{"issue": "2031-04", "order": "1", "topics": []}', "order"),
        ('{"issue": "2031-04", "order": 1}', "topics"),
        ('{"issue": "2031-04", "order": 1, "topics": "ai"}', "topics"),
        ('{"issue": "2031-04", "order": 1, "topics": ["unknown"]}', "topics"),
        ('{"issue": "2031-04", "order": 1, "topics": [], "section": 3}', "section"),
    ],
)
def test_a_correction_that_says_nothing_of_use_is_named_by_line_and_key(line: str, key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_corrections(["", line], "t.jsonl", TOPICS)
    assert [(problem.file, problem.line, problem.key) for problem in caught.value.problems] == [
        ("t.jsonl", 2, key)
    ]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two good issues; the commands run on this process's database with a classifier of words alone."""
    (tmp_path / "issues").mkdir()
    (tmp_path / "issues" / "japan.docx").write_bytes(files.docx(files.JAPAN))
    (tmp_path / "issues" / "watch.txt").write_bytes(files.txt(files.WATCH))
    monkeypatch.setattr("monitor.cli.learn.prepare", lambda: None)
    by_words = TopicClassifier(loading.taxonomy())
    monkeypatch.setattr(loading, "classifier", lambda: by_words)
    return tmp_path


def run(*arguments: object, answer: str | None = None) -> tuple[int, str, str]:
    """`monitor learn`: the exit code, and what it wrote on both streams."""
    result = CliRunner().invoke(app, ["learn", *map(str, arguments)], input=answer)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def at_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.cli.learn.sys", _Terminal())


class _Terminal:
    """`sys` of somebody who sits at a terminal."""

    stdin = type("Stdin", (io.StringIO,), {"isatty": lambda self: True})()
    exit = staticmethod(sys.exit)


@pytest.mark.django_db
def test_a_folder_s_issues_are_found_and_kept_without_a_terminal(folder: Path) -> None:
    code, out, _err = run(folder / "issues", "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [
        (row["issue"], row["order"], row["section"], row["title"], len(row["citations"])) for row in rows
    ] == [
        *(("japan-insight 2031-04", *article) for article in files.JAPAN_ARTICLES),
        *(("kiat-watch 2031-03", *article) for article in files.WATCH_ARTICLES),
    ]
    assert {title: topics for row in rows for title, topics in [(row["title"], row["topics"])]} == {
        **topics_of("2031-04"), **topics_of("2031-03"),
    }  # fmt: skip
    assert any(row["topics"] for row in rows)


@pytest.mark.django_db
@pytest.mark.parametrize(("answer", "kept"), [("y\n", 1), ("n\n", 0)])
def test_on_a_terminal_one_is_asked_first(
    folder: Path, monkeypatch: pytest.MonkeyPatch, answer: str, kept: int
) -> None:
    at_terminal(monkeypatch)
    code, out, _err = run(folder / "issues" / "watch.txt", answer=answer)
    assert (code, PastIssue.objects.count()) == (0, kept)
    assert "가상국의 광자 칩 육성 계획" in out


@pytest.mark.django_db
def test_yes_asks_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at_terminal(monkeypatch)
    assert run(folder / "issues" / "watch.txt", "--yes", answer="")[0] == 0
    assert PastIssue.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "answer", "waiting"),
    [
        pytest.param((), None, len(files.WATCH_ARTICLES), id="a pipe"),
        pytest.param(("--json",), None, len(files.WATCH_ARTICLES), id="for a program"),
        pytest.param((), "y\n", 0, id="accepted on a terminal"),
        pytest.param(("--yes",), None, 0, id="yes"),
        pytest.param(
            ("--topics", "topics.jsonl"), None, len(files.WATCH_ARTICLES) - 1, id="one by an editor's file"
        ),
    ],
)
def test_only_what_a_person_accepted_is_confirmed_and_the_rest_is_said_to_wait(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    answer: str | None,
    waiting: int,
) -> None:
    (folder / "topics.jsonl").write_text('{"issue": "2031-03", "order": 2, "topics": ["space"]}')
    monkeypatch.chdir(folder)
    if answer:
        at_terminal(monkeypatch)
    code, out, err = run("issues/watch.txt", *arguments, answer=answer)
    assert code == 0
    assert PastArticle.objects.filter(confirmed_at=None).count() == waiting
    said = f"기사 {waiting}건의 주제가 확정을 기다립니다: http://127.0.0.1:8000/issues/past/"
    assert (said in (err if "--json" in arguments else out)) == bool(waiting)
    assert "--json" not in arguments or all(line.startswith("{") for line in out.splitlines())


@pytest.mark.django_db
def test_an_editor_s_topics_are_taken_and_kept_when_the_issue_is_learned_again(folder: Path) -> None:
    lines = [
        {"issue": "japan-insight 2031-04", "order": 1, "topics": ["space", "quantum"], "section": "기업사례"},
        {"issue": "2031-03", "order": 2, "topics": []},
    ]
    corrections = folder / "topics.jsonl"
    corrections.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    assert run(folder / "issues", "--topics", corrections)[0] == 0
    assert run(folder / "issues", "--yes")[0] == 0
    first = PastArticle.objects.get(issue__number="2031-04", order=1)
    assert (first.topics, PastArticle.objects.get(issue__number="2031-03", order=2).topics) == (
        ["space", "quantum"],
        [],
    )


@pytest.mark.django_db
def test_files_that_are_no_issue_are_named_and_the_others_go_on(folder: Path) -> None:
    (folder / "cut.pdf").write_bytes(b"%PDF-1.7")
    (folder / "diary.txt").write_text("오늘은 맑았다.", encoding="utf-8")
    paths: Sequence[object] = (
        folder / "cut.pdf",
        folder / "no.txt",
        folder / "diary.txt",
        folder / "issues" / "watch.txt",
    )
    code, out, err = run(*paths, "--json")
    assert code == 1
    assert [line.split(":")[0] for line in err.splitlines()[:3]] == ["cut.pdf", "no.txt", "diary.txt"]
    assert [json.loads(line)["file"] for line in out.splitlines()][:4] == [
        "cut.pdf",
        "no.txt",
        "diary.txt",
        "watch.txt",
    ]
    assert PastIssue.objects.count() == 1


@pytest.mark.django_db
def test_a_correction_of_an_article_that_was_not_read_is_named(folder: Path) -> None:
    corrections = folder / "topics.jsonl"
    corrections.write_text('{"issue": "2031-03", "order": 99, "topics": []}')
    code, _out, err = run(folder / "issues", "--topics", corrections)
    assert code == 1
    assert "2031-03 호의 99번째" in err


@pytest.mark.django_db
@pytest.mark.parametrize(
    "arguments", [("--bulletin", "unknown"), ("--topics", "missing.jsonl")], ids=["bulletin", "topics"]
)
def test_wrong_usage_ends_with_two(folder: Path, arguments: tuple[str, str]) -> None:
    assert run(folder / "issues", *arguments)[0] == 2
    assert not PastIssue.objects.exists()


@pytest.mark.django_db
def test_a_folder_without_issues_is_wrong_usage(folder: Path) -> None:
    (folder / "empty").mkdir()
    assert run(folder / "empty")[0] == 2
