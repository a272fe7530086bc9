"""An issue's coverage: topic by region, beside what is usual and what waits; and the issue beside an earlier one."""

from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from classifiers.models import PastIssue
from monitor.config import settings
from review import catalogue
from review.charts.heatmap import Cell, heat_map
from review.charts.picture import Picture
from review.issues.comparing import Comparison, Shift, compare, earlier_issues
from review.issues.coverage import Cells, Coverage, TopicCover, Why, coverage, shared_regions
from review.issues.making import title_of
from review.issues.seats import seats_of
from review.labels import issue_name, region_name
from review.models import Issue
from review.pages.board import card_row
from review.pages.frame import number, page
from review.times import day_words

#: Regions that a map names; the rest stands together.
MOST_REGIONS = 7
_REST = "…"
#: What first wants an editor's eye.
_ORDER = (Why.BROKEN, Why.WAITS, Why.PASSED, Why.QUIET, Why.UNKNOWN, Why.COVERED)


@require_safe
def coverage_page(request: HttpRequest, issue_id: int) -> HttpResponse:
    """`/issues/ID/coverage`: the topics that the issue lacks and why, and a map of topics by regions."""
    issue = get_object_or_404(Issue, pk=issue_id)
    now = timezone.now()
    found = coverage(issue, now)
    layers = {
        "here": (_("이번 호"), found.here),
        "before": (_("지난 호들"), found.before),
        "waiting": (_("기다리는 글"), found.waiting),
    }
    layer = request.GET.get("layer", "here")
    layer = layer if layer in layers else "here"
    zone = settings().timezone
    context = {
        "issue": issue,
        "title": title_of(issue),
        "since": day_words(found.since.astimezone(zone).date(), now.astimezone(zone).date()),
        "past": [issue_name(one) for one in found.past],
        "missing": [_line(row) for row in _missing(found)],
        "present": [_line(row) for row in found.topics if row.why is Why.COVERED],
        "layers": [(name, words, name == layer) for name, (words, _cells) in layers.items()],
        "picture": _map(found, layers[layer][1], layers[layer][0], layer),
    }
    return page(request, "issue_coverage.html", context)


@require_safe
def compare_page(request: HttpRequest, issue_id: int) -> HttpResponse:
    """`/issues/ID/compare`: the issue beside the earlier one that `with` names, or else the last."""
    issue = get_object_or_404(Issue, pk=issue_id)
    earlier = earlier_issues(issue)
    wanted = number(request.GET.get("with", ""))
    other = next((one for one in earlier if one.pk == wanted), earlier[0] if earlier else None)
    context: dict[str, Any] = {
        "issue": issue,
        "title": title_of(issue),
        "name": issue_name(issue.number),
        "other": other,
        "other_name": issue_name(other.number) if other else "",
        "earlier": [(one.pk, issue_name(one.number), one == other) for one in earlier],
    }
    if other is not None:
        found = compare(issue, other)
        context["sections"] = _side_by_side(issue, other)
        context["shifts"] = _shifts(found)
        context["again"] = [(card_row(candidate), title) for candidate, title in found.again]
    return page(request, "issue_compare.html", context)


def _missing(found: Coverage) -> list[TopicCover]:
    """The topics that the issue does not have, the first to look at first; not such as nobody has ever told of."""
    rows = [row for row in found.topics if row.why is not Why.COVERED]
    rows = [row for row in rows if row.why is not Why.UNKNOWN or row.usual]
    return sorted(rows, key=lambda row: (-row.usual, _ORDER.index(row.why)))


def _line(row: TopicCover) -> dict[str, Any]:
    recent = row.recent
    return {
        "topic": row.topic,
        "name": catalogue.topic_name(row.topic),
        "here": row.here,
        "usual": f"{row.usual:.1f}" if row.usual else "",
        "waiting": row.waiting,
        "unplaced": row.unplaced,
        "gathered": row.waiting + row.unplaced,
        "why": row.why.value,
        "came": recent.came if recent else 0,
        "troubled": [catalogue.source_name(one) for one in recent.troubled] if recent else [],
        "queue": _queue(row.topic),
    }


def _queue(topic: str) -> str:
    return f"{reverse('review:queue')}?{urlencode({'topic': topic})}"


def _map(found: Coverage, cells: Cells, words: str, layer: str) -> Picture | None:
    """The layer as a picture; None where it is empty. All layers have the same regions, so that they can be compared."""
    named, rest = shared_regions((found.here, found.before, found.waiting), MOST_REGIONS)
    rows = [row for row in found.topics if any(cells[row.topic, place] for place in {*named, *rest})]
    broken = [row for row in found.topics if row.why is Why.BROKEN] if layer == "here" else []
    shown = [row for row in found.topics if row in rows or row in broken]
    if not shown:
        return None
    columns = [*named, *([_REST] if rest else [])]
    return heat_map(
        "coverage",
        _("주제와 나라: {layer}").format(layer=words),
        [catalogue.topic_name(row.topic) for row in shown],
        [region_name(place) if place != _REST else _("그 밖") for place in columns],
        [[_cell(row, place, rest, cells, layer, broken=row in broken) for place in columns] for row in shown],
        corner=_("주제"),
        links=[_queue(row.topic) for row in shown],
        broken_words=_("이 주제를 알려 주던 소스에 이상이 있습니다."),
    )


def _cell(row: TopicCover, place: str, rest: set[str], cells: Cells, layer: str, *, broken: bool) -> Cell:
    places = rest if place == _REST else {place}
    value = sum(cells[row.topic, one] for one in places)
    link = ""
    if layer == "waiting" and value and place != _REST:
        link = f"{reverse('review:queue')}?{urlencode({'topic': row.topic, 'region': place})}"
    return Cell(value=value, link=link, broken=broken)


def _side_by_side(issue: Issue, other: PastIssue) -> list[dict[str, Any]]:
    """Both issues, section by section; sections that only one has come last."""
    articles = sorted(other.articles.all(), key=lambda article: article.section)
    there = {name: list(rows) for name, rows in groupby(articles, key=lambda article: article.section)}
    here = {seats.name: seats.candidates for seats in seats_of(issue)}
    return [
        {
            "name": name,
            "here": [card_row(candidate) for candidate in here.get(name, [])],
            "there": sorted(there.get(name, []), key=lambda article: article.order),
        }
        for name in dict.fromkeys([*here, *there])
    ]


def _shifts(found: Comparison) -> list[tuple[str, list[dict[str, Any]]]]:
    def named(rows: list[Shift]) -> list[dict[str, Any]]:
        return [
            {"name": catalogue.topic_name(row.topic), "here": row.here, "there": row.there} for row in rows
        ]

    return [
        (_("이번에 새로"), named(found.new)),
        (_("이어서"), named(found.goes_on)),
        (_("이번에는 없음"), named(found.gone)),
    ]
