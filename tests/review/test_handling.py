"""Whose a story is, what editors say of it, and the history of it all."""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client

from classifiers.models import Tag
from monitor.models import Story
from review.deciding.decisions import decide
from review.deciding.handling import LONGEST_COMMENT, TakenError, assign, assignable, comment
from review.deciding.objections import make_objection
from review.deciding.retagging import retag
from review.deciding.storylog import log_of
from review.models import Assignment, RefusedTap, StoryEvent
from tests.review.conftest import NOW
from tests.review.seed import Seed, Told, make_story
from tests.review.test_pages import text_of

CHIPS = Seed(Told("meti-press", "ja", "半導体の支援策"), 0.9, {"semiconductor": 0.9}, ("半導体",))


@pytest.fixture
def story(db: None) -> Story:
    return make_story(CHIPS, NOW)


class TestAssigning:
    def test_a_story_is_given_passed_on_and_given_back(self, story: Story, kim: User, lee: User) -> None:
        assert assign(story.pk, kim, kim, "web", NOW)
        assert assign(story.pk, kim, lee, "web", NOW + timedelta(minutes=1))
        assignment = Assignment.objects.get()
        assert (assignment.assignee, assignment.assigned_by) == (lee, kim)
        assert assign(story.pk, lee, None, "web", NOW + timedelta(minutes=2))
        assert not Assignment.objects.exists()
        told = StoryEvent.objects.order_by("id").values_list("editor", "facts")
        assert [*told] == [(kim.pk, {"to": kim.pk}), (kim.pk, {"to": lee.pk}), (lee.pk, {"to": None})]

    def test_saying_it_again_changes_nothing(self, story: Story, kim: User, lee: User) -> None:
        assign(story.pk, kim, lee, "web", NOW)
        assert not assign(story.pk, kim, lee, "web", NOW, seen="")
        assert StoryEvent.objects.count() == 1

    def test_two_who_take_it_at_once_do_not_tread_on_each_other(
        self, story: Story, kim: User, lee: User
    ) -> None:
        assign(story.pk, lee, lee, "web", NOW, seen="")
        with pytest.raises(TakenError) as taken:
            assign(story.pk, kim, kim, "web", NOW, seen="")
        assert taken.value.assignee == lee
        assert Assignment.objects.get().assignee == lee
        assert assign(story.pk, kim, kim, "web", NOW, seen=str(lee.pk)), "seen, it may be changed"

    def test_who_only_looks_or_has_left_is_not_offered(self, kim: User, lee: User) -> None:
        lee.is_active = False
        lee.save()
        assert assignable() == [kim]


class TestRemarks:
    def test_paragraphs_stay_and_what_no_page_should_show_goes(self, story: Story, kim: User) -> None:
        said = comment(story.pk, kim, " 표는 3쪽\u202e에 \r\n\r\n\r\n\r\n 있습니다.\0 ", "web", NOW)
        assert said
        assert said.text == "표는 3쪽에\n\n있습니다."

    def test_a_press_that_a_network_sent_twice_is_one_remark(
        self, story: Story, kim: User, lee: User
    ) -> None:
        for editor, seconds in ((kim, 0), (kim, 5), (lee, 6), (kim, 300)):
            comment(story.pk, editor, "확인", "web", NOW + timedelta(seconds=seconds))
        assert StoryEvent.objects.count() == 3

    def test_nothing_said_is_nothing_kept(self, story: Story, kim: User) -> None:
        assert comment(story.pk, kim, " \n\u200b ", "web", NOW) is None
        assert not StoryEvent.objects.exists()

    def test_a_remark_has_an_end(self, story: Story, kim: User) -> None:
        said = comment(story.pk, kim, "가" * 5000, "web", NOW)
        assert said
        assert len(said.text) == LONGEST_COMMENT


def test_the_history_tells_everything_the_latest_first(story: Story, kim: User, lee: User) -> None:
    lead = story.lead
    assert lead
    why = [{"phrase": "半導体", "weight": 2.0, "by": "word", "term": "半導体"}]
    Tag.objects.filter(entry=lead).update(why=why)

    def after(minutes: int) -> datetime:
        return NOW + timedelta(minutes=minutes)

    assign(story.pk, kim, lee, "web", after(1))
    comment(story.pk, lee, "표부터 봅니다.", "web", after(2))
    make_objection(lead, "semiconductor", "半導体", lee, after(3))
    retag(lead, {"industrial-policy"}, {"semiconductor"}, kim, "web", after(4))
    RefusedTap.objects.create(
        story=story, telegram_id=7, name="낯선 이", choice="accept", reason="stranger", tapped_at=after(5)
    )
    decide(story.pk, kim, "accept", "telegram", after(6))
    assign(story.pk, lee, None, "web", after(7))
    told = [(step.who, step.what, step.text) for step in log_of(story, after(8))]
    assert told == [
        ("이서준", "담당을 비웠습니다", ""),
        ("김하나", "후보로 올렸습니다", ""),
        ("낯선 이", "후보로 올리려 했습니다 (등록되지 않은 사람)", ""),
        ("김하나", "주제를 고쳤습니다: 더한 것 산업정책·투자유치 · 뺀 것 반도체", ""),
        ("이서준", "반도체 주제의 근거에서 ‘半導体’ 낱말을 뺐습니다", ""),
        ("이서준", "의견을 남겼습니다", "표부터 봅니다."),
        ("김하나", "이서준님에게 맡겼습니다", ""),
    ]


class TestStoryPage:
    def test_an_editor_takes_a_story_and_gives_it_to_another(
        self, editor: Client, story: Story, lee: User, now: datetime
    ) -> None:
        page = f"/stories/{story.pk}"
        response = editor.post(f"{page}/assign", {"to": "me", "seen": "", "next": page})
        assert response["Location"] == f"{page}#handling"
        text = editor.get(page).content.decode()
        assert "담당을 맡았습니다" in text
        assert "내가 맡기" not in text
        editor.post(f"{page}/assign", {"to": str(lee.pk)})
        assert "이서준님에게 맡겼습니다" in editor.get(page).content.decode()
        editor.post(f"{page}/assign", {"to": ""})
        assert not Assignment.objects.exists()

    def test_a_story_taken_meanwhile_says_by_whom(
        self, editor: Client, story: Story, lee: User, now: datetime
    ) -> None:
        assign(story.pk, lee, lee, "web", NOW)
        response = editor.post(f"/stories/{story.pk}/assign", {"to": "me", "seen": ""}, follow=True)
        assert "그 사이에 이서준님이 담당이 되었습니다." in text_of(response)

    @pytest.mark.parametrize("to", ["999", "admin", "-1", "²"])
    def test_nobody_unknown_is_given_anything(self, editor: Client, story: Story, to: str) -> None:
        assert editor.post(f"/stories/{story.pk}/assign", {"to": to}).status_code == 400

    def test_a_remark_is_shown_as_text(self, editor: Client, story: Story, now: datetime) -> None:
        editor.post(f"/stories/{story.pk}/comment", {"text": "<b>굵게</b>\n둘째 줄"})
        assert "&lt;b&gt;굵게&lt;/b&gt;\n둘째 줄" in editor.get(f"/stories/{story.pk}").content.decode()

    def test_a_remark_cut_short_says_so(self, editor: Client, story: Story, now: datetime) -> None:
        response = editor.post(f"/stories/{story.pk}/comment", {"text": "가" * 4001}, follow=True)
        assert "앞의 4000자만 남겼습니다" in text_of(response)

    @pytest.mark.parametrize("action", ["assign", "comment", "topics"])
    def test_opening_a_forms_address_after_a_sign_in_shows_the_story(
        self, editor: Client, story: Story, action: str
    ) -> None:
        response = editor.get(f"/stories/{story.pk}/{action}")
        assert response["Location"] == f"/stories/{story.pk}"

    @pytest.mark.parametrize("action", ["assign", "comment", "topics"])
    def test_a_story_that_is_not_there_is_not_found(self, editor: Client, action: str) -> None:
        assert editor.post(f"/stories/999/{action}", {"to": "me", "text": "?"}).status_code == 404


class TestNeighbours:
    @pytest.fixture
    def stories(self, db: None) -> list[Story]:
        languages = ("ja", "ko", "ja")
        return [
            make_story(Seed(Told("xtech", lang, f"글 {place}"), 0.9 - place / 10, {}), NOW)
            for place, lang in enumerate(languages)
        ]

    def test_a_story_leads_to_the_next_and_back(
        self, editor: Client, stories: list[Story], now: datetime
    ) -> None:
        first, second, third = (f"/stories/{story.pk}" for story in stories)
        page = editor.get(second).content.decode()
        assert f'rel="prev" href="{first}"' in page
        assert f'rel="next" href="{third}"' in page
        assert 'rel="prev"' not in editor.get(first).content.decode()
        assert 'rel="next"' not in editor.get(third).content.decode()

    def test_the_filters_of_the_queue_that_it_was_opened_from_hold(
        self, editor: Client, stories: list[Story], now: datetime
    ) -> None:
        first, _second, third = (f"/stories/{story.pk}" for story in stories)
        page = editor.get(first, headers={"referer": "http://testserver/?lang=ja"}).content.decode()
        following = f"{third}?list=lang%3Dja"
        assert f'rel="next" href="{following}"' in page
        back = editor.get(following).content.decode()
        assert f'rel="prev" href="{first}?list=lang%3Dja"' in back
        assert f'href="/?lang=ja#story-{stories[2].pk}"' in back

    @pytest.mark.parametrize(
        "referer",
        ["https://elsewhere.example/?lang=ja", "http://testserver/sources/?lang=ja", "http://[?lang=ja"],
    )
    def test_another_pages_address_is_no_filter(
        self, editor: Client, stories: list[Story], now: datetime, referer: str
    ) -> None:
        page = editor.get(f"/stories/{stories[0].pk}", headers={"referer": referer}).content.decode()
        assert "list=" not in page

    def test_a_story_that_was_decided_still_leads_on(
        self, editor: Client, stories: list[Story], kim: User, now: datetime
    ) -> None:
        decide(stories[1].pk, kim, "reject", "web", NOW)
        page = editor.get(f"/stories/{stories[1].pk}").content.decode()
        assert f'rel="next" href="/stories/{stories[2].pk}"' in page
