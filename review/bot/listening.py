"""The bot inside `monitor run`: it listens, by polling or by Telegram's webhook, and begins again where that fails."""

import asyncio
import hashlib
import tempfile
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.db import DatabaseError
from filelock import FileLock, Timeout
from telegram import BotCommand, Update
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from alerts.channels.telegram import TelegramChannel, make_request
from monitor.config import Settings
from monitor.logs import logger
from review.bot import commands, texts, webhook
from review.bot.chats import person_of, written_at
from review.bot.commands import COMMANDS
from review.bot.stories import Searches
from review.bot.taps import Reply, answer_tap, tapped
from review.bot.texts import answer, say

#: Seconds between two tries to listen: doubled up to the last.
FIRST_REST, LONGEST_REST = 5.0, 300.0
#: Updates worked off side by side: one that waits for the database holds up no other.
AT_ONCE = 64
_UPDATES = [Update.MESSAGE, Update.CALLBACK_QUERY]


def _asked_to_wait(error: TelegramError) -> float:
    """Seconds that Telegram asks to wait; 0 for any other error."""
    after = error.retry_after if isinstance(error, RetryAfter) else 0
    # An int of seconds in this release of the library, a timedelta in the next.
    return after.total_seconds() if isinstance(after, timedelta) else float(after)


class Bot:
    """Hears what people write and tap. One a token: a second poller would take turns losing updates."""

    def __init__(self, settings: Settings) -> None:
        assert settings.telegram_bot_token is not None
        token = settings.telegram_bot_token.get_secret_value()
        self._settings = settings
        self._channel = TelegramChannel(token, settings.telegram_api_url)
        name = f"monitor-bot-{hashlib.sha256(token.encode()).hexdigest()[:16]}.lock"
        self._lock = FileLock(Path(tempfile.gettempdir()) / name)
        builder = ApplicationBuilder().token(token).base_url(f"{settings.telegram_api_url}/bot")
        # At the end it asks once more, while the question that was cut short may hold on to its connection still.
        builder = builder.request(make_request(4 * AT_ONCE)).get_updates_request(make_request(2))
        self._application: Application[Any, Any, Any, Any, Any, Any] = (
            builder.job_queue(None).concurrent_updates(AT_ONCE).build()
        )
        self._add_handlers()
        self._listening: asyncio.Task[None] | None = None
        self._conflict = asyncio.Event()
        #: "off", "starting", "running" or "conflict", for health pages.
        self.state = "off"

    async def start(self) -> None:
        """Begins to listen, as soon as Telegram lets us; what goes wrong is said in a line and leaves sending alone."""
        try:
            self._lock.acquire(blocking=False)
        except Timeout:
            self.state = "conflict"
            logger.error(
                "bot not started", reason="another process of this machine has a bot with this token"
            )
            return
        self.state = "starting"
        self._listening = asyncio.create_task(self._keep_listening())

    async def stop(self) -> None:
        """Stops listening; what people write meanwhile waits at Telegram."""
        webhook.take_with(None)
        if self._listening is not None:
            self._listening.cancel()
            with suppress(asyncio.CancelledError):
                await self._listening
        await self._hear_no_more()
        if self._application.running:
            await self._application.stop()
        await self._application.shutdown()
        await self._channel.aclose()
        self._lock.release()
        self.state = "off"

    async def _keep_listening(self) -> None:
        rest = FIRST_REST
        while True:
            try:
                await self._listen()
                self.state = "running"
                logger.info("bot listens", by="webhook" if self._has_webhook else "polling")
                rest = FIRST_REST
                await self._announce_commands()
                await self._conflict.wait()
                self.state = "conflict"
                rest = LONGEST_REST
                reason = "another program polls with this token"
                await self._hear_no_more()
            except InvalidToken:
                self.state = "off"
                reason = "Telegram does not know this token; see TELEGRAM_BOT_TOKEN"
                logger.error("bot not started", reason=reason)
                return
            except TelegramError as error:
                reason = f"{type(error).__name__}: {error}"
                rest = max(rest, _asked_to_wait(error))
            logger.error("bot does not listen", reason=reason, again_in=f"{rest:.0f}s")
            await asyncio.sleep(rest)
            rest = min(2 * rest, LONGEST_REST)

    async def _listen(self) -> None:
        await self._application.initialize()
        if not self._application.running:
            await self._application.start()
        self._conflict.clear()
        if self._has_webhook:
            secret = self._settings.telegram_webhook_secret
            assert secret is not None
            webhook.take_with(partial(self._take, asyncio.get_running_loop()))
            await self._application.bot.set_webhook(
                f"{self._settings.public_url}/{webhook.PATH}",
                allowed_updates=_UPDATES,
                secret_token=secret.get_secret_value(),
            )
            return
        updater = self._application.updater
        assert updater is not None
        # It deletes a webhook that was set before.
        await updater.start_polling(timeout=20, error_callback=self._complain, allowed_updates=_UPDATES)

    async def _hear_no_more(self) -> None:
        updater = self._application.updater
        if updater is not None and updater.running:
            await updater.stop()

    async def _announce_commands(self) -> None:
        """Lets Telegram offer the commands as people type; a bot that cannot say them works all the same."""
        own = self._settings.language
        try:
            for code, language in (("", own), ("ko", "ko"), ("en", "en")):
                listed = [BotCommand(name, about) for name, about in commands.about(language)]
                await self._application.bot.set_my_commands(listed, language_code=code or None)
        except TelegramError as error:
            logger.warning("commands not announced", reason=f"{type(error).__name__}: {error}")

    def _add_handlers(self) -> None:
        add = self._application.add_handler
        searches = Searches()
        for name, command in COMMANDS.items():
            add(CommandHandler(name, partial(commands.run, command, self._channel, searches)))
        add(CallbackQueryHandler(partial(tapped, self._channel, searches)))
        add(MessageHandler(filters.COMMAND & filters.ChatType.PRIVATE, self._say_unknown))
        self._application.add_error_handler(self._sorry)

    @property
    def _has_webhook(self) -> bool:
        return self._settings.telegram_webhook_secret is not None

    def _take(self, loop: asyncio.AbstractEventLoop, data: dict[str, Any]) -> None:
        """An update that Telegram brought, from a thread of the pages."""
        try:
            update = Update.de_json(data, self._application.bot)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            # Brought again it would be no better.
            logger.warning("update not understood", reason=f"{type(error).__name__}: {error}")
            return
        loop.call_soon_threadsafe(self._application.update_queue.put_nowait, update)

    async def _say_unknown(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        await commands.say_unknown(self._channel, update)

    async def _sorry(self, update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Says to the log what went wrong, and to the person that something did."""
        error = context.error
        # What the database or Telegram refuses is no bug: a line says enough.
        is_known = isinstance(error, DatabaseError | TelegramError)
        reason = f"{type(error).__name__}: {error}"
        logger.error("bot failed at an update", reason=reason, exc_info=None if is_known else error)
        if not isinstance(update, Update) or update.effective_user is None:
            return
        language = person_of(update.effective_user).language
        if update.callback_query:
            await answer_tap(update.callback_query, Reply(answer(texts.FAILED, language), is_alert=True))
        elif (place := written_at(update)) is not None:
            await commands.send(self._channel, place, say(texts.FAILED, language))

    def _complain(self, error: TelegramError) -> None:
        if isinstance(error, Conflict):
            # The library only logs this and tries for ever, so that both copies lose half of what is written.
            self._conflict.set()
        else:
            logger.warning("bot cannot reach Telegram", reason=f"{type(error).__name__}: {error}")
