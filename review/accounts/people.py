"""The accounts that may open the pages: made, changed, closed, opened again, and what people call them."""

from itertools import chain, count

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from monitor.i18n import _
from monitor.texts.text import clean_line
from review.accounts import sessions
from review.accounts.names import full_name
from review.accounts.roles import Role, keep_an_admin, set_role
from review.models import FeedToken, SignInLink, TelegramPerson

#: The account that a first start makes.
FIRST_NAME = "admin"


def add_user(name: str, email: str = "", *, role: Role = "editor", shown: str = "") -> User:
    """A new account without a password: its owner comes in by a one-time link. `shown` is what others call them.

    Raises:
        ValueError: the name is taken or is no name, the address is no mail address; with the sentence for it.
    """
    user = User(username=name.strip(), email=email.strip(), first_name=clean_line(shown))
    user.set_unusable_password()
    _check(user)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            set_role(user, role)
    except IntegrityError as error:
        raise ValueError(
            _('"{name}" 계정이 이미 있습니다. 다른 이름을 쓰십시오.').format(name=name)
        ) from error
    return user


@transaction.atomic
def change_user(user: User, *, email: str, shown: str, role: Role) -> None:
    """Sets what others call someone, where their sign-in links go, and what they may do.

    Raises:
        ValueError: the address is no mail address, the name is too long, or no admin would be left.
    """
    user.email = email.strip()
    if shown != display_name(user):
        user.last_name, user.first_name = "", clean_line(shown)
    _check(user)
    user.save(update_fields=["email", "first_name", "last_name"])
    set_role(user, role)


@transaction.atomic
def close_account(user: User) -> None:
    """Lets someone in no more, by any door, and ends their sessions. What they decided stays theirs.

    Raises:
        ValueError: no admin would be left.
    """
    keep_an_admin(user)
    user.is_active = False
    user.save(update_fields=["is_active"])
    SignInLink.objects.filter(user=user).delete()
    FeedToken.objects.filter(user=user).delete()
    sessions.end(user)


def open_account(user: User) -> None:
    """Lets someone in again whose account was closed."""
    user.is_active = True
    user.save(update_fields=["is_active"])


def link_telegram(user: User, number: int) -> None:
    """Makes what a Telegram user taps the account's decisions; what was decided before stays with its account."""
    TelegramPerson.objects.update_or_create(telegram_id=number, defaults={"user": user})


def first_user() -> User:
    """The account that the link of a start signs in: the oldest active administrator, made where there is none."""
    user = User.objects.filter(is_active=True, is_staff=True).order_by("id").first()
    if user is not None:
        return user
    taken = set(User.objects.filter(username__startswith=FIRST_NAME).values_list("username", flat=True))
    names = chain([FIRST_NAME], (f"{FIRST_NAME}{number}" for number in count(2)))
    return add_user(next(name for name in names if name not in taken), role="admin")


def display_name(user: AbstractBaseUser | AnonymousUser) -> str:
    """What other editors call someone: the full name, else the account's; empty for nobody."""
    if not isinstance(user, User):
        return ""
    return full_name(user.first_name, user.last_name).strip() or user.username


def _check(user: User) -> None:
    try:
        user.clean_fields()
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        what = _("메일 주소") if field == "email" else _("이름")
        raise ValueError(f"{what}: {messages[0]}") from error
