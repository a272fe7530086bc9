"""What every test needs: a home of its own, and nobody's settings."""

import logging
import os
import tempfile

# Before Django reads them: the tests' home is a folder that ends with them, and no .env of the developer's counts.
_home = tempfile.TemporaryDirectory(prefix="monitor-tests-")
for _name in [name for name in os.environ if name.startswith(("MONITOR_", "TELEGRAM_", "SMTP_"))]:
    del os.environ[_name]
os.environ["MONITOR_HOME"] = _home.name
os.environ["MONITOR_ENCODER"] = "none"
#: Set by tests/on_postgresql.py.
POSTGRESQL = os.environ.get("TESTS_DATABASE_URL")
if POSTGRESQL:
    os.environ["DATABASE_URL"] = POSTGRESQL
else:
    os.environ.pop("DATABASE_URL", None)

from collections.abc import Iterator  # noqa: E402

import pytest  # noqa: E402
import structlog  # noqa: E402

from tests.servers.feeds import FeedServer  # noqa: E402
from tests.servers.postgres import empty_by_deleting  # noqa: E402
from tests.servers.warm import Warm  # noqa: E402


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """A test that sets the program's logging up leaves it to no other."""
    root = logging.getLogger()
    before = structlog.get_config(), root.handlers[:], root.level, logging.raiseExceptions
    yield
    if root.level != before[2] or structlog.get_config() != before[0]:
        structlog.configure(**before[0])
        root.handlers, logging.raiseExceptions = before[1], before[3]
        root.setLevel(before[2])


@pytest.fixture
def feed_server() -> Iterator[FeedServer]:
    with FeedServer() as server:
        yield server


@pytest.fixture(scope="session")
def warm() -> Iterator[Warm]:
    with Warm() as started:
        yield started


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    if POSTGRESQL:
        empty_by_deleting()


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """The tests' PostgreSQL ends as a whole: no database is waited for until its last connection is closed."""
    return POSTGRESQL is not None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest first: at the end one worker would be left with them while the others wait.

    On PostgreSQL only what touches the database, and of that neither what a browser shows nor what is about SQLite.
    """
    wanted = _is_for_postgresql if POSTGRESQL else _is_for_sqlite
    config.hook.pytest_deselected(items=[item for item in items if not wanted(item)])
    items[:] = filter(wanted, items)
    items.sort(key=lambda item: "tests/whole/" not in item.nodeid)


def _is_for_sqlite(item: pytest.Item) -> bool:
    return item.get_closest_marker("postgresql") is None


def _is_for_postgresql(item: pytest.Item) -> bool:
    names = getattr(item, "fixturenames", ())
    database = item.get_closest_marker("django_db") or {"db", "transactional_db", "django_db_setup"} & set(
        names
    )
    return bool(database) and not any(item.get_closest_marker(name) for name in ("browser", "sqlite"))
