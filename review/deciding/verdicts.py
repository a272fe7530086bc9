"""What editors decided about a story, in a line, as messages and answers say it."""

from datetime import datetime

from django.contrib.auth.models import User
from django.utils import timezone

from monitor.config import settings
from monitor.i18n import translate
from monitor.models import Story
from review.accounts.people import display_name
from review.deciding.decisions import Choice, ClosedError, ConflictError, effective_queue, standing
from review.labels import choice_words, issue_name
from review.models import Decision

_MARKS = {Choice.ACCEPT: "✔", Choice.REJECT: "✖", Choice.LATER: "⏳"}
_TAKEN = "{mark} {name}님이 {words} ({time})"
_RETURNED = "이 글은 다시 대기열로 돌아왔습니다. 새로 고쳐 확인해 주십시오."
_OWN = "이미 {words}. 바꾸려면 먼저 되돌려 주십시오."
_ANOTHERS = "이미 {name}님이 {words}."
_PRINTED = "마감한 {issue}에 실린 글입니다. 결정을 바꾸려면 먼저 그 호를 다시 여십시오."


def verdict(story_id: int, language: str) -> str:
    """「✔ 김편집님이 후보로 올렸습니다 (14:07)」; empty where the story waits.

    Called from `alerts.rendering` by its name in `settings.STORY_VERDICT`.
    """
    story = Story.objects.get(pk=story_id)
    decision = standing(story.decisions.select_related("editor").order_by("id"))
    if decision is None or effective_queue(story, timezone.now()) == Story.Queue.WAITING:
        return ""
    return translate(_TAKEN, language).format(
        mark=_MARKS[Choice(decision.choice)],
        name=display_name(decision.editor),
        words=choice_words(decision.choice, language),
        time=_time(decision, story.first_seen_at),
    )


def conflict_words(conflict: ConflictError, editor: User, language: str | None = None) -> str:
    """Who was first, and with what; in the program's language unless another is given."""
    if isinstance(conflict, ClosedError):
        return translate(_PRINTED, language).format(issue=issue_name(conflict.issue.number))
    decision = conflict.standing or conflict.last
    if decision is None:
        return translate(_RETURNED, language)
    words = choice_words(decision.choice, language)
    if decision.editor_id == editor.pk:
        return translate(_OWN, language).format(words=words)
    return translate(_ANOTHERS, language).format(name=display_name(decision.editor), words=words)


def _time(decision: Decision, first_seen_at: datetime) -> str:
    """The clock's time; with its day where that is not the story's own."""
    zone = settings().timezone
    local = decision.decided_at.astimezone(zone)
    same_day = local.date() == first_seen_at.astimezone(zone).date()
    return f"{local:%H:%M}" if same_day else f"{local:%m.%d %H:%M}"
