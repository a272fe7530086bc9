"""What editors do with a story besides deciding: who takes it on, and what they tell each other about it.

Both are kept in a log that only grows (`StoryEvent`); `Assignment` is what the log comes to, written with it.
"""

import re
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction

from monitor.errors import MonitorError
from monitor.models import Story
from monitor.texts.text import clean_line
from review.accounts.roles import editors
from review.models import Assignment, StoryEvent

#: Characters: a remark, not an article.
LONGEST_COMMENT = 4000
#: The same words again within this are the same press again.
_REPEATED = timedelta(minutes=1)


class TakenError(MonitorError):
    """Somebody else gave the story to somebody since the page was loaded; nothing was written.

    `assignee` is whose it is by now; None where it is nobody's.
    """

    def __init__(self, story_id: int, assignee: User | None) -> None:
        self.assignee = assignee
        super().__init__(f"story {story_id} is {assignee.pk if assignee else 'nobody'}'s by now")


def assignable() -> list[User]:
    """Those who may be given a story, in the order of their names."""
    return list(editors().order_by("last_name", "first_name", "username"))


@transaction.atomic
def assign(
    story_id: int, editor: User, to: User | None, door: str, now: datetime, seen: str | None = None
) -> bool:
    """Makes a story `to`'s, or nobody's; whether it was not so before.

    `seen` is whose it was for the editor who pressed: a user's id, empty for nobody. Not given, it does not matter.

    Raises:
        TakenError: it is another's by now, and not `to`'s either.
        Story.DoesNotExist: there is no such story.
    """
    story = Story.objects.select_for_update(no_key=True).get(pk=story_id)
    assignment = Assignment.objects.select_related("assignee").filter(story=story).first()
    assignee = assignment.assignee if assignment else None
    if assignee == to:
        return False
    if seen is not None and seen != (str(assignee.pk) if assignee else ""):
        raise TakenError(story.pk, assignee)
    facts = {"to": to.pk if to else None}
    StoryEvent.objects.create(
        story=story, editor=editor, kind=StoryEvent.Kind.ASSIGN, facts=facts, door=door, happened_at=now
    )
    if to is None:
        Assignment.objects.filter(story=story).delete()
    else:
        given = {"assignee": to, "assigned_by": editor, "assigned_at": now}
        Assignment.objects.update_or_create(story=story, defaults=given)
    return True


@transaction.atomic
def comment(story_id: int, editor: User, text: str, door: str, now: datetime) -> StoryEvent | None:
    """Keeps a remark for the other editors; None where it says nothing. Sent twice by a network, it is kept once.

    Raises:
        Story.DoesNotExist: there is no such story.
    """
    said = _tidied(text)
    if not said:
        return None
    story = Story.objects.select_for_update(no_key=True).get(pk=story_id)
    same = story.events.filter(
        kind=StoryEvent.Kind.COMMENT, editor=editor, text=said, happened_at__gt=now - _REPEATED
    )
    return same.first() or StoryEvent.objects.create(
        story=story, editor=editor, kind=StoryEvent.Kind.COMMENT, text=said, door=door, happened_at=now
    )


def _tidied(text: str) -> str:
    """The text without what no page should show, its paragraphs kept."""
    lines = "\n".join(clean_line(line) for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip()[:LONGEST_COMMENT]
