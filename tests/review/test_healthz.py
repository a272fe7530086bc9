"""/healthz."""

from datetime import datetime, timedelta
from unittest.mock import patch

import pytest
from django.db import OperationalError, connection
from django.test import Client

from alerts.models import Alert, Recipient
from monitor.config import settings
from monitor.models import Entry, Source
from review.healthz import Facts, faults
from tests.review.conftest import NOW, forget_settings
from tests.review.seed import STORIES, make_sources, make_story

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def facts(**changes: object) -> Facts:
    well = {"last_poll_at": NOW, "oldest_unsent_alert_at": None, "overdue_sources": [], "untagged_entries": 0}
    return Facts(**(well | {"disk_free": 10**10} | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("known", "telegram", "words"),
    [
        pytest.param(facts(), True, None, id="all well"),
        pytest.param(facts(overdue_sources=["boj"]), True, "overdue by more than an hour: boj", id="overdue"),
        pytest.param(
            facts(overdue_sources=["boj"], last_poll_at=None), True, None, id="nothing was ever polled"
        ),
        pytest.param(
            facts(oldest_unsent_alert_at=NOW - HOUR - MINUTE), True, "alert waits", id="stuck alert"
        ),
        pytest.param(
            facts(oldest_unsent_alert_at=NOW - HOUR + MINUTE), True, None, id="an alert under an hour old"
        ),
        pytest.param(
            facts(oldest_unsent_alert_at=NOW - 9 * HOUR), False, None, id="no Telegram to send it by"
        ),
        pytest.param(facts(untagged_entries=500), True, None, id="tags are coming"),
        pytest.param(facts(disk_free=10_000_000), True, "only 10 MB of disk free", id="disk"),
    ],
)
def test_what_is_wrong(known: Facts, telegram: bool, words: str | None) -> None:
    found = faults(known, NOW, telegram=telegram)
    assert len(found) == (words is not None)
    assert words is None or words in found[0]


@pytest.mark.django_db
def test_a_fresh_house_is_well_and_asks_for_no_account(client: Client) -> None:
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    answer = response.json()
    assert (answer["status"], answer["database"], answer["last_poll_at"]) == ("ok", "ok", None)
    assert answer["disk_free"] > 0


def test_a_late_source_makes_it_red_and_says_which(client: Client, db: None, now: datetime) -> None:
    make_sources(NOW)
    Source.objects.filter(id="boj").update(next_poll_at=NOW - HOUR - MINUTE)
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json()["overdue_sources"] == ["boj"]
    assert response.json()["status"] == "error"
    assert "boj" in response.json()["reasons"][0]


def test_a_spare_source_is_late_only_while_it_is_wanted(client: Client, db: None, now: datetime) -> None:
    make_sources(NOW)
    Source.objects.filter(id="meti-atom").update(next_poll_at=NOW - 5 * HOUR)
    Source.objects.filter(id="meti-press").update(failures=0)
    assert client.get("/healthz").status_code == 200
    Source.objects.filter(id="meti-press").update(failures=3)
    assert client.get("/healthz").json()["overdue_sources"] == ["meti-atom"]


def test_a_source_that_sources_yaml_lost_is_nobodys_fault(client: Client, db: None, now: datetime) -> None:
    make_sources(NOW)
    Source.objects.create(id="forgotten", next_poll_at=NOW - 9 * HOUR)
    assert client.get("/healthz").status_code == 200


def test_a_stuck_alert_makes_it_red_once_there_is_a_bot(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    story = make_story(STORIES[0], NOW)
    recipient = Recipient.objects.create(address="telegram:1")
    Alert.objects.create(recipient=recipient, story=story, entry=story.lead, queued_at=NOW - 2 * HOUR)
    Entry.objects.update(tagged_at=None)
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json()["oldest_unsent_alert_at"] == "2026-11-21T04:00:00Z"
    assert response.json()["untagged_entries"] == 4
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "12345:" + "x" * 35)
    forget_settings()
    assert settings().telegram_bot_token
    assert client.get("/healthz").status_code == 503


@pytest.mark.django_db
def test_a_database_that_does_not_answer_is_said_so(client: Client) -> None:
    def refuse(*args: object) -> None:
        raise OperationalError("disk I/O error at /secret/path")

    with connection.execute_wrapper(refuse):
        response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json()["database"] == "error"
    assert "/secret/path" not in response.content.decode()


@pytest.mark.django_db
def test_head_is_answered_too(client: Client) -> None:
    assert client.head("/healthz").status_code == 200
    with patch("shutil.disk_usage") as usage:
        usage.return_value.free = 5
        assert client.head("/healthz").status_code == 503
