"""/healthz."""

import asyncio
import os
from datetime import datetime, timedelta
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from django.db import OperationalError, connection
from django.test import Client

from alerts.models import Alert, Recipient
from monitor.clock import Clock
from monitor.config import settings
from monitor.database import only_instance
from monitor.models import Entry, Source
from monitor.rests import Rest
from monitor.upkeep.disk import Room
from review.healthz import Facts, faults
from tests.review.conftest import NOW, forget_settings
from tests.review.seed import STORIES, make_sources, make_story

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def facts(**changes: object) -> Facts:
    well: dict[str, object] = {
        "last_poll_at": NOW,
        "oldest_unsent_alert_at": None,
        "overdue_sources": [],
        "untagged_entries": 0,
    }
    return Facts(**(well | {"room": Room(10**11, 10**10)} | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("known", "words"),
    [
        pytest.param(facts(), None, id="all well"),
        pytest.param(facts(overdue_sources=["boj"]), "overdue by more than an hour: boj", id="overdue"),
        pytest.param(facts(overdue_sources=["boj"], last_poll_at=None), None, id="nothing was ever polled"),
        pytest.param(
            facts(last_poll_at=NOW + HOUR), "the clock is behind the last poll", id="clock set back"
        ),
        pytest.param(facts(last_poll_at=NOW + MINUTE), None, id="clock set right by NTP"),
        pytest.param(facts(stuck_alert_at=NOW - HOUR - MINUTE), "alert waits", id="stuck alert"),
        pytest.param(facts(stuck_alert_at=NOW - HOUR + MINUTE), None, id="an alert under an hour old"),
        pytest.param(facts(oldest_unsent_alert_at=NOW - 9 * HOUR), None, id="nothing to send it by"),
        pytest.param(facts(untagged_entries=500), None, id="tags are coming"),
        pytest.param(facts(room=Room(10**11, 10_000_000)), "only 10 MB of disk free", id="disk"),
        pytest.param(facts(halted={"telegram": "InvalidToken"}), "telegram: InvalidToken", id="wrong token"),
        pytest.param(facts(failing={"poll": "SQLITE_FULL"}), "poll fails: SQLITE_FULL", id="database full"),
        pytest.param(facts(hanging={"tag": 700.2}), "tag has been running for 700 s", id="a step hangs"),
    ],
)
def test_what_is_wrong(known: Facts, words: str | None) -> None:
    found = faults(known, NOW)
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
        usage.return_value.total, usage.return_value.free = 10**12, 5
        assert client.head("/healthz").status_code == 503


@pytest.mark.parametrize(
    ("room", "low", "still_low"),
    [
        pytest.param(Room(10**12, 900_000_000), True, True, id="a large disk: under a gigabyte"),
        pytest.param(Room(10**12, 1_100_000_000), False, True, id="not yet well again"),
        pytest.param(Room(10**12, 2 * 10**9), False, False, id="a large disk: 0.2 percent is plenty"),
        pytest.param(Room(8 * 10**9, 390_000_000), True, True, id="a small disk: under 5 percent"),
        pytest.param(Room(10**9, 190_000_000), True, True, id="a tiny disk: under 200 MB"),
        pytest.param(Room(10**9, 300_000_000), False, False, id="a tiny disk with room"),
    ],
)
def test_a_disk_is_low(room: Room, low: bool, still_low: bool) -> None:
    assert (room.is_low(), room.is_low(was_low=True)) == (low, still_low)


def test_what_fails_again_and_again_in_this_process_makes_it_red(client: Client, db: None) -> None:
    rest = Rest("poll")
    for _ in range(2):
        rest.failed(ValueError("/secret/path"))
    assert client.get("/healthz").status_code == 200
    rest.failed(ValueError("/secret/path"))
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["reasons"]) == (503, ["poll fails: ValueError"])
    rest.worked()
    assert client.get("/healthz").status_code == 200


async def test_a_step_that_hangs_makes_it_red(db: None) -> None:
    async def hang() -> None:
        await asyncio.Event().wait()

    clock = Clock(ZoneInfo("UTC"))
    clock.every(0.01, "tag", hang, patience=0.01)
    clock.start()
    await asyncio.sleep(0.05)
    facts = await asyncio.to_thread(lambda: dict(clock.hanging()))
    clock.stop()
    assert list(facts) == ["tag"]


@pytest.mark.sqlite  # a PostgreSQL has no owner
def test_it_says_who_holds_the_lock_and_what_is_under_way(client: Client, db: None, now: datetime) -> None:
    make_sources(NOW)
    Source.objects.filter(id="boj").update(leased_until=NOW + MINUTE)
    with only_instance(settings().home, NOW):
        answer = client.get("/healthz").json()
    assert answer["lock"] == {"pid": os.getpid(), "since": "2026-11-21T06:00:00Z"}
    assert answer["under_way"] == {"polls": 1, "alerts": 0}


@pytest.mark.parametrize(
    ("fields", "red"),
    [
        pytest.param({"not_before": NOW + 2 * HOUR}, False, id="quiet hours"),
        pytest.param({"not_before": NOW + 9 * HOUR, "error": "RetryAfter: flood"}, False, id="flood wait"),
        pytest.param({"not_before": NOW + MINUTE, "error": "NetworkError"}, True, id="tried in vain"),
        pytest.param({"rolled": True}, False, id="for the next summary"),
    ],
)
def test_an_alert_is_stuck_where_nobody_asked_it_to_wait(
    client: Client,
    db: None,
    monkeypatch: pytest.MonkeyPatch,
    now: datetime,
    fields: dict[str, object],
    red: bool,
) -> None:
    story = make_story(STORIES[0], NOW)
    to = Recipient.objects.create(address="telegram:1")
    values = {"queued_at": NOW - 2 * HOUR, "not_before": NOW - 2 * HOUR} | fields
    Alert.objects.create(recipient=to, story=story, entry=story.lead, **values)
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "12345:" + "x" * 35)
    forget_settings()
    assert client.get("/healthz").status_code == (503 if red else 200)
