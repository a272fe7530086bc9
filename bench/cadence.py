"""When to poll: detection delay of learned cadence against fixed intervals, Miniflux's rule and the bound.

200 feeds of Seoul and Tokyo offices, newspapers and batch publishers, 0.1 to 200 entries a day, with bursts and the
holidays of autumn 2026; six weeks to learn from, two and a half weeks measured. Each strategy makes the same number of
requests in all; the ratios are to the fixed interval's.
"""

import math
import random
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, partial
from statistics import mean, median
from zoneinfo import ZoneInfo

from monitor.polls.cadence import DAY, HOUR, Pace, Rhythm, learn, next_poll_at, pace
from monitor.polls.workdays import is_holiday
from monitor.sources import Interval

#: When feeds begin, when measuring begins, and when it ends.
BEGIN = datetime(2026, 8, 3, tzinfo=UTC)
MEASURED = datetime(2026, 9, 14, tzinfo=UTC)
END = datetime(2026, 10, 2, tzinfo=UTC)  # Silver Week in Japan, Chuseok in Korea
FEEDS = 200
#: Requests a feed a day.
BUDGETS = (24, 48, 96)
INTERVAL = Interval.model_validate({"min": "5m", "max": "24h"})

#: Shares of a day's hours, in local time.
_SHAPES: dict[str, tuple[list[float], float]] = {
    # A ministry: working hours, embargoes lifted at 10 and 14, hardly anything at weekends.
    "ministry": ([0.02] * 8 + [0.3, 1, 2.5, 1.5, 0.6, 1, 3, 1.5, 1.2, 0.8] + [0.2] * 3 + [0.02] * 3, 0.04),
    # An office that writes all day.
    "office": ([0.03] * 8 + [0.5] + [1.0] * 9 + [0.5] * 2 + [0.05] * 4, 0.06),
    # A newspaper: morning and evening editions, half at weekends.
    "newspaper": ([0.3, 0.2, 0.2, 0.3, 1, 2, 2, 1.5] + [1.0] * 9 + [1.6, 1.5, 1.2, 1, 0.8, 0.6, 0.4], 0.55),
    # A batch at one hour of the day.
    "batch": ([0.02] * 5 + [6.0] + [0.05] * 18, 0.1),
    # A wire from everywhere.
    "wire": ([0.7] * 24, 0.8),
}


@dataclass(frozen=True)
class Process:
    """A feed that publishes at random by a known intensity."""

    zone: ZoneInfo
    country: str
    rates: tuple[float, ...]  #: entries an hour by hour of week, holidays as Sundays
    burst: float  #: mean entries a burst
    length: int  #: entries that its document shows
    times: tuple[datetime, ...]

    @cached_property
    def known(self) -> dict[date, Rhythm]:
        """What was learned by each day; it does not depend on when polls fell, so all rounds share it."""
        return {}

    @property
    def truth(self) -> Rhythm:
        """The rhythm by which it publishes, as nobody can learn it."""
        return Rhythm(self.rates, self.zone, self.country)


def _process(number: int, chance: random.Random) -> Process:
    zone, country = chance.choice([("Asia/Seoul", "KR"), ("Asia/Tokyo", "JP")])
    hours, weekend = _SHAPES[chance.choice(sorted(_SHAPES))]
    daily = 0.1 * 2000 ** (number / (FEEDS - 1))
    # Every house has its own hours.
    shift = chance.choice([-1, 0, 0, 1])
    week = [
        hours[(hour - shift) % 24] * (weekend if day >= 5 else 1.0) * math.exp(chance.gauss(0, 0.3))
        for day in range(7)
        for hour in range(24)
    ]
    scale = daily * 7 / sum(week)
    rates = tuple(rate * scale for rate in week)
    burst = chance.choice([1.0, 1.0, 1.5, 3.0])
    length = chance.choice([10, 15, 20, 20, 30, 50, 100])
    return Process(
        ZoneInfo(zone), country, rates, burst, length, tuple(_draw(rates, zone, country, burst, chance))
    )


def _draw(
    rates: Sequence[float], zone: str, country: str, burst: float, chance: random.Random
) -> list[datetime]:
    """A cluster process: bursts begin by the intensity, and hold a geometric number of entries within minutes."""
    times = []
    at, local = BEGIN, ZoneInfo(zone)
    while at < END:
        here = at.astimezone(local)
        weekday = 6 if is_holiday(country, here.date()) else here.weekday()
        rate = rates[weekday * 24 + here.hour] / burst
        # Thinning hour by hour.
        offset = chance.expovariate(rate) if rate > 0 else 2.0
        while offset < 1:
            begun = at + offset * HOUR
            more = 1
            while burst > 1 and chance.random() < 1 - 1 / burst:
                more += 1
            times += [begun + timedelta(minutes=chance.expovariate(1 / 6) * (n > 0)) for n in range(more)]
            offset += chance.expovariate(rate)
        at += HOUR
    return sorted(time for time in times if time < END)


@dataclass(frozen=True)
class Result:
    """What a strategy came to, in minutes; `feeds` is each feed's mean."""

    requests: int
    delays: list[float]
    feeds: list[float]
    lost: int


Next = Callable[[datetime, datetime, int, int], datetime]


def _watch(process: Process, next_at: Next, chance: random.Random) -> tuple[int, list[float], int]:
    """Polls one feed from a week before the measured span to its end: (requests, delays in minutes, entries lost)."""
    times = process.times
    start = MEASURED - 3 * DAY
    at = start + chance.random() * HOUR
    last = start
    done = bisect_right(times, start)
    requests, delays, lost = 0, [], 0
    while at < END:
        upto = bisect_right(times, at)
        shown = max(done, upto - process.length)
        if at >= MEASURED:
            requests += 1
        for index in range(done, upto):
            if times[index] < MEASURED:
                continue
            if index < shown:
                lost += 1
            else:
                delays.append((at - times[index]) / timedelta(minutes=1))
        new, done = upto - done, upto
        last, at = at, next_at(at, last, min(upto, process.length), new)
    return requests, delays, lost


def _run(processes: Sequence[Process], strategy: Callable[[Process], Next]) -> Result:
    chance = random.Random(7)
    requests, lost = 0, 0
    delays: list[float] = []
    feeds: list[float] = []
    for process in processes:
        asked, waits, missed = _watch(process, strategy(process), chance)
        requests += asked
        lost += missed
        delays += waits
        if waits:
            feeds.append(mean(waits))
    return Result(requests, delays, feeds, lost)


def _at_budget(
    processes: Sequence[Process], make: Callable[[float], Callable[[Process], Next]], budget: int
) -> Result:
    """The strategy at the scale where it makes `budget` requests a feed a day, within one part in a hundred."""
    wanted = budget * len(processes) * ((END - MEASURED) / DAY)
    low, high = 1e-4, 1e4
    result = None
    scale = 1.0
    for _round in range(18):
        result = _run(processes, make(scale))
        if abs(result.requests / wanted - 1) < 0.005:
            break
        if result.requests < wanted:
            low = scale
        else:
            high = scale
        scale = scale * (wanted / result.requests) if _round < 6 else math.sqrt(low * high)
        scale = min(max(scale, low * 1.001), high / 1.001)
    assert result is not None
    return result


def fixed(budget: int) -> Callable[[Process], Next]:
    """Every feed at the same interval."""
    return lambda _process: lambda at, _last, _shown, _new: at + DAY / budget


def miniflux(scale: float) -> Callable[[Process], Next]:
    """Miniflux's entry-frequency scheduler: a week over the week's entries, between bounds."""

    def strategy(process: Process) -> Next:
        def next_at(at: datetime, _last: datetime, _shown: int, _new: int) -> datetime:
            weekly = bisect_right(process.times, at) - bisect_left(process.times, at - 7 * DAY)
            wait = 7 * DAY / weekly if weekly else DAY
            return at + min(max(wait / scale, timedelta(minutes=5)), DAY)

        return next_at

    return strategy


def learned(budget: int, scale: float) -> Callable[[Process], Next]:
    """Ours: `monitor.polls.cadence`, knowing what a feed has shown so far."""
    shared = Pace(scale * 10, pace(budget, [(1.0, INTERVAL)]).longest)

    def strategy(process: Process) -> Next:
        known = process.known

        def next_at(at: datetime, last: datetime, shown: int, new: int) -> datetime:
            if at.date() not in known:
                upto = bisect_right(process.times, at)
                known[at.date()] = learn(
                    process.times[:upto], now=at, since=BEGIN, zone=process.zone, country=process.country
                )
            rhythm = known[at.date()]
            return next_poll_at(
                now=at,
                interval=INTERVAL,
                rhythm=rhythm,
                pace=shared,
                document_entries=process.length if shown >= process.length else 0,
                new_entries=new,
                since_last=at - last,
            )

        return next_at

    return strategy


def bound(scale: float) -> Callable[[Process], Next]:
    """The best mean there is: the intensity known, requests by its square root, no quiet feed spared."""

    def strategy(process: Process) -> Next:
        truth = process.truth

        def next_at(at: datetime, _last: datetime, _shown: int, _new: int) -> datetime:
            left, here = 1.0, at
            while here < at + 2 * DAY:
                until = min(at + 2 * DAY, here.replace(minute=0, second=0, microsecond=0) + HOUR)
                rate = scale * math.sqrt(truth.at(here))
                if rate * ((until - here) / HOUR) >= left:
                    return max(here + left / rate * HOUR, at + timedelta(minutes=5))
                left -= rate * ((until - here) / HOUR)
                here = until
            return at + 2 * DAY

        return next_at

    return strategy


def figures(budget: int, processes: Sequence[Process]) -> dict[str, Result]:
    """Each strategy's result at one budget."""
    return {
        "fixed interval": _run(processes, fixed(budget)),
        "Miniflux": _at_budget(processes, miniflux, budget),
        "learned (ours)": _at_budget(processes, partial(learned, budget), budget),
        "bound": _at_budget(processes, bound, budget),
    }


def processes() -> list[Process]:
    """The feeds, the same in every run."""
    chance = random.Random(2026)
    return [_process(number, chance) for number in range(FEEDS)]


def _p95(values: Sequence[float]) -> float:
    return sorted(values)[int(0.95 * (len(values) - 1))]


def main() -> None:
    """Prints each strategy's delays in minutes at each budget, with their ratio to the fixed interval's."""
    feeds = processes()
    print(f"{FEEDS} feeds, {sum(len(feed.times) for feed in feeds)} entries, {MEASURED:%m-%d} to {END:%m-%d}")
    for budget in BUDGETS:
        results = figures(budget, feeds)
        base = results["fixed interval"]
        print(
            f"\n{budget} requests a feed a day    requests   mean   median    p95   mean of feeds    lost   (minutes; ratio to fixed)"
        )
        for name, result in results.items():
            cells = [
                f"{value:6.1f} {value / other:5.2f}"
                for value, other in (
                    (mean(result.delays), mean(base.delays)),
                    (median(result.delays), median(base.delays)),
                    (_p95(result.delays), _p95(base.delays)),
                    (mean(result.feeds), mean(base.feeds)),
                )
            ]
            print(f"{name:24} {result.requests:9}  {'  '.join(cells)}  {result.lost:6}")


if __name__ == "__main__":
    main()
