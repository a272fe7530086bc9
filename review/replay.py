"""Pure: what a month's queue and alerts would have been with another threshold of relevance."""

from collections.abc import Iterable, Sequence
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
    """A month with one threshold."""

    threshold: float
    #: Stories at or above it: the queue's, and the alerts of a chat that asks for nothing in particular.
    above: int
    #: Accepted stories below it, which nobody would have seen.
    missed: int
    #: Rejected stories below it, which nobody would have had to read.
    spared: int


def outcome(stories: Iterable[Seen], threshold: float) -> Outcome:
    """What would have been with this threshold."""
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
