"""Last month as it was: what was decided on it, and what another model would have made of it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Max, OuterRef, Q, QuerySet, Subquery

from alerts.rules import DEFAULT_MIN_RELEVANCE
from classifiers.models import ModelVersion, Tag
from classifiers.training.rehearsal import MONTH, Rehearsal, Said
from monitor.models import Entry, Story
from review.models import Decision
from review.quality.replay import Comparison, Retold, TopicChange, compare, topic_changes

_VERDICTS = {Story.Queue.ACCEPTED: True, Story.Queue.REJECTED: False}


@dataclass(frozen=True, slots=True)
class Decided:
    """A story that an editor accepted or rejected, with the relevance that it had been given before."""

    id: int
    title: str
    lang: str
    relevance: float
    accepted: bool
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Replay:
    """What a model would have made of last month."""

    #: How many stories are compared; how many of them were decided on, and how many of those the model learned from.
    stories: int
    decided: int
    learned: int
    comparison: Comparison
    topics: list[TopicChange]


def stories_of(now: datetime) -> QuerySet[Story]:
    """The stories that were first seen within `MONTH` before `now`."""
    return Story.objects.filter(first_seen_at__gte=now - MONTH)


def decided(stories: QuerySet[Story]) -> list[Decided]:
    """Those of the stories that editors accepted or rejected, with their relevance as it was said before.

    A model that learned from a decision knows its outcome: what it says of that story later proves nothing.
    """
    first = Decision.objects.filter(story=OuterRef("pk")).order_by("id").values("decided_at")[:1]
    before = Q(entries__assessment__assessed_at__lte=F("first_decided_at"))
    rows = (
        stories.filter(queue__in=_VERDICTS)
        .annotate(first_decided_at=Subquery(first))
        .annotate(score=Max("entries__assessment__relevance", filter=before))
        .values_list("pk", "lead__title", "lead__lang", "queue", "score", "first_decided_at")
    )
    return [
        Decided(pk, title or f"#{pk}", lang or "", score, _VERDICTS[Story.Queue(queue)], decided_at)
        for pk, title, lang, queue, score, decided_at in rows
        if score is not None
    ]


def undecided(stories: QuerySet[Story]) -> dict[int, float]:
    """The relevance of the others, by story id; of those that have one."""
    rows = stories.exclude(queue__in=_VERDICTS).values_list("pk", "relevance")
    return {pk: relevance for pk, relevance in rows if relevance is not None}


def replay(rehearsal: Rehearsal, model: str, threshold: float, now: datetime) -> Replay:
    """What the model of this rehearsal would have made of the month; what it did not judge is left out."""
    verdicts = {story.id: story for story in decided(stories_of(now))}
    had = {**undecided(stories_of(now)), **{pk: story.relevance for pk, story in verdicts.items()}}
    has: dict[int, float] = {}
    judged: dict[int, Said] = {}
    entries = Entry.objects.filter(first_seen_at__gte=now - MONTH)
    for entry, story, seen_at in entries.values_list("pk", "story_id", "first_seen_at"):
        said, verdict = rehearsal.entries.get(entry), verdicts.get(story)
        if said is None:
            continue
        judged[entry] = said
        # What came after the decision had no part in it.
        if verdict is None or seen_at <= verdict.decided_at:
            has[story] = max(said.relevance, has.get(story, 0.0))
    retold = [
        Retold(story, had[story], relevance, verdicts[story].accepted if story in verdicts else None)
        for story, relevance in has.items()
        if story in had
    ]
    compared = {one.story for one in retold if one.accepted is not None}
    trained_at = ModelVersion.objects.filter(name=model).values_list("created_at", flat=True).first()
    known = [pk for pk in compared if trained_at and verdicts[pk].decided_at <= trained_at]
    return Replay(
        stories=len(retold),
        decided=len(compared),
        learned=len(known),
        comparison=compare(retold, threshold, DEFAULT_MIN_RELEVANCE),
        topics=_topics(judged, now),
    )


def titles(story_ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Title and language of each of these stories; its number for a title where it has no lead."""
    rows = Story.objects.filter(pk__in=list(story_ids)).values_list("pk", "lead__title", "lead__lang")
    return {pk: (title or f"#{pk}", lang or "") for pk, title, lang in rows}


def _topics(judged: Mapping[int, Said], now: datetime) -> list[TopicChange]:
    """An editor's tags stand whatever a model says: they change nothing."""
    given: dict[int, set[str]] = defaultdict(set)
    settled: dict[int, set[str]] = defaultdict(set)
    tags = Tag.objects.filter(entry__first_seen_at__gte=now - MONTH)
    for entry, topic, model, editor in tags.values_list("entry_id", "topic", "model", "editor_id"):
        (settled if editor or not model else given)[entry].add(topic)
    return topic_changes(given, {entry: said.topics - settled[entry] for entry, said in judged.items()})
