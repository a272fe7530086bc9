"""Pure: when there was more of something than its share of everything else explains.

Kleinberg's two states for batched arrivals (2002, "Bursty and hierarchical structure in streams", section 4): each day a
part of all entries has the topic; either it is the usual part or `RATE` times as much, and going over to more costs
something, so that one odd entry is no burst. Parts, not numbers: a Sunday, a holiday, a source that was added and the
backlog of a first poll change all topics alike. docs/decisions/bursts.md says what else was tried.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

#: A burst has this many times the usual part.
RATE = 2.0
#: What going over into a burst costs, in logarithms of how many days there are.
COST = 1.5
#: Nothing is said of fewer days than this, nor of fewer entries in a burst.
LEAST_DAYS, LEAST_ENTRIES = 14, 5


@dataclass(frozen=True, slots=True)
class Burst:
    """Days from `first` to `last`, by their places; the heavier, the less it is the usual."""

    first: int
    last: int
    entries: int
    #: How many entries there would have been at the usual part.
    usual: float
    weight: float

    @property
    def times(self) -> float:
        """How many times as many as usual."""
        return self.entries / self.usual if self.usual else math.inf


def bursts(counts: Sequence[int], totals: Sequence[int]) -> list[Burst]:
    """The bursts among days of which each had `counts` of `totals`, in order."""
    every = sum(totals)
    usual = sum(counts) / every if every else 0.0
    more = RATE * usual
    # Of what is half of everything anyway there cannot be twice as much.
    if len(counts) < LEAST_DAYS or not 0 < more < 1:
        return []
    gains = [
        count * math.log(more / usual) + (total - count) * math.log((1 - more) / (1 - usual))
        for count, total in zip(counts, totals, strict=True)
    ]
    found = []
    for bursting, group in groupby(enumerate(_states(gains)), key=lambda day: day[1]):
        days = [at for at, _state in group]
        entries = sum(counts[at] for at in days)
        if bursting and entries >= LEAST_ENTRIES:
            expected = usual * sum(totals[at] for at in days)
            found.append(Burst(days[0], days[-1], entries, expected, sum(gains[at] for at in days)))
    return found


def _states(gains: Sequence[float]) -> list[bool]:
    """Which days are in a burst: the cheapest way through (Viterbi), `gains` being what a burst explains better."""
    cost = COST * math.log(len(gains))
    calm, bursting = 0.0, -math.inf
    came_from: list[tuple[bool, bool]] = []
    for gain in gains:
        begins = calm - cost > bursting
        ends = bursting > calm
        came_from.append((ends, not begins))
        calm, bursting = max(calm, bursting), max(bursting, calm - cost) + gain
    state = bursting > calm
    states = []
    for from_calm, from_bursting in reversed(came_from):
        states.append(state)
        state = from_bursting if state else from_calm
    return states[::-1]
