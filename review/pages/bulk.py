"""One press for many stories: the ones that are ticked are decided on, or given to somebody."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from monitor.models import Story
from review.accounts.people import display_name
from review.accounts.roles import editors
from review.deciding import queue
from review.deciding.cards import Card, cards_of
from review.deciding.decisions import Choice, ClosedError, ConflictError, Many, decide_many, effective_queue
from review.deciding.handling import TakenError, assign
from review.deciding.verdicts import conflict_words
from review.models import Decision
from review.pages.frame import back_to, editor_of, number
from review.pages.seen import Seen, read_seen

#: What the select of the bar says besides an account's id.
ME, NOBODY = "me", "nobody"

_TOGETHER = "decided-together"


@require_http_methods(["GET", "HEAD", "POST"])
def bulk(request: HttpRequest) -> HttpResponse:
    """A press on one of the bar's buttons, for every story that is ticked."""
    if request.method != "POST":
        return redirect("review:queue")
    choice, seen = request.POST.get("choice", ""), read_seen(request.POST.getlist("story"))
    if choice == "assign":
        return _assign(request, seen)
    if choice not in Choice.values:
        return HttpResponseBadRequest("no such choice")
    queues = {story_id: one.queue for story_id, one in seen.items()}
    return answer(request, decide_many(queues, editor_of(request), choice, "web", timezone.now()), choice)


def answer(request: HttpRequest, many: Many, choice: str) -> HttpResponse:
    """What became of a press: one sentence, one button that takes it back, and the cards that are affected."""
    refusals = _refused_words(many.refused, editor_of(request))
    words = " ".join(filter(None, (_done_words(len(many.decided), choice), *refusals))) or _(
        "고른 글이 없습니다."
    )
    if not request.htmx:  # type: ignore[attr-defined]
        _tell(request, many, choice, words)
        return HttpResponseRedirect(back_to(request, reverse("review:queue")))
    now = timezone.now()
    returned = [row.story_id for row in many.decided] if choice == Choice.UNDO else []
    context = {
        "cards": cards_of(list(queue.with_cards(Story.objects.filter(pk__in=returned))), now),
        # Their cards left the page as the button was pressed; with an undo they had left it before.
        "settled": [] if choice == Choice.UNDO else _settled(many.refused, editor_of(request), now),
        "toast": _toast(many.decided, choice, words, now),
        "is_warning": bool(many.refused) or not many.decided,
        "waiting": queue.count(queue.Filters(), now),
        "here": request.htmx.current_url_abs_path or reverse("review:queue"),  # type: ignore[attr-defined]
    }
    return render(request, "review/parts/decided_many.html", context)


def just_decided_many(request: HttpRequest) -> dict[str, Any] | None:
    """The line at the foot of the page behind a press without JavaScript."""
    if _TOGETHER not in request.session:
        return None
    ids, choice = request.session.pop(_TOGETHER)
    rows = list(Decision.objects.filter(pk__in=ids, editor=editor_of(request)).select_related("story"))
    return _toast(rows, choice, _done_words(len(rows), choice), timezone.now()) if rows else None


def _settled(refused: Sequence[ConflictError], editor: User, now: datetime) -> list[tuple[Card, str]]:
    """Each card that somebody else was first at, and what it says of that."""
    words = {conflict.story.pk: conflict_words(conflict, editor) for conflict in refused}
    stories = list(queue.with_cards(Story.objects.filter(pk__in=words)))
    return [(one, words[one.id]) for one in cards_of(stories, now)]


def _tell(request: HttpRequest, many: Many, choice: str, words: str) -> None:
    """Leaves for the next page what `just_decided_many` says there, and a notice where not all went as wished."""
    if many.refused or not many.decided:
        messages.warning(request, words)
    request.session[_TOGETHER] = ([row.pk for row in many.decided], choice)


def _toast(decided: Sequence[Decision], choice: str, words: str, now: datetime) -> dict[str, Any]:
    rows = Story.objects.filter(pk__in=[row.story_id for row in decided]) if choice != Choice.UNDO else []
    return {
        "words": words,
        # What the button that takes it back has to send.
        "stories": [f"{story.pk}:{effective_queue(story, now)}" for story in rows],
    }


def _done_words(n: int, choice: str) -> str:
    if not n:
        return ""
    words = {
        Choice.ACCEPT: _("{n}건을 후보로 올렸습니다."),
        Choice.REJECT: _("{n}건을 제외했습니다."),
        Choice.LATER: _("{n}건을 나중에 보기로 했습니다."),
        Choice.UNDO: _("{n}건을 되돌렸습니다."),
    }
    return words[Choice(choice)].format(n=n)


def _refused_words(refused: Sequence[ConflictError], editor: User) -> list[str]:
    """A sentence for each reason why some were left as they are."""
    printed = [one for one in refused if isinstance(one, ClosedError)]
    others = [one for one in refused if one not in printed]
    taken = [one.standing.editor for one in others if one.standing and one.standing.editor != editor]
    changed = len(others) - len(taken)
    sentences = []
    if taken:
        names = ", ".join(dict.fromkeys(map(display_name, taken)))
        words = _("{n}건은 {names}님이 먼저 결정하여 그대로 두었습니다.")
        sentences.append(words.format(n=len(taken), names=names))
    if printed:
        sentences.append(_("{n}건은 마감한 호에 실린 글이라 그대로 두었습니다.").format(n=len(printed)))
    if changed:
        sentences.append(_("{n}건은 그 사이에 바뀌어 그대로 두었습니다.").format(n=changed))
    return sentences


def _assign(request: HttpRequest, seen: Mapping[int, Seen]) -> HttpResponse:
    editor, wanted = editor_of(request), request.POST.get("to", "")
    to = editor if wanted == ME else editors().filter(pk=number(wanted) or 0).first()
    if to is None and wanted != NOBODY:
        return HttpResponseBadRequest("no such person")
    given, taken = _assign_all(seen, editor, to)
    words = " ".join(filter(None, (_given_words(len(given), editor, to), _taken_words(len(taken)))))
    words = words or _("고른 글이 없습니다.")
    if not request.htmx:  # type: ignore[attr-defined]
        (messages.warning if taken or not given else messages.success)(request, words)
        return HttpResponseRedirect(back_to(request, reverse("review:queue")))
    stories = list(queue.with_cards(Story.objects.filter(pk__in=[*given, *taken])))
    context = {
        "cards": cards_of(stories, timezone.now()),
        "toast": {"words": words},
        "is_warning": bool(taken),
    }
    return render(request, "review/parts/assigned_many.html", context)


@transaction.atomic
def _assign_all(seen: Mapping[int, Seen], editor: User, to: User | None) -> tuple[list[int], list[int]]:
    """The stories that are `to`'s by now, and those that somebody gave away meanwhile."""
    given, taken, now = [], [], timezone.now()
    for story_id in sorted(Story.objects.filter(pk__in=seen).values_list("pk", flat=True)):
        try:
            assign(story_id, editor, to, "web", now, seen[story_id].assignee)
            given.append(story_id)
        except TakenError:
            taken.append(story_id)
    return given, taken


def _given_words(n: int, editor: User, to: User | None) -> str:
    if not n:
        return ""
    if to is None:
        return _("{n}건의 담당을 비웠습니다.").format(n=n)
    if to == editor:
        return _("{n}건을 맡았습니다.").format(n=n)
    return _("{n}건을 {name}님에게 맡겼습니다.").format(n=n, name=display_name(to))


def _taken_words(n: int) -> str:
    return _("{n}건은 그 사이에 담당이 바뀌어 그대로 두었습니다.").format(n=n) if n else ""
