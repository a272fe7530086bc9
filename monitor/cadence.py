"""Pure: when a source is due again."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from monitor.errors import FetchFault, ParseFault
from monitor.sources import Interval

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

#: The first rest after each kind of failure; it doubles with every failure in a row. None is for good: "active feeds
#: do return 404 and come back to life" (Media Cloud).
_FIRST_REST: dict[FetchFault | ParseFault | None, timedelta] = {
    FetchFault.NETWORK: 2 * MINUTE,
    FetchFault.TIMEOUT: 5 * MINUTE,
    FetchFault.HTTP: 10 * MINUTE,
    FetchFault.BLOCKED: 2 * HOUR,
    FetchFault.GONE: DAY,
}
_OTHER_REST = 30 * MINUTE
_LONGEST_REST = DAY
#: Sources on our own network are asked again soon whatever went wrong: no stranger's patience is at stake.
_OWN_LEAST = 5 * MINUTE


def next_poll_at(
    *,
    now: datetime,
    interval: Interval,
    failures: int,
    fault: FetchFault | ParseFault | None,
    retry_after: timedelta | None,
    recent_new_at: Sequence[datetime],
    jitter: float,
) -> datetime:
    """When a source is due again: never sooner than its server asked (Retry-After, RFC 9110 section 10.2.3).

    Between its least and its greatest interval by how often it publishes; after failures in a row by a back-off that
    grows to a day. `recent_new_at` is when something new was found, newest first; `jitter` in [0, 1) spreads polls
    that would otherwise fall on one moment.
    """
    wait = _rest(interval, failures, fault) if failures else _rhythm(now, interval, recent_new_at)
    wait *= 1 + 0.1 * jitter
    return now + max(wait, retry_after or timedelta(0))


def _rhythm(now: datetime, interval: Interval, recent_new_at: Sequence[datetime]) -> timedelta:
    """A quarter of the usual gap between finds, or of the present silence where that is longer."""
    if not recent_new_at:
        return max(interval.min, min(interval.max, 2 * interval.min))
    span = recent_new_at[0] - recent_new_at[-1]
    gap = span / (len(recent_new_at) - 1) if len(recent_new_at) > 1 else timedelta(0)
    silence = now - recent_new_at[0]
    return max(interval.min, min(interval.max, max(gap, silence) / 4))


def _rest(interval: Interval, failures: int, fault: FetchFault | ParseFault | None) -> timedelta:
    first = max(_FIRST_REST.get(fault, _OTHER_REST), interval.min)
    longest = _LONGEST_REST
    if interval.min < _OWN_LEAST:
        first, longest = interval.min, min(max(interval.max, interval.min), MINUTE)
    return min(first * 2 ** min(failures - 1, 16), max(longest, interval.min))
