"""All steps in this process, by its own clock: `monitor run` on SQLite."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from monitor import systemd
from monitor.cli.collect import now

if TYPE_CHECKING:
    from monitor.cli.steps import Steps
    from monitor.clock import Clock
    from monitor.sources import SourceConfig

#: How long a step under way may take to end when the program is asked to stop.
GRACE = timedelta(seconds=1.5)
#: Polls under way at a time, each with a document in memory; and of one host, whose requests wait for each other.
POLLS_AT_ONCE, AT_A_HOST = 40, 4


class Alone:
    """A `Part` that does every step in this process, by `clock`."""

    def __init__(self, steps: "Steps", clock: "Clock") -> None:
        self._steps = steps
        self._clock = clock
        #: What is due and waits for room, in its order.
        self._due: dict[str, SourceConfig] = {}
        self._polls: dict[str, asyncio.Task[None]] = {}
        self._hosts = Counter[str]()
        self._working: set[asyncio.Task[Any]] = set()

    async def start(self) -> None:
        """Starts the clock with every step, and loads the classifier before the first entry wants it."""
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
        self._due.clear()
        for task in self._polls.values():
            task.cancel()
        deliveries = asyncio.create_task(self._steps.outbox.stop())
        await asyncio.wait({*self._polls.values(), *self._working, deliveries}, timeout=GRACE.total_seconds())

    async def _poll(self) -> None:
        """Looks what is due, and starts as many polls as there is room for; does not wait for them."""
        from monitor.polls.polling import due_sources
        from monitor.threads import in_database

        if self._steps.poller.rest.seconds:
            return
        due = await in_database(lambda: list(due_sources(self._steps.by_id, now())))
        self._due = {source.id: source for source in due if source.id not in self._polls}
        self._start_polls()

    def _start_polls(self) -> None:
        for source in list(self._due.values()):
            if len(self._polls) >= POLLS_AT_ONCE:
                return
            host = urlsplit(source.url).netloc
            # A host that is slow, and has hundreds of them, holds up no other.
            if self._hosts[host] < AT_A_HOST:
                del self._due[source.id]
                self._hosts[host] += 1
                self._polls[source.id] = asyncio.create_task(self._poll_one(source, host))

    async def _poll_one(self, source: "SourceConfig", host: str) -> None:
        try:
            await self._steps.poll(source)
        finally:
            del self._polls[source.id]
            self._hosts[host] -= 1
        if not self._steps.poller.rest.seconds:
            self._start_polls()
