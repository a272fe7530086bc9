"""The database at start-up: whole, current, and ours."""

import sqlite3
from pathlib import Path

from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from filelock import FileLock, Timeout

from monitor.config import settings
from monitor.errors import StoreError
from monitor.i18n import _

_DAMAGED = ("malformed", "not a database", "disk image")


def bring_up_to_date() -> None:
    """Applies the migrations that the database lacks; a database that has them all costs one look.

    Raises:
        StoreError: it is damaged (it is never made anew by itself) or cannot be written.
    """
    home = settings().home
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        if _is_current():
            return
        # Two first commands at once: the second waits and then finds the work done.
        with FileLock(home / "migrate.lock"):
            if not _is_current():
                call_command("migrate", verbosity=0, interactive=False)
    except (DatabaseError, sqlite3.DatabaseError) as error:
        raise StoreError(_explain(error)) from error
    except OSError as error:
        raise StoreError(
            _("{path} 폴더에 쓸 수 없습니다: {reason}").format(path=home, reason=error)
        ) from error


def _is_current() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _explain(error: Exception) -> str:
    path = connection.settings_dict["NAME"]
    if any(word in str(error) for word in _DAMAGED):
        return _(
            "데이터베이스가 손상되었습니다: {path} ({reason}). 새로 만들지 않고 멈춥니다. "
            "이 파일을 다른 곳으로 옮긴 뒤 백업을 복원하십시오."
        ).format(path=path, reason=error)
    return _("데이터베이스를 열 수 없습니다: {path} ({reason})").format(path=path, reason=error)


def only_instance(home: Path) -> FileLock:
    """The lock that says "this home has its `monitor run`"; released when the process ends, however it ends.

    Raises:
        StoreError: another process holds it.
    """
    lock = FileLock(home / "run.lock")
    try:
        lock.acquire(blocking=False)
    except Timeout as error:
        raise StoreError(
            _(
                "이 폴더({home})로 monitor run 이 이미 돌고 있습니다. 그것을 끝내거나 MONITOR_HOME 을 달리하십시오."
            ).format(home=home.resolve())
        ) from error
    return lock
