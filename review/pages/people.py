"""Who may come in: accounts, what they may do, their links, their Telegram and their sessions. For admins."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from alerts.channels import make_channel
from monitor.config import settings
from monitor.logs import logger
from review.accounts import sessions
from review.accounts.actions import record
from review.accounts.people import (
    add_user,
    change_user,
    close_account,
    display_name,
    link_telegram,
    open_account,
)
from review.accounts.roles import ROLES, Role, role_of
from review.accounts.signin import mail_link, make_link
from review.labels import role_name
from review.models import SignedIn, TelegramPerson
from review.pages.frame import editor_of, number, only_admins, page
from review.pages.me import session_rows
from review.times import instant


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def people_page(request: HttpRequest) -> HttpResponse:
    """`/people/`: everybody, and a form for one more; the answer to a POST shows the new account's one-time link.

    Raises:
        PermissionDenied: whoever asks is no admin.
    """
    only_admins(request)
    now = timezone.now()
    if request.method != "POST":
        return _people(request, now)
    sent = {name: request.POST.get(name, "").strip() for name in ("name", "shown", "email", "role")}
    role = _role(sent["role"], "editor")
    try:
        with transaction.atomic():
            user = add_user(sent["name"], sent["email"], role=role, shown=sent["shown"])
            _note(request, "added", user, role=role)
    except ValueError as error:
        return _people(request, now, sent | {"wrong": str(error)}, status=422)
    logger.info("account made", user=user.pk, role=role_of(user), by=editor_of(request).pk)
    return _with_link(request, user, now)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def person_page(request: HttpRequest, user_id: int) -> HttpResponse:
    """`/people/ID/`: one of them; a POST does what its `action` says, or answers 422 with why not.

    Raises:
        PermissionDenied: whoever asks is no admin.
    """
    only_admins(request)
    user = get_object_or_404(User, pk=user_id)
    if request.method != "POST":
        return _person(request, user)
    action = _ACTIONS.get(request.POST.get("action", ""))
    if action is None:
        return redirect("review:person", user.pk)
    logger.info("account changed", user=user.pk, action=request.POST["action"], by=editor_of(request).pk)
    try:
        answer = action(request, user)
    except ValueError as error:
        return _person(request, User.objects.get(pk=user.pk), wrong=str(error), status=422)
    return answer or redirect("review:person", user.pk)


def _note(request: HttpRequest, deed: str, user: User, **facts: Any) -> None:
    record(f"person.{deed}", display_name(user), by=editor_of(request), account=user.username, **facts)


@transaction.atomic
def _save(request: HttpRequest, user: User) -> None:
    # Nobody takes their own rights away by a slip; another admin may.
    former, former_email = role_of(user), user.email
    role = former if user == editor_of(request) else _role(request.POST.get("role", ""), former)
    change_user(user, email=request.POST.get("email", ""), shown=request.POST.get("shown", ""), role=role)
    changed = {"role": role, "former_role": former} if role != former else {}
    _note(request, "changed", user, email=user.email if user.email != former_email else "", **changed)
    messages.success(request, _("저장했습니다."))


def _with_link(request: HttpRequest, user: User, now: datetime | None = None) -> HttpResponse:
    """The page with a new link: it stands on this one answer and nowhere else, neither in the database nor in a session.

    Raises:
        ValueError: the account is closed; with the sentence for it.
    """
    if not user.is_active:
        raise ValueError(_("닫힌 계정입니다. 먼저 다시 여십시오."))
    with transaction.atomic():
        link = make_link(user, now or timezone.now())
        _note(request, "link", user)
    return _person(request, user, link=link)


def _mail(request: HttpRequest, user: User) -> None:
    channel = make_channel("mailto", settings()) if user.email and user.is_active else None
    if channel is None:
        return
    reason = mail_link(user, channel, timezone.now())
    if reason:
        raise ValueError(_("메일을 보내지 못했습니다: {reason}").format(reason=reason))
    _note(request, "mail", user, email=user.email)
    messages.success(request, _("{email} 로 로그인 링크를 보냈습니다.").format(email=user.email))


@transaction.atomic
def _end_sessions(request: HttpRequest, user: User) -> None:
    ended = sessions.end(user, keep=request.session.session_key)
    _note(request, "ended", user)
    text = ngettext("{n}곳에서 로그아웃했습니다.", "{n}곳에서 로그아웃했습니다.", ended)
    messages.success(request, text.format(n=ended))


def _link_telegram(request: HttpRequest, user: User) -> None:
    telegram_id = number(request.POST.get("number", "").strip())
    if not telegram_id:
        raise ValueError(_("텔레그램 번호는 숫자입니다. 봇이 /start 에 답할 때 알려 줍니다."))
    with transaction.atomic():
        link_telegram(user, telegram_id)
        _note(request, "telegram", user, telegram=telegram_id)
    messages.success(request, _("이제 이 사람이 텔레그램에서 누르는 것은 이 계정의 결정이 됩니다."))


def _unlink_telegram(request: HttpRequest, user: User) -> None:
    with transaction.atomic():
        theirs = TelegramPerson.objects.filter(user=user, pk=number(request.POST.get("person", "")) or 0)
        if theirs.delete()[0]:
            _note(request, "unlinked", user)
    messages.success(request, _("텔레그램과의 연결을 끊었습니다."))


def _close(request: HttpRequest, user: User) -> None:
    if user == editor_of(request):
        raise ValueError(_("자기 계정은 닫을 수 없습니다. 다른 관리자에게 부탁해 주십시오."))
    with transaction.atomic():
        close_account(user)
        _note(request, "closed", user)
    messages.success(request, _("계정을 닫았습니다. 이제 들어올 수 없고, 내린 결정은 그대로 남습니다."))


def _open(request: HttpRequest, user: User) -> None:
    with transaction.atomic():
        open_account(user)
        _note(request, "opened", user)
    messages.success(request, _("계정을 다시 열었습니다. 일회용 링크로 들어올 수 있습니다."))


_ACTIONS: dict[str, Callable[[HttpRequest, User], HttpResponse | None]] = {
    "save": _save,
    "link": _with_link,
    "mail": _mail,
    "end": _end_sessions,
    "telegram": _link_telegram,
    "unlink": _unlink_telegram,
    "close": _close,
    "open": _open,
}


def _people(
    request: HttpRequest, now: datetime, draft: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    last = SignedIn.objects.filter(user=OuterRef("pk")).order_by("-last_seen_at").values("last_seen_at")[:1]
    users = User.objects.annotate(telegrams=Count("telegram_people"), last_seen_at=Subquery(last))
    rows = [_row(user, now) for user in users.prefetch_related("groups").order_by("-is_active", "id")]
    context = {
        "open": [row for row in rows if row["is_open"]],
        "closed": [row for row in rows if not row["is_open"]],
        "draft": draft or {"role": "editor"},
        "roles": _roles(),
    }
    return page(request, "people.html", context, status)


def _row(user: User, now: datetime) -> dict[str, Any]:
    # Sessions are forgotten when they end; the last time at the door is not.
    seen = max(filter(None, (getattr(user, "last_seen_at", None), user.last_login)), default=None)
    name = display_name(user)
    return {
        "id": user.pk,
        "name": name,
        "account": user.username if name != user.username else "",
        "email": user.email,
        "role": role_of(user),
        "role_name": role_name(role_of(user)),
        "is_open": user.is_active,
        "telegrams": getattr(user, "telegrams", 0),
        "seen": instant(seen, now, settings().timezone) if seen else None,
    }


def _person(
    request: HttpRequest, user: User, *, link: str = "", wrong: str = "", status: int = 200
) -> HttpResponse:
    now = timezone.now()
    sent = request.POST if wrong and request.POST.get("action") == "save" else {}
    context = {
        "person": _row(user, now),
        "username": user.username,
        "shown": sent.get("shown", display_name(user)),
        "email": sent.get("email", user.email),
        "role": sent.get("role", role_of(user)),
        "roles": _roles(),
        "is_me": user == editor_of(request),
        "telegram": [
            {"id": person.pk, "name": person.name, "number": person.telegram_id}
            for person in user.telegram_people.order_by("linked_at")
        ],
        "sessions": session_rows(sessions.sessions_of(user, now, request.session.session_key), now),
        "by_mail": bool(settings().smtp_url is not None and user.email),
        "by_telegram": settings().telegram_bot_token is not None,
        "link": link,
        "wrong": wrong,
    }
    return page(request, "person.html", context, status)


def _roles() -> list[tuple[Role, str, str]]:
    """What may be chosen: id, name, and what it comes to."""
    about: dict[Role, str] = {
        "viewer": _("읽고 찾기만 합니다. 아무것도 바꾸지 못합니다."),
        "editor": _("후보를 고르고 다음 호를 만듭니다."),
        "admin": _("편집자의 일에 더해 사람과 받는 이를 정합니다."),
    }
    return [(role, role_name(role), about[role]) for role in ROLES]


def _role(text: str, otherwise: Role) -> Role:
    return next((role for role in ROLES if role == text), otherwise)
