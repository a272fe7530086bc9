"""Pure: the hours in which nobody is to be woken, by the recipient's own clock."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.i18n import _

_HOURS = re.compile(
    r"(?P<h1>\d{1,2})\s*(?::\s*(?P<m1>\d\d)|시)?\s*[-~–]\s*(?P<h2>\d{1,2})\s*(?::\s*(?P<m2>\d\d)|시)?"
)


def quiet_end(at: datetime, begins: time | None, ends: time | None, zone: ZoneInfo) -> datetime | None:
    """When the quiet hours that `at` lies in are over; None where it lies in none.

    They last from one to the other, across midnight where the end is not after the beginning. In a night in which the
    clock goes back they begin with the first of two equal hours and end with the second, and where it skips the hour in
    which they begin or end they are the longer for it: whenever a clock on the wall says that it is quiet, it is.
    """
    if begins is None or ends is None or begins == ends:
        return None
    today = at.astimezone(zone).date()
    for day in (today, today - timedelta(days=1)):
        until = max(_instants(day + timedelta(days=ends < begins), ends, zone))
        if min(_instants(day, begins, zone)) <= at < until:
            return until
    return None


def _instants(day: date, clock: time, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """What a wall clock's reading may mean: the same instant twice, but where the clock is being changed."""
    local = datetime.combine(day, clock, zone)
    return local.replace(fold=0).astimezone(UTC), local.replace(fold=1).astimezone(UTC)


def parse_hours(text: str) -> tuple[time, time]:
    """The two times that "22:00-07:00" or "22시~7시" writes.

    Raises:
        ValueError: it writes none, or the same twice; with the sentence for it.
    """
    match = _HOURS.fullmatch(text.strip())
    begins, ends = (
        (_clock(match["h1"], match["m1"]), _clock(match["h2"], match["m2"])) if match else (None, None)
    )
    if begins is None or ends is None or begins == ends:
        raise ValueError(
            _('"{given}" 은(는) 시간대가 아닙니다. 22:00-07:00 처럼 적으십시오.').format(given=text)
        )
    return begins, ends


def _clock(hour: str, minute: str | None) -> time | None:
    """The time of a day; midnight for 24:00."""
    hours, minutes = int(hour), int(minute or 0)
    return time(hours % 24, minutes) if minutes < 60 and hours * 60 + minutes <= 24 * 60 else None


def hours_text(begins: time, ends: time) -> str:
    """The hours as `parse_hours` reads them: "22:00-07:00"."""
    return f"{begins:%H:%M}-{ends:%H:%M}"
