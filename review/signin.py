"""One-time sign-in links: made, and used up once."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.urls import reverse

from monitor.config import settings
from review.models import SignInLink

#: How long a link works.
LIFETIME = timedelta(hours=24)
#: 256 bits.
TOKEN_BYTES = 32


def make_link(user: User, now: datetime) -> str:
    """The address that signs `user` in, once, within a day. Nobody can read it from the database."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    SignInLink.objects.filter(expires_at__lt=now).delete()
    SignInLink.objects.create(user=user, token_hash=_hash(token), created_at=now, expires_at=now + LIFETIME)
    return settings().public_url + reverse("review:signin-link", args=[token])


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
