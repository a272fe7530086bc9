"""An issue's candidates as the draft that is printed."""

from collections import defaultdict

from review import catalogue
from review.accounts.people import display_name
from review.issues.citing import cited
from review.issues.draft import DraftArticle, DraftSection, IssueDraft
from review.models import Candidate, Issue

#: A section of short notices, a technology a row, says so in its name: 유망기술 클리핑.
_CLIPPINGS = "클리핑"


def draft_of(issue: Issue) -> IssueDraft:
    """The issue as its board has it: every standing candidate, also one whose section topics.yaml no longer has."""
    bulletin = next((one for one in catalogue.taxonomy().bulletins if one.id == issue.bulletin), None)
    articles: dict[str, list[DraftArticle]] = defaultdict(list)
    for candidate in _candidates(issue):
        articles[candidate.section].append(_article(candidate))
    known = [section.name for section in bulletin.sections] if bulletin else []
    names = [*known, *(name for name in articles if name not in known)]
    return IssueDraft(
        bulletin=issue.bulletin,
        name=bulletin.name if bulletin else issue.bulletin,
        number=issue.number,
        published_on=issue.published_on,
        citation=bulletin.citation if bulletin else "reference",
        sections=tuple(DraftSection(name, tuple(articles[name]), _CLIPPINGS in name) for name in names),
    )


def _candidates(issue: Issue) -> list[Candidate]:
    """In the order of the board."""
    rows = Candidate.standing.filter(issue=issue).select_related("story__lead", "responsible")
    return list(rows.order_by("section", "order", "accepted_at", "id"))


def _article(candidate: Candidate) -> DraftArticle:
    return DraftArticle(
        headline=candidate.headline,
        summary=candidate.summary,
        field=candidate.field,
        cited=cited(candidate),
        responsible=display_name(candidate.responsible) if candidate.responsible else "",
    )
