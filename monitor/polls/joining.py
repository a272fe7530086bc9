"""Glue: which story each new entry belongs to, among all entries that are kept.

The database is the index: whichever process files an entry, every other one finds it, and none has to read it all.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from django.db.models.functions import Left

from monitor.models import Entry, Story, StoryKey
from monitor.polls import rows
from monitor.polls.nearby import Filed, Index, Marks
from monitor.polls.stories import WINDOW, Candidate, marks, story_for

#: Of an entry's text, what is read to tell whether it is another's copy: more than its first sentences with mark-up.
LEAD_MARKUP = 2000
#: Keys looked up at once: databases bound the values of a query.
KEYS_A_QUERY = 500
#: Entries and stories that are not stored yet have no number: they count from here, after all that have.
UNSTORED = 1 << 62

_ENTRIES, _FILED = Entry._meta.db_table, StoryKey._meta.db_table

#: What an entry's row holds, by the names of its columns.
Row = dict[str, Any]
T = TypeVar("T")


def join(entries: Sequence[Row], now: datetime) -> list[Filed]:
    """Gives each of these new entries its story, stored; and tells what to `file` once they are stored too."""
    wanted = [_marks(entry) for entry in entries]
    index = Index(_filed(wanted, now))
    known = _candidates({number for own in wanted for number in index.near(own)})
    numbers, filed = [], []
    for place, (entry, own) in enumerate(zip(entries, wanted, strict=True)):
        told = Candidate(
            entry["source_id"],
            entry["link_key"],
            entry["title"],
            _lead(entry),
            now,
            story_id=UNSTORED + place,
        )
        # One that was found may be gone by the time it is read.
        found = story_for(told, [known[number] for number in index.near(own) if number in known])
        numbers.append(told.story_id if found is None else found)
        # The next item of this document may tell the same.
        known[UNSTORED + place] = replace(told, story_id=numbers[place])
        filed += [Filed(gram, entry["id"]) for gram in index.file(UNSTORED + place, own)]
    # Locked on PostgreSQL, always in the same order; one that was dissolved meanwhile begins anew.
    stored = Story.objects.select_for_update().filter(id__in={one for one in numbers if one < UNSTORED})
    stories = {number: number for number in stored.order_by("id").values_list("id", flat=True)}
    begun = [number for number in dict.fromkeys(numbers) if number not in stories]
    stories.update(zip(begun, rows.numbered(Story, len(begun)), strict=True))
    rows.insert(Story, ("id", "first_seen_at"), [(stories[number], rows.moment(now)) for number in begun])
    for entry, number in zip(entries, numbers, strict=True):
        entry["story_id"] = stories[number]
    return filed


def file(filed: Sequence[Filed], now: datetime) -> None:
    """Files entries for the search, and throws out some that are past it: more than came in, so that none stay."""
    at = rows.moment(now)
    rows.insert(StoryKey, ("key", "entry_id", "first_seen_at"), [(*line, at) for line in filed])
    past = StoryKey.objects.filter(first_seen_at__lt=now - WINDOW).order_by("first_seen_at")
    StoryKey.objects.filter(id__in=past.values("id")[: 2 * len(filed) + 100]).delete()


def lead_stories(entries: Sequence[Row]) -> None:
    """Lets the first entry of each story that nothing stands for yet stand for it."""
    first: dict[int, int] = {}
    for entry in entries:
        first.setdefault(entry["story_id"], entry["id"])
    lacking = [
        story
        for some in _in_parts(first)
        for story in Story.objects.filter(id__in=some, lead=None).order_by("id").values_list("id", flat=True)
    ]
    rows.update(Story, ("lead_id",), [(first[story], story) for story in lacking])


def _lead(entry: Row) -> str:
    return str(entry["summary"] or entry["content"])[:LEAD_MARKUP]


def _marks(entry: Row) -> Marks:
    return marks(entry["title"], _lead(entry), *filter(None, (entry["link_key"], entry["title_key"])))


def _filed(wanted: Sequence[Marks], now: datetime) -> Iterator[Filed]:
    """The lines of the index that have to do with any of these."""
    since = rows.moment(now - WINDOW)
    for grams in _in_parts(gram for own in wanted for gram in (*own.title, *own.lead)):
        lines = f"SELECT key, entry_id FROM {_FILED} WHERE key IN ({rows.places(len(grams))})"  # noqa: S608
        told = rows.fetched(f"{lines} AND first_seen_at >= %s ORDER BY id", [*grams, since])
        yield from map(Filed._make, told)
    for hashes in _in_parts(key for own in wanted for key in own.whole):
        asked, known = rows.places(len(hashes)), set(hashes)
        matching = (
            f"SELECT id, link_key, title_key FROM {_ENTRIES} WHERE link_key IN ({asked})"  # noqa: S608
            f" OR (title_key IN ({asked}) AND first_seen_at >= %s) ORDER BY id"
        )
        for entry_id, *both in rows.fetched(matching, [*hashes, *hashes, since]):
            yield from (Filed(shared, entry_id) for shared in known.intersection(both))


def _candidates(entry_ids: Iterable[int]) -> dict[int, Candidate]:
    """Stored entries as stories are decided by."""
    found = {}
    for some in _in_parts(sorted(entry_ids)):
        stored = Entry.objects.filter(id__in=some).values_list(
            "id", "source_id", "link_key", "title", Left("summary", LEAD_MARKUP), Left("content", LEAD_MARKUP),
            "first_seen_at", "story_id",
        )  # fmt: skip
        for entry_id, source_id, link_key, title, summary, content, first_seen_at, story_id in stored:
            found[entry_id] = Candidate(
                source_id, link_key, title, summary or content, first_seen_at, story_id
            )
    return found


def _in_parts(values: Iterable[T]) -> Iterator[list[T]]:
    """`values`, each once, in parts of what one query may ask for."""
    each = list(dict.fromkeys(values))
    for start in range(0, len(each), KEYS_A_QUERY):
        yield each[start : start + KEYS_A_QUERY]
