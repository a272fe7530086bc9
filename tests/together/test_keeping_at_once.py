"""Two workers that keep batches of the same stories at once: both come to an end, and no story is begun twice."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from threading import Barrier, Event
from typing import TypeVar

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction

from classifiers.models import Tag
from classifiers.serving.loading import classifier
from classifiers.tagging import tag_untagged
from monitor.documents import Feed, FeedEntry
from monitor.models import Entry, Source, Story
from monitor.polls import store
from monitor.polls.keeping import Brought, Kept, Validators, keep_all
from monitor.sources import SourceConfig
from monitor.together import engine
from review.deciding.decisions import decide
from review.models import Decision
from tests.together.marks import ON_POSTGRESQL

pytestmark = [pytest.mark.django_db(transaction=True), ON_POSTGRESQL]

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
STEEL, RICE = "누리제철, 서해안에 수소환원 제철소 짓는다", "햇쌀 수매값 작년보다 크게 올라 농가 반색"
T = TypeVar("T")


class Hands:
    """Threads, each piece of work in one of them with a connection of its own."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(4)

    def start(self, work: Callable[[], T]) -> "Future[T]":
        def begin() -> T:
            try:
                with connection.cursor() as cursor:
                    # Nothing that waits for ever holds up the tests.
                    cursor.execute("SET statement_timeout = '60s'")
                return work()
            finally:
                connection.close()

        return self._pool.submit(begin)

    @contextmanager
    def holding(self, take: Callable[[], object]) -> Iterator[None]:
        """While inside, somebody else's transaction holds what `take` locks; nothing stays of it."""
        taken, enough = Event(), Event()

        def hold() -> None:
            with transaction.atomic():
                take()
                taken.set()
                enough.wait(60)
                transaction.set_rollback(True)

        held = self.start(hold)
        assert taken.wait(30)
        try:
            yield
        finally:
            enough.set()
            held.result(30)

    def close(self) -> None:
        self._pool.shutdown()


@pytest.fixture
def hands() -> Iterator[Hands]:
    made = Hands()
    yield made
    made.close()


def waiting(count: int) -> None:
    """Returns once so many wait for a lock in this database."""
    deadline = time.monotonic() + 30
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            # Inside of a transaction it would be what was seen there first.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(query)
            if cursor.fetchone() == (count,):
                return
            time.sleep(0.01)
    raise AssertionError(f"not {count} wait")


def document(name: str, *titles: str) -> Brought:
    """A document with these headlines; of those with one name behind an "@" the later ones correct the first."""
    told = [title.partition("@")[::2] for title in titles]
    items = [
        FeedEntry(place, title, f"https://{name}.example/{called or title}", guid=called or title)
        for place, (title, called) in enumerate(told)
    ]
    address = f"https://{name}.example/feed"
    source = SourceConfig.model_validate({"id": name, "url": address, "language": "ko"})
    store.register([source])
    return Brought(source, Feed("rss20", tuple(items)), Validators("", "", ""))


def stories() -> dict[str, int]:
    """How many stories tell each headline."""
    told = Entry.objects.values_list("title", "story_id").distinct()
    return dict(Counter(title for title, _story in told))


def test_batches_that_join_the_same_stories_in_opposite_orders_wait_for_each_other_and_no_longer(
    hands: Hands,
) -> None:
    keep_all([document("known", STEEL, RICE)], NOW)
    keep_all([document("a1", "첫째@own"), document("b1", "둘째@own")], NOW)
    one = [document("a1", "첫째, 고침@own", STEEL), document("a2", RICE)]
    other = [document("b1", "둘째, 고침@own", RICE), document("b2", STEEL)]
    corrected = Entry.objects.filter(source__in=("a1", "b1")).select_for_update()
    with hands.holding(lambda: list(corrected)):
        kept = [hands.start(partial(keep_all, batch, NOW)) for batch in (one, other)]
        waiting(2)
    assert [each.result(30) for each in kept] == [[Kept(1, 1), Kept(1, 0)]] * 2
    assert stories() == {STEEL: 1, RICE: 1, "첫째, 고침": 1, "둘째, 고침": 1}
    assert Entry.objects.count() == 8


def test_a_story_that_two_workers_hear_of_at_once_is_begun_once(hands: Hands) -> None:
    batches = [[document("a", STEEL)], [document("b", STEEL)]]
    # What asks for tags is the last statement of such a transaction.
    with hands.holding(lambda: engine.defer("tag")):
        first = hands.start(lambda: keep_all(batches[0], NOW))
        waiting(1)
        second = hands.start(lambda: keep_all(batches[1], NOW))
        waiting(2)
    assert [first.result(30), second.result(30)] == [[Kept(1, 0)]] * 2
    assert stories() == {STEEL: 1}
    assert Story.objects.get().lead == Entry.objects.get(source="a")


def test_who_tags_an_entry_that_is_corrected_and_who_corrects_it_both_come_to_an_end(hands: Hands) -> None:
    keep_all([document("known", STEEL), document("a", "첫째@own")], NOW)
    own = Entry.objects.get(source="a")
    Tag.objects.create(entry=own, topic="semiconductors", probability=0.5, model="an older one")
    with hands.holding(lambda: list(Tag.objects.select_for_update())):
        tagged = hands.start(lambda: tag_untagged(classifier(), NOW))
        waiting(1)
        batch = [document("a", "첫째, 고침@own", STEEL)]
        kept = hands.start(lambda: keep_all(batch, NOW))
        waiting(2)
    assert len(tagged.result(30)) == 2
    assert kept.result(30) == [Kept(1, 1)]
    # What was tagged is not what it says now.
    assert set(Entry.objects.untagged().values_list("title", flat=True)) == {"첫째, 고침", STEEL}


def test_corrections_are_locked_in_the_order_in_which_everybody_locks_entries(hands: Hands) -> None:
    keep_all([document("a", "첫째@1", "둘째@2")], NOW)
    entries = Entry.objects.select_for_update().order_by("id")
    batch = [document("a", "둘째, 고침@2", "첫째, 고침@1")]

    def lock_them() -> None:
        with transaction.atomic():
            first = entries[0]
            corrected.append(hands.start(lambda: keep_all(batch, NOW)))
            waiting(1)
            list(entries.exclude(id=first.pk))

    corrected: list[Future[list[Kept]]] = []
    hands.start(lock_them).result(30)
    assert corrected[0].result(30) == [Kept(0, 2)]
    assert set(stories()) == {"첫째, 고침", "둘째, 고침"}


def test_a_story_is_joined_while_an_editor_decides_on_it(hands: Hands) -> None:
    keep_all([document("known", STEEL)], NOW)
    story, editor = Story.objects.get(), User.objects.create_user("hana")
    with hands.holding(lambda: decide(story.pk, editor, Decision.Choice.ACCEPT, "web", NOW)):
        batch = [document("a", STEEL)]
        assert hands.start(lambda: keep_all(batch, NOW)).result(30) == [Kept(1, 0)]
    assert stories() == {STEEL: 1}


def test_a_batch_that_postgresql_ends_is_kept_at_once_all_the_same(hands: Hands) -> None:
    keep_all([document("known", STEEL), document("a", "첫째@own")], NOW)
    batch = [document("a", "첫째, 고침@own", STEEL)]

    def lock_the_other_way_round() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            # Of those who wait for each other the one is ended that looks first.
            cursor.execute("SET LOCAL deadlock_timeout = '60s'")
            Story.objects.select_for_update().get(entries__title=STEEL)
            Source.objects.select_for_update().get(id="a")

    with hands.holding(lambda: list(Entry.objects.filter(source="a").select_for_update())):
        kept = hands.start(lambda: keep_all(batch, NOW))
        waiting(1)
        other = hands.start(lock_the_other_way_round)
        waiting(2)
    other.result(30)
    assert kept.result(30) == [Kept(1, 1)]
    assert stories() == {STEEL: 1, "첫째, 고침": 1}


WORDS = "강철 쌀값 반도체 항만 전력 수소 어업 조선 통신 금리 철도 우주 의약 배터리 목재 관광 섬유 환율 위성 냉방".split()
ROUNDS, AT_ONCE = 8, 4


def headline(number: int) -> str:
    one, two, three, four, five = random.Random(number).sample(WORDS, 5)
    return f"{one}·{two} 업계, {three} {four} 협의회 꾸려 {five} 대책 찾는다"


def test_many_rounds_of_two_workers_and_a_tagger_lose_and_double_nothing(hands: Hands) -> None:
    headlines = [headline(number) for number in range(ROUNDS * AT_ONCE)]
    meet, done = Barrier(2, timeout=60), Event()

    def work(name: str, order: int) -> list[Kept]:
        kept = []
        for number in range(ROUNDS):
            told = headlines[number * AT_ONCE : (number + 1) * AT_ONCE][::order]
            batch = [
                document(f"{name}{place}", title, f"{name}{place}, {number}판@own")
                for place, title in enumerate(told)
            ]
            meet.wait()
            kept += keep_all(batch, NOW)
        return kept

    def tag() -> int:
        tagged = 0
        while not done.is_set():
            tagged += len(tag_untagged(classifier(), NOW))
            done.wait(0.01)
        return tagged

    tagging = hands.start(tag)
    workers = [hands.start(lambda: work("a", 1)), hands.start(lambda: work("b", -1))]
    try:
        kept = [one for worker in workers for one in worker.result(100)]
    finally:
        done.set()
    assert tagging.result(60) > 0
    assert Counter(kept) == {Kept(2, 0): 2 * AT_ONCE, Kept(1, 1): 2 * AT_ONCE * (ROUNDS - 1)}
    latest = {f"{name}{place}, {ROUNDS - 1}판": 1 for name in "ab" for place in range(AT_ONCE)}
    assert stories() == dict.fromkeys(headlines, 1) | latest
    assert Entry.objects.count() == 2 * len(headlines) + len(latest)
    assert not Story.objects.filter(lead=None).exists()
    while tag_untagged(classifier(), NOW):
        pass
    assert not Entry.objects.untagged().exists()
    assert not Story.objects.filter(relevance=None).exists()
