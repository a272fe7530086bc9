"""Glue: finds entries without tags, classifies them, and stores what the classifier says.

Tags, the story's relevance and the alerts that follow from them are one transaction: killed before it, the entries
still want tags; killed after it, the alerts stand in the outbox.
"""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils.module_loading import import_string

from classifiers.classifier import Classification, EntryText, TopicClassifier
from classifiers.models import Assessment, Tag
from monitor.logs import logger
from monitor.models import Entry, Story
from monitor.text import plain

#: The lead that the classifier reads; more costs the encoder time and tells it little.
LEAD_LENGTH = 400


def tag_untagged(
    classifier: TopicClassifier, now: datetime, *, limit: int = 64, countries: dict[str, str] | None = None
) -> list[int]:
    """Tags up to `limit` entries that want it, oldest first; the ids of those that it tagged."""
    entries = list(Entry.objects.untagged()[:limit])
    if not entries:
        return []
    texts = [
        EntryText(
            entry.title, plain(entry.summary or entry.content)[:LEAD_LENGTH], entry.lang,
            (countries or {}).get(entry.source_id, ""),
        )
        for entry in entries
    ]  # fmt: skip
    return _store(entries, _classify(classifier, entries, texts), classifier.name, now)


def _classify(
    classifier: TopicClassifier, entries: Sequence[Entry], texts: Sequence[EntryText]
) -> list[Classification]:
    """All at once; where that fails, one by one, and by words alone what the encoder cannot read.

    One entry that breaks the encoder must hold up neither its batch nor itself.
    """
    try:
        return classifier.classify(texts)
    except (ValueError, RuntimeError, OSError, ArithmeticError) as error:
        logger.warning("batch not classified at once", entries=len(entries), reason=str(error))
    results = []
    for entry, text in zip(entries, texts, strict=True):
        try:
            results += classifier.classify([text])
        except (ValueError, RuntimeError, OSError, ArithmeticError) as error:
            logger.warning("entry classified by words alone", entry=entry.id, reason=str(error))
            results += classifier.without_vectors().classify([text])
    return results


@transaction.atomic
def _store(
    entries: Sequence[Entry], results: Sequence[Classification], model: str, now: datetime
) -> list[int]:
    # An entry that another tagger was quicker with, or that was corrected meanwhile, is not ours any more.
    still = dict(
        Entry.objects.select_for_update()
        .filter(id__in=[entry.id for entry in entries], tagged_at=None)
        .values_list("id", "changed_at")
    )
    pairs = [
        (entry, result)
        for entry, result in zip(entries, results, strict=True)
        if entry.id in still and still[entry.id] == entry.changed_at
    ]
    ids = [entry.id for entry, _result in pairs]
    Tag.objects.filter(entry_id__in=ids, editor=None).delete()
    # A topic that an editor gave stays the editor's.
    Tag.objects.bulk_create(
        [
            Tag(entry=entry, topic=topic.topic, probability=topic.p, why=topic.why, model=model)
            for entry, result in pairs
            for topic in result.topics
        ],
        ignore_conflicts=True,
    )
    Assessment.objects.bulk_create(
        [
            Assessment(
                entry=entry, relevance=result.relevance, kind=result.kind, regions=result.regions, why=result.why,
                model=model, assessed_at=now,
            )
            for entry, result in pairs
        ],
        update_conflicts=True,
        unique_fields=["entry"],
        update_fields=["relevance", "kind", "regions", "why", "model", "assessed_at"],
    )  # fmt: skip
    Entry.objects.filter(id__in=ids).update(tagged_at=now)
    _rank_stories({entry.story_id for entry, _result in pairs})
    for hook in settings.TAGGED_HOOKS:
        import_string(hook)(ids, now)
    return ids


def _rank_stories(story_ids: set[int]) -> None:
    """A story is as relevant as its most relevant entry."""
    highest = (
        Assessment.objects.filter(entry__story_id__in=story_ids)
        .values("entry__story_id")
        .annotate(most=Max("relevance"))
    )
    stories = [Story(id=row["entry__story_id"], relevance=row["most"]) for row in highest]
    Story.objects.bulk_update(stories, ["relevance"], batch_size=200)
