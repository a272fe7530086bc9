"""A home moves from SQLite to PostgreSQL and back, and every row of every table comes along."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.utils import ConnectionHandler

from monitor.config import Settings
from monitor.errors import StoreError
from monitor.models import Entry, Source, Story
from monitor.upkeep import backup, copying
from review.models import Action
from review.search.asking import question
from review.search.index import found_by, index_rest, index_stories
from tests.servers.postgres import new_database

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]

AT = datetime(2026, 11, 21, 6, 0, 0, 123456, tzinfo=UTC)
#: What a field of each kind says in the row of this number; every one of them is hard on some database.
VALUES: dict[Any, Callable[[int], Any]] = {
    models.SlugField: lambda number: f"row-{number}",
    models.CharField: lambda number: f"{number}'가",
    models.TextField: lambda number: f'{number}: 여러\n줄, 題 and "\\" \U0001f600 ',
    models.JSONField: lambda number: {"가": [number, 2.5, None, True, "\n"], "": {}},
    models.BooleanField: lambda number: number % 2 == 1,
    models.FloatField: lambda number: number + 0.1,
    models.BigIntegerField: lambda number: -(2**63) + number,
    models.IntegerField: lambda number: number,
    models.BinaryField: lambda number: bytes([0, 255, number]),
    models.DateTimeField: lambda number: AT.replace(day=number),
    models.DateField: lambda number: date(2026, 1, number),
    models.TimeField: lambda number: time(23, 59, number, 999999),
}
#: An alert is about one thing: in the end the first about a story, the second about a notice.
AT_FIRST: dict[str, dict[str, Any]] = {"alerts.Alert": {"notice": {"kind": "x"}}}
AFTERWARDS: dict[str, dict[str, Any]] = {"alerts.Alert": {"incident": None, "digest": None, "notice": None}}
Rows = dict[str, list[dict[str, Any]]]


def every_model() -> list[type[models.Model]]:
    """Asked otherwise than the program does: all but the tasks' own."""
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label != "procrastinate" and not model._meta.proxy
    ]


def fill() -> None:
    """Two rows in every table: one that says all it can, and one that says as little."""
    made: dict[type[models.Model], list[models.Model]] = {}

    def rows_of(model: type[models.Model]) -> list[models.Model]:
        if model not in made:
            found = list(model._base_manager.order_by("pk")[:2])
            made[model] = found if len(found) == 2 else [make(model, number) for number in (1, 2)]
        return made[model]

    def make(model: type[models.Model], number: int) -> models.Model:
        said: dict[str, Any] = {}
        for field in model._meta.local_concrete_fields:
            if isinstance(field, models.AutoField | models.BigAutoField) or (field.null and relates(field)):
                continue
            if number == 2 and field.null:
                said[field.name] = None
            elif relates(field):
                said[field.name] = rows_of(field.related_model)[number - 1]
            elif field.choices:
                said[field.name] = field.choices[0][0]
            else:
                kind = next(kind for kind in VALUES if isinstance(field, kind))
                value = VALUES[kind](number)
                said[field.name] = value[: field.max_length] if isinstance(value, str) else value
        row = model(**said | AT_FIRST.get(model._meta.label, {}))
        row.save_base(raw=True, force_insert=True)
        return row

    for model in every_model():
        rows_of(model)
    # What may point at nothing, and at what points back: once all is there.
    for model in every_model():
        links = [field for field in model._meta.local_concrete_fields if field.null and relates(field)]
        said = {field.name: rows_of(field.related_model)[0] for field in links}
        if links:
            one = models.QuerySet(model).filter(pk=made[model][0].pk)
            one.update(**said | AFTERWARDS.get(model._meta.label, {}))


def relates(field: Any) -> bool:
    return isinstance(field, models.ForeignKey)


def rows() -> Rows:
    """Everything that stands in every table of the database that the program finds."""
    return {
        model._meta.label: [
            {name: bytes(value) if isinstance(value, memoryview) else value for name, value in row.items()}
            for row in model._base_manager.order_by("pk").values()
        ]
        for model in every_model()
    }


def known() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for app, name in MigrationLoader(None).disk_migrations:
        found.setdefault(app, set()).add(name)
    return found


def indexed() -> None:
    list(index_rest())


def found(words: str) -> int:
    asked = question(words)
    assert asked is not None
    return Story.objects.filter(pk__in=found_by(asked)).count()


@pytest.fixture
def of_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    return Settings(MONITOR_HOME=tmp_path / "files", DATABASE_URL=None)  # type: ignore[call-arg]


@pytest.fixture
def of_postgresql(tmp_path: Path, of_files: Settings) -> Settings:
    (tmp_path / "server").mkdir()
    return Settings(MONITOR_HOME=tmp_path / "server", DATABASE_URL="postgresql://named/by/connections")  # type: ignore[call-arg]


@contextmanager
def instead(database: BaseDatabaseWrapper) -> Iterator[None]:
    with copying._named("default", database):
        try:
            yield
        finally:
            database.close()


@pytest.fixture
def empty() -> Iterator[BaseDatabaseWrapper]:
    """A PostgreSQL with the program's tables and nothing in them."""
    with new_database() as database:
        yield database


def sqlite_of(home: Settings) -> BaseDatabaseWrapper:
    file = str(home.home / backup.DATABASE)
    return ConnectionHandler({"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": file}})["default"]


def no_bar(done: int, total: int) -> None:
    assert 0 < done <= total


def test_every_row_of_every_table_goes_into_a_file_and_back(
    of_files: Settings, of_postgresql: Settings, empty: BaseDatabaseWrapper, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(copying, "CHUNK", 1)
    fill()
    story = Story.objects.latest("id").pk
    gone = Story.objects.create(first_seen_at=AT)
    gone.delete()
    before = rows()
    assert [label for label, there in before.items() if len(there) < 2] == []

    backup.back_up(of_postgresql, tmp_path / "1.zip", AT, no_bar)
    backup.restore(of_files, tmp_path / "1.zip", known(), AT, lambda file: copying.completed(file, indexed))
    with instead(sqlite_of(of_files)):
        assert rows() == before
        assert found("여러") == 2
        assert Story.objects.create(first_seen_at=AT).pk == story + 2, "no number is given twice"
        Story.objects.filter(pk__gt=story).delete()

    backup.back_up(of_files, tmp_path / "2.zip", AT)
    with instead(empty):
        backup.restore(
            of_postgresql, tmp_path / "2.zip", known(), AT,
            lambda file: copying.into_postgresql(file, indexed, no_bar),
        )  # fmt: skip
        assert rows() == before
        assert found("여러") == 2
        assert Story.objects.create(first_seen_at=AT).pk > story + 2
        Action.objects.create(kind="upkeep.restore")
        Entry.objects.filter(story=story).update(title="새 제목")
        index_stories([story])
        assert found("제목") == 1


@pytest.fixture
def file(of_files: Settings, of_postgresql: Settings, tmp_path: Path) -> Path:
    """A backup with one source and its story."""
    source = Source.objects.create(id="boj")
    Entry.objects.create(
        source=source,
        story=Story.objects.create(first_seen_at=AT),
        title="금리",
        summary="0",
        first_seen_at=AT,
    )
    backup.back_up(of_postgresql, tmp_path / "b.zip", AT)
    return tmp_path / "b.zip"


def into(of_postgresql: Settings, file: Path) -> None:
    backup.restore(
        of_postgresql, file, known(), AT, lambda database: copying.into_postgresql(database, indexed, no_bar)
    )


def test_one_that_holds_something_is_not_written_over(
    file: Path, of_postgresql: Settings, empty: BaseDatabaseWrapper
) -> None:
    (of_postgresql.home / "secret.key").write_text("mine")
    with instead(empty):
        Source.objects.create(id="mine")
        with pytest.raises(StoreError, match="비어 있지 않습니다"):
            into(of_postgresql, file)
        assert [one.id for one in Source.objects.all()] == ["mine"]


def test_one_that_somebody_else_is_at_is_left_alone(
    file: Path, of_postgresql: Settings, empty: BaseDatabaseWrapper
) -> None:
    other = empty.copy()
    other.ensure_connection()
    with instead(empty):
        with pytest.raises(StoreError, match="연결해 있습니다"):
            into(of_postgresql, file)
        other.close()
        into(of_postgresql, file)
        assert Entry.objects.get().title == "금리"


def test_what_cannot_be_kept_stops_it_with_its_table_and_leaves_nothing(
    file: Path, of_files: Settings, of_postgresql: Settings, empty: BaseDatabaseWrapper, tmp_path: Path
) -> None:
    """A SQLite takes a text of any length, and a NUL in it."""
    restored = lambda database: copying.completed(database, indexed)  # noqa: E731
    backup.restore(of_files, file, known(), AT, restored)
    with instead(sqlite_of(of_files)):
        Entry.objects.update(title="금\0리", lang="x" * 9)
    backup.back_up(of_files, tmp_path / "long.zip", AT)
    with instead(empty):
        with pytest.raises(StoreError, match="monitor_entry"):
            into(of_postgresql, tmp_path / "long.zip")
        assert not Source.objects.exists()
    with instead(sqlite_of(of_files)):
        Entry.objects.update(lang="ko")
    backup.back_up(of_files, tmp_path / "mended.zip", AT)
    with instead(empty):
        into(of_postgresql, tmp_path / "mended.zip")
        assert Entry.objects.get().title == "금리"
