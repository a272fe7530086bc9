"""When a source is due again: pure decisions."""

import math
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.documents import Hints
from monitor.errors import FetchFault, ParseFault
from monitor.polls.cadence import Pace, Rhythm, learn, next_poll_at, pace, rest_until, unknown
from monitor.polls.workdays import is_holiday
from monitor.sources import Interval

SEOUL = ZoneInfo("Asia/Seoul")
NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)  # Friday noon in Seoul
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FLAT = Rhythm((1.0,) * 168, SEOUL)


def interval(least: str = "10m", most: str = "6h") -> Interval:
    return Interval.model_validate({"min": least, "max": most})


def wait(**fields: object) -> timedelta:
    values: dict[str, object] = {
        "now": NOW, "interval": interval(), "rhythm": FLAT, "pace": Pace(24 / FLAT.weight, 3 * HOUR),
    }  # fmt: skip
    return next_poll_at(**{**values, **fields}) - NOW  # type: ignore[arg-type]


def office(days: int, *, at_hours: tuple[int, ...] = (10, 14), ending: datetime = NOW) -> list[datetime]:
    """Two entries each weekday, at these hours of Seoul."""
    first = (ending - days * DAY).astimezone(SEOUL).date()
    moments = [
        datetime(day.year, day.month, day.day, hour, tzinfo=SEOUL).astimezone(UTC)
        for day in (first + n * DAY for n in range(days + 1))
        for hour in at_hours
        if day.weekday() < 5
    ]
    return [moment for moment in moments if moment <= ending]


def learned(times: list[datetime], days: int = 42, country: str = "KR") -> Rhythm:
    return learn(times, now=NOW, since=NOW - days * DAY, zone=SEOUL, country=country)


def test_a_steady_source_is_polled_at_its_share_of_the_budget() -> None:
    assert wait() == pytest.approx(HOUR, rel=0.01)


def test_a_source_is_polled_more_often_when_it_usually_publishes() -> None:
    rhythm = learned(office(42))
    at_ten, at_night = (datetime(2026, 11, 19, hour, tzinfo=SEOUL) for hour in (10, 2))
    assert rhythm.at(at_ten) > 5 * rhythm.at(at_night)
    shared = Pace(10.0, 24 * HOUR)
    by_day, by_night = (
        next_poll_at(now=at, interval=interval(most="24h"), rhythm=rhythm, pace=shared) - at
        for at in (at_ten, at_night)
    )
    assert by_day < by_night / 2


def test_a_weekend_without_entries_is_learned() -> None:
    rhythm = learned(office(42))
    saturday, friday = datetime(2026, 11, 21, 10, tzinfo=SEOUL), datetime(2026, 11, 20, 10, tzinfo=SEOUL)
    assert rhythm.at(saturday) < rhythm.at(friday) / 10


def test_a_holiday_is_a_sunday() -> None:
    rhythm = learned(office(42))
    chuseok, next_week = datetime(2026, 9, 25, 10, tzinfo=SEOUL), datetime(2026, 10, 2, 10, tzinfo=SEOUL)
    assert rhythm.at(chuseok) < rhythm.at(next_week) / 10
    assert Rhythm(rhythm.rates, SEOUL, "US").at(chuseok) == rhythm.at(next_week)


@pytest.mark.parametrize(
    ("country", "day", "holiday"),
    [
        ("KR", (2026, 9, 25), True), ("JP", (2026, 9, 22), True), ("JP", (2026, 12, 30), True), ("JP", (2027, 1, 3), True),
        ("KR", (2026, 12, 30), False), ("JP", (2026, 9, 25), False), ("US", (2026, 11, 26), True), ("INT", (2026, 12, 25), False),
        ("", (2026, 1, 1), False), ("ZZ", (2026, 1, 1), False),
    ],
)  # fmt: skip
def test_holidays_are_each_countrys_own(country: str, day: tuple[int, int, int], holiday: bool) -> None:
    assert is_holiday(country, datetime(*day).date()) is holiday


def test_little_evidence_leans_on_office_hours() -> None:
    rhythm = unknown(SEOUL, "KR")
    noon, night = datetime(2026, 11, 20, 11, tzinfo=SEOUL), datetime(2026, 11, 20, 3, tzinfo=SEOUL)
    assert rhythm.at(noon) > 3 * rhythm.at(night)
    assert rhythm.daily == pytest.approx(4, rel=0.4)


def test_much_evidence_outweighs_the_guess() -> None:
    nights = [NOW - n * DAY - timedelta(hours=9, minutes=m) for n in range(42) for m in range(0, 50, 10)]
    rhythm = learned(nights)
    assert rhythm.at(NOW - 10 * HOUR) > 10 * rhythm.at(NOW)


def test_what_is_long_past_counts_less() -> None:
    slowed = [NOW - n * HOUR for n in range(24 * 42, 24 * 14, -1)]
    rhythm = learned(slowed)
    assert rhythm.daily < 24 * 28 / 42


@given(st.lists(st.integers(0, 60 * 24 * 60), max_size=60), st.integers(0, 60 * 24))
def test_any_history_makes_a_rhythm_that_can_be_scheduled_by(minutes: list[int], since: int) -> None:
    rhythm = learn(
        [NOW - n * MINUTE for n in minutes], now=NOW, since=NOW - since * HOUR, zone=SEOUL, country="JP"
    )
    assert all(rate > 0 and math.isfinite(rate) for rate in rhythm.rates)
    due = next_poll_at(now=NOW, interval=interval(), rhythm=rhythm, pace=Pace(5, 3 * HOUR), jitter=0.5)
    assert 10 * MINUTE <= due - NOW <= 3.2 * HOUR


@pytest.mark.parametrize(
    "zone", ["Asia/Seoul", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]
)
def test_hours_read_a_day_at_a_time_are_those_read_one_by_one(zone: str) -> None:
    times = [NOW - number * 7 * HOUR for number in range(300)]
    rhythm = learn(times, now=NOW, since=times[-1], zone=ZoneInfo(zone), country="DE")
    # A year has both days on which clocks are changed.
    start, year = datetime(2026, 1, 1, 5, tzinfo=UTC), 366 * 24
    assert rhythm.hourly(start, year) == [rhythm.at(start + number * HOUR) for number in range(year)]


def test_entries_expected_over_a_week_are_the_weeks() -> None:
    rhythm = learned(office(42))
    assert rhythm.expected(NOW, NOW + 7 * DAY) == pytest.approx(rhythm.daily * 7)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({"pace": Pace(10_000.0, 3 * HOUR)}, 10 * MINUTE, id="never-under-min"),
        pytest.param({"pace": Pace(0.01, 30 * DAY)}, 6 * HOUR, id="never-over-max"),
        pytest.param({"pace": Pace(0.01, 3 * HOUR)}, 3 * HOUR, id="never-longer-than-all-sources-are-left-alone"),
        pytest.param({"hints": Hints(fresh_minutes=120)}, 2 * HOUR, id="ttl"),
        pytest.param({"hints": Hints(fresh_minutes=6000)}, 6 * HOUR, id="ttl-under-max"),
        pytest.param({"fresh_for": 2 * HOUR}, 2 * HOUR, id="cache-control"),
        pytest.param({"hints": Hints(skip_hours=(4, 5))}, 3 * HOUR, id="skip-hours"),
        pytest.param({"hints": Hints(skip_hours=tuple(range(24)))}, HOUR, id="skipping-all-is-skipping-none"),
        pytest.param({"hints": Hints(skip_days=(4,))}, 6 * HOUR, id="skip-days-under-max"),
        pytest.param({"document_entries": 2}, 0.8 * HOUR, id="before-the-document-runs-over"),
        pytest.param({"document_entries": 20, "new_entries": 15, "since_last": HOUR}, 32 * MINUTE, id="in-a-rush"),
    ],
)  # fmt: skip
def test_a_source_is_due_by_its_pace_within_its_bounds(
    fields: dict[str, object], expected: timedelta
) -> None:
    assert wait(**fields) == pytest.approx(expected, rel=0.01)


def test_jitter_only_ever_waits_longer() -> None:
    assert wait() < wait(jitter=0.99) <= 1.1 * wait()


def test_the_pace_keeps_the_budget() -> None:
    sources = [(unknown(SEOUL).weight * factor, interval("5m", "24h")) for factor in (0.2, 1.0, 1.0, 4.0)]
    shared = pace(200, sources)
    requests = sum(
        min(max(shared.per_weight * weight, DAY / shared.longest_of(one)), DAY / one.min)
        for weight, one in sources
    )
    assert requests == pytest.approx(200, rel=0.01)


@pytest.mark.parametrize(
    ("budget", "requests"),
    [
        pytest.param(1, 2 * 24 / 3, id="less than their longest intervals ask for"),
        pytest.param(50, 50, id="what can be shared out"),
        pytest.param(270, 270, id="as much as one may be asked, and half of the other"),
        pytest.param(360, 360, id="as much as both may be asked"),
        pytest.param(9999, 360, id="more than both may be asked"),
    ],
)
def test_the_pace_keeps_the_budget_as_far_as_the_intervals_let_it(budget: float, requests: float) -> None:
    sources = [(1.0, interval("8m", "3h")), (0.25, interval("8m", "3h"))]
    shared = pace(budget, sources)
    made = sum(
        min(max(shared.per_weight * weight, DAY / shared.longest_of(one)), DAY / one.min)
        for weight, one in sources
    )
    assert made == pytest.approx(requests)


def test_no_source_waits_longer_than_three_average_gaps() -> None:
    assert pace(96 * 2, [(1.0, interval()), (0.01, interval())]).longest == 45 * MINUTE
    assert pace(2, [(1.0, interval())]).longest == 3 * HOUR


def rest(**fields: object) -> timedelta:
    values: dict[str, object] = {"now": NOW, "interval": interval(), "failures": 1, "fault": None}
    return rest_until(**{**values, **fields}) - NOW  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fault", "waits"),
    [
        (FetchFault.NETWORK, [10, 20, 40]), (FetchFault.HTTP, [10, 20, 40]), (FetchFault.BLOCKED, [120, 240, 480]),
        (ParseFault.HTML_INSTEAD, [30, 60, 120]), (FetchFault.GONE, [120, 240, 480]),
    ],
)  # fmt: skip
def test_failures_in_a_row_double_the_rest_by_kind(fault: FetchFault | ParseFault, waits: list[int]) -> None:
    assert [rest(failures=n, fault=fault) / MINUTE for n in (1, 2, 3)] == waits


def test_no_failure_is_for_good() -> None:
    assert rest(failures=500, fault=FetchFault.NETWORK) == HOUR
    assert rest(failures=500, fault=FetchFault.HTTP) == 6 * HOUR
    assert rest(failures=500, fault=FetchFault.BLOCKED) == DAY


def test_what_is_gone_for_certain_is_looked_at_once_a_month() -> None:
    assert rest(failures=3, fault=FetchFault.GONE, gone=True) == 30 * DAY


def test_retry_after_beats_a_shorter_rest_and_not_a_longer() -> None:
    assert rest(fault=FetchFault.BLOCKED, retry_after=9 * HOUR) == 9 * HOUR
    assert rest(fault=FetchFault.BLOCKED, retry_after=MINUTE) == 2 * HOUR


def test_a_source_on_our_own_network_is_asked_again_within_a_minute() -> None:
    assert rest(interval=interval("1s", "5s"), failures=20, fault=FetchFault.BLOCKED) <= MINUTE
