"""The weekly sample: a few stories from below the line, slipped into the queue to estimate what is missed there."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from alerts.rules import DEFAULT_MIN_RELEVANCE
from classifiers.evaluating.quality import Missed, missed
from monitor.config import settings
from monitor.logs import logger
from monitor.models import Story
from review.models import Sample

#: The queue hides nothing, it only sorts. Below this no alert is sent by default: that is where news goes unseen.
LINE = DEFAULT_MIN_RELEVANCE
#: How many stories a week.
SIZE = 5
#: The share of wanted ones is taken over this many weeks of samples: five stories alone say next to nothing.
MEMORY = timedelta(weeks=12)


@dataclass(frozen=True, slots=True)
class Week:
    """An ISO week: Monday's first instant to the next Monday's, in the editors' zone."""

    name: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class LastWeek:
    """What came last week, and how much of it is thought to be missed."""

    #: Stories first seen then; how many of them somebody decided on.
    stories: int
    decided: int
    #: How many stood below the line undecided, how many of these were drawn, and how many of those wait still.
    below: int
    drawn: int
    waiting: int
    missed: Missed


def week_of(at: datetime, zone: ZoneInfo) -> Week:
    """The ISO 8601 week that an instant lies in, by the zone's clock."""
    day = at.astimezone(zone)
    year, number, weekday = day.isocalendar()
    monday = day.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=weekday - 1)
    return Week(f"{year}-W{number:02}", monday.astimezone(UTC), (monday + timedelta(days=7)).astimezone(UTC))


def draw(now: datetime) -> int:
    """How many stories were drawn: a few of last week's below the line in the first call of a week, then none.

    The week's name seeds the draw, so it can be repeated, and nobody picked.
    """
    zone = settings().timezone
    week = week_of(now, zone)
    if Sample.objects.filter(week=week.name).exists():
        return 0
    before = week_of(week.since - timedelta(days=1), zone)
    below = list(_undecided_below(before).order_by("id").values_list("id", flat=True))
    # Chance, not secrecy.
    drawn = Random(week.name).sample(below, min(SIZE, len(below)))  # noqa: S311
    rows = [
        Sample(story_id=story_id, drawn_at=now, week=week.name, place=place, below=len(below))
        for place, story_id in enumerate(drawn)
    ]
    Sample.objects.bulk_create(rows, ignore_conflicts=True)
    if rows:
        logger.info("sample drawn", week=week.name, stories=len(rows), below=len(below))
    return len(rows)


def drawn_this_week(now: datetime) -> list[int]:
    """The ids of the stories in this week's sample."""
    week = week_of(now, settings().timezone)
    return list(Sample.objects.filter(week=week.name).values_list("story_id", flat=True))


def last_week(now: datetime) -> LastWeek | None:
    """What this week's sample says of last week; None while there is none."""
    zone = settings().timezone
    this = week_of(now, zone)
    samples = Sample.objects.filter(drawn_at__gt=now - MEMORY).select_related("story")
    fates = [(sample.week, sample.story.queue, sample.below) for sample in samples]
    drawn = [(queue, below) for week, queue, below in fates if week == this.name]
    if not drawn:
        return None
    accepted = sum(queue == Story.Queue.ACCEPTED for _week, queue, _below in fates)
    rejected = sum(queue == Story.Queue.REJECTED for _week, queue, _below in fates)
    before = week_of(this.since - timedelta(days=1), zone)
    stories = Story.objects.filter(first_seen_at__gte=before.since, first_seen_at__lt=before.until)
    below = drawn[0][1]
    return LastWeek(
        stories=stories.count(),
        decided=stories.exclude(queue=Story.Queue.WAITING).count(),
        below=below,
        drawn=len(drawn),
        waiting=sum(queue in {Story.Queue.WAITING, Story.Queue.LATER} for queue, _below in drawn),
        missed=missed(accepted, accepted + rejected, below),
    )


def _undecided_below(week: Week) -> QuerySet[Story]:
    """Stories of a week that are below the line and that nobody has decided on."""
    return Story.objects.filter(
        queue=Story.Queue.WAITING,
        relevance__lt=LINE,
        first_seen_at__gte=week.since,
        first_seen_at__lt=week.until,
    )
