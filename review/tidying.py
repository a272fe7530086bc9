"""What of sessions, links and taps need not be kept (docs/decisions/retention.md). Decisions are kept for ever."""

from datetime import datetime

from django.contrib.sessions.models import Session

from monitor.upkeep import retention
from monitor.upkeep.tidying import Surplus, rows
from review.accounts.throttle import MEMORY
from review.models import PasswordTries, Presence, RefusedTap, SignedIn, SignInLink


def old_visits(now: datetime) -> list[Surplus]:
    """What nobody can use any more, by its name in the log of the tidying."""
    return [
        rows("sessions", Session.objects.filter(expire_date__lte=now)),
        rows("signed_in", SignedIn.objects.exclude(session_key__in=Session.objects.values("session_key"))),
        rows("signin_links", SignInLink.objects.filter(expires_at__lt=now)),
        rows("password_tries", PasswordTries.objects.filter(last_tried_at__lt=now - MEMORY)),
        rows("presences", Presence.objects.filter(seen_at__lt=now - retention.DAY)),
        rows("refused_taps", RefusedTap.objects.filter(tapped_at__lt=now - retention.REFUSED_TAPS)),
    ]
