"""An editor's word on what an entry is about: it stands whatever a model says later, and later training learns it."""

from collections.abc import Collection
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from alerts import revising
from classifiers.models import Tag
from monitor.models import Entry, Story
from review.models import StoryEvent
from review.search.index import index_stories

#: A topic that an editor gave; one that an editor took away stands with none, so that no model gives it again.
GIVEN, TAKEN = 1.0, 0.0


@transaction.atomic
def retag(
    entry: Entry, topics: Collection[str], seen: Collection[str], editor: User, door: str, now: datetime
) -> StoryEvent | None:
    """Keeps that `topics` and no others are what `entry` is about; None where an editor has said so before.

    `seen` are those that it had for the editor who pressed: what somebody else gave or took meanwhile stays as it is,
    so that two who mend different things both succeed. A model's topic that is left standing is agreed to, and keeps
    the model's probability.
    """
    Story.objects.select_for_update(no_key=True).get(pk=entry.story_id)
    tags = {tag.topic: tag for tag in Tag.objects.filter(entry=entry)}
    standing = {topic for topic, tag in tags.items() if tag.probability > TAKEN}
    added = sorted(set(topics) - set(seen) - standing)
    removed = sorted((set(seen) - set(topics)) & standing)
    agreed = sorted(topic for topic in standing.difference(removed) if tags[topic].model)
    if not (added or removed or agreed):
        return None
    for topic in added:
        _say(entry, topic, editor, GIVEN, [])
    for topic in removed:
        _say(entry, topic, editor, TAKEN, tags[topic].why)
    for topic in agreed:
        _say(entry, topic, editor, tags[topic].probability, tags[topic].why)
    revising.wanted([entry.story_id], now)
    index_stories([entry.story_id])
    facts = {"entry": entry.pk, "added": added, "removed": removed}
    return StoryEvent.objects.create(
        story_id=entry.story_id,
        editor=editor,
        kind=StoryEvent.Kind.RETAG,
        facts=facts,
        door=door,
        happened_at=now,
    )


def _say(entry: Entry, topic: str, editor: User, probability: float, why: list[object]) -> None:
    said = {"probability": probability, "why": why, "model": "", "editor": editor}
    Tag.objects.update_or_create(entry=entry, topic=topic, defaults=said)
