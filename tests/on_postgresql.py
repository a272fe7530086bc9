"""The tests that touch the database, on a PostgreSQL of their own: `python -m tests.on_postgresql [pytest's options]`.

Of the other tests a second run would tell nothing new: `tests/conftest.py` leaves out what has no database, what is marked
`sqlite`, and, without `--all`, what stands in `SAME_ON_BOTH`. Tests that start the program (tests/whole) have a database there, and are run,
where they are marked `django_db`: one way through each of `monitor run`, the commands and an issue. Several processes at once
have tests/together.
"""

import os
import subprocess
import sys
import tempfile

from tests.servers.postgres import CannotRunError, PostgresServer

#: What has a database and would say the same again, with the reason.
SAME_ON_BOTH = {
    "tests/review/browser": "what a browser makes of pages; tests/review asks for the same pages here",
    "tests/review/test_scan.py": "the headers of pages, and what they may load",
    "tests/review/test_routes.py": "who gets which page: middleware; tests/review asks for each page here",
    "tests/review/test_doors.py": "headers, cookies and forms; test_throttle.py and test_sessions.py ask the tables here",
    "tests/review/test_english.py": "words",
    "tests/hostile/test_doors.py": "addresses that are never dialled",
    "tests/whole/test_month.py": "when a source is polled and told of, over weeks; test_polling.py asks the tables here",
    "tests/faults/test_outages.py": "when a channel is tried again, over weeks; test_outbox.py asks the tables here",
}


#: The environment's variable by which pytest is told of `--all`.
EVERYTHING = "TESTS_EVERYTHING"


def main(options: list[str]) -> int:
    """Pytest's exit code; 0 and one line where no PostgreSQL runs. With `--all` among the options nothing is left out."""
    if "--all" in options:
        os.environ[EVERYTHING] = "1"
        options = [option for option in options if option != "--all"]
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
