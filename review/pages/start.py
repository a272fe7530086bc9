"""The first-run guide: what is not set up yet and how to, until all is done or somebody puts it away."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from review.pages.frame import GUIDE_AWAY, guide_put_away, page
from review.starting import steps

#: Browsers keep a cookie no longer (draft-ietf-httpbis-rfc6265bis, 5.5).
_A_LONG_TIME = 400 * 24 * 3600


@require_http_methods(["GET", "HEAD", "POST"])
def start_page(request: HttpRequest) -> HttpResponse:
    """`/start/`: the steps and which are done; a POST puts the guide away or brings it back."""
    if request.method == "POST":
        return _put_away(request)
    found = steps()
    context: dict[str, Any] = {
        "steps": found,
        "done": sum(step.done for step in found),
        "put_away": guide_put_away(request),
    }
    return page(request, "start.html", context)


def _put_away(request: HttpRequest) -> HttpResponse:
    """Puts the guide's link away from the queue in this browser, or back."""
    response = redirect("review:queue" if request.POST.get("action") == "away" else "review:start")
    if request.POST.get("action") == "away":
        response.set_cookie(
            GUIDE_AWAY, "1", max_age=_A_LONG_TIME, httponly=True, samesite="Lax", secure=request.is_secure()
        )
    else:
        response.delete_cookie(GUIDE_AWAY, samesite="Lax")
    return response
