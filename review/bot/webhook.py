"""Where Telegram brings updates itself, instead of being asked for them.

Knows nothing of Telegram's library: pages are served without a bot, too.
"""

import hmac
import json
from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseForbidden
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from monitor.config import settings

PATH = "telegram/webhook"

_taker: Callable[[dict[str, Any]], None] | None = None


def take_with(taker: Callable[[dict[str, Any]], None] | None) -> None:
    """Hands updates to `taker` from now on, from whichever thread they come; None for nobody."""
    global _taker
    _taker = taker


@csrf_exempt
@login_not_required
@require_POST
def telegram_webhook(request: HttpRequest) -> HttpResponse:
    """`/telegram/webhook`: only for whoever knows the secret that we gave to Telegram."""
    secret = settings().telegram_webhook_secret
    given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
    if secret is None or not hmac.compare_digest(given.encode(), secret.get_secret_value().encode()):
        return HttpResponseForbidden()
    try:
        update = json.loads(request.body)
    except ValueError:
        return HttpResponseBadRequest()
    if not isinstance(update, dict):
        return HttpResponseBadRequest()
    if _taker is None:
        # Not started yet, or stopping: Telegram brings it once more.
        return HttpResponse(status=503)
    _taker(update)
    return HttpResponse()
