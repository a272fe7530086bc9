"""Tasks for all processes (Procrastinate, on PostgreSQL): a step is asked for in the transaction that makes it necessary.

On SQLite there is one process, which finds its work by itself: nothing is deferred there.
Which tasks there are, and who does them, stands in `monitor.cli.together`.
"""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from django.db import connection, transaction

#: Polls and pages wait for servers, many at a time; steps work, few at a time, and are not to wait behind polls.
POLLS, STEPS = "polls", "steps"
#: Polls that wait at a time: as many as all hands together take between two looks of the clock, and few enough for taking
#: one to cost the same however much is due.
MOST_WAITING = 1000
#: The `options` of a connection that plans by indexes: see `worker_connection`.
BY_INDEX = "-c enable_seqscan=off -c enable_sort=off"


def is_on() -> bool:
    """Whether steps are done as tasks: on PostgreSQL."""
    return connection.vendor == "postgresql"


def defer(task: str, *, key: str = "") -> None:
    """Asks for a run of a step, in the transaction under way; one that is asked for already is enough.

    Only the last statement of a transaction may be one of these: it waits for any other transaction that asks for the
    same, and one that then waited for us in turn would never end. `key` is what the step is about (a channel).
    """
    if not is_on():
        return
    from procrastinate.contrib.django import app
    from procrastinate.exceptions import AlreadyEnqueued

    name = f"{task} {key}".strip()
    job = app.configure_task(task, allow_unknown=True, queue=STEPS, lock=name, queueing_lock=name)
    with suppress(AlreadyEnqueued), transaction.atomic():
        job.defer(**({"key": key} if key else {}))


def worker_connection() -> dict[str, Any]:
    """psycopg's parameters for the connections by which a worker takes its jobs: always by the indexes, in their order.

    PostgreSQL plans by statistics, and those of a table that is empty between two bursts say that nothing ever waits: it
    then reads and sorts all that does, for each job again. With 300 waiting that took 3 CPU ms a job, now 0.3.
    """
    from procrastinate.contrib.django.utils import connector_params

    parameters = connector_params()
    return {**parameters, "options": f"{parameters.get('options', '')} {BY_INDEX}".strip()}


def defer_polls(sources: Iterable[tuple[str, str]]) -> int:
    """Asks for polls, given as (source id, lock), the most urgent first; how many were asked for.

    One a lock at a time, since the next would only wait for it, and no more in all than `MOST_WAITING`: `sources` is read
    no further than that.
    """
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.models import ProcrastinateJob
    from procrastinate.exceptions import AlreadyEnqueued
    from procrastinate.jobs import Job

    under_way = ProcrastinateJob._default_manager.filter(status__in=("todo", "doing"))
    rows = list(under_way.values_list("status", "lock", "queueing_lock"))
    taken = {name for _status, *names in rows for name in names}
    room = MOST_WAITING - sum(status == "todo" for status, *_names in rows)
    jobs: list[Job] = []
    for source, lock in sources if room > 0 else ():
        name = f"poll {source}"
        if taken.isdisjoint((lock, name)):
            taken.update((lock, name))
            jobs.append(
                Job(
                    queue=POLLS,
                    task_name="poll",
                    lock=lock,
                    queueing_lock=name,
                    task_kwargs={"key": source},
                )
            )
        if len(jobs) == room:
            break
    if jobs:
        # Two clocks at one moment, while one takes over from the other.
        with suppress(AlreadyEnqueued), transaction.atomic():
            app.job_manager.batch_defer_jobs(jobs)
    return len(jobs)
