"""The stories that were accepted, newest first, by day."""

from datetime import datetime
from itertools import groupby
from typing import Any

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from monitor.config import settings
from monitor.models import Story
from review.accounts.people import display_name
from review.deciding.cards import card
from review.deciding.queue import with_cards
from review.issues.making import title_of
from review.models import Candidate
from review.pages.frame import number, page
from review.times import day_words, instant

#: Candidates on a page.
PAGE = 50


@require_safe
def candidates_page(request: HttpRequest) -> HttpResponse:
    """`/candidates/`: a page of candidates by the day of their acceptance; `after` is the last one of the page before."""
    now = timezone.now()
    candidates = Candidate.standing.order_by("-accepted_at", "-id")
    total = candidates.count()
    last = Candidate.objects.filter(pk=number(request.GET.get("after", "")) or 0).first()
    if last:
        candidates = candidates.filter(accepted_at__lte=last.accepted_at).exclude(
            accepted_at=last.accepted_at, id__gte=last.pk
        )
    found = list(
        candidates.select_related("accepted_by", "issue").prefetch_related(
            Prefetch("story", with_cards(Story.objects.all()))
        )[: PAGE + 1]
    )
    context = {
        "days": _by_day(found[:PAGE], now),
        "total": total,
        "more": f"?after={found[PAGE - 1].pk}" if len(found) > PAGE else "",
        "here": request.get_full_path(),
    }
    return page(request, "candidates.html", context)


def _by_day(candidates: list[Candidate], now: datetime) -> list[dict[str, Any]]:
    zone = settings().timezone
    today = now.astimezone(zone).date()
    days = groupby(candidates, key=lambda candidate: candidate.accepted_at.astimezone(zone).date())
    return [
        {
            "day": f"{day:%Y-%m-%d}",
            "words": day_words(day, today),
            "rows": [
                {
                    "candidate": candidate,
                    "issue": title_of(candidate.issue) if candidate.issue else "",
                    "card": card(candidate.story, now),
                    "who": display_name(candidate.accepted_by),
                    "when": instant(candidate.accepted_at, now, zone),
                    "clock": f"{candidate.accepted_at.astimezone(zone):%H:%M}",
                }
                for candidate in rows
            ],
        }
        for day, rows in days
    ]
