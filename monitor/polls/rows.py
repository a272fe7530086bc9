"""Glue: many rows at once by plain SQL: a model's object for each row takes ten times as long as the database does."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from django.db import connection
from django.db.models import Model

#: Values that one statement binds; databases know a limit, and statements of one length are prepared once.
BOUND = 2000


def fetched(query: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows of a query, of plain values as the database's driver gives them; `values` fill its places (`%s`)."""
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()


def places(count: int) -> str:
    """`count` places for values, as `IN (…)` wants them; NULL, in which nothing is, for none."""
    return ", ".join(["%s"] * count) or "NULL"


def moment(at: datetime | None) -> object:
    """A time (aware UTC; None for none) as the database's driver takes it."""
    return connection.ops.adapt_datetimefield_value(at)


def instant(stored: datetime | str | None) -> datetime | None:
    """A time that the database's driver gave, as aware UTC; SQLite's has no zone, and is a text where it was worked out."""
    if not stored:
        return None
    at = datetime.fromisoformat(stored) if isinstance(stored, str) else stored
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def prepared(model: type[Model], row: Mapping[str, object]) -> list[object]:
    """A row's values as the database's driver takes them, in its order; `row` has them by the names of their fields."""
    fields = {field.attname: field for field in model._meta.concrete_fields}
    return [fields[name].get_db_prep_save(value, connection) for name, value in row.items()]


def numbered(model: type[Model], count: int) -> list[int]:
    """Ids for `count` new rows, which nobody else gets; to be asked for inside the transaction that stores the rows."""
    if not count:
        return []
    table = model._meta.db_table
    if connection.vendor == "sqlite":
        # An immediate transaction is alone. A number that was given out once is never given again (AUTOINCREMENT).
        given = fetched("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        last = given[0][0] if given else 0
        return list(range(last + 1, last + 1 + count))
    serial = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
    return [number for (number,) in fetched(serial, [table, count])]


def alone(lock: int) -> None:
    """Waits on PostgreSQL until nobody else has the lock of this number, and has it until the transaction ends.

    SQLite's immediate transaction is alone anyhow.
    """
    if connection.vendor == "postgresql":
        fetched("SELECT pg_advisory_xact_lock(%s)", [lock])


def held(model: type[Model], ids: Sequence[int]) -> list[int]:
    """Those of these rows that are there, by their numbers; on PostgreSQL none of them goes before the transaction ends.

    They may be written to meanwhile: who only points at a row waits for no one who changes it, and holds up none.
    """
    asked = f"SELECT id FROM {model._meta.db_table} WHERE id IN ({places(len(ids))}) ORDER BY id"  # noqa: S608
    lock = " FOR KEY SHARE" if connection.vendor == "postgresql" else ""
    return [number for (number,) in fetched(asked + lock, ids)]


def insert(model: type[Model], names: Sequence[str], values: Iterable[tuple[Any, ...]]) -> None:
    """Stores new rows: the fields `names` with these values, as the driver takes them, all others with their defaults."""
    fields = {field.attname: field for field in model._meta.concrete_fields}
    others = [field for name, field in fields.items() if name not in names and not field.primary_key]
    defaults = tuple(field.get_db_prep_save(field.get_default(), connection) for field in others)
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in (*map(fields.get, names), *others) if field)
    into = f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES "  # noqa: S608
    one = f"({places(len(names) + len(others))})"
    left = [one + defaults for one in values] if defaults else list(values)
    together = BOUND // (len(names) + len(others))
    with connection.cursor() as cursor:
        for start in range(0, len(left), together):
            part = left[start : start + together]
            cursor.execute(into + ", ".join([one] * len(part)), list(chain.from_iterable(part)))


def update(model: type[Model], names: Sequence[str], values: Iterable[tuple[Any, ...]]) -> None:
    """Writes values, as the driver takes them, into the fields `names` of rows, in order; the last of each is the row's id."""
    quote = connection.ops.quote_name
    fields = {field.attname: field for field in model._meta.concrete_fields}
    sets = ", ".join(f"{quote(str(fields[name].column))} = %s" for name in names)
    with connection.cursor() as cursor:
        # Django's own bulk_update makes one statement of hundreds of cases, which takes ten times as long.
        cursor.executemany(
            f"UPDATE {quote(model._meta.db_table)} SET {sets} WHERE id = %s",  # noqa: S608
            list(values),
        )
