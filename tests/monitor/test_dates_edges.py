"""Dates at the edges of each rule, and every word in the tables (found by mutation testing, docs/mutants.md)."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.documents import DateConfidence
from monitor.texts.dates import NO_DATE, parse_date

SEOUL = ZoneInfo("Asia/Seoul")
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DAY, LOCAL, INSTANT = DateConfidence.DAY, DateConfidence.LOCAL, DateConfidence.INSTANT


def local(raw: str, zone: ZoneInfo = SEOUL) -> str:
    """What `raw` says, as a clock in `zone` shows it; "-" for nothing."""
    at = parse_date(raw, zone, NOW).at
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S") if at else "-"


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        ("12:05 am", "00:05:00"), ("12:05am", "00:05:00"), ("12:05 a.m.", "00:05:00"), ("오전 12:05", "00:05:00"), ("午前12:05", "00:05:00"),
        ("上午 12:05", "00:05:00"), ("12:05 pm", "12:05:00"), ("오후 12:05", "12:05:00"), ("3:05 p.m.", "15:05:00"), ("3:05 PM", "15:05:00"),
        ("午後3時5分", "15:05:00"), ("下午3点5分6秒", "15:05:06"), ("午後 11:59", "23:59:00"), ("11:59 am", "11:59:00"), ("13:05 am", "13:05:00"),
        ("3시 5분 6초", "03:05:06"), ("3시 오후", "15:00:00"), ("15:05:06,789", "15:05:06"), ("23:59:59", "23:59:59"), ("23:59:60", "23:59:59"),
        ("3:05 pmx", "03:05:00"), ("00:00:01", "00:00:01"),
    ],
)  # fmt: skip
def test_a_clock_is_read_as_people_write_it(clock: str, expected: str) -> None:
    assert local(f"2026-08-04 {clock}") == f"2026-08-04 {expected}"


@pytest.mark.parametrize(
    "clock", ["25:00:00", "24:00:01", "24:01:00", "10:60:00", "10:99", "23:59:61", "99:99:99"]
)
def test_a_time_that_no_clock_shows_makes_no_date(clock: str) -> None:
    assert local(f"2026-08-04 {clock}") == "-"


def test_the_24th_hour_is_the_next_days_first() -> None:
    assert local("2026-08-04 24:00:00") == "2026-08-05 00:00:00"


@pytest.mark.parametrize(
    ("zone", "hours"),
    [
        ("utc", 0), ("GMT", 0), ("UT", 0), ("Z", 0), ("WET", 0), ("JST", 9), ("KST", 9), ("BST", 1), ("CET", 1), ("MET", 1), ("MEZ", 1),
        ("CEST", 2), ("MEST", 2), ("MESZ", 2), ("EET", 2), ("EEST", 3), ("MSK", 3), ("IST", 5.5), ("SGT", 8), ("HKT", 8), ("PHT", 8),
        ("ICT", 7), ("EST", -5), ("EDT", -4), ("CST", -6), ("CDT", -5), ("MST", -7), ("MDT", -6), ("PST", -8), ("PDT", -7), ("AEST", 10),
        ("AEDT", 11), ("+0530", 5.5), ("-0330", -3.5), ("−05:00", -5), ("+1400", 14), ("UTC+8", 8), ("GMT-03:00", -3), ("[+09:00]", 9),
        ("(JST)", 9), ("[JST]", 9), ("( JST)", 9), ("+05:30", 5.5), ("UTC +8", 8), ("UT+1", 1), ("UT -1", -1), ("(+09)", 9),
    ],
)  # fmt: skip
def test_a_zone_is_read_as_people_write_it(zone: str, hours: float) -> None:
    parsed = parse_date(f"2026-08-04 12:00 {zone}", ZoneInfo("Europe/Berlin"), NOW)
    assert parsed.at == datetime(2026, 8, 4, 12, tzinfo=UTC) - timedelta(hours=hours)
    assert parsed.confidence == INSTANT


@pytest.mark.parametrize("zone", ["XYZ", "(서울)", "+1401", "+15:00", "-9900", "Utcx", "12345", "+12345"])
def test_what_is_no_zone_leaves_the_sources(zone: str) -> None:
    parsed = parse_date(f"2026-08-04 12:00 {zone}", SEOUL, NOW)
    assert (parsed.at, parsed.confidence) == (datetime(2026, 8, 4, 3, tzinfo=UTC), LOCAL)


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Asia/Taipei"])
def test_cst_is_chinas_in_china_and_taiwan(zone: str) -> None:
    assert local("2026-08-04 12:00 CST", ZoneInfo(zone)) == "2026-08-04 12:00:00"


@pytest.mark.parametrize(
    ("month", "names"),
    list(enumerate(
        [
            "Jan January Januar janv janvier gen gennaio ene enero Jänner", "Feb February Februar févr fév février febbraio febrero fev",
            "Mar March März Mrz mars marzo Mär Maerz", "Apr April avr avril aprile abr abril", "May Mai mag maggio mayo",
            "Jun June Juni juin giu giugno junio", "Jul July Juli juil juillet lug luglio julio", "Aug August août aout ago agosto",
            "Sep Sept September septembre set settembre septiembre", "Oct October Okt Oktober octobre ott ottobre octubre",
            "Nov November novembre noviembre", "Dec December Dez Dezember déc décembre dic dicembre diciembre",
        ],
        1,
    )),
)  # fmt: skip
def test_a_month_is_known_in_every_language_of_the_sources(month: int, names: str) -> None:
    for name in names.split():
        for raw in (
            f"7 {name} 2025",
            f"7. {name} 2025",
            f"{name} 7, 2025",
            f"7-{name}-25",
            f"{name.upper()} 7 2025",
        ):
            assert local(raw) == f"2025-{month:02}-07 00:00:00", raw


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        # Years.
        ("7 Aug 70", "-"), ("7 Aug 99", "1999-08-07 00:00:00"), ("7 Aug 69", "-"), ("7 Aug 00", "2000-08-07 00:00:00"),
        ("令和2年1月2日", "2020-01-02 00:00:00"), ("昭和64年1月7日", "-"), ("昭和66年1月7日", "1991-01-07 00:00:00"), ("平成2年1月2日", "1990-01-02 00:00:00"),
        ("平成元年1月8日", "-"), ("H31.4.30", "2019-04-30 00:00:00"), ("R元年5月1日", "-"), ("1990-01-01 09:00", "1990-01-01 09:00:00"),
        ("1990-01-01 08:59", "-"),
        # The time stands in the day's form.
        ("2026-10-05-14-30-07", "2026-10-05 14:30:07"), ("2026_10_05_14_30_07", "-"), ("2026/10/05_23_59_59", "2026-10-05 23:59:59"),
        ("20260817053007", "2026-08-17 05:30:07"), ("20260817T0530", "2026-08-17 05:30:00"), ("20260817T235959", "2026-08-17 23:59:59"),
        ("20260817T2400", "2026-08-17 00:00:00"), ("20260817T1260", "2026-08-17 00:00:00"), ("20260817T2359", "2026-08-17 23:59:00"),
        ("2026−08−04 10:00−05:00", "2026-08-05 00:00:00"), ("2026-08-04 10:00 −0500", "2026-08-05 00:00:00"),
        # Longer numbers are no years, months or days.
        ("12026-08-04", "-"), ("2026-08-041", "-"), ("2026-123-04", "-"), ("202608041", "-"), ("2026080412345", "-"), ("126.08.04", "-"),
        ("26.08.041", "-"), ("R81.7.6", "-"), ("R8.7.123", "-"), ("令和8年7月61日", "-"), ("Aug 4, 20261", "-"), ("114 Aug 2026", "-"), ("19260804", "-"),
        ("for8.7.6", "-"), ("2026-10-05-14-30-071", "2026-10-05 00:00:00"), ("2026-10-05-24-30-07", "2026-10-05 00:00:00"),
        ("2026-10-05-14-60-07", "2026-10-05 00:00:00"), ("x 26.08.04", "-"), ("20260817T05301", "2026-08-17 00:00:00"), ("id 20260817", "-"),
        # Spaces between the parts.
        ("2026 - 08 - 04", "2026-08-04 00:00:00"), ("2026 年 8 月 4 日", "2026-08-04 00:00:00"), ("令和 8 年 7 月 6 日", "2026-07-06 00:00:00"),
        ("R8/7/6", "2026-07-06 00:00:00"), ("R8-7-6", "2026-07-06 00:00:00"), ("2026年8月4日 3 時 5 分 6 秒", "2026-08-04 03:05:06"),
        ("2026-08-04 3時5分", "2026-08-04 03:05:00"), ("2026-08-04 3点5分", "2026-08-04 03:05:00"), ("2026-08-04 3點5分", "2026-08-04 03:05:00"),
        ("2026-08-04 3时5分", "2026-08-04 03:05:00"), ("2026-08-04 3:05 오전", "2026-08-04 03:05:00"), ("2026-08-04 3:05 오후", "2026-08-04 15:05:00"),
        ("2026-08-04 12:05 오전", "2026-08-04 00:05:00"), ("2026-08-04 p.m. 3:05", "2026-08-04 15:05:00"), ("2026-08-04 pm 3:05", "2026-08-04 15:05:00"),
        ("2026-08-04 a.m. 12:05", "2026-08-04 00:05:00"), ("26. 8. 4", "2026-08-04 00:00:00"), ("2026-08-04 10:00:00,5 +0000", "2026-08-04 19:00:00"),
        # Ordinals and other marks.
        ("1st August 2026", "2026-08-01 00:00:00"), ("2nd August 2026", "2026-08-02 00:00:00"), ("3rd August 2026", "2026-08-03 00:00:00"),
        ("4th August 2026", "2026-08-04 00:00:00"), ("August 1st, 2026", "2026-08-01 00:00:00"), ("August 2nd 2026", "2026-08-02 00:00:00"),
        ("August 3rd 2026", "2026-08-03 00:00:00"), ("Aug. 14th , 2026", "2026-08-14 00:00:00"), ("14/Aug/2026", "2026-08-14 00:00:00"),
        ("14, Aug, 2026", "2026-08-14 00:00:00"), ("14.Aug.2026", "2026-08-14 00:00:00"),
        ("14 - Aug - 2026", "2026-08-14 00:00:00"), ("14  de  agosto  de  2026", "2026-08-14 00:00:00"), ("Aug  14  2026", "2026-08-14 00:00:00"),
        ("Wed  Aug  05  13:04:05  +09:00  2026", "2026-08-05 13:04:05"), ("Aug 05 13:04:05 -0500 2026", "2026-08-06 03:04:05"),
        ("26-8.4", "-"), ("26.8-4", "-"), ("14 Aug 20261", "-"), ("Aug 4,2026", "2026-08-04 00:00:00"), ("20260817T0530 +0000", "2026-08-17 14:30:00"),
        ("2026-10-05-14-30-07 UTC", "2026-10-05 23:30:07"), ("2026-10-05-19-30-07", "2026-10-05 19:30:07"), ("2026-10-05-23-30-07", "2026-10-05 23:30:07"),
        ("2026-10-05-21-30-07", "2026-10-05 21:30:07"), ("2026-10-05-04-30-07", "2026-10-05 04:30:07"), ("2026-10-05-14-30-37", "2026-10-05 14:30:37"),
        ("2026-08-04 :05", "2026-08-04 00:00:00"), ("2026-08-04 時", "2026-08-04 00:00:00"), ("2026-08-04 3時分", "2026-08-04 03:00:00"),
        # Numbers that are a clock's and not a year's.
        ("14 Aug 12:30", "-"), ("7 Aug 0100", "-"),
        # The time stands in front of the day.
        ("14:30 17.08.2026", "-"), ("14:30 2026-08-17", "2026-08-17 14:30:00"), ("오후 2:30, 2026. 8. 17.", "2026-08-17 14:30:00"),
        ("9:05:06 17 August 2026", "2026-08-17 09:05:06"),
        # The year stands last.
        ("Wed Aug 05 13:04:05 2026", "2026-08-05 13:04:05"), ("Aug 5 13:04 2026", "2026-08-05 13:04:00"), ("Foo 5 13:04 2026", "-"),
        # Words around it.
        ("Published on 3rd of Foo; 4 August 2026", "2026-08-04 00:00:00"), ("5 de agosto de 2026", "2026-08-05 00:00:00"),
        ("le 1er août 2026", "2026-08-01 00:00:00"), ("[26. 8. 4.]", "2026-08-04 00:00:00"), ("登録日：2026年8月4日（火）", "2026-08-04 00:00:00"),
        ("31 June 2026", "-"), ("Feb 30, 2026", "-"), ("99.99.99", "-"),
    ],
)  # fmt: skip
def test_a_form_is_read_as_it_is_meant(raw: str, expected: str) -> None:
    assert local(raw) == expected


class TestWhatCannotBeTrue:
    def test_a_clock_may_be_a_quarter_of_an_hour_ahead_to_the_second(self) -> None:
        assert parse_date("2026-11-20T12:15:00Z", SEOUL, NOW).at == NOW + timedelta(minutes=15)
        assert parse_date("2026-11-20T12:15:01Z", SEOUL, NOW) == NO_DATE

    def test_a_day_may_be_the_sources_today_and_not_its_tomorrow(self) -> None:
        # 21:00 in Seoul, 22:00 in Sydney, and already tomorrow in Auckland.
        assert local("2026-11-21", ZoneInfo("Pacific/Auckland")) == "2026-11-21 00:00:00"
        assert local("2026-11-21", ZoneInfo("Australia/Sydney")) == "-"

    def test_a_day_is_its_midnight_where_its_source_is(self) -> None:
        assert parse_date("2026-07-01", ZoneInfo("America/New_York"), NOW).at == datetime(
            2026, 7, 1, 4, tzinfo=UTC
        )

    def test_before_1990_nothing_was_published(self) -> None:
        assert parse_date("1990-01-01T00:00:00Z", SEOUL, NOW).at == datetime(1990, 1, 1, tzinfo=UTC)
        assert parse_date("1989-12-31T23:59:59Z", SEOUL, NOW) == NO_DATE

    def test_no_date_is_none_with_no_confidence(self) -> None:
        assert (NO_DATE.at, NO_DATE.confidence) == (None, DateConfidence.NONE)
        assert parse_date("0001-01-01 00:00 +1400", SEOUL, NOW) == NO_DATE
        assert parse_date("9999-12-31 23:59 -1400", SEOUL, NOW) == NO_DATE


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("1770000007", datetime(2026, 2, 2, 2, 40, 7, tzinfo=UTC)),
        ("1770000007250", datetime(2026, 2, 2, 2, 40, 7, 250_000, tzinfo=UTC)),
        (r"/Date(1770000007000-0500)/", datetime(2026, 2, 2, 2, 40, 7, tzinfo=UTC)),
        ("17700000072", None),
        ("1970000000", None),
    ],
)
def test_seconds_and_milliseconds_since_1970(raw: str, expected: datetime | None) -> None:
    assert parse_date(raw, SEOUL, NOW).at == expected


def test_only_the_first_120_characters_are_read() -> None:
    assert parse_date(" " * 110 + "2026-08-04", SEOUL, NOW).at is not None
    assert parse_date(" " * 111 + "2026-08-04", SEOUL, NOW).at is None


@pytest.mark.parametrize(
    ("raw", "day"),
    [
        ("8/4", (8, 4)),
        ("112/4", None),
        ("8/123", None),
        ("8 월 4 일", (8, 4)),
        ("8월4일 9", (8, 4)),
        ("8.4", (8, 4)),
        ("８月４日（火）", (8, 4)),
        ("13/4", None),
        ("148/4", None),
    ],
)
def test_a_day_without_a_year(raw: str, day: tuple[int, int] | None) -> None:
    assert parse_date(raw, SEOUL, NOW).at is None
    at = parse_date(raw, SEOUL, NOW, year=2025).at
    assert (at and at.astimezone(SEOUL).date()) == (date(2025, *day) if day else None)
