"""Who may decide in Telegram, and as whom."""

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.db import transaction

from alerts.models import Recipient
from monitor.texts.text import clean_line
from review.accounts.names import full_name
from review.accounts.roles import may_decide
from review.models import TelegramPerson

#: Characters of a name, as many as an account's fields hold.
LONGEST_NAME = 150


@dataclass(frozen=True, slots=True)
class Person:
    """A Telegram user, as an update tells of them."""

    id: int
    first_name: str
    last_name: str = ""
    #: "ko", "en-GB" …; empty where Telegram does not say.
    language_code: str = ""

    @property
    def name(self) -> str:
        """Who Telegram says this is, in one line for lists."""
        return clean_line(full_name(self.first_name, self.last_name))[:LONGEST_NAME]

    @property
    def language(self) -> str:
        """The language to address them in where a chat's own is not known: "ko" or "en"."""
        return "ko" if not self.language_code or self.language_code.startswith("ko") else "en"


def editor_of(person: Person) -> User | None:
    """The account that this person decides as; None for whoever has none, or one that only looks."""
    account = account_of(person)
    return account if account is not None and may_decide(account) else None


def account_of(person: Person) -> User | None:
    """The account that this person signs in to; None for whom nobody has let in, or whose account was closed.

    In is who was linked, and whose own chat with the bot was approved: for those an account is made at the first tap.
    """
    known = TelegramPerson.objects.select_related("user").filter(telegram_id=person.id).first()
    if known is not None:
        return known.user if known.user.is_active else None
    approved = Recipient.objects.filter(address=f"telegram:{person.id}", state=Recipient.State.ACTIVE)
    return _link(person) if approved.exists() else None


@transaction.atomic
def _link(person: Person) -> User | None:
    """An account without a password and without rights, for somebody who is known by their chat alone."""
    # Two taps at once: the second finds what the first made.
    user, _made = User.objects.get_or_create(
        username=f"tg-{person.id}",
        defaults={
            "password": make_password(None),
            "first_name": clean_line(person.first_name)[:LONGEST_NAME],
            "last_name": clean_line(person.last_name)[:LONGEST_NAME],
        },
    )
    TelegramPerson.objects.get_or_create(telegram_id=person.id, defaults={"user": user, "name": person.name})
    return user if user.is_active else None
