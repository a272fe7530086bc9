"""The ledger of alerts: who was told what, when, and what went wrong."""

from datetime import datetime
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from alerts.models import Alert
from monitor.config import settings
from monitor.logs import redact
from review import catalogue
from review.labels import alert_state_name
from review.pages.frame import number, page
from review.recipients import recipient_name
from review.times import instant

PAGE = 100


@require_safe
def alerts_page(request: HttpRequest) -> HttpResponse:
    """`/alerts/`."""
    now = timezone.now()
    counts = dict(Alert.objects.order_by().values_list("state").annotate(Count("id")))
    state = request.GET.get("state", "")
    alerts = Alert.objects.order_by("-id").select_related("recipient", "entry", "incident")
    if state in Alert.State.values:
        alerts = alerts.filter(state=state)
    before = number(request.GET.get("before", ""))
    if before:
        alerts = alerts.filter(id__lt=before)
    found = list(alerts.defer("entry__summary", "entry__content")[: PAGE + 1])
    context = {
        "rows": [_row(alert, now) for alert in found[:PAGE]],
        "states": [
            {
                "code": code,
                "name": alert_state_name(code),
                "count": counts.get(code, 0),
                "here": code == state,
            }
            for code in Alert.State.values
        ],
        "all": sum(counts.values()),
        "state": state if state in Alert.State.values else "",
        "more": found[PAGE - 1].pk if len(found) > PAGE else None,
    }
    return page(request, "alerts.html", context)


def _row(alert: Alert, now: datetime) -> dict[str, Any]:
    zone = settings().timezone
    return {
        "recipient": recipient_name(alert.recipient),
        "story": alert.story_id,
        "source": alert.incident.source_id if alert.incident else "",
        "title": _title(alert),
        "lang": alert.entry.lang if alert.entry else "",
        "state": alert.state,
        "state_name": alert_state_name(alert.state),
        "queued": instant(alert.queued_at, now, zone),
        "sent": instant(alert.sent_at, now, zone) if alert.sent_at else None,
        "attempts": alert.attempts,
        "error": redact(alert.error),
    }


def _title(alert: Alert) -> str:
    if alert.entry:
        return alert.entry.title
    assert alert.incident is not None, "the database holds either a story's entry or an incident"
    source = catalogue.sources().get(alert.incident.source_id)
    name = source.name if source else alert.incident.source_id
    return gettext("소스 회복: {name}" if alert.healed else "소스 이상: {name}").format(name=name)
