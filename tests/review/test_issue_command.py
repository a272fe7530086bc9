"""`monitor issue`: list, new, show, export."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from typer.testing import CliRunner

from monitor.cli import app
from review.deciding.decisions import decide
from review.exports import FORMATS
from review.issues.placing import Spot, place
from review.models import Candidate, Issue
from tests.review.conftest import NOW
from tests.review.seed import Seed, Told, make_story


def run(*arguments: object) -> tuple[int, bytes, str]:
    """The exit code, and what was written on both streams."""
    result = CliRunner().invoke(app, ["issue", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout_bytes, result.stderr


def rows(*arguments: object) -> list[dict[str, Any]]:
    code, out, err = run(*arguments, "--json")
    assert code == 0, err
    return [json.loads(line) for line in out.decode().splitlines()]


@pytest.fixture(autouse=True)
def prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process's database and log stand already."""
    monkeypatch.setattr("monitor.cli.issue.prepare", lambda: None)


@pytest.fixture
def issue(now: datetime, kim: User) -> Issue:
    made = Issue.objects.create(bulletin="kiat-watch", number="2026-23", published_on=date(2026, 12, 1))
    story = make_story(
        Seed(Told("meti-press", "ja", "半導体の支援策", "", 30, "day"), 0.9, {"semiconductor": 0.9}), NOW
    )
    decide(story.pk, kim, "accept", "web", NOW)
    place(Candidate.objects.get().pk, Spot(made.pk, "정책동향"))
    Candidate.objects.update(headline="반도체 지원책", responsible=kim)
    return made


def test_a_new_issue_has_the_number_and_days_that_are_proposed(db: None, now: datetime) -> None:
    assert rows("new", "japan-insight") == [
        {
            "bulletin": "japan-insight",
            "number": "2026-12",
            "deadline_on": "2026-11-26",
            "published_on": "2026-12-01",
            "closed_at": None,
        }
    ]
    assert rows("new", "japan-insight")[0]["number"] == "2027-01", "and the one after it"


def test_a_new_issue_has_those_that_are_given(db: None, now: datetime) -> None:
    given = ("--number", "2027-03", "--published", "2027-03-02", "--deadline", "2027-02-24")
    assert run("new", "kiat-watch", *given)[0] == 0
    issue = Issue.objects.get()
    assert (issue.number, issue.published_on, issue.deadline_on) == (
        "2027-03",
        date(2027, 3, 2),
        date(2027, 2, 24),
    )


def test_what_cannot_be_opened_exits_with_2_and_says_why(issue: Issue) -> None:
    code, _out, err = run("new", "kiat-watch", "--number", "2026-23")
    assert (code, "2026.23호는 이미 있습니다" in err) == (2, True)
    code, _out, err = run("new", "x")
    assert (code, "japan-insight, kiat-watch" in err) == (2, True)


def test_issues_are_listed_with_how_much_stands_in_them(issue: Issue) -> None:
    Issue.objects.create(bulletin="japan-insight", number="2026-12")
    assert [(row["bulletin"], row["number"], row["articles"]) for row in rows("list")] == [
        ("japan-insight", "2026-12", 0),
        ("kiat-watch", "2026-23", 1),
    ]
    assert [row["number"] for row in rows("list", "--bulletin", "kiat-watch")] == ["2026-23"]
    _code, out, _err = run("list")
    assert "산업기술 동향 워치" in out.decode()
    assert run("list", "--bulletin", "x")[0] == 2


def test_an_issue_shows_its_articles_with_their_citations(issue: Issue) -> None:
    head, article = rows("show", "kiat-watch 2026-23")
    assert (head["number"], head["articles"]) == ("2026-23", 1)
    assert (article["section"], article["headline"], article["responsible"]) == (
        "정책동향",
        "반도체 지원책",
        "hana",
    )
    assert article["cited"] | {"url": ""} == {
        "author": "", "title": "半導体の支援策", "medium": "METI", "named": "日 경제산업성", "on": "2026-11-20", "url": "",
    }  # fmt: skip
    _code, out, _err = run("show", "kiat-watch")
    assert "반도체 지원책" in out.decode()
    Candidate.objects.update(headline="")
    assert "(제목 없음: 半導体の支援策)" in run("show", "2026-23")[1].decode()


@pytest.mark.parametrize("form", FORMATS)
def test_an_issue_is_written_to_a_file(issue: Issue, tmp_path: Path, form: str) -> None:
    file = tmp_path / f"issue.{form}"
    code, out, err = run("export", "kiat-watch", "--format", form, "-o", file)
    assert code == 0, err
    assert (str(file) in out.decode().replace("\n", "")) and "적었습니다" in out.decode()
    body = file.read_bytes()
    assert "반도체 지원책" in body.decode() if FORMATS[form].is_text else body[:2] == b"PK"


def test_what_is_not_written_yet_is_counted_on_standard_error(issue: Issue) -> None:
    _code, out, err = run("export", "2026-23", "--format", "md")
    assert err.strip() == "아직 채우지 않은 곳이 4군데 있습니다."
    assert "아직 채우지" not in out.decode()


def test_an_issue_without_gaps_is_exported_without_a_word(issue: Issue) -> None:
    Candidate.objects.update(summary="요지")
    # A bulletin that topics.yaml no longer has: no section of it waits for articles.
    Issue.objects.update(bulletin="former")
    code, _out, err = run("export", "2026-23", "--format", "md")
    assert (code, err) == (0, "")


def test_text_goes_to_standard_output_where_no_file_is_named(issue: Issue) -> None:
    code, out, _err = run("export", "2026-23", "--format", "md")
    assert (code, "반도체 지원책" in out.decode()) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("kiat-watch", "--format", "pdf"), ", ".join(FORMATS)),
        (("kiat-watch", "--format", "docx"), "-o"),
        (("2031-01", "--format", "md"), '"kiat-watch 2026-23"'),
    ],
    ids=["no such format", "no file", "no such issue"],
)
def test_wrong_usage_exits_with_2_and_the_mend(issue: Issue, arguments: tuple[str, ...], words: str) -> None:
    code, out, err = run("export", *arguments)
    assert (code, out) == (2, b"")
    assert words in err


def test_a_file_that_cannot_be_written_exits_with_1(issue: Issue, tmp_path: Path) -> None:
    code, _out, err = run("export", "kiat-watch", "--format", "md", "-o", tmp_path / "no" / "x.md")
    assert code == 1
    assert "x.md" in err


def test_the_list_for_people_says_when_an_issue_was_closed_by_the_houses_clock(issue: Issue) -> None:
    Issue.objects.update(closed_at=datetime(2026, 11, 30, 20, 5, tzinfo=UTC))
    assert b"2026-12-01 05:05" in run("list")[1]
