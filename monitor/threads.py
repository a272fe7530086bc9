"""Where the loop hands blocking work to: database calls on their own few threads.

Pages run on asgiref's thread; a long write of a poll must not make them wait, so polls do not share it.
"""

import asyncio
import contextlib
import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar, cast

P = ParamSpec("P")
T = TypeVar("T")

#: SQLite has one writer at a time anyhow; a few threads let reads go on beside it.
_database = ThreadPoolExecutor(4, thread_name_prefix="database")


def _with_fresh_connection(work: Callable[[], T]) -> T:
    from django.db import close_old_connections

    # Drops a connection that broke (a restarted PostgreSQL), keeps a good one.
    close_old_connections()
    return work()


async def in_database(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `work(*args, **kwargs)` returns or raises, run on one of the database's threads."""
    call = partial(contextvars.copy_context().run, work, *args, **kwargs)
    return await asyncio.get_running_loop().run_in_executor(_database, _with_fresh_connection, call)


async def in_background(work: Callable[[], T]) -> T:
    """What `work()` returns or raises, run on a thread that the end of the program does not wait for.

    For what takes seconds, cannot be interrupted and leaves nothing half done, such as loading a model.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: Exception | None) -> None:
        if not done.cancelled():
            if error:
                done.set_exception(error)
            else:
                done.set_result(cast(T, result))

    def run() -> None:
        try:
            result, error = work(), None
        except Exception as caught:  # noqa: BLE001 -- handed on to whoever waits
            result, error = None, caught
        # A loop that has ended meanwhile wants no answer.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=run, name="background", daemon=True).start()
    return await done
