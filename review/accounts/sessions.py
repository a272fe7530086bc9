"""Browsers that are signed in: noted at the door, seen now and then, ended by their owner or an admin.

Django's own table of sessions says who is in; `SignedIn` only tells its owner which browser that is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone

from monitor.texts.text import clean_line
from review.models import SignedIn

#: "Last seen" is written no oftener.
RARELY = timedelta(minutes=5)
#: Characters kept of what a browser says of itself.
LONGEST_AGENT = 400

_BACKEND = "django.contrib.auth.backends.ModelBackend"

#: By what stands in a User-Agent, the telling one first: every browser also names those it wants to be taken for.
_BROWSERS = (
    ("KAKAOTALK", "KakaoTalk"), ("NAVER(", "NAVER"), ("Whale/", "Whale"), ("SamsungBrowser/", "Samsung Internet"),
    ("Edg", "Edge"), ("OPR/", "Opera"), ("FxiOS/", "Firefox"), ("Firefox/", "Firefox"), ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("CrOS", "ChromeOS"),
    ("Macintosh", "Mac"), ("Linux", "Linux"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Here:
    """A browser that is signed in, as its owner is shown it."""

    row: SignedIn
    #: "Chrome · Windows"; empty where the browser does not say.
    device: str
    #: Whether it is the one that asks.
    is_this: bool


def enter(request: HttpRequest, user: User, door: str) -> None:
    """Signs `user` in, and notes by which door and with what browser."""
    now = timezone.now()
    login(request, user, _BACKEND)
    if request.session.session_key is None:
        # Another's session stood here and was flushed: its key is new, too.
        request.session.save()
    forget_ended(now)
    note(request, user, door, now)


def leave(request: HttpRequest) -> None:
    """Ends this session, here and on the server."""
    SignedIn.objects.filter(session_key=request.session.session_key or "").delete()
    logout(request)


def note(request: HttpRequest, user: User, door: str, now: datetime) -> None:
    """Writes down the browser of a session; of two requests that come at once, one does."""
    row = SignedIn(
        user=user,
        session_key=request.session.session_key or "",
        door=door,
        agent=clean_line(request.headers.get("User-Agent", ""))[:LONGEST_AGENT],
        address=request.META.get("REMOTE_ADDR", "")[:45],
        since=now,
        last_seen_at=now,
    )
    SignedIn.objects.bulk_create([row], ignore_conflicts=True)


def seen(request: HttpRequest, user: User, now: datetime) -> None:
    """Notes that a session is in use, at most once in `RARELY`; a session that nobody noted is noted now."""
    row = SignedIn.objects.filter(session_key=request.session.session_key).first()
    if row is None:
        note(request, user, "", now)
    elif row.last_seen_at < now - RARELY:
        # Not save(): a session that its owner ends at this moment stays ended.
        SignedIn.objects.filter(pk=row.pk).update(last_seen_at=now)


def sessions_of(user: User, now: datetime, this: str | None = None) -> list[Here]:
    """The browsers in which `user` is signed in, the one with the session key `this` first, then by when last seen."""
    keys = Session.objects.filter(expire_date__gt=now).values("session_key")
    rows = SignedIn.objects.filter(user=user, session_key__in=keys).order_by("-last_seen_at", "-id")
    found = [Here(row, device(row.agent), row.session_key == this) for row in rows]
    return sorted(found, key=lambda here: not here.is_this)


def end(user: User, *, only: int | None = None, keep: str | None = None) -> int:
    """Ends the user's sessions: the one of the row `only`, or all but the one with the key `keep`; how many."""
    rows = SignedIn.objects.filter(user=user).exclude(session_key=keep or "")
    if only is not None:
        rows = rows.filter(pk=only)
    keys = [*rows.values_list("session_key", flat=True)]
    Session.objects.filter(session_key__in=keys).delete()
    SignedIn.objects.filter(session_key__in=keys).delete()
    return len(keys)


def set_password(request: HttpRequest, user: User, password: str) -> None:
    """Sets the user's own password and ends all their sessions but this one, which goes on under a new key."""
    former = request.session.session_key
    user.set_password(password)
    user.save(update_fields=["password"])
    end(user, keep=former)
    update_session_auth_hash(request, user)
    SignedIn.objects.filter(session_key=former or "").update(session_key=request.session.session_key)


def forget_ended(now: datetime) -> None:
    """Deletes the sessions that ran out, and what was noted of sessions that are no more."""
    Session.objects.filter(expire_date__lte=now).delete()
    SignedIn.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()


def device(agent: str) -> str:
    """What a User-Agent (RFC 9110, 10.1.5) tells of browser and system: "Chrome · Windows".

    Empty where neither is known.
    """
    return " · ".join(filter(None, (_first(_BROWSERS, agent), _first(_SYSTEMS, agent))))


def _first(table: Iterable[tuple[str, str]], agent: str) -> str:
    return next((name for sign, name in table if sign in agent), "")
