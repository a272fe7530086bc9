"""Glue: a source's faults, written down when they are confirmed and closed when they heal, each told once.

Called inside the transaction that records a visit; whoever tells people hangs on `settings.INCIDENT_HOOKS`, inside it
too, so that a fault that stands in the store is a fault that is told.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils.module_loading import import_string

from monitor.errors import FetchFault
from monitor.models import Incident, Poll, Source
from monitor.polls.health import FAULTY, Health, State

#: How old another source's visit may be to say something of our own network.
LATELY = timedelta(hours=1)


def note(source_id: str, health: Health, now: datetime) -> None:
    """Opens an incident of the source, brings the open one up to date, or closes it; opening and closing are told.

    A source that is shaky has neither broken nor healed. None is opened while the fault is not confirmed, or while it is
    our own network that seems to be down.
    """
    current = Incident.objects.filter(source_id=source_id, closed_at=None).first()
    if health.state in FAULTY:
        if current is None and (not health.confirmed or _is_ours(source_id, health, now)):
            return
        if current is None:
            opened = Incident.objects.create(
                source_id=source_id,
                opened_at=now,
                state=health.state,
                fault=health.fault,
                reason=health.reason[:1000],
            )
            _tell(opened, now)
        elif (current.state, current.fault) != (health.state, health.fault):
            current.state, current.fault, current.reason = health.state, health.fault, health.reason[:1000]
            current.save(update_fields=["state", "fault", "reason"])
    elif health.state is State.OK and current is not None:
        current.closed_at = now
        current.save(update_fields=["closed_at"])
        _tell(current, now)


def _is_ours(source_id: str, health: Health, now: datetime) -> bool:
    """Whether it is our own network that fails: no other source was reached since this one began to fail.

    Where none was visited since, the next visits will tell.
    """
    if health.fault not in {FetchFault.NETWORK, FetchFault.TIMEOUT}:
        return False
    began_at = _failing_since(source_id, now)
    others = Source.objects.exclude(id=source_id).exclude(last_polled_at=None)
    visited = others.filter(last_polled_at__gte=max(began_at, now - LATELY))
    if not visited.exists():
        return others.exists() and now - began_at < LATELY
    return not visited.filter(last_success_at__gte=began_at).exists()


def _failing_since(source_id: str, now: datetime) -> datetime:
    """When the first of its failures in a row began."""
    source = Source.objects.get(id=source_id)
    failed = Poll.objects.filter(source=source_id, status="error", started_at__lte=now)
    if source.last_success_at is not None:
        failed = failed.filter(started_at__gte=source.last_success_at)
    return failed.order_by("started_at").values_list("started_at", flat=True).first() or now


def _tell(incident: Incident, now: datetime) -> None:
    for hook in settings.INCIDENT_HOOKS:
        import_string(hook)(incident, now)
