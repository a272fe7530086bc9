"""What every page has around it: the navigation, how many wait, when a source was last asked, and who is signed in."""

from functools import partial
from typing import Any, cast

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme

from alerts.models import Recipient
from monitor.config import settings
from monitor.models import Source
from monitor.polls.health import FAULTY
from review import catalogue
from review.accounts.people import display_name
from review.accounts.roles import may_decide
from review.deciding import queue
from review.deciding.decisions import Choice, effective_queue, standing
from review.models import Decision
from review.starting import how_many_left
from review.times import instant

_DECIDED = "decided"
#: The cookie of a browser that wants to see no more of the first-run guide.
GUIDE_AWAY = "guide-away"


def page(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    """A whole page inside the common frame."""
    now = timezone.now()
    polled = Source.objects.aggregate(at=Max("last_polled_at"))["at"]
    enabled = [source.id for source in catalogue.sources().values() if source.enabled]
    frame = {
        "waiting": queue.count(queue.Filters(), now),
        "last_poll": instant(polled, now, settings().timezone) if polled else None,
        "troubled": Source.objects.filter(id__in=enabled, state__in=FAULTY).count(),
        "asking": _asking(request),
        # Called where a template shows it: pages that do not need not count.
        "guide_left": partial(_guide_left, request),
        "who": display_name(request.user),
        "toast": toast(_just_decided(request)),
    }
    return render(request, f"review/{template}", frame | (context or {}), status=status)


def rights(request: HttpRequest) -> dict[str, Any]:
    """For every template, also of a part of a page: `can_decide`, asked for where it is used."""
    return {"can_decide": SimpleLazyObject(lambda: may_decide(request.user))}


def editor_of(request: HttpRequest) -> User:
    """Who is signed in; the middleware lets nobody else come this far."""
    return cast(User, request.user)


def only_admins(request: HttpRequest) -> None:
    """Returns for an admin only.

    Raises:
        PermissionDenied: whoever asks is none; the page of that error says whom this one is for.
    """
    if not editor_of(request).is_staff:
        raise PermissionDenied


def own_path(request: HttpRequest, wanted: str, fallback: str) -> str:
    """`wanted` if it is a path of this site, else `fallback`: nobody is sent elsewhere by an address or a form."""
    ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, {request.get_host()})
    return wanted if ours else fallback


def back_to(request: HttpRequest, fallback: str, anchor: str = "") -> str:
    """Where the form's `next` says it came from, with `anchor` behind it.

    `fallback` instead, where that is no path of this site.
    """
    return own_path(request, request.POST.get("next", ""), fallback) + anchor


def remember_decision(request: HttpRequest, decision: Decision) -> None:
    """Lets the next page say what was decided and offer to undo it."""
    request.session[_DECIDED] = decision.pk


def toast(decision: Decision | None) -> dict[str, Any] | None:
    """What the line at the foot of the page says of a decision, and what its undo button has to send."""
    if decision is None:
        return None
    now = timezone.now()
    story = decision.story
    in_force = standing(story.decisions.order_by("id"))
    until = instant(story.later_until, now, settings().timezone) if story.later_until else None
    return {
        "decision": decision,
        "until": until if decision.choice == Choice.LATER else None,
        "undo": in_force == decision and decision.choice != Choice.UNDO,
        "seen": effective_queue(story, now),
    }


def guide_put_away(request: HttpRequest) -> bool:
    """Whether somebody put the first-run guide away in this browser."""
    return bool(request.COOKIES.get(GUIDE_AWAY))


def number(text: str) -> int | None:
    """A row's id as an address writes it; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _asking(request: HttpRequest) -> int:
    """How many wait for an administrator to approve them; nobody else can do anything about it."""
    if not editor_of(request).is_staff:
        return 0
    return Recipient.objects.filter(state=Recipient.State.PENDING).count()


def _guide_left(request: HttpRequest) -> int:
    """How much is left to set up, for an administrator who did not put the guide away."""
    if not editor_of(request).is_staff or guide_put_away(request):
        return 0
    return how_many_left()


def _just_decided(request: HttpRequest) -> Decision | None:
    decision_id = request.session.pop(_DECIDED, None)
    if decision_id is None:
        return None
    return Decision.objects.select_related("story").filter(pk=decision_id, editor=editor_of(request)).first()
