"""What stands in an issue and what waits for a place, read with all that the board shows of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet

from classifiers.models import Assessment, Tag
from classifiers.sections import section_of
from classifiers.taxonomy import Bulletin
from monitor.models import Entry
from review.deciding.cards import assessment_of
from review.issues.making import bulletin_of
from review.issues.placing import section_names
from review.models import Candidate, Issue


@dataclass(frozen=True, slots=True)
class Seats:
    """A section of an issue with what stands in it."""

    name: str
    #: How many articles it usually holds; 0 where nothing is usual.
    usual: int
    candidates: list[Candidate]

    @property
    def missing(self) -> int:
        """How many it wants to hold as many as usual; less than none where there are more."""
        return self.usual - len(self.candidates)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A candidate without an issue, and the section that the bulletin would put it in; empty where it has none for it."""

    candidate: Candidate
    section: str


def with_leads(candidates: QuerySet[Candidate]) -> QuerySet[Candidate]:
    """The candidates with all that the board shows of their stories, in as few queries as there are tables."""
    return (
        candidates.select_related("story__lead__assessment", "responsible")
        .defer("story__lead__summary", "story__lead__content", "story__lead__text")
        .prefetch_related(Prefetch("story__lead__tags", Tag.objects.order_by("-probability")))
    )


def seats_of(issue: Issue) -> list[Seats]:
    """The issue's sections in their order, each with its articles in theirs."""
    bulletin = bulletin_of(issue.bulletin)
    usual = {section.name: section.count for section in bulletin.sections} if bulletin else {}
    rows: dict[str, list[Candidate]] = {name: [] for name in section_names(issue)}
    standing = with_leads(Candidate.standing.filter(issue=issue))
    for candidate in standing.order_by("order", "accepted_at", "pk"):
        rows[candidate.section].append(candidate)
    return [Seats(name, usual.get(name, 0), candidates) for name, candidates in rows.items()]


def articles_of(issue: Issue) -> list[Candidate]:
    """The issue's articles in the order of the page."""
    return [candidate for seats in seats_of(issue) for candidate in seats.candidates]


def waiting_for(bulletin: Bulletin, most: int) -> list[Waiting]:
    """The newest candidates that wait for a place, those first that the bulletin has a section for."""
    found = with_leads(Candidate.standing.filter(issue=None)).order_by("-accepted_at", "-pk")[:most]
    rows = [Waiting(candidate, proposed(bulletin, candidate)) for candidate in found]
    return sorted(rows, key=lambda row: not row.section)


def proposed(bulletin: Bulletin, candidate: Candidate) -> str:
    """The section of the bulletin that the candidate would stand in: the one it was taken out of, or its kind's."""
    if candidate.section in [section.name for section in bulletin.sections]:
        return candidate.section
    assessment = assessment_for(candidate)
    if assessment is None:
        return ""
    section = section_of(bulletin, topics_of(candidate), assessment.kind, assessment.regions)
    return section.name if section else ""


def lead_of(candidate: Candidate) -> Entry | None:
    """The entry that stands for the candidate's story: its lead, else the first that was seen; None where none is left."""
    return candidate.story.lead or candidate.story.entries.order_by("first_seen_at", "id").first()


def assessment_for(candidate: Candidate) -> Assessment | None:
    """What the classifier said of its lead; None where it has none, or has not spoken yet."""
    lead = candidate.story.lead
    return assessment_of(lead) if lead else None


def topics_of(candidate: Candidate) -> list[str]:
    """Its topics, the likeliest first; without those that an editor took away."""
    lead = candidate.story.lead
    return present(lead.tags.all()) if lead else []


def present(tags: Iterable[Tag]) -> list[str]:
    """The topics of these tags that no editor took away, the likeliest first."""
    return [tag.topic for tag in sorted(tags, key=lambda tag: -tag.probability) if tag.probability > 0]
