"""What one call of each step costs the database, and how that grows with the sources and the entries that are kept.

`python -m bench.growth [--full]`, or as a part of `bench.scale`: on a PostgreSQL of its own that rows are filled into by the
database itself. Counted are the pages that the statements of
a call touch and the rows that they read, by the plans that were carried out: unlike seconds they are the same on a busy
machine. New entries come at one rate whatever is kept, so that a step which costs more reads what it need not.
"""

import math
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

#: Entries a day, whatever is kept; and when the first of them came.
A_DAY = 1000
STEP = timedelta(days=1) / A_DAY
BASE = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1000)
#: Texts that the entries are made from.
TEXTS = 2000
#: Calls whose processor time is measured; and polls asked for at a time.
RUNS, BATCH = 5, 32
#: A sequential scan over fewer rows costs less than an index.
FEW = 300


@dataclass(slots=True)
class Cost:
    """What one call costs."""

    queries: int = 0
    #: Pages of 8 kB, and rows, that its statements touched.
    pages: int = 0
    rows: int = 0
    #: Processor milliseconds of this process and of the server's.
    own: float = 0.0
    servers: float = 0.0
    #: Rows read by sequential scans, by table.
    scanned: Counter[str] = field(default_factory=Counter)


Step = Callable[[], object]


def cost(step: Step, runs: int = RUNS) -> Cost:
    """What a call costs; nothing of it stays."""
    found = Cost()
    _undone(step)
    with _processor(found, runs):
        for _run in range(runs):
            _undone(step)
    from django.db import connection

    with connection.execute_wrapper(lambda *call: _explained(found, *call)):
        _undone(step)
    return found


def _undone(step: Step) -> None:
    from django.db import transaction

    with transaction.atomic():
        step()
        transaction.set_rollback(True)


@contextmanager
def _processor(found: Cost, runs: int) -> Iterator[None]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        # Nanoseconds on a processor (https://docs.kernel.org/scheduler/sched-stats.html#proc-pid-schedstat).
        backend = Path(f"/proc/{cursor.fetchone()[0]}/schedstat")
    own, servers = time.process_time(), int(backend.read_text().split()[0])
    yield
    found.own = (time.process_time() - own) * 1000 / runs
    found.servers = (int(backend.read_text().split()[0]) - servers) / 1e6 / runs


def _explained(found: Cost, execute: Any, sql: Any, params: Any, many: bool, context: Any) -> object:
    """Carries a statement out twice: once for its plan, undone, and once in truth."""
    import psycopg

    words = sql.split(None, 1) if isinstance(sql, str) else [""]
    if words[0].upper() in {"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"}:
        with context["connection"].connection.cursor() as cursor:
            cursor.execute("SAVEPOINT plan")
            for values in params if many else [params]:
                try:
                    cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", values)
                    [[[explained]]] = cursor.fetchall()
                    found.queries += 1
                    _add(found, explained["Plan"], is_top=True)
                except psycopg.IntegrityError:
                    # The step itself sees to it.
                    pass
                cursor.execute("ROLLBACK TO SAVEPOINT plan")
    return execute(sql, params, many, context)


def _add(found: Cost, plan: dict[str, Any], *, is_top: bool = False) -> None:
    if is_top:
        # Of a plan's top all that lies below it counts too.
        found.pages += plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    if "Relation Name" in plan and plan["Node Type"].endswith("Scan"):
        removed = sum(
            value for name, value in plan.items() if name.startswith("Rows Removed") and "Join" not in name
        )
        rows = int((plan["Actual Rows"] + removed) * plan["Actual Loops"])
        found.rows += rows
        if plan["Node Type"] == "Seq Scan":
            found.scanned[plan["Relation Name"]] += rows
    for part in plan.get("Plans", ()):
        _add(found, part)


def exponent(sizes: Sequence[int], values: Sequence[float]) -> float:
    """The power of the size with which a value grows, from the first to the last: 0 for not at all, 1 for as fast."""
    return math.log(max(values[-1], 1) / max(values[0], 1)) / math.log(sizes[-1] / sizes[0])


def print_growth(what: str, sizes: Sequence[int], costs: Sequence[dict[str, Cost]]) -> None:
    """A row a step: at each size statements, pages, rows and processor milliseconds."""
    print(
        f"\n{f'a call of each step, by {what}':44}" + "".join(f"{f'{size:,}':>36}" for size in sizes)
        + "   grows as"
    )  # fmt: skip
    print(f"{'':44}" + f"{'stmts   pages    rows   ms +  ms':>36}" * len(sizes) + "   n to the")
    for name in costs[0]:
        steps = [each[name] for each in costs]
        cells = "".join(
            f"{one.queries:10}{one.pages:8,}{one.rows:8,}{one.own:6.1f}{one.servers:6.1f}".rjust(36)
            for one in steps
        )
        scanned = {table: rows for table, rows in steps[-1].scanned.items() if rows > FEW}
        said = "; read from end to end: " + ", ".join(f"{table} {rows:,}" for table, rows in scanned.items())
        power = max(
            exponent(sizes, [one.pages for one in steps]), exponent(sizes, [one.rows for one in steps])
        )
        print(f"{name:44}{cells}   {power:5.2f}{said if scanned else ''}", flush=True)


class Rows:
    """A database that fills up: `sources` and `entries` say how far."""

    def __init__(self) -> None:
        self.sources = 0
        self.entries = 0

    @property
    def now(self) -> datetime:
        """A moment after the last entry came."""
        return BASE + self.entries * STEP + timedelta(seconds=1)

    def add_sources(self, up_to: int) -> None:
        """Fills in sources until there are `up_to`."""
        from monitor.models import Source

        one = Source(
            id="s0", next_poll_at=datetime(2100, 1, 1, tzinfo=UTC), state="ok", weight=0.1, body_hash="x" * 64
        )
        self._copy(one, self.sources, up_to - 1, id="'s' || n")
        self.sources = up_to

    def add_entries(self, up_to: int) -> None:
        """Fills in entries, with all that hangs on them, until there are `up_to`."""
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SET maintenance_work_mem = '512MB'; SET synchronous_commit = off")
            # Not one foreign key is looked up: the rows fit by how they are made.
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("DROP INDEX review_search_terms")
            if not self.entries:
                _make_texts(cursor)
            self._fill(self.entries + 1, up_to)
            self.entries = up_to
            cursor.execute("CREATE INDEX review_search_terms ON review_search USING gin (terms)")
            cursor.execute("SET session_replication_role = DEFAULT")
            self._freshen(cursor)
        self._settle()

    def _settle(self) -> None:
        from django.apps import apps
        from django.core.management.color import no_style
        from django.db import connection

        models = [model for model in apps.get_models() if model._meta.managed]
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), models):
                cursor.execute(statement)
            cursor.execute("VACUUM ANALYZE")

    def _fill(self, first: int, last: int) -> None:
        from alerts.models import Alert, Recipient, Subscription
        from classifiers.models import Assessment, Tag
        from monitor.models import Entry, Poll, Story

        at = f"'{BASE.isoformat()}'::timestamptz + n * interval '{STEP.total_seconds()} seconds'"
        source = f"'s' || n % {self.sources}"
        text = f"(SELECT {{}} FROM wording WHERE wording.n = entry.n % {TEXTS})"
        # Every twentieth waits, and by its relevance it may stand anywhere.
        queue = "CASE WHEN n % 20 = 0 THEN 'waiting' WHEN n % 19 = 0 THEN 'accepted' ELSE 'rejected' END"
        relevance = "(n * 7919 % 100003) / 100003.0"
        self._copy(
            Story(first_seen_at=BASE), first, last,
            id="n", lead_id="n", first_seen_at=at, queue=queue, relevance=relevance,
        )  # fmt: skip
        keys = {name: f"md5('{name}' || n)" for name in ("guid_key", "link_key", "title_key", "text_key")}
        self._copy(
            Entry(first_seen_at=BASE, lang="ko", text_source="feed", date_confidence="instant"), first, last,
            id="n", story_id="n", source_id=source, first_seen_at=at, published_at=at, tagged_at=at,
            url="'https://news.example/' || n", title=f"{text.format('title')} || ' ' || n", summary=text.format("lead"), **keys,
        )  # fmt: skip
        self._copy(
            Assessment(relevance=0, kind="policy", regions=["JP"], model="bench", assessed_at=BASE), first, last,
            entry_id="n", relevance=relevance, assessed_at=at,
        )  # fmt: skip
        for place, topic in enumerate(("ai", "semiconductors")):
            self._copy(
                Tag(topic=topic, probability=0.8, model="bench"), first, last, id=f"n * 2 + {place}", entry_id="n"
            )  # fmt: skip
        self._copy(Poll(started_at=BASE, status="ok"), first, last, id="n", source_id=source, started_at=at)
        self._copy(
            Recipient(address="telegram:0", created_at=BASE), 1, 20, id="n", address="'telegram:' || n"
        )
        self._copy(Subscription(min_relevance=0.5), 1, 20, id="n", recipient_id="n")
        self._copy(
            Alert(state="sent"), first, last, id="n", recipient_id="1 + n % 20", story_id="n", entry_id="n",
            state="CASE WHEN n % 5 = 0 THEN 'failed' ELSE 'sent' END", queued_at=at, not_before=at, sent_at=at, external_id="n",
        )  # fmt: skip
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO review_search (story_id, terms) SELECT id, ts_delete(terms, 'queue:waiting')"
                " || array_to_tsvector(ARRAY['queue:' || queue]) FROM monitor_story"
                " JOIN wording ON wording.n = id %% %s WHERE id BETWEEN %s AND %s",
                [TEXTS, first, last],
            )

    def _copy(self, one: Any, first: int, last: int, **columns: str) -> None:
        """Rows like `one`, whose columns are these expressions of the number n."""
        from django.db import connection

        fields = one._meta.concrete_fields
        names = [each.column for each in fields]
        given = {
            each.column: each.get_db_prep_save(getattr(one, each.attname), connection)
            for each in fields
            if each.column not in columns
        }
        values = ", ".join(columns.get(name, f"given.{name}") for name in names)
        kinds = {each.column: each.cast_db_type(connection) for each in fields}
        literal = ", ".join(f"%s::{kinds[name]} AS {name}" for name in given)
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {one._meta.db_table} ({', '.join(names)})"
                f" SELECT {values.replace('%', '%%')} FROM generate_series(%s::bigint, %s) AS entry (n), (SELECT {literal}) given"
                " ON CONFLICT DO NOTHING",
                [first, last, *given.values()],
            )

    def _freshen(self, cursor: Any) -> None:
        """What only the last days' entries have: keys of near-duplicates; and a few that want tags or are to be sent."""
        recent = max(self.entries - 3 * A_DAY, 0)
        cursor.execute("TRUNCATE monitor_storykey")
        cursor.execute(
            "INSERT INTO monitor_storykey (entry_id, key, first_seen_at)"
            " SELECT id, hashtextextended(title, band), first_seen_at FROM monitor_entry, generate_series(1, 20) band WHERE id > %s",
            [recent],
        )
        cursor.execute("UPDATE monitor_entry SET tagged_at = NULL WHERE id > %s", [self.entries - 64])
        cursor.execute(
            "UPDATE alerts_alert SET state = 'queued', sent_at = NULL, external_id = '' WHERE id > %s",
            [self.entries - 10],
        )


def _make_texts(cursor: Any) -> None:
    from review.search.index import Document, _for_tsvector
    from review.search.terms import facet, terms

    chance = random.Random(3)
    words = ["".join(chance.choices([chr(code) for code in range(0xAC00, 0xD7A3, 11)], k=3)) for _ in range(3000)]  # fmt: skip
    known = {"반도체": 0.06, "투자": 0.08, "금리": 0.03, "양자컴퓨터": 0.004}
    cursor.execute("CREATE TEMP TABLE wording (n int PRIMARY KEY, title text, lead text, terms tsvector)")
    for number in range(TEXTS):
        said = chance.choices(words, k=14)
        said += [word for word, share in known.items() if chance.random() < share]
        lead = " ".join(said)
        facets = [
            facet("kind", "policy"),
            facet("topic", "ai"),
            facet("lang", "ko"),
            facet("source", f"s{number}"),
        ]
        title = " ".join(said[-6:])
        document = _for_tsvector(Document(0, "waiting", facets, terms(lead)))
        cursor.execute("INSERT INTO wording VALUES (%s, %s, %s, %s::tsvector)", [number, title, lead, document[1]])  # fmt: skip


def by_entries(rows: Rows) -> dict[str, Step]:
    """The steps that read and write entries, stories and alerts."""
    from alerts import ledger
    from alerts.channels import Sent
    from alerts.digests.making import draft_now
    from alerts.models import Recipient
    from classifiers.serving.loading import classifier
    from classifiers.tagging import tag_untagged
    from monitor.models import Entry, Poll
    from monitor.polls import keeping, store
    from monitor.polls.health import Health, State
    from monitor.polls.judging import Judgement
    from monitor.sources import SourceConfig
    from review import metrics
    from review.deciding import queue

    now = rows.now
    source = SourceConfig(id="s7", url="https://s7.example/feed")
    seen, unseen = _document(20, f"old{rows.entries}"), _document(20, f"new{rows.entries}")
    no_validators = keeping.Validators("", "", "")
    keeping.keep(source, seen, no_validators, now - timedelta(days=1))
    Entry.objects.filter(guid__startswith="old").update(tagged_at=now)
    judged = Judgement(Health(State.OK), now, {})
    channels = ("telegram", "mailto")
    tagger = classifier()
    reader, _new = Recipient.objects.get_or_create(
        address="mailto:desk@example.kr", digest=True, created_at=BASE
    )
    middle = queue.ids(queue.Filters(), now, size=rows.entries // 40)[-1]
    door = sorted(ledger.due_doors(now, channels), key=lambda one: one.chat)[0]
    due = ledger.next_due(door, now)
    assert due is not None

    counted = (metrics._stories, metrics._alerts, metrics._decisions, metrics._visited)

    def scrape() -> None:
        for one in counted:
            one._kept = (math.inf, one._kept[1] if one._kept else one._find())  # type: ignore[assignment]
        list(metrics.Facts().collect())

    def send() -> None:
        task = ledger.claim(due, now)
        assert task is not None
        ledger.settle(task, Sent("1"), now)

    return {
        "record a poll": lambda: store.record(
            [store.Visited(Poll(source_id="s7", started_at=now, status="ok"), judged, now)]
        ),
        "keep a document, 20 entries, none new": lambda: keeping.keep(source, seen, no_validators, now),
        "keep a document, 20 entries, all new": lambda: keeping.keep(source, unseen, no_validators, now),
        "read a source's rhythm": lambda: store.history("s7", now),
        "see whether anything wants tags": lambda: Entry.objects.ready(now).exists(),
        "tag 16 entries, match, index them": lambda: tag_untagged(tagger, now, limit=16),
        "see what a kill left behind": lambda: ledger.release_left_behind(now),
        "see to whom something is due": lambda: ledger.due_doors(now, channels),
        "find what is due in a chat": lambda: ledger.next_due(door, now),
        "claim an alert, mark it sent": send,
        "the queue's first page": lambda: queue.page(queue.Filters(), now),
        "a later page of the queue": lambda: queue.page(queue.Filters(), now, after=middle),
        "search what waits: two words": lambda: queue.page(queue.Filters(q="반도체 투자"), now),
        "search all: a rare word": lambda: queue.page(queue.Filters(q="양자컴퓨터", state="all"), now),
        "search all: a common word": lambda: queue.page(queue.Filters(q="투자", state="all"), now),
        "a summary of a day": lambda: draft_now(reader, now),
        "a scrape of /metrics, but for its counts": scrape,
        "its counts, a hundredth of the time at most": lambda: [one._find() for one in counted],
    }


def by_sources(rows: Rows) -> dict[str, Step]:
    """The steps that read and write sources and jobs."""
    from monitor.models import Poll, Source
    from monitor.polls import cadence, store
    from monitor.polls.health import Health, State
    from monitor.polls.judging import Judgement
    from monitor.polls.polling import due_sources
    from monitor.sources import Interval, SourceConfig
    from monitor.together import engine, turns

    now = rows.now
    known = [
        SourceConfig.model_construct(
            id=f"s{number}", url=f"https://s{number}.example/feed", enabled=True, fallback_for="", interval=Interval()
        )
        for number in range(rows.sources)
    ]  # fmt: skip
    by_id = {one.id: one for one in known}
    due = [f"s{number}" for number in range(0, rows.sources, rows.sources // BATCH)][:BATCH]
    Source.objects.filter(id__in=due).update(next_poll_at=now - timedelta(minutes=1))
    wanted = [(source, f"poll {source}") for source in due]

    row: dict[str, object] = {"late_at": None, "usual_until": None, "weight": 0.1}
    quiet = Judgement(Health(State.OK), now, row, quiet=True)

    def pace() -> None:
        weights = store.weights()
        cadence.pace(48 * len(known), [(weights[one.id], one.interval) for one in known])

    def at_host() -> None:
        place, _wait = turns._take("news.example:443", 2, 2.0)
        assert place is not None
        turns._give_back("news.example:443", place)

    return {
        "find the 32 sources that are due": lambda: list(due_sources(by_id, now)),
        "ask for 32 polls": lambda: engine.defer_polls(wanted),
        "claim 8 sources": lambda: store.claim([store.Claim(one) for one in due[:8]], now),
        "record 8 polls that found nothing": lambda: store.record(
            [store.Visited(Poll(source_id=one, started_at=now, status="ok"), quiet, now) for one in due[:8]]
        ),
        "a turn at a host": at_host,
        "share out the day's requests (10 minutes)": pace,
    }


def by_due(due: int) -> dict[str, Step]:
    """What a backlog costs: so many sources are due at once, each of a host of its own."""
    from django.db import connection

    from monitor.together import engine

    polls = [(f"s{number}", f"host {number}") for number in range(due)]

    def asked(step: Step) -> Step:
        def call() -> None:
            # What is only made ready has plans of its own, which are nobody's.
            connection.execute_wrappers, kept = [], connection.execute_wrappers
            engine.defer_polls(polls)
            with connection.cursor() as cursor:
                # As a worker's own connections are (`monitor.together.engine.worker_connection`).
                cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
            connection.execute_wrappers = kept
            step()

        return call

    def take() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM procrastinate_fetch_job_v2(%s, NULL)", [[engine.POLLS]])

    return {
        "ask for them": lambda: engine.defer_polls(polls),
        "take one*": asked(take),
        "ask once more*": asked(lambda: engine.defer_polls(polls)),
    }


def _document(count: int, name: str) -> Any:
    from monitor.documents import DateConfidence, Feed, FeedEntry

    chance = random.Random(name)
    syllables = [chr(code) for code in range(0xAC00, 0xD7A3, 13)]

    def words(count: int) -> str:
        return " ".join("".join(chance.choices(syllables, k=3)) for _ in range(count))

    return Feed(
        "rss20",
        tuple(
            FeedEntry(place, words(6), f"https://s7.example/{name}/{place}", f"{name}-{place}", words(30),
                      published_at=BASE, date_confidence=DateConfidence.INSTANT)
            for place in range(count)
        ),
    )  # fmt: skip


def measured(steps: dict[str, Step], runs: int = RUNS) -> dict[str, Cost]:
    """What a call of each step costs, by its name."""
    return {name: cost(step, runs) for name, step in steps.items()}


def print_sizes(entries: int) -> None:
    """Bytes on the disk for each entry, indexes included, by table."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, pg_relation_size(oid), pg_total_relation_size(oid) FROM pg_class"
            " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 3 DESC LIMIT 8"
        )
        tables = cursor.fetchall()
    print("\nbytes an entry, and with indexes: ", end="")
    print(", ".join(f"{name} {own / entries:,.0f}, {both / entries:,.0f}" for name, own, both in tables))


def print_window(sizes: Sequence[int], batch: int = 16, dimensions: int = 384) -> None:
    """What joining stories across languages costs a batch, by the vectors of the last days."""
    import numpy as np

    from classifiers.stories.storylines import VectorWindow

    chance = np.random.default_rng(3)
    rows = chance.standard_normal((batch, dimensions), np.float32) / dimensions**0.5
    for size in sizes:
        window = VectorWindow("bench")
        window._ids, window._seen_at = np.arange(size), np.zeros(size)
        window._vectors = (chance.standard_normal((size, dimensions), np.float32) / dimensions**0.5).astype(
            np.float16
        )
        started = time.process_time()
        window.nearest(rows, 0.9)
        print(
            f"{batch} entries against {size:,} vectors of the last days: {(time.process_time() - started) * 1000:,.0f} CPU ms"
        )


def main(*, full: bool) -> None:
    """Prints the tables, in the database that the environment names; `full` goes to a million entries."""
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "monitor.settings"
    django.setup()
    import logging

    import structlog

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    rows, costs = Rows(), []
    rows.add_sources(500)
    rows.add_entries(10_000)
    # Sources first: they take a moment each.
    sources = [500, 5_000, 50_000]
    for count in sources:
        rows.add_sources(max(count, rows.sources))
        rows._settle()
        costs.append(measured(by_sources(rows)))
    print_growth("sources kept", sources, costs)
    due = [50, 500, 5_000]
    print_growth("sources due", due, [measured(by_due(count), runs=1) for count in due])
    print("* milliseconds with the first asking, which is not counted in pages")
    entries, costs = [10_000, 100_000, *([1_000_000] if full else [])], []
    for count in entries:
        started = time.perf_counter()
        if count > rows.entries:
            rows.add_entries(count)
        filled = time.perf_counter() - started
        costs.append(measured(by_entries(rows)))
        print(f"{count:,} entries: filled in {filled:.0f} s", flush=True)
    print_growth("entries kept", entries, costs)
    print_sizes(rows.entries)
    print_window(entries)


if __name__ == "__main__":
    from bench import scale

    scale.main(*sys.argv[1:], "growth")
