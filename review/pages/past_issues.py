"""The past issues that the program learned: what is in them, and which topics their articles have, for an editor to confirm."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Count, F, Q
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from classifiers.models import PastArticle, PastIssue
from monitor.config import settings
from review import catalogue
from review.models import Issue
from review.pages.frame import number, page
from review.times import instant


@require_safe
def past_issues_page(request: HttpRequest) -> HttpResponse:
    """`/issues/past/`: the learned issues by bulletin, the last first, with how much of each waits to be confirmed."""
    issues = PastIssue.objects.annotate(
        count=Count("articles"), waiting=Count("articles", filter=Q(articles__confirmed_at=None))
    ).order_by("bulletin", F("published_on").desc(nulls_last=True), "-number")
    bulletins = [
        {"id": bulletin, "name": _bulletin_name(bulletin), "issues": list(rows)}
        for bulletin, rows in groupby(issues, key=lambda issue: issue.bulletin)
    ]
    waiting = sum(issue.waiting for bulletin in bulletins for issue in bulletin["issues"])
    return page(request, "past_issues.html", {"bulletins": bulletins, "unconfirmed": waiting})


@require_http_methods(["GET", "HEAD", "POST"])
def past_issue_page(request: HttpRequest, issue_id: int) -> HttpResponse:
    """`/issues/past/ID`: its articles; a press on 「주제 확정」 keeps the ticks of one article, or of all."""
    issue = get_object_or_404(PastIssue, pk=issue_id)
    if request.method == "POST":
        return _confirm(request, issue)
    now = timezone.now()
    rows = list(issue.articles.all())
    context = {
        "issue": issue,
        "made_from": Issue.objects.filter(past=issue).first(),
        "bulletin": _bulletin_name(issue.bulletin),
        "articles": [_article(row, now) for row in rows],
        "unconfirmed": sum(row.confirmed_at is None for row in rows),
    }
    return page(request, "past_issue.html", context)


def _bulletin_name(bulletin_id: str) -> str:
    bulletins = catalogue.taxonomy().bulletins
    return next((one.name for one in bulletins if one.id == bulletin_id), bulletin_id)


def _article(row: PastArticle, now: datetime) -> dict[str, Any]:
    known = [topic.id for topic in catalogue.taxonomy().topics]
    return {
        "row": row,
        "citations": row.citation.splitlines(),
        "sections": _sections(row),
        "given": [(topic, catalogue.topic_name(topic)) for topic in row.topics],
        "others": [(topic, catalogue.topic_name(topic)) for topic in known if topic not in row.topics],
        "seen": _stamp(row),
        "confirmed": instant(row.confirmed_at, now, settings().timezone) if row.confirmed_at else None,
    }


def _sections(row: PastArticle) -> list[str]:
    """The sections that an article may stand in: its bulletin's, and the one that it has."""
    bulletins = catalogue.taxonomy().bulletins
    named = [part.name for one in bulletins if one.id == row.issue.bulletin for part in one.sections]
    return list(dict.fromkeys(["", *named, row.section]))


def _stamp(row: PastArticle) -> str:
    """What the form says of when the article was confirmed: it keeps one editor from undoing another's work unseen."""
    return row.confirmed_at.isoformat() if row.confirmed_at else ""


@dataclass(frozen=True, slots=True)
class _Ticks:
    """What the form says of an article."""

    topics: list[str]
    section: str
    seen: str


def _confirm(request: HttpRequest, issue: PastIssue) -> HttpResponse:
    pressed = request.POST.get("article", "")
    with transaction.atomic():
        rows = list(issue.articles.select_for_update().order_by("order"))
        # An article that was learned since the page was opened is not in its form.
        shown = [row for row in rows if f"seen-{row.pk}" in request.POST]
        ticks = {row.pk: _ticks(request, row) for row in shown}
        if not all(_are_known(ticks[row.pk], row) for row in shown):
            return HttpResponseBadRequest("no such topic or section")
        fresh = [row for row in shown if ticks[row.pk].seen == _stamp(row)]
        meant = [row for row in shown if pressed in {"", str(row.pk)}]
        now = timezone.now()
        for row in fresh:
            # What is ticked beside the article that was pressed is not lost: it waits as a proposal.
            if row in meant or row.confirmed_at is None:
                _keep(row, ticks[row.pk], now if row in meant else None)
    _say(
        request, len([row for row in meant if row in fresh]), len([row for row in meant if row not in fresh])
    )
    return HttpResponseRedirect(reverse("review:past_issue", args=[issue.pk]) + _next(rows, number(pressed)))


def _ticks(request: HttpRequest, row: PastArticle) -> _Ticks:
    return _Ticks(
        request.POST.getlist(f"topics-{row.pk}"),
        request.POST.get(f"section-{row.pk}", ""),
        request.POST.get(f"seen-{row.pk}", ""),
    )


def _are_known(ticks: _Ticks, row: PastArticle) -> bool:
    topics = {*catalogue.taxonomy().by_id, *row.topics}
    return topics.issuperset(ticks.topics) and ticks.section in _sections(row)


def _keep(row: PastArticle, ticks: _Ticks, confirmed_at: datetime | None) -> None:
    row.topics, row.section, row.confirmed_at = ticks.topics, ticks.section, confirmed_at
    row.save(update_fields=["topics", "section", "confirmed_at"])


def _say(request: HttpRequest, confirmed: int, late: int) -> None:
    if confirmed:
        messages.success(request, _("기사 {n}건의 주제를 확정했습니다.").format(n=confirmed))
    if late:
        words = _("그 사이 다른 분이 확정하신 기사 {n}건은 그대로 두었습니다. 확인해 주십시오.")
        messages.warning(request, words.format(n=late))


def _next(rows: Iterable[PastArticle], pressed: int | None) -> str:
    """The next article that waits, after the one that was pressed; the top of the page after the issue's own button."""
    if pressed is None:
        return ""
    after = False
    for row in rows:
        if after and row.confirmed_at is None:
            return f"#article-{row.pk}"
        after = after or row.pk == pressed
    return ""
