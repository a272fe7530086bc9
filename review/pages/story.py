"""One story: who told it, what the classifier and the editors said of it, and who was told."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import linebreaks
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from alerts.models import Alert
from classifiers.models import Tag
from monitor.config import settings
from monitor.models import Entry, Story
from monitor.texts.text import plain, sanitise
from review import catalogue
from review.accounts.people import display_name
from review.deciding.because import Because, because_of
from review.deciding.cards import Chip, Covered, Told, assessment_of, card, chip, covered, percent, tell
from review.deciding.decisions import effective_queue
from review.deciding.handling import LONGEST_COMMENT, assignable
from review.deciding.neighbours import neighbours
from review.deciding.objections import NotAReasonError, make_objection, withdraw_objection
from review.deciding.phrases import as_written
from review.deciding.queue import Filters, with_cards
from review.deciding.storylog import log_of
from review.labels import alert_state_name, kind_name, queue_name, region_name
from review.models import Assignment, Candidate
from review.pages.frame import back_to, editor_of, number, page
from review.recipients import recipient_name
from review.times import When, instant

#: A story that more sources told than this lists the first ones.
MAX_ENTRIES = 60
#: As much of an entry as a page shows; the rest is at its source.
MAX_TEXT = 40_000


@dataclass(frozen=True, slots=True)
class Teller:
    """One entry of the story, in full."""

    id: int
    told: Told
    author: str
    html: SafeString
    seen: When
    changed: When | None
    chips: list[Chip]
    #: Whether an editor gave or confirmed them.
    edited: bool
    because: list[Because]
    objected: bool
    nearest: Covered | None
    kind: str
    regions: str
    why: list[str]
    percent: int | None
    model: str


@require_safe
def story_page(request: HttpRequest, story_id: int) -> HttpResponse:
    """`/stories/ID`: the story with up to `MAX_ENTRIES` of its entries, the leading one first, then as they came.

    Raises:
        Http404: there is no such story, or it has no entry.
    """
    now = timezone.now()
    story = with_cards(Story.objects.filter(pk=story_id)).first()
    if story is None or not (story.lead or story.entries.all()):
        raise Http404
    entries = (
        Entry.objects.filter(story=story)
        .select_related("assessment__nearest__issue")
        .defer("assessment__nearest__text", "assessment__nearest__vector")
        .prefetch_related("tags", "objections")
        .order_by("first_seen_at", "id")
    )
    shown = sorted(entries[:MAX_ENTRIES], key=lambda entry: entry.pk != story.lead_id)
    state = effective_queue(story, now)
    assignment = Assignment.objects.select_related("assignee").filter(story=story).first()
    came_from = _came_from(request)
    before, behind = neighbours(story.pk, _filters(request, came_from), now)
    context = {
        "card": card(story, now),
        "tellers": [_teller(entry, now) for entry in shown],
        "hidden": max(len(story.entries.all()) - MAX_ENTRIES, 0),
        "state": state,
        "state_name": queue_name(state),
        "until": instant(story.later_until, now, settings().timezone)
        if story.later_until and state == Story.Queue.LATER
        else None,
        "history": log_of(story, now),
        "assignee": assignment.assignee if assignment else None,
        "assignee_name": display_name(assignment.assignee) if assignment else "",
        "candidate": Candidate.standing.filter(story=story).first(),
        "people": _people(assignment),
        "topics": _topics(shown[0]),
        "longest": LONGEST_COMMENT,
        "came_from": came_from,
        "before": _address(before, came_from) if before else "",
        "behind": _address(behind, came_from) if behind else "",
        "alerts": [
            _alert(row, now) for row in story.alerts.select_related("recipient").order_by("-id")[:100]
        ],
        "here": _address(story.pk, came_from),
    }
    return page(request, "story.html", context)


def _came_from(request: HttpRequest) -> str:
    """The filters of the queue that the story was opened from, as an address has them: that is the way back."""
    given = request.GET.get("list")
    if given is None:
        address, _sign, given = request.headers.get("Referer", "").partition("?")
        if address != request.build_absolute_uri(reverse("review:queue")):
            return ""
    return _filters(request, given).query_string().removeprefix("?")


def _filters(request: HttpRequest, query: str) -> Filters:
    return Filters.read(dict(parse_qsl(query)), editor_of(request))


def _address(story_id: int, came_from: str) -> str:
    path = reverse("review:story", args=[story_id])
    return f"{path}?{urlencode({'list': came_from})}" if came_from else path


def _people(assignment: Assignment | None) -> list[tuple[int, str]]:
    """Those who may have the story, and who has it."""
    people = {user.pk: display_name(user) for user in assignable()}
    if assignment:
        people.setdefault(assignment.assignee_id, display_name(assignment.assignee))
    return list(people.items())


def _topics(entry: Entry) -> list[tuple[str, str, bool]]:
    """Every topic, and whether the entry has it: those of topics.yaml, and such as it had before they went from there."""
    given = {tag.topic for tag in _standing(entry.tags.all())}
    known = [topic.id for topic in catalogue.taxonomy().topics]
    return [
        (topic, catalogue.topic_name(topic), topic in given)
        for topic in [*known, *sorted(given.difference(known))]
    ]


def _standing(tags: Iterable[Tag]) -> list[Tag]:
    """The tags but for topics that an editor took away, the likeliest first."""
    return sorted((tag for tag in tags if tag.probability > 0), key=lambda tag: -tag.probability)


@require_http_methods(["GET", "HEAD", "POST"])
def object_to_word(request: HttpRequest, story_id: int) -> HttpResponse:
    """A press on 이 낱말 때문은 아님, or on the button that takes it back."""
    if request.method != "POST":
        # Pressed after the session's end: the sign-in sends its editor back to the address, not to the press.
        return redirect("review:story", story_id)
    entry_id = number(request.POST.get("entry", ""))
    # PostgreSQL keeps no NUL, and so no word has one.
    topic, term = (request.POST.get(name, "").replace("\0", "") for name in ("topic", "term"))
    choice = request.POST.get("choice", "")
    if choice not in {"object", "withdraw"} or entry_id is None:
        return HttpResponseBadRequest("no such choice")
    entry = get_object_or_404(Entry, story=story_id, pk=entry_id)
    if choice == "withdraw":
        withdraw_objection(entry, topic, term)
    else:
        try:
            make_objection(entry, topic, term, editor_of(request), timezone.now())
        except NotAReasonError:
            messages.warning(
                request, _("이 글의 주제가 그 사이에 바뀌었습니다. 새로 고친 근거를 확인해 주십시오.")
            )
    return HttpResponseRedirect(
        back_to(request, reverse("review:story", args=[story_id]), f"#why-{entry.pk}")
    )


def _teller(entry: Entry, now: datetime) -> Teller:
    zone = settings().timezone
    assessment = assessment_of(entry)
    tags = _standing(entry.tags.all())
    texts = [entry.title, plain((entry.summary or entry.content)[:MAX_TEXT])]
    because = because_of(entry, tags, texts)
    return Teller(
        id=entry.pk,
        told=tell(entry, now),
        author=entry.author,
        html=_html(entry),
        seen=instant(entry.first_seen_at, now, zone),
        changed=instant(entry.changed_at, now, zone) if entry.changed_at else None,
        chips=[chip(tag, texts) for tag in tags],
        edited=any(not tag.model for tag in entry.tags.all()),
        because=because,
        objected=any(ground.objected for one in because for ground in one.grounds),
        nearest=covered(assessment),
        kind=kind_name(assessment.kind) if assessment else "",
        regions=", ".join(region_name(code) for code in assessment.regions) if assessment else "",
        why=[as_written(str(phrase), texts) for phrase in assessment.why] if assessment else [],
        percent=percent(assessment.relevance) if assessment else None,
        model=assessment.model if assessment else "",
    )


def _html(entry: Entry) -> SafeString:
    """What the entry says, in full: as published, or its page's text where nothing was."""
    # Safe by the allow-list of `monitor.texts.text`, and the policy of `review.middleware` would stop the rest.
    published = mark_safe(sanitise((entry.content or entry.summary)[:MAX_TEXT]))  # noqa: S308
    return published or SafeString(linebreaks(entry.text[:MAX_TEXT], autoescape=True))


def _alert(alert: Alert, now: datetime) -> dict[str, object]:
    return {
        "recipient": recipient_name(alert.recipient),
        "state": alert.state,
        "state_name": alert_state_name(alert.state),
        "when": instant(alert.sent_at or alert.queued_at, now, settings().timezone),
        "error": alert.error,
    }
