"""Pure: where a scale's lines stand, and which days are named below it."""

import math
from collections.abc import Sequence
from datetime import date

#: Room for so many names of days on a telephone.
NAMED = 9


def ticks(most: float, lines: int = 3) -> list[int]:
    """Round numbers for `lines` lines or fewer above 0, the last no less than `most`."""
    step = max(most, 1) / lines
    power = 10 ** math.floor(math.log10(step))
    rounded = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= step * (1 - 1e-9))
    whole = max(1, math.ceil(rounded))
    return [whole * at for at in range(1, math.ceil(max(most, 1) / whole) + 1)]


def named_days(days: Sequence[date]) -> list[int]:
    """The places of Mondays, or of every second or third of them where there are many."""
    mondays = [at for at, day in enumerate(days) if day.weekday() == 0]
    return mondays[:: math.ceil(len(mondays) / NAMED) or 1]


def day_name(day: date) -> str:
    """A day as the bulletins print it: 11.18."""
    return f"{day.month}.{day.day}"
