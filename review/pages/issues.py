"""The issues in the making, by bulletin: what is open, when it is due, and the next one to open."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from classifiers.taxonomy import Bulletin
from monitor.config import settings
from review import catalogue
from review.accounts.actions import record
from review.issues.calendar import Mark, What, month_of, neighbours, weeks
from review.issues.making import (
    MAX_NUMBER,
    IssueError,
    bulletin_name,
    bulletin_of,
    change_issue,
    open_issue,
    proposal,
    remove_issue,
    title_of,
)
from review.issues.numbering import sort_key
from review.labels import issue_name
from review.models import Candidate, Issue
from review.pages.frame import editor_of, page
from review.times import day_words

#: Of the closed issues of a bulletin the last ones; all stand among the past issues.
MOST_CLOSED = 6


class DatesForm(forms.Form):
    """An issue's number and days."""

    number = forms.CharField(required=False, max_length=MAX_NUMBER)
    published_on = forms.DateField(required=False)
    deadline_on = forms.DateField(required=False)

    def days(self) -> tuple[str, date | None, date | None]:
        """The number, the day of publication and the deadline; None for a day that was left empty."""
        said = self.cleaned_data
        return said["number"], said["published_on"], said["deadline_on"]


@require_safe
def issues_page(request: HttpRequest) -> HttpResponse:
    """`/issues/`: every bulletin's issues in the making, and the calendar of the `month` that the address names."""
    today = timezone.now().astimezone(settings().timezone).date()
    standing = Count("candidates", filter=Q(candidates__withdrawn_at=None))
    issues = sorted(Issue.objects.annotate(articles=standing), key=lambda issue: sort_key(issue.number))
    month = month_of(request.GET.get("month", ""), today)
    before, after = neighbours(month)
    context = {
        "bulletins": [_bulletin(one, issues, today) for one in catalogue.taxonomy().bulletins],
        "unplaced": Candidate.standing.filter(issue=None).count(),
        "month": month,
        "before": f"?month={before:%Y-%m}",
        "after": f"?month={after:%Y-%m}",
        "weeks": weeks(month, _marks(issues), today),
        "weekdays": [WEEKDAYS_ABBR[day] for day in (6, 0, 1, 2, 3, 4, 5)],
    }
    return page(request, "issues.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new_issue(request: HttpRequest) -> HttpResponse:
    """A press on 다음 호 열기: opens the issue and goes to its board, or says why it cannot be opened."""
    if request.method != "POST":
        return redirect("review:issues")
    bulletin = bulletin_of(request.POST.get("bulletin", ""))
    if bulletin is None:
        return HttpResponseBadRequest("no such bulletin")
    form = DatesForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("날짜를 2026-12-01 처럼 적어 주십시오."))
        return redirect("review:issues")
    try:
        with transaction.atomic():
            issue = open_issue(bulletin, *form.days())
            record("issue.opened", title_of(issue), by=editor_of(request))
    except IssueError as error:
        messages.warning(request, str(error))
        return redirect("review:issues")
    messages.success(request, _("{issue}를 열었습니다.").format(issue=title_of(issue)))
    return redirect("review:issue", issue.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def issue_settings(request: HttpRequest, issue_id: int) -> HttpResponse:
    """`/issues/ID/settings`: its number and days; and the way to take it back."""
    issue = get_object_or_404(Issue, pk=issue_id)
    board = reverse("review:issue", args=[issue.pk])
    if issue.closed_at:
        messages.info(request, _("마감한 호입니다. 고치려면 먼저 다시 여십시오."))
        return HttpResponseRedirect(board)
    if request.method != "POST":
        return _settings(request, issue, DatesForm(initial=_days(issue)))
    if request.POST.get("action") == "remove":
        return _remove(request, issue)
    form = DatesForm(request.POST)
    if not form.is_valid():
        return _settings(request, issue, form, _("날짜를 2026-12-01 처럼 적어 주십시오."))
    try:
        change_issue(issue, *form.days())
    except IssueError as error:
        return _settings(request, issue, form, str(error))
    messages.success(request, _("저장했습니다."))
    return HttpResponseRedirect(board)


def _remove(request: HttpRequest, issue: Issue) -> HttpResponse:
    title = title_of(issue)
    try:
        with transaction.atomic():
            waiting = remove_issue(issue)
            record("issue.removed", title, by=editor_of(request))
    except IssueError as error:
        messages.warning(request, str(error))
        return redirect("review:issues")
    words = _("{issue}를 거두었습니다. 후보 {n}건이 다시 자리를 기다립니다.")
    messages.success(request, words.format(issue=title, n=waiting))
    return redirect("review:issues")


def _settings(request: HttpRequest, issue: Issue, form: DatesForm, wrong: str = "") -> HttpResponse:
    context = {
        "issue": issue,
        "title": title_of(issue),
        "form": form,
        "wrong": wrong,
        "articles": Candidate.standing.filter(issue=issue).count(),
    }
    return page(request, "issue_settings.html", context, status=422 if wrong else 200)


def _days(issue: Issue) -> dict[str, Any]:
    return {"number": issue.number, "published_on": issue.published_on, "deadline_on": issue.deadline_on}


def _bulletin(bulletin: Bulletin, issues: Sequence[Issue], today: date) -> dict[str, Any]:
    own = [issue for issue in issues if issue.bulletin == bulletin.id]
    usual = sum(section.count for section in bulletin.sections)
    return {
        "id": bulletin.id,
        "name": bulletin.name,
        "open": [_open(issue, usual, today) for issue in own if issue.closed_at is None],
        "closed": [
            {"row": issue, "name": issue_name(issue.number)}
            for issue in reversed(own)
            if issue.closed_at is not None
        ][:MOST_CLOSED],
        "next": proposal(bulletin, today),
    }


def _open(issue: Any, usual: int, today: date) -> dict[str, Any]:
    left = (issue.deadline_on - today).days if issue.deadline_on else None
    return {
        "row": issue,
        "name": issue_name(issue.number),
        "articles": issue.articles,
        "usual": usual,
        "percent": min(100, round(100 * issue.articles / usual)) if usual else 0,
        "deadline": day_words(issue.deadline_on, today) if issue.deadline_on else "",
        "published": day_words(issue.published_on, today) if issue.published_on else "",
        "left": left if left is not None and left > 1 else None,
        "late": left is not None and left < 0,
    }


def _marks(issues: Sequence[Issue]) -> list[Mark]:
    marks = []
    for issue in issues:
        name, number = bulletin_name(issue.bulletin), issue_name(issue.number)
        if issue.deadline_on:
            marks.append(Mark(issue.deadline_on, What.DEADLINE, name, number, issue.pk))
        if issue.published_on:
            marks.append(Mark(issue.published_on, What.PUBLICATION, name, number, issue.pk))
    return marks
