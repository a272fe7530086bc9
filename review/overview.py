"""What the pictures show: counts by day, hour, topic and source.

Every query walks one index over a bounded span of time; docs/decisions/bursts.md says what that costs.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import CharField, Count, Func, Q

from classifiers.evaluating.quality import Share
from classifiers.models import PastArticle, PastIssue, Tag
from monitor.models import Entry, Incident, Story
from monitor.polls.health import FAULTY
from review.charts.bursts import Burst, bursts
from review.models import Decision
from review.quality.month import Decided
from review.quality.sampling import LINE

#: What counts as an answer of the model's: likely, even, unlikely. The lowest edge is 0.
EDGES = (0.0, 0.4, 0.7, 1.0)
#: Into how many bands of relevance decisions are sorted.
TENTHS = 10


@dataclass(frozen=True)
class Days:
    """Days of the editors' zone, of which today is the last."""

    days: tuple[date, ...]
    zone: ZoneInfo

    @classmethod
    def until(cls, now: datetime, zone: ZoneInfo, length: int) -> "Days":
        """The last `length` days of the zone's calendar, today among them."""
        today = now.astimezone(zone).date()
        return cls(tuple(today - timedelta(days=ago) for ago in range(length - 1, -1, -1)), zone)

    @cached_property
    def edges(self) -> list[datetime]:
        """Each day's first instant, and that of tomorrow."""
        return [
            datetime.combine(day, time.min, self.zone).astimezone(UTC)
            for day in (*self.days, self.days[-1] + timedelta(days=1))
        ]

    @property
    def spans(self) -> Iterable[tuple[int, datetime, datetime]]:
        """Each day's place, with its first instant and the next day's."""
        return ((at, start, end) for at, (start, end) in enumerate(pairwise(self.edges)))

    def place(self, at: datetime) -> int | None:
        """Which of the days an instant falls on; none of them, where it is before or after."""
        place = (at.astimezone(self.zone).date() - self.days[0]).days
        return place if 0 <= place < len(self.days) else None


@dataclass(frozen=True, slots=True)
class TopicDays:
    """How many entries a day there were of each topic, and of all."""

    topics: dict[str, list[int]]
    totals: list[int]

    def of(self, topic: str) -> list[int]:
        """How many entries of the topic there were on each of the days; zeros for one that had none."""
        return self.topics.get(topic, [0] * len(self.totals))

    def bursts(self, topic: str) -> list[Burst]:
        """When there was more of the topic than usual, in order."""
        return bursts(self.of(topic), self.totals)

    def bursting(self, since: int) -> list[tuple[str, Burst]]:
        """The topics with a burst that lasts to the day at place `since` or beyond, the heaviest first."""
        last = {topic: found[-1] for topic in self.topics if (found := self.bursts(topic))}
        now = [(topic, burst) for topic, burst in last.items() if burst.last >= since]
        return sorted(now, key=lambda one: (-one[1].weight, one[0]))


def topic_days(days: Days) -> TopicDays:
    """Entries by topic and by the day on which we first saw them; a topic that an editor took away is not counted."""
    topics: dict[str, list[int]] = defaultdict(lambda: [0] * len(days.days))
    totals = [0] * len(days.days)
    for at, start, end in days.spans:
        seen = {"entry__first_seen_at__gte": start, "entry__first_seen_at__lt": end}
        totals[at] = Entry.objects.filter(first_seen_at__gte=start, first_seen_at__lt=end).count()
        for topic, n in Tag.objects.filter(**seen).values_list("topic").annotate(n=Count("*")).order_by():
            topics[topic][at] = n
    for topic, place in _taken_away(days):
        topics[topic][place] -= 1
    return TopicDays(dict(topics), totals)


def _taken_away(days: Days) -> Iterable[tuple[str, int]]:
    """The topics that editors took away from entries of these days."""
    # `> 0` rather than "is not null": by that SQLite finds the few tags of editors in their index.
    taken = list(Tag.objects.filter(editor_id__gt=0, probability=0).values_list("topic", "entry_id"))
    entries = Entry.objects.filter(pk__in=[entry for _topic, entry in taken])
    seen = dict(entries.filter(first_seen_at__gte=days.edges[0]).values_list("pk", "first_seen_at"))
    for topic, entry in taken:
        place = days.place(seen[entry]) if entry in seen else None
        if place is not None:
            yield topic, place


def source_days(days: Days, sources: Sequence[str]) -> dict[str, list[int]]:
    """How many entries each of the sources brought on each of the days."""
    counts: dict[str, list[int]] = {source: [0] * len(days.days) for source in sources}
    for at, start, end in days.spans:
        # Named one by one, so that the index (source, first_seen_at) answers alone.
        rows = Entry.objects.filter(source_id__in=sources, first_seen_at__gte=start, first_seen_at__lt=end)
        for source, n in rows.values_list("source_id").annotate(n=Count("*")).order_by():
            counts[source][at] = n
    return counts


def faulty_days(days: Days) -> dict[str, set[int]]:
    """On which days each source was out of order, by its incidents."""
    found: dict[str, set[int]] = defaultdict(set)
    open_then = Q(closed_at=None) | Q(closed_at__gte=days.edges[0])
    rows = Incident.objects.filter(open_then, opened_at__lt=days.edges[-1], state__in=FAULTY)
    for source, opened_at, closed_at in rows.values_list("source_id", "opened_at", "closed_at"):
        found[source].update(
            at
            for at, start, end in days.spans
            if opened_at < end and (closed_at is None or closed_at >= start)
        )
    return dict(found)


class _Hour(Func):
    """A time's UTC hour as text, 2026-11-21 06: what the index holds, cut short."""

    output_field = CharField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        """The first 13 characters: Django keeps times in SQLite as ISO 8601 text in UTC."""
        return super().as_sql(compiler, connection, template="SUBSTR(%(expressions)s, 1, 13)", **extra)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        """The same text by PostgreSQL's TO_CHAR."""
        template = "TO_CHAR(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24')"
        return super().as_sql(compiler, connection, template=template, **extra)


def hours_of_week(days: Days, source: str = "") -> list[list[int]]:
    """Entries by weekday, Monday first, and hour; of one source, or of all."""
    entries = Entry.objects.filter(first_seen_at__gte=days.edges[0], first_seen_at__lt=days.edges[-1])
    if source:
        entries = entries.filter(source_id=source)
    week = [[0] * 24 for _weekday in range(7)]
    rows = entries.annotate(hour=_Hour("first_seen_at")).values_list("hour").annotate(n=Count("*")).order_by()
    for hour, n in rows:
        local = datetime.strptime(hour, "%Y-%m-%d %H").replace(tzinfo=UTC).astimezone(days.zone)
        week[local.weekday()][local.hour] += n
    return week


@dataclass(frozen=True, slots=True)
class Work:
    """What came into the queue each day, and what editors did with it."""

    likely: list[int]
    unlikely: list[int]
    accepted: list[int]
    rejected: list[int]
    put_off: list[int]


def work(days: Days) -> Work:
    """Stories by the day they came and by whether they stand above the line; decisions by the day they were made."""
    length = len(days.days)
    found = Work(*([0] * length for _part in range(5)))
    choices = {
        Decision.Choice.ACCEPT: found.accepted,
        Decision.Choice.REJECT: found.rejected,
        Decision.Choice.LATER: found.put_off,
    }
    for at, start, end in days.spans:
        came = Story.objects.filter(first_seen_at__gte=start, first_seen_at__lt=end).aggregate(
            all=Count("pk"), likely=Count("pk", filter=Q(relevance__gte=LINE))
        )
        found.likely[at], found.unlikely[at] = came["likely"], came["all"] - came["likely"]
        made = Decision.objects.filter(decided_at__gte=start, decided_at__lt=end, choice__in=choices)
        for choice, n in made.values_list("choice").annotate(n=Count("*")).order_by():
            choices[Decision.Choice(choice)][at] = n
    return found


@dataclass(frozen=True, slots=True)
class Covered:
    """How many articles of each topic the last issues of a bulletin had, the oldest issue first."""

    issues: list[PastIssue]
    topics: dict[str, list[int]]


def covered(bulletin: str, most: int) -> Covered:
    """The last `most` issues of a bulletin by their numbers, as dates are not always known."""
    known = PastIssue.objects.filter(bulletin=bulletin)
    # Numbers that begin with a year sort by it; dates are not always known.
    issues = sorted(known, key=lambda issue: (_digits(issue.number), issue.pk))[-most:]
    places = {issue.pk: at for at, issue in enumerate(issues)}
    topics: dict[str, list[int]] = defaultdict(lambda: [0] * len(issues))
    for issue, named in PastArticle.objects.filter(issue__in=places).values_list("issue_id", "topics"):
        for topic in named:
            topics[topic][places[issue]] += 1
    return Covered(issues, dict(topics))


def _digits(number: str) -> list[int]:
    return [int(part) for part in "".join(c if c.isascii() and c.isdigit() else " " for c in number).split()]


def tenths(decided: Iterable[Decided]) -> list[Share]:
    """Which share of the stories in each tenth of relevance was accepted, the lowest tenth first."""
    parts, wholes = [0] * TENTHS, [0] * TENTHS
    for story in decided:
        at = min(int(story.relevance * TENTHS), TENTHS - 1)
        parts[at] += story.accepted
        wholes[at] += 1
    return [Share(part, whole) for part, whole in zip(parts, wholes, strict=True)]


@dataclass(frozen=True, slots=True)
class Weeks:
    """Shares of accepted stories week after week, a list for each band of `EDGES`, the likeliest first."""

    mondays: list[date]
    bands: list[list[Share]]


def weekly(decided: Iterable[Decided], now: datetime, zone: ZoneInfo, length: int) -> Weeks:
    """How many of those that were decided in each of the last weeks were accepted."""
    today = now.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    mondays = [monday - timedelta(weeks=ago) for ago in range(length - 1, -1, -1)]
    wholes: Counter[tuple[int, int]] = Counter()
    parts: Counter[tuple[int, int]] = Counter()
    for story in decided:
        week = (story.decided_at.astimezone(zone).date() - mondays[0]).days // 7
        place = (_band(story.relevance), week)
        wholes[place] += 1
        parts[place] += story.accepted
    return Weeks(
        mondays,
        [
            [Share(parts[band, week], wholes[band, week]) for week in range(length)]
            for band in range(len(EDGES) - 2, -1, -1)
        ],
    )


def _band(relevance: float) -> int:
    return max(at for at, edge in enumerate(EDGES[:-1]) if relevance >= edge)
