"""The outbox: what is due is claimed, sent, and marked at once; no kill, fault or second process sends it twice.

    queued ──claim──► sending ──► sent ──► (edited, where it no longer says what is so)
      ▲                 │  ├────► uncertain   may have arrived: not sent again by itself
      └──── retry ──────┘  └────► failed      will never be taken

Every chat has a lane of its own, in which its messages go one after another, in order; a chat that is slow, or has a
flood wait, holds up nobody else. A row that was left `sending` by a killed process goes again when its lease has run
out: Telegram has no way to ask whether the first arrived, and an alert lost is worse than one seen twice
(docs/decisions/outbox.md).
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from django.db import DatabaseError

from alerts.channels import Channel, Halted, Outcome, Sent, Uncertain
from alerts.ledger import Door, Due, Task, claim, due_doors, hold, next_due, release_left_behind, settle
from alerts.pacing import Pace
from monitor.config import settings
from monitor.logs import logger
from monitor.rests import Rest, name_of
from monitor.threads import in_database
from monitor.upkeep.disk import Room

#: Messages under way through one channel at a time.
AT_ONCE = 32
#: Seconds until a send that says nothing is given up: sooner than its lease runs out (`alerts.ledger.LEASE`).
LONGEST_SEND = 55.0
#: How often what was sent and could not be written down is tried to be, at the end of a process, a second apart.
LAST_TRIES = 20


@dataclass
class DeliveryReport:
    """What became of what was due."""

    counts: Counter[str] = field(default_factory=Counter)
    #: Why nothing goes through a channel, by channel.
    halted: dict[str, str] = field(default_factory=dict)

    @property
    def failed(self) -> int:
        """How many alerts will not go."""
        return self.counts["failed"]

    def as_dict(self) -> dict[str, object]:
        """The line of `monitor deliver --json`."""
        names = ("sent", "uncertain", "failed", "queued")
        error = "; ".join(f"{channel}: {reason}" for channel, reason in self.halted.items())
        return {**{name: self.counts[name] for name in names}, "error": error or None}


class Outbox:
    """The lanes of one process. One a process: two would each believe that the next second is theirs."""

    def __init__(
        self, channels: Mapping[str, Channel], now: Callable[[], datetime], *, pace: Callable[[], Pace] = Pace
    ) -> None:
        self._channels = channels
        self._now = now
        self._paces = {channel: pace() for channel in channels}
        self._room = {channel: asyncio.Semaphore(AT_ONCE) for channel in channels}
        self._lanes: dict[Door, asyncio.Task[None]] = {}
        self._stopping = asyncio.Event()
        #: What came of messages that the database did not take: written down before anything else is sent.
        self._unmarked: dict[int, tuple[Task, Outcome, datetime]] = {}
        #: Of the database.
        self._rest = Rest("outbox's database")
        #: Channels that lost an answer lately: each is asked whether it is there before the next message.
        self._doubted: set[str] = set()
        self._asking = {channel: asyncio.Lock() for channel in channels}
        #: Messages that the pace counts already, as (alert, when).
        self._counted: dict[tuple[int, datetime], None] = {}
        self.report = DeliveryReport()

    @property
    def channels(self) -> tuple[str, ...]:
        """The names of those that are set up."""
        return tuple(self._channels)

    async def look(self, channels: tuple[str, ...] = ()) -> int:
        """Opens a lane to everybody for whom something is due and who has none; how many are open.

        With `channels` through these alone. None where what is sent could not be written down: the disk is full, or the database takes nothing.
        """
        if self._rest.seconds or not await self._write_down_rest():
            return len(self._lanes)
        await in_database(release_left_behind, self._now())
        for door in await in_database(due_doors, self._now(), channels or tuple(self._channels)):
            if door not in self._lanes and not self._stopping.is_set():
                lane = asyncio.create_task(self._deliver_to(door))
                self._lanes[door] = lane
                lane.add_done_callback(partial(self._close, door))
        return len(self._lanes)

    async def deliver_through(self, channel: str) -> None:
        """Delivers what is due through one channel, and what becomes due meanwhile."""
        while await self.look((channel,)):
            lanes = [lane for door, lane in self._lanes.items() if door.channel == channel]
            if not lanes:
                return
            # Not for all of them: somebody new does not wait for a chat that is slow.
            await asyncio.wait(lanes, timeout=1.0, return_when=asyncio.FIRST_COMPLETED)

    async def finish(self) -> DeliveryReport:
        """Looks and delivers until nothing is due; also what pacing holds up."""
        while await self.look():
            await asyncio.wait(self._lanes.values())
            # The lanes' callbacks run first.
            await asyncio.sleep(0)
        await self._write_down_at_last()
        return self.report

    async def stop(self) -> None:
        """Begins nothing more, and waits for what is under way."""
        self._stopping.set()
        if self._lanes:
            await asyncio.wait(self._lanes.values())
        await self._write_down_at_last()

    def _has_room(self) -> bool:
        try:
            room = Room.of(settings().home)
            if not room.may_send:
                raise OSError(f"{room.free // 1_000_000} MB of disk free: nothing is sent")
        except OSError as error:
            self._fail(error)
            return False
        return True

    async def _write_down_rest(self) -> bool:
        """Writes down what was sent and could not be before; whether all of it is."""
        for alert_id in list(self._unmarked):
            await self._settle(*self._unmarked.pop(alert_id))
            if alert_id in self._unmarked:
                return False
        return True

    async def _write_down_at_last(self) -> None:
        for _ in range(LAST_TRIES):
            if await self._write_down_rest():
                return
            await asyncio.sleep(1)

    def _fail(self, error: Exception) -> None:
        # What fails in many lanes at once is one failure.
        if not self._rest.seconds:
            self._rest.failed(error)
        self.report.halted["database"] = name_of(error)

    def _close(self, door: Door, lane: asyncio.Task[None]) -> None:
        del self._lanes[door]
        error = None if lane.cancelled() else lane.exception()
        if error:
            # What it was about stays `sending`, and goes again when its lease has run out.
            logger.error("delivery failed", recipient=door.shown, exc_info=error)

    async def _deliver_to(self, door: Door) -> None:
        try:
            await self._work_off(door)
        except DatabaseError as error:
            # Claims are written before sending: a database that cannot be written sends nothing.
            self._fail(error)

    async def _work_off(self, door: Door) -> None:
        while not self._stopping.is_set():
            async with self._room[door.channel]:
                if self._rest.seconds or not self._has_room() or not await self._answers(door.channel):
                    return
                due = await in_database(next_due, door, self._now())
                if due is None:
                    return
                pause = self._pause(due, door)
                if not pause:
                    await self._deliver(due, door)
                    continue
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)

    def _pause(self, due: Due, door: Door) -> float:
        """Seconds until the pace allows it; 0 reserves this moment for it."""
        pace, at, now = self._paces[door.channel], time.monotonic(), self._now()
        for other, key, sent_at in due.recent:
            if (key, sent_at) not in self._counted:
                self._count(key, sent_at)
                pace.learn(other, at - max((now - sent_at).total_seconds(), 0.0))
        return pace.wait(door.chat, at)

    def _count(self, alert_id: int, at: datetime) -> None:
        self._counted[alert_id, at] = None
        if len(self._counted) > 4096:
            del self._counted[next(iter(self._counted))]

    async def _deliver(self, due: Due, door: Door) -> None:
        task = await in_database(claim, due, self._now())
        if task is None:
            return
        outcome = await self._carry(task, door)
        self._paces[door.channel].answered(door.chat, time.monotonic())
        at = self._now()
        self._count(task.id, at)
        if isinstance(outcome, Uncertain):
            self._doubted.add(door.channel)
        await self._settle(task, outcome, at)

    async def _answers(self, name: str) -> bool:
        """Whether a channel that lost an answer is there again; where it is not, what waits there waits a while.

        Without it each of a week's alerts would be lost to a server that takes connections and says nothing.
        """
        async with self._asking[name]:
            if name not in self._doubted:
                return True
            reason = await self._channels[name].check()
            if reason:
                await in_database(hold, name, self._now(), reason)
                logger.warning("channel does not answer", channel=name, reason=reason)
                return False
            self._doubted.discard(name)
            return True

    async def _settle(self, task: Task, outcome: Outcome, at: datetime) -> None:
        """Writes down what came of a message; what the database does not take is kept until it does."""
        try:
            state = await in_database(settle, task, outcome, at)
        except DatabaseError as error:
            self._unmarked[task.id] = task, outcome, at
            self._fail(error)
            return
        door = task.door
        self._rest.worked()
        self.report.counts[state] += 1
        if isinstance(outcome, Halted):
            self.report.halted[door.channel] = outcome.reason
        log = logger.info if isinstance(outcome, Sent) else logger.warning
        reason = getattr(outcome, "reason", None)
        log("alert", id=task.id, recipient=door.shown, state=state, edit=task.is_edit or None, reason=reason)

    async def _carry(self, task: Task, door: Door) -> Outcome:
        channel = self._channels[door.channel]
        try:
            async with asyncio.timeout(LONGEST_SEND):
                if task.is_edit:
                    return await channel.edit(task.target, task.external_id, task.message)
                return await channel.send(task.target, task.message)
        except TimeoutError:
            return Uncertain(f"no answer within {LONGEST_SEND:.0f} s")
        except Exception as error:  # noqa: BLE001 -- whatever it was, the message may have gone
            logger.error("channel failed", alert=task.id, recipient=door.shown, exc_info=error)
            return Uncertain(type(error).__name__)


async def deliver_due(
    channels: Mapping[str, Channel], now: Callable[[], datetime], *, pace: Callable[[], Pace] = Pace
) -> DeliveryReport:
    """Delivers what is due, also what becomes due meanwhile, and what came of it; the channels are closed then."""
    try:
        return await Outbox(channels, now, pace=pace).finish()
    finally:
        for channel in channels.values():
            await channel.aclose()
