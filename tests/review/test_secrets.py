"""No secret comes out anywhere, however it is spelt: logs, pages, what commands print, what the database keeps."""

import asyncio
import base64
import io
import json
import logging
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from alerts.channels import Gone, Refused, Retry, Uncertain
from alerts.ledger import Door, Task, settle
from alerts.messages import Message
from alerts.models import Alert, Recipient
from monitor import logs
from monitor.models import Poll, Source
from review import feeds
from review.accounts.signin import make_link
from review.models import Action
from tests.review.conftest import NOW, forget_settings
from tests.review.seed import Seed, Told, make_sources, make_story

TOKEN = "123456789:AAPlantedPlantedPlantedPlantedPlanted0"
PASSWORD = 'p@ss/w"ord planted%7'
SMTP = f"smtp://desk:{quote(PASSWORD, safe='')}@mail.example.kr:587?tls=starttls"
DATABASE = "postgresql://monitor:dbplanted99@db.example/monitor"
HOOK = "jsons://planted-user:hookplanted77@hooks.example/planted-path-5566"
SECRETS = (TOKEN, PASSWORD, SMTP, DATABASE)


def spelt(secret: str) -> Iterator[str]:
    """A secret in every spelling in which it might come out."""
    yield from (secret, quote(secret, safe=""), quote(secret), json.dumps(secret)[1:-1], repr(secret)[1:-1])
    for before in (b"", b"\0", b"\0a", b"user:"):
        yield base64.b64encode(before + secret.encode()).decode()
        yield base64.urlsafe_b64encode(before + secret.encode() + b"!").decode()


def out(text: str) -> list[str]:
    """The planted secrets that `text` gives away."""
    known = (TOKEN, TOKEN.split(":")[1], PASSWORD, "dbplanted99", "hookplanted77", "planted-path-5566")
    cores = {form for secret in known for form in spelt(secret)}
    # Base64 from the middle of a text: the letters that do not depend on what stands around.
    cores |= {form[4:-4] for secret in known for form in spelt(secret) if len(form) > 24}
    return sorted(core for core in cores if core in text)


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What is logged, at DEBUG, everybody's."""
    written = io.StringIO()
    root = logging.getLogger()
    former, level = root.handlers, root.level
    loud = {name: logging.getLogger(name).level for name in ("httpx", "httpcore", "telegram", "apprise")}
    monkeypatch.setattr(sys, "stderr", written)
    logs.configure("text", SECRETS, logging.DEBUG)
    for name in loud:
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield written
    root.handlers, root.level = former, level
    for name, was in loud.items():
        logging.getLogger(name).setLevel(was)


@pytest.mark.parametrize("secret", SECRETS)
def test_no_spelling_of_a_secret_is_logged(lines: io.StringIO, secret: str) -> None:
    for form in spelt(secret):
        logs.logger.info("asked", url=f"https://api.example/x?y={form}", note=form)
        logging.getLogger("other").warning("in the middle %s of it", form)
        try:
            raise ValueError(f"no such thing: {form}")
        except ValueError:
            logs.logger.exception("bug")
    assert out(lines.getvalue()) == []
    assert "ValueError" in lines.getvalue()


def test_libraries_at_their_loudest_say_none(lines: io.StringIO) -> None:
    from telegram.error import TelegramError
    from telegram.request import HTTPXRequest

    async def ask() -> None:
        answer = httpx.MockTransport(lambda _request: httpx.Response(404, json={"ok": False}))
        async with httpx.AsyncClient(transport=answer) as client:
            await client.get(f"https://api.telegram.org/bot{TOKEN}/getMe")
            await client.get("https://user:dbplanted99@feeds.example/")
        request = HTTPXRequest(httpx_kwargs={"transport": answer})
        await request.initialize()
        logging.getLogger("telegram.ext.ExtBot").debug(
            "Calling Bot API at https://api.telegram.org/bot%s", TOKEN
        )
        await request.post(f"https://api.telegram.org/bot{TOKEN}/sendMessage")

    try:
        asyncio.run(ask())
    except TelegramError as error:
        logs.logger.error("failed", reason=str(error), kind=repr(error))
    assert "getMe" in lines.getvalue(), "httpx did say what it asked"
    assert out(lines.getvalue()) == []


def test_what_opens_something_by_its_address_is_not_logged(
    lines: io.StringIO, kim: User, now: datetime
) -> None:
    token = feeds.make_token(kim, NOW)
    link = make_link(kim, NOW, waits=True)
    client = Client(enforce_csrf_checks=True)
    client.post(link.partition("8000")[2])
    client.get("/feeds/ai.atom", {"token": token + "x"})
    client.get(f"/unsubscribe/{token}")
    logging.getLogger("uvicorn.access").setLevel(logging.DEBUG)
    logging.getLogger("uvicorn.access").info(
        '%s - "GET /feeds/ai.atom?token=%s HTTP/1.1" 200', "127.0.0.1", token
    )
    logs.logger.info("shown", url=quote(f"http://x/feeds/ai.atom?token={token}", safe=""))
    said = lines.getvalue()
    assert "Forbidden" in said
    assert token not in said
    assert link.rsplit("/", 2)[1] not in said
    assert "/signin/***" in said


class TestPages:
    @pytest.fixture
    def boss(
        self, client: Client, db: None, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> Iterator[Client]:
        for name, value in {
            "TELEGRAM_BOT_TOKEN": TOKEN, "SMTP_URL": SMTP, "MAIL_FROM": "m@example.kr", "TELEGRAM_WEBHOOK_SECRET": "planted-webhook-secret",
        }.items():  # fmt: skip
            monkeypatch.setenv(name, value)
        forget_settings()
        make_sources(NOW)
        story = make_story(Seed(Told("xtech", "ja", "題"), 0.9, {"ai": 0.9}), NOW)
        fault = f"ConnectError: https://api.telegram.org/bot{TOKEN}/sendMessage via {SMTP}"
        to = Recipient.objects.create(address=HOOK, state="active", reason=fault)
        Recipient.objects.create(address="telegram:1", state="suspended", reason=fault)
        Alert.objects.create(recipient=to, story=story, entry=story.lead, state="failed", error=fault)
        Source.objects.update(state="broken", reason=fault)
        Poll.objects.create(source_id="boj", started_at=NOW, status="error", error=fault)
        client.force_login(User.objects.create_superuser("boss"))
        yield client
        forget_settings()

    def test_none_stands_on_any(self, boss: Client) -> None:
        for to in Recipient.objects.all():
            boss.post(f"/recipients/{to.pk}/act", {"action": "approve"})
        paths = [f"/recipients/{to.pk}/" for to in Recipient.objects.all()]
        for path in (
            *paths,
            "/",
            "/sources/",
            "/alerts/",
            "/recipients/",
            "/actions/",
            "/start/",
            "/me/",
            "/people/",
            "/healthz",
            "/admin/",
            "/metrics",
            "/nowhere",
        ):
            answer = boss.get(path)
            said = answer.content.decode() + str(answer.headers)
            assert out(said) == [], path
            assert django_settings.SECRET_KEY not in said
            assert "planted-webhook-secret" not in said

    def test_what_breaks_says_none_either(self, boss: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_args: Any, **_kwargs: Any) -> None:
            raise RuntimeError(f"at bot{TOKEN} with {SMTP} and {DATABASE}")

        monkeypatch.setattr("review.pages.topics.queue.waiting", fail)
        boss.raise_request_exception = False
        answer = boss.get("/topics/")
        assert answer.status_code == 500
        assert out(answer.content.decode()) == []
        assert "RuntimeError" not in answer.content.decode()

    def test_the_database_keeps_none_of_the_settings(self, boss: Client) -> None:
        boss.get("/recipients/")
        kept = Recipient.objects.exclude(address=HOOK), Action.objects.all()
        assert all("hookplanted77" not in str(list(rows.values())) for rows in kept)
        with connection.cursor() as cursor:
            for table in (
                "review_action",
                "django_session",
                "review_signedin",
                "review_signinlink",
                "review_feedtoken",
            ):
                cursor.execute(f"SELECT * FROM {table}")
                assert out(str(cursor.fetchall())) == [], table

    def test_commands_print_none(self, boss: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        from typer.testing import CliRunner

        from monitor.cli import app, doctor, send

        for module in (doctor, send):
            monkeypatch.setattr(module, "prepare", lambda **_how: None)
        # Nobody is asked: what is looked at is what we say of our own settings.
        monkeypatch.setattr(doctor, "LOOKS", (doctor._configuration, doctor._database, doctor._sources))
        for words in (
            ["recipients", "list", "--json"],
            ["recipients", "list"],
            ["doctor", "--json"],
            ["doctor"],
        ):
            said = CliRunner().invoke(app, words)
            assert out(said.output) == [], words


@pytest.mark.parametrize("outcome", [Refused, Retry, Gone, Uncertain])
def test_the_ledger_writes_down_no_token_whatever_a_channel_says(
    kim: User, now: datetime, outcome: Any
) -> None:
    make_sources(NOW)
    story = make_story(Seed(Told("xtech", "ja", "題"), 0.9, {"ai": 0.9}), NOW)
    to = Recipient.objects.create(address="telegram:1", state="active")
    alert = Alert.objects.create(
        recipient=to, story=story, entry=story.lead, state="sending", leased_until=NOW, queued_at=NOW
    )
    task = Task(alert.pk, Door.of(to.address), to.pk, "1", 1, NOW, NOW, "", Message("", ""))
    settle(task, outcome(f"POST https://api.telegram.org/bot{TOKEN}/sendMessage: {SMTP}"), NOW)
    kept = str([*Alert.objects.values(), *Recipient.objects.values()])
    assert "***" in kept
    assert out(kept) == []
