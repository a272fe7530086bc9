"""The queue, its filters, and the whole text of one of its cards."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from django.contrib.auth.models import User
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from monitor.models import Entry, Story
from monitor.texts.text import sanitise
from review import catalogue
from review.accounts.people import display_name
from review.deciding import queue
from review.deciding.cards import Card, cards_of, lead_of
from review.deciding.handling import assignable
from review.labels import (
    kind_codes,
    kind_name,
    language_codes,
    language_name,
    queue_name,
    region_codes,
    region_name,
)
from review.pages import live
from review.pages.bulk import just_decided_many
from review.pages.frame import editor_of, number, page

#: As much of a text as a card unfolds; the rest is at its source.
MAX_TEXT = 40_000

Options = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Field:
    """A select of the filters' form."""

    name: str
    label: str
    value: str
    options: Options = field(default_factory=list)
    #: Options under headings.
    groups: list[tuple[str, Options]] = field(default_factory=list)


@require_safe
def queue_page(request: HttpRequest) -> HttpResponse:
    """`/`: what waits, the likeliest first; or what stands where the filters say."""
    now, editor = timezone.now(), editor_of(request)
    filters = queue.Filters.read(request.GET, editor)
    after = number(request.GET.get("after", ""))
    # Before the stories are read: what comes between the two is announced once too often, not never.
    newest = Story.objects.aggregate(newest=Max("pk"))["newest"] or 0
    found = queue.page(filters, now, after)
    cards = cards_of(found.stories, now, filters.q)
    matching = found.matching if filters else len(found.stories)
    people = [(str(user.pk), display_name(user)) for user in assignable() if user != editor]
    fields, more_fields = _fields(filters), _more_fields(filters, editor, people)
    context = {
        "cards": _with_next(cards),
        "filters": filters,
        "active": _active(filters, [*fields, *more_fields]),
        "states": _states(filters),
        "fields": fields,
        "more_fields": more_fields,
        "people": people,
        "matching": matching,
        "many": queue.MANY if matching > queue.MANY else None,
        "after": after,
        "here": request.get_full_path(),
        "first_page": filters.query_string(),
        "more": filters.query_string(after=found.stories[-1].pk) if found.more else "",
        "no_entries_yet": not cards and not Entry.objects.exists(),
        "newest": newest,
        "every_ms": int(live.EVERY.total_seconds() * 1000),
    }
    if toast := just_decided_many(request):
        context["toast"] = toast
    return page(request, "queue.html", context)


@require_safe
def story_text(request: HttpRequest, story_id: int) -> HttpResponse:
    """The whole text that stands for a story, as its card unfolds it.

    Raises:
        Http404: there is no such story, or it has no entry.
    """
    story = Story.objects.select_related("lead").filter(pk=story_id).first()
    if story is None or not (story.lead or story.entries.exists()):
        raise Http404
    lead = lead_of(story)
    # Safe by the allow-list of `monitor.texts.text`, and the policy of `review.middleware` would stop the rest.
    html = mark_safe(sanitise((lead.content or lead.summary)[:MAX_TEXT]))  # noqa: S308
    return render(request, "review/parts/text.html", {"html": html})


def _with_next(cards: Sequence[Card]) -> list[tuple[Card, int | None]]:
    """Each card with the id of the one behind it: where a page without JavaScript goes on."""
    return [(one, following.id) for one, following in pairwise(cards)] + [(one, None) for one in cards[-1:]]


def _states(filters: queue.Filters) -> list[tuple[str, str, bool]]:
    """The links between where stories stand: what each says, its address, and whether one is there."""
    names = {
        "": queue_name("waiting"),
        "later": queue_name("later"),
        "accepted": queue_name("accepted"),
        "rejected": queue_name("rejected"),
        "all": _("모두"),
    }
    return [
        (name, filters.query_string(state=state), state == filters.state) for state, name in names.items()
    ]


def _fields(filters: queue.Filters) -> list[Field]:
    """The choices that are always at hand."""
    sources: dict[str, Options] = {}
    for source in catalogue.sources().values():
        if source.enabled:
            sources.setdefault(region_name(source.country), []).append((source.id, source.name))
    topics = [(topic.id, catalogue.topic_name(topic.id)) for topic in catalogue.taxonomy().topics]
    languages = [(code, language_name(code)) for code in language_codes()]
    kinds = [(code, kind_name(code)) for code in kind_codes()]
    periods = [(str(days), _period(days)) for days in queue.PERIODS]
    return [
        Field("topic", _("주제"), filters.topic, topics),
        Field("source", _("소스"), filters.source, groups=list(sources.items())),
        Field("lang", _("언어"), filters.lang, languages),
        Field("kind", _("종류"), filters.kind, kinds),
        Field("days", _("기간"), str(filters.days or ""), periods),
    ]


def _more_fields(filters: queue.Filters, editor: User, people: Options) -> list[Field]:
    """The choices that a press unfolds."""
    bulletins = {one.id: one for one in catalogue.taxonomy().bulletins}
    whose = [(queue.ME, _("내 담당")), (queue.NOBODY, _("담당 없음")), *people]
    who = queue.ME if filters.who == str(editor.pk) else filters.who
    fields = [
        Field("bulletin", _("회보"), filters.bulletin, [(one.id, one.name) for one in bulletins.values()])
    ]
    if filters.bulletin in bulletins:
        sections = [(one.name, one.name) for one in bulletins[filters.bulletin].sections]
        fields.append(Field("section", _("난"), filters.section, sections))
    return [
        *fields,
        Field("region", _("지역"), filters.region, [(code, region_name(code)) for code in region_codes()]),
        Field("who", _("담당"), who, whose),
    ]


def _period(days: int) -> str:
    return {1: _("최근 하루"), 3: _("최근 사흘"), 7: _("최근 한 주"), 30: _("최근 한 달")}[days]


def _active(filters: queue.Filters, fields: Sequence[Field]) -> list[tuple[str, str]]:
    """The filters in force: what each says, and the address without it."""
    words = {one.name: _chosen(one) for one in fields} | {"q": f"“{filters.q}”" if filters.q else ""}
    return [(text, filters.without(name).query_string()) for name, text in words.items() if text]


def _chosen(chosen: Field) -> str:
    """What the select says that is chosen in it; the value itself where it is not among its choices."""
    options = chosen.options + [option for _heading, group in chosen.groups for option in group]
    return dict(options).get(chosen.value, chosen.value)
