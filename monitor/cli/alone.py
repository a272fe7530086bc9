"""All steps in this process, by its own clock: `monitor run` on SQLite."""

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from monitor import systemd
from monitor.cli.collect import now

if TYPE_CHECKING:
    from monitor.cli.steps import Steps
    from monitor.clock import Clock
    from monitor.sources import SourceConfig

#: How long a step under way may take to end when the program is asked to stop.
GRACE = timedelta(seconds=1.5)


class Alone:
    """The one process that does everything."""

    def __init__(self, steps: "Steps", clock: "Clock") -> None:
        self._steps = steps
        self._clock = clock
        self._polls: dict[str, asyncio.Task[None]] = {}
        self._working: set[asyncio.Task[Any]] = set()

    async def start(self) -> None:
        """Starts the clock, and loads the classifier before the first entry wants it."""
        every, steps = self._clock.every, self._steps
        steps.hint = self._clock.soon
        every(0.5, "poll", self._poll)
        every(3, "pages", steps.read_pages)
        every(2, "tag", steps.tag)
        every(2, "deliver", steps.deliver)
        every(30, "digest", steps.make_digests)
        every(3600, "learn", steps.learn_again, patience=6 * 3600)
        every(3600, "sample", steps.sample)
        every(3600, "budgets", steps.renew_budgets)
        every(3, "rehearse", steps.rehearse)
        every(1800, "chores", steps.do_chores, patience=2 * 3600)
        every(30, "watch", steps.watch)
        every(10, "watchdog", systemd.say_alive)
        self._clock.start()
        self._working.add(asyncio.create_task(steps.warm()))

    async def stop(self) -> None:
        """Stops the clock, drops polls under way (the next start repeats them), lets deliveries finish."""
        self._clock.stop()
        for task in self._polls.values():
            task.cancel()
        deliveries = asyncio.create_task(self._steps.outbox.stop())
        await asyncio.wait({*self._polls.values(), *self._working, deliveries}, timeout=GRACE.total_seconds())

    async def _poll(self) -> None:
        """Starts a poll of every source that is due; does not wait for them."""
        from monitor.polls.polling import due_sources
        from monitor.threads import in_database

        if self._steps.poller.rest.seconds:
            return
        for source in await in_database(lambda: list(due_sources(self._steps.by_id, now()))):
            if source.id not in self._polls:
                self._polls[source.id] = asyncio.create_task(self._poll_one(source))

    async def _poll_one(self, source: "SourceConfig") -> None:
        try:
            await self._steps.poll(source)
        finally:
            del self._polls[source.id]
