"""Dates as sites write them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.documents import DateConfidence
from monitor.texts.dates import parse_date

SEOUL, TOKYO, BERLIN = ZoneInfo("Asia/Seoul"), ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DAY, LOCAL, INSTANT = DateConfidence.DAY, DateConfidence.LOCAL, DateConfidence.INSTANT


@pytest.mark.parametrize(
    ("raw", "expected", "confidence"),
    [
        # What feedparser makes the first of the current month.
        ("2026.08.04", "2026-08-03T15:00", DAY),
        ("2026. 8. 4.", "2026-08-03T15:00", DAY),
        ("2026/1/10 14:33:00", "2026-01-10T05:33", LOCAL),
        ("2026년 08월 19일", "2026-08-18T15:00", DAY),
        ("2026年8月17日", "2026-08-16T15:00", DAY),
        # What it reads nine hours off.
        ("Thu, 20 Aug 2026 14:00:00 JST", "2026-08-20T05:00", INSTANT),
        ("Thu, 20 Aug 2026 14:00:00 KST", "2026-08-20T05:00", INSTANT),
        ("2026-08-07 00:00:00.0", "2026-08-06T15:00", LOCAL),
        ("2026-08-04 00:00:00", "2026-08-03T15:00", LOCAL),
        # What it cannot read.
        ("Tue, 27 Dec 2005 13:30:33+0900", "2005-12-27T04:30", INSTANT),
        ("令和8年7月6日", "2026-07-05T15:00", DAY),
        ("平成38年8月7日", "2026-08-06T15:00", DAY),
        ("令和元年5月1日", "2019-04-30T15:00", DAY),
        ("R8.7.6", "2026-07-05T15:00", DAY),
        ("Apr 30, 2026 6:11pm", "2026-04-30T09:11", LOCAL),
        ("mer, 16 nov 2022 00:38:15 +0100", "2022-11-15T23:38", INSTANT),
        ("3. März 2026", "2026-03-02T15:00", DAY),
        ("2 février 2026", "2026-02-01T15:00", DAY),
        ("2026년 8월 4일 오후 3시 5분", "2026-08-04T06:05", LOCAL),
        ("2026年8月4日 午前9時", "2026-08-04T00:00", LOCAL),
        ("2026-08-04(화) 15:20", "2026-08-04T06:20", LOCAL),
        ("２０２６年８月４日", "2026-08-03T15:00", DAY),
        ("26.08.04", "2026-08-03T15:00", DAY),
        ("2026-08-20T10:00:00 GMT+9", "2026-08-20T01:00", INSTANT),
        # What everybody reads.
        ("2026-08-17T05:00:00Z", "2026-08-17T05:00", INSTANT),
        ("2026-08-17T05:00:00+09:00", "2026-08-16T20:00", INSTANT),
        ("2026-08-17T05:00:00.123456+0900", "2026-08-16T20:00", INSTANT),
        ("2026-08-17T05:00Z", "2026-08-17T05:00", INSTANT),
        ("Mon, 17 Aug 2026 05:00:00 GMT", "2026-08-17T05:00", INSTANT),
        ("17 Aug 2026 05:00 EDT", "2026-08-17T09:00", INSTANT),
        ("Mon, 17 Aug 26 05:00:00 +0000", "2026-08-17T05:00", INSTANT),
        ("Wed Aug 05 13:04:05 JST 2026", "2026-08-05T04:04", INSTANT),
        ("20260817", "2026-08-16T15:00", DAY),
        ("20260817T0530", "2026-08-16T20:30", LOCAL),
        ("1770000000", "2026-02-02T02:40", INSTANT),
        ("1770000000000", "2026-02-02T02:40", INSTANT),
        ("1770000000.25", "2026-02-02T02:40", INSTANT),
        ("/Date(1770000000000)/", "2026-02-02T02:40", INSTANT),
        (r"\/Date(1770000000000+0900)\/", "2026-02-02T02:40", INSTANT),
        ("20260817053000", "2026-08-16T20:30", LOCAL),
        # In addresses.
        ("2026-10-05-14-30-00", "2026-10-05T05:30", LOCAL),
        ("61000-2026-10-05-14-30-00.html", "2026-10-05T05:30", LOCAL),
        ("2026-10-05-1430", "2026-10-04T15:00", DAY),
        ("/2026/10/05/", "2026-10-04T15:00", DAY),
    ],
)
def test_a_date_is_read_as_its_site_means_it(raw: str, expected: str, confidence: DateConfidence) -> None:
    parsed = parse_date(raw, SEOUL, NOW)
    assert parsed.at is not None
    assert (parsed.at.strftime("%Y-%m-%dT%H:%M"), parsed.confidence) == (expected, confidence)


@pytest.mark.parametrize(
    "raw",
    ["", "just now", "어제", "2026-13-01", "2026-02-30", "99:99", "2027-01-01", "2026-11-21", "1970-01-01T00:00:00Z",
     "0001-01-01", "9999-12-31T23:59:59Z", "2026-11-20T13:00:00Z", "8月19日付", "12", "Chapter 3"],
)  # fmt: skip
def test_what_is_no_date_or_cannot_be_true_is_none(raw: str) -> None:
    assert parse_date(raw, SEOUL, NOW).at is None


def test_today_is_a_day_that_may_be_written_before_it_is_over() -> None:
    assert parse_date("2026-11-20", SEOUL, NOW).at == datetime(2026, 11, 19, 15, tzinfo=UTC)


def test_a_clock_may_be_some_minutes_ahead_and_no_more() -> None:
    assert parse_date("2026-11-20T12:14:00Z", SEOUL, NOW).at is not None
    assert parse_date("2026-11-20T12:16:00Z", SEOUL, NOW).at is None


def test_a_day_without_a_year_takes_its_headings() -> None:
    assert parse_date("8月19日付", TOKYO, NOW, year=2026).at == datetime(2026, 8, 18, 15, tzinfo=UTC)
    assert parse_date("8월 19일", TOKYO, NOW, year=2026).confidence == DAY


def test_cst_is_chinas_for_chinese_sources_and_americas_for_others() -> None:
    raw = "Mon, 17 Aug 2026 10:00:00 CST"
    assert parse_date(raw, ZoneInfo("Asia/Shanghai"), NOW).at == datetime(2026, 8, 17, 2, tzinfo=UTC)
    assert parse_date(raw, BERLIN, NOW).at == datetime(2026, 8, 17, 16, tzinfo=UTC)


def test_a_time_without_a_zone_keeps_summer_time() -> None:
    assert parse_date("2026-07-01 10:00", BERLIN, NOW).at == datetime(2026, 7, 1, 8, tzinfo=UTC)
    assert parse_date("2026-01-01 10:00", BERLIN, NOW).at == datetime(2026, 1, 1, 9, tzinfo=UTC)


@given(st.text(max_size=200))
def test_no_text_raises(raw: str) -> None:
    parse_date(raw, SEOUL, NOW, year=2026)


@given(
    st.datetimes(datetime(1990, 1, 2), datetime(2026, 11, 19)),
    st.sampled_from(
        ["%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y.%m.%d %H:%M:%S", "%Y年%m月%d日 %H:%M:%S", "%Y년 %m월 %d일 %H:%M:%S",
         "%a, %d %b %Y %H:%M:%S", "%d %B %Y %H:%M:%S", "%B %d, %Y %H:%M:%S", "%Y-%m-%dT%H:%M:%S"]
    ),
    st.sampled_from(["", " JST", " +0900", "+09:00", " KST"]),
)  # fmt: skip
def test_what_is_written_in_a_usual_form_is_read_back(moment: datetime, form: str, zone: str) -> None:
    moment = moment.replace(microsecond=0)
    parsed = parse_date(moment.strftime(form) + zone, SEOUL, NOW)
    assert parsed.at == (moment - timedelta(hours=9)).replace(tzinfo=UTC)
    assert parsed.confidence == (INSTANT if zone else LOCAL)
