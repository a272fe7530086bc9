"""The classifier's quality: how right it is, what is missed below the line, what another line or model would do."""

import math
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from classifiers.evaluating.quality import ENOUGH, Figures, Judged, Share, quality
from classifiers.models import PastArticle, Tag
from classifiers.serving.inforce import name_in_force
from classifiers.serving.loading import encoder, models_folder
from classifiers.serving.versions import shipped_name
from classifiers.training import rehearsal
from classifiers.training.rehearsal import MONTH
from monitor.config import settings
from monitor.errors import MonitorError
from monitor.logs import logger
from monitor.models import Story
from review import catalogue
from review.deciding.cards import percent
from review.labels import language_name
from review.models import Decision
from review.pages.frame import page
from review.pages.precision import bands_picture, weeks_picture
from review.quality.month import Replay, decided, replay, stories_of, titles, undecided
from review.quality.replay import Outcome, Seen, outcomes
from review.quality.sampling import LINE, MEMORY, SIZE, last_week
from review.times import instant

#: How far back decisions and corrections count: the models of last year are another's work.
REACH = timedelta(days=90)
#: How many stories of a list are named, and how many topics; the rest is counted.
NAMED = 10


@require_safe
def quality_page(request: HttpRequest) -> HttpResponse:
    """`/quality/`: the figures of the last three months; `threshold` and `model` say what last month is replayed with."""
    now = timezone.now()
    chosen = _threshold(request.GET.get("threshold", ""))
    recent = Decision.objects.filter(decided_at__gte=now - REACH).values("story_id")
    known = decided(Story.objects.filter(pk__in=recent))
    judged = [Judged(story.lang, relevance=story.relevance, accepted=story.accepted) for story in known]
    figures = quality([*_corrected(now), *judged])
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
        "pictures": [weeks_picture(known, now), bands_picture(known)] if known else [],
        "line": percent(LINE),
        "size": SIZE,
        "memory": MEMORY // timedelta(weeks=1),
        "last_week": last_week(now),
        "unconfirmed": PastArticle.objects.filter(confirmed_at=None).count(),
        **_replay(now, chosen),
        **_rehearsed(now, request.GET.get("model", ""), chosen),
    }
    return page(request, "quality.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def rehearse_model(request: HttpRequest) -> HttpResponse:
    """The button 「다시 견주기」: asks for a model's rehearsal, which `monitor run` works out aside."""
    if request.method != "POST":
        return redirect("review:quality")
    name, running = request.POST.get("model", ""), _running()
    if running is None or name not in rehearsal.kept_versions(models_folder(), running):
        return HttpResponseBadRequest("no such model")
    rehearsal.ask(models_folder(), name)
    asked = {"model": name, "threshold": f"{_threshold(request.POST.get('threshold', '')):g}"}
    return HttpResponseRedirect(f"{reverse('review:quality')}?{urlencode(asked)}#rehearsal")


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


def _replay(now: datetime, chosen: float) -> dict[str, Any]:
    """Last month with other thresholds, and the accepted stories that the chosen one would have missed."""
    month = stories_of(now)
    verdicts = decided(month)
    stories = [Seen(relevance) for relevance in undecided(month).values()]
    stories += [Seen(story.relevance, story.accepted) for story in verdicts]
    lost = [story for story in verdicts if story.accepted and story.relevance < chosen]
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


def _running() -> str | None:
    """The name of the encoder in force, empty for none; None where the one that was asked for does not run here."""
    try:
        running = encoder()
    except MonitorError as error:
        logger.warning("no encoder", reason=str(error))
        return None
    return running.name if running else ""


def _rehearsed(now: datetime, wanted: str, chosen: float) -> dict[str, Any]:
    """Last month with another model, as far as its rehearsal is there; without a wish, with the newest one."""
    folder, running = models_folder(), _running()
    names = [] if running is None else rehearsal.kept_versions(folder, running)
    if running is None or not names:
        return {}
    in_force = name_in_force(folder, running) or shipped_name(running)
    model = wanted if wanted in names else names[0]
    asked = rehearsal.asked_of(folder, model)
    found = rehearsal.rehearsal_of(folder, model)
    return {
        "model": model,
        "models": [(name, name == in_force, name == model) for name in names],
        "asked": asked and {"percent": percent(asked.share), "fault": asked.fault},
        "rehearsed": instant(found.made_at, now, settings().timezone) if found else None,
        "change": _change(replay(found, model, chosen, now)) if found else None,
        "chosen": f"{chosen:g}",
    }


def _change(found: Replay) -> dict[str, Any]:
    month = found.comparison
    lists = (
        ("missed", _("놓쳤을 후보"), month.missed),
        ("entering", _("새로 들어올 글"), month.entering),
        ("leaving", _("빠질 글"), month.leaving),
    )
    named = titles(story for _id, _name, stories in lists for story in stories[:NAMED])
    return {
        "replay": found,
        "caution": _(
            "결정하신 것 가운데 {learned}건은 이 모델이 이미 배운 것입니다. 놓쳤을 후보와 안 봐도 됐을 제외는 실제보다 좋게 나옵니다."
        ).format(learned=found.learned),
        "rows": [
            (_("기준 이상"), month.before.above, month.after.above),
            (
                _("알림의 기본 기준({line}) 이상").format(line=percent(LINE)),
                month.alerts_before,
                month.alerts_after,
            ),
            (_("놓쳤을 후보"), month.before.missed, month.after.missed),
            (_("안 봐도 됐을 제외"), month.before.spared, month.after.spared),
        ],
        "lists": [
            {
                "id": name_id,
                "name": name,
                "n": len(stories),
                "named": [(story, *named[story]) for story in stories[:NAMED]],
                "more": max(len(stories) - NAMED, 0),
            }
            for name_id, name, stories in lists
            if stories
        ],
        "topics": [(catalogue.topic_name(row.topic), row.added, row.removed) for row in found.topics[:NAMED]],
        "topics_more": max(len(found.topics) - NAMED, 0),
        "tags": sum(row.added + row.removed for row in found.topics),
    }


def _steps(chosen: float) -> list[int]:
    """The thresholds that the form offers, in percent."""
    return sorted({*range(5, 100, 5), percent(chosen) or 0})
