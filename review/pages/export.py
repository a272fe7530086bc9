"""An issue as it is to be printed: on a page, and as a file."""

import re

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from review.exports import FORMATS, export
from review.exports.html import markup
from review.exports.printed import printed, unfinished
from review.issues.drafting import draft_of
from review.issues.making import title_of
from review.models import Issue
from review.pages.frame import page

#: What some system does not let into a file's name.
_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')


@require_safe
def preview_page(request: HttpRequest, issue_id: int) -> HttpResponse:
    """`/issues/ID/preview`: the issue as it will be printed, what is missing marked."""
    issue = get_object_or_404(Issue, pk=issue_id)
    draft = printed(draft_of(issue))
    context = {
        "issue": issue,
        "title": title_of(issue),
        "markup": SafeString(markup(draft)),
        "unfinished": unfinished(draft),
        "formats": FORMATS,
    }
    return page(request, "issue_preview.html", context)


@require_safe
def export_issue(request: HttpRequest, issue_id: int, form: str) -> HttpResponse:
    """`/issues/ID/export/FORM`: the file, under the issue's name.

    Raises:
        Http404: no such issue, or no such form in `FORMATS`.
    """
    if form not in FORMATS:
        raise Http404
    issue = get_object_or_404(Issue, pk=issue_id)
    answer = HttpResponse(export(draft_of(issue), form), content_type=FORMATS[form].media_type)
    name = _NOT_IN_NAMES.sub("-", title_of(issue)) + FORMATS[form].suffix
    # Names outside ASCII as RFC 6266 has them: filename*=utf-8''…
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return answer
