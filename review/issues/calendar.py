"""Pure: a month as a calendar shows it, with the days on which something is due."""

from calendar import Calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from monitor.polls.workdays import is_holiday
from review.times import YEARS

#: Korean calendars begin on Sundays.
_WEEKS = Calendar(firstweekday=6)
#: Where the bulletins are made.
_HOME = "KR"
_SATURDAY = 5


class What(StrEnum):
    """What falls on a day."""

    DEADLINE = "deadline"
    PUBLICATION = "publication"


@dataclass(frozen=True, slots=True)
class Mark:
    """What falls on a day, and of which issue."""

    on: date
    what: What
    bulletin: str
    number: str
    #: The issue's id.
    issue: int


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the calendar with what falls on it."""

    on: date
    #: Whether it belongs to the month that is shown.
    inside: bool
    is_today: bool
    #: A Sunday or a holiday in South Korea: red in Korean calendars.
    is_holiday: bool
    #: Any other Saturday: blue there.
    is_saturday: bool
    marks: list[Mark]


def rests(day: date) -> bool:
    """Whether nobody works on the day: a weekend, or a holiday in South Korea."""
    return day.weekday() >= _SATURDAY or is_holiday(_HOME, day)


def _is_red(day: date) -> bool:
    return day.weekday() > _SATURDAY or is_holiday(_HOME, day)


def weeks(month: date, marks: Iterable[Mark], today: date) -> list[list[Day]]:
    """The weeks of the month that `month` lies in, each from Sunday to Saturday, filled up with days of its neighbours."""
    by_day: dict[date, list[Mark]] = {}
    for mark in marks:
        by_day.setdefault(mark.on, []).append(mark)
    return [
        [
            Day(
                on=day,
                inside=day.month == month.month,
                is_today=day == today,
                is_holiday=_is_red(day),
                is_saturday=day.weekday() == _SATURDAY and not _is_red(day),
                marks=by_day.get(day, []),
            )
            for day in week
        ]
        for week in _WEEKS.monthdatescalendar(month.year, month.month)
    ]


def month_of(text: str, today: date) -> date:
    """The first day of the month that an address names as `2026-11`; of today's where it names none."""
    try:
        month = date.fromisoformat(f"{text}-01")
    except ValueError:
        return today.replace(day=1)
    return month if month.year in YEARS else today.replace(day=1)


def neighbours(month: date) -> tuple[date, date]:
    """The first days of the month before and of the month after."""
    first = month.replace(day=1)
    return (first - timedelta(days=1)).replace(day=1), (first + timedelta(days=31)).replace(day=1)
