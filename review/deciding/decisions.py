"""Decisions: what an editor chose for a story, kept in a log that only grows, and undone by adding to it.

Where a story stands follows from its log alone: `Story.queue`, `Story.later_until` and the story's `Candidate` are
what `standing` makes of it, written in the same transaction.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction

from alerts import revising
from monitor.config import settings
from monitor.errors import MonitorError
from monitor.models import Story
from monitor.together.deadlocks import begun_again
from review.models import Candidate, Decision, Issue
from review.times import next_morning

Choice = Decision.Choice
Queue = Story.Queue

_LEADS_TO = {Choice.ACCEPT: Queue.ACCEPTED, Choice.REJECT: Queue.REJECTED, Choice.LATER: Queue.LATER}

#: How far back "undo" reaches by itself.
UNDO_REACH = timedelta(hours=12)
#: How many decisions back it looks for one that stands, and how many at a time.
UNDO_DEPTH, UNDO_STEP = 1000, 50


class ConflictError(MonitorError):
    """Somebody else decided since the page was loaded; nothing was written.

    `standing` is what is now in force, None where the last decision was undone; `last` is who spoke last.
    """

    def __init__(self, story: Story, standing: Decision | None, last: Decision | None) -> None:
        self.story = story
        self.standing = standing
        self.last = last
        super().__init__(f"story {story.pk} is {story.queue} already")


class ClosedError(ConflictError):
    """The story stands in an issue that is closed; nothing was written, and nothing can be before it is reopened."""

    def __init__(self, story: Story, standing: Decision | None, last: Decision | None, issue: Issue) -> None:
        self.issue = issue
        super().__init__(story, standing, last)


@dataclass(frozen=True, slots=True)
class Many:
    """What became of a decision on many stories at once."""

    decided: list[Decision]
    #: Stories that others decided meanwhile: each stands as they left it.
    refused: list[ConflictError]


def decide(
    story_id: int, editor: User, choice: str, door: str, now: datetime, seen: str | None = None
) -> Decision:
    """The decision as the log has it: a new row, or the one already there when the same editor says the same again.

    `seen` is the queue state that the editor was looking at. Where that is no longer so, or where `seen` is not given
    and somebody else decided before, nobody's decision is overwritten.

    Raises:
        ConflictError: somebody else was first.
        ClosedError: it stands in an issue that is closed.
        Story.DoesNotExist: there is no such story.
    """
    with transaction.atomic():
        story = Story.objects.select_for_update(no_key=True).get(id=story_id)
        log = list(story.decisions.select_related("editor").order_by("id"))
        now_standing = standing(log)
        if repeated := _repeated(log, now_standing, editor, choice, effective_queue(story, now)):
            return repeated
        expected = seen if seen is not None else _expected_unseen(story, now_standing, editor, now)
        if effective_queue(story, now) != expected or (choice == Choice.UNDO and now_standing is None):
            raise ConflictError(story, now_standing, log[-1] if log else None)
        if issue := _closed_issue(story):
            raise ClosedError(story, now_standing, log[-1] if log else None, issue)
        decision = Decision(story=story, editor=editor, choice=choice, door=door, decided_at=now)
        decision.save(force_insert=True)
        _write_standing(story, standing([*log, decision]), now)
        # Every message that told of the story says who took it.
        revising.wanted([story.pk], now, soon=True)
        return decision


@begun_again
def decide_many(seen: Mapping[int, str | None], editor: User, choice: str, door: str, now: datetime) -> Many:
    """The same decision on each of these stories, as `decide` makes it; `seen` is what its editor saw of each.

    All of them or, where the program is stopped, none. They share one instant: by it, `together` finds them again.
    """
    many = Many([], [])
    with transaction.atomic():
        # In one order, so that two such presses never wait for each other.
        for story_id in sorted(Story.objects.filter(pk__in=seen).values_list("pk", flat=True)):
            try:
                many.decided.append(decide(story_id, editor, choice, door, now, seen[story_id]))
            except ConflictError as conflict:
                many.refused.append(conflict)
    return many


def standing(log: Iterable[Decision]) -> Decision | None:
    """The decision in force after a story's log, oldest first: the last that no undo took back."""
    stack: list[Decision] = []
    for decision in log:
        if decision.choice != Choice.UNDO:
            stack.append(decision)
        elif stack:
            stack.pop()
    return stack[-1] if stack else None


def effective_queue(story: Story, now: datetime) -> str:
    """Where a story stands at `now`: what was put off waits again once its time has come."""
    if story.queue == Queue.LATER and story.later_until and story.later_until <= now:
        return Queue.WAITING
    return story.queue


def last_undoable(editor: User, now: datetime) -> Decision | None:
    """The editor's latest decision that still stands, not too old: what a bare "undo" means."""
    own = Decision.objects.filter(editor=editor, decided_at__gt=now - UNDO_REACH).exclude(choice=Choice.UNDO)
    for start in range(0, UNDO_DEPTH, UNDO_STEP):
        recent = list(own.order_by("-id")[start : start + UNDO_STEP])
        logs = logs_of(row.story_id for row in recent)
        for row in recent:
            if standing(logs[row.story_id]) == row:
                return row
    return None


def together(decision: Decision) -> list[Decision]:
    """The decisions that were made in one press with this one, itself among them, as far as they still stand."""
    one_press = Decision.objects.filter(
        editor=decision.editor_id,
        choice=decision.choice,
        door=decision.door,
        decided_at=decision.decided_at,
    )
    logs = logs_of(row.story_id for row in one_press)
    return [row for row in one_press.order_by("id") if standing(logs[row.story_id]) == row]


def logs_of(story_ids: Iterable[int]) -> dict[int, list[Decision]]:
    """The log of each story that has one, the oldest decision first, with who decided."""
    logs: dict[int, list[Decision]] = {}
    rows = Decision.objects.filter(story__in=set(story_ids)).select_related("editor")
    for decision in rows.order_by("id"):
        logs.setdefault(decision.story_id, []).append(decision)
    return logs


def _closed_issue(story: Story) -> Issue | None:
    """The closed issue in which the story was printed, if any; held as it is until this transaction ends."""
    if story.queue != Queue.ACCEPTED:
        return None
    issues = Issue.objects.select_for_update(of=("self",))
    issue = issues.filter(candidates__story=story, candidates__withdrawn_at=None).first()
    return issue if issue and issue.closed_at else None


def _repeated(
    log: list[Decision], now_standing: Decision | None, editor: User, choice: str, queue: str
) -> Decision | None:
    """The decision that this one only says again: a double press, or a request that a network sent twice."""
    last = log[-1] if log else None
    if choice == Choice.UNDO:
        return (
            last
            if last and now_standing is None and (last.choice, last.editor_id) == (choice, editor.pk)
            else None
        )
    same = now_standing and (now_standing.choice, now_standing.editor_id) == (choice, editor.pk)
    # A "later" whose time has come may be put off once more.
    return now_standing if same and queue == _LEADS_TO[Choice(choice)] else None


def _expected_unseen(story: Story, now_standing: Decision | None, editor: User, now: datetime) -> str:
    """What somebody who does not say what they saw is taken to have seen: their own decision, or none."""
    own = now_standing is not None and now_standing.editor_id == editor.pk
    return effective_queue(story, now) if own else Queue.WAITING


def _write_standing(story: Story, decision: Decision | None, now: datetime) -> None:
    story.queue = _LEADS_TO[Choice(decision.choice)] if decision else Queue.WAITING
    story.later_until = (
        next_morning(decision.decided_at, settings().timezone)
        if decision and story.queue == Queue.LATER
        else None
    )
    story.save(update_fields=["queue", "later_until"])
    if decision and story.queue == Queue.ACCEPTED:
        _stand(story, decision)
    else:
        # What an editor wrote for it stays, for the day the story comes back.
        Candidate.standing.filter(story=story).update(withdrawn_at=now)


def _stand(story: Story, decision: Decision) -> None:
    # The issue that it was to stand in may be out by now.
    Candidate.objects.filter(story=story, issue__closed_at__isnull=False).update(
        issue=None, section="", order=0
    )
    by = {"accepted_by": decision.editor, "accepted_at": decision.decided_at, "withdrawn_at": None}
    Candidate.objects.update_or_create(story=story, defaults=by)
