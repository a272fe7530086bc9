"""The end of the month: an issue closed, and opened again, each after a page that says what will become of it."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from review.accounts.actions import record
from review.issues.closing import close, lacking, reopen
from review.issues.making import IssueError, title_of
from review.models import Issue
from review.pages.frame import editor_of, page


@require_http_methods(["GET", "HEAD", "POST"])
def close_issue(request: HttpRequest, issue_id: int) -> HttpResponse:
    """`/issues/ID/close`: what the issue still lacks; a press closes it all the same."""
    issue = get_object_or_404(Issue, pk=issue_id)
    if request.method == "POST":
        try:
            with transaction.atomic():
                close(issue.pk, editor_of(request), timezone.now())
                record("issue.closed", title_of(issue), by=editor_of(request))
        except IssueError as error:
            messages.warning(request, str(error))
        else:
            words = _("{issue}를 마감했습니다. 이제 이미 다룬 것으로 압니다.")
            messages.success(request, words.format(issue=title_of(issue)))
        return redirect("review:issue", issue.pk)
    if issue.closed_at:
        return redirect("review:issue", issue.pk)
    context = {"issue": issue, "title": title_of(issue), "lacking": lacking(issue)}
    return page(request, "issue_close.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def reopen_issue(request: HttpRequest, issue_id: int) -> HttpResponse:
    """`/issues/ID/reopen`: what opening it again takes back; a press does it."""
    issue = get_object_or_404(Issue.objects.select_related("past"), pk=issue_id)
    if request.method == "POST":
        try:
            with transaction.atomic():
                reopen(issue.pk)
                record("issue.reopened", title_of(issue), by=editor_of(request))
        except IssueError as error:
            messages.warning(request, str(error))
        else:
            messages.success(request, _("{issue}를 다시 열었습니다.").format(issue=title_of(issue)))
        return redirect("review:issue", issue.pk)
    if not issue.closed_at:
        return redirect("review:issue", issue.pk)
    return page(request, "issue_reopen.html", {"issue": issue, "title": title_of(issue)})
