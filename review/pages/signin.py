"""Signing in, by a one-time link or a password, and out; and a link by mail for those who ask for one."""

import threading
from datetime import datetime, timedelta
from math import ceil
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from alerts.channels import make_channel
from monitor.config import settings
from monitor.logs import logger, redact
from review.accounts import sessions
from review.accounts.actions import record
from review.accounts.signin import consume, mail_links, waits_for_press
from review.accounts.throttle import forgive, try_again_after, write_again_after
from review.pages.frame import own_path

#: Those that look at a link in a message before any person does. They must not use it up.
PREVIEWERS = (
    "bot", "crawler", "spider", "preview", "facebookexternalhit", "kakaotalk-scrap", "whatsapp", "slack-imgproxy",
    "embedly", "mattermost", "line-poker", "yeti",
)  # fmt: skip

#: RFC 5321, 4.5.3.1.3: a path is no longer, and no address either.
LONGEST_ADDRESS = 254


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def signin_page(request: HttpRequest) -> HttpResponse:
    """`/signin/`: with a password, or how to come by a link; 429 with Retry-After (RFC 6585, 4) after too many tries."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    onward = own_path(request, wanted, "/")
    if request.htmx:  # type: ignore[attr-defined]
        # A session ended while its page stood open: the whole page goes to the sign-in, not a part of it.
        back = request.htmx.current_url_abs_path or "/"  # type: ignore[attr-defined]
        return HttpResponse(
            status=204, headers={"HX-Redirect": f"{request.path}?{urlencode({'next': back})}"}
        )
    if request.user.is_authenticated:
        return HttpResponseRedirect(onward)
    context = {"next": onward, **_other_ways()}
    if request.method != "POST":
        return render(request, "review/signin.html", context)
    account, address, now = (
        request.POST.get("username", ""),
        request.META.get("REMOTE_ADDR", ""),
        timezone.now(),
    )
    wait = try_again_after(account, address, now)
    if wait:
        logger.warning("sign-in held back", address=address, seconds=ceil(wait.total_seconds()))
        return _wait(request, context, wait)
    form = AuthenticationForm(request, request.POST)
    if not form.is_valid():
        _refused(account, address)
        return render(
            request, "review/signin.html", context | {"failed": True, "account": account}, status=401
        )
    forgive(account, address, now)
    _enter(request, form.get_user(), "password")
    return HttpResponseRedirect(onward)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def signin_mail(request: HttpRequest) -> HttpResponse:
    """`/signin/mail`: a link by mail. The answer is the same whoever asks, and as quick (OWASP ASVS 5.0, 6.3.8)."""
    if request.method != "POST" or settings().smtp_url is None:
        return redirect("review:signin")
    address = request.POST.get("address", "").strip()[:LONGEST_ADDRESS]
    now = timezone.now()
    wait = write_again_after(address, request.META.get("REMOTE_ADDR", ""), now)
    if wait:
        return _wait(request, {**_other_ways(), "letters": True, "next": "/"}, wait)
    if address:
        # Whether there is such an account, and how long its mail server takes, is nothing to be read from our clock.
        threading.Thread(target=_mail_links, args=(address, now), name="sign-in mail", daemon=True).start()
    return render(request, "review/signin_mail.html", {"address": address})


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def signin_link(request: HttpRequest, token: str) -> HttpResponse:
    """`/signin/TOKEN/`: signs in whoever opens the link, once; 403 where it was used or has run out."""
    if request.method != "POST" and (waits_for_press(token) or not _opens(request)):
        # Should a person be taken for a machine, the page has a button.
        return render(request, "review/signin_open.html")
    user = consume(token, timezone.now())
    if user is None:
        if request.user.is_authenticated:
            # Pressed twice, or come back to by the browser's own button.
            return redirect("/")
        return render(request, "review/signin_used.html", status=403)
    _enter(request, user, "link")
    return redirect("/")


@login_not_required
@require_POST
def signout(request: HttpRequest) -> HttpResponse:
    """`/signout/`: ends the session, here and on the server."""
    sessions.leave(request)
    return redirect("review:signin")


def admin_signin(request: HttpRequest, extra_context: object = None) -> HttpResponse:
    """Stands in for the admin's own sign-in, which would know no throttle: sends an admin on.

    Raises:
        PermissionDenied: whoever comes here is signed in, but no admin.
    """
    if getattr(request.user, "is_staff", False):
        return HttpResponseRedirect(own_path(request, request.GET.get("next", ""), reverse("admin:index")))
    raise PermissionDenied


@transaction.atomic
def _enter(request: HttpRequest, user: User, door: str) -> None:
    sessions.enter(request, user, door)
    record("signin.in", by=user, address=request.META.get("REMOTE_ADDR", ""), by_what=door)


def _refused(account: str, address: str) -> None:
    """Whose account was tried is kept where there is one; what else a stranger typed may have been a password."""
    user = User.objects.filter(username=account).first()
    record("signin.refused", user.username if user else "", address=address)


def _mail_links(address: str, now: datetime) -> None:
    channel = make_channel("mailto", settings())
    assert channel is not None, "asked for with SMTP_URL only"
    try:
        mail_links(address, channel, now)
    except Exception as error:  # noqa: BLE001 -- the thread's end: nobody else would hear of it
        logger.error("sign-in link not mailed", reason=f"{type(error).__name__}: {redact(str(error))}")
    finally:
        # This thread's own.
        connection.close()


def _other_ways() -> dict[str, bool]:
    """Which ways in there are besides a password and the console."""
    own = settings()
    return {"by_mail": own.smtp_url is not None, "by_telegram": own.telegram_bot_token is not None}


def _wait(request: HttpRequest, context: dict[str, object], wait: timedelta) -> HttpResponse:
    seconds = ceil(wait.total_seconds())
    context |= {"wait_minutes": ceil(seconds / 60)}
    response = render(request, "review/signin.html", context, status=429)
    response["Retry-After"] = str(seconds)
    return response


def _opens(request: HttpRequest) -> bool:
    """Whether somebody opens the address in a window: no preview, no prefetch, no part of another page."""
    if request.method == "HEAD":
        return False
    agent = request.headers.get("User-Agent", "").casefold()
    if any(name in agent for name in PREVIEWERS):
        return False
    purpose = request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")
    if "prefetch" in purpose or "preview" in purpose:
        return False
    return request.headers.get("Sec-Fetch-Dest", "document") == "document"
