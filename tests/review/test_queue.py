"""The queue: its order, its filters, and what it costs."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from monitor.models import Entry, Source, Story
from review import queue
from review.queue import Filters
from tests.review.conftest import NOW
from tests.review.seed import STORIES, Seed, Told, make_queue, make_story


def make(title: str, relevance: float | None, hours: float = 1, **changes: object) -> Story:
    lead = Told(
        str(changes.pop("source", "xtech")),
        str(changes.pop("lang", "ja")),
        title,
        str(changes.pop("summary", "")),
        hours,
    )
    return make_story(Seed(lead, relevance, **({"topics": {}} | changes)), NOW)  # type: ignore[arg-type]


ALL = Filters()


def titles(
    filters: Filters = ALL, after: int | None = None, size: int = 30, now: datetime = NOW
) -> list[str]:
    return [str(story.lead) for story in queue.page(filters, now, after, size).stories]


@pytest.mark.django_db
def test_the_likeliest_come_first_then_the_newest_and_untagged_ones_last() -> None:
    make("untagged", None, 0)
    make("low", 0.2, 0)
    make("old", 0.8, 9)
    make("new", 0.8, 1)
    assert titles() == ["new", "old", "low", "untagged"]


@pytest.mark.django_db
def test_what_was_put_off_comes_back_to_its_place_in_time() -> None:
    make("high", 0.9)
    put_off = make("put off", 0.5)
    make("low", 0.1)
    Story.objects.filter(pk=put_off.pk).update(queue="later", later_until=NOW)
    assert titles(now=NOW - timedelta(seconds=1)) == ["high", "low"]
    assert titles() == ["high", "put off", "low"]
    assert queue.count(Filters(), NOW) == queue.waiting(NOW).count() == 3


@pytest.mark.django_db
@pytest.mark.parametrize("decided", [0, 1, 4])
def test_pages_follow_each_other_though_stories_are_decided_in_between(decided: int) -> None:
    stories = [make(f"story {number}", 0.9 - number // 2 / 10) for number in range(8)]
    stories += [make(f"untagged {number}", None, number) for number in range(3)]
    first = queue.page(Filters(), NOW, size=5)
    for story in first.stories[:decided]:
        Story.objects.filter(pk=story.pk).update(queue="rejected")
    second = queue.page(Filters(), NOW, after=first.stories[-1].pk, size=5)
    third = queue.page(Filters(), NOW, after=second.stories[-1].pk, size=5)
    assert [first.more, second.more, third.more] == [True, True, False]
    assert [*first.stories, *second.stories, *third.stories] == stories


@pytest.mark.django_db
def test_a_page_after_a_story_that_is_gone_is_the_first_page() -> None:
    make("only", 0.5)
    assert titles(after=12345) == ["only"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        pytest.param(Filters(topic="battery"), ["cell"], id="topic"),
        pytest.param(Filters(source="boj"), ["rates"], id="source"),
        pytest.param(Filters(source="nikkei-asia"), ["cell"], id="source of an entry folded in"),
        pytest.param(Filters(lang="zh"), ["cell"], id="language"),
        pytest.param(Filters(kind="economy"), ["rates"], id="kind"),
        pytest.param(Filters(days=1), ["rates"], id="period"),
        pytest.param(Filters(q="rat"), ["rates"], id="text in the title"),
        pytest.param(Filters(q="금리"), ["rates"], id="two characters in the summary"),
        pytest.param(Filters(q="half"), ["cell"], id="text of an entry folded in"),
        pytest.param(Filters(q="rates 금리"), ["rates"], id="every word"),
        pytest.param(Filters(q="rates cell"), [], id="every word, of one entry or another"),
        pytest.param(Filters(q="%"), [], id="no wildcards"),
        pytest.param(Filters(q="'); DROP TABLE monitor_story; --"), [], id="no SQL"),
        pytest.param(Filters(topic="battery", lang="ja"), [], id="together"),
        pytest.param(Filters(topic="no-such"), [], id="unknown topic"),
    ],
)
def test_filters(filters: Filters, expected: list[str]) -> None:
    make("rates", 0.9, 2, source="boj", kind="economy", summary="정책금리 이야기")
    make(
        "cell", 0.8, 30, lang="zh", topics={"battery": 0.9, "macro": 0.5}, kind="industry",
        others=(Told("nikkei-asia", "en", "The other half"), Told("nikkei-asia", "en", "half again")),
    )  # fmt: skip
    assert titles(filters) == expected
    assert queue.count(filters, NOW) == len(expected)


def test_matches_are_counted_no_further_than_anybody_reads(
    editor: Client, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(32):
        make(f"story {number}", 0.5)
    assert queue.count(Filters(q="story"), NOW, most=30) == 30
    assert queue.count(Filters(q="story"), NOW, most=99) == 32
    monkeypatch.setattr(queue, "MANY", 31)
    assert "조건에 맞는 31건 이상" in editor.get("/?q=story").content.decode()
    assert "조건에 맞는 13건" in editor.get("/?q=story+1").content.decode()
    assert "32건이 기다립니다" in editor.get("/").content.decode()


@pytest.mark.parametrize(
    ("query", "filters"),
    [
        pytest.param({}, Filters(), id="none"),
        pytest.param({"topic": "ai", "q": " 금리 "}, Filters(topic="ai", q="금리"), id="some"),
        pytest.param(
            {"lang": "xx", "kind": "gossip", "days": "2"}, Filters(), id="values that nothing offers"
        ),
        pytest.param({"days": "7"}, Filters(days=7), id="days"),
        pytest.param({"days": "٣", "q": "\x00\u202e"}, Filters(), id="strange characters"),
        pytest.param({"days": "9" * 500}, Filters(), id="an absurd number"),
        pytest.param({"q": "가" * 500}, Filters(q="가" * 100), id="a very long text"),
    ],
)
def test_reading_the_address(query: dict[str, str], filters: Filters) -> None:
    assert Filters.read(query) == filters


def test_the_address_of_filters_reads_back() -> None:
    assert (
        Filters(topic="ai", q="금리 & 물가", days=7).query_string()
        == "?topic=ai&days=7&q=%EA%B8%88%EB%A6%AC+%26+%EB%AC%BC%EA%B0%80"
    )
    assert Filters(topic="ai", days=7).without("days") == Filters(topic="ai")
    assert Filters().query_string() == "?"


def test_a_page_costs_the_same_queries_whatever_it_holds(editor: Client, now: datetime) -> None:
    make_queue(NOW)

    def queries(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert editor.get(path).status_code == 200
        return len(captured)

    full = queries("/")
    Story.objects.filter(pk__gt=Story.objects.order_by("pk")[3].pk).update(queue="rejected")
    assert full == queries("/") == 11
    assert queries("/?topic=semiconductor&q=半導体") <= 12


@pytest.mark.django_db
def test_the_first_page_walks_the_index_and_sorts_nothing() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the plan is SQLite's")
    with CaptureQueriesContext(connection) as captured:
        queue.page(Filters(), NOW)
    walk = next(query["sql"] for query in captured if "'waiting'" in query["sql"])
    with connection.cursor() as cursor:
        plan = "\n".join(str(row) for row in cursor.execute(f"EXPLAIN QUERY PLAN {walk}"))
    assert "queue" in plan
    assert "TEMP B-TREE" not in plan


def test_the_seed_speaks_four_languages_and_more(db: None) -> None:
    make_queue(NOW)
    assert len(STORIES) == 40
    assert {"ko", "ja", "zh", "en", "de"} == set(Entry.objects.values_list("lang", flat=True))
    assert Source.objects.count() == 14
