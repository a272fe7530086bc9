"""Telegram through python-telegram-bot: errors by their class into outcomes."""

import asyncio
from datetime import timedelta

import httpx
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.constants import ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest

from alerts.channels import Gone, Halted, Moved, Outcome, Refused, Retry, Sent, Uncertain
from alerts.messages import Message

#: What Telegram says of a chat that is not there, in a BadRequest.
_NO_CHAT = (
    "chat not found",
    "user not found",
    "peer_id_invalid",
    "chat_id is empty",
    "group chat was deactivated",
)
#: Failures before a byte of the message went out: trying again cannot double it.
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


def make_bot(token: str, api_url: str) -> Bot:
    """A Bot of the server at `api_url`, with time-outs that a stop can wait for."""
    request = HTTPXRequest(
        connection_pool_size=32, connect_timeout=5, read_timeout=10, write_timeout=10, pool_timeout=5,
        httpx_kwargs={"trust_env": False},
    )  # fmt: skip
    return Bot(token, base_url=f"{api_url}/bot", base_file_url=f"{api_url}/file/bot", request=request)


class TelegramChannel:
    """Sends to Telegram chats."""

    def __init__(self, token: str, api_url: str) -> None:
        self._token = token
        self._bot = make_bot(token, api_url)
        self._starting = asyncio.Lock()
        self._started = False

    async def send(self, target: str, message: Message) -> Outcome:
        """Sends as HTML; what Telegram cannot read as that goes once more as plain text."""
        try:
            await self._start()
            try:
                sent = await self._send(target, message.html, ParseMode.HTML, message)
            except BadRequest as error:
                if not _is_about_text(error):
                    raise
                sent = await self._send(target, message.plain, None, message)
        except TelegramError as error:
            return self._outcome(error)
        return Sent(str(sent))

    async def aclose(self) -> None:
        """Closes the connections."""
        if self._started:
            await self._bot._request[1].shutdown()
            await self._bot._request[0].shutdown()
            self._started = False

    async def _start(self) -> None:
        # Only the connections: Bot.initialize also asks getMe, which a flood wait could refuse.
        async with self._starting:
            if not self._started:
                for request in self._bot._request:
                    await request.initialize()
                self._started = True

    async def _send(self, target: str, text: str, mode: str | None, message: Message) -> int:
        buttons = [[InlineKeyboardButton(label, url=url) for label, url in message.buttons]]
        sent = await self._bot.send_message(
            int(target),
            text,
            parse_mode=mode,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
            reply_markup=InlineKeyboardMarkup(buttons) if message.buttons else None,
        )
        return sent.message_id

    def _outcome(self, error: TelegramError) -> Outcome:
        reason = f"{type(error).__name__}: {error}".replace(self._token, "***")[:300]
        match error:
            case RetryAfter():
                return Retry(reason, _seconds(error))
            case ChatMigrated():
                return Moved(str(error.new_chat_id))
            case Forbidden():
                return Gone(reason)
            case InvalidToken():
                return Halted(reason)
            case Conflict():
                return Retry(reason)
            # A BadRequest is a NetworkError to the library, and so is a TimedOut.
            case BadRequest():
                return (
                    Gone(reason)
                    if any(words in str(error).lower() for words in _NO_CHAT)
                    else Refused(reason)
                )
            case TimedOut() | NetworkError():
                return self._network_outcome(error, reason)
            case _:
                return Retry(reason)

    def _network_outcome(self, error: TelegramError, reason: str) -> Outcome:
        cause = error.__cause__
        if isinstance(cause, _NEVER_LEFT):
            return Retry(reason)
        # An answer came, and it was an error of the server's or of a proxy before it: the message was not taken.
        if not isinstance(cause, httpx.HTTPError) and not isinstance(error, TimedOut):
            return Retry(reason)
        return Uncertain(reason)


def _is_about_text(error: BadRequest) -> bool:
    text = str(error).lower()
    return any(words in text for words in ("parse entities", "too long", "entity", "button", "url"))


def _seconds(error: RetryAfter) -> timedelta:
    # An int of seconds in this release of the library, a timedelta in the next.
    after = error.retry_after
    return after if isinstance(after, timedelta) else timedelta(seconds=after)


async def describe_bot(token: str, api_url: str) -> tuple[str, str]:
    """The bot's user name, and an error instead where Telegram does not give it."""
    bot = make_bot(token, api_url)
    try:
        async with bot:
            return bot.username, ""
    except TelegramError as error:
        return "", f"{type(error).__name__}: {error}".replace(token, "***")
