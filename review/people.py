"""The accounts that may open the pages."""

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from monitor.i18n import _

#: The account that a first start makes.
FIRST_NAME = "admin"


def add_user(name: str, email: str = "", *, admin: bool = False) -> User:
    """A new account without a password: its owner comes in by a one-time link.

    Raises:
        ValueError: the name is taken or is no name, the address is no mail address; with the sentence for it.
    """
    user = User(username=name.strip(), email=email.strip(), is_staff=admin, is_superuser=admin)
    user.set_unusable_password()
    try:
        user.clean_fields()
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        what = _("메일 주소") if field == "email" else _("이름")
        raise ValueError(f"{what}: {messages[0]}") from error
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        raise ValueError(
            _('"{name}" 계정이 이미 있습니다. 다른 이름을 쓰십시오.').format(name=name)
        ) from error
    return user


def first_user() -> User:
    """The account that the link of a start signs in: the oldest active administrator, made where there is none."""
    user = User.objects.filter(is_active=True, is_staff=True).order_by("id").first()
    if user is not None:
        return user
    taken = User.objects.filter(username__startswith=FIRST_NAME).count()
    return add_user(f"{FIRST_NAME}{taken + 1}" if taken else FIRST_NAME, admin=True)


def display_name(user: AbstractBaseUser | AnonymousUser) -> str:
    """What other editors call someone."""
    if not isinstance(user, User):
        return ""
    # Korean writes the family name first and no space between.
    full = f"{user.last_name}{user.first_name}" if _is_hangul(user.last_name) else user.get_full_name()
    return full.strip() or user.username


def _is_hangul(text: str) -> bool:
    return bool(text) and all("가" <= letter <= "힣" for letter in text)
