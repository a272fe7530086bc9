"""The clock: which step runs when. The only module that knows APScheduler.

Steps find their work in the database, so a step that runs too often costs a look and one that runs late loses
nothing. `soon` is only a hint.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from zoneinfo import ZoneInfo

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MISSED, JobExecutionEvent
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from monitor.logs import logger

Step = Callable[[], Awaitable[None]]


class Clock:
    """Runs steps by the wall clock in the running loop; one step never runs beside itself."""

    def __init__(self, zone: ZoneInfo) -> None:
        # The default grace of one second drops a job that a busy loop starts late
        # (https://github.com/agronholm/apscheduler/issues/182); it must stand in job_defaults (#146).
        defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        self._scheduler = AsyncIOScheduler(timezone=zone, job_defaults=defaults)
        self._scheduler.add_listener(_complain, EVENT_JOB_ERROR | EVENT_JOB_MISSED)

    def every(self, seconds: float, name: str, step: Step) -> None:
        """Runs `step` at once and then every so many seconds."""
        self._scheduler.add_job(
            partial(_until_stopped, step),
            IntervalTrigger(seconds=seconds),
            id=name,
            next_run_time=datetime.now(UTC),
        )

    def soon(self, name: str) -> None:
        """Asks for the next run of a step now instead of at its time."""
        try:
            self._scheduler.modify_job(name, next_run_time=datetime.now(UTC))
        except JobLookupError:
            # The clock is being stopped; the work stands in the database.
            logger.debug("hint came too late", step=name)

    def start(self) -> None:
        """Starts ticking in the running loop."""
        self._scheduler.start()

    def stop(self) -> None:
        """Takes no new work. Steps under way are cancelled: each leaves its work where the next start finds it."""
        self._scheduler.shutdown(wait=False)


async def _until_stopped(step: Step) -> None:
    # The scheduler takes a step that was cancelled, as `stop` does, for one that failed.
    with suppress(asyncio.CancelledError):
        await step()


def _complain(event: JobExecutionEvent) -> None:
    error = getattr(event, "exception", None)
    if error is not None:
        logger.error("step failed", step=event.job_id, exc_info=(type(error), error, error.__traceback__))
    else:
        logger.warning("step missed", step=event.job_id, scheduled_at=str(event.scheduled_run_time))
