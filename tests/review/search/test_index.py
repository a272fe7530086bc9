"""The index in the database: what it finds, and that it stays true whatever happens to a story."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from classifiers.classifier import TopicClassifier
from classifiers.models import Tag
from classifiers.tagging import tag_untagged
from monitor.models import Entry, Source, Story
from review.deciding import queue
from review.deciding.decisions import decide
from review.deciding.queue import Filters
from review.search import index
from review.search.asking import question
from review.search.facets import has
from review.search.index import found_by, index_rest, index_stories, newest_found_by
from review.search.terms import terms
from tests.classifiers.fakes import taxonomy
from tests.review.conftest import NOW
from tests.review.search.test_terms import FOUND, NOT_FOUND, holds
from tests.review.seed import Seed, Told, make_story

pytestmark = pytest.mark.django_db


def make(title: str, summary: str = "", **changes: object) -> Story:
    return make_story(Seed(Told("xtech", "ja", title, summary, 1), 0.5, **({"topics": {}} | changes)), NOW)  # type: ignore[arg-type]


def found(filters: Filters) -> list[str]:
    return [str(story.lead) for story in queue.page(filters, NOW, size=99).stories]


def by(words: str, state: str = "") -> list[str]:
    return found(Filters(q=words, state=state))


def test_the_database_finds_what_the_terms_say() -> None:
    texts = list(dict.fromkeys(text for _query, text in FOUND + NOT_FOUND))
    for text in texts:
        make(text)
    for query in {query for query, _text in FOUND + NOT_FOUND}:
        asked = question(query)
        assert asked
        expected = {text for text in texts if holds(asked, terms(text))}
        assert set(by(query)) == expected, query


def test_leads_are_found_and_phrases_do_not_reach_from_title_to_lead() -> None:
    make("차세대 배터리", "<p>리튬 <b>황</b> 전지</p>")
    assert by("전지") == by("리튬 황") == ["차세대 배터리"]
    assert by('"배터리 리튬"') == by("strong") == []


@pytest.mark.parametrize(
    "title",
    [
        "', '' \\ \" 금리",
        "금리 \U0001f4c8 ﷺ 𠮷野家",
        "금리 \x7f %s %% {}",
        "금리 " + "가" * 3000 + " b" * 30_000,
    ],
)
def test_strange_titles_are_found(title: str) -> None:
    make(title)
    assert len(by("금리")) == 1


def test_a_story_is_found_where_it_stands_by_now(kim_here: User) -> None:
    story = make("금리 인상")
    assert (by("금리"), by("금리", "rejected")) == (["금리 인상"], [])
    decide(story.pk, kim_here, "reject", "web", NOW)
    assert (by("금리"), by("금리", "rejected")) == ([], ["금리 인상"])
    decide(story.pk, kim_here, "undo", "web", NOW)
    assert (by("금리"), by("금리", "rejected")) == (["금리 인상"], [])
    assert Story.objects.update(queue="later", later_until=NOW + timedelta(hours=1)) == 1
    assert (by("금리"), by("금리", "later"), by("금리", "all")) == ([], ["금리 인상"], ["금리 인상"])


@pytest.fixture
def kim_here() -> User:
    return User.objects.create_user("kim")


def test_a_correction_at_the_source_is_found_and_what_it_said_before_is_not() -> None:
    story = make("금리 인상")
    Entry.objects.filter(story=story).update(title="물가 상승")
    index_stories([story.pk])
    assert (by("금리"), by("물가")) == ([], ["물가 상승"])


def test_a_story_that_is_gone_leaves_nothing_behind() -> None:
    story = make("금리 인상")
    Story.objects.filter(pk=story.pk).update(lead=None)
    Tag.objects.all().delete()
    Entry.objects.all().delete()
    Story.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM review_search")
        assert cursor.fetchone() == (0,)


def test_an_editors_topic_is_found_and_one_taken_away_is_not() -> None:
    story = make("금리 인상", topics={"monetary": 0.9})
    assert found(Filters(topic="monetary")) == ["금리 인상"]
    Tag.objects.update(probability=0.0, model="")
    Tag.objects.create(entry_id=story.lead_id, topic="macro", probability=1.0)
    index_stories([story.pk])
    assert found(Filters(topic="monetary")) == []
    assert found(Filters(topic="macro")) == ["금리 인상"]


def test_entries_are_indexed_with_their_tags() -> None:
    assert "review.search.index.index_tagged" in settings.TAGGED_HOOKS
    Source.objects.create(id="boj")
    story = Story.objects.create(first_seen_at=NOW)
    entry = Entry.objects.create(
        source_id="boj", story=story, title="배터리 화재", lang="ko", first_seen_at=NOW, tagged_at=None
    )
    Story.objects.update(lead=entry)
    assert by("배터리") == []
    assert tag_untagged(TopicClassifier(taxonomy(battery=["배터리"])), NOW) == [entry.pk]
    assert by("배터리") == ["배터리 화재"]
    assert found(Filters(topic="battery", source="boj", lang="ko")) == ["배터리 화재"]


@pytest.fixture
def parts_of_two(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(index, "PART", 2)
    yield


@pytest.mark.usefixtures("parts_of_two")
def test_filling_the_index_goes_on_where_it_stopped() -> None:
    titles = [f"금리 {number}" for number in range(5)]
    for title in titles:
        make(title)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM review_search")
    filling = index_rest()
    assert next(filling) == 2
    filling.close()
    assert set(by("금리")) == set(titles[:2])
    assert list(index_rest()) == [2, 1]
    assert set(by("금리")) == set(titles)
    assert list(index_rest()) == []


def test_an_empty_story_is_no_obstacle() -> None:
    Story.objects.create(first_seen_at=NOW)
    assert sum(index_rest()) == 1
    assert by("금리") == []


@pytest.mark.sqlite  # the plan is SQLite's
def test_sqlite_gives_a_page_of_the_newest_without_sorting() -> None:
    asked = has("lang", "ja")
    with CaptureQueriesContext(connection) as captured:
        list(newest_found_by(Story.objects.all(), asked).values_list("id", flat=True)[:31])
        list(Story.objects.filter(queue="waiting", pk__in=found_by(asked)).order_by("-relevance")[:31])
    with connection.cursor() as cursor:
        newest, _waiting = (
            "\n".join(str(row) for row in cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}"))
            for query in captured
        )
    assert "VIRTUAL TABLE" in newest
    assert "TEMP B-TREE" not in newest
