"""Deliveries: did everyone get it, and if not, who and why; and once more by hand."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from alerts import notices
from alerts.digests.due import TOLD_BY_NEXT
from alerts.ledger import LEFT_AT_THAT
from alerts.models import Alert, Digest, Recipient
from monitor.config import settings
from monitor.logs import redact
from review import catalogue, deliveries
from review.accounts.actions import recipient_words, record
from review.deliveries import QUIET, Event
from review.labels import alert_state_name
from review.pages.frame import back_to, editor_of, number, page
from review.recipients import recipient_name
from review.times import When, instant


@dataclass(frozen=True, slots=True)
class Line:
    """One recipient of an event, and how far its alert came."""

    id: int
    who: str
    state: str
    state_name: str
    when: When | None
    words: str
    revised: When | None
    error: str
    may_resend: bool


@require_safe
def alerts_page(request: HttpRequest) -> HttpResponse:
    """`/alerts/`: what was told, the latest first, each with whom it reached and whom it did not."""
    now, zone = timezone.now(), settings().timezone
    filters = deliveries.Filters.read(request.GET)
    found = deliveries.page(filters, zone, number(request.GET.get("before", "")))
    counts = deliveries.counts()
    again = deliveries.may_resend([alert for event in found.events for alert in event.missing], now)
    context = {
        "events": [
            _event(event, again if editor_of(request).is_staff else set(), now) for event in found.events
        ],
        "states": [
            (code, alert_state_name(code), counts[code], filters.query_string(state=code)) for code in counts
        ],
        "all": sum(counts.values()),
        "every_state": filters.query_string(state=""),
        "kinds": [(code, _kind_name(code)) for code in deliveries.KINDS],
        "recipients": [(one.pk, recipient_name(one)) for one in Recipient.objects.order_by("name", "id")],
        "filters": filters,
        "here": request.get_full_path(),
        "more": filters.query_string(before=found.before) if found.before else "",
    }
    return page(request, "alerts.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def resend_alert(request: HttpRequest, alert_id: int) -> HttpResponse:
    """A press on 다시 보내기, or on 그대로 두기 where nobody knows whether it arrived.

    Raises:
        PermissionDenied: whoever pressed is no admin.
    """
    if request.method != "POST":
        # Pressed after the session's end: the sign-in sends back to the address, not to the press.
        return redirect("review:alerts")
    editor = editor_of(request)
    if not editor.is_staff:
        raise PermissionDenied
    if request.POST.get("leave"):
        if _leave(alert_id, editor):
            messages.success(request, _("그대로 두었습니다. 다시 보내지 않습니다."))
        else:
            messages.warning(request, _("그사이에 상태가 바뀌었습니다."))
    elif _resend(alert_id, editor):
        messages.success(request, _("다시 보냅니다."))
    else:
        messages.warning(request, _("그사이에 상태가 바뀌어 다시 보내지 않았습니다."))
    return HttpResponseRedirect(back_to(request, reverse("review:alerts")))


@transaction.atomic
def _leave(alert_id: int, editor: User) -> bool:
    if not deliveries.leave(alert_id):
        return False
    alert = Alert.objects.select_related("recipient").get(pk=alert_id)
    record("recipient.left", recipient_words(alert.recipient), by=editor, alert=alert_id)
    return True


@transaction.atomic
def _resend(alert_id: int, editor: User) -> bool:
    if not deliveries.resend(alert_id, timezone.now()):
        return False
    alert = Alert.objects.select_related("recipient").get(pk=alert_id)
    record("recipient.resent", recipient_words(alert.recipient), by=editor, alert=alert_id)
    return True


def _event(event: Event, again: set[int], now: datetime) -> dict[str, Any]:
    zone = settings().timezone
    alert = event.first
    return {
        "kind": event.kind,
        "kind_name": _kind_name(event.kind),
        "title": _title(alert),
        "lang": alert.entry.lang if alert.entry else "",
        "link": _link(alert),
        "when": instant(min(one.queued_at for one in event.alerts), now, zone),
        "got": [_line(one, again, now) for one in event.got],
        "missing": [_line(one, again, now) for one in event.missing],
        "all": len(event.alerts),
    }


def _line(alert: Alert, again: set[int], now: datetime) -> Line:
    zone = settings().timezone
    state = QUIET if alert.rolled and alert.state == Alert.State.QUEUED else alert.state
    return Line(
        id=alert.pk,
        who=recipient_name(alert.recipient),
        state=state,
        state_name=alert_state_name(state),
        when=instant(alert.sent_at, now, zone) if alert.sent_at else None,
        words=_words(alert, now),
        revised=instant(alert.revised_at, now, zone) if alert.revised_at else None,
        error="" if alert.error in {TOLD_BY_NEXT, LEFT_AT_THAT} else redact(alert.error),
        may_resend=alert.pk in again,
    )


def _words(alert: Alert, now: datetime) -> str:
    """What there is to say besides the state."""
    waits = alert.state == Alert.State.QUEUED and alert.not_before > now
    until = instant(alert.not_before, now, settings().timezone).text if waits else ""
    if alert.rolled:
        if alert.state == Alert.State.SENT:
            return _("요약에 담아")
        return _("{time} 뒤 요약에 담습니다").format(time=until) if until else _("다음 요약에 담습니다")
    if until:
        return _("{time}까지 기다립니다").format(time=until)
    if alert.error == TOLD_BY_NEXT:
        return _("다음 요약에 담았습니다")
    if alert.error == LEFT_AT_THAT:
        return _("그대로 두었습니다")
    if alert.state == Alert.State.FAILED and alert.recipient.state == Recipient.State.SUSPENDED:
        return _("받는 이가 멈춰 있습니다")
    return _("{n}번 시도").format(n=alert.attempts) if alert.attempts > 1 else ""


def _title(alert: Alert) -> str:
    if alert.entry:
        return alert.entry.title
    if alert.incident:
        name = catalogue.source_name(alert.incident.source_id)
        return _("소스 회복: {name}" if alert.healed else "소스 이상: {name}").format(name=name)
    if alert.digest:
        text = "{day} 하루 요약" if alert.digest.kind == Digest.Kind.DAILY else "{day} 조용한 시간의 요약"
        return _(text).format(day=f"{alert.digest.day:%Y.%m.%d}")
    return notices.words(alert.notice or {}, settings().language).subject


def _link(alert: Alert) -> str:
    if alert.story_id:
        return reverse("review:story", args=[alert.story_id])
    if alert.incident:
        return f"{reverse('review:sources')}#{alert.incident.source_id}"
    return ""


def _kind_name(kind: str) -> str:
    return {"story": _("새 글"), "incident": _("소스 상태"), "digest": _("요약"), "notice": _("운영")}[kind]
