"""/metrics: who may read it, what it says, and that what it says is documented."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from prometheus_client.parser import text_string_to_metric_families

from alerts.models import Alert, Recipient
from monitor.models import Poll, Source
from monitor.upkeep import chores
from review import metrics
from review.deciding.decisions import decide
from review.metrics import LONG, Spared
from tests.review.conftest import NOW, forget_settings
from tests.review.seed import STORIES, make_queue, make_sources, make_story

TOKEN = "a-token-of-the-operators-own"
HOUR = timedelta(hours=1)
DOCS = Path(__file__).resolve().parents[2] / "docs" / "metrics.md"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    """A busy machine counts a few rows so slowly that they are spared."""
    for count in (metrics._stories, metrics._alerts, metrics._decisions, metrics._visited):
        count._kept = None


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("MONITOR_METRICS_TOKEN", TOKEN)
    forget_settings()
    return TOKEN


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        pytest.param("127.0.0.1", {}, 200, id="this machine"),
        pytest.param("127.8.8.8", {}, 200, id="this machine by another name"),
        pytest.param("::1", {"host": "[::1]:8000"}, 200, id="this machine by IPv6"),
        pytest.param("127.0.0.1", {"host": "localhost:8000"}, 200, id="this machine by name"),
        pytest.param("10.0.0.7", {}, 403, id="the next machine"),
        pytest.param(
            "203.0.113.9", {"x-forwarded-for": "127.0.0.1"}, 403, id="who claims to be this machine"
        ),
        pytest.param("127.0.0.1", {"x-forwarded-for": "203.0.113.9"}, 403, id="behind a proxy here"),
        pytest.param("127.0.0.1", {"x-forwarded-for": "127.0.0.1"}, 403, id="behind a proxy, forged"),
        pytest.param("127.0.0.1", {"forwarded": "for=203.0.113.9"}, 403, id="behind a proxy by RFC 7239"),
        pytest.param("127.0.0.1", {"x-real-ip": "203.0.113.9"}, 403, id="behind nginx"),
        pytest.param("127.0.0.1", {"host": "testserver"}, 403, id="a proxy that hands on the name only"),
        pytest.param("", {}, 403, id="who knows where from"),
        pytest.param("nonsense", {}, 403, id="no address"),
    ],
)
def test_without_a_token_only_this_machine_reads_it(
    address: str, headers: dict[str, str], status: int
) -> None:
    client = Client(headers={"host": "127.0.0.1:8000", **headers}, REMOTE_ADDR=address)
    assert client.get("/metrics").status_code == status


@pytest.mark.parametrize(
    ("shown", "status"),
    [
        pytest.param(f"Bearer {TOKEN}", 200, id="the token"),
        pytest.param(f"bearer  {TOKEN}", 200, id="the scheme in small letters"),
        pytest.param(f"Bearer {TOKEN}x", 403, id="more than the token"),
        pytest.param(f"Bearer {TOKEN[:-1]}", 403, id="less than the token"),
        pytest.param("Bearer ", 403, id="nothing"),
        pytest.param("Bearer 토큰", 403, id="no ASCII"),
        pytest.param(f"Basic {TOKEN}", 403, id="another scheme"),
        pytest.param(TOKEN, 403, id="no scheme"),
    ],
)
def test_from_elsewhere_the_token_opens_it(token: str, shown: str, status: int) -> None:
    client = Client(
        headers={"authorization": shown, "x-forwarded-for": "203.0.113.9"}, REMOTE_ADDR="203.0.113.9"
    )
    assert client.get("/metrics").status_code == status


def test_where_no_token_is_set_none_is_the_right_one() -> None:
    for shown in ("Bearer ", "Bearer None", "Bearer"):
        assert (
            Client(headers={"authorization": shown}, REMOTE_ADDR="10.0.0.7").get("/metrics").status_code
            == 403
        )


def test_a_token_that_could_be_guessed_is_refused_with_the_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    from monitor.config import Settings

    monkeypatch.setenv("MONITOR_METRICS_TOKEN", "geheim")
    with pytest.raises(ValueError, match="openssl rand"):
        Settings()  # type: ignore[call-arg]


def scraped() -> dict[str, float]:
    answer = Client(headers={"host": "127.0.0.1"}).get("/metrics")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    return {
        sample.name
        + "".join(f" {value}" for value in sample.labels.values() if "info" not in sample.name): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


def test_it_says_what_the_database_holds(kim: User, now: datetime) -> None:
    make_queue(NOW)
    story = make_story(STORIES[0], NOW)
    decide(story.id, kim, "reject", "web", NOW)
    Source.objects.filter(id="boj").update(next_poll_at=NOW - 2 * HOUR, last_polled_at=NOW - HOUR)
    for status, ago in (("ok", 0.5), ("error", 0.5), ("error", 0.9), ("error", 2)):
        Poll.objects.create(source_id="boj", started_at=NOW - ago * HOUR, status=status)
    to = Recipient.objects.create(address="telegram:1")
    Alert.objects.create(recipient=to, notice={}, queued_at=NOW, not_before=NOW - HOUR)
    Alert.objects.create(recipient=to, notice={}, queued_at=NOW - 9 * HOUR, not_before=NOW + HOUR)
    Alert.objects.create(recipient=to, notice={}, state="sent", queued_at=NOW)
    chores.done(chores.BACKUP, NOW - HOUR)
    said = scraped()
    assert said["bulletin_polls_last_hour ok"] == 1
    assert said["bulletin_polls_last_hour error"] == 2
    assert said["bulletin_alerts queued"] == 2
    assert said["bulletin_alerts sent"] == 1
    assert said["bulletin_alerts failed"] == 0
    assert said["bulletin_oldest_unsent_seconds"] == 3600
    assert said["bulletin_decisions_total reject"] == 1
    assert said["bulletin_stories rejected"] == 1
    assert said["bulletin_sources_overdue"] == 1
    assert said["bulletin_last_poll_timestamp_seconds"] == (NOW - HOUR).timestamp()
    made = (NOW - HOUR).timestamp() if connection.vendor == "sqlite" else None
    assert said.get("bulletin_last_backup_timestamp_seconds") == made
    assert said["bulletin_last_digest_timestamp_seconds"] == 0
    assert said["bulletin_disk_free_bytes"] > 0
    assert said["bulletin_build_info"] == 1


def test_where_no_backups_are_wanted_none_is_missed(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    monkeypatch.setenv("MONITOR_KEEP_BACKUPS", "0")
    forget_settings()
    assert "bulletin_last_backup_timestamp_seconds" not in scraped()


def test_a_count_that_takes_long_is_spared_for_a_hundred_times_as_long() -> None:
    at, counted = [0.0], []

    def count() -> int:
        at[0] += 2.0
        counted.append(at[0])
        return len(counted)

    spared = Spared(count, lambda: at[0])
    assert (spared(), at[0]) == (1, 2.0)
    at[0] = 2.0 + 199.0
    assert spared() == 1
    at[0] = 2.0 + 201.0
    assert spared() == 2


def test_a_count_that_is_quick_is_made_at_every_scrape() -> None:
    at, counted = [0.0], []

    def count() -> int:
        at[0] += LONG / 2
        counted.append(at[0])
        return len(counted)

    spared = Spared(count, lambda: at[0])
    assert [spared(), spared()] == [1, 2]


def test_every_metric_is_documented_and_every_documented_one_is_there(now: datetime) -> None:
    make_sources(NOW)
    names = {name.split()[0] for name in scraped()}
    documented = set(re.findall(r"`((?:bulletin|process)_\w+)`", DOCS.read_text(encoding="utf-8")))
    if connection.vendor == "postgresql":
        documented.remove("bulletin_last_backup_timestamp_seconds")
    on_linux = {name for name in documented if name.startswith("process_")}
    assert names - on_linux == documented - on_linux
    assert names & on_linux in (set(), on_linux)


def test_a_scrape_costs_the_same_number_of_queries_however_much_there_is(now: datetime) -> None:
    make_sources(NOW)
    with CaptureQueriesContext(connection) as few:
        scraped()
    make_queue(NOW)
    with CaptureQueriesContext(connection) as many:
        scraped()
    assert len(many) == len(few) <= 20


def test_a_database_that_does_not_answer_is_said_without_its_words() -> None:
    with patch(
        "review.metrics.Facts.collect", side_effect=OperationalError("disk I/O error at /secret/path")
    ):
        answer = Client(headers={"host": "127.0.0.1"}).get("/metrics")
    assert answer.status_code == 503
    assert b"secret" not in answer.content
