"""Glue: the index of stories in the database, and stories found by it.

SQLite has it as an FTS5 table whose row id is the story's, PostgreSQL as a table with a `tsvector` under a GIN index
(`review/migrations/0005_search.py`). Where a story stands with the editors is a term like any other; triggers keep
that one true whoever writes it, so that a decision costs no reading of texts.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from classifiers.models import Assessment, Tag
from monitor.models import Entry, Story
from review.search.asking import Question, fts5, tsquery
from review.search.terms import facet, terms

#: Of an entry's lead, what is indexed: somewhat more than a card shows.
LEAD = 400
#: More entries than these tell a story in no new words.
MOST_ENTRIES = 50
#: A `tsvector` knows no places behind this one.
MOST_TERMS = 16_000
#: Stands between texts, so that no phrase reaches from one into the next.
GAP = "_"
#: Stories indexed at once.
PART = 500


@dataclass(frozen=True, slots=True)
class Document:
    """A story as the index has it."""

    story: int
    #: Where it stands with the editors.
    queue: str
    #: What is known of it, in no order that means anything.
    facets: list[str]
    #: The terms of its texts, in their order.
    terms: list[str]


def index_tagged(entry_ids: list[int], now: datetime) -> None:
    """Takes the stories of entries that were just tagged into the index (one of `settings.TAGGED_HOOKS`)."""
    index_stories(set(Entry.objects.filter(id__in=entry_ids).values_list("story_id", flat=True)))


def index_stories(story_ids: Collection[int]) -> None:
    """Writes the stories into the index as they are now."""
    ordered = sorted(story_ids)
    for start in range(0, len(ordered), PART):
        with transaction.atomic(), connection.cursor() as cursor:
            documents = _documents(ordered[start : start + PART])
            if connection.vendor == "sqlite":
                cursor.executemany(
                    "INSERT OR REPLACE INTO review_search (rowid, state, terms) VALUES (%s, %s, %s)",
                    [_for_fts5(document) for document in documents],
                )
            else:
                cursor.executemany(
                    "INSERT INTO review_search (story_id, terms) VALUES (%s, %s::tsvector)"
                    " ON CONFLICT (story_id) DO UPDATE SET terms = excluded.terms",
                    [_for_tsvector(document) for document in documents],
                )


def index_rest() -> Iterator[int]:
    """Indexes all stories behind the last one that is indexed, a part at a time; yields how many each part had."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT MAX(rowid) FROM review_search"
            if connection.vendor == "sqlite"
            else "SELECT MAX(story_id) FROM review_search"
        )
        done = cursor.fetchone()[0] or 0
    while part := list(Story.objects.filter(id__gt=done).order_by("id").values_list("id", flat=True)[:PART]):
        index_stories(part)
        done = part[-1]
        yield len(part)


def found_by(asked: Question) -> RawSQL:
    """The ids of the stories that the question holds for, as a subquery."""
    if connection.vendor == "sqlite":
        return RawSQL("SELECT rowid FROM review_search WHERE review_search MATCH %s", [fts5(asked)])
    return RawSQL("SELECT story_id FROM review_search WHERE terms @@ %s::tsquery", [tsquery(asked)])


def newest_found_by(stories: QuerySet[Story], asked: Question) -> QuerySet[Story]:
    """Those of `stories` that the question holds for, the newest first.

    FTS5 gives rows in this order one by one, so that a page of the millions that hold a common word costs a page.
    """
    if connection.vendor == "sqlite":
        return stories.extra(
            tables=["review_search"],
            where=["review_search.rowid = monitor_story.id", "review_search MATCH %s"],
            params=[fts5(asked)],
            order_by=["-review_search.rowid"],
        )
    return stories.filter(pk__in=found_by(asked)).order_by("-id")


def _for_fts5(document: Document) -> tuple[int, str, str]:
    return document.story, facet("queue", document.queue), " ".join(document.terms + document.facets)


def _for_tsvector(document: Document) -> tuple[int, str]:
    places: dict[str, list[int]] = {}
    for place, term in enumerate(document.terms, 1):
        places.setdefault(term, []).append(place)
    words = (f"'{term}':{','.join(map(str, found))}" for term, found in places.items())
    known = (f"'{term}'" for term in [*document.facets, facet("queue", document.queue)])
    return document.story, " ".join([*words, *known])


def _documents(story_ids: Sequence[int]) -> Iterator[Document]:
    # Locked on PostgreSQL: a decision that comes meanwhile waits, and its trigger then finds what is written here.
    stories = Story.objects.select_for_update(no_key=True).filter(id__in=story_ids).order_by("id")
    rows = list(stories.values_list("id", "queue", "lead_id"))
    told = _told(story_ids)
    leads = {story: lead or told[story][0].pk for story, _queue, lead in rows if story in told}
    known = _known(list(leads.values()))
    for story, queue, _lead in rows:
        if story not in leads:
            continue
        entries = told[story]
        lead = next(entry for entry in entries if entry.pk == leads[story])
        facets = known.get(lead.pk, set()) | {facet("source", entry.source_id) for entry in entries}
        texts = (text for entry in entries[:MOST_ENTRIES] for text in (entry.title, entry.lead[:LEAD]))
        words = list(chain.from_iterable([*terms(text), GAP] for text in texts))
        yield Document(story, queue, sorted(facets | {facet("lang", lead.lang)}), words[:MOST_TERMS])


def _told(story_ids: Sequence[int]) -> dict[int, list[Entry]]:
    """The entries of each story, in the order in which they came."""
    told: dict[int, list[Entry]] = {}
    # By name: a migration calls this, and later columns may not be there yet.
    columns = ("story_id", "source_id", "title", "summary", "content", "text", "lang")
    rows = Entry.objects.filter(story_id__in=story_ids).order_by("first_seen_at", "id").only(*columns)
    for entry in rows:
        told.setdefault(entry.story_id, []).append(entry)
    return told


def _known(lead_ids: Sequence[int]) -> dict[int, set[str]]:
    """What the classifier and the editors say of leads, by their ids."""
    known: dict[int, set[str]] = {}
    said = Assessment.objects.filter(entry_id__in=lead_ids).values_list("entry_id", "kind", "regions")
    for entry, kind, regions in said:
        known[entry] = {facet("kind", kind), *(facet("region", region) for region in regions)}
    # A topic that an editor took away stands with no probability.
    tags = Tag.objects.filter(entry_id__in=lead_ids, probability__gt=0).values_list("entry_id", "topic")
    for entry, topic in tags:
        known.setdefault(entry, set()).add(facet("topic", topic))
    return known
