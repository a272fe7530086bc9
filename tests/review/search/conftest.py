"""The same claims on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import load_backend

from tests.servers.postgres import CannotRunError, PostgresServer


@pytest.fixture(scope="session")
def postgresql(django_db_setup: None, django_db_blocker: Any) -> Iterator[BaseDatabaseWrapper]:
    """A PostgreSQL with all migrations; the test is skipped where none runs."""
    try:
        server = PostgresServer().__enter__()
    except CannotRunError as error:
        pytest.skip(f"no PostgreSQL: {error}")
    usual = connections["default"]
    settings = usual.settings_dict | server.settings() | {"OPTIONS": {}}
    database = load_backend(settings["ENGINE"]).DatabaseWrapper(settings, "default")
    try:
        with django_db_blocker.unblock():
            connections["default"] = database
            call_command("migrate", verbosity=0)
            connections["default"] = usual
            yield database
            database.close()
    finally:
        connections["default"] = usual
        server.__exit__(None, None, None)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, db: None) -> Iterator[str]:
    """The database that the program finds, empty."""
    if request.param == "sqlite":
        yield request.param
        return
    wanted = request.getfixturevalue("postgresql")
    usual = connections["default"]
    connections["default"] = wanted
    try:
        with transaction.atomic():
            yield request.param
            transaction.set_rollback(True)
    finally:
        connections["default"] = usual
