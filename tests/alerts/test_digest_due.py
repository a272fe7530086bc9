"""When a summary is due, and what it covers: exactly one a day of the recipient's own, whatever clocks do."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alerts.digests.due import FIRST, MEMORY, covers_from, due_day, occasion

SEOUL, BERLIN, APIA = ZoneInfo("Asia/Seoul"), ZoneInfo("Europe/Berlin"), ZoneInfo("Pacific/Apia")
HALF_PAST_EIGHT = time(8, 30)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
#: Zones whose clocks change by an hour, by half of one, at midnight, or never; one that skipped a whole day.
ZONES = (
    "Asia/Seoul", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Atlantic/Azores",
    "Asia/Beirut", "Pacific/Apia", "Asia/Kathmandu", "UTC",
)  # fmt: skip


def at(text: str, zone: ZoneInfo = SEOUL) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "made", "due"),
    [
        pytest.param("2026-11-21T08:29:59", ["2026-11-20"], None, id="not-yet"),
        pytest.param("2026-11-21T08:30", ["2026-11-20"], "2026-11-21", id="to-the-minute"),
        pytest.param("2026-11-21T08:30", ["2026-11-21"], None, id="made-already"),
        pytest.param("2026-11-21T23:59", ["2026-11-20"], "2026-11-21", id="machine-was-off-till-night"),
        pytest.param("2026-11-21T10:00", ["2026-11-14"], "2026-11-21", id="slept-a-week"),
        pytest.param("2026-11-21T07:00", ["2026-11-14"], None, id="slept-a-week-and-woke-shortly-before"),
        pytest.param("2026-11-21T01:00", ["2026-11-14"], "2026-11-20", id="slept-a-week-and-woke-at-night"),
        pytest.param("2026-11-21T09:00", ["2036-01-01"], "2026-11-21", id="clock-was-wrong-by-years"),
    ],
)
def test_due(now: str, made: list[str], due: str | None) -> None:
    days = {date.fromisoformat(day) for day in made}
    found = due_day(at(now), HALF_PAST_EIGHT, SEOUL, days, LONG_AGO)
    assert (found.isoformat() if found else None) == due


def test_a_machine_that_is_off_at_the_time_every_day_still_sends_one_a_day() -> None:
    made: set[date] = set()
    for day in range(1, 6):
        for hour in range(9, 22):
            due = due_day(at(f"2026-11-{day:02}T{hour:02}:00"), time(23, 30), SEOUL, made, LONG_AGO)
            made |= {due} if due else set()
    assert sorted(made) == [date(2026, 10, 31), *(date(2026, 11, day) for day in range(1, 5))]


def test_who_came_after_todays_time_gets_the_first_tomorrow() -> None:
    since = at("2026-11-21T10:00")
    assert due_day(at("2026-11-21T10:01"), HALF_PAST_EIGHT, SEOUL, (), since) is None
    assert due_day(at("2026-11-22T01:00"), HALF_PAST_EIGHT, SEOUL, (), since) is None
    assert due_day(at("2026-11-22T08:30"), HALF_PAST_EIGHT, SEOUL, (), since) == date(2026, 11, 22)


def test_a_time_that_the_clocks_skip_comes_an_hour_later() -> None:
    assert occasion(date(2026, 3, 29), time(2, 30), BERLIN) == at("2026-03-29T03:30", BERLIN)


def test_of_a_time_that_comes_twice_the_first_counts() -> None:
    assert occasion(date(2026, 10, 25), time(2, 30), BERLIN) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@given(
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    clock=st.times().map(lambda clock: clock.replace(second=0, microsecond=0)),
    start=st.datetimes(datetime(2011, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
    step=st.integers(1, 170),
)
@example(ZoneInfo("Pacific/Apia"), time(3, 1), datetime(2011, 12, 26, tzinfo=UTC), 1)
def test_a_machine_that_runs_makes_exactly_one_a_local_day(
    zone: ZoneInfo, clock: time, start: datetime, step: int
) -> None:
    """Over five days looked at every so many minutes: each local day that has its occasion in them gets one."""
    made: list[date] = []
    end = start + timedelta(days=5)
    now = start
    while now < end:
        due = due_day(now, clock, zone, made, since=start)
        if due is not None:
            made.append(due)
        now += timedelta(minutes=step)
    assert len(made) == len(set(made))
    looked = now - timedelta(minutes=step)
    first, last = start.astimezone(zone).date(), looked.astimezone(zone).date()
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    wanted = [day for day in days if start < occasion(day, clock, zone) <= looked and _is_a_day(day, zone)]
    assert made == wanted


def _is_a_day(day: date, zone: ZoneInfo) -> bool:
    """Whether the place had such a day at all: Samoa had no 30 December 2011."""
    return datetime.combine(day, time(12), zone).astimezone(UTC).astimezone(zone).date() == day


@given(
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    naps=st.lists(st.integers(1, 200), min_size=1, max_size=12),
)
def test_a_machine_that_sleeps_makes_no_day_twice_and_none_of_long_ago(
    zone: ZoneInfo, naps: list[int]
) -> None:
    now, made = datetime(2026, 10, 20, tzinfo=UTC), []
    for hours in naps:
        now += timedelta(hours=hours)
        for _ in range(3):
            due = due_day(now, HALF_PAST_EIGHT, zone, made, LONG_AGO)
            if due is not None:
                assert due not in made
                assert now - occasion(due, HALF_PAST_EIGHT, zone) <= timedelta(hours=25)
                made.append(due)


class TestCover:
    now = at("2026-11-21T08:30")

    def test_it_begins_where_the_last_one_that_arrived_left_off(self) -> None:
        mark = self.now - timedelta(days=3)
        assert covers_from(mark, LONG_AGO, self.now, self.now) == mark

    def test_the_first_covers_a_day(self) -> None:
        assert covers_from(None, LONG_AGO, self.now, self.now) == self.now - FIRST

    def test_the_first_covers_no_time_before_the_recipient_came(self) -> None:
        since = self.now - timedelta(hours=2)
        assert covers_from(None, since, self.now, self.now) == since

    def test_it_does_not_reach_back_for_ever(self) -> None:
        assert covers_from(LONG_AGO, LONG_AGO, self.now, self.now) == self.now - MEMORY

    def test_a_mark_in_the_future_is_a_wrong_clocks(self) -> None:
        assert covers_from(self.now + timedelta(days=400), LONG_AGO, self.now, self.now) == self.now - FIRST
