"""Quiet hours by the recipient's own clock."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alerts.quiet import hours_text, parse_hours, quiet_end

SEOUL, NEW_YORK, BERLIN = ZoneInfo("Asia/Seoul"), ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin")
NIGHT = time(22), time(7)


def in_seoul(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-20T{text}").replace(tzinfo=SEOUL)


@pytest.mark.parametrize(
    ("at", "hours", "end"),
    [
        pytest.param(in_seoul("21:59:59"), NIGHT, None, id="a-second-before"),
        pytest.param(in_seoul("22:00"), NIGHT, in_seoul("07:00") + timedelta(days=1), id="as-they-begin"),
        pytest.param(in_seoul("00:00"), NIGHT, in_seoul("07:00"), id="midnight"),
        pytest.param(in_seoul("06:59:59"), NIGHT, in_seoul("07:00"), id="a-second-before-their-end"),
        pytest.param(in_seoul("07:00"), NIGHT, None, id="at-their-end"),
        pytest.param(in_seoul("12:30"), (time(12), time(13)), in_seoul("13:00"), id="within-a-day"),
        pytest.param(in_seoul("13:00"), (time(12), time(13)), None, id="after-lunch"),
        pytest.param(in_seoul("23:30"), (time(23), time(0)), in_seoul("00:00") + timedelta(days=1), id="until-midnight"),
        pytest.param(in_seoul("12:00"), (time(9), time(9)), None, id="no-hours"),
        pytest.param(in_seoul("12:00"), (None, None), None, id="none-set"),
    ],
)  # fmt: skip
def test_quiet_hours_end(at: datetime, hours: tuple[time | None, time | None], end: datetime | None) -> None:
    assert quiet_end(at, *hours, SEOUL) == end
    assert quiet_end(at.astimezone(UTC), *hours, SEOUL) == end


@pytest.mark.parametrize(
    ("at", "hours", "end"),
    [
        # New York skips from 02:00 to 03:00 on 2026-03-08 and has 01:00 to 02:00 twice on 2026-11-01.
        pytest.param("2026-03-08T04:00Z", NIGHT, "2026-03-08T11:00Z", id="a-night-of-eight-hours"),
        pytest.param("2026-11-01T04:00Z", NIGHT, "2026-11-01T12:00Z", id="a-night-of-ten-hours"),
        pytest.param("2026-03-08T06:59Z", (time(22), time(2, 30)), "2026-03-08T07:30Z", id="an-end-that-is-skipped"),
        pytest.param("2026-11-01T05:45Z", (time(22), time(1, 30)), "2026-11-01T06:30Z", id="an-end-that-comes-twice"),
        pytest.param("2026-11-01T05:30Z", (time(1, 30), time(7)), "2026-11-01T12:00Z", id="a-beginning-that-comes-twice"),
    ],
)  # fmt: skip
def test_nights_in_which_the_clock_is_changed(at: str, hours: tuple[time, time], end: str) -> None:
    assert quiet_end(datetime.fromisoformat(at), *hours, NEW_YORK) == datetime.fromisoformat(end)


CLOCKS = st.times(max_value=time(23, 59)).map(lambda clock: clock.replace(second=0, microsecond=0))
INSTANTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))


@given(at=INSTANTS, begins=CLOCKS, ends=CLOCKS, zone=st.sampled_from([NEW_YORK, BERLIN, SEOUL]))
@example(datetime(2026, 3, 8, 7, 15, tzinfo=UTC), time(2, 30), time(3, 30), NEW_YORK)
@example(datetime(2026, 3, 29, 0, 45, tzinfo=UTC), time(22), time(2, 15), BERLIN)
@example(datetime(2026, 10, 25, 0, 10, tzinfo=UTC), time(2, 5), time(2, 20), BERLIN)
@example(datetime(2026, 11, 1, 5, 50, tzinfo=UTC), time(1, 40), time(1, 45), NEW_YORK)
def test_whenever_the_wall_clock_says_quiet_it_is_and_it_ends(
    at: datetime, begins: time, ends: time, zone: ZoneInfo
) -> None:
    clock = at.astimezone(zone).time()
    on_the_wall = begins <= clock < ends if begins <= ends else clock >= begins or clock < ends
    end = quiet_end(at, begins, ends, zone)
    if on_the_wall:
        assert end is not None
    if end is not None:
        assert at < end <= at + timedelta(hours=25)
        # Right after them somebody looks at a clock that says so, or one that was just set forward over it.
        after = end.astimezone(zone)
        skipped = after.replace(fold=0).utcoffset() != (end - timedelta(hours=1)).astimezone(zone).utcoffset()
        assert after.time() == ends or skipped
    elif begins != ends:
        assert not on_the_wall


@given(at=INSTANTS, zone=st.sampled_from([NEW_YORK, BERLIN]))
def test_where_no_clock_is_changed_they_are_quiet_by_the_wall_clock_alone(
    at: datetime, zone: ZoneInfo
) -> None:
    clock = at.astimezone(zone).time()
    assert (quiet_end(at, time(22), time(7), zone) is not None) == (clock >= time(22) or clock < time(7))


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("22:00-07:00", (time(22), time(7))),
        (" 9:30 ~ 18:00 ", (time(9, 30), time(18))),
        ("22시~7시", (time(22), time(7))),
        ("22-7", (time(22), time(7))),
        ("23:00–24:00", (time(23), time(0))),
    ],
)
def test_hours_are_read_as_people_write_them(text: str, hours: tuple[time, time]) -> None:
    assert parse_hours(text) == hours
    assert parse_hours(hours_text(*hours)) == hours


@pytest.mark.parametrize(
    "text", ["", "22:00", "25:00-07:00", "22:60-07:00", "7-7", "24:30-8", "밤-아침", "-1-7"]
)
def test_what_is_no_pair_of_hours_is_refused_with_the_mend(text: str) -> None:
    with pytest.raises(ValueError, match="22:00-07:00"):
        parse_hours(text)
