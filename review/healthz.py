"""/healthz: is the program well, in JSON for a machine that watches it."""

import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.db.models import Max, Min
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from alerts.models import Alert
from monitor import store
from monitor.config import settings
from monitor.models import Entry, Source
from monitor.polling import FAILURES_BEFORE_FALLBACK
from monitor.sources import SourceConfig
from review import catalogue

#: What waits this long is stuck.
PATIENCE = timedelta(hours=1)
#: Under this much free disk, in bytes, somebody should look.
LEAST_DISK = 200_000_000


@dataclass(frozen=True, slots=True)
class Facts:
    """What the program knows of itself."""

    last_poll_at: datetime | None
    oldest_unsent_alert_at: datetime | None
    overdue_sources: list[str]
    untagged_entries: int
    disk_free: int


def faults(facts: Facts, now: datetime, *, telegram: bool) -> list[str]:
    """What is wrong, one English line each; empty when all is well.

    With no Telegram configured alerts stay in the ledger by design, and before the first poll nothing is late.
    """
    found = []
    if facts.last_poll_at and facts.overdue_sources:
        found.append(f"sources overdue by more than an hour: {', '.join(facts.overdue_sources[:5])}")
    oldest = facts.oldest_unsent_alert_at
    if telegram and oldest and now - oldest > PATIENCE:
        found.append(f"an alert waits since {oldest:%Y-%m-%dT%H:%M:%SZ}")
    if facts.disk_free < LEAST_DISK:
        found.append(f"only {facts.disk_free // 1_000_000} MB of disk free")
    return found


def gather(now: datetime) -> Facts:
    """The facts, from the database and the disk."""
    return Facts(
        last_poll_at=Source.objects.aggregate(at=Max("last_polled_at"))["at"],
        oldest_unsent_alert_at=Alert.objects.filter(state=Alert.State.QUEUED).aggregate(at=Min("queued_at"))[
            "at"
        ],
        overdue_sources=_overdue(catalogue.sources(), now),
        untagged_entries=Entry.objects.filter(tagged_at=None).count(),
        disk_free=shutil.disk_usage(settings().home).free,
    )


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """`/healthz`: 200 when well, 503 and the reasons when not."""
    now = timezone.now()
    try:
        facts = gather(now)
    except DatabaseError as error:
        reason = f"the database does not answer: {type(error).__name__}"
        return JsonResponse({"status": "error", "database": "error", "reasons": [reason]}, status=503)
    reasons = faults(facts, now, telegram=settings().telegram_bot_token is not None)
    answer: dict[str, Any] = {"status": "error" if reasons else "ok", "database": "ok", "reasons": reasons}
    return JsonResponse(answer | asdict(facts), status=503 if reasons else 200)


def _overdue(sources: Mapping[str, SourceConfig], now: datetime) -> list[str]:
    """The sources that should have been polled an hour ago; one that stands in for another only while that fails."""
    failing = store.failing(FAILURES_BEFORE_FALLBACK)
    asked = {
        source.id
        for source in sources.values()
        if source.enabled and (not source.fallback_for or source.fallback_for in failing)
    }
    late = Source.objects.filter(next_poll_at__lt=now - PATIENCE).order_by("next_poll_at")
    return [source_id for source_id in late.values_list("id", flat=True) if source_id in asked]
