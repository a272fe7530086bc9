"""Pure: when a summary is due, and what time it covers. Days are the recipient's own, of 23, 24 or 25 hours."""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

#: A summary that was missed yesterday waits for today's where that is so near: one good message, not two.
PATIENCE = timedelta(hours=3)
#: The first summary ever covers no more, so far as the recipient was there.
FIRST = timedelta(hours=24)
#: No summary reaches back further, however long the machine slept.
MEMORY = timedelta(days=14)
#: Why a summary that never left was given up.
TOLD_BY_NEXT = "told by the next summary"
#: Begins the error of one that may have arrived (`alerts.ledger`, `alerts.channels.mail`).
PERHAPS = "perhaps twice"


def occasion(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The instant of a day's summary.

    A time that the clocks skip that day comes as much later as they skip; of one that comes twice the first counts
    (PEP 495, fold=0).
    """
    return datetime.combine(day, at.replace(fold=0), zone).astimezone(UTC)


def due_day(now: datetime, at: time, zone: ZoneInfo, made: Collection[date], since: datetime) -> date | None:
    """The day whose summary is to be made now; None where none is.

    `made` are the days of the last summaries, `since` when the recipient came. Today's once its time has come; else
    yesterday's, where the machine slept through its time. Earlier days are covered by the same one.
    """
    today = now.astimezone(zone).date()
    if today in made:
        return None
    next_at = occasion(today, at, zone)
    if next_at <= now:
        return today if since < next_at else None
    yesterday = today - timedelta(days=1)
    # A day that a place skipped, as it moved across the date line, has not been and is not missed.
    missed = yesterday not in made and since < occasion(yesterday, at, zone) <= now
    return yesterday if missed and next_at - now > PATIENCE else None


def covers_from(
    covered_to: datetime | None, since: datetime, occasion_at: datetime, now: datetime
) -> datetime:
    """From when on a summary tells what came: where the last one that arrived left off.

    A mark in the future is a wrong clock's, and counts for nothing.
    """
    if covered_to is None or covered_to > now:
        covered_to = min(occasion_at, now) - FIRST
    return max(covered_to, since, now - MEMORY)
