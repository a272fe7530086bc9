"""One story: who told it, what the classifier and the editors said of it, and who was told."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from alerts.models import Alert
from monitor.config import settings
from monitor.models import Entry, Story
from monitor.text import plain, sanitise
from review.because import Because, because_of
from review.cards import Chip, Covered, Told, assessment_of, card, chip, covered, percent, tell
from review.decisions import Choice, effective_queue
from review.labels import (
    alert_state_name,
    choice_words,
    door_name,
    kind_name,
    queue_name,
    region_name,
    tried_words,
)
from review.models import Decision, RefusedTap
from review.objections import NotAReasonError, make_objection, withdraw_objection
from review.pages.frame import back_to, editor_of, number, page
from review.people import display_name
from review.phrases import as_written
from review.queue import with_cards
from review.recipients import recipient_name
from review.times import When, instant

#: A story that more sources told than this lists the first ones.
MAX_ENTRIES = 60
#: Of the taps that were refused the last ones: a stranger may press for ever.
MAX_REFUSED = 30
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
    because: list[Because]
    objected: bool
    nearest: Covered | None
    kind: str
    regions: str
    why: list[str]
    percent: int | None
    model: str


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the story's history."""

    who: str
    what: str
    door: str
    when: When


@require_safe
def story_page(request: HttpRequest, story_id: int) -> HttpResponse:
    """`/stories/ID`."""
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
    context = {
        "card": card(story, now),
        "tellers": [_teller(entry, now) for entry in shown],
        "hidden": max(len(story.entries.all()) - MAX_ENTRIES, 0),
        "state": state,
        "state_name": queue_name(state),
        "until": instant(story.later_until, now, settings().timezone)
        if story.later_until and state == Story.Queue.LATER
        else None,
        "history": _history(story, now),
        "alerts": [
            _alert(row, now) for row in story.alerts.select_related("recipient").order_by("-id")[:100]
        ],
        "here": request.get_full_path(),
    }
    return page(request, "story.html", context)


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
    tags = sorted(entry.tags.all(), key=lambda tag: -tag.probability)
    texts = [entry.title, plain((entry.summary or entry.content)[:MAX_TEXT])]
    because = because_of(entry, tags, texts)
    return Teller(
        id=entry.pk,
        told=tell(entry, now),
        author=entry.author,
        # Safe by the allow-list of `monitor.text`, and the policy of `review.middleware` would stop the rest.
        html=mark_safe(sanitise((entry.content or entry.summary)[:MAX_TEXT])),  # noqa: S308
        seen=instant(entry.first_seen_at, now, zone),
        changed=instant(entry.changed_at, now, zone) if entry.changed_at else None,
        chips=[chip(tag, texts) for tag in tags],
        because=because,
        objected=any(ground.objected for one in because for ground in one.grounds),
        nearest=covered(assessment),
        kind=kind_name(assessment.kind) if assessment else "",
        regions=", ".join(region_name(code) for code in assessment.regions) if assessment else "",
        why=[as_written(str(phrase), texts) for phrase in assessment.why] if assessment else [],
        percent=percent(assessment.relevance) if assessment else None,
        model=assessment.model if assessment else "",
    )


def _history(story: Story, now: datetime) -> list[Step]:
    """What was decided and what was refused, the latest first."""
    decisions = list(story.decisions.select_related("editor").order_by("-id"))
    refused = story.refused_taps.order_by("-id")[:MAX_REFUSED]
    steps = [(row.decided_at, _step(row, now)) for row in decisions]
    steps += [(row.tapped_at, _refused_step(row, now)) for row in refused]
    return [step for _at, step in sorted(steps, key=lambda one: one[0], reverse=True)]


def _refused_step(tap: RefusedTap, now: datetime) -> Step:
    return Step(
        who=tap.name or str(tap.telegram_id),
        what=tried_words(tap.choice, tap.reason),
        door=door_name("telegram"),
        when=instant(tap.tapped_at, now, settings().timezone),
    )


def _step(decision: Decision, now: datetime) -> Step:
    return Step(
        who=display_name(decision.editor),
        what=choice_words(Choice(decision.choice)),
        door=door_name(decision.door),
        when=instant(decision.decided_at, now, settings().timezone),
    )


def _alert(alert: Alert, now: datetime) -> dict[str, object]:
    return {
        "recipient": recipient_name(alert.recipient),
        "state": alert.state,
        "state_name": alert_state_name(alert.state),
        "when": instant(alert.sent_at or alert.queued_at, now, settings().timezone),
        "error": alert.error,
    }
