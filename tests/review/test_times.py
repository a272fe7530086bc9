"""Times in words."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from review.times import instant, next_morning, published

SEOUL = ZoneInfo("Asia/Seoul")
NEW_YORK = ZoneInfo("America/New_York")
AUCKLAND = ZoneInfo("Pacific/Auckland")
NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)  # 15:00 in Seoul


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "words"),
    [
        pytest.param(utc(2026, 11, 21, 0, 12), "오늘 09:12", id="this morning"),
        pytest.param(utc(2026, 11, 20, 15, 0), "오늘 00:00", id="midnight in Seoul is today"),
        pytest.param(utc(2026, 11, 20, 14, 59), "어제 23:59", id="a minute before is yesterday"),
        pytest.param(utc(2026, 11, 21, 23, 0), "내일 08:00", id="tomorrow"),
        pytest.param(utc(2026, 11, 18, 3, 0), "11.18", id="this year"),
        pytest.param(utc(2025, 1, 3, 3, 0), "2025.1.3", id="another year"),
    ],
)
def test_an_instant_is_told_as_a_person_would(at: datetime, words: str) -> None:
    assert instant(at, NOW, SEOUL).text == words


def test_the_exact_time_names_its_zone() -> None:
    when = instant(utc(2026, 11, 21, 0, 12), NOW, SEOUL)
    assert (when.exact, when.machine) == ("2026-11-21 09:12 KST", "2026-11-21T09:12+0900")


def test_a_day_shows_no_time() -> None:
    midnight_in_seoul = utc(2026, 11, 20, 15, 0)
    when = published(midnight_in_seoul, "day", NOW, NOW, SEOUL, SEOUL)
    assert (when.text, when.exact, when.machine) == ("오늘", "2026-11-21", "2026-11-21")


@pytest.mark.parametrize(
    ("midnight", "zone"),
    [
        pytest.param(utc(2026, 11, 18, 5, 0), NEW_YORK, id="west of here"),
        pytest.param(utc(2026, 11, 17, 11, 0), AUCKLAND, id="east of here, where it is still the 17th"),
    ],
)
def test_a_day_is_the_day_where_the_source_is(midnight: datetime, zone: ZoneInfo) -> None:
    assert published(midnight, "day", NOW, NOW, SEOUL, zone).text == "11.18"


def test_without_a_date_the_first_sight_is_shown_and_named() -> None:
    when = published(None, "none", utc(2026, 11, 21, 0, 12), NOW, SEOUL, SEOUL)
    assert (when.note, when.text) == ("처음 본 시각", "오늘 09:12")


@pytest.mark.parametrize(
    ("pressed", "back"),
    [
        pytest.param(utc(2026, 11, 21, 1, 0), utc(2026, 11, 21, 23, 0), id="10:00, tomorrow at 8"),
        pytest.param(utc(2026, 11, 20, 22, 50), utc(2026, 11, 21, 23, 0), id="07:50, not in ten minutes"),
        pytest.param(utc(2026, 11, 20, 18, 0), utc(2026, 11, 20, 23, 0), id="03:00, this very morning"),
        pytest.param(utc(2026, 11, 21, 14, 59), utc(2026, 11, 21, 23, 0), id="23:59, tomorrow"),
    ],
)
def test_later_means_the_next_morning_at_eight(pressed: datetime, back: datetime) -> None:
    assert next_morning(pressed, SEOUL) == back


def test_the_morning_is_at_eight_on_the_day_the_clocks_change() -> None:
    before = datetime(2026, 10, 24, 22, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    assert f"{next_morning(before, ZoneInfo('Europe/Berlin')):%d %H:%M %z}" == "25 08:00 +0100"
