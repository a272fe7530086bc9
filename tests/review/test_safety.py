"""What a hostile feed, page or visitor cannot do."""

import html
import re
from collections.abc import Iterator
from datetime import datetime

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from hypothesis import given
from hypothesis import strategies as st

from alerts.models import Alert, Recipient
from classifiers.models import Assessment, Tag
from monitor.models import Entry, Source
from review.deciding.cards import safe_url
from review.deciding.decisions import decide
from review.templatetags.review_text import marked
from tests.review.conftest import NOW
from tests.review.seed import Seed, Told, make_sources, make_story

PUBLIC = {
    "/signin/",
    "/signin/mail",
    "/signin/x/",
    "/healthz",
    # By a token, or from this machine (test_metrics).
    "/metrics",
    "/signout/",
    "/telegram/webhook",
    "/unsubscribe/x",
    "/feeds/x.atom",
}

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "</title></h2></article><iframe src=//evil.example>",
    "{{7*7}} {% debug %} ${7*7} %s {0.__class__}",
    "]]><script>alert(1)</script>",
    '<a href="javascript:alert(1)">x</a>',
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<math><mtext></mtext><style><img src onerror=alert(1)></style></math>",
]


def routes() -> Iterator[str]:
    """An address for every route of the program, the admin's included."""

    def walk(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[str]:
        for pattern in patterns:
            here = prefix + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, here)
            else:
                yield here

    for route in walk(get_resolver().url_patterns, "/"):
        path = re.sub(r"<(?:int:|path:)\w+>", "1", route)
        path = re.sub(r"<(?:str|slug):\w+>|<\w+>", "x", path)
        yield re.sub(r"\(\?P<\w+>[^)]*\)\$?|\^|\$|\\Z", "x", path)


@pytest.mark.parametrize("method", ["get", "post"])
def test_every_route_asks_for_an_account_but_the_doors_and_healthz(
    client: Client, db: None, method: str
) -> None:
    seen = sorted(set(routes()))
    assert {"/", "/stories/1", "/candidates/", "/sources/", "/topics/", "/alerts/", "/admin/"} <= set(seen)
    open_routes = set()
    for path in seen:
        response = getattr(client, method)(path)
        # The admin sends to its own door, and that one to ours.
        doors = ("/signin/?next=", "/admin/login/?next=")
        if response.status_code != 302 or not response["Location"].startswith(doors):
            open_routes.add(path)
    assert open_routes == PUBLIC


def test_the_admin_has_no_sign_in_of_its_own(client: Client, editor: Client) -> None:
    stranger = Client()
    assert stranger.get("/admin/login/")["Location"].startswith("/signin/")
    assert stranger.post("/admin/login/", {"username": "hana", "password": "x"})["Location"].startswith(
        "/signin/"
    )
    response = editor.get("/admin/", follow=True)
    assert response.status_code == 403
    assert "관리자만" in response.content.decode()
    editor.force_login(User.objects.create_superuser("boss"))
    assert editor.get("/admin/").status_code == 200
    assert editor.get("/admin/login/?next=//evil.example")["Location"] == "/admin/"


@pytest.mark.parametrize(
    "path",
    [
        "/signin/",
        "/signin/x/",
        "/signout/",
        "/stories/1/decide",
        "/undo",
        "/recipients/new/",
        "/recipients/1/act",
    ],
)
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="no token"),
        pytest.param({"Origin": "null"}, id="origin null"),
        pytest.param({"Origin": "https://evil.example"}, id="another origin"),
    ],
)
def test_every_form_is_refused_without_its_token(kim: User, path: str, headers: dict[str, str]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(kim)
    response = client.post(path, {"choice": "accept", "seen": "waiting"}, headers=headers)
    assert response.status_code == 403
    assert "화면이 오래되었습니다" in response.content.decode()


def test_the_token_of_another_session_is_refused(kim: User, lee: User, now: datetime) -> None:
    story = make_story(Seed(Told("xtech", "ja", "題"), 0.5, {}), NOW)
    one, other = Client(enforce_csrf_checks=True), Client(enforce_csrf_checks=True)
    one.force_login(kim)
    other.force_login(lee)
    page = one.get("/").content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]  # type: ignore[index]
    other.get("/")
    fields = {"choice": "accept", "seen": "waiting", "csrfmiddlewaretoken": token}
    assert other.post(f"/stories/{story.pk}/decide", fields).status_code == 403
    assert one.post(f"/stories/{story.pk}/decide", fields).status_code == 302


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_no_button_sends_to_another_site(editor: Client, target: str, now: datetime) -> None:
    story = make_story(Seed(Told("xtech", "ja", "題"), 0.5, {}), NOW)
    for choice, seen in (("accept", "waiting"), ("reject", "waiting"), ("undo", "accepted")):
        fields = {"choice": choice, "seen": seen, "next": target, "then": "//evil"}
        location = editor.post(f"/stories/{story.pk}/decide", fields)["Location"]
        assert location.split("#")[0] == "/"
    assert editor.post("/undo", {"next": target})["Location"] == "/"


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_text_is_shown_as_text_on_every_page(
    client: Client, db: None, attack: str, now: datetime
) -> None:
    """In titles, leads, reasons, names and errors alike: no element, attribute or address of the attacker's."""
    make_sources(NOW)
    boss = User.objects.create_superuser("boss", first_name=attack[:150])
    client.force_login(boss)
    seed = Seed(
        Told("xtech", "ja", attack, attack), 0.5, {"ai": 0.9}, others=(Told("boj", "ja", attack, attack),)
    )
    story = make_story(seed, NOW)
    Entry.objects.update(author=attack, content=attack)
    reason = {"phrase": attack, "weight": 1.0, "by": "word", "term": attack}
    Tag.objects.update(why=[attack, reason], topic=attack[:40])
    Assessment.objects.update(why=[attack, ""], kind=attack[:12], regions=[attack], model=attack[:80])
    Source.objects.update(state="broken", reason=attack, failures=9)
    recipient = Recipient.objects.create(address=attack, name=attack)
    Alert.objects.create(recipient=recipient, story=story, entry=story.lead, state="failed", error=attack)
    pages = [
        "/",
        f"/?q={attack}&topic={attack}&source={attack}",
        f"/stories/{story.pk}",
        "/sources/",
        "/topics/",
    ]
    decide(make_story(seed, NOW).pk, boss, "accept", "web", NOW)
    pages += [
        "/alerts/",
        f"/alerts/?state={attack}",
        "/recipients/",
        f"/recipients/{recipient.pk}/",
        "/candidates/",
        f"/signin/?next={attack}",
        f"/stories/{attack}",
    ]
    for path in pages:
        page = client.get(path).content.decode()
        assert_inert(page)
    queue_page = BeautifulSoup(client.get("/").content, "lxml")
    title = queue_page.select_one(".card .title a")
    assert title is not None
    assert title.find(string=True, recursive=False) or title.get_text()
    assert attack in re.sub(r" \(새 창\)$", "", title.get_text())


def assert_inert(page: str) -> None:
    soup = BeautifulSoup(page, "lxml")
    for element in soup.find_all(True):
        assert element.name not in {"iframe", "img", "math", "object", "embed", "style", "base"}, element
        assert not [name for name in element.attrs if name.startswith("on") or name == "style"], element
        for name in ("href", "src", "action", "formaction"):
            value = str(element.attrs.get(name, ""))
            assert not value.strip().lower().startswith(("javascript:", "data:", "vbscript:", "//")), element
        if element.name == "script":
            assert str(element["src"]).startswith("/static/")
            assert not element.string


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://news.example/a?b=1#c", True),
        ("http://news.example/", True),
        ("javascript:alert(1)", False),
        ("JaVaScRiPt:alert(1)", False),
        ("data:text/html,<script>alert(1)</script>", False),
        ("file:///etc/passwd", False),
        ("//news.example/", False),
        ("/relative", False),
        ("https:", False),
        ("https://[broken", False),
        ("", False),
    ],
)
def test_only_addresses_that_a_browser_may_follow_are_linked(url: str, kept: bool) -> None:
    assert safe_url(url) == (url if kept else "")


def test_a_script_address_that_came_in_all_the_same_is_no_link(editor: Client, now: datetime) -> None:
    story = make_story(Seed(Told("xtech", "ja", "題", url="javascript:alert(1)"), 0.5, {}), NOW)
    for path in ("/", f"/stories/{story.pk}"):
        assert "javascript:alert" not in editor.get(path).content.decode()


def test_a_summary_loses_its_scripts_images_and_style_but_keeps_its_text(
    editor: Client, now: datetime
) -> None:
    summary = (
        '<p style="position:fixed" onclick="x()">Text <b>bold</b><script>steal()</script>'
        '<img src="https://tracker.example/p.gif"><a href="javascript:x()">one</a> <a href="https://ok.example">two</a>'
    )
    story = make_story(Seed(Told("xtech", "en", "T", summary), 0.5, {}), NOW)
    page = editor.get(f"/stories/{story.pk}").content.decode()
    assert '<p>Text <b>bold</b><a rel="noopener noreferrer nofollow">one</a>' in page
    assert "tracker.example" not in page
    assert 'href="https://ok.example"' in page
    assert_inert(page)


@pytest.mark.parametrize("path", ["/", "/signin/", "/healthz", "/nowhere", "/static/review/css/base.css"])
def test_every_answer_carries_its_headers(editor: Client, path: str) -> None:
    response = editor.get(path, follow=True)
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    if not path.startswith("/static/"):
        policy = response["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert response["X-Frame-Options"] == "DENY"


def test_no_page_holds_inline_script_or_style(editor: Client, now: datetime) -> None:
    story = make_story(Seed(Told("xtech", "ja", "題"), 0.5, {"ai": 1}), NOW)
    for path in (
        "/",
        f"/stories/{story.pk}",
        "/candidates/",
        "/sources/",
        "/topics/",
        "/alerts/",
        "/nowhere",
    ):
        assert_inert(editor.get(path).content.decode())


@given(st.text(max_size=60), st.lists(st.text(max_size=12), max_size=5))
def test_marking_phrases_changes_no_letter_and_lets_no_markup_through(text: str, phrases: list[str]) -> None:
    result = str(marked(text, phrases))
    assert html.unescape(re.sub(r"</?mark>", "", result)) == html.unescape(html.escape(text))
    assert not re.search(r"<(?!/?mark>)", result)


@pytest.mark.parametrize(
    ("text", "phrases", "result"),
    [
        ("AI rules", ["ai"], "<mark>AI</mark> rules"),
        ("半導体の輸出", ["半導体", "半導"], "<mark>半導体</mark>の輸出"),
        ("半導體と半导体", ["半导体"], "<mark>半導體</mark>と<mark>半导体</mark>"),
        ("AI training", ["ai"], "<mark>AI</mark> training"),
        ("Ｇ７の会合", ["g7"], "<mark>Ｇ７</mark>の会合"),
        ("인공지능을", ["인공지능"], "<mark>인공지능</mark>을"),
        ("a.b axb", ["a.b"], "<mark>a.b</mark> axb"),
        ("a < b", ["<"], "a <mark>&lt;</mark> b"),
        ("none", [], "none"),
        ("blank", [" ", ""], "blank"),
    ],
)
def test_marked(text: str, phrases: list[str], result: str) -> None:
    assert marked(text, phrases) == result
