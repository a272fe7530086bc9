"""Saved views: queue addresses that somebody wants again, under a name."""

from urllib.parse import parse_qsl

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from monitor.texts.text import clean_line
from review.deciding.queue import Filters
from review.models import SavedView
from review.pages.frame import back_to, editor_of, number

#: Characters of a view's name, as its column holds.
MAX_NAME = 60
#: More than these nobody finds a view among.
MOST = 30


@require_http_methods(["GET", "HEAD", "POST"])
def views_page(request: HttpRequest) -> HttpResponse:
    """`/views/`: saves a view or throws one away, and goes back to the queue."""
    queue = reverse("review:queue")
    if request.method != "POST":
        return redirect(queue)
    if request.POST.get("action") == "delete":
        _delete(request)
        return redirect(back_to(request, queue))
    # Read and written once more, so that what is kept is an address of ours and its view knows itself again.
    query = Filters.read(dict(parse_qsl(request.POST.get("query", "").removeprefix("?")))).query_string()
    _save(request, query.removeprefix("?"))
    return redirect(queue + query)


def _save(request: HttpRequest, query: str) -> None:
    editor = editor_of(request)
    name = clean_line(request.POST.get("name", ""))[:MAX_NAME]
    own = SavedView.objects.filter(owner=editor)
    if not name:
        messages.warning(request, _("보기에 이름을 붙여 주십시오."))
    elif not query:
        messages.warning(request, _("저장할 조건이 없습니다. 먼저 조건을 골라 주십시오."))
    elif own.exclude(name=name).count() >= MOST:
        messages.warning(
            request,
            _("보기는 {n}개까지 저장할 수 있습니다. 쓰지 않는 것을 먼저 지워 주십시오.").format(n=MOST),
        )
    else:
        said = {"query": query, "shared": request.POST.get("shared") == "on"}
        _view, is_new = SavedView.objects.update_or_create(owner=editor, name=name, defaults=said)
        words = (
            _("‘{name}’ 보기를 저장했습니다.") if is_new else _("‘{name}’ 보기를 새 조건으로 바꾸었습니다.")
        )
        messages.success(request, words.format(name=name))


def _delete(request: HttpRequest) -> None:
    view = SavedView.objects.filter(
        owner=editor_of(request), pk=number(request.POST.get("view", "")) or 0
    ).first()
    if view is None:
        # Pressed twice, or thrown away in another window.
        messages.info(request, _("이미 없는 보기입니다."))
        return
    view.delete()
    messages.success(request, _("‘{name}’ 보기를 지웠습니다.").format(name=view.name))
