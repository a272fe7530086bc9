"""What an open page of the queue is told of others' work."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from monitor.models import Story
from review.accounts.roles import set_role
from review.deciding import queue
from review.deciding.decisions import decide
from review.deciding.handling import assign
from review.deciding.presence import GONE_AFTER, look
from review.models import Presence
from tests.review.conftest import NOW
from tests.review.seed import Seed, Told, make_queue, make_story

PAGE, OTHER = "page0001", "page0002"


def ask(client: Client, stories: list[Story], **fields: Any) -> Any:
    shown = [f"{story.pk}:waiting" for story in stories]
    return client.post("/live", {"story": shown, "page": PAGE, **fields}).json()


def make(title: str, relevance: float | None = 0.5, **changes: Any) -> Story:
    return make_story(Seed(Told("boj", changes.pop("lang", "ja"), title), relevance, {}, **changes), NOW)


def test_what_others_decided_says_who_and_what(editor: Client, kim: User, lee: User, now: datetime) -> None:
    theirs, own, undone, left = (make(f"{number}") for number in range(4))
    decide(theirs.pk, lee, "reject", "telegram", NOW)
    decide(own.pk, kim, "accept", "telegram", NOW)
    decide(undone.pk, lee, "later", "web", NOW)
    decide(undone.pk, lee, "undo", "web", NOW, seen="later")
    told = ask(editor, [theirs, own, undone, left])["stories"]
    found = [told[str(story.pk)] for story in (theirs, own, undone, left)]
    assert [(one["queue"], one["words"]) for one in found] == [
        ("rejected", "이서준님이 제외했습니다."),
        ("accepted", "이미 후보로 올렸습니다."),
        ("waiting", ""),
        ("waiting", ""),
    ]


def test_a_list_of_decided_stories_hears_of_those_that_return(
    editor: Client, lee: User, now: datetime
) -> None:
    story = make("1")
    answer = editor.post("/live", {"story": [f"{story.pk}:accepted"]}).json()
    assert answer["stories"][str(story.pk)]["words"] == "다시 대기열로 돌아왔습니다."


def test_what_was_put_off_is_back_when_its_time_has_come(editor: Client, lee: User, now: datetime) -> None:
    story = make("1")
    decide(story.pk, lee, "later", "web", NOW)
    assert ask(editor, [story])["stories"][str(story.pk)]["queue"] == "later"
    with time_machine.travel(NOW + timedelta(days=1)):
        assert ask(editor, [story])["stories"][str(story.pk)]["queue"] == "waiting"


def test_whose_a_story_is_and_how_many_wait(editor: Client, kim: User, lee: User, now: datetime) -> None:
    taken, free = make("1"), make("2")
    assign(taken.pk, kim, lee, "web", NOW)
    answer = ask(editor, [taken, free, Story(pk=404)])
    assert answer["waiting"] == 2
    assert [(one["assignee"], one["assignee_name"]) for one in answer["stories"].values()] == [
        (str(lee.pk), "이서준"),
        ("", ""),
    ]


class TestNew:
    def test_what_would_stand_among_the_cards_is_announced(self, editor: Client, now: datetime) -> None:
        shown = [make(f"{number}", 0.5 + number / 100) for number in range(queue.PAGE)]
        for relevance in (0.9, 0.7, 0.1, None):
            make("new", relevance)
        assert ask(editor, shown, newest=shown[-1].pk)["fresh"] == "새 글 2건 보기"
        assert ask(editor, shown)["fresh"] == "", "a page further on announces nothing"
        assert ask(editor, shown, newest=Story.objects.latest("pk").pk)["fresh"] == ""

    def test_under_filters_only_what_they_let_through(self, editor: Client, now: datetime) -> None:
        old = make("old")
        make("neu", lang="de")
        make("新")
        assert ask(editor, [old], newest=old.pk, filters="?lang=de")["fresh"] == "새 글 1건 보기"
        assert ask(editor, [old], newest=old.pk, filters="?lang=ko")["fresh"] == ""

    def test_no_more_are_counted_than_anybody_reads(self, editor: Client, now: datetime) -> None:
        shown = [make(f"{number}") for number in range(120)]
        answer = ask(editor, shown, newest=shown[0].pk)
        assert answer["fresh"] == "새 글 99+건 보기"


class TestPresence:
    def test_others_that_look_are_named_once_and_oneself_is_not(self, kim: User, lee: User) -> None:
        story, other = make("1"), make("2")
        both = [story.pk, other.pk]
        for page in (PAGE, OTHER):
            assert look(page, lee, story.pk, both, NOW) == {}
        assert look(PAGE, kim, other.pk, both, NOW) == {story.pk: ["이서준"]}
        assert look(PAGE, lee, story.pk, both, NOW) == {other.pk: ["김하나"]}
        assert look(PAGE, kim, None, [other.pk], NOW) == {}
        assert look(PAGE, lee, story.pk, both, NOW) == {}, "she looks elsewhere by now"

    def test_who_is_silent_is_gone(self, kim: User, lee: User) -> None:
        story = make("1")
        look(PAGE, lee, story.pk, [story.pk], NOW)
        almost = NOW + GONE_AFTER - timedelta(seconds=1)
        assert look(OTHER, kim, None, [story.pk], almost) == {story.pk: ["이서준"]}
        assert look(OTHER, kim, None, [story.pk], NOW + GONE_AFTER) == {}

    def test_a_page_that_stays_where_it_is_is_not_written_down_each_time(self, kim: User) -> None:
        story = make("1")
        for seconds in range(0, 31, 5):
            look(PAGE, kim, story.pk, [story.pk], NOW + timedelta(seconds=seconds))
            assert NOW + timedelta(seconds=seconds) - Presence.objects.get().seen_at < GONE_AFTER / 2
        with CaptureQueriesContext(connection) as captured:
            look(PAGE, kim, story.pk, [story.pk], NOW + timedelta(seconds=31))
        assert len(captured) == 1

    def test_a_page_cannot_pass_for_anothers_and_old_rows_go(self, kim: User, lee: User) -> None:
        story = make("1")
        look(PAGE, lee, story.pk, [story.pk], NOW)
        look(PAGE, kim, None, [story.pk], NOW)
        assert Presence.objects.get(editor=lee).story == story
        look(OTHER, kim, None, [], NOW + timedelta(hours=2))
        assert [row.page for row in Presence.objects.all()] == [f"{kim.pk}-{OTHER}"]

    @pytest.mark.parametrize("word", ["", "short", "x" * 40, "page 001", "PAGE0001", "페이지0001aaa"])
    def test_a_page_without_a_sensible_name_sees_and_is_not_seen(
        self, kim: User, lee: User, word: str
    ) -> None:
        story = make("1")
        look(PAGE, lee, story.pk, [story.pk], NOW)
        assert look(word, kim, story.pk, [story.pk], NOW) == {story.pk: ["이서준"]}
        assert Presence.objects.count() == 1

    def test_a_viewer_is_seen_as_well(self, client: Client, kim: User, lee: User, now: datetime) -> None:
        set_role(lee, "viewer")
        client.force_login(lee)
        story = make("1")
        ask(client, [story], at=story.pk)
        assert look(PAGE, kim, None, [story.pk], NOW) == {story.pk: ["이서준"]}


def test_asking_costs_little_whatever_the_page_shows(editor: Client, now: datetime) -> None:
    stories = make_queue(NOW)
    ask(editor, stories, newest=stories[-1].pk)

    def queries(shown: list[Story]) -> int:
        with CaptureQueriesContext(connection) as captured:
            ask(editor, shown, newest=stories[-1].pk)
        return len(captured)

    # One more where the queue ends on the page: what has no relevance yet stands behind all that has one.
    assert queries(stories) == queries(stories[:3]) + 1 <= 11


@pytest.mark.parametrize(
    "fields", [{}, {"story": ["x", "9:9:9"], "at": "x", "newest": "٣", "filters": "?days=x&q=%00"}]
)
def test_nonsense_is_answered_with_nothing(editor: Client, fields: dict[str, Any]) -> None:
    answer = editor.post("/live", fields)
    assert answer.json() == {"waiting": 0, "fresh": "", "stories": {}}
    assert editor.get("/live").headers["Location"] == "/"
