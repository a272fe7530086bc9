"""A machine that breaks when it is told to: a disk without room, one that takes no writes, a database that others hold."""

import resource
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any

import pytest
from django.db import connections

from monitor import threads
from monitor.upkeep.copying import carried


@contextmanager
def full_disk(pid: int = 0) -> Iterator[None]:
    """No file of the process grows any more, as `ulimit -f 0` has it; the kernel says so to each write."""
    soft, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))


def another() -> Any:
    """A connection to the database such as another program has."""
    known = connections["default"].settings_dict
    if connections["default"].vendor == "sqlite":
        return sqlite3.connect(known["NAME"], timeout=30, isolation_level=None)
    import psycopg

    return psycopg.connect(
        dbname=known["NAME"], host=known["HOST"], port=known["PORT"], user=known["USER"], autocommit=True
    )


@contextmanager
def held_by_another() -> Iterator[None]:
    """Another program writes to the database, and does not end."""
    with closing(another()) as other:
        if connections["default"].vendor == "sqlite":
            other.execute("BEGIN IMMEDIATE")
        else:
            other.execute("BEGIN")
            # All may read, nobody may write.
            tables = ", ".join(f'"{model._meta.db_table}"' for model in carried())
            other.execute(f"LOCK TABLE {tables} IN EXCLUSIVE MODE")
        try:
            yield
        finally:
            other.rollback()


@contextmanager
def read_only() -> Iterator[None]:
    """The database takes no writes: what SQLite says of a disk that was mounted anew without them, PostgreSQL of a replica."""
    with _database_threads(takes_writes=False):
        yield


@contextmanager
def _database_threads(*, takes_writes: bool = True) -> Iterator[None]:
    """New threads, with new connections: an impatient time-out, and what else is set."""
    options = connections["default"].settings_dict["OPTIONS"]
    kept, pool = dict(options), threads._database
    if connections["default"].vendor == "sqlite":
        options["timeout"] = 0.05
        options["init_command"] += "" if takes_writes else "PRAGMA query_only=ON;"
    else:
        options["options"] = "-c lock_timeout=50ms"
        options["options"] += "" if takes_writes else " -c default_transaction_read_only=on"
    threads._database = fresh = ThreadPoolExecutor(2)
    try:
        yield
    finally:
        for _ in range(2):
            fresh.submit(connections.close_all)
        fresh.shutdown()
        threads._database = pool
        options.clear()
        options.update(kept)


@contextmanager
def impatient() -> Iterator[None]:
    """Connections that wait 50 ms for another writer instead of half a minute."""
    with _database_threads():
        yield


#: What may keep the database from being written.
BREAKAGES: list[Any] = [
    # PostgreSQL's own process has the files.
    pytest.param(full_disk, id="full disk", marks=pytest.mark.sqlite),
    pytest.param(read_only, id="read-only disk"),
    pytest.param(held_by_another, id="database held by another program"),
]
