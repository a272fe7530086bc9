"""How long things are kept, and when the night's chores are due: tables of values."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.config import Settings
from monitor.upkeep.retention import backup_before_update, daily_backup, is_due, spare_backups, spare_models

SEOUL, BERLIN = ZoneInfo("Asia/Seoul"), ZoneInfo("Europe/Berlin")


def at(text: str, zone: ZoneInfo = SEOUL) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("done", "now", "due"),
    [
        pytest.param("11-20T04:10", "11-20T23:59", False, id="done this night"),
        pytest.param("11-20T04:10", "11-21T03:59", False, id="not before four"),
        pytest.param("11-20T04:10", "11-21T04:00", True, id="at four"),
        pytest.param("11-20T04:10", "11-21T09:30", True, id="the machine slept at four"),
        pytest.param("11-20T15:00", "11-21T04:00", True, id="done late yesterday"),
        pytest.param("11-21T04:10", "11-20T12:00", True, id="the clock was set back: once more"),
        pytest.param("12-31T04:10", "11-21T09:00", True, id="the clock had run ahead: not for ever"),
    ],
)
def test_chores_are_due_once_a_night(done: str, now: str, due: bool) -> None:
    assert is_due(at(done), at(now), SEOUL) is due


@pytest.mark.parametrize("day", ["03-29", "10-25"], ids=["23 hours", "25 hours"])
def test_a_day_of_23_or_25_hours_has_one_night(day: str) -> None:
    begun = at(f"{day}T00:00", BERLIN)
    done_at, nights = begun - timedelta(hours=12), 0
    for minutes in range(0, 25 * 60, 30):
        if is_due(done_at, now := begun + timedelta(minutes=minutes), BERLIN):
            done_at, nights = now, nights + 1
    assert nights == 1


def test_the_newest_backups_stay_and_what_is_not_ours_is_left_alone() -> None:
    daily = [f"daily-2026-11-{day:02}.zip" for day in range(1, 10)]
    before = [f"before-202611{day:02}T000000Z.zip" for day in range(1, 6)]
    foreign = ["monitor-2020-01-01.zip", "daily-2020-01-01.zip.part", "notes.txt"]
    assert spare_backups([*daily, *before, *foreign], 7) == [*before[:2], *daily[:2]]


def test_the_names_that_backups_get_are_the_names_that_are_known() -> None:
    now = at("11-21T04:00")
    assert daily_backup(now, SEOUL) == "daily-2026-11-21.zip"
    assert spare_backups([daily_backup(now, SEOUL)], 0) == ["daily-2026-11-21.zip"]
    older = [backup_before_update(now - timedelta(days=day)) for day in range(4)]
    assert spare_backups(older, 0) == [older[-1]]


M = [f"own-{number}" for number in range(12)]


@pytest.mark.parametrize(
    ("promoted", "active", "gone"),
    [
        pytest.param(M, M[11], M[:7], id="all were in force"),
        pytest.param(M[:6], M[5], [M[0], M[6]], id="the last six were refused: five of each stay"),
        pytest.param(M, M[3], M[4:7], id="rolled back far: what it goes back to from there stays"),
        pytest.param([], "", M[:7], id="the shipped one is in force"),
    ],
)
def test_models_in_force_those_before_them_and_the_newest_stay(
    promoted: list[str], active: str, gone: list[str]
) -> None:
    assert spare_models(promoted, M, active) == gone


@pytest.mark.parametrize(("said", "days"), [("730d", 730), (" 90d ", 90), ("0", None)])
def test_how_long_entries_are_kept(said: str, days: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_KEEP_ENTRIES", said)
    assert Settings().keep_entries == (days and timedelta(days=days))  # type: ignore[call-arg]


@pytest.mark.parametrize("said", ["30d", "2y", "-1d", "730", "1e9d", "0d"])
def test_too_short_a_time_to_keep_entries_is_refused_with_the_mend(
    said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_KEEP_ENTRIES", said)
    with pytest.raises(ValueError, match="at least 90d"):
        Settings()  # type: ignore[call-arg]
