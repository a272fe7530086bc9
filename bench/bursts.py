"""Bursts: what Kleinberg's states see of planted bursts, and what they see where none is, beside two z-scores.

Houses are imitated: a topic's entries and all others, weekends a third of the weekdays, the backlog of the first poll on
the first day, more sources from the thirtieth, every third entry told once more by somebody else.
"""

import math
from collections.abc import Callable, Sequence
from random import Random
from statistics import mean, pstdev

from review.charts.bursts import LEAST_ENTRIES, bursts

#: Days that a house is watched, and how many houses each number is the mean of.
DAYS, HOUSES = 56, 150
#: Entries a weekday of the topic, and of all others.
USUAL, OTHERS = (0.5, 2, 6, 20), 200
#: A Wednesday.
PLANTED_ON = 44
#: How many days, and how many times as much as usual.
PLANTED = ((1, 3), (1, 5), (3, 2), (3, 3), (7, 2))
#: Days that a z-score looks back on, and how many of its deviations are a burst.
BASE, DEVIATIONS = 28, 3

Days = Sequence[int]


def main() -> None:
    """Prints how many bursts each method sees where none is, and which share of the planted ones."""
    chance = Random(7)
    methods: dict[str, Callable[[Days, Days], set[int]]] = {
        "z-score of numbers": _by_numbers,
        "z-score of parts": _by_parts,
        "Kleinberg": _by_states,
    }
    print(f"{'Entries a weekday of the topic:':34}" + "".join(f"{usual:7g}" for usual in USUAL))
    calm = {usual: [_house(usual, chance) for _ in range(HOUSES)] for usual in USUAL}
    for name, method in methods.items():
        alarms = [sum(_spans(method(*house)) for house in calm[usual]) / HOUSES for usual in USUAL]
        print(f"{'false ones in eight weeks, ' + name:46}" + "".join(f"{rate:6.2f} " for rate in alarms))
    for length, times in PLANTED:
        days = set(range(PLANTED_ON, PLANTED_ON + length))
        houses = {usual: [_house(usual, chance, days, times) for _ in range(HOUSES)] for usual in USUAL}
        for name, method in methods.items():
            seen = [sum(bool(days & method(*house)) for house in houses[usual]) / HOUSES for usual in USUAL]
            what = f"{times} times for {length} days, {name}"
            print(f"{what:46}" + "".join(f"{share:6.0%} " for share in seen))


def _by_states(counts: Days, totals: Days) -> set[int]:
    return {day for burst in bursts(counts, totals) for day in range(burst.first, burst.last + 1)}


def _by_numbers(counts: Days, _totals: Days) -> set[int]:
    """Against the days of the same kind, weekday or weekend, of the four weeks before."""
    found = set()
    for day in range(14, len(counts)):
        before = [counts[at] for at in range(max(1, day - BASE), day) if (at % 7 > 4) == (day % 7 > 4)]
        usual = mean(before)
        deviation = max(pstdev(before), math.sqrt(max(usual, 0.25)))
        if counts[day] >= LEAST_ENTRIES and counts[day] > usual + DEVIATIONS * deviation:
            found.add(day)
    return found


def _by_parts(counts: Days, totals: Days) -> set[int]:
    """Against the topic's part of all entries of the four weeks before."""
    found = set()
    for day in range(14, len(counts)):
        before = range(max(0, day - BASE), day)
        usual = totals[day] * sum(counts[at] for at in before) / max(1, sum(totals[at] for at in before))
        if counts[day] >= LEAST_ENTRIES and counts[day] > usual + DEVIATIONS * math.sqrt(
            2 * max(usual, 0.25)
        ):
            found.add(day)
    return found


def _house(
    usual: float, chance: Random, planted: set[int] | None = None, times: float = 1
) -> tuple[list[int], list[int]]:
    counts, totals = [], []
    for day in range(DAYS):
        flow = (
            (8 if day == 0 else 0.35 if day % 7 > 4 else 1.0)
            * (1.6 if day >= 30 else 1)
            * chance.gauss(1, 0.1)
        )
        stories = usual / 1.5 * flow * (times if planted and day in planted else 1)
        counts.append(_told(stories, chance))
        totals.append(counts[-1] + _told(OTHERS / 1.5 * flow, chance))
    return counts, totals


def _told(stories: float, chance: Random) -> int:
    entries = 0
    for _story in range(_poisson(stories, chance)):
        entries += 1
        while chance.random() < 1 / 3:
            entries += 1
    return entries


def _poisson(expected: float, chance: Random) -> int:
    if expected > 50:
        return max(0, round(chance.gauss(expected, math.sqrt(expected))))
    left, number = chance.random(), 0
    while left > math.exp(-expected):
        left *= chance.random()
        number += 1
    return number


def _spans(days: set[int]) -> int:
    return sum(day - 1 not in days for day in days)


if __name__ == "__main__":
    main()
