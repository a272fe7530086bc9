"""The overview: what is on the rise, what was covered, the queue's work, the sources' rhythm, and the model's quality."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from monitor.config import settings
from monitor.models import Source, Story
from monitor.polls.health import FAULTY
from review import catalogue
from review.charts.bursts import Burst
from review.charts.flow import Part, flow
from review.charts.heatmap import Cell, heat_map
from review.charts.picture import Picture
from review.charts.punchcard import punchcard
from review.charts.scales import day_name
from review.charts.series import series
from review.charts.sparkline import sparkline
from review.deciding import queue
from review.labels import health_name, issue_name
from review.models import Decision
from review.overview import (
    Covered,
    Days,
    TopicDays,
    covered,
    faulty_days,
    hours_of_week,
    source_days,
    topic_days,
    work,
)
from review.pages.frame import page
from review.pages.precision import weeks_picture
from review.pages.quality import REACH
from review.quality.month import decided

#: How many days each picture goes back.
FLOW, WORK, RHYTHM, FAULTS = 56, 28, 28, 14
#: Bursts that ended no longer ago than the shortest time between two issues; those that reach yesterday go on.
FRESH, GOING_ON = 14, 2
#: How many bursts and faulty sources are shown; the rest is counted.
NAMED = 6
#: How many past issues of a bulletin are shown.
ISSUES = 6


@require_safe
def overview_page(request: HttpRequest) -> HttpResponse:
    """`/overview/`: the pictures; `topic` and `source` of the address choose what two of them show."""
    now = timezone.now()
    zone = settings().timezone
    flowing = Days.until(now, zone, FLOW)
    topics = topic_days(flowing)
    rising = topics.bursting(FLOW - FRESH)
    topic = _topic(request.GET.get("topic", ""), rising)
    source = request.GET.get("source", "") if request.GET.get("source", "") in catalogue.sources() else ""
    context = {
        "fresh_days": FRESH,
        "rising": [_rising(one, burst, topics, flowing, now) for one, burst in rising[:NAMED]],
        "rising_more": max(len(rising) - NAMED, 0),
        "topic": topic,
        "topic_choices": [(one.id, catalogue.topic_name(one.id)) for one in catalogue.taxonomy().topics],
        "topic_picture": _topic_picture(topic, topics, flowing, now),
        "topic_queue": _queue_address(topic, now, None),
        "source": source,
        "source_choices": [(one.id, one.name) for one in catalogue.sources().values() if one.enabled],
        "rhythm": _rhythm(Days.until(now, zone, RHYTHM), source),
        **_faults(Days.until(now, zone, FAULTS)),
        "covered": [
            one
            for bulletin in catalogue.taxonomy().bulletins
            if (one := _covered(bulletin.id, bulletin.name))
        ],
        "work_days": WORK,
        **_work(Days.until(now, zone, WORK)),
        "weeks": _weeks(now),
    }
    return page(request, "overview.html", context)


def _topic(wanted: str, rising: Sequence[tuple[str, Burst]]) -> str:
    """The topic that the page shows at large: the asked one, else the one most on the rise; "all" and none stand for all."""
    if wanted == "all":
        return ""
    if any(topic.id == wanted for topic in catalogue.taxonomy().topics):
        return wanted
    return rising[0][0] if rising else ""


def _rising(topic: str, burst: Burst, topics: TopicDays, days: Days, now: datetime) -> dict[str, Any]:
    counts = topics.of(topic)
    first, last = day_name(days.days[burst.first]), day_name(days.days[burst.last])
    if burst.last >= len(counts) - GOING_ON:
        when = _("{first}부터").format(first=first)
    else:
        when = first if first == last else f"{first}~{last}"
    return {
        "topic": topic,
        "name": catalogue.topic_name(topic),
        "words": _("{when} · {n}건 · 여느 때의 {times}배").format(
            when=when, n=burst.entries, times=f"{burst.times:.1f}"
        ),
        "at": _queue_address(
            topic, now, (now.astimezone(days.zone).date() - days.days[burst.first]).days + 1
        ),
        "spark": sparkline(
            _("지난 {days}일 동안 {n}건").format(days=len(counts), n=sum(counts)),
            counts,
            bursts=range(burst.first, burst.last + 1),
        ),
    }


def _topic_picture(topic: str, topics: TopicDays, days: Days, now: datetime) -> Picture:
    name = catalogue.topic_name(topic) if topic else _("모든 글")
    counts = topics.of(topic) if topic else topics.totals
    found = topics.bursts(topic) if topic else []
    ages = [len(days.days) - burst.first for burst in found]
    return series(
        "topic-days",
        _("{name}, 하루에 들어온 글").format(name=name),
        days.days,
        counts,
        found,
        description=_(
            "지난 {days}일 동안 {n}건, 하루 많을 때 {most}건. 마지막 막대는 오늘이고 아직 끝나지 않았습니다."
        ).format(days=len(counts), n=sum(counts), most=max(counts)),
        links=[_queue_address(topic, now, age) for age in ages],
    )


def _queue_address(topic: str, now: datetime, age: int | None) -> str:
    """The queue of this topic, of the shortest period on offer that reaches so many days back."""
    period = next((days for days in queue.PERIODS if age and days >= age), 0)
    return reverse("review:queue") + queue.Filters(topic=topic, days=period).query_string()


def _rhythm(days: Days, source: str) -> Picture:
    name = catalogue.source_name(source) if source else _("모든 소스")
    return punchcard(
        "rhythm",
        _("{name}, 요일과 시각마다 들어온 글").format(name=name),
        hours_of_week(days, source),
        description=_("원이 클수록 그 시각에 글이 많이 들어옵니다."),
    )


def _faults(days: Days) -> dict[str, Any]:
    """The sources that are out of order now, with their last days; and how many are well."""
    enabled = {source.id: source for source in catalogue.sources().values() if source.enabled}
    states = dict(Source.objects.filter(id__in=enabled).values_list("id", "state"))
    faulty = [source for source in enabled if states.get(source) in FAULTY]
    shown = faulty[: 2 * NAMED]
    counts, broken = source_days(days, shown), faulty_days(days)
    picture = heat_map(
        "faults",
        _("손볼 소스의 지난 {days}일").format(days=len(days.days)),
        [f"{enabled[source].name} ({health_name(states[source])})" for source in shown],
        [day_name(day) for day in days.days],
        [
            [
                Cell(
                    n,
                    note=_("고장이던 날") if at in broken.get(source, ()) else "",
                    broken=at in broken.get(source, ()),
                )
                for at, n in enumerate(counts[source])
            ]
            for source in shown
        ],
        corner=_("소스"),
        heads=[str(day.day) for day in days.days],
        links=[f"{reverse('review:sources')}#{source}" for source in shown],
        broken_words=_("고장이거나 너무 오래 조용하던 날: 0건이어도 아무 일이 없었다는 뜻은 아닙니다"),
    )
    return {
        "enabled": len(enabled),
        "faulty": len(faulty),
        "faults_more": len(faulty) - len(shown),
        "faults": picture if shown else None,
    }


def _covered(bulletin: str, name: str) -> dict[str, Any] | None:
    """How often the last issues of a bulletin wrote of each topic; None where no issue is known."""
    found = covered(bulletin, ISSUES)
    if not found.issues:
        return None
    order = [topic.id for topic in catalogue.taxonomy().topics]
    written = [topic for topic in order if topic in found.topics]
    silent = [catalogue.topic_name(topic) for topic in order if topic not in found.topics]
    return {
        "name": name,
        "picture": _covered_picture(bulletin, name, found, written) if written else None,
        "silent": " · ".join(silent),
    }


def _covered_picture(bulletin: str, name: str, found: Covered, written: Sequence[str]) -> Picture:
    at = [reverse("review:past_issue", args=[issue.pk]) for issue in found.issues]
    return heat_map(
        f"covered-{bulletin}",
        _("{name}, 지난 호가 다룬 주제").format(name=name),
        [catalogue.topic_name(topic) for topic in written],
        [issue_name(issue.number) for issue in found.issues],
        [
            [Cell(n, at[place] if n else "") for place, n in enumerate(found.topics[topic])]
            for topic in written
        ],
        corner=_("주제"),
        links=[f"{reverse('review:queue')}?{urlencode({'topic': topic})}" for topic in written],
    )


def _work(days: Days) -> dict[str, Any]:
    found = work(days)
    came = sum(found.likely) + sum(found.unlikely)
    went = sum(found.accepted) + sum(found.rejected)
    picture = flow(
        "work",
        _("날마다 대기열에 들어온 글과 결정한 글"),
        days.days,
        [
            Part(_("들어온 글, 관련도 기준 이상"), "came-likely", found.likely),
            Part(_("들어온 글, 기준 아래"), "came-unlikely", found.unlikely),
        ],
        [
            Part(_("후보로 올림"), "went-accepted", found.accepted),
            Part(_("제외함"), "went-rejected", found.rejected),
            Part(_("나중으로 미룸"), "went-later", found.put_off),
        ],
        description=_(
            "위로는 들어온 글, 아래로는 결정입니다. 지난 {days}일 동안 {came}건이 들어왔고 {went}건을 결정했습니다."
        ).format(days=len(days.days), came=came, went=went),
    )
    return {"came": came, "likely": sum(found.likely), "went": went, "work": picture}


def _weeks(now: datetime) -> Picture | None:
    """How right the model was, week by week; None before anything was decided."""
    recent = Decision.objects.filter(decided_at__gte=now - REACH).values("story_id")
    rows = decided(Story.objects.filter(pk__in=recent))
    return weeks_picture(rows, now) if rows else None
