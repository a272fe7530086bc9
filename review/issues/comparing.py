"""An issue beside one that appeared: what goes on, what is new, what was let go."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from classifiers.models import PastIssue
from classifiers.pastissues.nearest import is_covered
from review.issues.numbering import sort_key
from review.issues.seats import articles_of, assessment_for, topics_of
from review.models import Candidate, Issue


@dataclass(frozen=True, slots=True)
class Shift:
    """A topic in the two issues."""

    topic: str
    here: int
    there: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """The two issues, topic by topic."""

    goes_on: list[Shift]
    new: list[Shift]
    gone: list[Shift]
    #: Candidates that the other issue told of already, by the classifier's word: (candidate, the article's title).
    again: list[tuple[Candidate, str]]


def earlier_issues(issue: Issue) -> list[PastIssue]:
    """The bulletin's issues that appeared before this one, the last first."""
    rows = PastIssue.objects.filter(bulletin=issue.bulletin).exclude(pk=issue.past_id or 0)
    earlier = [row for row in rows if sort_key(row.number) < sort_key(issue.number)]
    return sorted(earlier, key=lambda row: sort_key(row.number), reverse=True)


def compare(issue: Issue, other: PastIssue) -> Comparison:
    """The issue as it stands beside the other; each list of topics with the most told first."""
    candidates = articles_of(issue)
    here = Counter(topic for candidate in candidates for topic in topics_of(candidate))
    there = Counter(topic for article in other.articles.all() for topic in article.topics)
    rows = shifts(here, there)
    return Comparison(
        goes_on=[row for row in rows if row.here and row.there],
        new=[row for row in rows if not row.there],
        gone=[row for row in rows if not row.here],
        again=_again(candidates, other),
    )


def shifts(here: Counter[str], there: Counter[str]) -> list[Shift]:
    """Pure: every topic of either, the most told first."""
    topics = sorted({*here, *there}, key=lambda topic: (-here[topic] - there[topic], topic))
    return [Shift(topic, here[topic], there[topic]) for topic in topics]


def _again(candidates: Sequence[Candidate], other: PastIssue) -> list[tuple[Candidate, str]]:
    titles = {article.pk: article.title for article in other.articles.all()}
    found = []
    for candidate in candidates:
        assessment = assessment_for(candidate)
        if (
            assessment is not None
            and assessment.nearest_id in titles
            and is_covered(assessment.model, assessment.nearest_likeness or 0.0)
        ):
            found.append((candidate, titles[assessment.nearest_id]))
    return found
