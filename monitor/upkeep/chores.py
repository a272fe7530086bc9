"""Glue: which of the day's chores are due, as the database remembers it: a restart neither forgets one nor repeats it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from monitor.models import Chore
from monitor.upkeep.retention import is_due

#: Names of chores, as `monitor.models.Chore` keeps them.
BACKUP, TIDY = "backup", "tidy"


def due(now: datetime, zone: ZoneInfo) -> list[str]:
    """The chores that are to be done now, in their order: what is tidied away tonight stands in tonight's backup.

    A home of today has nothing to tidy: its first night is the next one.
    """
    found = []
    for name in (BACKUP, TIDY):
        chore, is_first = Chore.objects.get_or_create(name=name, defaults={"done_at": now})
        if not is_first and is_due(chore.done_at, now, zone):
            found.append(name)
    return found


def done(name: str, now: datetime) -> None:
    """Notes that a chore was done."""
    Chore.objects.update_or_create(name=name, defaults={"done_at": now})
