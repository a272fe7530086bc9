"""Saved views: kept, shared, thrown away, and always an address of the queue."""

import re
from datetime import datetime
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.test import Client

from review.models import SavedView
from review.pages import views
from tests.review.seed import make_queue

pytestmark = pytest.mark.usefixtures("now")


@pytest.fixture
def lees(lee: User) -> Client:
    """A browser in which 이서준 is signed in."""
    client = Client()
    client.force_login(lee)
    return client


def save(client: Client, name: str, query: str, **more: str) -> str:
    """Where the press leads."""
    answer = client.post("/views/", {"name": name, "query": query} | more)
    assert answer.status_code == 302
    return str(answer["Location"])


def shown(client: Client, path: str = "/") -> str:
    """The page's saved views, as text."""
    page = client.get(path).content.decode()
    found = re.search(r'<div class="views">.*?</div>', page, re.DOTALL)
    return unescape(re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", found[0]))).strip() if found else ""


def test_filters_are_saved_under_a_name_and_lead_back(editor: Client, now: datetime) -> None:
    make_queue(now)
    assert "이 조건 저장" in shown(editor, "/?topic=ai&q=금리")
    assert save(editor, " 아침 금리 ", "?topic=ai&q=금리") == "/?topic=ai&q=%EA%B8%88%EB%A6%AC"
    view = SavedView.objects.get()
    assert (view.name, view.query, view.shared) == ("아침 금리", "topic=ai&q=%EA%B8%88%EB%A6%AC", False)
    assert "아침 금리" in shown(editor)
    page = editor.get("/?topic=ai&q=금리").content.decode()
    assert re.search(r'href="/\?topic=ai&amp;q=%EA%B8%88%EB%A6%AC" aria-current="true">아침 금리', page)
    assert "이 조건 저장" not in page


def test_nothing_is_offered_where_nothing_is_filtered(editor: Client) -> None:
    assert shown(editor) == ""


def test_a_view_is_ones_own_until_it_is_shared(editor: Client, lees: Client) -> None:
    save(editor, "내 것", "?who=me")
    assert shown(lees) == ""
    save(editor, "함께", "?who=me", shared="on")
    assert shown(lees) == "함께 김하나"
    assert "이 조건 저장" in shown(lees, "/?who=me"), "another's view may still be saved as one's own"


def test_the_same_name_again_changes_the_view(editor: Client, lees: Client) -> None:
    save(editor, "금리", "?q=금리", shared="on")
    save(editor, "금리", "?q=물가")
    save(lees, "금리", "?q=환율")
    assert SavedView.objects.filter(owner__username="hana").count() == 1
    assert shown(editor).startswith("금리 보기 정리")
    assert "‘금리’ 보기를 새 조건으로 바꾸었습니다." not in shown(editor)


@pytest.mark.parametrize(
    ("name", "query", "words"),
    [
        pytest.param("  ", "?q=a", "보기에 이름을 붙여 주십시오.", id="no name"),
        pytest.param("a", "", "저장할 조건이 없습니다.", id="no filter"),
        pytest.param("a", "?nonsense=1&lang=xx", "저장할 조건이 없습니다.", id="no filter of ours"),
    ],
)
def test_what_cannot_be_saved_is_told(editor: Client, name: str, query: str, words: str) -> None:
    assert words in editor.get(save(editor, name, query)).content.decode()
    assert not SavedView.objects.exists()


def test_nobody_collects_views_without_end(editor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "MOST", 2)
    for name in ("a", "b", "c"):
        address = save(editor, name, "?q=a")
    assert "2개까지 저장할 수 있습니다" in editor.get(address).content.decode()
    save(editor, "b", "?q=b")
    assert list(SavedView.objects.values_list("name", "query")) == [("a", "q=a"), ("b", "q=b")]


def test_only_an_address_of_the_queue_is_kept(editor: Client) -> None:
    location = save(editor, "x" * 99, "https://elsewhere.example/?q=<script>&state=all&who=me&x=1")
    assert location == "/?state=all&who=me"
    assert (SavedView.objects.get().name, SavedView.objects.get().query) == ("x" * 60, "state=all&who=me")


def test_only_the_owner_throws_a_view_away(editor: Client, lees: Client) -> None:
    save(editor, "함께", "?q=a", shared="on")
    view = str(SavedView.objects.get().pk)
    delete = {"action": "delete", "view": view, "next": "/?q=a"}
    assert lees.post("/views/", delete).status_code == 302
    assert SavedView.objects.exists()
    assert "이미 없는 보기입니다." in lees.get("/").content.decode()
    assert editor.post("/views/", delete)["Location"] == "/?q=a"
    assert not SavedView.objects.exists()
    assert editor.post("/views/", delete | {"view": "9" * 30}).status_code == 302


def test_a_press_after_the_sessions_end_leads_to_the_queue(editor: Client) -> None:
    assert editor.get("/views/")["Location"] == "/"
