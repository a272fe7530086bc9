"""The sources: what is polled, how each is doing, the troubled ones first."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from monitor.config import settings
from monitor.logs import redact
from monitor.models import Entry, Incident, Source
from monitor.polls.cadence import daily_of
from monitor.polls.health import FAULTY, State, words
from monitor.sources import SourceConfig
from review import catalogue
from review.charts.sparkline import sparkline
from review.deciding.cards import safe_url
from review.labels import country_sign, health_name, language_name, region_name
from review.overview import Days, faulty_days, source_days
from review.pages.frame import page
from review.times import When, instant

#: How many days a source's line goes back.
DAYS = 28

#: The first that somebody should look at stands first.
_ORDER = (
    State.BROKEN, State.GONE, State.CHANGED, State.BLOCKED, State.MOJIBAKE, State.DATES, State.EMPTY, State.LATE,
    State.MOVED, State.SHAKY, State.NEW, State.OK, State.OFF,
)  # fmt: skip


@require_safe
def sources_page(request: HttpRequest) -> HttpResponse:
    """`/sources/`: every source of sources.yaml and how it is doing, those in trouble first, those switched off apart."""
    now = timezone.now()
    configured = catalogue.sources()
    states = Source.objects.in_bulk(list(configured))
    kept = dict(Entry.objects.order_by().values_list("source_id").annotate(Count("id")))
    days = Days.until(now, settings().timezone, DAYS)
    counts, faulty = (
        source_days(days, [source.id for source in configured.values() if source.enabled]),
        faulty_days(days),
    )
    since = dict(Incident.objects.filter(closed_at=None).values_list("source_id", "opened_at"))
    rows = [
        _row(source, states.get(source.id), configured, kept, now)
        | {"since": _when(since.get(source.id), now)}
        | {"spark": _spark(counts.get(source.id, []), faulty.get(source.id, set()))}
        for source in configured.values()
    ]
    on = sorted((row for row in rows if row["enabled"]), key=lambda row: _ORDER.index(row["state"]))
    context = {
        "on": on,
        "off": [row for row in rows if not row["enabled"]],
        "days": DAYS,
        "well": sum(row["state"] == State.OK for row in on),
    }
    return page(request, "sources.html", context)


def _row(
    source: SourceConfig,
    state: Source | None,
    configured: Mapping[str, SourceConfig],
    kept: Mapping[str, int],
    now: datetime,
) -> dict[str, Any]:
    health = State(state.state) if state else State.NEW
    stands_in_for = configured.get(source.fallback_for)
    return {
        "source": source,
        "url": safe_url(source.url),
        "enabled": source.enabled,
        "country": country_sign(source.country),
        "country_name": region_name(source.country),
        "language": language_name(source.language),
        "state": health if source.enabled else State.OFF,
        "state_name": health_name("spare" if stands_in_for and health is State.NEW else health),
        "words": words(health, state.fault if state else "") if health is not State.OK else "",
        # In English, for whoever mends it; only a failure says more than the words do.
        "reason": redact(state.reason) if state and health in FAULTY | {State.SHAKY} else "",
        "adopted": safe_url(state.adopted_url) if state and state.adopted_for == source.url else "",
        "looks": _looks(state, now) if state else [],
        "pace": _pace_words(state) if state else "",
        "stands_in_for": stands_in_for.name if stands_in_for else "",
        "polled": _when(state.last_polled_at if state else None, now),
        "new": _when(state.last_new_at if state else None, now),
        "next": _when(state.next_poll_at if state and not stands_in_for else None, now),
        "kept": kept.get(source.id, 0),
    }


def _spark(counts: Sequence[int], faulty: Collection[int]) -> SafeString:
    """The source's last days at a glance; nothing of a source that is switched off."""
    if not counts:
        return SafeString("")
    words = gettext("지난 {days}일 동안 {n}건, 하루 많을 때 {most}건").format(
        days=len(counts), n=sum(counts), most=max(counts)
    )
    if faulty:
        words += gettext(", 고장이던 날 {n}일").format(n=len(faulty))
    return sparkline(words, counts, broken=faulty)


def _looks(state: Source, now: datetime) -> list[dict[str, Any]]:
    """The last good sample and the bad one beside it; nothing while there is no bad one."""
    if not state.bad_sample:
        return []
    samples = ((gettext("마지막 정상"), state.good_sample), (gettext("지금"), state.bad_sample))
    return [
        {
            "name": name,
            "when": _when(datetime.fromisoformat(sample["at"]), now),
            "entries": sample.get("entries"),
            "titles": sample.get("titles", []),
            "text": sample.get("text", ""),
        }
        for name, sample in samples
        if sample
    ]


def _pace_words(state: Source) -> str:
    """How much the source usually brings, in round numbers; empty while that is not known."""
    if not state.weight or state.usual_until is None:
        return ""
    daily = daily_of(state.weight)
    if daily >= 1:
        return gettext("하루 {n}건쯤").format(n=round(daily))
    return gettext("한 주 {n}건쯤").format(n=max(1, round(7 * daily)))


def _when(at: datetime | None, now: datetime) -> When | None:
    return instant(at, now, settings().timezone) if at else None
