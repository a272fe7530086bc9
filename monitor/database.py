"""The database at start-up: brought up to date, looked through for damage, and held by one `monitor run` alone."""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import (
    DatabaseError,
    DataError,
    IntegrityError,
    NotSupportedError,
    ProgrammingError,
    connection,
)
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from filelock import FileLock, Timeout

from monitor.config import settings
from monitor.errors import Damaged, StoreError
from monitor.i18n import _
from monitor.logs import logger
from monitor.upkeep.backup import back_up_before_update

_DAMAGED = ("malformed", "not a database", "disk image")
#: Bytes. A database up to this size is read through at a start, in a second or two; a larger one by `monitor doctor` only.
READ_THROUGH = 150_000_000
#: The key of PostgreSQL's advisory lock under which the tables are changed: a number that no other program is likely to use.
MIGRATIONS = 0x6275_6C6C_6D69_6772
#: The file that names who holds the home's lock, for people and health pages; the lock itself is the system's.
OWNER = "run.json"


def is_down(error: DatabaseError) -> bool:
    """Whether it is the database itself that fails (locked, full, gone, damaged) and not what it was asked to keep."""
    return not isinstance(error, DataError | IntegrityError | NotSupportedError | ProgrammingError)


def bring_up_to_date(*, read_through: bool = False) -> None:
    """Applies the migrations that the database lacks; a database that has them all costs one look.

    With `read_through` a SQLite file of at most `READ_THROUGH` bytes is also looked through for damage. Before an update
    what is there is backed up (`monitor.upkeep.backup.back_up_before_update`).

    Raises:
        Damaged: it cannot be read; it is never made anew by itself.
        StoreError: it or its folder cannot be written, or there is no room for the backup.
    """
    home = settings().home
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        emptied = _is_empty()
        if not emptied and _is_current():
            if read_through:
                _read_through()
            return
        # Two first commands at once: the second waits and then finds the work done.
        with FileLock(home / "migrate.lock"):
            # SQLite would take an empty file for a new database. Our own are empty only for the moment of their making.
            if emptied and _is_empty():
                raise Damaged(_explain("the file is empty"))
            with _alone_on_the_server():
                if not _is_current():
                    _back_up_first()
                    call_command("migrate", verbosity=0, interactive=False)
    except (DatabaseError, sqlite3.DatabaseError) as error:
        if any(word in str(error) for word in _DAMAGED):
            raise Damaged(_explain(str(error))) from error
        raise StoreError(_refused(str(error))) from error
    except OSError as error:
        raise StoreError(
            _("{path} 폴더에 쓸 수 없습니다: {reason}").format(path=home, reason=error)
        ) from error


def _file() -> Path | None:
    return Path(connection.settings_dict["NAME"]) if connection.vendor == "sqlite" else None


def _is_empty() -> bool:
    file = _file()
    return file is not None and file.exists() and file.stat().st_size == 0


def _is_current() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


@contextmanager
def _alone_on_the_server() -> Iterator[None]:
    """Other machines' migrations wait for ours; SQLite's are on this machine, and wait for the home's lock."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", (MIGRATIONS,))
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", (MIGRATIONS,))


def _back_up_first() -> None:
    """Keeps what an older version left, before its tables are changed; one that is being made has nothing to keep yet."""
    if not MigrationRecorder(connection).applied_migrations():
        return
    try:
        made = back_up_before_update(settings(), datetime.now(UTC))
    except StoreError as error:
        raise StoreError(
            _(
                "{error} 새 판에 맞추어 데이터베이스를 고치기 전에 백업해 둡니다. 자리를 마련하시거나, "
                "백업 없이 고치시려면 MONITOR_KEEP_BACKUPS=0 으로 하십시오."
            ).format(error=error)
        ) from error
    if made:
        logger.info("backed up before an update of the database", file=str(made))


def _read_through() -> None:
    """Raises Damaged where SQLite finds a page that is not what it should be."""
    file = _file()
    if file is None or file.stat().st_size > READ_THROUGH:
        return
    with closing(sqlite3.connect(file, timeout=30)) as reader:
        verdict = reader.execute("PRAGMA quick_check(1)").fetchone()[0]
    if verdict != "ok":
        raise Damaged(_explain(verdict))


def _explain(reason: str) -> str:
    return _(
        "데이터베이스가 손상되었습니다: {path} ({reason}). 새로 만들지 않고 멈춥니다. 백업에서 되살리십시오: "
        "monitor restore 백업파일.zip (손상된 파일은 지우지 않고 따로 둡니다. 백업은 {backups} 에 있습니다.)"
    ).format(
        path=connection.settings_dict["NAME"],
        reason=reason.strip().replace("\n", " "),
        backups=settings().home / "backups",
    )


def _refused(reason: str) -> str:
    path = connection.settings_dict["NAME"]
    if "locked" in reason:
        return _(
            "다른 프로그램이 데이터베이스를 붙들고 있습니다: {path} ({reason}). 그것이 끝난 뒤에 다시 하십시오."
        ).format(path=path, reason=reason)
    if "full" in reason:
        return _("디스크가 찼습니다: {path} ({reason}). 자리를 비운 뒤에 다시 하십시오.").format(
            path=path, reason=reason
        )
    if "readonly" in reason:
        return _(
            "데이터베이스에 쓸 수 없습니다: {path} ({reason}). 파일과 폴더의 권한, 디스크가 읽기 전용인지를 확인하십시오."
        ).format(path=path, reason=reason)
    return _("데이터베이스를 열 수 없습니다: {path} ({reason})").format(path=path, reason=reason)


def only_instance(home: Path, now: datetime | None = None) -> FileLock:
    """The lock that says "this home has its `monitor run`"; released when the process ends, however it ends.

    With `now` the home also says who holds it (`owner`).

    Raises:
        StoreError: another process holds it, or the home cannot be written.
    """
    lock = FileLock(home / "run.lock")
    try:
        lock.acquire(blocking=False)
    except Timeout as error:
        holder = owner(home)
        raise StoreError(
            _(
                "이 폴더({home})로 monitor run 이 이미 돌고 있습니다{who}. 그것을 끝내거나 MONITOR_HOME 을 달리하십시오."
            ).format(home=home.resolve(), who=f" (pid {holder['pid']})" if holder else "")
        ) from error
    except OSError as error:
        raise StoreError(
            _("{path} 폴더에 쓸 수 없습니다: {reason}").format(path=home.resolve(), reason=error)
        ) from error
    if now is not None:
        said = {"pid": os.getpid(), "since": f"{now:%Y-%m-%dT%H:%M:%SZ}"}
        # It only informs: a full disk does not keep the program from starting.
        with suppress(OSError):
            (home / OWNER).write_text(json.dumps(said), encoding="utf-8")
    return lock


def owner(home: Path) -> dict[str, Any] | None:
    """The process that last said that the home is its own: its `pid`, and `since` (ISO 8601, UTC); None where none did."""
    try:
        said = json.loads((home / OWNER).read_text(encoding="utf-8"))
        return {"pid": int(said["pid"]), "since": str(said["since"])}
    except (OSError, ValueError, KeyError, TypeError):
        return None
