"""Pure: what a month's queue, alerts and topics would have been with another threshold of relevance, or another model."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

#: What the page compares.
THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True, slots=True)
class Seen:
    """A story's relevance, and whether an editor accepted it; None where nobody decided."""

    relevance: float
    accepted: bool | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a month would have been with one threshold."""

    threshold: float
    #: Stories at or above it: the queue's, and the alerts of a chat that asks for nothing in particular.
    above: int
    #: Accepted stories below it, which nobody would have seen.
    missed: int
    #: Rejected stories below it, which nobody would have had to read.
    spared: int


def outcome(stories: Iterable[Seen], threshold: float) -> Outcome:
    """How many of the stories stand above this threshold, and what was missed and spared below it."""
    above = missed = spared = 0
    for story in stories:
        if story.relevance >= threshold:
            above += 1
            continue
        missed += story.accepted is True
        spared += story.accepted is False
    return Outcome(threshold, above, missed, spared)


def outcomes(stories: Sequence[Seen], chosen: float) -> list[Outcome]:
    """What would have been with each of `THRESHOLDS` and with the chosen one, the lowest first."""
    return [outcome(stories, threshold) for threshold in sorted({*THRESHOLDS, chosen})]


@dataclass(frozen=True, slots=True)
class Retold:
    """A story with the relevance that it had and the one that another model gives it; `accepted` as in `Seen`."""

    story: int
    before: float
    after: float
    accepted: bool | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A month as it was, and with another model; stories by their ids, the likeliest first."""

    before: Outcome
    after: Outcome
    #: Stories at or above the line of alerts.
    alerts_before: int
    alerts_after: int
    #: Accepted ones that would have been below the threshold.
    missed: list[int]
    #: What would have come above the threshold, and what would have gone below it.
    entering: list[int]
    leaving: list[int]


@dataclass(frozen=True, slots=True)
class TopicChange:
    """How many entries would get a topic that they did not have, and lose it."""

    topic: str
    added: int
    removed: int


def compare(stories: Sequence[Retold], threshold: float, alert_line: float) -> Comparison:
    """What another model would have made of the month."""
    before = [Seen(story.before, story.accepted) for story in stories]
    after = [Seen(story.after, story.accepted) for story in stories]
    ranked = sorted(stories, key=lambda story: (-max(story.before, story.after), story.story))
    return Comparison(
        before=outcome(before, threshold),
        after=outcome(after, threshold),
        alerts_before=outcome(before, alert_line).above,
        alerts_after=outcome(after, alert_line).above,
        missed=[one.story for one in ranked if one.accepted and one.after < threshold],
        entering=[one.story for one in ranked if one.before < threshold <= one.after],
        leaving=[one.story for one in ranked if one.after < threshold <= one.before],
    )


def topic_changes(before: Mapping[int, Set[str]], after: Mapping[int, Set[str]]) -> list[TopicChange]:
    """By topic, those that change most first: of the entries that another model judged, their topics then and now."""
    added: Counter[str] = Counter()
    removed: Counter[str] = Counter()
    for entry, topics in after.items():
        had = before.get(entry, set())
        added.update(topics - had)
        removed.update(had - topics)
    changes = [TopicChange(topic, added[topic], removed[topic]) for topic in added.keys() | removed.keys()]
    return sorted(changes, key=lambda change: (-change.added - change.removed, change.topic))
