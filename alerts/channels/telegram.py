"""Telegram through python-telegram-bot: errors by their class into outcomes."""

import asyncio
import functools
import ssl
from collections.abc import Awaitable, Callable
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

from alerts.channels import Channel, Gone, Halted, Moved, Outcome, Refused, Retry, Sent, Uncertain, Unreadable
from alerts.messages import LONGEST, Message, Rows, cut, cut_html
from monitor.config import Settings

#: What Telegram says of a chat that is not there, in a BadRequest.
_NO_CHAT = (
    "chat not found",
    "user not found",
    "peer_id_invalid",
    "chat_id is empty",
    "group chat was deactivated",
    "message thread not found",
)
#: What it says of a message that it cannot read as HTML, or with these buttons.
_UNREADABLE = ("parse entities", "too long", "entity", "button", "url")
#: Failures before a byte of the message went out: trying again cannot double it.
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)

#: Sends or edits a text in a parse mode with buttons; the message's id.
_Act = Callable[[str, str | None, InlineKeyboardMarkup | None], Awaitable[str]]


def make_bot(token: str, api_url: str) -> Bot:
    """A Bot of the server at `api_url`, with time-outs that a stop can wait for."""
    # It asks for no updates: what would ask is the same as what sends, and makes no second pool.
    request = make_request(32)
    return Bot(
        token, base_url=f"{api_url}/bot", base_file_url=f"{api_url}/file/bot",
        request=request, get_updates_request=request,
    )  # fmt: skip


def make_request(connections: int) -> HTTPXRequest:
    """What asks Telegram by at most so many connections at a time; no proxies of the environment."""
    return HTTPXRequest(
        connection_pool_size=connections, connect_timeout=5, read_timeout=10, write_timeout=10, pool_timeout=5,
        httpx_kwargs={"trust_env": False, "verify": _authorities()},
    )  # fmt: skip


@functools.cache
def _authorities() -> ssl.SSLContext:
    """Read once: the list takes a fiftieth of a second, and some MB."""
    return httpx.create_ssl_context(trust_env=False)


def make(settings: Settings) -> "TelegramChannel":
    """The channel of the bot whose token is set."""
    assert settings.telegram_bot_token is not None, "the table asks for it"
    return TelegramChannel(settings.telegram_bot_token.get_secret_value(), settings.telegram_api_url)


class TelegramChannel(Channel):
    """Sends to Telegram chats."""

    def __init__(self, token: str, api_url: str) -> None:
        self._token = token
        self._bot = make_bot(token, api_url)
        self._starting = asyncio.Lock()
        self._started = False

    async def send(self, target: str, message: Message) -> Outcome:
        """Sends to "CHAT" or "CHAT/THREAD"; the message's number is its id."""
        chat, _, thread = target.partition("/")

        async def act(text: str, mode: str | None, buttons: InlineKeyboardMarkup | None) -> str:
            sent = await self._bot.send_message(
                int(chat),
                text,
                parse_mode=mode,
                message_thread_id=int(thread) if thread else None,
                link_preview_options=_NO_PREVIEW,
                reply_markup=buttons,
            )
            return str(sent.message_id)

        return await self._try(act, message)

    async def edit(self, target: str, external_id: str, message: Message) -> Outcome:
        """Edits; a message that says this already is as good as edited."""
        chat, _, _thread = target.partition("/")

        async def act(text: str, mode: str | None, buttons: InlineKeyboardMarkup | None) -> str:
            try:
                await self._bot.edit_message_text(
                    text,
                    int(chat),
                    int(external_id),
                    parse_mode=mode,
                    link_preview_options=_NO_PREVIEW,
                    reply_markup=buttons,
                )
            except BadRequest as error:
                if "message is not modified" not in str(error).lower():
                    raise
            return external_id

        return await self._try(act, message)

    async def check(self) -> str:
        """Why Telegram cannot be reached, if it cannot; any answer of its is one."""
        try:
            await self._start()
            await self._bot.get_me()
        except BadRequest:
            return ""
        except NetworkError as error:
            return self._reason(error)
        except TelegramError:
            return ""
        return ""

    async def describe(self) -> tuple[str, str]:
        """The bot's user name; an error instead where Telegram does not give it."""
        try:
            await self._start()
            return f"@{(await self._bot.get_me()).username}", ""
        except TelegramError as error:
            return "", self._reason(error)

    async def aclose(self) -> None:
        """Closes the connections to the Bot API."""
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

    async def _try(self, act: _Act, message: Message) -> Outcome:
        """As HTML with buttons; in plain text the taps stay, and the links, which Telegram may not like, go."""
        try:
            await self._start()
            if message.html:
                sent = await act(cut_html(message.html, LONGEST), ParseMode.HTML, _keyboard(message.rows))
            else:
                sent = await act(cut(message.plain, LONGEST), None, _keyboard(_taps(message.rows)))
        except TelegramError as error:
            outcome = self._outcome(error)
            is_about_form = any(words in str(error).lower() for words in _UNREADABLE)
            if isinstance(outcome, Refused) and message.html and is_about_form:
                return Unreadable(outcome.reason)
            return outcome
        return Sent(sent)

    def _outcome(self, error: TelegramError) -> Outcome:
        reason = self._reason(error)
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
                is_gone = any(words in str(error).lower() for words in _NO_CHAT)
                return Gone(reason) if is_gone else Refused(reason)
            case TimedOut() | NetworkError():
                return self._network_outcome(error, reason)
            case _:
                # An answer that says "taken" in words that nobody can read.
                return Uncertain(reason)

    def _reason(self, error: TelegramError) -> str:
        return f"{type(error).__name__}: {error}".replace(self._token, "***")[:300]

    def _network_outcome(self, error: TelegramError, reason: str) -> Outcome:
        cause = error.__cause__
        if isinstance(cause, _NEVER_LEFT):
            return Retry(reason)
        # An answer came, and it was an error of the server's or of a proxy before it: the message was not taken.
        if not isinstance(cause, httpx.HTTPError) and not isinstance(error, TimedOut):
            return Retry(reason)
        return Uncertain(reason)


def _keyboard(rows: Rows) -> InlineKeyboardMarkup | None:
    buttons = [
        [InlineKeyboardButton(button.label, button.url or None, button.data or None) for button in row]
        for row in rows
    ]
    return InlineKeyboardMarkup(buttons) if buttons else None


def _taps(rows: Rows) -> Rows:
    return tuple(row for row in rows if all(button.data for button in row))


def _seconds(error: RetryAfter) -> timedelta:
    # An int of seconds in this release of the library, a timedelta in the next.
    after = error.retry_after
    return max(after if isinstance(after, timedelta) else timedelta(seconds=after), timedelta(seconds=1))
