"""Candidates put into an issue, moved in it and taken out of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from classifiers.taxonomy import Bulletin
from monitor.i18n import _
from review.issues.making import IssueError, bulletin_of, lock_open
from review.models import Candidate, Issue


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a candidate stands: a section of an issue, or with neither, among those that wait."""

    issue: int | None = None
    section: str = ""

    @classmethod
    def of(cls, candidate: Candidate) -> "Spot":
        """The spot where this candidate stands."""
        return cls(candidate.issue_id, candidate.section if candidate.issue_id else "")

    @classmethod
    def read(cls, text: str) -> "Spot":
        """The spot that its `str` says; anything else is taken for a place among those that wait."""
        issue, _slash, section = text.partition("/")
        known = issue.isascii() and issue.isdigit() and len(issue) < 19
        return cls(int(issue), section) if known else cls()

    def __str__(self) -> str:
        return f"{self.issue or ''}/{self.section}"


class MovedError(IssueError):
    """Somebody else moved the candidate since the page was loaded; it stays where they put it."""


def place(candidate_id: int, to: Spot, before: int | None = None, seen: Spot | None = None) -> Candidate:
    """The candidate at that spot, in front of the candidate `before`, or at the section's end.

    `seen` is where the editor saw it.

    Raises:
        IssueError: the issue was closed, or there is no such section in it.
        MovedError: it is no longer where it was seen, or no candidate any more.
    """
    with transaction.atomic():
        candidate = _locked(candidate_id, seen)
        _check(candidate.issue_id, to)
        return _put(candidate, to, before)


def step(candidate_id: int, by: int, seen: Spot | None = None) -> Candidate:
    """The candidate one place further up or down, over the border of a section where it stands at one.

    Raises:
        IssueError, MovedError: as `place` does.
    """
    with transaction.atomic():
        candidate = _locked(candidate_id, seen)
        if candidate.issue_id is None:
            return candidate
        issue = lock_open(candidate.issue_id)
        rows = {name: [one.pk for one in standing_in(issue, name)] for name in section_names(issue)}
        section, before = stepped(rows, candidate.pk, by)
        return _put(candidate, Spot(issue.pk, section), before)


def stepped(rows: dict[str, list[int]], moved: int, by: int) -> tuple[str, int | None]:
    """Pure: the section that `moved` goes to, and whom it then stands in front of; None is the section's end."""
    names = list(rows)
    section = next(name for name in names if moved in rows[name])
    place = rows[section].index(moved)
    others = [one for one in rows[section] if one != moved]
    if 0 <= place + by <= len(others):
        return section, others[place + by] if place + by < len(others) else None
    index = names.index(section) + (1 if by > 0 else -1)
    if not 0 <= index < len(names):
        return section, others[place] if place < len(others) else None
    there = rows[names[index]]
    return names[index], there[0] if by > 0 and there else None


def section_names(issue: Issue) -> list[str]:
    """The issue's sections in their order: its bulletin's, then such as topics.yaml no longer has."""
    bulletin = bulletin_of(issue.bulletin)
    used = issue.candidates.filter(withdrawn_at=None).order_by("section").values_list("section", flat=True)
    return list(dict.fromkeys([*_sections(bulletin), *used]))


def standing_in(issue: Issue, section: str) -> Sequence[Candidate]:
    """The candidates of a section, in their order."""
    return list(
        Candidate.standing.filter(issue=issue, section=section).order_by("order", "accepted_at", "pk")
    )


def _sections(bulletin: Bulletin | None) -> list[str]:
    return [section.name for section in bulletin.sections] if bulletin else []


def _locked(candidate_id: int, seen: Spot | None) -> Candidate:
    candidate = Candidate.objects.select_for_update().filter(pk=candidate_id).first()
    if candidate is None or candidate.withdrawn_at:
        raise MovedError(_("그 사이에 후보에서 내려간 글입니다."))
    if seen is not None and seen != Spot.of(candidate):
        raise MovedError(_("그 사이에 다른 분이 옮기셨습니다. 옮기신 자리를 확인해 주십시오."))
    return candidate


def _check(leaving: int | None, to: Spot) -> None:
    """Both issues are open and held, in one order whoever moves what."""
    for issue_id in sorted({one for one in (leaving, to.issue) if one}):
        issue = lock_open(issue_id)
        if issue_id == to.issue and to.section not in section_names(issue):
            raise IssueError(_("‘{section}’ 난이 이 회보에 없습니다.").format(section=to.section))


def _put(candidate: Candidate, to: Spot, before: int | None) -> Candidate:
    candidate.issue_id = to.issue
    # What it was meant for stays known while it waits.
    candidate.section = to.section if to.issue else candidate.section
    candidate.save(update_fields=["issue", "section"])
    if to.issue:
        ids = [one.pk for one in standing_in(Issue(pk=to.issue), to.section) if one.pk != candidate.pk]
        ids.insert(ids.index(before) if before in ids else len(ids), candidate.pk)
        for order, pk in enumerate(ids):
            Candidate.objects.filter(pk=pk).exclude(order=order).update(order=order)
    return candidate
