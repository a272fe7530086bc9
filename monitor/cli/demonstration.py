"""The demo's made-up editor: accepts some entries as they come, and has written something for the next issues."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.models import User

from monitor.config import settings
from monitor.demo.drafts import Draft, drafts
from monitor.models import Entry, Story
from review.accounts.people import add_user
from review.deciding.decisions import Choice, decide
from review.deciding.handling import assign, comment
from review.issues.making import bulletin_of, open_issue, open_issues, proposal
from review.models import Candidate, Issue

#: The dotted path of `take_some`, for `settings.TAGGED_HOOKS`.
HOOK = "monitor.cli.demonstration.take_some"
_EDITOR = "seojun"


def take_some(entry_ids: Sequence[int], now: datetime) -> None:
    """Accepts the entries that there are drafts for, and puts the drafts into open issues."""
    known = {(draft.source, draft.title): place for place, draft in enumerate(drafts(), 1)}
    waiting = Entry.objects.filter(id__in=entry_ids, story__queue=Story.Queue.WAITING).select_related("story")
    for entry in waiting:
        if place := known.get((entry.source_id, entry.title)):
            _take(entry, drafts()[place - 1], place, now)


def _take(entry: Entry, draft: Draft, place: int, now: datetime) -> None:
    editor = _editor()
    decide(entry.story_id, editor, Choice.ACCEPT, "web", now)
    written: dict[str, object] = {
        "headline": draft.headline,
        "summary": draft.summary,
        "field": draft.field,
    }
    if draft.section:
        issue = _issue(draft.bulletin, now)
        written |= {"issue": issue, "section": draft.section, "order": place, "responsible": editor}
    else:
        assign(entry.story_id, editor, editor, "web", now)
        comment(entry.story_id, editor, draft.remark, "web", now)
    Candidate.objects.filter(story=entry.story_id).update(**written)


def _editor() -> User:
    """Another than the one who looks on."""
    editor = User.objects.filter(username=_EDITOR).first() or add_user(_EDITOR)
    editor.last_name, editor.first_name = "이", "서준"
    editor.save(update_fields=["last_name", "first_name"])
    return editor


def _issue(bulletin_id: str, now: datetime) -> Issue | None:
    """The bulletin's issue in the making; none where topics.yaml has no such bulletin."""
    if standing := open_issues(bulletin_id):
        return standing[0]
    bulletin = bulletin_of(bulletin_id)
    if bulletin is None:
        return None
    offered = proposal(bulletin, now.astimezone(settings().timezone).date())
    return open_issue(bulletin, offered.number, offered.published_on, offered.deadline_on)
