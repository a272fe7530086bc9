"""`/candidates/paste`: the address of a page becomes an entry and a candidate, or what an editor writes of it does."""

from dataclasses import dataclass, field
from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from monitor.errors import FetchFault, ParseFault
from monitor.logs import logger
from monitor.models import Story
from monitor.texts.text import clean_line
from review.deciding.decisions import ConflictError
from review.deciding.verdicts import conflict_words
from review.issues.citing import Cited
from review.issues.pasting import (
    LONGEST_LINE,
    LONGEST_URL,
    Pasted,
    UnreadableError,
    address,
    paste,
    write_down,
)
from review.models import Candidate
from review.pages.frame import editor_of, page

#: The fields that an editor may write, and how the form calls them.
_LINES = ("title", "author", "medium", "named")


@dataclass
class Form:
    """What stands in the form, and what is wrong with it, by field."""

    url: str = ""
    title: str = ""
    author: str = ""
    medium: str = ""
    named: str = ""
    on: str = ""
    wrong: dict[str, str] = field(default_factory=dict)


@require_http_methods(["GET", "HEAD", "POST"])
def paste_page(request: HttpRequest) -> HttpResponse:
    """The form, and what came of it."""
    if request.method != "POST":
        return _show(request, Form(url=request.GET.get("url", "")), by_hand="by_hand" in request.GET)
    form = Form(url=clean_line(request.POST.get("url", "")))
    url = address(form.url)
    by_hand = request.POST.get("how") == "write"
    if by_hand:
        for name in _LINES:
            setattr(form, name, clean_line(request.POST.get(name, ""))[:LONGEST_LINE])
        form.on = request.POST.get("on", "").strip()
    if not url:
        form.wrong["url"] = _("웹 페이지의 주소가 아닙니다. https:// 로 시작하는 주소를 붙여 넣어 주십시오.")
    said = _said(form) if by_hand else None
    if form.wrong:
        return _show(request, form, by_hand=by_hand)
    editor, now = editor_of(request), timezone.now()
    try:
        pasted = write_down(url, said, editor, now) if said else paste(url, editor, now)
    except UnreadableError as error:
        logger.info("pasted page not read", url=url, reason=error.reason)
        return _show(request, form, by_hand=True, unread=fault_words(error.fault))
    except ConflictError as conflict:
        messages.warning(request, conflict_words(conflict, editor))
        return redirect(_place(conflict.story))
    messages.success(request, _words(pasted))
    return redirect(_place(pasted.entry.story))


def fault_words(fault: str) -> str:
    """Why a page could not be read, as an editor understands it."""
    words: dict[str, str] = {
        FetchFault.NETWORK: _("서버에 연결하지 못했습니다. 주소가 맞는지 확인해 주십시오."),
        FetchFault.TIMEOUT: _("서버가 제때 답하지 않았습니다."),
        FetchFault.HTTP: _("서버가 그 페이지를 주지 않았습니다. 주소가 맞는지 확인해 주십시오."),
        FetchFault.BLOCKED: _("사이트가 프로그램의 접근을 막고 있습니다."),
        FetchFault.GONE: _("사이트가 그 페이지를 없앴습니다."),
        FetchFault.TOO_LARGE: _("문서가 너무 커서 읽지 못했습니다."),
        FetchFault.REDIRECT: _("주소가 다른 곳으로 끝없이 넘겨집니다."),
        FetchFault.ADDRESS: _("내부 네트워크의 주소이거나 바르지 않은 주소라서 열지 않았습니다."),
        ParseFault.HANGS: _("문서를 읽는 데 너무 오래 걸려 멈췄습니다."),
        "page": _("열리기는 했지만 글을 찾지 못했습니다."),
    }
    return words.get(fault, _("페이지를 읽지 못했습니다."))


def _said(form: Form) -> Cited:
    """What the editor wrote; what is wrong with it is noted in the form."""
    if not form.title:
        form.wrong["title"] = _("제목을 적어 주십시오.")
    on = None
    if form.on:
        try:
            on = date.fromisoformat(form.on)
        except ValueError:
            form.wrong["on"] = _("2026-11-21 처럼 적어 주십시오.")
    return Cited(form.author, form.title, form.medium, form.named, on)


def _words(pasted: Pasted) -> str:
    if pasted.known:
        return _("이미 들어와 있던 글입니다. 후보로 올렸습니다.")
    if pasted.has_text:
        return _("후보로 올렸습니다. 출처가 맞는지 확인해 주십시오.")
    return _("후보로 올렸습니다. 본문은 없으니 제목과 출처를 확인해 주십시오.")


def _place(story: Story) -> str:
    """Where the editor goes on: at the candidate, or at the story that is none."""
    candidate = Candidate.standing.filter(story=story).first()
    return (
        reverse("review:candidate", args=[candidate.pk])
        if candidate
        else reverse("review:story", args=[story.pk])
    )


def _show(request: HttpRequest, form: Form, *, by_hand: bool, unread: str = "") -> HttpResponse:
    context = {
        "form": form,
        "by_hand": by_hand,
        "unread": unread,
        "longest": LONGEST_URL,
        "line": LONGEST_LINE,
    }
    status = 422 if form.wrong or unread else 200
    return page(request, "paste.html", context, status=status)
