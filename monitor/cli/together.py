"""The steps as Procrastinate's tasks, on any number of processes that share a PostgreSQL.

Every process that works has a `Worker`; one of those that could be the clock is (`monitor.together.leadership`). What follows
from a state is deferred in the transaction of that state (`monitor.together.engine`); the clock defers what only time brings
(a poll that is due, a rest that is over, a summary at eight), and what was lost with a process.
Tasks find what to do in the database: one that runs twice, or for nothing, does no harm.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from monitor import systemd
from monitor.cli.alone import GRACE
from monitor.cli.collect import now

if TYPE_CHECKING:
    from procrastinate import App

    from monitor.cli.parts import Part
    from monitor.cli.steps import Steps
    from monitor.clock import Clock

#: Polls and other steps that one process has under way at a time; of most steps there is only one anyhow.
POLLS_AT_ONCE, STEPS_AT_ONCE = 32, 8
#: Seconds without a sign of life after which a worker's jobs are somebody else's.
DEAD_AFTER = 20
#: Seconds between two looks for jobs where a notification went lost.
LOOK = 2.0
#: Seconds that polls under way may take to end when the program is asked to stop; they are asked for again. Steps have
#: GRACE, and then both have so many more to write down what became of their jobs.
POLLS_END, WRITTEN_DOWN = 0.2, 1.0


def together(steps: "Steps", *, clock: bool = True) -> "list[Part]":
    """The parts of a process that works beside others: a worker and, with `clock`, the clock whenever no other is."""
    parts: list[Part] = [Worker(steps)]
    return [*parts, leader(steps)] if clock else parts


class Worker:
    """A `Part` that does tasks, whichever process asked for them; begins again where its database was away."""

    def __init__(self, steps: "Steps") -> None:
        self._steps = steps
        self._running: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begins to look for jobs."""
        from monitor.together.engine import POLLS, STEPS

        self._running = [
            asyncio.create_task(self._work_for_ever(POLLS, POLLS_AT_ONCE, POLLS_END), name="worker polls"),
            asyncio.create_task(
                self._work_for_ever(STEPS, STEPS_AT_ONCE, GRACE.total_seconds()), name="worker steps"
            ),
            asyncio.create_task(self._steps.warm(), name="warm"),
        ]

    async def stop(self) -> None:
        """Takes no more jobs; those under way are let go: their jobs are asked for again."""
        for task in self._running:
            task.cancel()
        deliveries = asyncio.create_task(self._steps.outbox.stop())
        patience = GRACE.total_seconds() + WRITTEN_DOWN
        await asyncio.wait({*self._running, deliveries}, timeout=patience)

    async def _work_for_ever(self, queue: str, at_once: int, ending: float) -> None:
        from procrastinate.exceptions import ConnectorException
        from psycopg import Error

        from monitor.rests import Rest

        rest = Rest(f"worker {queue}")
        while True:
            try:
                app = _own_app()
                async with app.open_async():
                    _add_tasks(app, self._steps)
                    rest.worked()
                    await app.run_worker_async(
                        queues=[queue],
                        concurrency=at_once,
                        install_signal_handlers=False,
                        delete_jobs="always",
                        fetch_job_polling_interval=LOOK,
                        shutdown_graceful_timeout=ending,
                        update_heartbeat_interval=DEAD_AFTER / 4,
                        stalled_worker_timeout=DEAD_AFTER,
                        name=queue,
                    )
            except (ConnectorException, Error, OSError) as error:
                rest.failed(error)
                await asyncio.sleep(rest.seconds)


def leader(steps: "Steps") -> "Part":
    """The `Part` by which this process is the clock whenever no other is."""
    from procrastinate.contrib.django.utils import connector_params

    from monitor.together.leadership import Leadership

    ticking = _Ticking(steps)
    return Leadership(connector_params(), ticking.begin, ticking.end)


class _Ticking:
    """What the clock does: it looks what time has brought, and asks for it."""

    def __init__(self, steps: "Steps") -> None:
        self._steps = steps
        self._clock: Clock | None = None
        self._locks: dict[str, str] = {}

    async def begin(self) -> None:
        from monitor.clock import Clock
        from monitor.config import settings

        self._locks = {source.id: _lock_of(source.url, source.id) for source in self._steps.known}
        clock = self._clock = Clock(settings().timezone)
        clock.every(0.5, "poll", self._ask_for_polls)
        clock.every(1, "deliver", self._ask_for_deliveries)
        clock.every(5, "tag", self._ask_for_tags)
        clock.every(10, "stalled", _give_stalled_back)
        for seconds, name in (
            (3, "pages"), (30, "digest"), (1800, "chores"), (3600, "learn"), (3600, "sample"), (3600, "budgets")
        ):  # fmt: skip
            clock.every(seconds, name, partial(_ask, name))
        # These remember, and so are the clock's own.
        clock.every(30, "watch", self._steps.watch)
        clock.every(3, "rehearse", self._steps.rehearse)
        clock.every(10, "watchdog", systemd.say_alive)
        clock.start()

    async def end(self) -> None:
        if self._clock:
            self._clock.stop()

    async def _ask_for_polls(self) -> None:
        from monitor.polls.polling import due_sources
        from monitor.threads import in_database
        from monitor.together.engine import defer_polls

        def ask() -> int:
            due = due_sources(self._steps.by_id, now())
            return defer_polls((source.id, self._locks[source.id]) for source in due)

        await in_database(ask)

    async def _ask_for_deliveries(self) -> None:
        from alerts.ledger import due_doors
        from monitor.threads import in_database
        from monitor.together.engine import defer

        doors = await in_database(due_doors, now(), self._steps.outbox.channels)
        for channel in sorted({door.channel for door in doors}):
            await in_database(partial(defer, "deliver", key=channel))

    async def _ask_for_tags(self) -> None:
        from monitor.models import Entry
        from monitor.threads import in_database

        if await in_database(lambda: Entry.objects.ready(now()).exists()):
            await _ask("tag")


def _lock_of(url: str, source: str) -> str:
    """Sources of one host wait for each other; those of somebody's own server do not."""
    from monitor.config import settings
    from monitor.fetching.guard import Guard

    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    own = Guard(settings().allow_hosts).is_exempt(parts.hostname or "", port)
    return f"poll {source}" if own else f"host {parts.hostname}:{port}"


async def _ask(name: str) -> None:
    from monitor.threads import in_database
    from monitor.together.engine import defer

    await in_database(defer, name)


async def _give_stalled_back() -> None:
    """Jobs of workers that died are asked for again, or forgotten where they were asked for meanwhile."""
    from procrastinate.exceptions import UniqueViolation
    from procrastinate.jobs import Status

    from monitor.polls.store import release
    from monitor.threads import in_database

    app = _own_app()
    async with app.open_async():
        manager = app.job_manager
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=DEAD_AFTER):
            if job.task_name == "poll":
                await in_database(release, str(job.task_kwargs["key"]))
            try:
                await manager.retry_job(job)
            except UniqueViolation:
                await manager.finish_job(job, Status.FAILED, delete_job=True)


def _own_app() -> "App":
    """Procrastinate's app with connections of its own, as a worker wants them."""
    from procrastinate import App
    from procrastinate.psycopg_connector import PsycopgConnector

    from monitor.together.engine import worker_connection

    return App(connector=PsycopgConnector(kwargs=worker_connection(), min_size=1, max_size=4))


def _add_tasks(app: "App", steps: "Steps") -> None:
    """The tasks, by the names under which the engine and the clock ask for them."""

    async def poll(key: str) -> None:
        # One whose stanza is not on this machine is asked for again when its lease is over.
        if key in steps.by_id:
            await steps.poll(steps.by_id[key])

    async def deliver(key: str) -> None:
        await steps.outbox.deliver_through(key)

    async def tag() -> None:
        while await steps.tag():
            pass

    tasks: dict[str, Callable[..., Awaitable[object]]] = {
        "poll": poll, "deliver": deliver, "tag": tag, "pages": steps.read_pages, "digest": steps.make_digests,
        "chores": steps.do_chores, "learn": steps.learn_again, "sample": steps.sample, "budgets": steps.renew_budgets,
    }  # fmt: skip
    for name, task in tasks.items():
        app.task(name=name)(task)
