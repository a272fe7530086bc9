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


@contextmanager
def full_disk(pid: int = 0) -> Iterator[None]:
    """No file of the process grows any more, as `ulimit -f 0` has it; the kernel says so to each write."""
    soft, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def held_by_another() -> Iterator[None]:
    """Another program writes to the database, and does not end."""
    with closing(sqlite3.connect(connections["default"].settings_dict["NAME"], timeout=5)) as other:
        other.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            other.rollback()


@contextmanager
def read_only() -> Iterator[None]:
    """The database takes no writes: what SQLite says of a disk that was mounted anew without them."""
    with _database_threads(query_only="ON"):
        yield


@contextmanager
def _database_threads(**pragmas: str) -> Iterator[None]:
    """New threads, with new connections: an impatient time-out, and what else is set."""
    options = connections["default"].settings_dict["OPTIONS"]
    kept, pool = dict(options), threads._database
    options["timeout"] = 0.05
    options["init_command"] += "".join(f"PRAGMA {name}={value};" for name, value in pragmas.items())
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
    pytest.param(full_disk, id="full disk"),
    pytest.param(read_only, id="read-only disk"),
    pytest.param(held_by_another, id="database held by another program"),
]
