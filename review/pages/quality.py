"""The classifier's quality: how right its topics are, what is missed below the line, and what another line would do."""

import math
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Max, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from classifiers.models import Tag
from classifiers.quality import ENOUGH, Figures, Judged, Share, quality
from monitor.models import Story
from review import catalogue
from review.cards import percent
from review.labels import language_name
from review.models import Decision
from review.pages.frame import page
from review.replay import Outcome, Seen, outcomes
from review.sampling import LINE, MEMORY, SIZE, last_week

#: How far back decisions and corrections count: the models of last year are another's work.
REACH = timedelta(days=90)
#: What is replayed.
MONTH = timedelta(days=30)
#: How many of the accepted stories that another line would have missed are named.
NAMED = 10

_VERDICTS = {Story.Queue.ACCEPTED: True, Story.Queue.REJECTED: False}


@dataclass(frozen=True, slots=True)
class _Decided:
    """A story that an editor accepted or rejected, with the relevance that it had been given before."""

    id: int
    title: str
    lang: str
    relevance: float
    accepted: bool


@require_safe
def quality_page(request: HttpRequest) -> HttpResponse:
    """`/quality/`."""
    now = timezone.now()
    chosen = _threshold(request.GET.get("threshold", ""))
    recent = Decision.objects.filter(decided_at__gte=now - REACH).values("story_id")
    decided = [
        Judged(story.lang, relevance=story.relevance, accepted=story.accepted)
        for story in _decided(Story.objects.filter(pk__in=recent))
    ]
    figures = quality([*_corrected(now), *decided])
    context = {
        "enough": ENOUGH,
        "days": REACH.days,
        "quality": figures,
        "topics": _rows({catalogue.topic_name(topic): row for topic, row in figures.topics.items()}),
        "languages": [
            _row(_("모든 언어"), figures.all),
            *_rows({language_name(code): row for code, row in figures.languages.items()}),
        ],
        "ranking": figures.ranking,
        "auc": _decimals(figures.ranking.auc),
        "wss": _decimals(figures.ranking.wss95),
        "line": percent(LINE),
        "size": SIZE,
        "memory": MEMORY // timedelta(weeks=1),
        "last_week": last_week(now),
        **_replay(now, chosen),
    }
    return page(request, "quality.html", context)


def _threshold(text: str) -> float:
    """A share between 0 and 1, in whole percent; the line where the address asks for no such thing."""
    try:
        asked = float(text)
    except ValueError:
        return LINE
    return round(asked, 2) if math.isfinite(asked) and 0 <= asked <= 1 else LINE


def _rows(figures: dict[str, Figures]) -> list[dict[str, Any]]:
    """Figures as a table shows them, those that rest on most first."""
    return [_row(name, row) for name, row in sorted(figures.items(), key=lambda item: (-item[1].n, item[0]))]


def _row(name: str, figures: Figures) -> dict[str, Any]:
    return {
        "name": name,
        "precision": _share(figures.precision),
        "recall": _share(figures.recall),
        "f1": percent(figures.f1),
        "n": figures.n,
    }


def _share(share: Share) -> dict[str, Any]:
    low, high = share.interval
    return {
        "enough": share.enough,
        "percent": percent(share.value),
        "low": percent(low),
        "high": percent(high),
    }


def _decimals(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _corrected(now: datetime) -> list[Judged]:
    """The entries whose topics an editor set.

    An editor's tag names an editor, or no model where that account is gone. Its probability is 0 where the editor took
    the topic away, and 1 where the editor added it; the model's own where the editor only agreed.
    """
    recent = Tag.objects.filter(entry__first_seen_at__gte=now - REACH)
    touched = recent.filter(Q(editor__isnull=False) | Q(model="")).values("entry_id")
    tags = recent.filter(entry_id__in=touched).values_list(
        "entry_id", "entry__lang", "topic", "probability", "model", "editor_id"
    )
    languages: dict[int, str] = {}
    given: dict[int, set[str]] = defaultdict(set)
    corrected: dict[int, set[str]] = defaultdict(set)
    for entry_id, lang, topic, probability, model, editor_id in tags:
        languages[entry_id] = lang
        # Only what was given can be taken away or agreed to.
        if model or probability < 1:
            given[entry_id].add(topic)
        if (editor_id or not model) and probability > 0:
            corrected[entry_id].add(topic)
    return [
        Judged(lang, frozenset(given[entry_id]), frozenset(corrected[entry_id]))
        for entry_id, lang in languages.items()
    ]


def _decided(stories: QuerySet[Story]) -> list[_Decided]:
    """Those of the stories that editors accepted or rejected, with their relevance as it was said before.

    A model that learned from a decision knows its outcome: what it says of that story later proves nothing.
    """
    first = Decision.objects.filter(story=OuterRef("pk")).order_by("id").values("decided_at")[:1]
    before = Q(entries__assessment__assessed_at__lte=F("first_decided_at"))
    rows = (
        stories.filter(queue__in=_VERDICTS)
        .annotate(first_decided_at=Subquery(first))
        .annotate(score=Max("entries__assessment__relevance", filter=before))
        .values_list("pk", "lead__title", "lead__lang", "queue", "score")
    )
    return [
        _Decided(pk, title or f"#{pk}", lang or "", score, _VERDICTS[Story.Queue(queue)])
        for pk, title, lang, queue, score in rows
        if score is not None
    ]


def _replay(now: datetime, chosen: float) -> dict[str, Any]:
    """Last month with other thresholds, and the accepted stories that the chosen one would have missed."""
    month = Story.objects.filter(first_seen_at__gte=now - MONTH)
    decided = _decided(month)
    undecided = month.exclude(queue__in=_VERDICTS).values_list("relevance", flat=True)
    stories = [Seen(relevance) for relevance in undecided if relevance is not None]
    stories += [Seen(story.relevance, story.accepted) for story in decided]
    lost = [story for story in decided if story.accepted and story.relevance < chosen]
    lost.sort(key=lambda story: -story.relevance)
    return {
        "chosen_percent": percent(chosen),
        "month": MONTH.days,
        "replayed": len(stories),
        "accepted": sum(story.accepted is True for story in stories),
        "rejected": sum(story.accepted is False for story in stories),
        "outcomes": [_outcome(row, chosen) for row in outcomes(stories, chosen)],
        "choices": [(f"{step / 100:g}", step, step == percent(chosen)) for step in _steps(chosen)],
        "lost": [{"story": story, "percent": percent(story.relevance)} for story in lost[:NAMED]],
        "lost_more": max(len(lost) - NAMED, 0),
    }


def _outcome(row: Outcome, chosen: float) -> dict[str, Any]:
    return {
        "percent": percent(row.threshold),
        "chosen": row.threshold == chosen,
        "above": row.above,
        "daily": round(row.above / MONTH.days, 1),
        "missed": row.missed,
        "spared": row.spared,
    }


def _steps(chosen: float) -> list[int]:
    """The thresholds that the form offers, in percent."""
    return sorted({*range(5, 100, 5), percent(chosen) or 0})
