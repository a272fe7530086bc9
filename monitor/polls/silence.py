"""Pure: from when on a source's silence is a fault rather than a quiet time.

Silence is counted in what its rhythm expected, not in hours, so that nights, weekends and holidays cost nothing.
"""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise

from monitor.polls.cadence import HOUR, Rhythm

#: Entries this close together are one find: a press conference, a batch.
TOGETHER = timedelta(hours=1)
#: Before so many finds, over so many days, nothing is usual yet.
LEAST_FINDS, LEAST_SPAN = 8, timedelta(days=7)
#: One false alarm a source in so many months, were finds to come by pure chance.
_MONTHS = 1200
#: How much steadier or wilder than chance a source may be taken to be.
_STEADIEST, _WILDEST = 0.4, 3.0
#: No silence is looked for further ahead than this.
_HORIZON = timedelta(days=120)
#: Hours that are looked at together: most silences are over sooner.
_A_LOOK = 7 * 24


def late_at(times: Sequence[datetime], rhythm: Rhythm, last: datetime) -> datetime | None:
    """From when on silence since `last` is suspicious; None while too little is known, or where it is far off.

    `times` are when entries appeared, in order. The longest past silence, against what pure chance (a Poisson process)
    would have made it, tells how steady the source is.
    """
    finds = _finds(times)
    if len(finds) < LEAST_FINDS or finds[-1] - finds[0] < LEAST_SPAN:
        return None
    span = finds[-1] - finds[0]
    gaps = _expected(rhythm, finds)
    # What one find is worth in the rhythm's entries.
    worth = max(sum(gaps) / len(gaps), 1e-6)
    longest = max(gaps) / worth
    by_chance = math.log(len(gaps)) + 0.58
    steadiness = min(max(longest / by_chance, _STEADIEST), _WILDEST)
    a_month = len(gaps) / (span / timedelta(days=30))
    left = (math.log(max(a_month, 1) * _MONTHS) * steadiness) * worth
    return _when(rhythm, last, left)


def _expected(rhythm: Rhythm, finds: Sequence[datetime]) -> list[float]:
    """The entries that a rhythm expects between each find and the next."""
    start = _hour_of(finds[0])
    hours = rhythm.hourly(start, (finds[-1] - start) // HOUR + 1)
    before = [0.0, *accumulate(hours)]
    sums = []
    for at in finds:
        full, rest = divmod(at - start, HOUR)
        sums.append(before[full] + hours[full] * (rest / HOUR))
    return [two - one for one, two in pairwise(sums)]


def _when(rhythm: Rhythm, start: datetime, expected: float) -> datetime | None:
    """When so many entries are to be expected since `start`."""
    at = start
    hour = _hour_of(start)
    while hour < start + _HORIZON:
        for rate in rhythm.hourly(hour, _A_LOOK):
            until = hour + HOUR
            here = rate * ((until - at) / HOUR)
            if here >= expected:
                return at + (until - at) * (expected / here)
            expected -= here
            at = hour = until
    return None


def _hour_of(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _finds(times: Sequence[datetime]) -> list[datetime]:
    finds: list[datetime] = []
    for at in times:
        if not finds or at - finds[-1] >= TOGETHER:
            finds.append(at)
    return finds
