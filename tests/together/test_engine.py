"""On PostgreSQL: what is deferred, by whom it is asked for, and what is left of it when a transaction fails."""

from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from monitor.documents import Feed, FeedEntry
from monitor.polls import store
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
        assert store.due(NOW) or store.next_due_at() is not None

    def test_new_entries_ask_for_tags_in_their_own_transaction(self) -> None:
        source = SourceConfig.for_url("https://a.example/feed", "feed")
        store.register([source])
        feed = Feed("feed", entries=(FeedEntry(0, guid="g1", link="https://a.example/1", title="금리"),))
        store.keep(source, feed, store.Validators("", "", "x"), NOW)
        assert waiting() == [("tag", "tag")]

    def test_polls_of_one_host_wait_for_each_other_and_none_is_asked_for_twice(self) -> None:
        wanted = [("a", "host h:443"), ("b", "host h:443")]
        assert engine.defer_polls(wanted) == 2
        assert engine.defer_polls([*wanted, ("c", "host i:443")]) == 1
        assert waiting() == [
            ("poll a", "host h:443"),
            ("poll b", "host h:443"),
            ("poll c", "host i:443"),
        ]
