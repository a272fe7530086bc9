"""The Telegram bot inside `monitor run`: people ask for alerts, and leave."""

import hashlib
import tempfile
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from telegram import Update
from telegram.error import Conflict, InvalidToken, TelegramError
from telegram.ext import Application, ApplicationBuilder, CommandHandler, ContextTypes, Updater

from alerts.models import Recipient
from alerts.recipients import remove, request
from monitor.config import Settings
from monitor.i18n import translate
from monitor.logs import logger
from monitor.threads import in_database

_HELLO = {
    Recipient.State.PENDING: (
        "안녕하십니까. Bulletin Monitor 입니다. 이 대화의 번호는 {chat} 입니다. "
        "관리자가 승인하면 알림이 시작됩니다. 승인을 기다립니다."
    ),
    Recipient.State.ACTIVE: "알림을 받고 계십니다. 그만 받으시려면 /stop 을 보내 주십시오.",
    Recipient.State.SUSPENDED: (
        "지금은 알림이 멈춰 있습니다. 다시 받으시려면 관리자에게 이 번호를 알려 주십시오: {chat}"
    ),
}
_STOPPED = "알림을 멈췄습니다. 다시 받으시려면 관리자에게 말씀해 주십시오."
_HELP = "/start 알림을 청합니다.\n/stop 알림을 멈춥니다.\n/help 이 도움말을 봅니다."


class Bot:
    """Polls Telegram for what people write to the bot. One a token: a second copy would take turns losing updates."""

    def __init__(self, settings: Settings) -> None:
        assert settings.telegram_bot_token is not None
        token = settings.telegram_bot_token.get_secret_value()
        self._api_url = settings.telegram_api_url
        name = f"monitor-bot-{hashlib.sha256(token.encode()).hexdigest()[:16]}.lock"
        self._lock = FileLock(Path(tempfile.gettempdir()) / name)
        builder = ApplicationBuilder().token(token).base_url(f"{self._api_url}/bot").job_queue(None)
        self._application: Application[Any, Any, Any, Any, Any, Any] = builder.build()
        for command, handler in (("start", _start), ("stop", _stop), ("help", _help)):
            self._application.add_handler(CommandHandler(command, handler))
        #: "off", "running" or "conflict", for health pages.
        self.state = "off"

    async def start(self) -> None:
        """Begins to listen; where that fails says so in one line and leaves sending alone."""
        try:
            self._lock.acquire(blocking=False)
        except Timeout:
            self.state = "conflict"
            logger.error(
                "bot not started", reason="another process of this machine polls with the same token"
            )
            return
        try:
            await self._application.initialize()
        except InvalidToken:
            logger.error(
                "bot not started", reason="Telegram does not know this token; see TELEGRAM_BOT_TOKEN"
            )
            self._lock.release()
            return
        except TelegramError as error:
            logger.error("bot not started", reason=f"{type(error).__name__}: {error}")
            self._lock.release()
            return
        await self._application.start()
        await self._updater.start_polling(
            timeout=20,
            error_callback=self._complain,
            allowed_updates=[Update.MESSAGE],
            drop_pending_updates=False,
        )
        self.state = "running"

    async def stop(self) -> None:
        """Stops listening; what people wrote meanwhile waits at Telegram."""
        if self._application.running:
            if self._updater.running:
                await self._updater.stop()
            await self._application.stop()
            await self._application.shutdown()
        self._lock.release()

    @property
    def _updater(self) -> Updater:
        assert self._application.updater is not None
        return self._application.updater

    def _complain(self, error: TelegramError) -> None:
        if isinstance(error, Conflict) and self.state != "conflict":
            # The library only logs this and tries for ever, so that both copies lose half of what is written.
            self.state = "conflict"
            logger.error("bot stopped listening", reason="another program polls with this token")
            self._application.create_task(self._updater.stop())
        elif not isinstance(error, Conflict):
            logger.warning("bot cannot reach Telegram", reason=f"{type(error).__name__}: {error}")


def _language(update: Update) -> str:
    code = (update.effective_user.language_code if update.effective_user else None) or "ko"
    return "ko" if code.startswith("ko") else "en"


async def _answer(update: Update, text: str) -> None:
    if update.effective_message:
        await update.effective_message.reply_text(text)


async def _start(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
    chat = update.effective_chat
    assert chat is not None
    language = _language(update)
    name = chat.title or chat.full_name or chat.username or ""
    recipient = await in_database(request, f"telegram:{chat.id}", name=name, language=language)
    logger.info("chat asks for alerts", recipient=recipient.address, state=recipient.state)
    await _answer(update, translate(_HELLO[Recipient.State(recipient.state)], language).format(chat=chat.id))


async def _stop(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
    chat = update.effective_chat
    assert chat is not None
    await in_database(remove, f"telegram:{chat.id}", "stopped by /stop")
    await _answer(update, translate(_STOPPED, _language(update)))


async def _help(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
    await _answer(update, translate(_HELP, _language(update)))
