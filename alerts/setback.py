"""When the wall clock is set back, what was timed by it is moved back with it: nothing stands still until it catches up.

Steps run on through a jump (`monitor.clock`); what is due in the database goes by the wall clock, since it has to
outlive the process. Of steps under two minutes, as NTP makes them, no notice is taken. A clock that jumps forward needs
nothing: what is due, is due. With several machines on one PostgreSQL the others go on meanwhile, and nothing is moved.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Max

from alerts.models import Alert
from monitor.logs import logger
from monitor.models import Entry, Source

#: Less is no jump.
SLACK = timedelta(minutes=2)


@dataclass
class WallClock:
    """Sees the wall clock jump, by a clock that does not: both as they read at the last look."""

    wall: datetime
    monotonic: float

    def set_back(self, wall: datetime, monotonic: float) -> timedelta:
        """How far the wall clock has been set back since the last look; zero where it was not."""
        back = self.wall + timedelta(seconds=monotonic - self.monotonic) - wall
        self.wall, self.monotonic = wall, monotonic
        return back if back > SLACK else timedelta(0)


def since_last_run(now: datetime) -> timedelta:
    """How far the clock has been set back while the program was off: by the last visit, which lies in the future then."""
    last = Source.objects.aggregate(at=Max("last_polled_at"))["at"]
    return last - now if last is not None and last - now > SLACK else timedelta(0)


@transaction.atomic
def move_back(by: timedelta, now: datetime) -> None:
    """Moves back by `by` all that waits for a time in the future; what quiet hours hold back waits for their end."""
    if not by or connection.vendor != "sqlite":
        return
    waiting = Alert.objects.filter(state=Alert.State.QUEUED, rolled=False)
    for rows, field in (
        (Source.objects.all(), "next_poll_at"),
        (Source.objects.all(), "leased_until"),
        (Entry.objects.all(), "page_due_at"),
        (waiting, "not_before"),
        (Alert.objects.all(), "leased_until"),
        (Alert.objects.all(), "revise_at"),
    ):
        rows.filter(**{f"{field}__gt": now}).update(**{field: F(field) - by})
    for field in ("last_polled_at", "last_success_at"):
        Source.objects.filter(**{f"{field}__gt": now}).update(**{field: now})
    logger.warning("the clock was set back", by=str(by))
