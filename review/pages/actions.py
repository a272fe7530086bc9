"""The record: who did what to accounts, recipients, issues and models, and who came in. For admins."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from monitor.config import settings
from review.accounts import actions
from review.accounts.people import display_name
from review.labels import door_name
from review.models import Action
from review.pages.frame import number, only_admins, page
from review.times import day_words, instant


@require_safe
def actions_page(request: HttpRequest) -> HttpResponse:
    """`/actions/`: the record, the latest first, by day; what `group` and `who` of the address name, or all of it.

    Raises:
        PermissionDenied: whoever asks is no admin.
    """
    only_admins(request)
    now = timezone.now()
    filters = actions.Filters.read(request.GET.get("group", ""), request.GET.get("who", ""))
    found, more = actions.page_of(filters, number(request.GET.get("before", "")))
    people = [(str(user.pk), display_name(user)) for user in User.objects.order_by("-is_active", "username")]
    context = {
        "days": _by_day(found, now),
        "groups": actions.group_names(),
        "people": people + actions.door_names(),
        "filters": filters,
        "who": str(filters.who or filters.door),
        "more": filters.query_string(before=more) if more else "",
    }
    return page(request, "actions.html", context)


def _by_day(found: list[Action], now: datetime) -> list[tuple[str, list[dict[str, Any]]]]:
    """The actions under their days, in the editors' zone."""
    zone = settings().timezone
    days: dict[str, list[dict[str, Any]]] = {}
    for action in found:
        day = day_words(action.at.astimezone(zone).date(), now.astimezone(zone).date())
        days.setdefault(day, []).append(_row(action, now))
    return list(days.items())


def _row(action: Action, now: datetime) -> dict[str, Any]:
    when = instant(action.at, now, settings().timezone)
    return {
        "who": actions.who_words(action),
        "deed": actions.deed_words(action),
        "what": action.what,
        "details": list(actions.details(action)),
        "door": door_name(action.door) if action.name and action.door != "web" else "",
        "refused": action.kind == "signin.refused",
        "clock": f"{action.at.astimezone(settings().timezone):%H:%M}",
        "when": when,
    }
