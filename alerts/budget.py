"""Pure: from which relevance on about so many stories a day come, and what last week would have brought by that.

The threshold is the one whose number of stories last week comes nearest to the budget times the days; of two that are
as near, the one that brings fewer. The most relevant come however many are alike: a budget is no way to hear nothing.
What words alone bring comes in any case, and uses the budget up like the rest.
"""

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

#: The score of what comes whatever its relevance.
ALWAYS = math.inf
#: How many stories a back-test names on either side of the line.
EXAMPLES = 5
#: How far a back-test looks back.
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A story that some rule names, whatever its relevance."""

    story: int
    title: str
    lang: str
    first_seen_at: datetime
    relevance: float
    #: What a budget's threshold is held against: the relevance, `ALWAYS` for words alone, or None where the rules' own
    #: least relevance keeps it out.
    score: float | None


@dataclass(frozen=True, slots=True)
class Backtest:
    """What rules would have brought on some days."""

    #: Each day with its number, the first day first.
    days: tuple[tuple[date, int], ...]
    #: Whether these are whole days. In the first two days of a new installation there are none yet.
    whole: bool
    #: The threshold of the budget; None where there is no budget.
    relevance: float | None
    #: The most relevant that would have come, and those that were nearest to it.
    top: tuple[Wanted, ...]
    below: tuple[Wanted, ...]

    @property
    def total(self) -> int:
        """How many stories of all days."""
        return sum(count for _day, count in self.days)

    @property
    def daily(self) -> float:
        """Stories a day on average; 0 where there is no day yet."""
        return self.total / len(self.days) if self.days else 0.0


def days_of(begun_at: datetime | None, now: datetime, zone: ZoneInfo) -> tuple[tuple[date, ...], bool]:
    """The recipient's last seven whole days, and True; where there is none yet, the days so far, and False.

    The very first day, on which `begun_at` lies, does not count as one: it brings what had gathered before.
    """
    if begun_at is None:
        return (), False
    first, today = begun_at.astimezone(zone).date(), now.astimezone(zone).date()
    whole = [today - timedelta(days=back) for back in range(WEEK.days, 0, -1)]
    whole = [day for day in whole if day > first]
    if whole:
        return tuple(whole), True
    return tuple(first + timedelta(days=ahead) for ahead in range((today - first).days + 1)), False


def threshold(scores: Collection[float], budget: int, days: int) -> float:
    """The relevance from which on nearest to `budget` stories a day come; 0 where all are not too many."""
    ranked = sorted(scores)
    room = budget * days
    if len(ranked) <= room:
        return 0.0
    finite = sorted({score for score in ranked if score != ALWAYS}, reverse=True)
    if ranked.count(ALWAYS) >= room:
        return math.nextafter(finite[0], ALWAYS) if finite else 0.0
    return min(finite, key=lambda step: abs(len(ranked) - bisect_left(ranked, step) - room))


def back_test(
    stories: Sequence[Wanted],
    budget: int | None,
    days: Sequence[date],
    zone: ZoneInfo,
    *,
    whole: bool,
    unknown: float,
) -> Backtest:
    """What would have come on these days. A budget that no whole day can be asked about yet lets `unknown` decide."""
    seen = [(story, story.first_seen_at.astimezone(zone).date()) for story in stories]
    seen = [(story, day) for story, day in seen if day in days]
    relevance = None
    if budget is not None:
        scores = [story.score for story, _day in seen if story.score is not None]
        relevance = threshold(scores, budget, len(days)) if whole else unknown
    counts: Counter[date] = Counter()
    came, left = [], []
    for story, day in seen:
        if story.score is not None and story.score >= (relevance or 0.0):
            counts[day] += 1
            came.append(story)
        else:
            left.append(story)
    return Backtest(
        days=tuple((day, counts[day]) for day in days),
        whole=whole,
        relevance=relevance,
        top=_best(came),
        below=_best(left),
    )


def _best(stories: Sequence[Wanted]) -> tuple[Wanted, ...]:
    return tuple(sorted(stories, key=lambda story: (-story.relevance, story.story))[:EXAMPLES])
