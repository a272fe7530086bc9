"""How the bot comes by what people write: by polling or by Telegram's webhook; and what does not stop it."""

import tempfile
from contextlib import AsyncExitStack
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import Client

from alerts.recipients import add
from monitor.config import settings
from monitor.errors import ConfigError
from review.bot import listening as module
from review.bot.listening import Bot
from tests.review.bot.conftest import KIM, Wire, eventually, listening
from tests.review.conftest import forget_settings
from tests.servers.telegram import Fault, TelegramServer

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "a-secret-of-the-tests_0123456789"
NAME = "X-Telegram-Bot-Api-Secret-Token"


@pytest.fixture
def webhook(telegram: TelegramServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_WEBHOOK_SECRET", SECRET)
    monkeypatch.setenv("MONITOR_PUBLIC_URL", "https://monitor.example.kr")
    forget_settings()


def update(text: str = "/help", number: int = 1) -> dict[str, Any]:
    chat = {"id": KIM, "type": "private", "first_name": "하나"}
    message = {
        "message_id": 1, "date": 1, "chat": chat, "text": text,
        "from": {"id": KIM, "is_bot": False, "first_name": "하나", "language_code": "ko"},
        "entities": [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}],
    }  # fmt: skip
    return {"update_id": number, "message": message}


def bring(body: Any, secret: str | None = SECRET) -> int:
    headers = {NAME: secret} if secret is not None else {}
    client = Client(enforce_csrf_checks=True)
    response = client.post("/telegram/webhook", body, content_type="application/json", headers=headers)
    return response.status_code


def calls(telegram: TelegramServer, method: str) -> list[dict[str, Any]]:
    return [form for name, form, _at in list(telegram.calls) if name == method]


async def test_polling_takes_a_webhook_of_before_away(telegram: TelegramServer) -> None:
    async with listening():
        assert await eventually(lambda: calls(telegram, "getUpdates"))
    assert calls(telegram, "deleteWebhook")
    assert not calls(telegram, "setWebhook")


async def test_proxies_of_the_environment_are_not_used(
    telegram: TelegramServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with listening():
        assert await eventually(lambda: calls(telegram, "getUpdates"))


async def test_a_secret_means_that_telegram_brings_updates_itself(
    webhook: None, telegram: TelegramServer, wire: Wire
) -> None:
    async with listening():
        (asked,) = calls(telegram, "setWebhook")
        assert asked["url"] == "https://monitor.example.kr/telegram/webhook"
        assert asked["secret_token"] == SECRET
        assert await sync_to_async(bring)(update()) == 200
        assert "/queue" in await wire.said(KIM)
        assert not calls(telegram, "getUpdates")
    assert await sync_to_async(bring)(update()) == 503, "Telegram brings it once more"


@pytest.mark.parametrize(
    ("body", "secret", "status"),
    [
        pytest.param(update(), None, 403, id="no secret"),
        pytest.param(update(), "", 403, id="an empty one"),
        pytest.param(update(), SECRET[:-1], 403, id="a part of it"),
        pytest.param(update(), "비밀", 403, id="not even ASCII"),
        pytest.param("{", SECRET, 400, id="no JSON"),
        pytest.param([1], SECRET, 400, id="no update"),
        pytest.param({"update_id": "x", "message": 7}, SECRET, 200, id="junk that no second try would mend"),
        pytest.param({}, SECRET, 200, id="nothing"),
    ],
)
async def test_only_who_knows_the_secret_brings_updates(
    webhook: None, telegram: TelegramServer, wire: Wire, body: Any, secret: str | None, status: int
) -> None:
    async with listening():
        assert await sync_to_async(bring)(body, secret) == status
        assert await sync_to_async(bring)(update(number=2)) == 200
        await wire.said(KIM)
        assert len(telegram.delivered) == 1


async def test_without_a_secret_there_is_no_webhook(telegram: TelegramServer) -> None:
    async with listening():
        assert await sync_to_async(bring)(update(), "") == 403
        assert await sync_to_async(Client().get)("/telegram/webhook") is not None


def test_a_secret_that_telegram_would_not_take_is_told_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_WEBHOOK_SECRET", "열려라 참깨")
    forget_settings()
    with pytest.raises(ConfigError, match="TELEGRAM_WEBHOOK_SECRET.*openssl rand") as error:
        settings()
    assert "참깨" not in str(error.value)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Fault(502, "Bad Gateway"), id="Telegram is down"),
        pytest.param(Fault(429, "Too Many Requests", {"retry_after": 1}), id="a flood wait"),
    ],
)
async def test_a_start_that_fails_is_tried_again(
    telegram: TelegramServer, wire: Wire, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    monkeypatch.setattr(module, "FIRST_REST", 0.05)
    telegram.method_faults["getMe"] = [fault]
    async with listening():
        wire.write("/help", KIM)
        await wire.said(KIM)
    assert len(calls(telegram, "getMe")) >= 2


async def test_a_wrong_token_is_said_once_and_not_tried_again(
    telegram: TelegramServer, capsys: pytest.CaptureFixture[str]
) -> None:
    telegram.method_faults["getMe"] = [Fault(401, "Unauthorized")]
    bot = Bot(settings())
    await bot.start()
    assert await eventually(lambda: bot.state == "off")
    await bot.stop()
    out = capsys.readouterr().out
    assert out.count("TELEGRAM_BOT_TOKEN") == 1
    assert len(calls(telegram, "getMe")) == 1


async def test_another_poller_of_the_token_is_given_way_to_and_the_bot_comes_back(
    telegram: TelegramServer, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LONGEST_REST", 0.3)
    async with listening() as bot:
        telegram.method_faults["getUpdates"] = [
            Fault(409, "Conflict: terminated by other getUpdates request")
        ]
        assert await eventually(lambda: bot.state == "conflict")
        wire.write("/help", KIM)
        await wire.said(KIM)
        assert bot.state == "running"


async def test_a_second_bot_of_this_machine_with_the_token_does_not_start(telegram: TelegramServer) -> None:
    async with listening():
        second = Bot(settings())
        await second.start()
        assert second.state == "conflict"
        await second.stop()
        assert tempfile.tempdir


async def test_a_bug_in_one_update_is_told_and_stops_no_other(
    telegram: TelegramServer, wire: Wire, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await sync_to_async(add)(f"telegram:{KIM}")

    def fail(*_args: object) -> None:
        raise ZeroDivisionError("as bugs do")

    async with AsyncExitStack() as stack:
        monkeypatch.setattr("review.bot.commands.list_of", fail)
        await stack.enter_async_context(listening())
        wire.write("/queue", KIM)
        assert "지금은 처리하지 못했습니다" in await wire.said(KIM)
        wire.write("/help", KIM)
        assert "/queue" in await wire.said(KIM, 2)
    assert capsys.readouterr().out.count("bot failed at an update") == 1
