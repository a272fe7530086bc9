"""The clock: which step runs when. The only module that knows APScheduler.

Steps find their work in the database: one that runs too often costs a look, one that runs late loses nothing, and
`soon` is only a hint.

APScheduler goes by the wall clock: left alone, it stands still for a day when a machine is set back a day
(docs/decisions/faults.md). So the wall clock is held against the loop's, and after a jump every step is due.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import ClassVar
from zoneinfo import ZoneInfo

from apscheduler.events import EVENT_JOB_EXECUTED, EVENT_JOB_MISSED, JobExecutionEvent
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from monitor.logs import logger
from monitor.rests import Rest

#: What the clock runs; what it returns is not looked at.
Step = Callable[[], Awaitable[object]]

#: Seconds. A step that takes longer hangs, as far as health is concerned.
PATIENCE = 600.0
#: Seconds between looks at the wall clock; a smaller jump than one look is none.
LOOK = 1.0


@dataclass
class _Run:
    """A step, and how it is doing."""

    step: Step
    patience: float
    rest: Rest
    #: When the run under way began; None between runs.
    began: float | None = None
    #: Whether another run was asked for during this one.
    again: bool = False


class Clock:
    """Runs steps in the running loop; one step never runs beside itself."""

    #: The one that runs in this process, for /healthz; None where none does.
    current: ClassVar["Clock | None"] = None

    def __init__(self, zone: ZoneInfo, *, look: float = LOOK) -> None:
        # The default grace of one second drops a job that a busy loop starts late
        # (https://github.com/agronholm/apscheduler/issues/182); it must stand in job_defaults (#146).
        defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        self._scheduler = AsyncIOScheduler(timezone=zone, job_defaults=defaults)
        self._scheduler.add_listener(_complain, EVENT_JOB_MISSED)
        # Only now would the scheduler not take another run for a second one beside the first.
        self._scheduler.add_listener(self._run_again, EVENT_JOB_EXECUTED)
        self._look = look
        self._runs: dict[str, _Run] = {}
        self._watching: asyncio.Task[None] | None = None

    def every(self, seconds: float, name: str, step: Step, *, patience: float = PATIENCE) -> None:
        """Runs `step` at once and then every so many seconds; one that fails rests a little longer each time.

        A run that takes longer than `patience` seconds is `hanging`; it is left to go on.
        """
        run = self._runs[name] = _Run(step, max(patience, seconds), Rest(name, first=min(seconds, 1.0)))
        self._scheduler.add_job(
            partial(self._tick, run),
            IntervalTrigger(seconds=seconds),
            id=name,
            next_run_time=datetime.now(UTC),
        )

    def soon(self, name: str) -> None:
        """Asks for a run of a step now, or right after the one under way, instead of at its time."""
        run = self._runs[name]
        if run.began is not None:
            run.again = True
            return
        try:
            self._scheduler.modify_job(name, next_run_time=datetime.now(UTC))
        except JobLookupError:
            # The clock is being stopped; the work stands in the database.
            logger.debug("hint came too late", step=name)

    def start(self) -> None:
        """Starts ticking in the running loop."""
        Clock.current = self
        self._scheduler.start()
        self._watching = asyncio.create_task(self._watch_the_wall(), name="wall clock")

    def stop(self) -> None:
        """Takes no new work. Steps under way are cancelled: each leaves its work where the next start finds it."""
        Clock.current = None
        if self._watching:
            self._watching.cancel()
        self._scheduler.shutdown(wait=False)

    def hanging(self) -> Iterator[tuple[str, float]]:
        """(name, seconds) of each step that has been running for longer than its patience."""
        for name, run in self._runs.items():
            if run.began is not None and time.monotonic() - run.began > run.patience:
                yield name, time.monotonic() - run.began

    async def _tick(self, run: _Run) -> None:
        # A hint does not shorten the rest of what fails.
        if run.rest.seconds:
            return
        run.began, run.again = time.monotonic(), False
        try:
            await run.step()
        except asyncio.CancelledError:
            # The scheduler takes a step that was cancelled, as `stop` does, for one that failed.
            return
        except Exception as error:  # noqa: BLE001 -- a step that fails must not end the others, nor itself
            run.rest.failed(error)
        else:
            run.rest.worked()
        finally:
            run.began = None

    def _run_again(self, event: JobExecutionEvent) -> None:
        run = self._runs[event.job_id]
        if run.again:
            run.again = False
            self.soon(event.job_id)

    async def _watch_the_wall(self) -> None:
        before = time.time() - time.monotonic()
        while True:
            await asyncio.sleep(self._look)
            now = time.time() - time.monotonic()
            if abs(now - before) > self._look:
                for name in self._runs:
                    self.soon(name)
            before = now


def _complain(event: JobExecutionEvent) -> None:
    logger.warning("step missed", step=event.job_id, scheduled_at=str(event.scheduled_run_time))
