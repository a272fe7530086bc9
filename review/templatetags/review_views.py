"""The saved views of who looks at the queue."""

from typing import Any

from django import template
from django.db.models import Q
from django.template.context import RequestContext

from review.accounts.people import display_name
from review.deciding.queue import Filters
from review.models import SavedView

register = template.Library()


@register.simple_tag(takes_context=True)
def saved_views(context: RequestContext, filters: Filters) -> dict[str, Any]:
    """The views that the reader has and those that others share, and whether the filters at hand are one of them."""
    user = context["request"].user
    found = SavedView.objects.filter(Q(owner=user) | Q(shared=True)).select_related("owner")
    here = filters.query_string().removeprefix("?")
    rows = [
        {
            "id": view.pk,
            "name": view.name,
            "query": f"?{view.query}",
            "is_here": view.query == here,
            "is_own": view.owner_id == user.pk,
            "shared": view.shared,
            "owner": display_name(view.owner),
        }
        for view in found
    ]
    # One's own first; each kind by name, as the model orders them.
    rows.sort(key=lambda row: not row["is_own"])
    return {
        "all": rows,
        "own": [row for row in rows if row["is_own"]],
        "here": here,
        "can_save": bool(here) and not any(row["is_here"] and row["is_own"] for row in rows),
    }
