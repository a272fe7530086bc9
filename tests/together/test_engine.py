"""On PostgreSQL: what is deferred, by whom it is asked for, and what is left of it when a transaction fails."""

from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest
from django.db import connection, transaction

from monitor.documents import Feed, FeedEntry
from monitor.models import Source
from monitor.polls import keeping, store
from monitor.sources import SourceConfig
from monitor.together import engine
from tests.together.marks import ON_POSTGRESQL

NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def no_jobs(request: pytest.FixtureRequest) -> None:
    """Procrastinate's tables are not among those that Django empties after a test."""
    if connection.vendor == "postgresql":
        request.getfixturevalue("transactional_db")
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE procrastinate_jobs CASCADE")


def waiting() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT queueing_lock, lock FROM procrastinate_jobs WHERE status = 'todo' ORDER BY id")
        return list(cursor.fetchall())


@pytest.mark.django_db
def test_on_sqlite_nothing_is_deferred() -> None:
    if connection.vendor == "sqlite":
        engine.defer("tag")
        assert not engine.is_on()


@ON_POSTGRESQL
@pytest.mark.django_db(transaction=True)
class TestDeferring:
    def test_a_step_is_asked_for_once_and_is_alone_of_its_kind(self) -> None:
        engine.defer("tag")
        engine.defer("tag")
        engine.defer("deliver", key="telegram")
        assert waiting() == [("tag", "tag"), ("deliver telegram", "deliver telegram")]

    def test_what_is_rolled_back_was_never_asked_for(self) -> None:
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            engine.defer("tag")
            raise ZeroDivisionError
        assert waiting() == []

    def test_one_that_is_asked_for_already_leaves_the_transaction_whole(self) -> None:
        engine.defer("tag")
        with transaction.atomic():
            engine.defer("tag")
            store.register([SourceConfig.for_url("https://a.example/feed", "feed")])
        assert Source.objects.count() == 1

    def test_new_entries_ask_for_tags_in_their_own_transaction(self) -> None:
        source = SourceConfig.for_url("https://a.example/feed", "feed")
        store.register([source])
        feed = Feed("feed", entries=(FeedEntry(0, guid="g1", link="https://a.example/1", title="금리"),))
        keeping.keep(source, feed, keeping.Validators("", "", "x"), NOW)
        assert waiting() == [("tag", "tag")]

    def test_of_one_host_one_poll_is_asked_for_at_a_time(self) -> None:
        wanted = [("a", "host h:443"), ("b", "host h:443"), ("c", "host i:443")]
        assert engine.defer_polls(wanted) == 2
        assert engine.defer_polls(wanted) == 0
        assert waiting() == [("poll a", "host h:443"), ("poll c", "host i:443")]
        with connection.cursor() as cursor:
            cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE lock = 'host h:443'")
        assert engine.defer_polls([("b", "host h:443"), ("d", "host j:443")]) == 1

    def test_a_source_that_has_moved_to_another_host_is_asked_for_once(self) -> None:
        assert engine.defer_polls([("a", "host h:443")]) == 1
        assert engine.defer_polls([("a", "host i:443"), ("b", "host h:443"), ("c", "host j:443")]) == 1

    def test_however_much_is_due_no_more_polls_wait_than_hands_can_take(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(engine, "MOST_WAITING", 3)
        read: list[str] = []

        def due() -> Iterator[tuple[str, str]]:
            for number in range(1000):
                read.append(f"s{number}")
                yield f"s{number}", f"poll s{number}"

        assert engine.defer_polls(due()) == 3
        assert engine.defer_polls(due()) == 0
        with connection.cursor() as cursor:
            cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE lock = 'poll s0'")
        assert engine.defer_polls(due()) == 1
        assert [name for name, _lock in waiting()] == ["poll s1", "poll s2", "poll s3"]
        assert len(read) < 10

    def test_a_worker_finds_its_job_among_many_without_reading_them_all(self) -> None:
        look = "SELECT id FROM procrastinate_fetch_job_v2('{polls}', NULL)"
        # As a burst of jobs leaves the table: nothing in it, by its statistics for good.
        engine.defer_polls([(f"s{number}", f"poll s{number}") for number in range(50)])
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs")
            cursor.execute("VACUUM ANALYZE procrastinate_jobs")
        with psycopg.connect(**engine.worker_connection(), autocommit=True) as worker:
            for _ in range(10):
                worker.execute(look)
            count = engine.defer_polls([(f"s{number}", f"poll s{number}") for number in range(2000)])
            assert count == engine.MOST_WAITING == 1000
            worker.execute(look)
            row = worker.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {look}").fetchone()
            assert row is not None
            # Thousands where it reads them all.
            assert row[0][0]["Plan"]["Shared Hit Blocks"] < 300
