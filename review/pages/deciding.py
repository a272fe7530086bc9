"""The buttons of a story: 후보, 제외, 나중에, 되돌리기; as whole pages without JavaScript, in place with htmx."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from monitor.models import Story
from review.deciding import queue
from review.deciding.cards import card
from review.deciding.decisions import Choice, ConflictError, decide, decide_many, last_undoable, together
from review.deciding.verdicts import conflict_words
from review.models import Decision
from review.pages.bulk import answer
from review.pages.frame import back_to, editor_of, number, remember_decision, toast


@require_http_methods(["GET", "HEAD", "POST"])
def decide_story(request: HttpRequest, story_id: int) -> HttpResponse:
    """A press on one of a story's buttons: decides, and goes back to where it was pressed; who came too late is told.

    Raises:
        Http404: there is no such story.
    """
    if request.method != "POST":
        # Pressed after the session's end: the sign-in sends its editor back to the address, not to the press.
        return redirect("review:story", story_id)
    choice, seen = request.POST.get("choice", ""), request.POST.get("seen", "")
    if choice not in Choice.values or seen not in Story.Queue.values:
        return HttpResponseBadRequest("no such choice")
    try:
        decision = decide(story_id, editor_of(request), choice, "web", timezone.now(), seen=seen)
    except Story.DoesNotExist as error:
        raise Http404 from error
    except ConflictError as conflict:
        return _too_late(request, conflict)
    return _done(request, decision)


@require_http_methods(["GET", "HEAD", "POST"])
def undo_last(request: HttpRequest) -> HttpResponse:
    """The key u: takes back the editor's own latest press, whichever story or stories it was for."""
    if request.method != "POST":
        return redirect("review:queue")
    editor, now = editor_of(request), timezone.now()
    latest = last_undoable(editor, now)
    if latest is None:
        return _nothing(request)
    if len(pressed := together(latest)) > 1:
        many = decide_many({row.story_id: None for row in pressed}, editor, Choice.UNDO, "web", now)
        return answer(request, many, Choice.UNDO)
    try:
        decision = decide(latest.story_id, editor, Choice.UNDO, "web", now, seen=None)
    except ConflictError as conflict:
        return _too_late(request, conflict)
    return _done(request, decision)


def _done(request: HttpRequest, decision: Decision) -> HttpResponse:
    if not _in_place(request):
        remember_decision(request, decision)
        anchor = _anchor(
            decision.story_id if decision.choice == Choice.UNDO else number(request.POST.get("then", ""))
        )
        return HttpResponseRedirect(back_to(request, reverse("review:queue"), anchor))
    now = timezone.now()
    context: dict[str, Any] = {"toast": toast(decision), "waiting": queue.count(queue.Filters(), now)}
    if decision.choice == Choice.UNDO:
        story = queue.with_cards(Story.objects.filter(pk=decision.story_id)).get()
        context |= {"card": card(story, now), "here": _here(request), "then": None}
    return render(request, "review/parts/decided.html", context)


def _too_late(request: HttpRequest, conflict: ConflictError) -> HttpResponse:
    words = conflict_words(conflict, editor_of(request))
    if not _in_place(request):
        messages.warning(request, words)
        return HttpResponseRedirect(back_to(request, reverse("review:queue"), _anchor(conflict.story.pk)))
    now = timezone.now()
    story = queue.with_cards(Story.objects.filter(pk=conflict.story.pk)).get()
    context = {"card": card(story, now), "words": words, "waiting": queue.count(queue.Filters(), now)}
    return render(request, "review/parts/too_late.html", context, status=409)


def _nothing(request: HttpRequest) -> HttpResponse:
    words = _("되돌릴 결정이 없습니다.")
    if not _in_place(request):
        messages.info(request, words)
        return HttpResponseRedirect(back_to(request, reverse("review:queue")))
    return render(request, "review/parts/nothing.html", {"words": words}, status=409)


def _in_place(request: HttpRequest) -> bool:
    """Whether htmx asks, for a part of the page that stands."""
    return bool(request.htmx)  # type: ignore[attr-defined]


def _here(request: HttpRequest) -> str:
    return request.htmx.current_url_abs_path or reverse("review:queue")  # type: ignore[attr-defined]


def _anchor(story_id: int | None) -> str:
    return f"#story-{story_id}" if story_id else ""
