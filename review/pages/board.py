"""The board of an issue: its sections with what stands in them, and the candidates that wait for a place."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from monitor.config import settings
from review import catalogue
from review.accounts.people import display_name
from review.deciding.cards import safe_url
from review.exports import FORMATS
from review.issues.citing import cited
from review.issues.making import IssueError, bulletin_of, open_issues, title_of
from review.issues.placing import Spot, place, section_names, step
from review.issues.seats import Seats, lead_of, proposed, seats_of, topics_of, waiting_for
from review.models import Candidate, Issue
from review.pages.frame import back_to, number, page
from review.times import day_words, instant

#: So many waiting candidates stand beside the issue; the rest is on the candidates' page.
MOST_WAITING = 80
#: Topics that a waiting candidate shows.
MAX_CHIPS = 3
_STEPS = {"up": -1, "down": 1}


@require_safe
def board_page(request: HttpRequest, issue_id: int) -> HttpResponse:
    """`/issues/ID/`: an issue, section by section, beside the candidates that wait for a place."""
    issue = get_object_or_404(Issue.objects.select_related("closed_by", "past"), pk=issue_id)
    return page(request, "issue.html", _board(issue) | _frame(issue, timezone.now()))


@require_http_methods(["GET", "HEAD", "POST"])
def place_candidate(request: HttpRequest, issue_id: int) -> HttpResponse:
    """A candidate put into the issue, moved in it or taken out of it; the board alone where htmx asks.

    Where somebody was first, or the issue was closed, nothing is moved, and the answer says so.
    """
    if request.method != "POST":
        # Pressed after the session's end: the sign-in sends its editor back to the address, not to the press.
        return redirect("review:issue", issue_id)
    issue = get_object_or_404(Issue, pk=issue_id)
    candidate, action = number(request.POST.get("candidate", "")), request.POST.get("action", "place")
    if candidate is None or action not in {"place", *_STEPS}:
        return HttpResponseBadRequest("no such move")
    seen = Spot.read(request.POST["seen"]) if "seen" in request.POST else None
    try:
        if action in _STEPS:
            moved = step(candidate, _STEPS[action], seen)
        else:
            to = Spot.read(request.POST.get("to", ""))
            moved = place(candidate, to, number(request.POST.get("before", "")), seen)
    except IssueError as error:
        return _refused(request, issue, str(error))
    return _done(request, issue, moved)


def _done(request: HttpRequest, issue: Issue, moved: Candidate) -> HttpResponse:
    if not request.htmx:  # type: ignore[attr-defined]
        anchor = f"#candidate-{moved.pk}"
        return HttpResponseRedirect(back_to(request, reverse("review:issue", args=[issue.pk]), anchor))
    context = _board(issue)
    context["said"] = _said(issue, context["sections"], moved)
    return render(request, "review/parts/board.html", context | {"in_place": True})


def _refused(request: HttpRequest, issue: Issue, words: str) -> HttpResponse:
    if not request.htmx:  # type: ignore[attr-defined]
        messages.warning(request, words)
        return HttpResponseRedirect(back_to(request, reverse("review:issue", args=[issue.pk])))
    issue.refresh_from_db()
    context = _board(issue) | {"in_place": True, "words": words}
    return render(request, "review/parts/board.html", context, status=409)


def _said(issue: Issue, sections: list[dict[str, Any]], moved: Candidate) -> str:
    """Where the candidate stands now, for whoever does not see it."""
    for section in sections:
        for index, row in enumerate(section["rows"], 1):
            if row["id"] == moved.pk:
                words = _("‘{title}’ — {section} {place}번째")
                return words.format(title=row["title"], section=section["name"], place=index)
    return _("이 호에서 뺐습니다. 자리를 기다리는 후보에 있습니다.")


def _frame(issue: Issue, now: datetime) -> dict[str, Any]:
    zone = settings().timezone
    today = now.astimezone(zone).date()
    return {
        "title": title_of(issue),
        "formats": FORMATS,
        "deadline": _day(issue.deadline_on, today),
        "published": _day(issue.published_on, today),
        "late": bool(issue.deadline_on and issue.deadline_on < today and not issue.closed_at),
        "closed": instant(issue.closed_at, now, zone) if issue.closed_at else None,
        "closed_by": display_name(issue.closed_by) if issue.closed_by else "",
        "others": [one for one in open_issues(issue.bulletin) if one.pk != issue.pk],
    }


def _day(day: Any, today: Any) -> dict[str, Any] | None:
    """A day in words, and how far away it is."""
    if day is None:
        return None
    left = (day - today).days
    return {"on": day, "text": day_words(day, today), "left": left if left > 1 else None}


def _board(issue: Issue) -> dict[str, Any]:
    """What the part of the page shows that changes with every move."""
    bulletin = bulletin_of(issue.bulletin)
    is_open = issue.closed_at is None
    sections = seats_of(issue)
    waiting = waiting_for(bulletin, MOST_WAITING) if bulletin and is_open else []
    total = Candidate.standing.filter(issue=None).count() if is_open else 0
    rows = [card_row(one.candidate) | {"proposed": one.section} for one in waiting]
    # Where topics.yaml does not say what belongs where, everything may.
    ruled = bulletin is not None and any(one.kinds or one.topics for one in bulletin.sections)
    return {
        "issue": issue,
        "is_open": is_open,
        "sections": [_section(issue, seats, index) for index, seats in enumerate(sections, 1)],
        "spots": [(str(Spot(issue.pk, one.name)), one.name) for one in sections],
        "articles": sum(len(one.candidates) for one in sections),
        "usual": sum(one.usual for one in sections),
        "fitting": [row for row in rows if row["proposed"] or not ruled],
        "other": [row for row in rows if ruled and not row["proposed"]],
        "waiting_more": max(total - len(rows), 0),
    }


def _section(issue: Issue, seats: Seats, index: int) -> dict[str, Any]:
    return {
        "name": seats.name,
        "index": index,
        "spot": str(Spot(issue.pk, seats.name)),
        "usual": seats.usual,
        "count": len(seats.candidates),
        "missing": max(seats.missing, 0),
        "over": max(-seats.missing, 0) if seats.usual else 0,
        "rows": [card_row(candidate) for candidate in seats.candidates],
    }


def card_row(candidate: Candidate) -> dict[str, Any]:
    """A candidate as the board shows it."""
    origin, lead = cited(candidate), lead_of(candidate)
    return {
        "id": candidate.pk,
        "story": candidate.story_id,
        "title": candidate.headline or origin.title,
        "headline": candidate.headline,
        "original": origin.title,
        "lang": lead.lang if lead else "",
        "url": safe_url(origin.url),
        "named": origin.named or origin.medium,
        "on": origin.on,
        "field": candidate.field,
        "note": candidate.note,
        "responsible": display_name(candidate.responsible) if candidate.responsible else "",
        "lacks_summary": not candidate.summary,
        "spot": str(Spot.of(candidate)),
        "topics": [catalogue.topic_name(topic) for topic in topics_of(candidate)[:MAX_CHIPS]],
    }


def places_for(candidate: Candidate) -> list[dict[str, Any]]:
    """Every open issue with its sections, as places for the candidate; the section that it would stand in is marked."""
    found = []
    for bulletin in catalogue.taxonomy().bulletins:
        fit = proposed(bulletin, candidate)
        for issue in open_issues(bulletin.id):
            spots = [
                (str(Spot(issue.pk, name)), name, name == fit and candidate.issue_id is None)
                for name in section_names(issue)
            ]
            found.append({"issue": issue.pk, "name": title_of(issue), "spots": spots})
    return found
