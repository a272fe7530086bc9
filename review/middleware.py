"""What happens around every page: response headers, "last seen", and what a viewer may not press."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from review.accounts import sessions
from review.accounts.roles import may_decide

#: Everything from ourselves, nothing inline, no frames (OWASP ASVS 5.0, 3.4.3 and 3.4.6).
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

_LOOKING = ("GET", "HEAD", "OPTIONS")
#: What a viewer may send: all of it changes only what is their own.
_OWN = {"signin", "signin-link", "signin-mail", "signout", "me", "views", "start", "live", "unsubscribe"}

#: What no page of ours ever asks a browser for.
PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "encrypted-media", "geolocation",
        "gyroscope", "magnetometer", "microphone", "midi", "payment", "usb", "xr-spatial-tracking",
    )
)  # fmt: skip

Page = Callable[[HttpRequest], HttpResponse]


class HeadersMiddleware:
    """Sets the headers that every answer has, files and errors among them, unless it has its own.

    Pages are of one session: no cache keeps them, not the browser's own either once somebody signed out
    (OWASP ASVS 5.0, 14.3.2). Files say themselves for how long they may be kept.
    """

    def __init__(self, get_response: Page) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Cache-Control", "no-store, private")
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        return response


class LastSeenMiddleware:
    """Notes which browsers are in use, for the list that their owner sees."""

    def __init__(self, get_response: Page) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if isinstance(request.user, User):
            sessions.seen(request, request.user, timezone.now())
        return self.get_response(request)


class ViewersLookMiddleware:
    """Refuses what a viewer sends, whatever view it is for: a page that forgets to ask lets nothing through."""

    def __init__(self, get_response: Page) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        """Called when the route is known, before the view is.

        Raises:
            PermissionDenied: a viewer sends what is not in `_OWN`.
        """
        route = request.resolver_match
        is_own = route is not None and route.namespace == "review" and route.url_name in _OWN
        if request.method in _LOOKING or is_own or not request.user.is_authenticated:
            return
        if not may_decide(request.user):
            raise PermissionDenied(
                _(
                    "보기만 할 수 있는 계정입니다. 결정하고 고치시려면 관리자에게 편집자 권한을 부탁해 주십시오."
                )
            )
