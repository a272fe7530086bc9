"""Glue: the outbox in the database. What is due, claiming it by conditional update, and what became of it.

Two things are due: an alert that waits to be sent, and a message that was sent and is to be edited. Both are claimed
with a lease; what a killed process held is free again when that has run out.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, TextField, Value, When

from alerts import notices
from alerts.addresses import Address, shown, stored_address
from alerts.channels import (
    CHANNELS,
    Gone,
    Halted,
    Moved,
    Outcome,
    Refused,
    Retry,
    Sent,
    Uncertain,
    Unreadable,
)
from alerts.digests.due import MEMORY, PERHAPS
from alerts.digests.telling import arrived as summary_arrived
from alerts.messages import Message
from alerts.models import Alert, Digest, Recipient, through
from alerts.pacing import ALL_SECONDS, GROUP_SECONDS
from alerts.quiet import quiet_end
from alerts.rendering import message_of
from alerts.revising import EDITED_FOR
from monitor.config import settings
from monitor.logs import logger, redact

#: Longer than a send may take with all its time-outs.
LEASE = timedelta(seconds=60)
#: An alert at which the process ended this often will not go by itself: it may be what ends it.
MOST_ATTEMPTS = 20
#: What failed for passing reasons for so long is given up: the summaries reach no further back either.
PATIENCE = MEMORY
#: The error of an alert that was being sent when its process ended, and that goes again, `MOST_ATTEMPTS` times.
PERHAPS_TWICE = "perhaps twice: the process ended while it was being sent"
#: Instead of it, where MONITOR_ON_DOUBT asks to be asked.
PERHAPS_SENT = "perhaps sent: the process ended while it was being sent"
#: Of one that may have arrived and that people decided to leave at that.
LEFT_AT_THAT = "left at that"
#: Begins the error of what waits since nothing goes through its channel.
HALTED = "halted: "
#: Begins the error of an alert whose HTML was not understood: it goes, and is edited, as plain text.
AS_PLAIN = "as plain text: "
_LETTERS = tuple(name for name, way in CHANNELS.items() if way.letters)
#: The longest is how late alerts are at most when a server is there again.
_FIRST_REST, _LONGEST_REST = timedelta(seconds=5), timedelta(minutes=10)
_EDIT_REST = timedelta(minutes=1)
_HALT = timedelta(minutes=5)
#: How long nothing is sent through a channel that does not answer.
_SILENCE = timedelta(minutes=2)
#: A lease that ends later than this was taken by a clock that has been set back since.
_LONGEST_LEASE = LEASE + timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Door:
    """Where messages go one after another: a chat with all its threads, a mailbox, a URL."""

    channel: str
    chat: str

    @classmethod
    def of(cls, address: str) -> "Door":
        """The door that an address leads to."""
        known = stored_address(address)
        return cls(known.channel, known.target.partition("/")[0] if known.way.chats else known.target)

    @property
    def is_group(self) -> bool:
        """Whether many read there: a group, for which Telegram asks for a slower pace."""
        return CHANNELS[self.channel].chats and self.chat.startswith("-")

    @property
    def shown(self) -> str:
        """Its address without what that keeps secret."""
        return shown(self._address)

    @property
    def alerts(self) -> QuerySet[Alert]:
        """All alerts that go through it, in no order."""
        address = Q(recipient__address=self._address)
        if CHANNELS[self.channel].chats:
            address |= Q(recipient__address__startswith=f"{self._address}/")
        return Alert.objects.filter(address)

    @property
    def _address(self) -> str:
        return str(Address(self.channel, self.chat))


@dataclass(frozen=True, slots=True)
class Due:
    """The next thing to do at a door, and what was done lately: (chat, alert, when)."""

    id: int
    is_edit: bool
    recent: list[tuple[str, int, datetime]]


@dataclass(frozen=True, slots=True)
class Task:
    """An alert taken for sending, or a message for editing, with all that it needs."""

    id: int
    door: Door
    recipient_id: int
    target: str
    attempts: int
    queued_at: datetime
    leased_until: datetime
    #: Of the message to be edited; empty for one that is to be sent.
    external_id: str
    message: Message

    @property
    def is_edit(self) -> bool:
        """Whether it is a message that was sent, and is to be edited."""
        return bool(self.external_id)


def rest(attempts: int, jitter: float) -> timedelta:
    """How long an alert rests after its nth failed attempt: 5 seconds, doubled up to 10 minutes.

    `jitter`, in [0, 1), adds up to a fifth.
    """
    wait = min(_FIRST_REST * 2 ** min(max(attempts - 1, 0), 20), _LONGEST_REST)
    return wait * (1 + 0.2 * jitter)


def release_left_behind(now: datetime) -> None:
    """Queues again what a killed process left in the middle of sending, or leaves it to people, as MONITOR_ON_DOUBT says.

    What never gets further than that, because it stops whoever sends it, is not tried for ever. Letters always go again: a
    mailbox drops a second copy.
    """
    # By recipient, as the index is; and without a write where there is nothing, which is nearly always.
    sending = Alert.objects.filter(recipient__in=Recipient.objects.all(), state=Alert.State.SENDING)
    past, ahead = Q(leased_until__lt=now), Q(leased_until__gt=now + _LONGEST_LEASE)
    late = list(sending.filter(past | ahead).values_list("id", flat=True))
    if not late:
        return
    taken = Alert.objects.filter(id__in=late, state=Alert.State.SENDING)
    taken.filter(ahead).update(leased_until=now + LEASE)
    left = taken.filter(past)
    worn = left.filter(attempts__gte=MOST_ATTEMPTS)
    worn.update(state=Alert.State.FAILED, leased_until=None, error=PERHAPS_TWICE)
    if settings().on_doubt == "ask":
        doubted = left.exclude(through(*_LETTERS))
        asked = doubted.update(state=Alert.State.UNCERTAIN, leased_until=None, error=PERHAPS_SENT)
        if asked:
            logger.warning("alerts wait to be asked for after a kill", alerts=asked, reason=PERHAPS_SENT)
    released = left.update(state=Alert.State.QUEUED, not_before=now, leased_until=None, error=PERHAPS_TWICE)
    if released:
        logger.warning("alerts sent again after a kill", alerts=released, reason=PERHAPS_TWICE)


def due_doors(now: datetime, channels: tuple[str, ...]) -> set[Door]:
    """The doors of these channels at which something is due."""
    due = (_to_send(Alert.objects.all(), now), _to_edit(Alert.objects.all(), now))
    doors = {
        Door.of(address)
        for alerts in due
        for address in alerts.order_by().values_list("recipient__address", flat=True).distinct()
    }
    return {door for door in doors if door.channel in channels}


def next_due(door: Door, now: datetime) -> Due | None:
    """What is to be done first at a door; None where nothing is due."""
    send = _to_send(door.alerts, now).order_by("id").values_list("not_before", "id").first()
    edit = _to_edit(door.alerts, now).order_by("revise_at", "id").values_list("revise_at", "id").first()
    if edit and edit[0] and (send is None or edit[0] < send[0]):
        return Due(edit[1], True, list(_recent(door, now)))
    return Due(send[1], False, list(_recent(door, now))) if send else None


def claim(due: Due, now: datetime) -> Task | None:
    """Takes what is due, and words it; None where somebody else was quicker."""
    alert = _take(due, now)
    if alert is None:
        return None
    address, message = alert.recipient.address, message_of(alert)
    return Task(
        alert.id,
        Door.of(address),
        alert.recipient_id,
        stored_address(address).target,
        alert.attempts,
        alert.queued_at,
        now + LEASE,
        alert.external_id if due.is_edit else "",
        replace(message, html="") if alert.error.startswith(AS_PLAIN) else message,
    )


@transaction.atomic
def settle(task: Task, outcome: Outcome, now: datetime) -> str:
    """Writes down what became of it, right after the answer; what to count it as."""
    if (reason := getattr(outcome, "reason", "")) and redact(reason) != reason:
        # An address of Telegram's holds the bot's token: neither the ledger nor an operator's notice does.
        outcome = replace(outcome, reason=redact(reason))  # type: ignore[arg-type]
    match outcome:
        case Moved(target):
            _move(task.recipient_id, str(Address(task.door.channel, target)))
        case Gone(reason):
            _suspend(task, reason, now)
        case Refused(reason) if CHANNELS[task.door.channel].letters:
            _tell_of_refusal(task, reason, now)
        case Halted(reason):
            # Nobody can be written to there until the operator mends it; look again now and then, no sooner.
            _hold(Alert.objects.filter(through(task.door.channel)), now + _HALT, HALTED + reason)
        case Retry(_, timedelta() as after):
            # No knocking at a door that asked for quiet.
            _hold(task.door.alerts, now + after)
    return _settle_edit(task, outcome, now) if task.is_edit else _settle_send(task, outcome, now)


def _settle_send(task: Task, outcome: Outcome, now: datetime) -> str:
    match outcome:
        case Sent(external_id):
            known_as = external_id[: Alert._meta.get_field("external_id").max_length]
            digest = Digest.objects.filter(alert=task.id).first()
            if digest is not None:
                summary_arrived(digest, known_as, now)
            return _write(task, Alert.State.SENT, sent_at=now, external_id=known_as)
        case Uncertain(reason):
            return _write(task, Alert.State.UNCERTAIN, error=reason)
        case Refused(reason) | Gone(reason):
            return _write(task, Alert.State.FAILED, error=reason)
        case Moved():
            return _write(task, Alert.State.QUEUED, not_before=now, error="")
        case Unreadable(reason):
            return _write(task, Alert.State.QUEUED, not_before=now, error=AS_PLAIN + reason)
        case Halted(reason):
            error = _in_doubt_or(HALTED + reason)
            return _write(task, Alert.State.QUEUED, not_before=now + _HALT, error=error)
        case Retry(reason, None) if _is_hopeless(task, reason, now):
            return _write(task, Alert.State.FAILED, error=reason)
        case Retry(reason, after):
            # Spread, not secrecy.
            not_before = now + (rest(task.attempts, random.random()) if after is None else after)  # noqa: S311
            # In order: the recipient's others wait as long.
            others = Alert.objects.filter(recipient=task.recipient_id, state=Alert.State.QUEUED, rolled=False)
            others.filter(not_before__lt=not_before).update(not_before=not_before)
            # A week without a server must not make it look like one that ends whoever sends it.
            attempts = task.attempts if reason.startswith(PERHAPS) else min(task.attempts, MOST_ATTEMPTS // 2)
            error = _in_doubt_or(reason)
            return _write(task, Alert.State.QUEUED, not_before=not_before, error=error, attempts=attempts)


def _is_hopeless(task: Task, reason: str, now: datetime) -> bool:
    """Whether it has been tried for long enough; what may have arrived each time is not tried so often."""
    often = reason.startswith(PERHAPS) and task.attempts >= MOST_ATTEMPTS
    return often or now - task.queued_at > PATIENCE


def _settle_edit(task: Task, outcome: Outcome, now: datetime) -> str:
    match outcome:
        case Sent():
            return _write_edit(task, "edited", None, revised_at=now)
        case Retry(_, after):
            return _write_edit(task, "edit later", now + (after or _EDIT_REST))
        case Uncertain():
            # The same text twice is one edit.
            return _write_edit(task, "edit later", now + _EDIT_REST)
        case Unreadable(reason):
            return _write_edit(task, "edit later", now, error=AS_PLAIN + reason)
        case Halted():
            return _write_edit(task, "edit later", now + _HALT)
        case Refused() | Gone() | Moved():
            return _write_edit(task, "left as it was", None)


def _in_doubt_or(reason: str) -> Case:
    """The reason; but that an alert may have arrived stays said until it is known (`alerts.digests.making`)."""
    return Case(
        When(error__startswith=PERHAPS, then=F("error")), default=Value(reason), output_field=TextField()
    )


def _write(task: Task, state: Alert.State, **fields: object) -> str:
    alert = Alert.objects.filter(id=task.id, state=Alert.State.SENDING)
    alert.update(state=state, leased_until=None, **fields)
    return str(state)


def _write_edit(task: Task, word: str, revise_at: datetime | None, **fields: object) -> str:
    alert = Alert.objects.filter(id=task.id, leased_until=task.leased_until)
    # What was asked for while it was being edited is asked for still (`alerts.revising`).
    revise = Case(When(revise_at=task.leased_until, then=Value(revise_at)), default=F("revise_at"))
    alert.update(leased_until=None, revise_at=revise, **fields)
    return word


def _to_send(alerts: QuerySet[Alert], now: datetime) -> QuerySet[Alert]:
    """Due alerts of people who have none under way; what a summary will tell is none of them."""
    under_way = Alert.objects.filter(recipient=OuterRef("recipient"), state=Alert.State.SENDING)
    return alerts.filter(
        ~Exists(under_way),
        state=Alert.State.QUEUED,
        rolled=False,
        not_before__lte=now,
        recipient__state=Recipient.State.ACTIVE,
    )


def _to_edit(alerts: QuerySet[Alert], now: datetime) -> QuerySet[Alert]:
    return alerts.filter(
        Q(leased_until=None) | Q(leased_until__lt=now),
        revise_at__lte=now,
        state=Alert.State.SENT,
        sent_at__gt=now - EDITED_FOR,
        recipient__state=Recipient.State.ACTIVE,
    )


def _recent(door: Door, now: datetime) -> Iterator[tuple[str, int, datetime]]:
    """What this channel sent or edited lately, by whichever process: its pace is one, also over a restart."""
    moment, minute = now - timedelta(seconds=ALL_SECONDS), now - timedelta(seconds=GROUP_SECONDS)
    looks = [(Alert.objects.all(), moment), *([(door.alerts, minute)] if door.is_group else [])]
    # What lies ahead was sent before the clock was set back.
    soon = now + timedelta(minutes=1)
    for alerts, after in looks:
        # Asked for one by one, for each has its index.
        for moment_of in ("sent_at", "revised_at"):
            times = {f"{moment_of}__gt": after, f"{moment_of}__lt": soon}
            lately = alerts.filter(rolled=False, **times).order_by()
            for address, alert_id, at in lately.values_list("recipient__address", "id", moment_of):
                chat = Door.of(address)
                if chat.channel == door.channel:
                    yield chat.chat, alert_id, at


@transaction.atomic
def _take(due: Due, now: datetime) -> Alert | None:
    alerts = Alert.objects.filter(id=due.id)
    # On PostgreSQL the lock lets two processes look one after the other whether something is under way.
    list(Recipient.objects.select_for_update().filter(id__in=alerts.values("recipient")))
    alert = alerts.select_related("recipient", "entry", "incident", "digest").get()
    if due.is_edit:
        taken = _to_edit(alerts, now).update(revise_at=now + LEASE, leased_until=now + LEASE)
        return alert if taken else None
    if _is_put_off(alert, now):
        return None
    alert.attempts += 1
    taken = _to_send(alerts, now).update(
        state=Alert.State.SENDING, leased_until=now + LEASE, attempts=alert.attempts, revise_at=None
    )
    return alert if taken else None


def _is_put_off(alert: Alert, now: datetime) -> bool:
    """Leaves to the end of the quiet hours what was held up until into them; a summary comes when it was asked for."""
    who = alert.recipient
    until = quiet_end(now, who.quiet_from, who.quiet_until, who.zone)
    if until is None or alert.digest_id is not None:
        return False
    waiting = Alert.objects.filter(id=alert.id, state=Alert.State.QUEUED)
    waiting.update(not_before=until, rolled=alert.story_id is not None)
    return True


def _suspend(task: Task, reason: str, now: datetime) -> None:
    active = Recipient.objects.filter(id=task.recipient_id).exclude(state=Recipient.State.SUSPENDED)
    if active.update(state=Recipient.State.SUSPENDED, reason=reason):
        recipient = Recipient.objects.get(id=task.recipient_id)
        name = recipient.name or shown(recipient.address)
        notices.queue_notice("suspended", {"recipient": recipient.id, "name": name, "reason": reason}, now)
    waiting = Alert.objects.filter(recipient=task.recipient_id, state=Alert.State.QUEUED)
    waiting.update(state=Alert.State.FAILED, error=reason)


def _tell_of_refusal(task: Task, reason: str, now: datetime) -> None:
    """A server that dislikes a letter most likely dislikes the next one too; of a refused notice none is made."""
    if Alert.objects.filter(id=task.id, notice__isnull=True).exists():
        recipient = Recipient.objects.get(id=task.recipient_id)
        name = recipient.name or shown(recipient.address)
        notices.queue_notice("refused", {"recipient": recipient.id, "name": name, "reason": reason}, now)


def hold(channel: str, now: datetime, reason: str) -> None:
    """Nothing is sent through a channel for a while that does not answer."""
    _hold(Alert.objects.filter(through(channel)), now + _SILENCE, reason)


def _hold(alerts: QuerySet[Alert], until: datetime, error: str = "") -> None:
    """Nothing of these is sent or edited before then."""
    said = {"error": _in_doubt_or(error)} if error else {}
    waiting = alerts.filter(state=Alert.State.QUEUED, rolled=False, not_before__lt=until)
    waiting.update(not_before=until, **said)
    alerts.filter(leased_until=None, revise_at__lt=until).update(revise_at=until)


def _move(recipient_id: int, address: str) -> None:
    """Follows a chat to its new id; where that is known already, the two become one."""
    other = Recipient.objects.filter(address=address).first()
    if other is None:
        Recipient.objects.filter(id=recipient_id).update(address=address)
        return
    told = Alert.objects.filter(recipient=other)
    moving = Alert.objects.filter(recipient=recipient_id, digest=None)
    for thing in ("story", "incident"):
        known = told.exclude(**{thing: None}).values(thing)
        moving = moving.exclude(**{f"{thing}__in": known})
    moving.update(recipient=other)
    Recipient.objects.filter(id=recipient_id).update(
        state=Recipient.State.SUSPENDED, reason=f"moved to {address}"
    )
