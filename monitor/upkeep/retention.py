"""Pure: what is kept for how long, and when the day's chores are due (docs/decisions/retention.md)."""

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
#: Visits to sources; what is learned of a source is learned from its entries.
POLLS = 90 * DAY
#: Summaries, notices and incidents, each once nobody waits for it any more. An alert of a story goes with its story.
MESSAGES = 365 * DAY
#: What strangers tapped; asked for after a dispute, not after a year.
REFUSED_TAPS = 365 * DAY
#: robots.txt is asked for again after a day.
ROBOTS = 30 * DAY
#: What a killed process left half written is nobody's after a day.
DRAFTS = DAY
#: Of the backups made before an update: as many updates can be undone.
BEFORE_UPDATES = 3
#: Of trained models, the last so many that were in force, and the last so many in all.
MODELS = 5
#: The day of chores begins in the small hours.
_HOUR = timedelta(hours=4)


def is_due(done_at: datetime, now: datetime, zone: ZoneInfo) -> bool:
    """Whether the day's chores are to be done: once each night at four, or as soon after it as the program runs.

    A clock that was set back makes them due once more, and never keeps them from being due.
    """
    return _night(done_at, zone) != _night(now, zone)


def _night(at: datetime, zone: ZoneInfo) -> date:
    return (at.astimezone(zone).replace(tzinfo=None) - _HOUR).date()


_DAILY = re.compile(r"daily-\d{4}-\d{2}-\d{2}\.zip")
_BEFORE = re.compile(r"before-\d{8}T\d{6}Z\.zip")


def daily_backup(now: datetime, zone: ZoneInfo) -> str:
    """The file name of a day's backup; a second one of the same day takes the place of the first."""
    return f"daily-{now.astimezone(zone):%Y-%m-%d}.zip"


def backup_before_update(now: datetime) -> str:
    """The file name of a backup that is made before an update of the database."""
    return f"before-{now:%Y%m%dT%H%M%SZ}.zip"


def spare_backups(names: Iterable[str], keep: int) -> list[str]:
    """The file names of those of our own backups that are more than are kept: beside `keep` daily ones, BEFORE_UPDATES.

    A file that somebody else put there is none of ours.
    """
    known = sorted(names, reverse=True)
    daily = [name for name in known if _DAILY.fullmatch(name)]
    before = [name for name in known if _BEFORE.fullmatch(name)]
    return sorted(daily[keep:] + before[BEFORE_UPDATES:])


def spare_models(promoted: Iterable[str], trained: Iterable[str], active: str) -> list[str]:
    """Which trained models may go, of names in the order in which they were trained.

    Kept are the one in force with those that `monitor train --rollback` goes back to from there, and the newest.
    """
    ever_used, known = list(promoted), list(trained)
    up_to = ever_used[: ever_used.index(active) + 1] if active in ever_used else ever_used
    kept = {active, *up_to[-MODELS:], *known[-MODELS:]}
    return [name for name in known if name not in kept]
