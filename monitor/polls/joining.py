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
from monitor.polls.stories import WINDOW, Telling, marks, story_for

#: Of an entry's text, what is read to tell whether it is another's copy: more than its first sentences with mark-up.
LEAD_MARKUP = 2000
#: Keys looked up at once: databases bound the values of a query.
KEYS_A_QUERY = 500
#: Entries and stories that are not stored yet have no number: they count from here, after all that have.
UNSTORED = 1 << 62
#: The lock under which stories are looked for and begun: two who looked at one moment would each begin the same.
FILING = 0x6275_6C6C_6669_6C65

_ENTRIES, _FILED = Entry._meta.db_table, StoryKey._meta.db_table

#: What an entry's row holds, by the names of its columns.
Row = dict[str, Any]
T = TypeVar("T")


def join(entries: Sequence[Row], now: datetime) -> list[Filed]:
    """Gives each of these new entries its story (`story_id`), which is stored; what to `file` once they are stored, too."""
    wanted = [_marks(entry) for entry in entries]
    rows.alone(FILING)
    index = Index(_filed(wanted, now))
    known = _candidates({number for own in wanted for number in index.near(own)})
    numbers, filed = [], []
    for place, (entry, own) in enumerate(zip(entries, wanted, strict=True)):
        told = Telling(
            entry["source_id"],
            entry["link_key"],
            entry["title"],
            _lead(entry),
            now,
            story_id=UNSTORED + place,
        )
        # One that was found may be gone by the time it is read.
        story = story_for(told, [known[number] for number in index.near(own) if number in known])
        numbers.append(told.story_id if story is None else story)
        # The next item of this document may tell the same.
        known[UNSTORED + place] = replace(told, story_id=numbers[place])
        filed += [Filed(gram, entry["id"]) for gram in index.file(UNSTORED + place, own)]
    # One that was dissolved meanwhile begins anew.
    found = [number for number in dict.fromkeys(numbers) if number < UNSTORED]
    stories = {number: number for number in rows.held(Story, found)}
    begun = [number for number in dict.fromkeys(numbers) if number not in stories]
    stories.update(zip(begun, rows.numbered(Story, len(begun)), strict=True))
    at = rows.moment(now)
    rows.insert(Story, ("id", "first_seen_at"), [(stories[number], at) for number in begun])
    for entry, number in zip(entries, numbers, strict=True):
        entry["story_id"] = stories[number]
    return filed


def file(filed: Sequence[Filed], now: datetime) -> None:
    """Files entries for the search, and deletes more lines than that of those past WINDOW, so that these die out."""
    at = rows.moment(now)
    rows.insert(StoryKey, ("key", "entry_id", "first_seen_at"), [(*line, at) for line in filed])
    past = StoryKey.objects.filter(first_seen_at__lt=now - WINDOW).order_by("first_seen_at")
    StoryKey.objects.filter(id__in=past.values("id")[: 2 * len(filed) + 100]).delete()


def lead_stories(entries: Sequence[Row]) -> None:
    """Makes the first of these entries the lead of its story, where the story has none yet."""
    first: dict[int, int] = {}
    for entry in entries:
        first.setdefault(entry["story_id"], entry["id"])
    lacking = [
        story
        for some in in_parts(first)
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
    for grams in in_parts(gram for own in wanted for gram in (*own.title, *own.lead)):
        lines = f"SELECT key, entry_id FROM {_FILED} WHERE key IN ({rows.places(len(grams))})"  # noqa: S608
        told = rows.fetched(f"{lines} AND first_seen_at >= %s ORDER BY id", [*grams, since])
        yield from map(Filed._make, told)
    for hashes in in_parts(key for own in wanted for key in own.whole):
        asked, known = rows.places(len(hashes)), set(hashes)
        matching = (
            f"SELECT id, link_key, title_key FROM {_ENTRIES} WHERE link_key IN ({asked})"  # noqa: S608
            f" OR (title_key IN ({asked}) AND first_seen_at >= %s) ORDER BY id"
        )
        for entry_id, *both in rows.fetched(matching, [*hashes, *hashes, since]):
            yield from (Filed(shared, entry_id) for shared in known.intersection(both))


def _candidates(entry_ids: Iterable[int]) -> dict[int, Telling]:
    """Stored entries as stories are decided by."""
    found = {}
    for some in in_parts(sorted(entry_ids)):
        stored = Entry.objects.filter(id__in=some).values_list(
            "id", "source_id", "link_key", "title", Left("summary", LEAD_MARKUP), Left("content", LEAD_MARKUP),
            "first_seen_at", "story_id",
        )  # fmt: skip
        for entry_id, source_id, link_key, title, summary, content, first_seen_at, story_id in stored:
            found[entry_id] = Telling(source_id, link_key, title, summary or content, first_seen_at, story_id)
    return found


def in_parts(values: Iterable[T]) -> Iterator[list[T]]:
    """`values`, each once, in parts of what one query may ask for."""
    each = list(dict.fromkeys(values))
    for start in range(0, len(each), KEYS_A_QUERY):
        yield each[start : start + KEYS_A_QUERY]
