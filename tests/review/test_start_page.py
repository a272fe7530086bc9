"""The first-run guide."""

from datetime import datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client

from alerts.recipients import add
from classifiers.models import PastIssue
from monitor.models import Source
from review import catalogue
from review.models import Issue
from review.starting import how_many_left, steps
from tests.review.conftest import NOW, forget_settings

ALL = ["sources", "address", "people", "telegram", "mail", "recipients", "past-issues", "next-issue"]


@pytest.fixture
def boss(client: Client, db: None) -> Client:
    client.force_login(User.objects.create_superuser("boss"))
    return client


def left() -> list[str]:
    return [step.id for step in steps() if not step.done]


def poll_all() -> None:
    for source in catalogue.sources():
        Source.objects.create(id=source, last_polled_at=NOW)


def set_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything."""
    poll_all()
    monkeypatch.setenv("MONITOR_PUBLIC_URL", "https://monitor.example.kr")
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "1:x")
    monkeypatch.setenv("SMTP_URL", "smtp://mail.example.kr")
    monkeypatch.setenv("MAIL_FROM", "monitor@example.kr")
    forget_settings()
    User.objects.create_user("second")
    add("mailto:editor@example.kr", digest=True)
    PastIssue.objects.create(bulletin="kiat-watch", number="1")
    Issue.objects.create(bulletin="kiat-watch", number="2026-23")


def test_a_new_house_has_everything_before_it(boss: Client) -> None:
    assert left() == ALL
    html = boss.get("/start/").content.decode()
    assert "8가지 가운데 0가지를 마쳤습니다" in html
    for words in ("monitor learn", "TELEGRAM_BOT_TOKEN=", "SMTP_URL=", "MONITOR_PUBLIC_URL="):
        assert words in html


def test_a_house_that_is_set_up_has_nothing_before_it(boss: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    set_up(monkeypatch)
    assert left() == []
    html = boss.get("/start/").content.decode()
    assert "8가지 가운데 8가지를 마쳤습니다" in html
    assert "안내 치우기" not in html


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("url", "done"),
    [
        ("http://127.0.0.1:8000", False),
        ("http://[::1]:8000", False),
        ("http://localhost:8000", False),
        ("http://192.168.0.7:8000", True),
        ("https://monitor.example.kr", True),
    ],
)
def test_an_address_that_only_this_machine_opens_is_not_done(
    monkeypatch: pytest.MonkeyPatch, url: str, done: bool
) -> None:
    monkeypatch.setenv("MONITOR_PUBLIC_URL", url)
    forget_settings()
    assert ("address" not in left()) == done


@pytest.mark.django_db
def test_one_source_that_was_never_asked_is_not_done() -> None:
    poll_all()
    assert "sources" not in left()
    Source.objects.filter(pk=Source.objects.order_by("id")[0].pk).update(last_polled_at=None)
    assert "sources" in left()


@pytest.mark.django_db
def test_a_closed_issue_is_no_next_one() -> None:
    Issue.objects.create(bulletin="kiat-watch", number="2026-22", closed_at=NOW)
    assert "next-issue" in left()


def test_editors_read_it_but_are_not_led_where_only_admins_may_go(editor: Client, now: datetime) -> None:
    html = editor.get("/start/").content.decode()
    assert 'href="/people/"' not in html
    assert 'href="/recipients/"' in html


class TestTheQueuesLink:
    def test_an_admin_is_led_to_it_until_all_is_done(
        self, boss: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert f"{how_many_left()}가지 있습니다" in boss.get("/").content.decode()
        set_up(monkeypatch)
        assert "정하지 않은 것이" not in boss.get("/").content.decode()

    def test_an_editor_is_not(self, editor: Client) -> None:
        assert "정하지 않은 것이" not in editor.get("/").content.decode()

    def test_it_is_put_away_and_brought_back(self, boss: Client) -> None:
        assert boss.post("/start/", {"action": "away"})["Location"] == "/"
        assert "정하지 않은 것이" not in boss.get("/").content.decode()
        assert "다시 보이기" in boss.get("/start/").content.decode()
        boss.post("/start/", {"action": "back"})
        assert "정하지 않은 것이" in boss.get("/").content.decode()
