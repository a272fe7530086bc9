"""The queue: stories that wait for an editor, the likeliest first, and the filters in the page's address."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from heapq import merge
from itertools import islice
from urllib.parse import urlencode

from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Left, NullIf

from classifiers.models import Tag
from monitor.models import Entry, Story
from monitor.text import clean_line
from review.labels import kind_codes, language_codes
from review.sampling import drawn_this_week

PAGE = 30
#: Matches past this many are "more than".
MANY = 1000
#: The periods that the filter offers, in days.
PERIODS = (1, 3, 7, 30)
#: No more words than this count, and no longer a text: a search is a line, not a document.
MAX_WORDS, MAX_QUERY = 6, 100
#: More of a lead than two lines can show, so that taking the mark-up out leaves enough.
LEAD_MARKUP = 6000


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for; empty asks for everything."""

    topic: str = ""
    source: str = ""
    lang: str = ""
    kind: str = ""
    days: int = 0
    q: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "Filters":
        """The filters of a query string. What makes no sense asks for nothing."""

        def text(name: str) -> str:
            return clean_line(query.get(name, ""))[:MAX_QUERY]

        days = query.get("days", "")
        return cls(
            topic=text("topic"),
            source=text("source"),
            lang=text("lang") if text("lang") in language_codes() else "",
            kind=text("kind") if text("kind") in kind_codes() else "",
            days=int(days) if days.isascii() and days.isdigit() and int(days[:3]) in PERIODS else 0,
            q=text("q"),
        )

    def query_string(self, **changes: object) -> str:
        """The address of these filters with some changed, as a link relative to the page."""
        wanted = {name: getattr(self, name) for name in self.__slots__} | changes
        return "?" + urlencode({name: value for name, value in wanted.items() if value})

    def without(self, name: str) -> "Filters":
        """These filters but one."""
        return replace(self, **{name: type(getattr(self, name))()})

    def __bool__(self) -> bool:
        return self != Filters()


@dataclass(frozen=True, slots=True)
class Page:
    """Stories of the queue, and whether more come after them."""

    stories: list[Story]
    more: bool


def waiting(now: datetime) -> QuerySet[Story]:
    """Every story that waits at `now`, in no order."""
    return Story.objects.filter(Q(queue=Story.Queue.WAITING) | _returned(now))


def count(filters: Filters, now: datetime, most: int | None = None) -> int:
    """How many wait; counted no further than `most`, since past that nobody reads the number but everybody waits for it."""
    counts = (_filtered(part, filters, now)[:most].count() for part in _parts(now))
    return sum(counts) if most is None else min(sum(counts), most)


def page(filters: Filters, now: datetime, after: int | None = None, size: int = PAGE) -> Page:
    """A page of the queue: the likeliest first, the newest first among equals, untagged ones last.

    `after` is the id of the last story of the page before. It works wherever that story stands by now, so what is
    decided in the meantime neither skips nor repeats others.

    This week's sample from below the line stands among the stories of the first page, and on no other; under
    filters, and when its week is over, at its own place.
    """
    sampled = [] if filters else drawn_this_week(now)
    last = Story.objects.filter(id=after).first() if after else None
    # Two walks along the index (queue, -relevance, -first_seen_at), each ending after a page; an OR of the two would
    # sort the whole queue.
    walks = [
        _filtered(part, filters, now)
        .exclude(pk__in=sampled)
        .filter(_behind(last))
        .order_by(F("relevance").desc(nulls_last=True), "-first_seen_at", "id")[: size + 1]
        for part in _parts(now)
    ]
    stories = list(islice(merge(*map(with_cards, walks), key=_place), size + 1))
    shown = stories[:size]
    if sampled and last is None:
        shown = _slipped_in(shown, list(with_cards(waiting(now).filter(pk__in=sampled))))
    return Page(shown, len(stories) > size)


def _slipped_in(stories: list[Story], sample: list[Story]) -> list[Story]:
    """The stories with the sample among them at even distances, never last where a page follows."""
    step = len(stories) // (len(sample) + 1)
    mixed = list(stories)
    for place, one in enumerate(sample, 1):
        mixed.insert(place * step + place - 1, one)
    return mixed


def with_cards(stories: QuerySet[Story]) -> QuerySet[Story]:
    """The stories with everything that their cards show, in as few queries as there are kinds of it."""
    return (
        stories.select_related("lead__assessment__nearest__issue", "sample")
        .defer(
            "lead__summary", "lead__content", "lead__assessment__nearest__text", "lead__assessment__nearest__vector"
        )
        .annotate(
            lead_markup=Left(
                Coalesce(NullIf(F("lead__summary"), Value("")), F("lead__content"), Value("")), LEAD_MARKUP
            )
        )
        .prefetch_related(
            Prefetch("lead__tags", Tag.objects.order_by("-probability")),
            Prefetch(
                "entries",
                Entry.objects.only(
                    "story_id", "source_id", "title", "url", "lang",
                    "published_at", "date_confidence", "first_seen_at",
                ).order_by("first_seen_at", "id"),
            ),
        )
    )  # fmt: skip


def _returned(now: datetime) -> Q:
    return Q(queue=Story.Queue.LATER, later_until__lte=now)


def _parts(now: datetime) -> list[QuerySet[Story]]:
    return [
        Story.objects.filter(queue=Story.Queue.WAITING),
        Story.objects.filter(_returned(now)),
    ]


def _place(story: Story) -> tuple[bool, float, float, int]:
    untagged = story.relevance is None
    return untagged, -(story.relevance or 0), -story.first_seen_at.timestamp(), story.pk


def _behind(last: Story | None) -> Q:
    if last is None:
        return Q()
    seen = Q(first_seen_at__lt=last.first_seen_at) | Q(first_seen_at=last.first_seen_at, id__gt=last.pk)
    if last.relevance is None:
        return Q(relevance=None) & seen
    return Q(relevance__lt=last.relevance) | Q(relevance=None) | (Q(relevance=last.relevance) & seen)


def _filtered(stories: QuerySet[Story], filters: Filters, now: datetime) -> QuerySet[Story]:
    entries = Entry.objects.filter(story=OuterRef("pk"))
    if filters.topic:
        # A topic stands once at an entry: no story comes twice.
        stories = stories.filter(lead__tags__topic=filters.topic)
    if filters.source:
        stories = stories.filter(Exists(entries.filter(source_id=filters.source)))
    if filters.lang:
        stories = stories.filter(lead__lang=filters.lang)
    if filters.kind:
        stories = stories.filter(lead__assessment__kind=filters.kind)
    if filters.days:
        stories = stories.filter(first_seen_at__gte=now - timedelta(days=filters.days))
    for word in filters.q.split()[:MAX_WORDS]:
        stories = stories.filter(
            Exists(entries.filter(Q(title__icontains=word) | Q(summary__icontains=word)))
        )
    return stories
