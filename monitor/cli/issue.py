"""`monitor issue`: the next issue from the console: what there is, a new one, what stands in it, and its file."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.collect import now
from monitor.cli.common import (
    AsJson,
    console,
    errors,
    fail,
    hand_over,
    iso,
    moment,
    prepare,
    print_json,
    print_table,
)
from monitor.cli.wording import Commands
from monitor.i18n import _
from review.exports import FORMATS

if TYPE_CHECKING:
    from review.models import Candidate, Issue

issue_app = Commands(no_args_is_help=True, help=_("다음 호"))

_Which = Annotated[
    str,
    typer.Argument(help=_('호: "kiat-watch 2026-23", 하나뿐이면 2026-23 이나 kiat-watch'), metavar="ISSUE"),
]
_Day = typer.Option(formats=["%Y-%m-%d"])


def register(app: typer.Typer) -> None:
    """Adds these commands."""
    app.add_typer(issue_app, name="issue")


@issue_app.command("list", help=_("호의 목록"))
def issue_list(
    bulletin: Annotated[str, typer.Option(help=_("회보의 id"))] = "", as_json: AsJson = False
) -> None:
    """`monitor issue list`: prints the issues, of one bulletin or of all, by their numbers."""
    prepare()
    from django.db.models import Count, Q

    from review.issues.making import bulletin_name
    from review.issues.numbering import sort_key
    from review.models import Issue

    if bulletin:
        _bulletin(bulletin)
    standing = Count("candidates", filter=Q(candidates__withdrawn_at=None))
    found = Issue.objects.filter(**({"bulletin": bulletin} if bulletin else {})).annotate(articles=standing)
    rows = sorted(found, key=lambda issue: (issue.bulletin, sort_key(issue.number)))
    if as_json:
        for issue in rows:
            print_json(_summary(issue) | {"articles": issue.articles})
        return
    columns = (_("회보"), _("호수"), _("기사"), _("원고 마감"), _("발행"), _("마감한 때"))
    print_table(
        _("호"),
        columns,
        (
            (
                bulletin_name(issue.bulletin),
                issue.number,
                issue.articles,
                issue.deadline_on,
                issue.published_on,
                moment(issue.closed_at),
            )
            for issue in rows
        ),
    )


@issue_app.command("new", help=_("다음 호를 엽니다."))
def issue_new(
    bulletin: Annotated[str, typer.Argument(help=_("회보의 id"))],
    number: Annotated[str, typer.Option(help=_("호수; 생략하면 다음 호수"))] = "",
    published: Annotated[datetime | None, _Day] = None,
    deadline: Annotated[datetime | None, _Day] = None,
    as_json: AsJson = False,
) -> None:
    """`monitor issue new`: opens an issue, with number and days proposed where none are given; exit 2 where it cannot be."""
    prepare()
    from monitor.config import settings
    from review.issues.making import IssueError, open_issue, proposal, title_of
    from review.issues.numbering import publication_day

    one = _bulletin(bulletin)
    proposed = proposal(one, now().astimezone(settings().timezone).date())
    if number:
        published_on, deadline_on = publication_day(one.cadence, number), None
    else:
        published_on, deadline_on = proposed.published_on, proposed.deadline_on
    try:
        issue = open_issue(
            one,
            number or proposed.number,
            published.date() if published else published_on,
            deadline.date() if deadline else deadline_on,
        )
    except IssueError as error:
        fail(str(error), code=2)
    if as_json:
        print_json(_summary(issue))
    else:
        console.print(_("{issue}를 열었습니다.").format(issue=title_of(issue)), markup=False)


@issue_app.command("show", help=_("호에 실릴 기사"))
def issue_show(which: _Which, as_json: AsJson = False) -> None:
    """`monitor issue show`: prints an issue's articles in their order; with --json a line for the issue, then theirs."""
    prepare()
    from review.issues.citing import cited
    from review.issues.making import title_of
    from review.issues.seats import seats_of

    issue = _issue(which)
    rows = [(seats.name, candidate) for seats in seats_of(issue) for candidate in seats.candidates]
    if as_json:
        print_json(_summary(issue) | {"articles": len(rows)})
        for section, candidate in rows:
            print_json(_article(section, candidate))
        return
    print_table(
        title_of(issue),
        (_("난"), _("제목"), _("출처"), _("담당")),
        (
            (
                section,
                candidate.headline or _("(제목 없음: {title})").format(title=cited(candidate).title),
                cited(candidate).named,
                candidate.responsible.username if candidate.responsible else "",
            )
            for section, candidate in rows
        ),
    )


@issue_app.command("export", help=_("호를 파일로 내보냅니다."))
def issue_export(
    which: _Which,
    form: Annotated[str, typer.Option("--format", help=" | ".join(FORMATS))] = "docx",
    output: Annotated[Path | None, typer.Option("-o", "--output", help=_("파일; - 는 표준 출력"))] = None,
) -> None:
    """`monitor issue export`: writes an issue as a file; exit 2 where there is no such issue or format.

    Without -o, text goes to standard output; a DOCX or HWPX wants a file's name.
    """
    prepare()
    from review.exports import export
    from review.exports.printed import printed, unfinished
    from review.issues.drafting import draft_of

    if form not in FORMATS:
        message = _('"{given}" 이라는 형식이 없습니다. 쓸 수 있는 형식: {known}')
        fail(message.format(given=form, known=", ".join(FORMATS)), code=2)
    if output is None and not FORMATS[form].is_text:
        fail(_("-o 로 파일 이름을 적어 주십시오. 예: -o 2026-12.{form}").format(form=form), code=2)
    draft = draft_of(_issue(which))
    if hand_over(export(draft, form), output):
        console.print(_("{file} 에 적었습니다.").format(file=output), markup=False, soft_wrap=True)
    if empty := unfinished(printed(draft)):
        errors.print(
            _("아직 채우지 않은 곳이 {n}군데 있습니다.").format(n=empty), markup=False, soft_wrap=True
        )


def _bulletin(bulletin_id: str) -> Any:
    from review import catalogue
    from review.issues.making import bulletin_of

    found = bulletin_of(bulletin_id)
    if found is None:
        known = ", ".join(one.id for one in catalogue.taxonomy().bulletins)
        message = _('"{given}" 이라는 회보가 topics.yaml 에 없습니다. 있는 회보: {known}')
        fail(message.format(given=bulletin_id, known=known or "-"), code=2)
    return found


def _issue(which: str) -> "Issue":
    from review.issues.making import IssueError, find_issue

    try:
        return find_issue(which)
    except IssueError as error:
        fail(str(error), code=2)


def _summary(issue: "Issue") -> dict[str, Any]:
    return {
        "bulletin": issue.bulletin,
        "number": issue.number,
        "deadline_on": issue.deadline_on.isoformat() if issue.deadline_on else None,
        "published_on": issue.published_on.isoformat() if issue.published_on else None,
        "closed_at": iso(issue.closed_at),
    }


def _article(section: str, candidate: "Candidate") -> dict[str, Any]:
    from review.issues.citing import cited

    origin = cited(candidate)
    return {
        "section": section,
        "story": candidate.story_id,
        "headline": candidate.headline,
        "summary": candidate.summary,
        "field": candidate.field,
        "note": candidate.note,
        "responsible": candidate.responsible.username if candidate.responsible else None,
        "cited": {
            "author": origin.author,
            "title": origin.title,
            "medium": origin.medium,
            "named": origin.named,
            "on": origin.on.isoformat() if origin.on else None,
            "url": origin.url,
        },
    }
