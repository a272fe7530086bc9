"""An issue closed: it becomes a past issue, which the program knows as covered and learns from; and opened again."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from classifiers.models import PastArticle, PastIssue
from monitor.i18n import _
from review.issues.citing import Cited, cited
from review.issues.making import IssueError, lock_open
from review.issues.seats import articles_of, seats_of, topics_of
from review.labels import issue_name
from review.models import Candidate, Issue


@dataclass(frozen=True, slots=True)
class Lacking:
    """What an issue lacks before it is closed: nothing stands in the way, but its editors should know."""

    articles: int
    headlines: int
    summaries: int
    responsible: int
    #: Sections with fewer articles than usual: (name, how many stand there, how many usually do).
    sections: list[tuple[str, int, int]]

    @property
    def nothing(self) -> bool:
        """Whether it lacks nothing of all these."""
        return not (self.headlines or self.summaries or self.responsible or self.sections)


def close(issue_id: int, editor: User, now: datetime) -> Issue:
    """The issue, closed, with the past issue that it became.

    A past issue of that number that was learned from its file meanwhile stays as the file says it: that is what was
    printed.

    Raises:
        IssueError: it was closed already, or there is nothing in it.
    """
    with transaction.atomic():
        issue = lock_open(issue_id)
        articles = articles_of(issue)
        if not articles:
            raise IssueError(_("{issue}에는 아직 기사가 없습니다.").format(issue=issue_name(issue.number)))
        past, is_new = PastIssue.objects.get_or_create(
            bulletin=issue.bulletin, number=issue.number, defaults={"published_on": issue.published_on}
        )
        if is_new:
            PastArticle.objects.bulk_create(
                _covered(past, order, candidate, now) for order, candidate in enumerate(articles, 1)
            )
        issue.past, issue.closed_at, issue.closed_by = past, now, editor
        issue.save(update_fields=["past", "closed_at", "closed_by"])
        return issue


def reopen(issue_id: int) -> Issue:
    """The issue, open again. The past issue goes with what was made of it, but stays where a file was learned for it.

    Raises:
        IssueError: it is open, or gone.
    """
    with transaction.atomic():
        issue = Issue.objects.select_for_update().filter(pk=issue_id).first()
        if issue is None:
            raise IssueError(_("그 사이에 없어진 호입니다."))
        if not issue.closed_at:
            raise IssueError(_("{issue}는 이미 열려 있습니다.").format(issue=issue_name(issue.number)))
        past, issue.past, issue.closed_at, issue.closed_by = issue.past, None, None, None
        issue.save(update_fields=["past", "closed_at", "closed_by"])
        if past is not None and not past.file_name:
            past.delete()
        return issue


def reference(origin: Cited) -> str:
    """A citation as a past issue keeps it: author, original title, medium, 2026.11.21."""
    on = f"{origin.on.year}.{origin.on.month}.{origin.on.day}." if origin.on else ""
    return ", ".join(part for part in (origin.author, origin.title, origin.medium, on) if part)


def _covered(past: PastIssue, order: int, candidate: Candidate, now: datetime) -> PastArticle:
    origin = cited(candidate)
    return PastArticle(
        issue=past,
        section=candidate.section,
        order=order,
        title=candidate.headline or origin.title,
        text=candidate.summary,
        citation=reference(origin),
        topics=topics_of(candidate),
        # Its editors chose it, wrote it and closed the issue over it.
        confirmed_at=now,
    )


def lacking(issue: Issue) -> Lacking:
    """What the issue lacks as it stands."""
    seats = seats_of(issue)
    articles = [candidate for one in seats for candidate in one.candidates]
    return Lacking(
        articles=len(articles),
        headlines=sum(not one.headline for one in articles),
        summaries=sum(not one.summary for one in articles),
        responsible=sum(one.responsible_id is None for one in articles),
        sections=[(one.name, len(one.candidates), one.usual) for one in seats if one.missing > 0],
    )
