"""The record of what admins did, and of who came in."""

from datetime import datetime
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import DatabaseError
from django.test import Client
from typer.testing import CliRunner

from alerts.models import Alert, Recipient
from monitor.models import Entry
from review.accounts import actions
from review.accounts.actions import Filters, by_command_line, record
from review.accounts.signin import make_link
from review.models import Action, Issue
from tests.review.conftest import NOW
from tests.review.seed import Seed, Told, make_story
from tests.review.test_recipients_page import EMPTY


@pytest.fixture
def admin(client: Client, db: None, now: datetime) -> Client:
    client.force_login(User.objects.create_superuser("boss", last_name="최", first_name="사장"))
    return client


def told() -> list[tuple[str, str, str]]:
    """What stands in the record, oldest first."""
    return [(row.name or row.door, row.kind, row.what) for row in Action.objects.order_by("id")]


def test_a_row_is_never_changed_and_never_goes(kim: User) -> None:
    row = record("person.closed", "이서준", by=kim)
    row.what = "다른 사람"
    for undo in (row.save, row.delete, Action.objects.all().delete, lambda: Action.objects.update(what="x")):
        with pytest.raises(TypeError, match="recorded"):
            undo()
    assert told() == [("김하나", "person.closed", "이서준")]


def test_it_outlives_the_account(kim: User) -> None:
    record("person.closed", "이서준", by=kim)
    kim.delete()
    assert told() == [("김하나", "person.closed", "이서준")]


@pytest.mark.django_db
def test_no_secret_and_no_line_break_comes_into_it() -> None:
    row = record("recipient.added", "a\u202eb\nhttps://user:hunter2@hooks.example/\x1b[31m", name="x\ny")
    assert row.what == "ab https://***@hooks.example/[31m"
    assert row.name == "x y"


def test_what_is_done_to_people_is_told_with_what_it_came_to(admin: Client, lee: User) -> None:
    admin.post("/people/", {"name": "minji", "role": "viewer", "shown": "박민지"})
    here = f"/people/{lee.pk}/"
    admin.post(here, {"action": "save", "shown": "이서준", "email": "lee@example.kr", "role": "admin"})
    for action, fields in (
        ("link", {}), ("end", {}), ("telegram", {"number": "42"}), ("close", {}), ("open", {}), ("telegram", {"number": "x"}),
    ):  # fmt: skip
        admin.post(here, {"action": action, **fields})
    person = User.objects.get(pk=lee.pk).telegram_people.get()
    admin.post(here, {"action": "unlink", "person": person.pk})
    deeds = ["added", "link", "changed", "link", "ended", "telegram", "closed", "opened", "unlinked"]
    assert [row.kind for row in Action.objects.order_by("id")] == [f"person.{deed}" for deed in deeds]
    assert {row.what for row in Action.objects.all()} == {"박민지", "이서준"}
    changed = Action.objects.get(kind="person.changed")
    assert list(actions.details(changed)) == ["편집자 → 관리자", "lee@example.kr"]
    assert not [row for row in Action.objects.all() if "/signin/" in f"{row.what}{row.facts}"]


def test_what_was_refused_is_not_told_as_done(admin: Client, lee: User) -> None:
    boss = User.objects.get(username="boss")
    admin.post(f"/people/{boss.pk}/", {"action": "close"})
    admin.post(f"/people/{lee.pk}/", {"action": "save", "email": "nowhere", "role": "admin"})
    admin.post("/people/", {"name": "", "role": "viewer"})
    assert told() == []


def test_recipients_and_alerts(admin: Client) -> None:
    admin.post("/recipients/new/", EMPTY | {"address": "mailto:a@example.kr", "name": "데스크"})
    waiting = Recipient.objects.create(address="json://user:hunter2@hooks.example/", state="pending")
    admin.post(f"/recipients/{waiting.pk}/act", {"action": "approve"})
    admin.post(f"/recipients/{waiting.pk}/act", {"action": "remove"})
    story = make_story(Seed(Told("xtech", "ja", "題"), 0.9, {}), NOW)
    to = Recipient.objects.exclude(pk=waiting.pk).get()
    alert = Alert.objects.create(recipient=to, story=story, entry=story.lead, state="failed")
    admin.post(f"/alerts/{alert.pk}/resend")
    kinds = [kind for _who, kind, _what in told()]
    assert kinds == ["recipient.added", "recipient.approved", "recipient.removed", "recipient.resent"]
    assert "데스크" in told()[0][2]
    assert "hunter2" not in str([(row.what, row.facts) for row in Action.objects.all()])


def test_issues_are_opened_closed_reopened_and_removed(admin: Client) -> None:
    admin.post("/issues/new", {"bulletin": "kiat-watch", "number": "2026-23"})
    issue = Issue.objects.get()
    admin.post(f"/issues/{issue.pk}/close")
    assert [kind for _who, kind, _what in told()] == ["issue.opened"], "an empty issue is not closed"
    Issue.objects.update(closed_at=NOW)
    admin.post(f"/issues/{issue.pk}/reopen")
    admin.post(f"/issues/{issue.pk}/settings", {"action": "remove"})
    assert [kind for _who, kind, _what in told()] == ["issue.opened", "issue.reopened", "issue.removed"]
    assert told()[0][2] == "산업기술 동향 워치 2026.23호"


def test_who_came_in_and_who_did_not(client: Client, kim: User, now: datetime) -> None:
    kim.set_password("소나무 아래 긴 비밀번호")
    kim.save()
    for name in ("hana", "my secret, in the wrong field"):
        client.post("/signin/", {"username": name, "password": "wrong"}, REMOTE_ADDR="192.0.2.7")
    client.post("/signin/", {"username": "hana", "password": "소나무 아래 긴 비밀번호"})
    Client().get(make_link(kim, NOW).partition("8000")[2])
    assert told() == [
        ("web", "signin.refused", "hana"),
        ("web", "signin.refused", ""),
        ("김하나", "signin.in", ""),
        ("김하나", "signin.in", ""),
    ]
    assert Action.objects.earliest("id").address == "192.0.2.7"


def test_what_djangos_own_admin_does_is_there_too(admin: Client, lee: User) -> None:
    admin.post(f"/admin/auth/user/{lee.pk}/delete/", {"post": "yes"})
    assert told() == [("최사장", "admin.deleted", "seojun")]
    assert LogEntry.objects.count() == 1
    # Nothing is deleted in bulk: that would leave no trace.
    page = admin.get("/admin/auth/user/").content.decode()
    assert "delete_selected" not in page


def test_the_command_line_is_named(monkeypatch: pytest.MonkeyPatch, kim: User) -> None:
    from monitor.cli import app, people, send

    for module in (people, send):
        monkeypatch.setattr(module, "prepare", lambda **_how: None)
    run = CliRunner()
    for words in (
        ["users", "add", "minji", "--role", "viewer"],
        ["users", "role", "hana", "viewer"],
        ["users", "link", "hana"],
        ["users", "telegram", "hana", "42"],
        ["recipients", "add", "mailto:a@example.kr"],
        ["recipients", "approve", "mailto:a@example.kr"],
        ["recipients", "remove", "mailto:a@example.kr"],
    ):
        assert run.invoke(app, words).exit_code == 0, words
    assert {who for who, _kind, _what in told()} == {"console"}
    kinds = [kind for _who, kind, _what in told()]
    assert kinds == [
        "person.added", "person.changed", "person.link", "person.telegram",
        "recipient.added", "recipient.approved", "recipient.removed",
    ]  # fmt: skip
    assert actions.who_words(Action.objects.earliest("id")) == "명령줄"


def test_a_command_that_is_done_stands_without_its_record(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    def fail(*_args: object, **_kwargs: object) -> None:
        raise DatabaseError("no such table: review_action")

    monkeypatch.setattr(actions, "record", fail)
    by_command_line("upkeep.backup", "a.zip")


class TestPage:
    @pytest.fixture
    def some(self, admin: Client, kim: User) -> Client:
        record("signin.in", by=kim, address="192.0.2.1")
        record("person.closed", "<b>이서준</b>", by=kim)
        record("upkeep.backup", "monitor.zip", door="console")
        record("signin.refused", "hana", address="192.0.2.9")
        return admin

    def test_it_says_who_did_what_the_latest_first(self, some: Client) -> None:
        html = some.get("/actions/").content.decode()
        order = ["들어오지 못했습니다", "백업했습니다", "계정을 닫았습니다", "192.0.2.1"]
        assert [html.index(words) for words in order] == sorted(html.index(words) for words in order)
        assert "&lt;b&gt;이서준&lt;/b&gt;" in html
        assert "명령줄" in html

    @pytest.mark.parametrize(
        ("query", "shown", "hidden"),
        [
            ("group=signin", "들어오지 못했습니다", "백업했습니다<"),
            ("who=console", "백업했습니다", "192.0.2"),
            ("group=person&who=console", "조건에 맞는 기록이 없습니다", "monitor.zip"),
            ("group=x&who=y&before=z", "백업했습니다", "조건에 맞는"),
            ("who=" + "9" * 18, "조건에 맞는 기록이 없습니다", "monitor.zip"),
        ],
    )
    def test_it_is_filtered(self, some: Client, query: str, shown: str, hidden: str) -> None:
        html = some.get(f"/actions/?{query}").content.decode()
        assert shown in html
        assert hidden not in html

    def test_one_person(self, some: Client, kim: User, lee: User) -> None:
        assert "계정을 닫았습니다" in some.get(f"/actions/?who={kim.pk}").content.decode()
        assert "조건에 맞는 기록이 없습니다" in some.get(f"/actions/?who={lee.pk}").content.decode()

    def test_pages_follow_each_other_without_a_gap(self, admin: Client, kim: User) -> None:
        for number in range(actions.PAGE + 7):
            record("person.closed", f"사람 {number:03}", by=kim)
        html, seen = admin.get("/actions/?group=person").content.decode(), []
        first, more = actions.page_of(Filters("person"), None)
        assert Filters("person").query_string(more).replace("&", "&amp;") in html
        second, end = actions.page_of(Filters("person"), more)
        seen = [row.what for row in (*first, *second)]
        assert seen == [f"사람 {number:03}" for number in reversed(range(actions.PAGE + 7))]
        assert end == 0

    def test_it_is_for_admins(self, editor: Client) -> None:
        assert editor.get("/actions/").status_code == 403
        assert "기록</a>" not in editor.get("/").content.decode()
        assert Entry.objects.count() == 0


def test_every_kind_has_its_words() -> None:
    for group, deeds in actions.GROUPS.items():
        for deed in deeds:
            row: Any = Action(kind=f"{group}.{deed}", name="x")
            assert actions.deed_words(row) == deeds[deed]
    assert [group for group, _name in actions.group_names()] == list(actions.GROUPS)
    with pytest.raises((AssertionError, KeyError)):
        record("person.exploded")
