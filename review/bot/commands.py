"""What people write to the bot. `COMMANDS` is the table; each is worked off on a database thread."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from telegram import Update
from telegram.ext import ContextTypes

from alerts.channels import Sent
from alerts.channels.telegram import TelegramChannel
from alerts.digests.making import draft_now
from alerts.messages import Message
from alerts.models import Recipient
from alerts.quiet import hours_text, parse_hours
from alerts.recipients import preview, remove, request, rules_under, set_budget
from monitor.i18n import translate
from monitor.logs import logger
from monitor.texts.text import clean_line
from monitor.threads import in_database
from review import catalogue
from review.accounts.actions import recipient_words, record
from review.accounts.signin import make_link
from review.accounts.telegram_people import account_of, editor_of
from review.bot import chats, texts
from review.bot.chats import Place
from review.bot.stories import Searches, list_of
from review.bot.texts import say
from review.deciding import queue

_OFF = {"off", "끔", "해제"}
_MOST_A_DAY = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """A command as it was written."""

    place: Place
    #: Whose chat it is; None where nobody asked for alerts there.
    recipient: Recipient | None
    language: str
    argument: str
    now: datetime
    searches: Searches

    @property
    def chat(self) -> Recipient:
        """The recipient, for a command that only approved chats may give."""
        assert self.recipient is not None, "run() answers those that are not approved"
        return self.recipient

    @property
    def is_off(self) -> bool:
        """Whether the argument says "off" in one of the ways that people say it."""
        return self.argument.casefold() in _OFF


@dataclass(frozen=True, slots=True)
class Command:
    """One command: what it is for, what it does, and who may give it."""

    about: str
    work: Callable[[Asked], Message]
    #: Also where nobody was approved yet.
    is_open: bool = False
    #: Of a chat that several people read, only by an editor.
    changes: bool = False


async def run(
    command: Command,
    channel: TelegramChannel,
    searches: Searches,
    update: Update,
    context: ContextTypes.DEFAULT_TYPE,
) -> None:
    """Does what a command asks, and answers it."""
    place = chats.written_at(update)
    if place is None:
        return
    argument = clean_line(" ".join(context.args or []))
    message = await in_database(_answer, command, place, argument, searches, timezone.now())
    await send(channel, place, message)


async def say_unknown(channel: TelegramChannel, update: Update) -> None:
    """Answers a command that does not exist."""
    place = chats.written_at(update)
    if place is not None:
        language = await in_database(chats.language_at, place)
        await send(channel, place, say(texts.UNKNOWN_COMMAND, language))


async def send(channel: TelegramChannel, place: Place, message: Message) -> None:
    """Answers where something was written. What does not go, in a flood wait, is said in one line."""
    outcome = await channel.send(place.target, message)
    if not isinstance(outcome, Sent):
        logger.warning("bot's answer not sent", chat=place.target, reason=getattr(outcome, "reason", None))


def _answer(command: Command, place: Place, argument: str, searches: Searches, now: datetime) -> Message:
    recipient = chats.recipient_at(place)
    language = recipient.language if recipient else place.own_language
    if not command.is_open and (recipient is None or recipient.state != Recipient.State.ACTIVE):
        return say(texts.NOT_APPROVED, language)
    if command.changes and recipient is not None and not chats.may_change(place):
        return say(texts.NOT_TO_CHANGE, language)
    return command.work(Asked(place, recipient, language, argument, now, searches))


def _start(asked: Asked) -> Message:
    place = asked.place
    recipient = request(place.address, name=clean_line(place.title), language=asked.language)
    logger.info("chat asks for alerts", recipient=recipient.address, state=recipient.state)
    return say(texts.HELLO[recipient.state], recipient.language, chat=place.target)


def _stop(asked: Asked) -> Message:
    if asked.recipient is None:
        return say(texts.NOT_THERE, asked.language)
    with transaction.atomic():
        remove(asked.place.address, "stopped by /stop")
        person = asked.place.person
        record(
            "recipient.removed",
            recipient_words(asked.recipient),
            by=editor_of(person) if person else None,
            name=person.name if person else "",
            door="telegram",
        )
    return say(texts.STOPPED, asked.language)


def _topics(asked: Asked) -> Message:
    rule = chats.topics_chosen(asked.chat)
    return texts.topics_message(
        topic_names(asked.language), rule.topics, 0, rule.min_relevance, asked.language
    )


def _quiet(asked: Asked) -> Message:
    chat = asked.chat
    if not asked.argument:
        if chat.quiet_from is None or chat.quiet_until is None:
            return say(texts.NOT_QUIET, asked.language)
        return _quiet_said(asked, hours_text(chat.quiet_from, chat.quiet_until))
    if asked.is_off:
        chats.set_quiet(chat, None)
        return say(texts.NOT_QUIET, asked.language)
    try:
        hours = parse_hours(asked.argument)
    except ValueError:
        return say(texts.NO_HOURS, asked.language)
    chats.set_quiet(chat, hours)
    return _quiet_said(asked, hours_text(*hours))


def _quiet_said(asked: Asked, hours: str) -> Message:
    return say(texts.QUIET, asked.language, hours=hours, zone=asked.chat.zone.key)


def _budget(asked: Asked) -> Message:
    chat = asked.chat
    if asked.is_off:
        set_budget(chat, None, asked.now)
        return say(texts.NO_BUDGET, asked.language)
    if not asked.argument:
        text = texts.NO_BUDGET if chat.budget is None else texts.BUDGET
        return say(text, asked.language, n=chat.budget)
    budget = budget_of(asked.argument)
    if budget is None:
        return say(texts.NO_NUMBER, asked.language)
    found = preview(rules_under(chat, budget), budget, chat.zone, asked.now)
    return texts.budget_message(budget, found, asked.language)


def _queue(asked: Asked) -> Message:
    return list_of("", 0, None, asked.language, asked.now)


def _search(asked: Asked) -> Message:
    words = asked.argument[: queue.MAX_QUERY]
    if not words:
        return say(texts.NO_WORDS, asked.language)
    return list_of(words, asked.searches.remember(words), None, asked.language, asked.now)


def _digest(asked: Asked) -> Message:
    """Drafted and not written down: the next summary tells all of it again, and what comes until then."""
    rendered = draft_now(asked.chat, asked.now).rendered
    return Message(rendered.html, rendered.plain)


def _mute(asked: Asked) -> Message:
    chat = asked.chat
    if asked.is_off:
        chats.mute(chat, None)
        return say(texts.NOT_MUTED, asked.language)
    until = texts.muted_until(asked.argument, asked.now) if asked.argument else chat.muted_until
    if asked.argument:
        if until is None:
            return say(texts.NO_SPAN, asked.language)
        chats.mute(chat, until)
    if until is None or until <= asked.now:
        return say(texts.NOT_MUTED, asked.language)
    return say(texts.MUTED, asked.language, until=f"{until.astimezone(chat.zone):%m.%d %H:%M}")


def _language(asked: Asked) -> Message:
    wanted = asked.argument.casefold()
    if wanted not in {"ko", "en"}:
        return say(texts.NO_LANGUAGE, asked.language)
    if asked.recipient is None:
        return say(texts.NOT_APPROVED, wanted)
    chats.set_language(asked.recipient, wanted)
    return say(texts.LANGUAGE, wanted)


def _login(asked: Asked) -> Message:
    if not asked.place.is_private:
        return say(texts.LINK_IN_PRIVATE, asked.language)
    user = account_of(asked.place.person) if asked.place.person else None
    if user is None:
        return say(texts.NOT_AN_EDITOR, asked.language)
    logger.info("sign-in link given in Telegram", user=user.username)
    return say(texts.LINK, asked.language, link=make_link(user, asked.now))


def _help(asked: Asked) -> Message:
    return texts.help_message({name: command.about for name, command in COMMANDS.items()}, asked.language)


def topic_names(language: str) -> list[tuple[str, str]]:
    """Every topic in the order of topics.yaml: its id, and its name in this language."""
    known = catalogue.taxonomy()
    return [(topic.id, known.name(topic.id, language)) for topic in known.topics]


def budget_of(text: str) -> int | None:
    """The number of alerts a day that the text says; None where it says none, or one out of range."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
    return number if 1 <= number <= _MOST_A_DAY else None


def about(language: str) -> list[tuple[str, str]]:
    """Each command's name with what it is for, as Telegram lists them.

    https://core.telegram.org/bots/api#setmycommands
    """
    return [(name, translate(command.about, language)) for name, command in COMMANDS.items()]


COMMANDS = {
    "queue": Command("대기열의 맨 위 다섯 건", _queue),
    "search": Command("대기열에서 찾기: /search 금리", _search),
    "digest": Command("아직 말씀드리지 않은 소식의 요약", _digest),
    "topics": Command("받을 주제 고르기", _topics, changes=True),
    "budget": Command("하루 건수 정하기: /budget 8, /budget off", _budget, changes=True),
    "quiet": Command("조용한 시간: /quiet 22:00-07:00, /quiet off", _quiet, changes=True),
    "mute": Command("잠시 멈춤: /mute 3h, /mute 2d, /mute off", _mute, changes=True),
    "language": Command("언어: /language ko, /language en", _language, is_open=True, changes=True),
    "login": Command("페이지에 들어가는 한 번 쓰는 링크", _login, is_open=True),
    "start": Command("알림 청하기", _start, is_open=True),
    "stop": Command("알림 그만 받기", _stop, is_open=True, changes=True),
    "help": Command("이 도움말", _help, is_open=True),
}
