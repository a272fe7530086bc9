"""Everything that people did with a story, in one list: decided, assigned, remarked, retagged, objected, and tried in vain."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User

from classifiers.models import Objection
from monitor.config import settings
from monitor.i18n import _
from monitor.models import Story
from review import catalogue
from review.accounts.people import display_name
from review.deciding.decisions import Choice
from review.labels import choice_words, door_name, tried_words
from review.models import Decision, RefusedTap, StoryEvent
from review.times import When, instant

#: Of each kind the last ones: a stranger may press for ever.
MOST = 100


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the story's history."""

    who: str
    what: str
    #: Through what it came; empty where that is not kept.
    door: str
    when: When
    #: What was said, where something was.
    text: str = ""


def log_of(story: Story, now: datetime) -> list[Step]:
    """The story's history, the latest first."""
    decisions = story.decisions.select_related("editor").order_by("-id")
    events = list(story.events.select_related("editor").order_by("-id")[:MOST])
    refused = story.refused_taps.order_by("-id")[:MOST]
    objections = Objection.objects.filter(entry__story=story).select_related("editor").order_by("-id")[:MOST]
    names = _names(events)
    steps = [(row.decided_at, _decided(row, now)) for row in decisions]
    steps += [(row.happened_at, _happened(row, names, now)) for row in events]
    steps += [(row.tapped_at, _refused(row, now)) for row in refused]
    steps += [(row.made_at, _objected(row, now)) for row in objections]
    return [step for _at, step in sorted(steps, key=lambda one: one[0], reverse=True)]


def _names(events: list[StoryEvent]) -> dict[int, str]:
    """Those whom a story was given to."""
    ids = {event.facts.get("to") for event in events} - {None}
    return {user.pk: display_name(user) for user in User.objects.filter(pk__in=ids)}


def _decided(decision: Decision, now: datetime) -> Step:
    return Step(
        who=display_name(decision.editor),
        what=choice_words(Choice(decision.choice)),
        door=door_name(decision.door),
        when=instant(decision.decided_at, now, settings().timezone),
    )


def _happened(event: StoryEvent, names: Mapping[int, str], now: datetime) -> Step:
    return Step(
        who=display_name(event.editor),
        what=_event_words(event, names),
        door=door_name(event.door),
        when=instant(event.happened_at, now, settings().timezone),
        text=event.text,
    )


def _event_words(event: StoryEvent, names: Mapping[int, str]) -> str:
    if event.kind == StoryEvent.Kind.COMMENT:
        return _("의견을 남겼습니다")
    if event.kind == StoryEvent.Kind.ASSIGN:
        to = event.facts.get("to")
        if to is None:
            return _("담당을 비웠습니다")
        if to == event.editor_id:
            return _("담당을 맡았습니다")
        return _("{name}님에게 맡겼습니다").format(name=names.get(to, "?"))
    added, removed = (_topic_names(event.facts.get(key, ())) for key in ("added", "removed"))
    changes = [
        _("더한 것 {topics}").format(topics=added) if added else "",
        _("뺀 것 {topics}").format(topics=removed) if removed else "",
    ]
    told = " · ".join(filter(None, changes))
    return f"{_('주제를 고쳤습니다')}: {told}" if told else _("주제가 맞다고 했습니다")


def _topic_names(topics: Sequence[str]) -> str:
    return ", ".join(catalogue.topic_name(topic) for topic in topics)


def _refused(tap: RefusedTap, now: datetime) -> Step:
    return Step(
        who=tap.name or str(tap.telegram_id),
        what=tried_words(tap.choice, tap.reason),
        door=door_name("telegram"),
        when=instant(tap.tapped_at, now, settings().timezone),
    )


def _objected(objection: Objection, now: datetime) -> Step:
    words = _("{topic} 주제의 근거에서 ‘{term}’ 낱말을 뺐습니다")
    return Step(
        who=display_name(objection.editor) if objection.editor else "?",
        what=words.format(topic=catalogue.topic_name(objection.topic), term=objection.term),
        door="",
        when=instant(objection.made_at, now, settings().timezone),
    )
