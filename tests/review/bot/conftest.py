"""The bot against a Telegram of our own: what people write and tap goes in at the wire, what it says comes out there."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from alerts.channels.telegram import TelegramChannel
from alerts.outbox import deliver_due
from monitor.config import settings
from review.bot.listening import Bot
from tests.review.conftest import forget_settings
from tests.servers.telegram import TOKEN, TelegramServer

KIM, LEE, STRANGER = 11, 22, 99
GROUP = -1002233
NAMES = {KIM: ("하나", "김"), LEE: ("서준", "이"), STRANGER: ("Mallory", "<b>")}


async def eventually(test: Callable[[], Any], seconds: float = 8) -> Any:
    """What `test` gives once it gives something."""
    deadline = time.monotonic() + seconds
    # What is waited for is at the other end of a wire.
    while not (found := test()) and time.monotonic() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    return found


class Wire:
    """What people do, as Telegram tells the bot; and what it answers."""

    def __init__(self, telegram: TelegramServer) -> None:
        self.telegram = telegram
        self._number = 0

    def write(self, text: str, by: int, chat: int | None = None, **fields: Any) -> None:
        """Somebody writes; in their own chat with the bot unless another is given."""
        message = self._message(chat if chat is not None else by, 5000 + self._number, **fields)
        if text.startswith("/"):
            command = text.split()[0]
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(command)}]
        self.bring({"message": message | {"from": _user(by), "text": text}})

    def tap(self, data: str, by: int, message: int, chat: int | None = None, **fields: Any) -> str:
        """Somebody taps a button under a message; the tap's id."""
        where = self._message(chat if chat is not None else by, message, **fields)
        query = {
            "id": f"tap{self._number}",
            "from": _user(by),
            "chat_instance": "1",
            "message": where,
            "data": data,
        }
        self.bring({"callback_query": query})
        return str(query["id"])

    def bring(self, update: dict[str, Any]) -> None:
        self._number += 1
        self.telegram.updates.append({"update_id": self._number, **update})

    def answers(self, tap: str) -> list[dict[str, Any]]:
        return [
            form
            for method, form, _at in list(self.telegram.calls)
            if method == "answerCallbackQuery" and form["callback_query_id"] == tap
        ]

    async def answer(self, tap: str) -> tuple[str, bool]:
        """The line that the tap was answered with, and whether it was a window."""
        found = await eventually(lambda: self.answers(tap))
        assert found, "the tap was never answered"
        return found[0].get("text", ""), found[0].get("show_alert") == "true"

    async def said(self, chat: int, count: int = 1) -> str:
        """The chat's message number `count`."""
        assert await eventually(lambda: len(self.telegram.texts(chat)) >= count), self.telegram.texts(chat)
        return self.telegram.texts(chat)[count - 1]

    def _message(
        self, chat: int, number: int, sent_at: datetime | None = None, **fields: Any
    ) -> dict[str, Any]:
        at = int((sent_at or timezone.now()).timestamp())
        return {"message_id": number, "date": at, "chat": _chat(chat), "text": "…", **fields}


def _user(number: int) -> dict[str, Any]:
    first, last = NAMES.get(number, (f"User {number}", ""))
    return {"id": number, "is_bot": False, "first_name": first, "last_name": last, "language_code": "ko-KR"}


def _chat(number: int) -> dict[str, Any]:
    if number < 0:
        return {"id": number, "type": "supergroup", "title": "동향 편집방"}
    first, last = NAMES.get(number, (f"User {number}", ""))
    return {"id": number, "type": "private", "first_name": first, "last_name": last}


@pytest.fixture
def telegram(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[TelegramServer]:
    """Our Telegram, and settings that name it."""
    # The lock that keeps a second poller of one token away lies there: tests side by side have one token.
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with TelegramServer() as server:
        monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)
        monkeypatch.setenv("TELEGRAM_API_URL", server.url)
        forget_settings()
        yield server


@pytest.fixture
def wire(telegram: TelegramServer) -> Wire:
    return Wire(telegram)


@asynccontextmanager
async def listening() -> AsyncIterator[Bot]:
    """The bot, running."""
    bot = Bot(settings())
    await bot.start()
    try:
        assert await eventually(lambda: bot.state == "running"), bot.state
        yield bot
    finally:
        await bot.stop()


async def deliver(telegram: TelegramServer) -> None:
    """A round of the outbox."""
    await deliver_due({"telegram": TelegramChannel(TOKEN, telegram.url)}, timezone.now)
