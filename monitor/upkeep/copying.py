"""Every row of one database copied into another: a PostgreSQL into a SQLite file, and such a file into a PostgreSQL.

What is carried is what the models say there is, so that a model that is added one day is carried, too. Not carried are
the tasks that wait in PostgreSQL, which follow from the rows, and the search index, which is made anew from the texts.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import DatabaseError, OperationalError, connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.models import AutoField, BigAutoField, Max, Model
from django.db.utils import ConnectionHandler

from monitor.errors import StoreError
from monitor.i18n import _

#: Rows held at once; the longest are entries with a whole page's text.
CHUNK = 500
#: What the two databases are called while rows go from one to the other.
_OLD, _NEW = "copied from", "copied to"
#: Django makes these by itself wherever it makes tables.
_MADE_BY_ITSELF = ("django_content_type", "auth_permission")

#: Called as tell(done, total), in rows.
Tell = Callable[[int, int], object]


def carried() -> list[type[Model]]:
    """The models whose rows are carried: all that have a table which our migrations made."""
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
    ]


def into_file(file: Path, tell: Tell) -> None:
    """Writes the rows of the program's database, as they are at one moment, into a new SQLite file.

    Raises:
        StoreError: the database is not of this version of the program, or a row could not be copied.
    """
    if _plan(connection):
        raise StoreError(
            _(
                "데이터베이스가 이 판의 것이 아닙니다. monitor run 으로 한 번 시작하면 새 판에 맞추어 고칩니다."
            )
        )
    with _opened(file) as new:
        _bring_forward(new)
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            with _named(_NEW, new), transaction.atomic(using=_NEW):
                _copy(connection, new, tell)


@contextmanager
def completed(file: Path, index: Callable[[], object]) -> Iterator[None]:
    """Brings the SQLite file up to this version and has `index` make the search index in it, before the block begins."""
    with _opened(file) as database:
        _bring_forward(database)
        with _named("default", database):
            index()
    yield


@contextmanager
def into_postgresql(file: Path, index: Callable[[], object], tell: Tell) -> Iterator[None]:
    """Fills the program's empty PostgreSQL from the SQLite file; it is all there when the block ends, or nothing is.

    Raises:
        StoreError: somebody else is at the database, or there is something in it, or it cannot keep a row.
    """
    with _opened(file) as old:
        _bring_forward(old)
        with transaction.atomic():
            _refuse_one_in_use()
            _copy(old, connection, tell)
            index()
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
            yield


def _refuse_one_in_use() -> None:
    """Takes the tables for this transaction alone, and empties them of what Django puts there itself."""
    tables = [connection.ops.quote_name(model._meta.db_table) for model in carried()]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        others = cursor.fetchone()[0]
        try:
            if not others:
                cursor.execute(f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE NOWAIT")
        except OperationalError:
            others = 1
        if others:
            raise StoreError(
                _(
                    "다른 프로그램이 이 데이터베이스에 연결해 있습니다({n}개). 모든 컴퓨터의 monitor 를 멈춘 뒤에 "
                    "다시 하십시오."
                ).format(n=others)
            )
        filled = [
            model._meta.db_table
            for model in carried()
            if model._meta.db_table not in _MADE_BY_ITSELF and model._base_manager.exists()
        ]
        if filled:
            raise StoreError(
                _(
                    "이 데이터베이스는 비어 있지 않습니다({tables}). 그 위에 쓰지 않습니다. 새 데이터베이스를 만들어 "
                    "DATABASE_URL 에 적으십시오."
                ).format(tables=", ".join(filled[:3]))
            )
        for table in _MADE_BY_ITSELF:
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 -- names of our own


@contextmanager
def _opened(file: Path) -> Iterator[BaseDatabaseWrapper]:
    handler = ConnectionHandler({"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(file)}})
    database = handler["default"]
    try:
        yield database
    finally:
        database.close()


@contextmanager
def _named(name: str, database: BaseDatabaseWrapper) -> Iterator[None]:
    """The database under this name, for whatever asks for it by its name."""
    usual = connections[name] if name in connections.settings else None
    connections[name] = database
    try:
        yield
    finally:
        if usual is None:
            del connections[name]
        else:
            connections[name] = usual


def _plan(database: BaseDatabaseWrapper) -> list[Any]:
    """The migrations that a database lacks, but for those of the tasks' tables, which only PostgreSQL has."""
    executor = MigrationExecutor(database)
    return list(executor.migration_plan(_leaves(executor)))


def _bring_forward(database: BaseDatabaseWrapper) -> None:
    with _named("default", database):
        executor = MigrationExecutor(database)
        executor.migrate(_leaves(executor))


def _leaves(executor: MigrationExecutor) -> list[Any]:
    apps_with_tables = {model._meta.app_label for model in carried()}
    return [leaf for leaf in executor.loader.graph.leaf_nodes() if leaf[0] in apps_with_tables]


def _copy(old: BaseDatabaseWrapper, new: BaseDatabaseWrapper, tell: Tell) -> None:
    """Copies all rows; what points at what is checked when `new` commits, so that no order is needed."""
    with _named(_OLD, old):
        total = sum(model._base_manager.using(_OLD).count() for model in carried())
        done = 0
        for model in carried():
            for rows in _chunks(model):
                _insert(new, model, rows)
                done += len(rows)
                tell(done, total)
            number = model._meta.pk
            if isinstance(number, AutoField | BigAutoField):
                _set_highest(new, model, max(_highest(old, model), _last(model)))


def _chunks(model: type[Model]) -> Iterator[list[tuple[Any, ...]]]:
    names = [field.attname for field in model._meta.local_concrete_fields]
    found = model._base_manager.using(_OLD).order_by("pk").values_list(*names)
    rows = found.iterator(chunk_size=CHUNK)
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def _insert(new: BaseDatabaseWrapper, model: type[Model], rows: list[tuple[Any, ...]]) -> None:
    fields = model._meta.local_concrete_fields
    quote = new.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    clean = _without_nul if new.vendor == "postgresql" else _as_it_is
    values = [
        [field.get_db_prep_save(clean(value), new) for field, value in zip(fields, row, strict=True)]
        for row in rows
    ]
    table = model._meta.db_table
    try:
        with new.cursor() as cursor:
            cursor.executemany(f"INSERT INTO {quote(table)} ({columns}) VALUES ({places})", values)  # noqa: S608 -- names of our own
    except DatabaseError as error:
        raise StoreError(
            _("{table} 표의 줄을 옮기지 못했습니다: {reason}").format(table=table, reason=error)
        ) from error


def _without_nul(value: Any) -> Any:
    """The value without NUL, the one character that SQLite keeps and PostgreSQL does not."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, list):
        return [_without_nul(item) for item in value]
    if isinstance(value, dict):
        return {_without_nul(key): _without_nul(item) for key, item in value.items()}
    return value


def _as_it_is(value: Any) -> Any:
    return value


def _last(model: type[Model]) -> int:
    return model._base_manager.using(_OLD).aggregate(last=Max("pk"))["last"] or 0


def _highest(database: BaseDatabaseWrapper, model: type[Model]) -> int:
    """The highest number that a row of the table ever had: those of rows that went are given to no other."""
    table = model._meta.db_table
    with database.cursor() as cursor:
        if database.vendor == "sqlite":
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        else:
            sequence = _sequence(database, model)
            cursor.execute(f"SELECT last_value FROM {sequence} WHERE is_called")  # noqa: S608 -- a name of our own
        found = cursor.fetchone()
    return found[0] if found else 0


def _set_highest(database: BaseDatabaseWrapper, model: type[Model], number: int) -> None:
    table = model._meta.db_table
    with database.cursor() as cursor:
        if database.vendor == "sqlite":
            cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, number])
        else:
            called = number > 0
            cursor.execute("SELECT setval(%s, %s, %s)", [_sequence(database, model), number or 1, called])


def _sequence(database: BaseDatabaseWrapper, model: type[Model]) -> str:
    pk = model._meta.pk
    assert pk is not None
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [f'"{model._meta.db_table}"', pk.column])
        return str(cursor.fetchone()[0])
