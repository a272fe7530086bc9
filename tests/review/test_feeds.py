"""`/feeds/TOPIC.atom?token=…`: a topic's entries for other readers."""

import re
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import feedparser
import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from lxml import etree

from classifiers.models import Tag
from monitor.models import Entry
from review import feeds
from review.accounts.people import close_account
from review.models import Action, FeedToken
from tests.review.conftest import NOW
from tests.review.seed import Seed, Told, make_story

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def token(kim: User, now: datetime) -> str:
    return feeds.make_token(kim, NOW)


@pytest.fixture
def entries(db: None, now: datetime) -> list[Entry]:
    """Two of the topic, the later one first, and one that an editor took out of it."""
    seeds = [
        Seed(Told("xtech", "ja", "半導体の題", "<p>리드 <b>굵게</b><script>x()</script></p>"), 0.5, {"semiconductor": 0.9}),
        Seed(Told("boj", "ja", "金融の題"), 0.5, {"semiconductor": 0.8, "monetary": 0.9}),
        Seed(Told("nist", "en", "Taken out"), 0.5, {"semiconductor": 0.7}),
    ]  # fmt: skip
    found = [make_story(seed, NOW).lead for seed in seeds]
    assert all(found)
    Tag.objects.filter(entry=found[2]).update(probability=0)
    return [entry for entry in found if entry][1::-1]


def test_a_reader_reads_it_back(token: str, entries: list[Entry]) -> None:
    answer = Client().get("/feeds/semiconductor.atom", {"token": token})
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    read = feedparser.parse(answer.content)
    assert not read.bozo
    assert read.version == "atom10"
    assert [one.title for one in read.entries] == [entry.title for entry in entries]
    assert [one.link for one in read.entries] == [entry.url for entry in entries]
    assert "script" not in read.entries[1].summary
    assert "<b>굵게</b>" in read.entries[1].summary
    assert read.entries[0].author


def test_it_is_valid_atom(token: str, entries: list[Entry]) -> None:
    """What RFC 4287 (4.1.1, 4.1.2) asks of a feed and of each entry: each once, ids apart, authors somewhere."""
    root = etree.fromstring(Client().get("/feeds/semiconductor.atom", {"token": token}).content)
    assert root.tag == f"{ATOM}feed"
    found = root.findall(f"{ATOM}entry")
    assert len(found) == 2
    for element in (root, *found):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"{ATOM}{name}")) == 1, name
        assert element.find(f"{ATOM}author/{ATOM}name").text
        stamp = element.find(f"{ATOM}updated").text
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)", stamp), stamp
    ids = [element.find(f"{ATOM}id").text for element in (root, *found)]
    assert len(set(ids)) == 3
    assert all(one.startswith("tag:") for one in ids)
    assert {element.find(f"{ATOM}summary").get("type") for element in found} == {"html"}


@pytest.mark.parametrize(
    "hostile",
    [
        # A PostgreSQL keeps no NUL.
        pytest.param("\x00", marks=pytest.mark.sqlite),
        "\x0b\ufffe\uffff題",
        "]]><evil/>",
        "&lt;b&gt; & <b>",
        "\u202egnp.exe",
        "</feed>",
        "<![CDATA[x",
        "&#0;",
    ],
)
def test_no_text_of_a_feed_breaks_it(token: str, entries: list[Entry], hostile: str) -> None:
    Entry.objects.update(title=hostile + "끝", summary=hostile, url="javascript:alert(1)", author=hostile)
    content = Client().get("/feeds/semiconductor.atom", {"token": token}).content
    root = etree.fromstring(content)
    assert {element.tag for element in root.iter()} <= {
        ATOM + name
        for name in (
            "feed", "title", "link", "id", "updated", "author", "name", "entry", "published", "summary"
        )
    }  # fmt: skip
    assert b"javascript:" not in content
    assert "\u202e".encode() not in content
    assert all(one.find(f"{ATOM}title").text.endswith("끝") for one in root.iter(f"{ATOM}entry"))


def test_what_did_not_change_is_not_sent_again(token: str, entries: list[Entry]) -> None:
    client = Client()
    first = client.get("/feeds/semiconductor.atom", {"token": token})
    for header in ({"If-None-Match": first["ETag"]}, {"If-Modified-Since": first["Last-Modified"]}):
        again = client.get("/feeds/semiconductor.atom", {"token": token}, headers=header)
        assert (again.status_code, again.content) == (304, b"")
        assert again["ETag"] == first["ETag"]
        assert "no-store" in again["Cache-Control"]
    Entry.objects.filter(pk=entries[0].pk).update(title="다른 제목", changed_at=NOW + timedelta(minutes=5))
    for header in ({"If-None-Match": first["ETag"]}, {"If-Modified-Since": first["Last-Modified"]}):
        changed = client.get("/feeds/semiconductor.atom", {"token": token}, headers=header)
        assert changed.status_code == 200
        assert "다른 제목" in changed.content.decode()


def test_a_topic_without_entries_is_a_feed_too_and_the_same_one_each_time(token: str) -> None:
    first, second = (Client().get("/feeds/quantum.atom", {"token": token}) for _ in range(2))
    assert first.content == second.content
    assert not feedparser.parse(first.content).bozo


def test_without_a_good_token_nothing_is_said_not_even_whether_there_is_such_a_topic(
    token: str, kim: User, lee: User
) -> None:
    other = feeds.make_token(lee, NOW)
    close_account(lee)
    bad = ["", "x", token[:-1], token + "x", other, "\x00", "가", token.swapcase()]
    answers = [
        Client().get(f"/feeds/{topic}.atom", {"token": one})
        for one in bad
        for topic in ("semiconductor", "nothing")
    ]
    answers.append(Client().get("/feeds/semiconductor.atom"))
    assert {answer.status_code for answer in answers} == {403}
    assert len({answer.content for answer in answers}) == 1
    assert Client().get("/feeds/nothing.atom", {"token": token}).status_code == 404
    # Nor does a session stand in for it: another site's page must not be able to read it with the visitor's cookies.
    inside = Client()
    inside.force_login(kim)
    assert inside.get("/feeds/semiconductor.atom").status_code == 403
    assert inside.post("/feeds/semiconductor.atom?token=" + token).status_code == 405


def test_the_token_leaks_through_no_header_and_stands_in_no_feed(token: str, entries: list[Entry]) -> None:
    for path in ("semiconductor", "nothing"):
        answer = Client().get(f"/feeds/{path}.atom", {"token": token})
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "no-store" in answer["Cache-Control"]
        assert token not in answer.content.decode() + str(answer.headers)
        assert not answer.cookies


class TestOnesOwnPage:
    def test_the_addresses_are_shown_once_and_work(self, editor: Client, kim: User, now: datetime) -> None:
        answer = editor.post("/me/", {"action": "feeds"})
        html = answer.content.decode()
        found = re.findall(r'value="(http://[^"]+\.atom\?token=[^"]+)"', html)
        assert len(found) == len(feeds.addresses("x"))
        assert "no-store" in answer["Cache-Control"]
        parts = urlsplit(found[0])
        token = parse_qs(parts.query)["token"][0]
        assert len(token) >= 43, "256 bits"
        assert Client().get(f"{parts.path}?{parts.query}").status_code == 200
        later = editor.get("/me/").content.decode()
        assert token not in later + str(editor.session.items())
        assert "만든 주소를 쓰고 계십니다" in later

    def test_a_new_one_ends_the_former_and_none_is_none(
        self, editor: Client, kim: User, now: datetime
    ) -> None:
        former = feeds.make_token(kim, NOW)
        editor.post("/me/", {"action": "feeds"})
        assert not feeds.opens(former)
        assert FeedToken.objects.count() == 1
        editor.post("/me/", {"action": "no-feeds"})
        editor.post("/me/", {"action": "no-feeds"})
        assert not FeedToken.objects.exists()
        kinds = list(Action.objects.order_by("id").values_list("kind", flat=True))
        assert kinds == ["signin.feeds", "signin.no-feeds"]

    def test_the_database_holds_no_token(self, token: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM review_feedtoken")
            assert token not in str(cursor.fetchall())

    def test_a_closed_account_reads_no_more_and_opening_it_brings_no_old_token_back(
        self, token: str, kim: User, lee: User
    ) -> None:
        assert feeds.opens(token)
        close_account(kim)
        assert not feeds.opens(token)
        User.objects.filter(pk=kim.pk).update(is_active=True)
        assert not feeds.opens(token)
