"""The story page's other forms: whose it is, what editors say of it, and what it is about."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from classifiers.models import Tag
from monitor.models import Entry, Story
from review import catalogue
from review.accounts.people import display_name
from review.accounts.roles import editors
from review.deciding.handling import LONGEST_COMMENT, TakenError, assign, comment
from review.deciding.retagging import retag
from review.pages.frame import back_to, editor_of, number

#: Pressed after the session's end: the sign-in sends its editor back to the address, not to the press.
_METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(_METHODS)
def assign_story(request: HttpRequest, story_id: int) -> HttpResponse:
    """A choice of 담당: `to` is a user's id, "me", or empty for nobody; who was overtaken by another is told."""
    if request.method != "POST":
        return redirect("review:story", story_id)
    editor, wanted = editor_of(request), request.POST.get("to", "")
    to = editor if wanted == "me" else editors().filter(pk=number(wanted) or 0).first()
    if wanted and to is None:
        return HttpResponseBadRequest("no such person")
    story = get_object_or_404(Story, pk=story_id)
    try:
        assign(story.pk, editor, to, "web", timezone.now(), request.POST.get("seen"))
    except TakenError as error:
        words = (
            _("그 사이에 {name}님이 담당이 되었습니다. 그래도 바꾸려면 다시 눌러 주십시오.").format(
                name=display_name(error.assignee)
            )
            if error.assignee
            else _("그 사이에 담당이 비었습니다. 다시 눌러 주십시오.")
        )
        messages.warning(request, words)
    return _back(request, story_id, "#handling")


@require_http_methods(_METHODS)
def comment_story(request: HttpRequest, story_id: int) -> HttpResponse:
    """Keeps a remark for the other editors, cut off after `LONGEST_COMMENT` characters."""
    if request.method != "POST":
        return redirect("review:story", story_id)
    story = get_object_or_404(Story, pk=story_id)
    text = request.POST.get("text", "")
    if len(text) > LONGEST_COMMENT + text.count("\r\n"):
        messages.warning(request, _("의견이 길어 앞의 {most}자만 남겼습니다.").format(most=LONGEST_COMMENT))
    comment(story.pk, editor_of(request), text, "web", timezone.now())
    return _back(request, story_id, "#history")


@require_http_methods(_METHODS)
def retag_story(request: HttpRequest, story_id: int) -> HttpResponse:
    """Keeps the topics of one of the story's entries as the editor ticked them."""
    if request.method != "POST":
        return redirect("review:story", story_id)
    entry = get_object_or_404(Entry, story=story_id, pk=number(request.POST.get("entry", "")) or 0)
    known = {topic.id for topic in catalogue.taxonomy().topics}
    known |= set(Tag.objects.filter(entry=entry).values_list("topic", flat=True))
    topics, seen = (set(request.POST.getlist(name)) for name in ("topic", "seen"))
    if not topics <= known:
        return HttpResponseBadRequest("no such topic")
    if retag(entry, topics, seen, editor_of(request), "web", timezone.now()):
        messages.success(request, _("주제를 정했습니다. 다음 학습부터 본보기로 씁니다."))
    return _back(request, story_id, f"#topics-{entry.pk}")


def _back(request: HttpRequest, story_id: int, anchor: str) -> HttpResponse:
    return HttpResponseRedirect(back_to(request, reverse("review:story", args=[story_id]), anchor))
