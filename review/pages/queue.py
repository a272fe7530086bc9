"""The queue and its filters."""

from itertools import pairwise
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from monitor.models import Entry
from review import catalogue, queue
from review.cards import Card, card
from review.labels import kind_codes, kind_name, language_codes, language_name, region_name
from review.pages.frame import number, page


@require_safe
def queue_page(request: HttpRequest) -> HttpResponse:
    """`/`: what waits, the likeliest first."""
    now = timezone.now()
    filters = queue.Filters.read(request.GET)
    after = number(request.GET.get("after", ""))
    found = queue.page(filters, now, after)
    cards = [card(story, now) for story in found.stories if story.lead or story.entries.all()]
    if not filters or (not after and not found.more):
        matching = len(found.stories)
    else:
        matching = queue.count(filters, now, most=queue.MANY + 1)
    context = {
        "cards": list(_with_next(cards)),
        "filters": filters,
        "active": _active(filters),
        "fields": _fields(filters),
        "matching": matching,
        "many": queue.MANY if matching > queue.MANY else None,
        "after": after,
        "here": request.get_full_path(),
        "first_page": filters.query_string(),
        "more": filters.query_string(after=found.stories[-1].pk) if found.more else "",
        "no_entries_yet": not cards and not Entry.objects.exists(),
    }
    return page(request, "queue.html", context)


def _with_next(cards: list[Card]) -> list[tuple[Card, int | None]]:
    """Each card with the id of the one behind it: where a page without JavaScript goes on."""
    return [(one, following.id) for one, following in pairwise(cards)] + [(one, None) for one in cards[-1:]]


def _fields(filters: queue.Filters) -> list[dict[str, Any]]:
    """The filter's choices, as the form shows them."""
    sources: dict[str, list[tuple[str, str]]] = {}
    for source in catalogue.sources().values():
        if source.enabled:
            sources.setdefault(region_name(source.country), []).append((source.id, source.name))
    topics = [(topic.id, catalogue.topic_name(topic.id)) for topic in catalogue.taxonomy().topics]
    return [
        {"name": "topic", "label": _("주제"), "value": filters.topic, "options": topics},
        {"name": "source", "label": _("소스"), "value": filters.source, "groups": list(sources.items())},
        {
            "name": "lang",
            "label": _("언어"),
            "value": filters.lang,
            "options": [(code, language_name(code)) for code in language_codes()],
        },
        {
            "name": "kind",
            "label": _("종류"),
            "value": filters.kind,
            "options": [(code, kind_name(code)) for code in kind_codes()],
        },
        {
            "name": "days",
            "label": _("기간"),
            "value": str(filters.days or ""),
            "options": [(str(days), _period(days)) for days in queue.PERIODS],
        },
    ]


def _period(days: int) -> str:
    return {1: _("최근 하루"), 3: _("최근 사흘"), 7: _("최근 한 주"), 30: _("최근 한 달")}[days]


def _active(filters: queue.Filters) -> list[tuple[str, str]]:
    """The filters in force: what each says, and the address without it."""
    words = {
        "topic": catalogue.topic_name(filters.topic),
        "source": catalogue.source_name(filters.source),
        "lang": language_name(filters.lang),
        "kind": kind_name(filters.kind),
        "days": _period(filters.days) if filters.days else "",
        "q": f"“{filters.q}”" if filters.q else "",
    }
    return [(text, filters.without(name).query_string()) for name, text in words.items() if text]
