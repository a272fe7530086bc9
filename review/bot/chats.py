"""Glue: the chat that an update came from, its recipient, and what people change about it."""

from dataclasses import dataclass, replace
from datetime import datetime, time

from django.db import transaction
from telegram import CallbackQuery, Message, Update, User

from alerts.models import Recipient
from alerts.recipients import rules_for, rules_of, set_rules
from alerts.rules import Rule
from review.accounts.names import full_name
from review.accounts.telegram_people import Person, editor_of

#: Taken out, it takes all others with it.
EVERY_TOPIC = "*"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was written or tapped, and by whom."""

    chat: int
    thread: int | None
    is_private: bool
    title: str
    person: Person | None
    #: Of the message tapped: its number, and when it was sent.
    message: int = 0
    sent_at: datetime | None = None
    #: Telegram no longer says what stood there, nor in which thread.
    is_too_old: bool = False

    @property
    def target(self) -> str:
        """The target as `TelegramChannel.send` takes it: "CHAT" or "CHAT/THREAD"."""
        return f"{self.chat}/{self.thread}" if self.thread else str(self.chat)

    @property
    def address(self) -> str:
        """The address as `Recipient.address` has it: "telegram:CHAT" or "telegram:CHAT/THREAD"."""
        return f"telegram:{self.target}"

    @property
    def own_language(self) -> str:
        """The language to use where the chat's own is not known: the person's, else Korean."""
        return self.person.language if self.person else "ko"


def written_at(update: Update) -> Place | None:
    """Where a command was written; None where an update has no chat."""
    message = update.effective_message
    return _place(message, update.effective_user) if message else None


def tapped_at(query: CallbackQuery) -> Place | None:
    """Where a button was tapped; None for one under a message of another bot's answer, which we never send."""
    message = query.message
    if message is None:
        return None
    if isinstance(message, Message):
        return replace(_place(message, query.from_user), message=message.message_id, sent_at=message.date)
    chat = message.chat
    return Place(
        chat.id,
        None,
        chat.type == chat.PRIVATE,
        chat.title or "",
        person_of(query.from_user),
        message.message_id,
        is_too_old=True,
    )


def person_of(user: User) -> Person:
    """Telegram's `User` as a `Person`."""
    return Person(user.id, user.first_name, user.last_name or "", user.language_code or "")


def recipient_at(place: Place) -> Recipient | None:
    """The recipient that a chat, or the thread in it, is; None where nobody asked for alerts there."""
    return Recipient.objects.filter(address=place.address).first()


def language_at(place: Place) -> str:
    """The language of a chat: its recipient's; of a message too old to know its thread, that of any of its threads."""
    chat = f"telegram:{place.chat}"
    own = Recipient.objects.filter(address=place.address)
    known = own.first() or Recipient.objects.filter(address__startswith=f"{chat}/").first()
    return known.language if known else place.own_language


def may_change(place: Place) -> bool:
    """Whether whoever wrote or tapped may change the chat's settings: those of one that many read only an editor."""
    return place.is_private or (place.person is not None and editor_of(place.person) is not None)


@transaction.atomic
def choose_topic(recipient: Recipient, topic: str, now: datetime, *, chosen: bool) -> Rule:
    """Takes a topic into the recipient's own choice, or out of it; the choice as it is then.

    Said twice it is the same: a double press changes nothing.
    """
    locked = Recipient.objects.select_for_update().get(pk=recipient.pk)
    rules = rules_of(locked)
    place, rule = _choice(rules)
    others = [] if topic == EVERY_TOPIC else [one for one in rule.topics if one != topic]
    asked = replace(rule, topics=[*others, topic] if chosen else others)
    # A rule that names nothing would let everything through, were it not for a relevance or a budget.
    settled = rules_for(
        locked.address, asked, asked.min_relevance or None, digest=False, budget=locked.budget
    )
    set_rules(locked, [*rules[:place], *settled, *rules[place + 1 :]], locked.budget, now)
    return settled[0]


def topics_chosen(recipient: Recipient) -> Rule:
    """The rule that the topics' keyboard shows and changes."""
    return _choice(rules_of(recipient))[1]


def set_quiet(recipient: Recipient, hours: tuple[time, time] | None) -> None:
    """Sets from when to when nothing is sent, by the recipient's clock; None ends the quiet hours."""
    begins, ends = hours or (None, None)
    Recipient.objects.filter(pk=recipient.pk).update(quiet_from=begins, quiet_until=ends)


def mute(recipient: Recipient, until: datetime | None) -> None:
    """Has no alerts made until then; None lifts it."""
    Recipient.objects.filter(pk=recipient.pk).update(muted_until=until)


def set_language(recipient: Recipient, language: str) -> None:
    """Sets what the bot, the alerts and the summaries speak there: "ko" or "en"."""
    Recipient.objects.filter(pk=recipient.pk).update(language=language)


def _choice(rules: list[Rule]) -> tuple[int, Rule]:
    """The first rule that names topics or nothing else: with its place; behind the others where there is none yet."""
    for place, rule in enumerate(rules):
        if not replace(rule, topics=(), min_probability=0.0).narrows:
            return place, rule
    return len(rules), Rule()


def _place(message: Message, user: User | None) -> Place:
    chat = message.chat
    # In a group without topics the thread's number only says what a message replies to.
    thread = message.message_thread_id if message.is_topic_message else None
    return Place(
        chat.id,
        thread,
        chat.type == chat.PRIVATE,
        chat.title or full_name(chat.first_name or "", chat.last_name or "") or chat.username or "",
        person_of(user) if user else None,
    )
