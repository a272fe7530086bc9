"""Did everyone get it? The ledger of alerts by what each told: a story, a source's fault, a summary, a word to operators."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import Case, Count, DateTimeField, Exists, F, Max, OuterRef, Q, QuerySet, When

from alerts.digests.due import TOLD_BY_NEXT
from alerts.ledger import LEFT_AT_THAT
from alerts.models import Alert, Digest, Recipient
from review.times import YEARS

State = Alert.State
#: What an alert may tell of, in the order of the filter.
KINDS = ("story", "incident", "digest", "notice")
#: Waits for the summary at the end of quiet hours: a state of its own to whoever asks why nothing came.
QUIET = "quiet"
#: How an alert may stand, in the order of the filter.
STATES = ("queued", QUIET, "sending", "sent", "uncertain", "failed")
#: Events on a page.
PAGE = 50
#: What is older is no news; the summaries have told of it.
RESENT_WITHIN = timedelta(days=3)

#: What told the same to several people: (story, incident, healed, a digest's kind and day, when a notice was queued).
Key = tuple[int | None, int | None, bool, str | None, date | None, datetime | None]
_KEY = ("story_id", "incident_id", "healed", "digest__kind", "digest__day", "notice_at")


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for; empty asks for everything."""

    kind: str = ""
    state: str = ""
    recipient: int = 0
    day: date | None = None

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "Filters":
        """The filters of a query string. What makes no sense asks for nothing."""
        kind, state, recipient = (query.get(name, "") for name in ("kind", "state", "recipient"))
        is_number = recipient.isascii() and recipient.isdigit() and len(recipient) < 19
        return cls(
            kind if kind in KINDS else "",
            state if state in STATES else "",
            int(recipient) if is_number else 0,
            _day(query.get("day", "")),
        )

    def query_string(self, **changes: object) -> str:
        """The address of these filters with some changed, as a link relative to the page."""
        wanted = {field.name: getattr(self, field.name) for field in fields(self)} | changes
        return "?" + urlencode({name: value for name, value in wanted.items() if value})

    def __bool__(self) -> bool:
        return self != Filters()


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that people were told, with the alert of each of them."""

    kind: str
    alerts: list[Alert]

    @property
    def first(self) -> Alert:
        """The alert from which the event has its name and its time."""
        return self.alerts[0]

    @property
    def got(self) -> list[Alert]:
        """The alerts that arrived."""
        return [alert for alert in self.alerts if alert.state == State.SENT]

    @property
    def missing(self) -> list[Alert]:
        """The alerts that did not arrive, or perhaps not."""
        return [alert for alert in self.alerts if alert.state != State.SENT]


@dataclass(frozen=True, slots=True)
class Page:
    """Events, the latest first; from where the next page goes on, where there is one."""

    events: list[Event]
    before: int | None


def page(filters: Filters, zone: ZoneInfo, before: int | None = None) -> Page:
    """What was told, each with all whom it concerned, whichever of their alerts the filters found it by."""
    groups = (
        _matching(filters, zone)
        .annotate(notice_at=_notice_at())
        .order_by()
        .values(*_KEY)
        .annotate(newest=Max("id"))
    )
    if before:
        groups = groups.filter(newest__lt=before)
    found = list(groups.order_by("-newest")[: PAGE + 1])
    keys = [_key(group) for group in found[:PAGE]]
    alerts = _alerts_of(keys)
    events = [Event(_kind(key), alerts[key]) for key in keys]
    return Page(events, found[PAGE - 1]["newest"] if len(found) > PAGE else None)


def counts() -> dict[str, int]:
    """How many alerts stand in each of `STATES`."""
    counted: dict[str, int] = dict.fromkeys(STATES, 0)
    rows = Alert.objects.order_by().values_list("state", "rolled").annotate(Count("id"))
    for state, rolled, count in rows:
        counted[QUIET if rolled and state == State.QUEUED else state] += count
    return counted


def resend(alert_id: int, now: datetime) -> bool:
    """Queues an alert once more that failed, or of which nobody knows; False where that is not so, or not any more."""
    return bool(
        _again(now)
        .filter(pk=alert_id)
        .update(state=State.QUEUED, not_before=now, leased_until=None, attempts=0, error="")
    )


def leave(alert_id: int) -> bool:
    """Lets an alert be of which nobody knows whether it arrived; False where that is not so, or not any more."""
    doubted = Alert.objects.filter(pk=alert_id, state=State.UNCERTAIN).exclude(error=LEFT_AT_THAT)
    return bool(doubted.update(error=LEFT_AT_THAT))


def may_resend(alerts: Sequence[Alert], now: datetime) -> set[int]:
    """The ids of those that `resend` would take."""
    return set(_again(now).filter(pk__in=[alert.pk for alert in alerts]).values_list("pk", flat=True))


def _again(now: datetime) -> QuerySet[Alert]:
    # A later summary has told what an earlier one would: it must not come after it.
    later = Digest.objects.filter(recipient=OuterRef("recipient"), pk__gt=OuterRef("digest_id"))
    return Alert.objects.filter(
        ~Exists(later),
        state__in=[State.FAILED, State.UNCERTAIN],
        recipient__state=Recipient.State.ACTIVE,
        queued_at__gt=now - RESENT_WITHIN,
    ).exclude(error__in=[TOLD_BY_NEXT, LEFT_AT_THAT])


def _matching(filters: Filters, zone: ZoneInfo) -> QuerySet[Alert]:
    alerts = Alert.objects.all()
    if filters.kind:
        alerts = alerts.filter(**{f"{filters.kind}__isnull": False})
    if filters.state == QUIET:
        alerts = alerts.filter(state=State.QUEUED, rolled=True)
    elif filters.state == State.QUEUED:
        alerts = alerts.filter(state=State.QUEUED, rolled=False)
    elif filters.state:
        alerts = alerts.filter(state=filters.state)
    if filters.recipient:
        alerts = alerts.filter(recipient=filters.recipient)
    if filters.day:
        begins = datetime.combine(filters.day, time(), zone)
        ends = datetime.combine(filters.day + timedelta(days=1), time(), zone)
        alerts = alerts.filter(queued_at__gte=begins, queued_at__lt=ends)
    return alerts


def _alerts_of(keys: Sequence[Key]) -> dict[Key, list[Alert]]:
    wanted = Q(story__in={key[0] for key in keys if key[0]}) | Q(
        incident__in={key[1] for key in keys if key[1]}
    )
    for kind, day in {key[3:5] for key in keys if key[3]}:
        wanted |= Q(digest__kind=kind, digest__day=day)
    if notices := {key[5] for key in keys if key[5]}:
        wanted |= Q(notice__isnull=False, queued_at__in=notices)
    rows = (
        Alert.objects.filter(wanted)
        .annotate(notice_at=_notice_at())
        .select_related("recipient", "entry", "incident", "digest")
        .defer(
            "entry__summary",
            "entry__content",
            "entry__text",
            "digest__html",
            "digest__plain",
            "digest__stories",
        )
        .order_by("id")
    )
    alerts: dict[Key, list[Alert]] = defaultdict(list)
    for alert in rows:
        digest = alert.digest
        of_digest = (digest.kind, digest.day) if digest else (None, None)
        alerts[alert.story_id, alert.incident_id, alert.healed, *of_digest, alert.notice_at].append(alert)
    return alerts


def _notice_at() -> Case:
    """What tells notices apart: those of one occasion were queued in one breath."""
    return Case(When(notice__isnull=False, then=F("queued_at")), output_field=DateTimeField())


def _key(group: Mapping[str, Any]) -> Key:
    story, incident, healed, digest_kind, digest_day, notice_at = (group[name] for name in _KEY)
    return story, incident, healed, digest_kind, digest_day, notice_at


def _kind(key: Key) -> str:
    story, incident, _healed, digest_kind, _day_of, _notice = key
    return "story" if story else "incident" if incident else "digest" if digest_kind else "notice"


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in YEARS else None
