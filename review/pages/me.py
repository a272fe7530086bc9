"""One's own account: the browsers in which one is signed in, the password, and the addresses of one's feeds."""

from collections.abc import Iterable
from datetime import datetime
from math import ceil
from typing import Any

from django.contrib import messages
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from monitor.config import settings
from monitor.logs import logger
from review import feeds
from review.accounts import sessions
from review.accounts.actions import record
from review.accounts.people import display_name
from review.accounts.roles import role_of
from review.accounts.throttle import forgive, try_again_after
from review.labels import role_name
from review.pages.frame import editor_of, number, page
from review.times import instant


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def me_page(request: HttpRequest) -> HttpResponse:
    """`/me/`: one's sessions, password and feeds; a POST changes what its `action` says."""
    action = request.POST.get("action", "")
    if action == "password":
        return _set_password(request)
    if action in {"end", "end-others"}:
        return _end(request, everywhere=action == "end-others")
    if action == "feeds":
        # The token stands on this one answer and nowhere else.
        with transaction.atomic():
            token = feeds.make_token(editor_of(request), timezone.now())
            record("signin.feeds", by=editor_of(request))
        return _me(request, feed_token=token)
    if action == "no-feeds":
        with transaction.atomic():
            if feeds.revoke(editor_of(request)):
                record("signin.no-feeds", by=editor_of(request))
        return redirect("review:me")
    return _me(request)


def session_rows(found: Iterable[sessions.Here], now: datetime) -> list[dict[str, Any]]:
    """The sessions in their order, as the rows of a list."""
    zone = settings().timezone
    doors = {"link": _("일회용 링크로"), "password": _("비밀번호로")}
    return [
        {
            "id": here.row.pk,
            "device": here.device or _("알 수 없는 기기"),
            "is_this": here.is_this,
            "door": doors.get(here.row.door, ""),
            "address": here.row.address,
            "since": instant(here.row.since, now, zone),
            "seen": instant(here.row.last_seen_at, now, zone),
        }
        for here in found
    ]


def _me(
    request: HttpRequest,
    form: SetPasswordForm | None = None,
    wait: int = 0,
    status: int = 200,
    feed_token: str = "",
) -> HttpResponse:
    user, now = editor_of(request), timezone.now()
    here = sessions.sessions_of(user, now, request.session.session_key)
    made = feeds.made_at(user)
    context = {
        "account": user,
        "named": display_name(user) != user.get_username(),
        "role": role_name(role_of(user)),
        "sessions": session_rows(here, now),
        "others": len(here) > 1,
        "has_password": user.has_usable_password(),
        "form": form or _form_of(user),
        "wait": wait,
        "feeds": feeds.addresses(feed_token) if feed_token else [],
        "feeds_made": instant(made, now, settings().timezone) if made else None,
    }
    return page(request, "me.html", context, status)


def _end(request: HttpRequest, *, everywhere: bool) -> HttpResponse:
    this = request.session.session_key
    row = number(request.POST.get("session", ""))
    ended = 0
    if everywhere or row is not None:
        ended = sessions.end(editor_of(request), only=None if everywhere else row, keep=this)
    if ended:
        text = ngettext("{n}곳에서 로그아웃했습니다.", "{n}곳에서 로그아웃했습니다.", ended)
        messages.success(request, text.format(n=ended))
    else:
        messages.info(request, _("이미 로그아웃된 곳입니다."))
    return redirect("review:me")


def _set_password(request: HttpRequest) -> HttpResponse:
    user, now = editor_of(request), timezone.now()
    account, address = user.get_username(), request.META.get("REMOTE_ADDR", "")
    asks = user.has_usable_password()
    # Whoever sits down at an open session must not guess the password faster than at the door.
    wait = try_again_after(account, address, now) if asks else None
    if wait:
        return _me(request, wait=ceil(wait.total_seconds() / 60), status=429)
    form = _form_of(user, request.POST)
    if not form.is_valid():
        if asks and "old_password" not in form.errors:
            forgive(account, address, now)
        return _me(request, form, status=422)
    if asks:
        forgive(account, address, now)
    with transaction.atomic():
        sessions.set_password(request, user, form.cleaned_data["new_password1"])
        record("signin.password", by=user)
    logger.info("password set", user=user.pk)
    messages.success(request, _("비밀번호를 정했습니다. 다른 곳에서는 모두 로그아웃했습니다."))
    return redirect("review:me")


def _form_of(user: User, sent: QueryDict | None = None) -> SetPasswordForm:
    """Asks for the present password too, where there is one."""
    return PasswordChangeForm(user, sent) if user.has_usable_password() else SetPasswordForm(user, sent)
