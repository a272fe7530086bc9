"""One story: who told it, what the classifier and the editors said of it, and who was told."""

from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from alerts.models import Alert
from monitor.config import settings
from monitor.models import Entry, Story
from monitor.text import plain, sanitise
from review.cards import Chip, Told, assessment_of, card, chip, percent, tell
from review.decisions import Choice, effective_queue
from review.labels import alert_state_name, choice_words, door_name, kind_name, queue_name, region_name
from review.models import Decision
from review.pages.frame import page
from review.people import display_name
from review.phrases import as_written
from review.queue import with_cards
from review.recipients import recipient_name
from review.times import When, instant

#: A story that more sources told than this lists the first ones.
MAX_ENTRIES = 60
#: As much of an entry as a page shows; the rest is at its source.
MAX_TEXT = 40_000


@dataclass(frozen=True, slots=True)
class Teller:
    """One entry of the story, in full."""

    told: Told
    author: str
    html: SafeString
    seen: When
    changed: When | None
    chips: list[Chip]
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
        .select_related("assessment")
        .prefetch_related("tags")
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
        "history": [_step(row, now) for row in story.decisions.select_related("editor").order_by("-id")],
        "alerts": [
            _alert(row, now) for row in story.alerts.select_related("recipient").order_by("-id")[:100]
        ],
        "here": request.get_full_path(),
    }
    return page(request, "story.html", context)


def _teller(entry: Entry, now: datetime) -> Teller:
    zone = settings().timezone
    assessment = assessment_of(entry)
    tags = sorted(entry.tags.all(), key=lambda tag: -tag.probability)
    texts = [entry.title, plain((entry.summary or entry.content)[:MAX_TEXT])]
    return Teller(
        told=tell(entry, now),
        author=entry.author,
        # Safe by the allow-list of `monitor.text`, and the policy of `review.middleware` would stop the rest.
        html=mark_safe(sanitise((entry.content or entry.summary)[:MAX_TEXT])),  # noqa: S308
        seen=instant(entry.first_seen_at, now, zone),
        changed=instant(entry.changed_at, now, zone) if entry.changed_at else None,
        chips=[chip(tag, texts) for tag in tags],
        kind=kind_name(assessment.kind) if assessment else "",
        regions=", ".join(region_name(code) for code in assessment.regions) if assessment else "",
        why=[as_written(str(phrase), texts) for phrase in assessment.why] if assessment else [],
        percent=percent(assessment.relevance) if assessment else None,
        model=assessment.model if assessment else "",
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
