"""What people tap: a decision, a topic, the next page of a list. Every tap is answered within a second.

A tap that decides is the same decision as a press on the page: the same log, the same conflicts. What is refused is
written down, too (`review.models.RefusedTap`).
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import DatabaseError
from django.db.models import Q
from django.utils import timezone
from telegram import CallbackQuery, Update
from telegram.error import TelegramError
from telegram.ext import ContextTypes

from alerts.channels import Sent
from alerts.channels.telegram import TelegramChannel
from alerts.messages import Message
from alerts.models import Alert, Recipient
from alerts.recipients import set_budget
from alerts.rendering import message_of
from monitor.logs import logger
from monitor.models import Story
from monitor.threads import in_database
from review.accounts.people import display_name
from review.accounts.telegram_people import Person, editor_of
from review.bot import chats, texts
from review.bot.chats import Place
from review.bot.commands import budget_of, send, topic_names
from review.bot.stories import Searches, card_of, list_of
from review.bot.texts import answer, say
from review.deciding.decisions import ConflictError, decide
from review.deciding.verdicts import conflict_words
from review.labels import choice_words
from review.models import RefusedTap

#: Seconds that the work may take before the tap is answered without it.
PATIENCE = 0.7
#: The same refusal is written down once within it, however often somebody presses.
ONE_REFUSAL = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Tapped:
    """A tap: where, under what, and when."""

    place: Place
    person: Person
    now: datetime
    searches: Searches
    language: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What the person sees: a line, or a window to close; and what the message tapped says from now on."""

    text: str = ""
    is_alert: bool = False
    message: Message | None = None


async def tapped(
    channel: TelegramChannel, searches: Searches, update: Update, _context: ContextTypes.DEFAULT_TYPE
) -> None:
    """Does what a button stands for, and answers the tap: in good time, whatever the database is busy with."""
    query = update.callback_query
    assert query is not None, "the handler is registered for these"
    place = chats.tapped_at(query)
    if place is None or place.person is None:
        await answer_tap(query, Reply(answer(texts.UNKNOWN_TAP, "ko"), is_alert=True))
        return
    work = asyncio.ensure_future(in_database(work_off, query.data or "", place, searches, timezone.now()))
    await asyncio.wait({work}, timeout=PATIENCE)
    is_late = not work.done()
    if is_late:
        await answer_tap(query, Reply(answer(texts.WORKING, place.own_language)))
    try:
        reply = await work
    except DatabaseError as error:
        logger.error("tap not worked off", reason=f"{type(error).__name__}: {error}")
        reply = Reply(answer(texts.FAILED, place.own_language), is_alert=True)
    if not is_late:
        await answer_tap(query, reply)
    elif reply.is_alert:
        # A tap is answered once; what is important comes as a message.
        await send(channel, place, texts.in_lines(reply.text, []))
    if reply.message is not None:
        outcome = await channel.edit(place.target, str(place.message), reply.message)
        if not isinstance(outcome, Sent):
            # Too old for Telegram, or a flood wait: the answer has said what is so.
            logger.info("message left as it was", chat=place.target, reason=getattr(outcome, "reason", None))


async def answer_tap(query: CallbackQuery, reply: Reply) -> None:
    """Answers the tap with a line or a window, so that the button stops waiting; a failure is logged."""
    try:
        await query.answer(reply.text or None, show_alert=reply.is_alert)
    except TelegramError as error:
        # A flood wait, a lost connection, or a tap from before our start, that waited too long.
        logger.warning("tap not answered", reason=f"{type(error).__name__}: {error}")


def work_off(data: str, place: Place, searches: Searches, now: datetime) -> Reply:
    """Does what a button's data asks for; data that no button of ours holds is answered with that."""
    assert place.person is not None, "somebody tapped"
    tap = Tapped(place, place.person, now, searches, chats.language_at(place))
    for pattern, work in _TAPS:
        if match := pattern.fullmatch(data):
            return work(tap, *match.groups())
    return Reply(answer(texts.UNKNOWN_TAP, tap.language), is_alert=True)


def _decide_on_alert(tap: Tapped, story: str, choice: str) -> Reply:
    """A decision under an alert. The outbox edits all messages of the story; this one too, where it still does."""
    editor = editor_of(tap.person)
    if editor is None:
        return _refuse_stranger(tap, int(story), choice)
    alerts = Alert.objects.filter(_here(tap.place), story=int(story)).select_related("recipient", "entry")
    if not tap.place.is_too_old:
        # Nobody can tap what did not arrive.
        alerts.filter(state=Alert.State.UNCERTAIN).update(
            state=Alert.State.SENT, sent_at=tap.place.sent_at, external_id=str(tap.place.message), error=""
        )
    reply = _decide(tap, editor, int(story), choice)
    alert = alerts.filter(external_id=str(tap.place.message)).first()
    if alert is None or alert.revise_at is not None:
        return reply
    return replace(reply, message=message_of(alert))


def _decide_on_card(tap: Tapped, story: str, choice: str, search: str) -> Reply:
    """A decision under a story of the queue; its message is nobody's alert, and edited by us alone."""
    editor = editor_of(tap.person)
    if editor is None:
        return _refuse_stranger(tap, int(story), choice)
    reply = _decide(tap, editor, int(story), choice)
    recipient = chats.recipient_at(tap.place)
    return replace(reply, message=card_of(int(story), recipient, int(search))) if recipient else reply


def _decide(tap: Tapped, editor: User, story_id: int, choice: str) -> Reply:
    try:
        decision = decide(story_id, editor, choice, "telegram", tap.now)
    except Story.DoesNotExist:
        return Reply(answer(texts.NO_STORY, tap.language), is_alert=True)
    except ConflictError as conflict:
        _write_refusal(tap, story_id, choice, RefusedTap.Reason.CONFLICT, display_name(editor))
        return Reply(conflict_words(conflict, editor, tap.language)[: texts.LONGEST_ANSWER], is_alert=True)
    return Reply(choice_words(decision.choice, tap.language))


def _refuse_stranger(tap: Tapped, story_id: int, choice: str) -> Reply:
    _write_refusal(tap, story_id, choice, RefusedTap.Reason.STRANGER, tap.person.name)
    return Reply(answer(texts.NOT_AN_EDITOR, tap.language), is_alert=True)


def _write_refusal(tap: Tapped, story_id: int, choice: str, reason: RefusedTap.Reason, name: str) -> None:
    same = RefusedTap.objects.filter(
        story=story_id,
        telegram_id=tap.person.id,
        choice=choice,
        reason=reason,
        tapped_at__gt=tap.now - ONE_REFUSAL,
    )
    if Story.objects.filter(pk=story_id).exists() and not same.exists():
        RefusedTap.objects.create(
            story_id=story_id,
            telegram_id=tap.person.id,
            name=name,
            choice=choice,
            reason=reason,
            tapped_at=tap.now,
        )


def _show_story(tap: Tapped, story: str, search: str) -> Reply:
    recipient = _approved(tap)
    if recipient is None:
        return _not_approved(tap)
    card = card_of(int(story), recipient, int(search))
    return Reply(message=card) if card else Reply(answer(texts.NO_STORY, tap.language), is_alert=True)


def _show_list(tap: Tapped, after: str, search: str) -> Reply:
    if _approved(tap) is None:
        return _not_approved(tap)
    words = tap.searches.words(int(search))
    return Reply(message=list_of(words, int(search), int(after) or None, tap.language, tap.now))


def _choose_topic(tap: Tapped, page: str, topic: str, chosen: str) -> Reply:
    recipient = _approved(tap)
    if recipient is None:
        return _not_approved(tap)
    names = topic_names(tap.language)
    rule = chats.topics_chosen(recipient)
    if topic:
        if not chats.may_change(tap.place):
            return Reply(answer(texts.NOT_TO_CHANGE, tap.language), is_alert=True)
        if topic != chats.EVERY_TOPIC and topic not in dict(names):
            return Reply(answer(texts.UNKNOWN_TAP, tap.language), is_alert=True)
        rule = chats.choose_topic(recipient, topic, tap.now, chosen=chosen == "1")
    return Reply(
        message=texts.topics_message(names, rule.topics, int(page), rule.min_relevance, tap.language)
    )


def _keep_budget(tap: Tapped, number: str) -> Reply:
    recipient = _approved(tap)
    if recipient is None:
        return _not_approved(tap)
    if not chats.may_change(tap.place):
        return Reply(answer(texts.NOT_TO_CHANGE, tap.language), is_alert=True)
    budget = budget_of(number)
    if budget is None:
        return Reply(message=say(texts.BUDGET_LEFT, tap.language))
    set_budget(recipient, budget, tap.now)
    return Reply(message=say(texts.BUDGET_SAVED, tap.language, n=budget))


def _approved(tap: Tapped) -> Recipient | None:
    """The recipient that a tap under one of the bot's own lists is about; None where there is none."""
    # Of a message too old Telegram does not say the thread: the chat would be taken for another.
    recipient = None if tap.place.is_too_old else chats.recipient_at(tap.place)
    if recipient is None or recipient.state != Recipient.State.ACTIVE:
        return None
    # A client may send what data it likes under any message (core.telegram.org/bots/api#callbackquery): an alert must
    # not become a list.
    is_alert = recipient.alerts.filter(external_id=str(tap.place.message)).exists()
    return None if is_alert else recipient


def _not_approved(tap: Tapped) -> Reply:
    text = texts.TOO_OLD if tap.place.is_too_old else texts.NOT_APPROVED
    return Reply(answer(text, tap.language), is_alert=True)


def _here(place: Place) -> Q:
    """Alerts to this chat; to any of its threads where Telegram no longer says to which."""
    own = Q(recipient__address=place.address)
    return own | Q(recipient__address__startswith=f"{place.address}/") if place.is_too_old else own


#: What may stand in a button, and what it does. Ids only.
_TAPS: tuple[tuple[re.Pattern[str], Callable[..., Reply]], ...] = (
    (re.compile(r"d:([0-9]{1,18}):(accept|reject|later|undo)"), _decide_on_alert),
    (re.compile(r"c:([0-9]{1,18}):(accept|reject|later|undo):([0-9]{1,10})"), _decide_on_card),
    (re.compile(r"s:([0-9]{1,18}):([0-9]{1,10})"), _show_story),
    (re.compile(r"l:([0-9]{1,18}):([0-9]{1,10})"), _show_list),
    (re.compile(r"t:([0-9]{1,2}):([a-z0-9-]{1,40}|\*|):([01])"), _choose_topic),
    (re.compile(r"b:([0-9]{1,3})"), _keep_budget),
)
