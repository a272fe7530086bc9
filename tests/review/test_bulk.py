"""One press for many stories: what is done, what is left as it is, and what is said of both."""

from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from monitor.models import Story
from review.accounts.roles import set_role
from review.deciding.decisions import decide
from review.deciding.handling import assign
from review.models import Assignment, Candidate, Decision, Issue
from review.pages.seen import MOST, Seen, read_seen
from tests.review.conftest import NOW
from tests.review.seed import Seed, Told, make_story

HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/?lang=ko"}


@pytest.fixture
def stories(db: None) -> list[Story]:
    return [make_story(Seed(Told("motir", "ko", f"글 {number}"), 0.9, {}), NOW) for number in range(3)]


def press(client: Client, stories: list[Story], choice: str, seen: str = "waiting:", **fields: Any) -> Any:
    ticked = [f"{story.pk}:{seen}" for story in stories]
    return client.post("/bulk", {"choice": choice, "story": ticked, **fields}, headers=HTMX)


def queues(stories: list[Story]) -> list[str]:
    return [Story.objects.get(pk=story.pk).queue for story in stories]


@pytest.mark.parametrize(
    ("choice", "queue", "words"),
    [
        pytest.param("accept", "accepted", "3건을 후보로 올렸습니다.", id="후보"),
        pytest.param("reject", "rejected", "3건을 제외했습니다.", id="제외"),
        pytest.param("later", "later", "3건을 나중에 보기로 했습니다.", id="나중에"),
    ],
)
def test_all_that_are_ticked_are_decided_and_undone_as_one(
    editor: Client, now: datetime, stories: list[Story], choice: str, queue: str, words: str
) -> None:
    answer = press(editor, stories, choice).content.decode()
    assert queues(stories) == [queue] * 3
    assert words in answer
    assert all(f'value="{story.pk}:{queue}"' in answer for story in stories), "what its undo has to send"
    back = press(editor, stories, "undo", f"{queue}:").content.decode()
    assert queues(stories) == ["waiting"] * 3
    assert "3건을 되돌렸습니다." in back
    assert [back.index(f'id="story-{story.pk}"') for story in stories]


def test_u_takes_back_the_whole_press_and_then_the_one_before(
    editor: Client, now: datetime, stories: list[Story]
) -> None:
    decide(stories[0].pk, User.objects.get(), "accept", "web", NOW)
    press(editor, stories[1:], "reject")
    answer = editor.post("/undo", headers=HTMX).content.decode()
    assert "2건을 되돌렸습니다." in answer
    assert queues(stories) == ["accepted", "waiting", "waiting"]
    editor.post("/undo", headers=HTMX)
    assert queues(stories) == ["waiting"] * 3


def test_others_decisions_stay_and_are_named_in_one_sentence(
    editor: Client, lee: User, now: datetime, stories: list[Story]
) -> None:
    for story in stories[:2]:
        decide(story.pk, lee, "accept", "web", NOW)
    answer = press(editor, stories, "reject").content.decode()
    assert "1건을 제외했습니다. 2건은 이서준님이 먼저 결정하여 그대로 두었습니다." in answer
    assert answer.count("이미 이서준님이 후보로 올렸습니다.") == 2
    assert queues(stories) == ["accepted", "accepted", "rejected"]
    assert Candidate.standing.count() == 2


def test_what_stands_in_a_closed_issue_stays(
    editor: Client, kim: User, now: datetime, stories: list[Story]
) -> None:
    for story in stories[:2]:
        decide(story.pk, kim, "accept", "web", NOW)
    issue = Issue.objects.create(bulletin="kiat-watch", number="2026-23", closed_at=NOW)
    Candidate.objects.filter(story=stories[0]).update(issue=issue)
    answer = press(editor, stories, "undo", "accepted:").content.decode()
    assert "1건을 되돌렸습니다. 1건은 마감한 호에 실린 글이라 그대로 두었습니다." in answer
    assert "1건은 그 사이에 바뀌어 그대로 두었습니다." in answer, "the third never was accepted"
    assert queues(stories) == ["accepted", "waiting", "waiting"]


def test_without_javascript_the_next_page_says_it_and_offers_to_undo_it(
    editor: Client, lee: User, now: datetime, stories: list[Story]
) -> None:
    decide(stories[0].pk, lee, "later", "web", NOW)
    fields = {"choice": "accept", "next": "/?lang=ko", "story": [f"{story.pk}:waiting:" for story in stories]}
    answer = editor.post("/bulk", fields, follow=True)
    assert answer.redirect_chain == [("/?lang=ko", 302)]
    text = answer.content.decode()
    assert "2건을 후보로 올렸습니다. 1건은 이서준님이 먼저 결정하여 그대로 두었습니다." in text
    assert f'name="story" value="{stories[1].pk}:accepted"' in text
    assert "후보로 올렸습니다." not in editor.get("/").content.decode(), "said once"


class TestAssigning:
    def test_to_oneself_to_another_and_to_nobody(
        self, editor: Client, kim: User, lee: User, now: datetime, stories: list[Story]
    ) -> None:
        answer = press(editor, stories, "assign", to="me").content.decode()
        assert "3건을 맡았습니다." in answer
        assert answer.count("김하나") == 3, "on each card"
        assert f'value="{stories[0].pk}:waiting:{kim.pk}"' in answer, "what its tick has to send from now on"
        answer = press(editor, stories, "assign", f"waiting:{kim.pk}", to=str(lee.pk)).content.decode()
        assert "3건을 이서준님에게 맡겼습니다." in answer
        assert set(Assignment.objects.values_list("assignee", flat=True)) == {lee.pk}
        answer = press(editor, stories, "assign", f"waiting:{lee.pk}", to="nobody").content.decode()
        assert "3건의 담당을 비웠습니다." in answer
        assert not Assignment.objects.exists()
        assert not Decision.objects.exists()

    def test_what_somebody_took_meanwhile_stays_theirs(
        self, editor: Client, lee: User, now: datetime, stories: list[Story]
    ) -> None:
        assign(stories[0].pk, lee, lee, "web", NOW)
        answer = press(editor, stories, "assign", to="me").content.decode()
        assert "2건을 맡았습니다. 1건은 그 사이에 담당이 바뀌어 그대로 두었습니다." in answer
        assert Assignment.objects.get(story=stories[0]).assignee == lee

    @pytest.mark.parametrize("to", ["", "0", "x", "999"])
    def test_a_stranger_gets_nothing(self, editor: Client, stories: list[Story], to: str) -> None:
        assert press(editor, stories, "assign", to=to).status_code == 400

    def test_nor_does_a_viewer(self, editor: Client, lee: User, stories: list[Story]) -> None:
        set_role(lee, "viewer")
        assert press(editor, stories, "assign", to=str(lee.pk)).status_code == 400


def test_a_press_on_nothing_says_so(editor: Client, stories: list[Story]) -> None:
    assert "고른 글이 없습니다." in press(editor, [], "reject").content.decode()
    text = editor.post("/bulk", {"choice": "reject"}, follow=True).content.decode()
    assert "고른 글이 없습니다." in text
    assert press(editor, stories, "burn").status_code == 400
    assert editor.get("/bulk").headers["Location"] == "/"


def test_a_viewer_decides_nothing_and_sees_no_ticks(client: Client, lee: User, stories: list[Story]) -> None:
    set_role(lee, "viewer")
    client.force_login(lee)
    assert press(client, stories, "reject").status_code == 403
    assert queues(stories) == ["waiting"] * 3
    text = client.get("/").content.decode()
    assert "글 1" in text
    assert 'name="choice"' not in text
    assert 'type="checkbox" form="bulk"' not in text


@pytest.mark.parametrize(
    ("texts", "seen"),
    [
        pytest.param(["7:waiting:3"], {7: Seen("waiting", "3")}, id="with whose it is"),
        pytest.param(["7:later:", "8:waiting"], {7: Seen("later"), 8: Seen("waiting")}, id="nobody's"),
        pytest.param(["", "x", "7", "7:gone", "-1:waiting", "٣:waiting", "7:waiting:x"], {7: Seen("waiting")}, id="nonsense"),
    ],
)  # fmt: skip
def test_what_a_page_shows(texts: list[str], seen: dict[int, Seen]) -> None:
    assert read_seen(texts) == seen


def test_a_page_shows_no_more_than_anybody_scrolls_through() -> None:
    assert len(read_seen(f"{number}:waiting" for number in range(MOST + 9))) == MOST
