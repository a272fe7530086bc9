"""One-time sign-in links: made, sent to whom they are for, and used up once."""

import asyncio
import hashlib
import secrets
from datetime import datetime, timedelta
from html import escape

from django.contrib.auth.models import User
from django.db import transaction
from django.urls import reverse

from alerts.channels import Channel, Sent
from alerts.messages import Button, Message
from monitor.config import settings
from monitor.i18n import _
from monitor.logs import logger, redact
from review.accounts.people import display_name
from review.models import SignInLink

#: How long a link works.
LIFETIME = timedelta(hours=24)
#: 256 bits.
TOKEN_BYTES = 32
#: Begins the token of a link that waits for a press. No other token holds a full stop.
_WAITS = "mail."


def make_link(user: User, now: datetime, *, waits: bool = False) -> str:
    """The address that signs `user` in, once, within a day. Nobody can read it from the database.

    One that `waits` signs in by the button that its page shows: it goes where machines open every link that they see,
    and give themselves out for browsers.
    """
    token = (_WAITS if waits else "") + secrets.token_urlsafe(TOKEN_BYTES)
    SignInLink.objects.filter(expires_at__lt=now).delete()
    SignInLink.objects.create(user=user, token_hash=_hash(token), created_at=now, expires_at=now + LIFETIME)
    return settings().public_url + reverse("review:signin-link", args=[token])


def waits_for_press(token: str) -> bool:
    """Whether the link's page has to be pressed by a person."""
    return token.startswith(_WAITS)


def mail_links(address: str, channel: Channel, now: datetime) -> None:
    """Sends a link to every open account with this mail address, and to nobody else.

    They go to the address as the account has it, not as somebody typed it.
    """
    for user in User.objects.filter(email__iexact=address.strip(), is_active=True).exclude(email=""):
        mail_link(user, channel, now)


def mail_link(user: User, channel: Channel, now: datetime) -> str:
    """Sends `user` a link; what kept it from going, empty where nothing did."""
    outcome = asyncio.run(channel.send(user.email, letter_with(make_link(user, now, waits=True), user)))
    reason = "" if isinstance(outcome, Sent) else redact(getattr(outcome, "reason", type(outcome).__name__))
    logger.info("sign-in link mailed", user=user.pk, sent=not reason, reason=reason or None)
    return reason


def letter_with(link: str, user: User) -> Message:
    """The letter that brings a link, in the program's language."""
    hello = _("{name}님, 안녕하십니까.").format(name=display_name(user))
    what = _("아래 링크로 Bulletin Monitor 에 들어오실 수 있습니다. 하루 안에 한 번만 쓸 수 있습니다.")
    caution = _("링크를 청하신 일이 없다면 이 메일을 지우시면 됩니다. 링크를 남에게 전하지 마십시오.")
    text = "\n\n".join([hello, what, caution])
    return Message(
        html=escape(text),
        plain=text + "\n",
        rows=((Button(_("로그인"), url=link),),),
        subject=_("Bulletin Monitor 로그인 링크"),
    )


def consume(token: str, now: datetime) -> User | None:
    """The link's owner, for whoever comes first; None for a link that is unknown, used or expired, all alike."""
    links = SignInLink.objects.filter(
        token_hash=_hash(token), used_at=None, expires_at__gt=now, user__is_active=True
    )
    with transaction.atomic():
        # The update is the claim: of two that come at once, one changes the row.
        if not links.update(used_at=now):
            return None
        return SignInLink.objects.select_related("user").get(token_hash=_hash(token)).user


def _hash(token: str) -> str:
    # A token of 256 random bits needs no slow hash: there is nothing to guess.
    return hashlib.sha256(token.encode()).hexdigest()
