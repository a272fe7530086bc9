"""Cards: what stands on them of a story, of a search, and of whose it is."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from classifiers.models import Tag
from monitor.models import Story
from review.deciding.cards import Card, cards_of
from review.deciding.handling import assign
from review.deciding.queue import with_cards
from tests.review.conftest import NOW
from tests.review.seed import Seed, Told, make_story

LONG = "앞에서 하는 다른 이야기입니다. " * 12


def only_card(search: str = "") -> Card:
    [card] = cards_of(list(with_cards(Story.objects.all())), NOW, search)
    return card


@pytest.mark.parametrize(
    ("summary", "search", "lead"),
    [
        pytest.param(LONG + "금리가 오른다.", "", LONG[:40], id="its beginning"),
        pytest.param(
            "금리가 오른다. " + LONG, "금리", "금리가 오른다.", id="the beginning where the word is there"
        ),
        pytest.param(
            LONG + "금리가 오른다.", "물가", LONG[:40], id="the beginning where the word is nowhere"
        ),
    ],
)
def test_a_lead_begins_at_its_beginning(db: None, summary: str, search: str, lead: str) -> None:
    make_story(Seed(Told("boj", "ko", "제목", summary), 0.5, {}), NOW)
    assert only_card(search).lead.startswith(lead)


def test_or_where_what_was_searched_for_can_be_seen(db: None) -> None:
    make_story(Seed(Told("boj", "ko", "제목", f"{LONG}이제 금리가 오른다. {LONG * 2}"), 0.5, {}), NOW)
    lead = only_card("금리").lead
    assert lead.startswith("…")
    assert lead.endswith("…")
    assert 0 < lead.index("금리") < 30


def test_a_search_marks_its_words_and_nothing_else(editor: Client, db: None) -> None:
    others = (Told("nist", "en", "The BOJ raises rates"),)
    make_story(
        Seed(
            Told("boj", "ko", "일본은행 <금리> 인상", "정책금리 0.75%", 3),
            0.5,
            {"monetary": 0.9},
            ("일본은행",),
            others=others,
        ),
        NOW,
    )
    text = editor.get("/?q=금리").content.decode()
    assert "일본은행 &lt;<mark>금리</mark>&gt; 인상" in text
    assert "정책<mark>금리</mark>" in text
    assert "<mark>일본은행</mark>" not in text
    assert "<mark>일본은행</mark>" in editor.get("/").content.decode()
    assert "<mark>rates</mark>" in editor.get("/?q=rates").content.decode(), "of an entry folded in"


def test_a_topic_that_an_editor_took_away_is_no_chip(db: None, kim: User) -> None:
    story = make_story(Seed(Told("boj", "ko", "제목"), 0.5, {"monetary": 0.9, "macro": 0.6}), NOW)
    Tag.objects.filter(entry=story.lead, topic="macro").update(probability=0.0, model="", editor=kim)
    assert [chip.topic for chip in only_card().chips] == ["monetary"]


def test_whose_it_is(db: None, kim: User, lee: User) -> None:
    story = make_story(Seed(Told("boj", "ko", "제목"), 0.5, {}), NOW)
    assert (only_card().assignee, only_card().assignee_name) == (None, "")
    assign(story.pk, kim, lee, "web", NOW)
    assert (only_card().assignee, only_card().assignee_name) == (lee.pk, "이서준")


def test_the_whole_text_is_safe_and_says_where_there_is_none(editor: Client, db: None) -> None:
    story = make_story(
        Seed(Told("boj", "ko", "제목", '<p onclick="x()">글<script>x()</script></p>'), 0.5, {}), NOW
    )
    assert editor.get(f"/stories/{story.pk}/text").content.decode().strip() == "<p>글</p>"
    bare = make_story(Seed(Told("boj", "ko", "제목"), 0.5, {}), NOW)
    assert "요약이 없는 글입니다." in editor.get(f"/stories/{bare.pk}/text").content.decode()
    assert editor.get("/stories/404/text").status_code == 404
