"""Pure: the numbers that bulletins count by, and the days on which a number appears and its articles are due."""

import re
from collections.abc import Iterable
from datetime import date, timedelta

from review.issues.calendar import rests

#: Articles are due so many working days before the issue appears: layout, proofs and printing want them.
LAYOUT_DAYS = 3
#: How many numbers of a year a cadence counts, where it counts within years.
_A_YEAR = {"monthly": 12, "biweekly": 24}
_SECOND_HALF = 16


def next_number(cadence: str, taken: Iterable[str], today: date) -> str:
    """The number to open next: `2026-12` of a monthly, `2026-23` of one that appears twice a month.

    It follows the last one, unless that was so long ago that numbers are missing in between; then it is the one that
    comes after today. A bulletin that counts by neither counts on from its highest number.
    """
    if cadence not in _A_YEAR:
        return str(max((int(number) for number in taken if number.isdecimal()), default=0) + 1)
    current = _period(cadence, today)
    last = max((key for number in taken if (key := _key(number))), default=None)
    following = _after(cadence, last) if last else None
    year, place = following if following and following >= current else _after(cadence, current)
    return f"{year}-{place:02}"


def sort_key(number: str) -> tuple[int, ...]:
    """By which numbers stand in the order of their appearance."""
    return tuple(int(part) for part in re.findall(r"\d+", number)) or (0,)


def publication_day(cadence: str, number: str) -> date | None:
    """When the number would appear: the first working day of its month or half month; None where it tells no time."""
    key = _key(number)
    if key is None or not 1 <= key[1] <= _A_YEAR.get(cadence, 0):
        return None
    year, place = key
    if cadence == "monthly":
        return _workday(date(year, place, 1))
    return _workday(date(year, (place + 1) // 2, 1 if place % 2 else _SECOND_HALF))


def deadline_day(published_on: date) -> date:
    """When articles for an issue of that day are due: `LAYOUT_DAYS` working days before."""
    day = published_on
    for _n in range(LAYOUT_DAYS):
        day = _workday(day - timedelta(days=1), back=True)
    return day


def _key(number: str) -> tuple[int, int] | None:
    found = re.fullmatch(r"(\d{4})-(\d{1,2})", number)
    return (int(found[1]), int(found[2])) if found else None


def _period(cadence: str, day: date) -> tuple[int, int]:
    if cadence == "monthly":
        return day.year, day.month
    return day.year, 2 * day.month - (1 if day.day < _SECOND_HALF else 0)


def _after(cadence: str, key: tuple[int, int]) -> tuple[int, int]:
    year, place = key
    return (year, place + 1) if place < _A_YEAR[cadence] else (year + 1, 1)


def _workday(day: date, *, back: bool = False) -> date:
    """The day, or the next one (or with `back` the last one before) on which the house works."""
    while rests(day):
        day += timedelta(days=-1 if back else 1)
    return day
