"""Where the loop hands blocking work to: database calls on their own few threads.

Pages run on asgiref's thread; a long write of a poll must not make them wait, so polls do not share it.
"""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

#: SQLite writes one at a time anyhow; a few threads let reads go on beside a write.
_database = ThreadPoolExecutor(4, thread_name_prefix="database")


def _with_fresh_connection(work: Callable[[], T]) -> T:
    from django.db import close_old_connections

    # Drops a connection that broke (a restarted PostgreSQL), keeps a good one.
    close_old_connections()
    return work()


async def in_database(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `work(*args, **kwargs)` returns, run on a database thread."""
    call = partial(contextvars.copy_context().run, work, *args, **kwargs)
    return await asyncio.get_running_loop().run_in_executor(_database, _with_fresh_connection, call)
