"""Pure: when a source's entries appeared, from which its rhythm is learned."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.documents import DateConfidence
from monitor.polls.cadence import MEMORY

#: Entries that are looked at: the newest so many tell a rhythm well enough.
MOST = 600
#: An entry that its feed dates further back than this was put there late: it appeared when we saw it.
_CREDIBLE = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Seen:
    """When one entry appeared: as we saw it, and as its feed says."""

    first_seen_at: datetime
    published_at: datetime | None
    confidence: str  #: a word of `monitor.documents.DateConfidence`


@dataclass(frozen=True, slots=True)
class History:
    """When entries appeared, in order; all since `since` are known."""

    times: tuple[datetime, ...]
    since: datetime
    newest_at: datetime | None  #: the last sign of life


def history_of(seen: Sequence[Seen], begun: datetime, now: datetime) -> History:
    """The history of entries, newest first, of a source whose first ones were stored at `begun`.

    What stood in the first document appeared when it says, not when we came; without a date it says nothing. A date
    without a time is spread over the working day.
    """
    times = []
    newest: datetime | None = None
    for number, one in enumerate(seen):
        first = one.first_seen_at == begun
        at = appeared(one.first_seen_at, one.published_at, first=first)
        if at is None:
            continue
        newest = max(newest or at, at)
        if one.confidence == DateConfidence.DAY and first:
            at += timedelta(hours=10 + number % 8)
        elif one.published_at and one.confidence != DateConfidence.DAY:
            credible = one.first_seen_at - one.published_at <= _CREDIBLE
            at = one.published_at if first or credible else one.first_seen_at
        times.append(min(at, now))
    times.sort()
    if newest is None and seen:
        # The first document had no dates: it was alive when we came.
        newest = begun
    whole = len(seen) >= MOST or any(one.first_seen_at == begun and one.published_at for one in seen)
    since = times[0] if times and whole else min(begun, now)
    return History(tuple(times), max(since, now - MEMORY), newest)


def appeared(first_seen_at: datetime, published_at: datetime | None, *, first: bool) -> datetime | None:
    """When an entry appeared: one of a source's `first` document when it says, if it does; any other when we saw it."""
    return published_at if first else first_seen_at
