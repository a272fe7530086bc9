"""Procrastinate, on PostgreSQL: what is to be done next is deferred in the transaction that makes it necessary.

On SQLite there is one process, which finds its work by itself: nothing is deferred there.
Which tasks there are, and who does them, stands in `monitor.cli.together`.
"""

from collections.abc import Iterable
from contextlib import suppress

from django.db import connection, transaction

#: Polls and pages wait for servers, many at a time; steps work, few at a time, and are not to wait behind polls.
POLLS, STEPS = "polls", "steps"


def is_on() -> bool:
    """Whether steps are done as tasks."""
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


def defer_polls(sources: Iterable[tuple[str, str]]) -> int:
    """Asks for polls, given as (source id, lock): of two with one lock, one waits; how many were not asked for yet."""
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.models import ProcrastinateJob
    from procrastinate.exceptions import AlreadyEnqueued
    from procrastinate.jobs import Job

    under_way = set(
        ProcrastinateJob._default_manager.filter(task_name="poll", status__in=("todo", "doing")).values_list(
            "queueing_lock", flat=True
        )
    )
    jobs = [
        Job(
            queue=POLLS,
            task_name="poll",
            lock=lock,
            queueing_lock=f"poll {source}",
            task_kwargs={"key": source},
        )
        for source, lock in sources
        if f"poll {source}" not in under_way
    ]
    if jobs:
        # Two clocks at one moment, while one takes over from the other.
        with suppress(AlreadyEnqueued), transaction.atomic():
            app.job_manager.batch_defer_jobs(jobs)
    return len(jobs)
