"""Pure: which days are holidays where a source's people work."""

from datetime import date
from functools import cache

import holidays

#: Publishers of many countries keep no one's holidays.
_NOWHERE = {"", "INT", "EU"}
#: Japanese offices close from 29 December to 3 January, though the law calls only one of the days a holiday.
_YEAR_END = {(12, 29), (12, 30), (12, 31), (1, 2), (1, 3)}


@cache
def _calendar(country: str) -> holidays.HolidayBase | None:
    try:
        return holidays.country_holidays(country, expand=True) if country not in _NOWHERE else None
    except NotImplementedError:
        return None


@cache
def is_holiday(country: str, day: date) -> bool:
    """Whether offices of a country (ISO 3166) rest on a day that is no weekend; False for countries not known.

    Years are added as they are asked for; moved and substitute holidays are the library's (`holidays`).
    """
    calendar = _calendar(country)
    if calendar is None:
        return False
    return day in calendar or (country == "JP" and (day.month, day.day) in _YEAR_END)
