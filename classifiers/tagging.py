"""Glue: the tagging step: finds entries without tags, classifies them, and stores what the classifier says.

Tags, the joining of stories across languages, a story's relevance and the alerts that follow from them are one
transaction: killed before it, the entries still want tags; killed after it, the alerts stand in the outbox.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.db import OperationalError, transaction
from django.db.models import Max
from django.utils.module_loading import import_string

from classifiers.classifier import Classification, EntryText, TopicClassifier
from classifiers.encoders import EncoderError
from classifiers.models import Assessment, PastArticle, Tag
from classifiers.pastissues.nearest import Nearest, nearest_articles
from classifiers.stories.storylines import join_stories, put_primary_first
from monitor.errors import StoreError
from monitor.logs import logger
from monitor.models import Entry, Story
from monitor.together.deadlocks import begun_again


@dataclass(frozen=True, slots=True)
class _Judged:
    """An entry, what was said of it, which model said it, and which past article lies near."""

    entry: Entry
    result: Classification
    model: str
    nearest: Nearest | None = None


def tag_untagged(
    classifier: TopicClassifier,
    now: datetime,
    *,
    limit: int = 64,
    countries: Mapping[str, str] | None = None,
    primary: Collection[str] = (),
) -> list[int]:
    """Tags up to `limit` entries that are ready for it, oldest first; the ids of those that it tagged.

    `countries` are those of the sources, by source id: where stories that name no place are taken to happen.
    `primary` are the ids of the sources that make news rather than tell it: their entry stands for its story.

    Raises:
        EncoderError: the encoder reads nothing any more; nothing was tagged and nothing is lost.
        StoreError: the database could not be written; likewise.
    """
    entries = list(Entry.objects.ready(now)[:limit])
    if not entries:
        return []
    try:
        judged = _with_nearest(
            classifier,
            list(_judge(classifier, entries, [_text(entry, countries or {}) for entry in entries])),
        )
        return _store(judged, classifier.encoder, primary, now)
    except OperationalError as error:
        raise StoreError(f"tags not stored: {error}") from error


def _text(entry: Entry, countries: Mapping[str, str]) -> EntryText:
    return EntryText(entry.title, entry.lead, entry.lang, countries.get(entry.source_id, ""), entry.source_id)


def _judge(
    classifier: TopicClassifier, entries: Sequence[Entry], texts: Sequence[EntryText]
) -> Iterator[_Judged]:
    """All at once; where the encoder fails, one by one: an entry that it cannot read must not hold up the others."""
    try:
        results = classifier.classify(texts)
    except EncoderError as error:
        logger.warning("batch not encoded at once", entries=len(entries), reason=str(error))
        yield from (_judge_alone(classifier, *pair) for pair in zip(entries, texts, strict=True))
    else:
        for entry, result in zip(entries, results, strict=True):
            yield _Judged(entry, result, classifier.name)


def _judge_alone(classifier: TopicClassifier, entry: Entry, text: EntryText) -> _Judged:
    try:
        return _Judged(entry, classifier.classify([text])[0], classifier.name)
    except EncoderError as error:
        # Is it the entry or the encoder? If the latter, this raises, and the entry waits for one that works.
        classifier.check_encoder()
        logger.warning("entry tagged by words alone", entry=entry.id, reason=str(error))
        by_words = classifier.without_vectors()
        return _Judged(entry, by_words.classify([text])[0], by_words.name)


def _with_nearest(classifier: TopicClassifier, judged: Sequence[_Judged]) -> list[_Judged]:
    vectors = [one.result.vector for one in judged]
    found = nearest_articles(vectors, classifier.encoder, classifier.encode, classifier.centre)
    return [replace(one, nearest=nearest) for one, nearest in zip(judged, found, strict=True)]


@begun_again
@transaction.atomic
def _store(judged: Sequence[_Judged], encoder: str, primary: Collection[str], now: datetime) -> list[int]:
    mine = _still_wanted(judged)
    if not mine:
        return []
    ids = [one.entry.id for one in mine]
    # A model's tags always name their model. An editor's stay, also when the editor's account is gone.
    Tag.objects.filter(entry_id__in=ids, editor=None).exclude(model="").delete()
    Tag.objects.bulk_create((tag for one in mine for tag in _tags(one)), ignore_conflicts=True)
    # An article may have gone meanwhile; none goes until the commit.
    near = {one.nearest.article for one in mine if one.nearest}
    there = set(PastArticle.objects.select_for_update().filter(id__in=near).values_list("id", flat=True))
    Assessment.objects.bulk_create(
        (_assessment(one, there, now) for one in mine),
        update_conflicts=True,
        unique_fields=["entry"],
        update_fields=_ASSESSED,
    )
    Entry.objects.filter(id__in=ids).update(tagged_at=now)
    with_vectors = [(one.entry, one.result.vector) for one in mine if one.result.vector is not None]
    join_stories(with_vectors, encoder, now)
    story_ids = set(Entry.objects.filter(id__in=ids).values_list("story_id", flat=True))
    # First what locks them all, by their numbers.
    _rank_stories(story_ids)
    put_primary_first(story_ids, primary)
    for hook in settings.TAGGED_HOOKS:
        import_string(hook)(ids, now)
    return ids


def _still_wanted(judged: Sequence[_Judged]) -> list[_Judged]:
    """Those that no other tagger was quicker with and that were not corrected meanwhile; locked until the commit.

    SQLite's immediate transaction is lock enough; on PostgreSQL the rows are locked, always in the same order.
    """
    rows = Entry.objects.select_for_update().filter(id__in=[one.entry.id for one in judged], tagged_at=None)
    changed_at = dict(rows.order_by("id").values_list("id", "changed_at"))
    missing = object()
    return [one for one in judged if changed_at.get(one.entry.id, missing) == one.entry.changed_at]


def _tags(one: _Judged) -> Iterator[Tag]:
    for topic in one.result.topics:
        why = [reason.as_dict() for reason in topic.why]
        yield Tag(entry=one.entry, topic=topic.topic, probability=topic.p, why=why, model=one.model)


#: What a later assessment says anew.
_ASSESSED = [
    "relevance", "kind", "regions", "why", "model", "assessed_at", "nearest", "nearest_likeness",
]  # fmt: skip


def _assessment(one: _Judged, articles: Collection[int], now: datetime) -> Assessment:
    nearest = one.nearest if one.nearest and one.nearest.article in articles else None
    return Assessment(
        entry=one.entry,
        relevance=one.result.relevance,
        kind=one.result.kind,
        regions=one.result.regions,
        why=one.result.why,
        model=one.model,
        assessed_at=now,
        nearest_id=nearest.article if nearest else None,
        nearest_likeness=nearest.likeness if nearest else None,
    )


def _rank_stories(story_ids: set[int]) -> None:
    """A story is as relevant as its most relevant entry."""
    # Two taggers with an entry each of one story: the second waits here, and then sees the first one's entry.
    stories = {
        story.id: story
        for story in Story.objects.select_for_update(no_key=True).filter(id__in=story_ids).order_by("id")
    }
    assessed = Assessment.objects.filter(entry__story_id__in=story_ids)
    for row in assessed.values("entry__story_id").annotate(most=Max("relevance")):
        stories[row["entry__story_id"]].relevance = row["most"]
    Story.objects.bulk_update(stories.values(), ["relevance"], batch_size=200)
