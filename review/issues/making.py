"""Issues opened, renamed and taken back; and what the next one of a bulletin would be called."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, transaction

from classifiers.models import PastIssue
from classifiers.taxonomy import Bulletin
from monitor.errors import MonitorError
from monitor.i18n import _
from monitor.texts.text import clean_line
from review import catalogue
from review.issues.numbering import deadline_day, next_number, publication_day, sort_key
from review.labels import issue_name
from review.models import Issue

#: Characters of an issue's number, as its column holds.
MAX_NUMBER = 40


class IssueError(MonitorError):
    """Something is not done to an issue or in it; the text says why, to an editor."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a bulletin's next issue would be."""

    number: str
    published_on: date | None
    deadline_on: date | None


def bulletin_of(bulletin_id: str) -> Bulletin | None:
    """A bulletin of topics.yaml; None where the file no longer has it."""
    return next((one for one in catalogue.taxonomy().bulletins if one.id == bulletin_id), None)


def bulletin_name(bulletin_id: str) -> str:
    """What people call a bulletin; its id where topics.yaml no longer has it."""
    bulletin = bulletin_of(bulletin_id)
    return bulletin.name if bulletin else bulletin_id


def title_of(issue: Issue) -> str:
    """What people call an issue: 월간 Japan Insight 2026.12호."""
    return f"{bulletin_name(issue.bulletin)} {issue_name(issue.number)}"


def proposal(bulletin: Bulletin, today: date) -> Proposal:
    """The number, day and deadline of the bulletin's next issue."""
    number = next_number(bulletin.cadence, _taken(bulletin.id), today)
    published_on = publication_day(bulletin.cadence, number)
    # A number that is late already is due today, not last week.
    deadline_on = max(deadline_day(published_on), today) if published_on else None
    if published_on and deadline_on and deadline_on > published_on:
        published_on = deadline_on
    return Proposal(number, published_on, deadline_on)


def open_issues(bulletin_id: str) -> list[Issue]:
    """The bulletin's issues in the making, the first to appear first."""
    issues = Issue.objects.filter(bulletin=bulletin_id, closed_at=None)
    return sorted(issues, key=lambda issue: sort_key(issue.number))


def find_issue(text: str) -> Issue:
    """The issue that somebody names: by bulletin and number, by a number that only one has, or by a bulletin with one open.

    Raises:
        IssueError: there is none, or more than one; with the names there are.
    """
    issues = list(Issue.objects.order_by("bulletin", "-number"))
    wanted = " ".join(text.split())
    for matches in (_named(issues, wanted), _open_of(issues, wanted)):
        if len(matches) == 1:
            return matches[0]
    several = _named(issues, wanted) or _open_of(issues, wanted)
    known = ", ".join(f'"{issue.bulletin} {issue.number}"' for issue in several or issues)
    message = (
        _('"{given}" 에 맞는 호가 여럿입니다. 하나를 적으십시오: {known}')
        if several
        else _(
            '"{given}" 에 맞는 열린 호가 없습니다. 있는 호: {known}. 새로 열려면 monitor issue new kiat-watch 처럼 하십시오.'
        )
    )
    raise IssueError(message.format(given=text, known=known or "-"))


def open_issue(
    bulletin: Bulletin, number: str, published_on: date | None = None, deadline_on: date | None = None
) -> Issue:
    """A new issue of the bulletin.

    Raises:
        IssueError: there is such a number already, or the days make no sense.
    """
    return _save(Issue(bulletin=bulletin.id), number, published_on, deadline_on)


def change_issue(issue: Issue, number: str, published_on: date | None, deadline_on: date | None) -> Issue:
    """The issue under this number and with these days.

    Raises:
        IssueError: it was closed, there is such a number already, or the days make no sense.
    """
    with transaction.atomic():
        return _save(lock_open(issue.pk), number, published_on, deadline_on)


def remove_issue(issue: Issue) -> int:
    """Takes an open issue back; its candidates wait again, with all that was written for them. How many do.

    Raises:
        IssueError: it was closed.
    """
    with transaction.atomic():
        found = lock_open(issue.pk)
        waiting = found.candidates.filter(withdrawn_at=None).count()
        found.delete()
        return waiting


def lock_open(issue_id: int) -> Issue:
    """The issue, held until the transaction ends.

    Raises:
        IssueError: it is gone, or it was closed.
    """
    issue = Issue.objects.select_for_update().filter(pk=issue_id).first()
    if issue is None:
        raise IssueError(_("그 사이에 없어진 호입니다."))
    if issue.closed_at:
        raise IssueError(
            _("{issue}는 마감했습니다. 고치려면 먼저 다시 여십시오.").format(issue=issue_name(issue.number))
        )
    return issue


def _save(issue: Issue, number: str, published_on: date | None, deadline_on: date | None) -> Issue:
    number = clean_line(number)[:MAX_NUMBER]
    if not number:
        raise IssueError(_("호수를 적어 주십시오. 예: 2026-12"))
    if published_on and deadline_on and deadline_on > published_on:
        raise IssueError(_("원고 마감이 발행일보다 늦습니다. 날짜를 고쳐 주십시오."))
    taken = _("{issue}는 이미 있습니다. 다른 호수를 적어 주십시오.").format(issue=issue_name(number))
    if number != issue.number and number in _taken(issue.bulletin):
        raise IssueError(taken)
    issue.number, issue.published_on, issue.deadline_on = number, published_on, deadline_on
    try:
        with transaction.atomic():
            issue.save()
    except IntegrityError as error:
        raise IssueError(taken) from error
    return issue


def _taken(bulletin_id: str) -> set[str]:
    """Every number of the bulletin that there is, printed or in the making."""
    return {
        *Issue.objects.filter(bulletin=bulletin_id).values_list("number", flat=True),
        *PastIssue.objects.filter(bulletin=bulletin_id).values_list("number", flat=True),
    }


def _named(issues: Sequence[Issue], text: str) -> list[Issue]:
    return [
        issue
        for issue in issues
        if text in {f"{issue.bulletin} {issue.number}", f"{issue.bulletin}/{issue.number}", issue.number}
    ]


def _open_of(issues: Sequence[Issue], text: str) -> list[Issue]:
    return [issue for issue in issues if issue.bulletin == text and issue.closed_at is None]
