"""The outbox: what is due is claimed, sent, and marked at once; no kill, fault or second process sends it twice.

    queued ──claim──► sending ──► sent
      ▲                 │  ├────► uncertain   may have arrived: not sent again by itself
      └──── retry ──────┘  └────► failed      will never be taken

A row that was left `sending` by a killed process goes again when its lease has run out: Telegram has no way to ask
whether the first arrived, and an alert lost is worse than one seen twice (docs/decisions/outbox.md).
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet

from alerts.channels import Channel, Gone, Halted, Moved, Outcome, Refused, Retry, Sent, Uncertain
from alerts.messages import Message, Story, alert_message, incident_message
from alerts.models import Alert, Recipient
from alerts.pacing import Pace
from classifiers.loading import taxonomy
from monitor.config import settings
from monitor.health import words
from monitor.logs import logger
from monitor.models import Incident
from monitor.sources import SourceConfig, load_sources
from monitor.threads import in_database

#: Longer than a send may take with all its time-outs.
LEASE = timedelta(seconds=60)
#: An alert that failed this often for passing reasons, over some days, will not go by itself.
MOST_ATTEMPTS = 20
_FIRST_REST, _LONGEST_REST = timedelta(seconds=5), timedelta(hours=6)
PERHAPS_TWICE = "perhaps twice: the process ended while it was being sent"


@dataclass
class DeliveryReport:
    """What one round came to."""

    counts: Counter[str] = field(default_factory=Counter)
    halted: str = ""
    #: Seconds until pacing lets the next message go; None where nothing waits for that.
    paced: float | None = None

    @property
    def failed(self) -> int:
        """Alerts that will not go."""
        return self.counts["failed"]

    def as_dict(self) -> dict[str, object]:
        """The line of `monitor deliver --json`."""
        names = ("sent", "uncertain", "failed", "queued")
        return {**{name: self.counts[name] for name in names}, "error": self.halted or None}

    def __str__(self) -> str:
        parts = [f"{name} {count}" for name, count in sorted(self.counts.items())]
        return ", ".join(parts) + (f"; {self.halted}" if self.halted else "") or "-"


@dataclass(frozen=True, slots=True)
class _Claimed:
    """An alert taken for sending, with all that its sending needs."""

    id: int
    recipient_id: int
    address: str
    attempts: int
    message: Message

    @property
    def channel(self) -> str:
        return self.address.partition(":")[0]

    @property
    def target(self) -> str:
        return self.address.partition(":")[2]


def rest(attempts: int, jitter: float) -> timedelta:
    """How long an alert rests after its nth failed attempt; `jitter` in [0, 1)."""
    wait = min(_FIRST_REST * 2 ** min(max(attempts - 1, 0), 20), _LONGEST_REST)
    return wait * (1 + 0.2 * jitter)


#: One pace for the process: two rounds must not each believe that the second is theirs.
_pace = Pace()


async def deliver_all(channels: Mapping[str, Channel], now: Callable[[], datetime]) -> DeliveryReport:
    """Rounds of `deliver_due` until nothing is due now; waits where only pacing holds it up."""
    total = DeliveryReport()
    while not total.halted:
        report = await deliver_due(channels, now)
        total.counts += report.counts
        total.halted = report.halted
        if report.paced is not None:
            await asyncio.sleep(report.paced)
        elif not report.counts:
            break
    for channel in channels.values():
        await channel.aclose()
    return total


async def deliver_due(
    channels: Mapping[str, Channel], now: Callable[[], datetime], *, pace: Pace | None = None
) -> DeliveryReport:
    """One round: the oldest due alert of every recipient, sent side by side; a recipient's own stay in order."""
    report = DeliveryReport()
    if not channels:
        return report
    await in_database(_release_left_behind, now())
    due = await in_database(_due, now(), tuple(channels))
    sending = []
    for alert_id, address in due:
        pause = (pace or _pace).wait(address.partition(":")[2], time.monotonic())
        if pause > 0:
            report.paced = min(pause, report.paced or pause)
            continue
        sending.append(_deliver(alert_id, channels, now, report))
    await asyncio.gather(*sending)
    return report


async def _deliver(
    alert_id: int, channels: Mapping[str, Channel], now: Callable[[], datetime], report: DeliveryReport
) -> None:
    # Written before sending: a database that cannot be written sends nothing.
    claimed = await in_database(_claim, alert_id, now())
    if claimed is None:
        return
    outcome = await channels[claimed.channel].send(claimed.target, claimed.message)
    state = await in_database(_settle, claimed, outcome, now())
    report.counts[state] += 1
    if isinstance(outcome, Halted):
        report.halted = outcome.reason
    log = logger.info if isinstance(outcome, Sent) else logger.warning
    log(
        "alert",
        id=claimed.id,
        recipient=claimed.address,
        state=state,
        reason=getattr(outcome, "reason", None),
    )


def _release_left_behind(now: datetime) -> int:
    """Queues again what a killed process left in the middle of sending."""
    left = Alert.objects.filter(state=Alert.State.SENDING, leased_until__lt=now)
    released = left.update(state=Alert.State.QUEUED, not_before=now, leased_until=None, error=PERHAPS_TWICE)
    if released:
        logger.warning("alerts sent again after a kill", alerts=released, reason=PERHAPS_TWICE)
    return released


def _due(now: datetime, channels: tuple[str, ...]) -> list[tuple[int, str]]:
    """The first due alert of each recipient that has none under way, with the recipient's address."""
    active = Alert.objects.filter(state=Alert.State.QUEUED, recipient__state=Recipient.State.ACTIVE)
    rows = (
        active.filter(not_before__lte=now)
        .exclude(recipient__in=Alert.objects.filter(state=Alert.State.SENDING).values("recipient"))
        .order_by("id")
        .values_list("id", "recipient_id", "recipient__address")
    )
    first: dict[int, tuple[int, str]] = {}
    for alert_id, recipient_id, address in rows[:5000]:
        if address.partition(":")[0] in channels:
            first.setdefault(recipient_id, (alert_id, address))
    return list(first.values())


@transaction.atomic
def _claim(alert_id: int, now: datetime) -> _Claimed | None:
    taken = Alert.objects.filter(id=alert_id, state=Alert.State.QUEUED, not_before__lte=now).update(
        state=Alert.State.SENDING, leased_until=now + LEASE, attempts=F("attempts") + 1
    )
    if not taken:
        return None
    alert = Alert.objects.select_related("recipient", "entry", "incident").get(id=alert_id)
    recipient = alert.recipient
    return _Claimed(alert.id, recipient.id, recipient.address, alert.attempts, _message(alert))


@transaction.atomic
def _settle(claimed: _Claimed, outcome: Outcome, now: datetime) -> str:
    """Writes down what became of an alert, right after its answer; the state it is in now."""
    alert = Alert.objects.filter(id=claimed.id, state=Alert.State.SENDING)
    match outcome:
        case Sent(external_id):
            return _write(alert, Alert.State.SENT, sent_at=now, external_id=external_id)
        case Uncertain(reason):
            return _write(alert, Alert.State.UNCERTAIN, error=reason)
        case Refused(reason):
            return _write(alert, Alert.State.FAILED, error=reason)
        case Gone(reason):
            Recipient.objects.filter(id=claimed.recipient_id).update(
                state=Recipient.State.SUSPENDED, reason=reason
            )
            waiting = Alert.objects.filter(recipient=claimed.recipient_id, state=Alert.State.QUEUED)
            waiting.update(state=Alert.State.FAILED, error=reason)
            return _write(alert, Alert.State.FAILED, error=reason)
        case Moved(target):
            _move(claimed.recipient_id, f"{claimed.channel}:{target}")
            return _write(alert, Alert.State.QUEUED, not_before=now, error="")
        case Halted(reason):
            # Nobody can be written to until the operator mends it; look again now and then, no sooner.
            Alert.objects.filter(state=Alert.State.QUEUED, not_before__lt=now + timedelta(minutes=5)).update(
                not_before=now + timedelta(minutes=5), error=reason
            )
            return _write(alert, Alert.State.QUEUED, not_before=now + timedelta(minutes=5), error=reason)
        case Retry(reason, after):
            if after is None and claimed.attempts >= MOST_ATTEMPTS:
                return _write(alert, Alert.State.FAILED, error=reason)
            # Spread, not secrecy.
            wait = after if after is not None else rest(claimed.attempts, random.random())  # noqa: S311
            not_before = now + wait
            # In order, and no knocking at a door that asked for quiet: the recipient's others wait as long.
            Alert.objects.filter(
                recipient=claimed.recipient_id, state=Alert.State.QUEUED, not_before__lt=not_before
            ).update(not_before=not_before)
            return _write(alert, Alert.State.QUEUED, not_before=not_before, error=reason)


def _write(alert: QuerySet[Alert], state: Alert.State, **fields: object) -> str:
    alert.update(state=state, leased_until=None, **fields)
    return str(state)


def _move(recipient_id: int, address: str) -> None:
    """Follows a chat to its new id; where that is known already, the two become one."""
    if Recipient.objects.filter(address=address).exists():
        other = Recipient.objects.get(address=address)
        told = Alert.objects.filter(recipient=other).values("story")
        Alert.objects.filter(recipient=recipient_id).exclude(story__in=told).update(recipient=other)
        Recipient.objects.filter(id=recipient_id).update(
            state=Recipient.State.SUSPENDED, reason=f"moved to {address}"
        )
    else:
        Recipient.objects.filter(id=recipient_id).update(address=address)


def _message(alert: Alert) -> Message:
    return _about_incident(alert, alert.incident) if alert.incident else _about_story(alert)


def _about_incident(alert: Alert, incident: Incident) -> Message:
    source = _sources().get(incident.source_id)
    return incident_message(
        source.name if source else incident.source_id,
        words(incident.state, incident.fault, alert.recipient.language),
        incident.reason,
        f"{settings().public_url}/sources/#{incident.source_id}",
        opened=f"{incident.opened_at.astimezone(settings().timezone):%m.%d %H:%M}",
        healed=alert.healed,
        language=alert.recipient.language,
    )


def _about_story(alert: Alert) -> Message:
    entry = alert.entry
    assert entry is not None, "the database holds either a story's entry or an incident"
    source = _sources().get(entry.source_id)
    tags = entry.tags.order_by("-probability").values_list("topic", flat=True)[:4]
    counted = entry.story.entries.aggregate(all=Count("id", filter=~Q(id=entry.id)))
    language = alert.recipient.language
    return alert_message(
        Story(
            title=entry.title,
            url=entry.url,
            page=f"{settings().public_url}/stories/{entry.story_id}",
            source=source.name if source else entry.source_id,
            country=source.country if source else "",
            topics=[taxonomy().name(topic, language) for topic in tags],
            published_at=entry.published_at,
            date_confidence=entry.date_confidence,
            first_seen_at=entry.first_seen_at,
            why=[taxonomy().name(why, language) for why in alert.why if why.startswith('"')]
            or _phrases(alert),
            similar=counted["all"],
        ),
        settings().timezone,
        language,
    )


def _phrases(alert: Alert) -> list[str]:
    """The phrases that carried the strongest tag."""
    tag = alert.entry.tags.order_by("-probability").first() if alert.entry else None
    return list(tag.why) if tag else []


@cache
def _sources() -> dict[str, SourceConfig]:
    return {source.id: source for source in load_sources(settings().sources_file, settings().allow_hosts)}
