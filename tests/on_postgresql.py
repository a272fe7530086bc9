"""The tests that touch the database, on a PostgreSQL of their own: `python -m tests.on_postgresql [pytest's options]`.

Of the other tests a second run would tell nothing new: `tests/conftest.py` leaves them out.
"""

import os
import subprocess
import sys
import tempfile

from tests.servers.postgres import CannotRunError, PostgresServer


def main(options: list[str]) -> int:
    """Pytest's exit code; 0 and one line where no PostgreSQL runs."""
    try:
        with PostgresServer() as server:
            # What new databases are copied from: each process that tests has its own, and none makes the tables anew.
            migrate(server.url("template1"))
            known = {"TESTS_DATABASE_URL": server.url("tests"), "DATABASE_URL": server.url("tests")}
            return subprocess.call([sys.executable, "-m", "pytest", *options], env={**os.environ, **known})
    except CannotRunError as error:
        sys.stdout.write(f"The tests on PostgreSQL were left out: {error}\n")
        return 0


def migrate(url: str) -> None:
    """Makes the program's tables in the database."""
    with tempfile.TemporaryDirectory(prefix="monitor-tests-") as home:
        subprocess.run(
            [sys.executable, "-m", "django", "migrate", "--verbosity=0", "--settings=monitor.settings"],
            check=True, timeout=120, env={**os.environ, "MONITOR_HOME": home, "DATABASE_URL": url},
        )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
