"""A candidate's words: what its editor writes for the issue, never over another's words unseen."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from monitor.i18n import _
from review.issues.making import IssueError, lock_open
from review.models import Candidate

#: What the form of a candidate asks for.
WORDS = (
    "headline", "summary", "field", "note", "responsible",
    "cited_author", "cited_title", "cited_medium", "cited_as", "cited_on", "cited_url",
)  # fmt: skip


class StaleError(IssueError):
    """Somebody else wrote since the form was filled; nothing was written over theirs."""

    def __init__(self, candidate: Candidate) -> None:
        self.candidate = candidate
        super().__init__(_("그 사이에 다른 분이 고치셨습니다. 두 글을 견주어 보고 다시 저장해 주십시오."))


def write(
    candidate_id: int, words: Mapping[str, Any], edition: int, editor: User, now: datetime
) -> Candidate:
    """The candidate with these words. `edition` is the one that the editor's form was filled from.

    Saying what stands there already writes nothing.

    Raises:
        IssueError: its issue was closed, or the story stands accepted no more.
        StaleError: another edition stands by now.
    """
    with transaction.atomic():
        candidate = Candidate.objects.select_for_update().filter(pk=candidate_id).first()
        if candidate is None or candidate.withdrawn_at:
            raise IssueError(_("그 사이에 후보에서 내려간 글입니다."))
        if candidate.issue_id:
            lock_open(candidate.issue_id)
        if not differing(candidate, words):
            return candidate
        if candidate.edition != edition:
            raise StaleError(candidate)
        for name in WORDS:
            setattr(candidate, name, words[name])
        candidate.edition += 1
        candidate.edited_at, candidate.edited_by = now, editor
        candidate.save(update_fields=[*WORDS, "edition", "edited_at", "edited_by"])
        return candidate


def differing(candidate: Candidate, words: Mapping[str, Any]) -> list[str]:
    """The fields in which the words are other than the candidate's."""
    return [name for name in WORDS if getattr(candidate, name) != words[name]]
