"""What an entry is about, by an editor's word."""

from datetime import datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client

from classifiers.models import Tag
from monitor.models import Entry
from review.deciding.decisions import decide
from review.deciding.queue import Filters, page
from review.deciding.retagging import retag
from review.models import StoryEvent
from review.quality.examples import decided_examples
from tests.review.conftest import NOW
from tests.review.seed import Seed, Told, make_story
from tests.review.test_pages import text_of

TOPICS = {"semiconductor": 0.9, "ai": 0.6}


@pytest.fixture
def entry(db: None) -> Entry:
    lead = make_story(Seed(Told("xtech", "ja", "半導体"), 0.9, TOPICS), NOW).lead
    assert lead
    return lead


def tags(entry: Entry) -> dict[str, tuple[float, str]]:
    return {tag.topic: (tag.probability, tag.model) for tag in Tag.objects.filter(entry=entry)}


def test_what_is_given_taken_and_left_standing_is_the_editors(entry: Entry, kim: User) -> None:
    event = retag(entry, {"semiconductor", "battery"}, set(TOPICS), kim, "web", NOW)
    assert event
    assert event.facts == {"entry": entry.pk, "added": ["battery"], "removed": ["ai"]}
    # Agreed to, it keeps the model's own probability: quality is counted by it.
    assert tags(entry) == {"battery": (1.0, ""), "ai": (0.0, ""), "semiconductor": (0.9, "")}
    assert set(Tag.objects.values_list("editor", flat=True)) == {kim.pk}


def test_training_learns_exactly_what_was_said(entry: Entry, kim: User) -> None:
    decide(entry.story_id, kim, "accept", "web", NOW)
    retag(entry, {"semiconductor", "battery"}, set(TOPICS), kim, "web", NOW)
    assert [example.topics for example in decided_examples()] == [{"semiconductor", "battery"}]


def test_a_topic_taken_away_can_be_given_again(entry: Entry, kim: User) -> None:
    retag(entry, set(), {"ai"}, kim, "web", NOW)
    assert tags(entry)["ai"] == (0.0, "")
    retag(entry, {"ai", "semiconductor"}, {"semiconductor"}, kim, "web", NOW)
    assert tags(entry)["ai"] == (1.0, "")


def test_two_who_mend_different_things_both_succeed(entry: Entry, kim: User, lee: User) -> None:
    retag(entry, {"semiconductor"}, set(TOPICS), kim, "web", NOW)
    # Her page still showed both.
    retag(entry, {*TOPICS, "battery"}, set(TOPICS), lee, "web", NOW)
    assert {topic for topic, (probability, _model) in tags(entry).items() if probability} == {
        "semiconductor",
        "battery",
    }


def test_saying_what_was_said_is_no_event(entry: Entry, kim: User, lee: User) -> None:
    assert retag(entry, set(TOPICS), set(TOPICS), kim, "web", NOW), "the model was confirmed"
    assert retag(entry, set(TOPICS), set(TOPICS), lee, "web", NOW) is None
    assert StoryEvent.objects.count() == 1


def test_the_queue_finds_it_under_its_new_topics(entry: Entry, kim: User) -> None:
    retag(entry, {"battery"}, set(TOPICS), kim, "web", NOW)
    found = {topic: len(page(Filters(topic=topic), NOW).stories) for topic in ("battery", "ai")}
    assert found == {"battery": 1, "ai": 0}


class TestPage:
    def test_ticks_become_the_topics(self, editor: Client, entry: Entry, now: datetime) -> None:
        page = f"/stories/{entry.story_id}"
        form = {"entry": entry.pk, "seen": list(TOPICS), "topic": ["semiconductor", "battery"]}
        response = editor.post(f"{page}/topics", form, follow=True)
        text = text_of(response)
        assert "주제를 정했습니다." in text
        assert "편집자가 정한 주제입니다." in text
        html = response.content.decode()
        assert 'value="battery" checked' in html
        assert 'value="ai" checked' not in html
        assert '<a class="chip" href="/?topic=ai">' not in html, "what was taken away is not shown"

    def test_no_topic_is_made_up(self, editor: Client, entry: Entry) -> None:
        form = {"entry": entry.pk, "topic": ["gossip"]}
        assert editor.post(f"/stories/{entry.story_id}/topics", form).status_code == 400

    def test_a_topic_that_went_from_topics_yaml_can_be_kept(self, editor: Client, entry: Entry) -> None:
        Tag.objects.create(entry=entry, topic="lost", probability=0.7, model="m")
        form = {"entry": entry.pk, "seen": [*TOPICS, "lost"], "topic": ["lost"]}
        assert editor.post(f"/stories/{entry.story_id}/topics", form).status_code == 302
        assert tags(entry)["lost"] == (0.7, "")

    def test_another_storys_entry_is_not_touched(self, editor: Client, entry: Entry) -> None:
        other = make_story(Seed(Told("xtech", "ja", "他"), 0.9, TOPICS), NOW)
        form = {"entry": entry.pk, "topic": ["ai"]}
        assert editor.post(f"/stories/{other.pk}/topics", form).status_code == 404
