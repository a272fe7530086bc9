"""The queue: its order, its filters, and what it costs."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from classifiers.sections import section_of
from monitor.models import Entry, Source, Story
from review import catalogue
from review.deciding import queue
from review.deciding.queue import Filters
from review.models import Assignment
from tests.review.conftest import NOW, forget_settings
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
        pytest.param(Filters(q="rate"), ["rates"], id="text in the title"),
        pytest.param(Filters(q="금리"), ["rates"], id="two characters in the summary"),
        pytest.param(Filters(q="half"), ["cell"], id="text of an entry folded in"),
        pytest.param(Filters(q="rates 금리"), ["rates"], id="every word"),
        pytest.param(Filters(q="rates cell"), [], id="every word, of one entry or another"),
        pytest.param(Filters(q="%"), [], id="no wildcards"),
        pytest.param(Filters(q="'); DROP TABLE monitor_story; --"), [], id="no SQL"),
        pytest.param(Filters(topic="battery", lang="ja"), [], id="together"),
        pytest.param(Filters(topic="no-such"), [], id="unknown topic"),
        pytest.param(Filters(topic='" OR "lang:zh'), [], id="no other question than the filter's"),
        pytest.param(Filters(region="CN"), ["cell"], id="region"),
        pytest.param(Filters(q="rates", kind="economy", lang="ja"), ["rates"], id="words and filters"),
        pytest.param(Filters(q="rates", kind="industry"), [], id="words that another has"),
        pytest.param(Filters(q="half -rates"), ["cell"], id="a word that must not stand there"),
    ],
)
def test_filters(filters: Filters, expected: list[str]) -> None:
    make("rates", 0.9, 2, source="boj", kind="economy", summary="정책금리 이야기")
    make(
        "cell", 0.8, 30, lang="zh", topics={"battery": 0.9, "macro": 0.5}, kind="industry", regions=("CN",),
        others=(Told("nikkei-asia", "en", "The other half"), Told("nikkei-asia", "en", "half again")),
    )  # fmt: skip
    assert titles(filters) == expected
    assert queue.count(filters, NOW) == len(expected)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        pytest.param(Filters(), ["put off until now", "waiting"], id="what waits"),
        pytest.param(Filters(state="accepted"), ["accepted"], id="accepted"),
        pytest.param(Filters(state="rejected"), ["rejected"], id="rejected"),
        pytest.param(Filters(state="later"), ["put off"], id="put off, and not back"),
        pytest.param(
            Filters(state="all"),
            ["put off until now", "put off", "rejected", "accepted", "waiting"],
            id="all, the newest first",
        ),
        pytest.param(
            Filters(state="all", q="put off"), ["put off until now", "put off"], id="words in any state"
        ),
        pytest.param(Filters(q="put off"), ["put off until now"], id="words in what waits"),
    ],
)
def test_stories_are_found_where_they_stand(filters: Filters, expected: list[str]) -> None:
    states = {
        "waiting": ("waiting", None),
        "accepted": ("accepted", None),
        "rejected": ("rejected", None),
        "put off": ("later", NOW + timedelta(hours=1)),
        "put off until now": ("later", NOW),
    }
    for number, (title, (state, until)) in enumerate(states.items()):
        story = make(title, 0.5 + number / 10)
        Story.objects.filter(pk=story.pk).update(queue=state, later_until=until)
    assert titles(filters) == expected
    assert queue.count(filters, NOW) == len(expected)


@pytest.mark.django_db
@pytest.mark.parametrize("filters", [Filters(state="all"), Filters(state="rejected", q="story")])
def test_pages_of_what_is_decided_follow_each_other(filters: Filters) -> None:
    stories = [make(f"story {number}", 0.5) for number in range(7)]
    Story.objects.update(queue="rejected")
    first = queue.page(filters, NOW, size=4)
    Story.objects.filter(pk=first.stories[0].pk).update(queue="accepted")
    second = queue.page(filters, NOW, after=first.stories[-1].pk, size=4)
    assert [first.more, second.more] == [True, False]
    assert [*first.stories, *second.stories] == stories[::-1]


def test_whose_stories_are(kim: User, lee: User) -> None:
    mine, theirs = make("mine", 0.9), make("theirs", 0.8)
    make("nobody's", 0.7)
    for story, editor in ((mine, kim), (theirs, lee)):
        Assignment.objects.create(story=story, assignee=editor, assigned_by=kim)
    assert titles(Filters.read({"who": "me"}, kim)) == ["mine"]
    assert titles(Filters.read({"who": "me"}, lee)) == ["theirs"]
    assert titles(Filters.read({"who": str(lee.pk)}, kim)) == ["theirs"]
    assert titles(Filters.read({"who": "nobody"}, kim)) == ["nobody's"]
    assert titles(Filters.read({"who": "me"})) == []
    assert titles(Filters(who="me", asker=kim.pk, q="theirs")) == []


@pytest.mark.django_db
@pytest.mark.parametrize("place", [0, 1])
def test_a_bulletin_and_its_sections_show_what_would_stand_there(
    place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_TOPICS", str(Path(__file__).parents[2] / "topics.yaml"))
    forget_settings()
    bulletin = catalogue.taxonomy().bulletins[place]
    for number, seed in enumerate(STORIES):
        make_story(replace(seed, lead=replace(seed.lead, title=f"{number}")), NOW)
    places = {
        f"{number}": section_of(bulletin, seed.topics, seed.kind, seed.regions)
        for number, seed in enumerate(STORIES)
        if seed.relevance is not None
    }
    for section in bulletin.sections:
        expected = {title for title, place in places.items() if place == section}
        assert set(titles(Filters(bulletin=bulletin.id, section=section.name), size=99)) == expected
    standing = {title for title, place in places.items() if place}
    assert standing
    assert set(titles(Filters(bulletin=bulletin.id), size=99)) == standing


def test_matches_are_counted_no_further_than_anybody_reads(
    editor: Client, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(32):
        make(f"story {number}", 0.5)
    assert queue.count(Filters(q="story"), NOW, most=30) == 30
    assert queue.count(Filters(q="story"), NOW, most=99) == 32
    monkeypatch.setattr(queue, "MANY", 31)
    assert "조건에 맞는 31건 이상" in editor.get("/?q=story").content.decode()
    assert "조건에 맞는 1건" in editor.get("/?q=story+1").content.decode()
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
        pytest.param({"section": "일본경제"}, Filters(), id="a section without its bulletin"),
        pytest.param({"state": "lost", "who": "누구", "region": "XX"}, Filters(), id="more of such values"),
        pytest.param(
            {"state": "all", "who": "12", "region": "EU"},
            Filters(state="all", who="12", region="EU"),
            id="states",
        ),
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
    assert Filters(who="me", asker=7).query_string() == "?who=me"
    assert Filters(bulletin="a", section="b", q="c").without("bulletin") == Filters(q="c")


def test_a_page_costs_the_same_queries_whatever_it_holds(editor: Client, now: datetime) -> None:
    make_queue(NOW)
    # The first page of a session also notes the session.
    editor.get("/")

    def queries(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert editor.get(path).status_code == 200
        return len(captured)

    full = queries("/")
    Story.objects.filter(pk__gt=Story.objects.order_by("pk")[3].pk).update(queue="rejected")
    assert full == queries("/") <= 18
    assert queries("/?topic=semiconductor&q=半導体") <= 20


@pytest.mark.django_db
@pytest.mark.sqlite  # the plan is SQLite's
def test_the_first_page_walks_the_index_and_sorts_nothing() -> None:
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
