"""On PostgreSQL, with some thousands of rows: what is asked again and again finds its rows by an index."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from alerts import ledger
from alerts.ledger import Door
from alerts.matching import begun
from alerts.models import Alert, Recipient
from monitor.models import Entry, Source, Story
from monitor.polls import store
from review.deciding import queue
from tests.together.marks import ON_POSTGRESQL

pytestmark = [pytest.mark.django_db, ON_POSTGRESQL]

NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
SOURCES, ROWS = 2_000, 10_000
#: Of what everything is asked about.
GROUP = Door("telegram", "-7")


@pytest.fixture
def filled() -> None:
    """A table full of each: news of 70 days, one every ten minutes."""
    ages = [number * timedelta(minutes=10) for number in range(ROWS)]
    Source.objects.bulk_create(
        Source(id=f"s{number}", next_poll_at=NOW + number * timedelta(seconds=1), failures=5 * (number % 400 == 0))
        for number in range(SOURCES)
    )  # fmt: skip
    stories = Story.objects.bulk_create(
        Story(first_seen_at=NOW - age, relevance=number * 7919 % 10007 / 10007, queue="later" if number % 9 == 0 else "waiting",
              later_until=NOW + age - timedelta(days=30))
        for number, age in enumerate(ages)
    )  # fmt: skip
    entries = Entry.objects.bulk_create(
        Entry(source_id=f"s{number % SOURCES}", story=story, title="금리", first_seen_at=story.first_seen_at, tagged_at=NOW)
        for number, story in enumerate(stories)
    )  # fmt: skip
    readers = Recipient.objects.bulk_create(Recipient(address=f"telegram:-{number}") for number in range(20))
    Alert.objects.bulk_create(
        Alert(recipient=readers[number % 20], story_id=entry.story_id, entry=entry, state="sent", sent_at=entry.first_seen_at,
              queued_at=entry.first_seen_at, revised_at=entry.first_seen_at if number % 3 == 0 else None)
        for number, entry in enumerate(entries)
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def plans(step: Callable[[], object]) -> list[dict[str, Any]]:
    """The nodes of the plans of all that a step asks."""
    found: list[dict[str, Any]] = []

    def explained(execute: Any, sql: str, params: Any, many: bool, context: Any) -> object:
        if sql.startswith("SELECT"):
            with context["connection"].connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
                said = cursor.fetchone()[0]
                found.extend(nodes((json.loads(said) if isinstance(said, str) else said)[0]["Plan"]))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explained):
        step()
    return found


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def first_after() -> list[int]:
    return queue.ids(queue.Filters(), NOW, after=queue.ids(queue.Filters(), NOW)[-1])


#: What is asked again and again, and the index (as its name begins) that it is found by.
ASKED: list[tuple[str, Callable[[], object], str]] = [
    ("which sources are due", lambda: list(store.due(NOW)), "monitor_source_next_poll"),
    ("when the next one is", store.next_due_at, "monitor_source_next_poll"),
    ("which sources fail", lambda: store.failing(3), "source_failing"),
    ("is anything untagged", lambda: Entry.objects.ready(NOW).exists(), "entry_untagged"),
    ("when sources began", lambda: begun({"s1", "s2", "s3"}), "monitor_ent_source"),
    ("what was sent lately", lambda: list(ledger._recent(GROUP, NOW)), "alert_sent"),
    ("what was edited lately", lambda: list(ledger._recent(GROUP, NOW)), "alert_revised"),
    ("to whom something is due", lambda: ledger.due_doors(NOW, ("telegram",)), "alert_due"),
    ("what is to be edited", lambda: ledger.next_due(GROUP, NOW), "alert_to_revise"),
    ("what a kill left", lambda: ledger.release_left_behind(NOW), "alert"),
    ("the queue's first page", lambda: queue.ids(queue.Filters(), NOW), "monitor_sto_queue"),
    ("the queue's next page", first_after, "monitor_sto_queue"),
]
SMALL = {"alerts_recipient", "review_sample"}


def test_it_is_found_by_an_index_and_no_large_table_is_read_through(filled: None) -> None:
    wrong = []
    for name, step, index in ASKED:
        found = plans(step)
        if not any(one.get("Index Name", "").startswith(index) for one in found):
            wrong.append(f"{name}: not by {index}")
        for one in found:
            if one["Node Type"] == "Seq Scan" and one["Relation Name"] not in SMALL:
                wrong.append(f"{name}: reads {one['Relation Name']} through")
            if one["Node Type"] == "Sort" and "queue" in name:
                wrong.append(f"{name}: sorts all that waits")
    assert wrong == []
