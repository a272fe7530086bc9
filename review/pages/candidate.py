"""One candidate: what its editor writes for the issue, and where it stands."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from monitor.config import settings
from monitor.models import Story
from review.accounts.people import display_name
from review.deciding.cards import card
from review.deciding.queue import with_cards
from review.issues.citing import Cited, cited_of
from review.issues.editing import WORDS, StaleError, differing, write
from review.issues.making import IssueError, title_of
from review.issues.placing import Spot
from review.issues.seats import lead_of
from review.models import Candidate
from review.pages.board import places_for
from review.pages.frame import back_to, editor_of, number, own_path, page
from review.times import instant

#: Longer than any bulletin prints, and short enough for a database row.
_LINE, _TEXT, _FIELD = 500, 20_000, 40
#: Which field of the lead's citation stands behind an empty one.
_BEHIND = {
    "cited_title": "title",
    "cited_author": "author",
    "cited_medium": "medium",
    "cited_as": "named",
    "cited_on": "on",
    "cited_url": "url",
}


class WordsForm(forms.Form):
    """A candidate's words."""

    headline = forms.CharField(required=False, max_length=_LINE)
    summary = forms.CharField(required=False, max_length=_TEXT, widget=forms.Textarea)
    field = forms.CharField(required=False, max_length=_FIELD)
    note = forms.CharField(required=False, max_length=_TEXT, widget=forms.Textarea)
    responsible = forms.ModelChoiceField(User.objects.none(), required=False)
    cited_author = forms.CharField(required=False, max_length=_LINE)
    cited_title = forms.CharField(required=False, max_length=_LINE)
    cited_medium = forms.CharField(required=False, max_length=_LINE)
    cited_as = forms.CharField(required=False, max_length=_LINE)
    cited_on = forms.DateField(required=False)
    cited_url = forms.URLField(required=False, max_length=2000, assume_scheme="https")

    def __init__(self, candidate: Candidate, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Whoever left stays responsible for what was theirs until somebody else takes it.
        people = User.objects.filter(is_active=True) | User.objects.filter(pk=candidate.responsible_id or 0)
        field = self.fields["responsible"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = people.order_by("username")

    def people(self) -> list[User]:
        """Those who may be responsible, by their account names."""
        field = self.fields["responsible"]
        assert isinstance(field, forms.ModelChoiceField)
        return list(field.queryset or [])

    def clean_summary(self) -> str:
        """The text with its lines ended by LF; a form sends CRLF (HTML, "constructing the entry list")."""
        return _lines(self.cleaned_data["summary"])

    def clean_note(self) -> str:
        """As `clean_summary`."""
        return _lines(self.cleaned_data["note"])


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


@require_http_methods(["GET", "HEAD", "POST"])
def candidate_page(request: HttpRequest, candidate_id: int) -> HttpResponse:
    """`/candidates/ID`: the form of a candidate's words; a POST keeps them.

    422 where a field is wrong; 409 with both versions side by side where somebody else wrote meanwhile, and with
    the reason where the issue was closed. Nothing typed is lost.
    """
    candidate = _candidate(candidate_id)
    said = _said(candidate)
    if request.method != "POST":
        return _form(request, candidate, WordsForm(candidate, initial=_written(candidate, said)))
    form = WordsForm(candidate, request.POST)
    if not form.is_valid():
        return _form(
            request,
            candidate,
            form,
            words=_("아직 저장하지 않았습니다. 표시한 곳을 고쳐 주십시오."),
            status=422,
        )
    edition = number(request.POST.get("edition", "")) or 0
    try:
        write(candidate.pk, _own(form.cleaned_data, said), edition, editor_of(request), timezone.now())
    except StaleError as stale:
        theirs = _differences(stale.candidate, form, said)
        return _form(request, _candidate(candidate_id), form, words=str(stale), theirs=theirs, status=409)
    except IssueError as error:
        return _form(request, _candidate(candidate_id), form, words=str(error), status=409)
    messages.success(request, _("저장했습니다."))
    return HttpResponseRedirect(back_to(request, _home(candidate), f"#candidate-{candidate.pk}"))


def _candidate(candidate_id: int) -> Candidate:
    found = Candidate.objects.select_related("issue", "edited_by").prefetch_related(
        Prefetch("story", with_cards(Story.objects.all()))
    )
    return get_object_or_404(found, pk=candidate_id)


def _said(candidate: Candidate) -> Cited:
    """What the story's lead says of its origin."""
    lead = lead_of(candidate)
    return cited_of(lead) if lead else Cited()


def _written(candidate: Candidate, said: Cited) -> dict[str, Any]:
    """The form as it opens: what was written, and of the citation what the lead says where nothing was."""
    words = {name: getattr(candidate, name) for name in WORDS}
    return words | {name: words[name] or getattr(said, behind) for name, behind in _BEHIND.items()}


def _own(words: Mapping[str, Any], said: Cited) -> dict[str, Any]:
    """The words without what the lead says anyway: where that is corrected at its source, the correction arrives."""
    own = {name: words[name] for name in WORDS}
    for name, behind in _BEHIND.items():
        if own[name] == getattr(said, behind):
            own[name] = None if name == "cited_on" else ""
    return own


def _differences(kept: Candidate, form: WordsForm, said: Cited) -> list[dict[str, Any]]:
    """Where the words that stand differ from those of the form, side by side."""
    stands, yours = _written(kept, said), _own(form.cleaned_data, said)
    return [
        {"label": _labels()[name], "theirs": _shown(stands[name]), "yours": _shown(form.cleaned_data[name])}
        for name in differing(kept, yours)
    ]


def _shown(value: Any) -> str:
    return display_name(value) if isinstance(value, User) else str(value or "–")


def _labels() -> dict[str, str]:
    return {
        "headline": _("제목"),
        "summary": _("요약"),
        "field": _("분야"),
        "note": _("메모"),
        "responsible": _("담당"),
        "cited_author": _("저자"),
        "cited_title": _("원제"),
        "cited_medium": _("매체나 기관"),
        "cited_as": _("제목에 적는 이름"),
        "cited_on": _("날짜"),
        "cited_url": _("주소"),
    }


def _home(candidate: Candidate) -> str:
    """Where whoever is done goes on: the board that it stands on, or the other candidates."""
    return (
        reverse("review:issue", args=[candidate.issue_id])
        if candidate.issue_id
        else reverse("review:candidates")
    )


def _form(
    request: HttpRequest,
    candidate: Candidate,
    form: WordsForm,
    *,
    words: str = "",
    theirs: list[dict[str, Any]] | None = None,
    status: int = 200,
) -> HttpResponse:
    now, issue = timezone.now(), candidate.issue
    told = card(candidate.story, now)
    labels = _labels()
    context = {
        "candidate": candidate,
        "card": told,
        "title": candidate.headline or told.told.title,
        "issue": issue,
        "issue_title": title_of(issue) if issue else "",
        "closed": bool(issue and issue.closed_at),
        "form": form,
        "citation": [(form[name], labels[name]) for name in _BEHIND],
        "labels": labels,
        "people": [(one.pk, display_name(one)) for one in form.people()],
        "fields": _fields(),
        "edited": instant(candidate.edited_at, now, settings().timezone) if candidate.edited_at else None,
        "edited_by": display_name(candidate.edited_by) if candidate.edited_by else "",
        "places": places_for(candidate) if not candidate.withdrawn_at else [],
        "spot": str(Spot.of(candidate)),
        "words": words,
        "theirs": theirs,
        "back": own_path(
            request, request.GET.get("next", "") or request.POST.get("next", ""), _home(candidate)
        ),
    }
    return page(request, "candidate.html", context, status=status)


def _fields() -> list[str]:
    """The fields that clippings had of late, to choose from."""
    used = Candidate.objects.exclude(field="").order_by("-pk").values_list("field", flat=True)[:200]
    return sorted(dict.fromkeys(used))
