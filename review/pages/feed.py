"""`/feeds/TOPIC.atom`: a topic's entries for a feed reader, which has no session but a token."""

import hashlib

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, HttpResponseNotFound
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from review import catalogue, feeds


@login_not_required
@require_safe
def topic_feed(request: HttpRequest, topic: str) -> HttpResponse:
    """The feed; 403 for whoever has no token, whether or not there is such a topic."""
    answer = _answer(request, topic)
    # The token stands in the address: no page that a link here leads to, and no cache between, comes to know it.
    answer["Referrer-Policy"] = "no-referrer"
    answer["Cache-Control"] = "private, no-store"
    return answer


def _answer(request: HttpRequest, topic: str) -> HttpResponse:
    if not feeds.opens(request.GET.get("token", "")):
        return HttpResponseForbidden("403\n", content_type="text/plain; charset=utf-8")
    if topic not in {one.id for one in catalogue.taxonomy().topics}:
        return HttpResponseNotFound("404\n", content_type="text/plain; charset=utf-8")
    body, changed = feeds.atom(topic)
    answer = HttpResponse(body, content_type="application/atom+xml; charset=utf-8")
    answer["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    answer["Last-Modified"] = http_date(changed.timestamp())
    unchanged = get_conditional_response(
        request, etag=answer["ETag"], last_modified=int(changed.timestamp()), response=answer
    )
    return unchanged or answer
