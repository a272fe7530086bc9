"""The queue: stories that wait for an editor, the likeliest first, and the filters in the page's address."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from heapq import merge
from itertools import islice
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.db.models import F, Prefetch, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Left, NullIf

from classifiers.models import Tag
from classifiers.taxonomy import Bulletin
from monitor.models import Entry, Story
from monitor.texts.text import clean_line
from review import catalogue
from review.labels import kind_codes, language_codes, region_codes
from review.quality.sampling import drawn_this_week
from review.search.asking import Question, every, question
from review.search.facets import has, in_bulletin
from review.search.index import found_by, newest_found_by

#: Stories on a page.
PAGE = 30
#: Matches past this many are "more than".
MANY = 1000
#: The periods that the filter offers, in days.
PERIODS = (1, 3, 7, 30)
#: Where a story may stand; without one the queue shows what waits.
STATES = ("accepted", "rejected", "later", "all")
#: Whose it may be, besides an editor's by id.
ME, NOBODY = "me", "nobody"
#: A search is a line, not a document.
MAX_QUERY = 100
#: More of a lead than two lines can show, so that taking the mark-up out leaves enough.
LEAD_MARKUP = 6000


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for; empty asks for everything that waits."""

    bulletin: str = ""
    #: A section's name; only with its bulletin.
    section: str = ""
    topic: str = ""
    region: str = ""
    source: str = ""
    lang: str = ""
    kind: str = ""
    days: int = 0
    #: One of STATES, or what waits.
    state: str = ""
    #: ME, NOBODY, an editor's id, or anybody.
    who: str = ""
    q: str = ""
    #: Who asks: whom ME means. No part of the address.
    asker: int | None = field(default=None, compare=False)

    @classmethod
    def read(cls, query: Mapping[str, str], user: User | None = None) -> "Filters":
        """The filters of a query string, as `user` asks. What makes no sense asks for nothing."""

        def text(name: str) -> str:
            return clean_line(query.get(name, ""))[:MAX_QUERY]

        def one_of(name: str, known: tuple[str, ...]) -> str:
            return text(name) if text(name) in known else ""

        days, who = query.get("days", ""), text("who")
        bulletin = _bulletin(text("bulletin"))
        sections = tuple(section.name for section in bulletin.sections) if bulletin else ()
        return cls(
            bulletin=bulletin.id if bulletin else "",
            section=one_of("section", sections),
            topic=text("topic"),
            region=one_of("region", region_codes()),
            source=text("source"),
            lang=one_of("lang", language_codes()),
            kind=one_of("kind", kind_codes()),
            days=int(days) if days.isascii() and days.isdigit() and int(days[:3]) in PERIODS else 0,
            state=one_of("state", STATES),
            who=who if who in {ME, NOBODY} or (who.isascii() and who.isdigit() and len(who) < 19) else "",
            q=text("q"),
            asker=user.pk if user else None,
        )

    def query_string(self, **changes: object) -> str:
        """The address of these filters with some changed, as a link relative to the page."""
        wanted = {name: getattr(self, name) for name in _ADDRESSED} | changes
        return "?" + urlencode({name: value for name, value in wanted.items() if value})

    def without(self, name: str) -> "Filters":
        """These filters but one; a section goes with its bulletin."""
        names = ("bulletin", "section") if name == "bulletin" else (name,)
        return replace(self, **{name: type(getattr(self, name))() for name in names})

    def __bool__(self) -> bool:
        return self != Filters()


_ADDRESSED = tuple(name for name in Filters.__slots__ if name != "asker")


def _bulletin(name: str) -> Bulletin | None:
    return next((one for one in catalogue.taxonomy().bulletins if one.id == name), None) if name else None


@dataclass(frozen=True, slots=True)
class Page:
    """Stories of the queue, and what comes after them."""

    stories: list[Story]
    more: bool
    #: How many match in all, counted no further than MANY and one.
    matching: int


def waiting(now: datetime) -> QuerySet[Story]:
    """Every story that waits at `now`, in no order."""
    return Story.objects.filter(Q(queue=Story.Queue.WAITING) | _returned(now))


def count(filters: Filters, now: datetime, most: int | None = None) -> int:
    """How many match; counted no further than `most`, since past that nobody reads the number but everybody waits for it."""
    parts = [_newest(filters, now)] if filters.state else _waiting(filters, now)
    counts = (part[:most].count() for part in parts)
    return sum(counts) if most is None else min(sum(counts), most)


def page(filters: Filters, now: datetime, after: int | None = None, size: int = PAGE) -> Page:
    """A page of the queue: the likeliest first, the newest first among equals, untagged ones last.

    Where the filters ask for a state, the newest first. `after` is the id of the last story of the page before. It
    works wherever that story stands by now, so what is decided in the meantime neither skips nor repeats others.

    This week's sample from below the line stands among the stories of the first page, and on no other; under
    filters, and when its week is over, at its own place.
    """
    sampled = [] if filters else drawn_this_week(now)
    # So many more ids cost less than to count them in a query of their own.
    found = _ids(filters, now, after, size + 1 if after else max(size, MANY) + 1, sampled)
    shown = found[:size]
    if sampled and after is None:
        shown = _slipped_in(shown, list(waiting(now).filter(pk__in=sampled).values_list("pk", flat=True)))
    cards = {story.pk: story for story in with_cards(Story.objects.filter(pk__in=shown))}
    matching = count(filters, now, MANY + 1) if after else min(len(found) + len(sampled), MANY + 1)
    return Page([cards[pk] for pk in shown if pk in cards], len(found) > size, matching)


def ids(filters: Filters, now: datetime, after: int | None = None, size: int = PAGE) -> list[int]:
    """The ids of a page's stories, in its order, without what their cards would cost; no sample is slipped in."""
    return _ids(filters, now, after, size, [] if filters else drawn_this_week(now))


def _ids(filters: Filters, now: datetime, after: int | None, size: int, left_out: list[int]) -> list[int]:
    last = Story.objects.filter(id=after).first() if after else None
    if filters.state:
        behind = Q(id__lt=last.pk) if last else Q()
        return list(_newest(filters, now).filter(behind).values_list("id", flat=True)[:size])
    found: list[int] = []
    # What has no relevance yet stands last, and is only looked for where the page has room left.
    for is_rated in (False,) if last and last.relevance is None else (True, False):
        if len(found) < size:
            found += _walk(filters, now, last, size - len(found), left_out, is_rated=is_rated)
    return found


def _walk(
    filters: Filters, now: datetime, last: Story | None, size: int, left_out: list[int], *, is_rated: bool
) -> list[int]:
    """The ids of what waits behind `last` and has a relevance, or has none.

    Two walks along the index (queue, -relevance, -first_seen_at), each ending after a page: an OR of the two would sort the
    whole queue, and so would one order for both, for PostgreSQL's index has what has no relevance first. That is hardly
    ever more than what came this minute: one query finds it.
    """
    parts = _waiting(filters, now)
    walks = [
        part.exclude(pk__in=left_out)
        .filter(_behind(last, is_rated=is_rated), relevance__isnull=not is_rated)
        .order_by("-relevance", "-first_seen_at", "id")
        .values_list("relevance", "first_seen_at", "id")[:size]
        for part in (parts if is_rated else [parts[0] | parts[1]])
    ]
    return [story for _relevance, _seen_at, story in islice(merge(*walks, key=_place), size)]


def _slipped_in(stories: list[int], sample: list[int]) -> list[int]:
    """The stories with the sample among them at even distances, never last where a page follows."""
    step = len(stories) // (len(sample) + 1)
    mixed = list(stories)
    for place, one in enumerate(sample, 1):
        mixed.insert(place * step + place - 1, one)
    return mixed


def with_cards(stories: QuerySet[Story]) -> QuerySet[Story]:
    """The stories with everything that their cards show, in as few queries as there are kinds of it."""
    return (
        stories.select_related("lead__assessment__nearest__issue", "sample", "assignment__assignee")
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


def _waiting(filters: Filters, now: datetime) -> list[QuerySet[Story]]:
    """What waits and matches, in two parts of which each has an index in its order."""
    return [
        _matching(Story.objects.filter(queue=Story.Queue.WAITING), filters, Story.Queue.WAITING, now),
        _matching(Story.objects.filter(_returned(now)), filters, Story.Queue.LATER, now),
    ]


def _matching(stories: QuerySet[Story], filters: Filters, state: str, now: datetime) -> QuerySet[Story]:
    asked = _asked(filters)
    if asked is None:
        return stories.none()
    if asked:
        # The state is said to the index once more: of all that hold a common word, it gives the few that wait.
        stories = stories.filter(pk__in=found_by(every([has("queue", state), *asked])))
    return _in_rows(stories, filters, now)


def _newest(filters: Filters, now: datetime) -> QuerySet[Story]:
    """What stands where the filters say, decided or not, the newest first."""
    asked = _asked(filters)
    if asked is None:
        return Story.objects.none()
    stories = _in_rows(Story.objects.all(), filters, now)
    if filters.state == Story.Queue.LATER:
        stories = stories.filter(later_until__gt=now)
    if filters.state != "all":
        asked.append(has("queue", filters.state))
    return newest_found_by(stories, every(asked)) if asked else stories.order_by("-id")


def _in_rows(stories: QuerySet[Story], filters: Filters, now: datetime) -> QuerySet[Story]:
    """What the index does not know: the times, and whose a story is."""
    if filters.days:
        stories = stories.filter(first_seen_at__gte=now - timedelta(days=filters.days))
    if filters.who == NOBODY:
        stories = stories.filter(assignment=None)
    elif filters.who:
        owner = filters.asker or 0 if filters.who == ME else int(filters.who)
        stories = stories.filter(assignment__assignee=owner)
    return stories


def _asked(filters: Filters) -> list[Question] | None:
    """What the filters ask of the index; None where they ask for what cannot be."""
    asked = list(_parts(filters))
    wanted = [one for one in asked if one is not None]
    return wanted if len(wanted) == len(asked) else None


def _parts(filters: Filters) -> Iterator[Question | None]:
    if filters.q:
        yield question(filters.q)
    if filters.bulletin:
        bulletin = _bulletin(filters.bulletin)
        yield in_bulletin(bulletin, filters.section) if bulletin else None
    for name in ("topic", "region", "source", "lang", "kind"):
        if value := getattr(filters, name):
            yield has(name, value)


def _place(row: tuple[float | None, datetime, int]) -> tuple[float, float, int]:
    relevance, first_seen_at, story = row
    return -(relevance or 0), -first_seen_at.timestamp(), story


def _behind(last: Story | None, *, is_rated: bool) -> Q:
    if last is None or (last.relevance is not None and not is_rated):
        return Q()
    seen = Q(first_seen_at__lt=last.first_seen_at) | Q(first_seen_at=last.first_seen_at, id__gt=last.pk)
    if not is_rated:
        # Said without the OR, where the index begins.
        return Q(first_seen_at__lte=last.first_seen_at) & seen
    return Q(relevance__lte=last.relevance) & (Q(relevance__lt=last.relevance) | seen)
