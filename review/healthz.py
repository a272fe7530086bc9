"""/healthz: is the program well, in JSON for a machine that watches it.

It asks for no account: reasons name what is wrong and hold no path, address or text of a server's.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.models import Max, Min, Q, QuerySet
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from alerts.channels import channel_names
from alerts.ledger import HALTED
from alerts.models import Alert, Recipient, through
from alerts.setback import SLACK
from monitor import rests
from monitor.clock import Clock
from monitor.config import settings
from monitor.database import owner
from monitor.models import Entry, Source
from monitor.polls import store
from monitor.polls.polling import FAILURES_BEFORE_FALLBACK
from monitor.sources import SourceConfig
from monitor.upkeep.disk import Room
from review import catalogue

#: What waits this long is stuck.
PATIENCE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the program knows of itself."""

    last_poll_at: datetime | None
    #: Of all that wait, whether or not there is a way to send them.
    oldest_unsent_alert_at: datetime | None
    #: Sources that should have been polled an hour ago, the latest first; and when the first of them was due.
    overdue_sources: list[str]
    untagged_entries: int
    room: Room
    oldest_overdue_at: datetime | None = None
    #: Of those for which there is a way, and which nobody asked to wait.
    stuck_alert_at: datetime | None = None
    #: Why nothing goes through a channel at all, by its name.
    halted: dict[str, str] = field(default_factory=dict)
    #: Of this process: what fails again and again, with the error's name, and steps that hang, with their seconds.
    failing: dict[str, str] = field(default_factory=dict)
    hanging: dict[str, float] = field(default_factory=dict)


def faults(facts: Facts, now: datetime) -> list[str]:
    """What is wrong, one English line each; empty when all is well.

    With nothing to send by alerts stay in the ledger by design, and before the first poll nothing is late.
    """
    found = []
    if facts.last_poll_at and facts.overdue_sources:
        found.append(f"sources overdue by more than an hour: {', '.join(facts.overdue_sources[:5])}")
    if facts.last_poll_at and facts.last_poll_at > now + SLACK:
        found.append(f"the clock is behind the last poll, of {facts.last_poll_at:%Y-%m-%dT%H:%M:%SZ}")
    found += [f"nothing goes through {channel}: {reason}" for channel, reason in facts.halted.items()]
    oldest = facts.stuck_alert_at
    if oldest and now - oldest > PATIENCE:
        found.append(f"an alert waits since {oldest:%Y-%m-%dT%H:%M:%SZ}")
    if facts.room.is_low():
        found.append(f"only {facts.room.free // 1_000_000} MB of disk free")
    found += [f"{what} fails: {error}" for what, error in facts.failing.items()]
    found += [f"{step} has been running for {seconds:.0f} s" for step, seconds in facts.hanging.items()]
    return found


def gather(now: datetime) -> Facts:
    """The facts, from the database, the disk and this process."""
    late = overdue(catalogue.sources(), now)
    first = Source.objects.filter(id__in=late).aggregate(at=Min("next_poll_at"))["at"]
    clock = Clock.current
    return Facts(
        last_poll_at=Source.objects.aggregate(at=Max("last_polled_at"))["at"],
        oldest_unsent_alert_at=_oldest(Alert.objects.filter(state=Alert.State.QUEUED, rolled=False)),
        overdue_sources=late,
        oldest_overdue_at=first,
        untagged_entries=Entry.objects.filter(tagged_at=None).count(),
        room=Room.of(settings().home),
        stuck_alert_at=_oldest(_stuck(now)),
        halted=_halted(),
        failing=rests.failing(),
        hanging=dict(clock.hanging()) if clock else {},
    )


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """`/healthz`: 200 when well, 503 and the reasons when not."""
    now = timezone.now()
    try:
        facts = gather(now)
        under_way = {
            "polls": Source.objects.filter(leased_until__gt=now).count(),
            "alerts": Alert.objects.filter(leased_until__gt=now).count(),
        }
    except DatabaseError as error:
        reason = f"the database does not answer: {rests.name_of(error)}"
        return JsonResponse({"status": "error", "database": "error", "reasons": [reason]}, status=503)
    reasons = faults(facts, now)
    answer: dict[str, Any] = {"status": "error" if reasons else "ok", "database": "ok", "reasons": reasons}
    answer |= asdict(facts) | {"under_way": under_way, "disk_free": facts.room.free}
    # One process has a home with SQLite to itself; on PostgreSQL work is shared by leases.
    answer["lock"] = owner(settings().home) if connection.vendor == "sqlite" else None
    return JsonResponse(answer, status=503 if reasons else 200)


def overdue(sources: Mapping[str, SourceConfig], now: datetime) -> list[str]:
    """The sources that should have been polled an hour ago; one that stands in for another only while that fails."""
    failing = store.failing(FAILURES_BEFORE_FALLBACK)
    asked = {
        source.id
        for source in sources.values()
        if source.enabled and (not source.fallback_for or source.fallback_for in failing)
    }
    late = Source.objects.filter(next_poll_at__lt=now - PATIENCE).order_by("next_poll_at")
    return [source_id for source_id in late.values_list("id", flat=True) if source_id in asked]


def _stuck(now: datetime) -> QuerySet[Alert]:
    """What waits though it could be sent; not what quiet hours or a server's flood wait hold back."""
    soon = now + PATIENCE
    return Alert.objects.filter(
        through(*channel_names(settings())),
        Q(not_before__lte=now) | Q(not_before__lte=soon) & ~Q(error=""),
        state=Alert.State.QUEUED,
        rolled=False,
        recipient__state=Recipient.State.ACTIVE,
    )


def _halted() -> dict[str, str]:
    """The channels through which nothing goes, each with the name of why."""
    found = {}
    for name in channel_names(settings()):
        halted = Alert.objects.filter(through(name), state=Alert.State.QUEUED, error__startswith=HALTED)
        error = halted.order_by("-id").values_list("error", flat=True).first()
        if error:
            found[name] = error.removeprefix(HALTED).partition(":")[0][:40]
    return found


def _oldest(alerts: QuerySet[Alert]) -> datetime | None:
    at: datetime | None = alerts.aggregate(at=Min("queued_at"))["at"]
    return at
