"""What PostgreSQL ends because it and another transaction waited for each other is begun again.

Locks are taken in one order where that can be known beforehand: sources, entries, the lock of those who begin stories,
stories; of each kind by their numbers. Which stories two others join is seen only when it is done.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection

from monitor.logs import logger

P = ParamSpec("P")
T = TypeVar("T")

#: How often in all: whoever is met again and again is no accident.
TRIES = 3
#: https://www.postgresql.org/docs/current/errcodes-appendix.html
_DEADLOCK = "40P01"


def begun_again(work: Callable[P, T]) -> Callable[P, T]:
    """`work`, which is one transaction, up to `TRIES` times; inside of another transaction that is for who began that."""

    @wraps(work)
    def tried(*args: P.args, **kwargs: P.kwargs) -> T:
        for _ in range(TRIES - 1):
            try:
                return work(*args, **kwargs)
            except OperationalError as error:
                if connection.in_atomic_block or getattr(error.__cause__, "sqlstate", "") != _DEADLOCK:
                    raise
                logger.info("begun again after a deadlock", what=work.__name__)
        return work(*args, **kwargs)

    return tried
