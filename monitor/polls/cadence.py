"""Pure: when a source is due again.

After a success, by its own publishing: the rates at which it brings entries, hour by hour of its week, are learned
from its history, and requests are laid where they shorten the wait for an entry most. For polls at rate r(t) and
entries at rate λ(t) the mean wait is ∫λ/2r, least for r ∝ √λ (Sia, Cho and Cho 2007, "Efficient monitoring algorithm
for fast news alerts"). Within a source we do just that; between sources a smaller power keeps the quiet ones from
starving (bench/cadence). After failures, by a back-off that grows to hours or a day, by their kind.
"""

import math
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from monitor.documents import Hints
from monitor.errors import FetchFault, ParseFault
from monitor.polls.workdays import is_holiday
from monitor.sources import Interval

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

#: How far back publishing is looked at, and the age at which it counts 1/e of what it does today.
MEMORY, FADING = timedelta(weeks=8), timedelta(weeks=5)
#: A source's share of all requests grows with this power of its entries a day; √ would starve quiet sources.
SHARE = 0.4
#: No source is left alone for longer than this, nor for more than so many average gaps, whatever its interval allows.
LONGEST_GAP, AVERAGE_GAPS = timedelta(hours=3), 3
#: A poll comes before so much of a document has been pushed out by what is expected.
FILLED = 0.4
#: Of what all share, a weight of 1 gets no less and no more; and what counts as no change of it.
LEAST_PACE, MOST_PACE, _FLAT = 1e-3, 1e6, 1e-9
#: Entries a day of a source about which nothing is known yet.
_UNKNOWN = 4.0
#: What a week looks like before one is seen: offices by day, little at night, a third at weekends.
_OFFICE = [0.4] * 6 + [1.2] * 3 + [3.0] * 9 + [1.5] * 4 + [0.4] * 2
_WEEKEND_SHARE = 0.35
#: How many days' worth of evidence the guesses count for.
_TRUST_DAY, _TRUST_PROFILE, _TRUST_CELL = 2.0, 4.0, 4.0
_SUNDAY = 6
_NO_HINTS = Hints()

#: The first rest after each kind of failure; it doubles with every failure in a row. None is for good: "active feeds
#: do return 404 and come back to life" (Media Cloud).
_FIRST_REST: dict[FetchFault | ParseFault | None, timedelta] = {
    FetchFault.NETWORK: 2 * MINUTE,
    FetchFault.TIMEOUT: 5 * MINUTE,
    FetchFault.HTTP: 10 * MINUTE,
    FetchFault.BLOCKED: 2 * HOUR,
    FetchFault.GONE: 2 * HOUR,
}
_OTHER_REST = 30 * MINUTE
#: How far it grows: what passes by itself is looked at again within the hour, what somebody must mend within a quarter of
#: a day, or a short feed would lose entries; who turned us away is left alone for a day.
_LONGEST_REST: dict[FetchFault | ParseFault | None, timedelta] = {
    FetchFault.NETWORK: HOUR,
    FetchFault.TIMEOUT: HOUR,
    FetchFault.BLOCKED: DAY,
    FetchFault.GONE: DAY,
    FetchFault.ROBOTS: DAY,
    FetchFault.ADDRESS: DAY,
    FetchFault.TOO_LARGE: DAY,
}
_OTHER_LONGEST_REST = 6 * HOUR
#: Between two looks at an address that is gone.
GONE_REST = timedelta(days=30)
#: Sources on our own network are asked again soon whatever went wrong: no stranger's patience is at stake.
_OWN_LEAST = 5 * MINUTE


@dataclass(frozen=True)
class Rhythm:
    """How many entries an hour a source brings, for each hour of its week.

    `rates` are 168, from Monday's midnight in `zone` on, each above 0; a holiday of `country` (ISO 3166) is a Sunday.
    """

    rates: Sequence[float]
    zone: ZoneInfo
    country: str = ""

    def at(self, moment: datetime) -> float:
        """Entries an hour around `moment`."""
        return self.rates[_cell(moment.astimezone(self.zone), self.country)]

    def expected(self, start: datetime, end: datetime) -> float:
        """Entries expected between two moments."""
        return sum(self.at(at) * (until - at) / HOUR for at, until in _hours(start, end))

    def hourly(self, start: datetime, count: int) -> list[float]:
        """What `at` says of each of `count` hours from `start` on, which is a full hour of UTC."""
        rates: list[float] = []
        while len(rates) < count:
            at = (start + len(rates) * HOUR).astimezone(self.zone)
            left = 24 - at.hour
            if (at.astimezone(UTC) + left * HOUR).astimezone(self.zone).utcoffset() != at.utcoffset():
                # The clocks are changed on this day.
                left = 1
            first = _cell(at, self.country)
            rates += self.rates[first : first + left]
        return rates[:count]

    @cached_property
    def daily(self) -> float:
        """Entries a day, on average over its week."""
        return sum(self.rates) / 7

    @cached_property
    def _mean_root(self) -> float:
        return sum(math.sqrt(rate) for rate in self.rates) / len(self.rates)

    @property
    def weight(self) -> float:
        """Its part in the requests that all sources share: a power of its entries a day."""
        return self.daily**SHARE

    def urgency(self, moment: datetime) -> float:
        """How much more often than on average it wants a poll around `moment`; 1 in the mean over its week."""
        return math.sqrt(self.at(moment)) / self._mean_root


def learn(
    times: Iterable[datetime], *, now: datetime, since: datetime, zone: ZoneInfo, country: str = ""
) -> Rhythm:
    """The rhythm of a source that published at `times`, of which all since `since` are known.

    Little evidence leans on what offices do; each weekday, then each hour of each weekday, speaks for itself as soon
    as it has been seen often enough (a Gamma-Poisson shrinkage on three levels).
    """
    since = max(since, now - MEMORY)
    counts = [0.0] * 168
    for at in times:
        if since <= at <= now:
            counts[_cell(at.astimezone(zone), country)] += _faded(now - at)
    seen = _days_seen(since, now, zone, country)
    days = sum(seen)
    total = sum(counts)
    daily = (total + _UNKNOWN / 4) / (days + 0.25)
    rates: list[float] = []
    profiles = {off: _profile(counts, off) for off in (False, True)}
    levels = {off: _level(counts, seen, off, daily) for off in (False, True)}
    for weekday in range(7):
        off = weekday >= 5
        in_day = sum(counts[weekday * 24 : weekday * 24 + 24])
        level = (in_day + _TRUST_DAY * levels[off]) / (seen[weekday] + _TRUST_DAY)
        for hour in range(24):
            guess = level * profiles[off][hour]
            cell = counts[weekday * 24 + hour]
            rates.append((cell + _TRUST_CELL * guess) / (seen[weekday] + _TRUST_CELL))
    # A quarter of a tuple's memory: each source has one.
    return Rhythm(array("d", [max(rate, 1e-4) for rate in rates]), zone, country)


def unknown(zone: ZoneInfo, country: str = "") -> Rhythm:
    """The rhythm of a source of which nothing is known: an office's week."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return learn((), now=now, since=now, zone=zone, country=country)


def daily_of(weight: float) -> float:
    """The entries a day of a source with that `Rhythm.weight`."""
    return weight ** (1 / SHARE)


@dataclass(frozen=True, slots=True)
class Pace:
    """How the requests of a day are shared out: the same for all sources, so that together they keep a budget."""

    per_weight: float  #: requests a day for a weight of 1
    longest: timedelta  #: no source waits longer

    def longest_of(self, interval: Interval) -> timedelta:
        """The longest that a source with this interval is left alone."""
        return max(interval.min, min(interval.max, self.longest))


def pace(budget: float, sources: Sequence[tuple[float, Interval]]) -> Pace:
    """The pace at which all sources together make `budget` requests a day.

    `sources` are their weights and intervals. Where intervals alone demand or forbid more, that is what comes out.
    """
    longest = min(LONGEST_GAP, AVERAGE_GAPS * DAY * max(1, len(sources)) / budget)

    shared = Pace(0.0, longest)
    bounds = [(weight, DAY / shared.longest_of(interval), DAY / interval.min) for weight, interval in sources]
    return Pace(_per_weight(budget, bounds), longest)


def _per_weight(budget: float, bounds: Sequence[tuple[float, float, float]]) -> float:
    """How many requests a weight of 1 stands for, where each source makes weight times that, within its (least, most)."""
    # From few requests to many, a source begins to make more than its least at one point, and has its most at another.
    turns = [(least / weight, weight, -least) for weight, least, _most in bounds if weight]
    turns += [(most / weight, -weight, most) for weight, _least, most in bounds if weight]
    slope, fixed, before = 0.0, sum(least for _weight, least, _most in bounds), LEAST_PACE
    for at, steeper, more in sorted(turns):
        if fixed + slope * at >= budget:
            # What is left of a slope between two turns that take each other back is none.
            found = (budget - fixed) / slope if slope > _FLAT else before
            return min(max(found, before), at, MOST_PACE)
        slope, fixed, before = slope + steeper, fixed + more, max(at, LEAST_PACE)
    return MOST_PACE


def next_poll_at(
    *,
    now: datetime,
    interval: Interval,
    rhythm: Rhythm,
    pace: Pace,
    document_entries: int = 0,
    new_entries: int = 0,
    since_last: timedelta | None = None,
    hints: Hints = _NO_HINTS,
    fresh_for: timedelta | None = None,
    jitter: float = 0.0,
) -> datetime:
    """When a source that answered is due again (aware UTC), between its least and its greatest interval.

    `pace` is the one that all sources share. A document of `document_entries` must not run over before we come back; the
    last poll, after `since_last`, found `new_entries`. `hints` and `fresh_for` (Cache-Control) are kept as far as the
    greatest interval allows. `jitter` in [0, 1) adds up to a tenth, which spreads polls that would otherwise fall on one
    moment.
    """
    longest = pace.longest_of(interval)
    wait = _turn(now, rhythm, pace.per_weight * rhythm.weight / 24, longest)
    if document_entries:
        wait = min(wait, _until_filled(now, rhythm, document_entries, new_entries, since_last, longest))
    asked = max(timedelta(minutes=hints.fresh_minutes), fresh_for or timedelta(0))
    wait = min(max(wait, asked), interval.max)
    wait = max(interval.min, wait) * (1 + 0.1 * jitter)
    return min(_after_skipped(now + wait, hints), now + max(interval.max, wait))


def rest_until(
    *,
    now: datetime,
    interval: Interval,
    failures: int,
    fault: FetchFault | ParseFault | None,
    gone: bool = False,
    retry_after: timedelta | None = None,
    jitter: float = 0.0,
) -> datetime:
    """When a source that failed is due again (aware UTC): never sooner than its server asked (RFC 9110 section 10.2.3).

    `failures` are those in a row, this one included; `fault` is None for one of ours. A source that is `gone` for certain
    is left alone, but for a look once in `GONE_REST`. `jitter` in [0, 1) adds up to a tenth.
    """
    if gone and interval.min >= _OWN_LEAST:
        return now + GONE_REST * (1 + 0.1 * jitter)
    first = max(_FIRST_REST.get(fault, _OTHER_REST), interval.min)
    longest = _LONGEST_REST.get(fault, _OTHER_LONGEST_REST)
    if interval.min < _OWN_LEAST:
        first, longest = interval.min, min(max(interval.max, interval.min), MINUTE)
    rest = min(first * 2 ** min(failures - 1, 16), max(longest, interval.min)) * (1 + 0.1 * jitter)
    return now + max(rest, retry_after or timedelta(0))


def _turn(now: datetime, rhythm: Rhythm, per_hour: float, longest: timedelta) -> timedelta:
    """How long until requests at `per_hour` times the urgency of each hour add up to one."""
    left = 1.0
    for at, until in _hours(now, now + longest):
        rate = per_hour * rhythm.urgency(at)
        here = rate * ((until - at) / HOUR)
        if here >= left:
            return at - now + left / rate * HOUR
        left -= here
    return longest


def _until_filled(
    now: datetime,
    rhythm: Rhythm,
    document_entries: int,
    new_entries: int,
    since_last: timedelta | None,
    longest: timedelta,
) -> timedelta:
    """How long until a part of the document is expected to be new: by its rhythm, or by the rush it is in."""
    room = document_entries * FILLED
    rush = new_entries / max(since_last / HOUR, 1 / 12) if since_last and new_entries > 1 else 0.0
    if rush > rhythm.at(now) and new_entries > room / 2:
        return min(longest, room / rush * HOUR)
    left = room
    for at, until in _hours(now, now + longest):
        here = rhythm.at(at) * ((until - at) / HOUR)
        if here >= left:
            return at - now + left / rhythm.at(at) * HOUR
        left -= here
    return longest


def _after_skipped(at: datetime, hints: Hints) -> datetime:
    """The first moment from `at` on that a feed's skipHours and skipDays leave open; `at` where they leave none."""
    moment = at.astimezone(UTC)
    for _hour in range(8 * 24):
        if moment.hour not in hints.skip_hours and moment.weekday() not in hints.skip_days:
            return moment
        moment = moment.replace(minute=0, second=0, microsecond=0) + HOUR
    return at


def _hours(start: datetime, end: datetime) -> Iterable[tuple[datetime, datetime]]:
    """The span cut at full hours; zones that differ by half hours are cut near enough."""
    at = start
    while at < end:
        until = min(end, at.replace(minute=0, second=0, microsecond=0) + HOUR)
        yield at, until
        at = until


def _cell(local: datetime, country: str) -> int:
    return _weekday(local.date(), country) * 24 + local.hour


def _weekday(day: date, country: str) -> int:
    return _SUNDAY if is_holiday(country, day) else day.weekday()


def _faded(age: timedelta) -> float:
    return math.exp(-age / FADING)


def _days_seen(since: datetime, now: datetime, zone: ZoneInfo, country: str) -> list[float]:
    """For each weekday, how many were seen, those long past counting less; parts of days count as parts."""
    seen = [0.0] * 7
    at = since
    while at < now:
        local = at.astimezone(zone)
        until = min(now, at + (datetime.combine(local.date() + DAY, datetime.min.time(), zone) - local))
        seen[_weekday(local.date(), country)] += ((until - at) / DAY) * _faded(now - at)
        at = max(until, at + MINUTE)
    return seen


def _level(counts: Sequence[float], seen: Sequence[float], off: bool, daily: float) -> float:
    """Entries a day on working days, or on the others."""
    days = range(5, 7) if off else range(5)
    guess = daily * (_WEEKEND_SHARE if off else 1.0)
    return (sum(sum(counts[day * 24 : day * 24 + 24]) for day in days) + _TRUST_DAY * guess) / (
        sum(seen[day] for day in days) + _TRUST_DAY
    )


def _profile(counts: Sequence[float], off: bool) -> list[float]:
    """The share of each hour in a day's entries, its neighbours lending a little."""
    days = range(5, 7) if off else range(5)
    hourly = [sum(counts[day * 24 + hour] for day in days) for hour in range(24)]
    lent = [0.2 * hourly[hour - 1] + 0.6 * hourly[hour] + 0.2 * hourly[(hour + 1) % 24] for hour in range(24)]
    whole = sum(_OFFICE)
    smooth = [count + _TRUST_PROFILE * share / whole for count, share in zip(lent, _OFFICE, strict=True)]
    return [value / sum(smooth) for value in smooth]
