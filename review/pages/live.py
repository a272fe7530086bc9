"""What an open page of the queue asks every few seconds: what others did, who looks where, and what is new."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from monitor.models import Story
from review.accounts.people import display_name
from review.deciding import queue
from review.deciding.cards import assignment_of
from review.deciding.decisions import effective_queue, logs_of, standing
from review.deciding.presence import look
from review.labels import choice_words
from review.models import Decision
from review.pages.frame import editor_of, number
from review.pages.seen import read_seen

#: How often a page asks.
EVERY = timedelta(seconds=5)
#: So many new ones are named by their number.
MANY_NEW = 99


@require_http_methods(["GET", "HEAD", "POST"])
def live(request: HttpRequest) -> HttpResponse:
    """The page's cards as they stand by now; its script compares. Nothing here depends on what was answered before."""
    if request.method != "POST":
        return redirect("review:queue")
    editor, now = editor_of(request), timezone.now()
    seen = read_seen(request.POST.getlist("story"))
    rows = Story.objects.filter(pk__in=seen).select_related("assignment__assignee")
    stories = {story.pk: story for story in rows}
    at = number(request.POST.get("at", ""))
    looking = look(request.POST.get("page", ""), editor, at if at in stories else None, stories.keys(), now)
    queues = {pk: effective_queue(story, now) for pk, story in stories.items()}
    moved = _words([pk for pk in stories if queues[pk] != seen[pk].queue], editor)
    filters = queue.Filters.read(dict(parse_qsl(request.POST.get("filters", "").removeprefix("?"))), editor)
    return JsonResponse(
        {
            "waiting": queue.count(queue.Filters(), now),
            "fresh": _fresh(filters, number(request.POST.get("newest", "")), len(seen), now),
            "stories": {
                str(pk): {
                    "queue": queues[pk],
                    "words": moved.get(pk, ""),
                    "looking": _looking_words(looking.get(pk, [])),
                }
                | _taker(story)
                for pk, story in stories.items()
            },
        }
    )


def _taker(story: Story) -> dict[str, str]:
    assignment = assignment_of(story)
    if assignment is None:
        return {"assignee": "", "assignee_name": ""}
    return {"assignee": str(assignment.assignee_id), "assignee_name": display_name(assignment.assignee)}


def _words(story_ids: Sequence[int], editor: User) -> dict[int, str]:
    """Who moved these stories, and where to."""
    logs = logs_of(story_ids) if story_ids else {}
    return {pk: _moved_words(standing(logs.get(pk, [])), editor) for pk in story_ids}


def _moved_words(decision: Decision | None, editor: User) -> str:
    if decision is None:
        return _("다시 대기열로 돌아왔습니다.")
    words = choice_words(decision.choice)
    if decision.editor_id == editor.pk:
        return _("이미 {words}.").format(words=words)
    return _("{name}님이 {words}.").format(name=display_name(decision.editor), words=words)


def _looking_words(names: Collection[str]) -> str:
    return _("{names}님이 보고 있습니다").format(names=", ".join(names)) if names else ""


def _fresh(filters: queue.Filters, newest: int | None, shown: int, now: datetime) -> str:
    """What the line above the cards says of stories that came since the page was made.

    Only those count that would stand among its cards: what would come far below them is no news to anybody.
    """
    if newest is None:
        return ""
    ids = queue.ids(filters, now, size=max(shown, queue.PAGE))
    new = sum(pk > newest for pk in ids)
    if not new:
        return ""
    return _("새 글 {n}건 보기").format(n=new if new <= MANY_NEW else f"{MANY_NEW}+")
