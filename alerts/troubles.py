"""What is wrong with the machine itself: its disk, its network, a channel. Told to operators once, and once when it is over.

A source's own faults are incidents (`monitor.polls.incidents`). The ledger remembers what was told, over a restart too; where a
word could not go out before it was over, it says both.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from alerts import notices
from alerts.ledger import HALTED
from alerts.models import Alert, Recipient, through
from monitor.config import settings
from monitor.errors import FetchFault
from monitor.logs import logger
from monitor.models import Source
from monitor.upkeep.disk import Room

#: What lasts for less is weather.
PATIENCE = timedelta(hours=1)
#: What waits for longer than a rest may last was asked to: a flood wait, which is no fault of the channel's.
_LONGEST_REST = timedelta(minutes=15)
#: No trouble is remembered for longer.
_MEMORY = timedelta(days=60)
_OURS = (FetchFault.NETWORK, FetchFault.TIMEOUT)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something wrong: "disk", "network" or a channel's name, and one English line of why."""

    what: str
    reason: str


def find(channels: Collection[str], now: datetime, known: Mapping[str, datetime]) -> list[Trouble]:
    """What is wrong now. `known` is what was wrong at the last look, and since when."""
    found = [_disk(known), _network(now, known), *(_channel(name, now, known) for name in channels)]
    return [trouble for trouble in found if trouble]


class Watch:
    """Tells operators of troubles. One a process; what it told stands in the ledger."""

    def __init__(self, channels: Collection[str]) -> None:
        self._channels = channels
        self._known: dict[str, datetime] | None = None

    def look(self, now: datetime) -> None:
        """Tells operators what is new since the last look, and what is over."""
        if self._known is None:
            self._known = dict(_told(now))
        found = {trouble.what: trouble for trouble in find(self._channels, now, self._known)}
        for what in [what for what in self._known if what not in found]:
            _end(what, self._known[what], now)
            del self._known[what]
        for trouble in found.values():
            if trouble.what not in self._known:
                _begin(trouble, now)
                self._known[trouble.what] = now


def _disk(known: Mapping[str, datetime]) -> Trouble | None:
    room = Room.of(settings().home)
    low = room.is_low(was_low="disk" in known)
    return Trouble("disk", f"only {room.free // 1_000_000} MB of disk free") if low else None


def _network(now: datetime, known: Mapping[str, datetime]) -> Trouble | None:
    """No source at all could be reached for an hour; over as soon as one is."""
    if since := known.get("network"):
        back = Source.objects.filter(last_success_at__gt=since).exists()
        return None if back else Trouble("network", "no source can be reached")
    lately = Source.objects.filter(last_polled_at__gt=now - PATIENCE)
    reached = lately.filter(last_success_at__gt=now - PATIENCE) | lately.exclude(fault__in=_OURS)
    if lately.count() < 2 or reached.exists():
        return None
    return Trouble("network", f"none of {lately.count()} sources could be reached within the hour")


def _channel(name: str, now: datetime, known: Mapping[str, datetime]) -> Trouble | None:
    """Nothing goes through it any more, though it was tried; over as soon as something does, or nothing waits."""
    own = Alert.objects.filter(through(name))
    tried = own.filter(
        state=Alert.State.QUEUED,
        rolled=False,
        recipient__state=Recipient.State.ACTIVE,
        not_before__lt=now + _LONGEST_REST,
    )
    oldest = tried.exclude(error="").order_by("queued_at").first()
    if oldest is None:
        return None
    since = known.get(name)
    lately = own.filter(state=Alert.State.SENT, sent_at__gt=since or now - PATIENCE)
    halted = oldest.error.startswith(HALTED)
    if lately.exists() or not (since or halted or oldest.queued_at <= now - PATIENCE):
        return None
    return Trouble(name, oldest.error)


def _told(now: datetime) -> Iterator[tuple[str, datetime]]:
    """What was told and is not over, as the ledger has it."""
    rows = Alert.objects.filter(notice__isnull=False, queued_at__gt=now - _MEMORY).order_by("id")
    told = {}
    for notice in rows.values_list("notice", flat=True):
        if notice and notice.get("kind") == notices.TROUBLE:
            told[notice["what"]] = notice
    for what, notice in told.items():
        if "until" not in notice:
            yield what, datetime.fromisoformat(notice["since"])


def _begin(trouble: Trouble, now: datetime) -> None:
    facts = {"what": trouble.what, "since": now.isoformat(), "reason": trouble.reason}
    notices.queue_notice(notices.TROUBLE, facts, now)
    logger.warning("trouble", what=trouble.what, reason=trouble.reason)


@transaction.atomic
def _end(what: str, since: datetime, now: datetime) -> None:
    """Whoever was told is told that it is over; whoever could not be told yet hears both in one."""
    told = Alert.objects.filter(
        notice__kind=notices.TROUBLE, notice__what=what, notice__since=since.isoformat()
    )
    for alert in told.filter(queued_at__gt=since - PATIENCE):
        over = {**(alert.notice or {}), "until": now.isoformat()}
        waiting = Alert.objects.filter(id=alert.id, state=Alert.State.QUEUED)
        if not waiting.update(notice=over) and alert.state != Alert.State.FAILED:
            Alert.objects.create(recipient=alert.recipient, notice=over, queued_at=now, not_before=now)
    logger.info("trouble over", what=what, since=f"{since:%Y-%m-%dT%H:%MZ}")
