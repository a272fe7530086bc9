"""Why an entry has its topics, as the story's page lists it."""

from collections.abc import Sequence
from dataclasses import dataclass

from classifiers.judging.reasons import WORD, Reason
from classifiers.models import Tag
from monitor.models import Entry
from review import catalogue
from review.deciding.phrases import as_written
from review.labels import reason_kind_name


@dataclass(frozen=True, slots=True)
class Ground:
    """One reason for a topic, as a line."""

    phrase: str
    weight: float
    #: In percent of the entry's weightiest.
    share: int
    how: str
    #: As topics.yaml has the word; empty for what is no word of it.
    term: str
    objected: bool


@dataclass(frozen=True, slots=True)
class Because:
    """A topic and the reasons for it."""

    topic: str
    name: str
    grounds: list[Ground]


def because_of(entry: Entry, tags: Sequence[Tag], texts: Sequence[str]) -> list[Because]:
    """The reasons for each topic, spelt as in `texts`; and words objected to, also where they carry nothing any more."""
    found = {tag.topic: [reason for reason in tag.reasons if reason.by] for tag in tags}
    objected = {(one.topic, one.term) for one in entry.objections.all()}
    for topic, term in sorted(objected):
        reasons = found.setdefault(topic, [])
        if not any(reason.term == term for reason in reasons):
            reasons.append(Reason(term, 0.0, WORD, term))
    most = max((reason.weight for reasons in found.values() for reason in reasons), default=0.0)

    def ground(topic: str, reason: Reason) -> Ground:
        return Ground(
            phrase=as_written(reason.phrase, texts),
            weight=reason.weight,
            share=round(100 * max(reason.weight, 0.0) / most) if most > 0 else 0,
            how=reason_kind_name(reason.by),
            term=reason.term,
            objected=(topic, reason.term) in objected,
        )

    return [
        Because(topic, catalogue.topic_name(topic), [ground(topic, reason) for reason in reasons])
        for topic, reasons in found.items()
        if reasons
    ]
