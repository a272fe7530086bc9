"""What every test needs: a home of its own, and nobody's settings."""

import gc
import logging
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile

# All that is loaded now stays to the end: whoever looks for garbage in it finds none, again and again.
gc.disable()

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
# Whoever forbids it: what one process has compiled, a hundred others need not compile again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

from collections.abc import Callable, Iterator  # noqa: E402
from contextlib import closing  # noqa: E402
from pathlib import Path  # noqa: E402

import pytest  # noqa: E402
import structlog  # noqa: E402
from filelock import FileLock  # noqa: E402

from tests.emptying import empty_quickly  # noqa: E402
from tests.on_postgresql import EVERYTHING, SAME_ON_BOTH  # noqa: E402
from tests.servers.feeds import FeedServer  # noqa: E402
from tests.servers.postgres import own_database  # noqa: E402
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
def made_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose SQLite has its tables already: made once, by whichever of the processes needs it first."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    home, draft = shared / "made", shared / "in-the-making"
    with FileLock(shared / "made.lock"):
        if not home.exists():
            subprocess.run(
                [sys.executable, "-m", "django", "migrate", "--verbosity=0", "--settings=monitor.settings"],
                check=True, timeout=300, env={**os.environ, "MONITOR_HOME": str(draft)},
            )  # fmt: skip
            draft.rename(home)
    return home


@pytest.fixture
def settle_in(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[Path], None]]:
    """`settle_in(folder)` makes `folder` a home whose database has its tables already.

    On PostgreSQL that is a database of the test's own: what the test starts finds it by DATABASE_URL.
    """
    if POSTGRESQL:
        with own_database(POSTGRESQL) as url:
            monkeypatch.setenv("DATABASE_URL", url)
            yield Path.mkdir
        return
    made_home = request.getfixturevalue("made_home")

    def copy(home: Path) -> None:
        # Another worker that reads the database just now has files beside it that come and go.
        shutil.copytree(made_home, home, ignore=shutil.ignore_patterns("*-wal", "*-shm"))

    yield copy


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, request: pytest.FixtureRequest) -> None:
    """The tables are there before Django makes them; it only looks whether they are all."""
    if not POSTGRESQL:
        from django.conf import settings

        made = request.getfixturevalue("made_home") / "monitor.sqlite3"
        tests = settings.DATABASES["default"]["TEST"]["NAME"]
        with (
            closing(sqlite3.connect(f"file:{made}?immutable=1", uri=True)) as one,
            closing(sqlite3.connect(tests)) as other,
        ):
            one.backup(other)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    empty_quickly()


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Databases come with their tables, and go with the tests' home or PostgreSQL."""
    return True


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """What has no word of a database, or would say the same again, is not even loaded for PostgreSQL."""
    if not POSTGRESQL:
        return None
    tests = Path(__file__).parent
    path = collection_path.relative_to(tests.parent).as_posix()
    if path in SAME_ON_BOTH and not os.environ.get(EVERYTHING):
        return True
    if not collection_path.name.startswith("test_"):
        return None
    folders = [folder for folder in collection_path.parents if tests in folder.parents]
    files = [collection_path, *(folder / "conftest.py" for folder in folders)]
    return None if any(map(_speaks_of_a_database, files)) else True


def _speaks_of_a_database(file: Path) -> bool:
    return file.exists() and bool(re.search(r"\b(django_db|db|transactional_db)\b", file.read_text("utf-8")))


def pytest_collection_finish() -> None:
    gc.freeze()
    # A tenth of the processor's time went into looking; what a test leaves is little.
    gc.set_threshold(10_000, 20, 50)
    gc.enable()


#: Tests of ten seconds and more.
LONGEST = ("tests/whole/", "tests/review/browser/test_every_page.py", "tests/faults/test_program.py")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest first: at the end one worker would be left with them while the others wait.

    On PostgreSQL only what touches the database, and is not about SQLite.
    """
    wanted = _is_for_postgresql if POSTGRESQL else _is_for_sqlite
    config.hook.pytest_deselected(items=[item for item in items if not wanted(item)])
    items[:] = filter(wanted, items)
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


def _is_for_sqlite(item: pytest.Item) -> bool:
    return item.get_closest_marker("postgresql") is None


def _is_for_postgresql(item: pytest.Item) -> bool:
    names = getattr(item, "fixturenames", ())
    database = item.get_closest_marker("django_db") or {"db", "transactional_db", "django_db_setup"} & set(
        names
    )
    return bool(database) and item.get_closest_marker("sqlite") is None
