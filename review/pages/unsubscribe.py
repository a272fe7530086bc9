"""Ending the daily summary from a mail, by whoever got it: no account is asked for."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from alerts.digests.unsubscribing import recipient_of, set_digest
from monitor.logs import logger


@csrf_exempt
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """`/unsubscribe/TOKEN`: a GET shows a button, since programs open links; a POST ends the summary (RFC 8058).

    The token is the proof, so that a mail program's POST without cookies counts. It ends nothing but the summary, and
    the same page begins it again.
    """
    recipient = recipient_of(token)
    if recipient is None:
        return render(request, "review/unsubscribe.html", {"recipient": None}, status=404)
    # In the language of the mail that led here.
    with translation.override(recipient.language):
        if request.method == "POST":
            wanted = "resume" in request.POST
            set_digest(recipient, wanted=wanted)
            recipient.digest = wanted
            logger.info("summary resumed" if wanted else "summary ended", recipient=recipient.pk)
        return render(
            request,
            "review/unsubscribe.html",
            {
                "recipient": recipient,
                "place": recipient.address.partition(":")[2],
                "done": request.method == "POST",
            },
        )
