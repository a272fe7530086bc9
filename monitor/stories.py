"""Pure: does a new entry tell a story that is known already?

For now what is certain: the same page, or the same headline from another source within days.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.words import normalise

#: Wire copy spreads within days; the same headline next month is another story.
WINDOW = timedelta(days=3)
#: Shorter headlines ("人事異動について") say too little to tell two stories apart.
LEAST_WIDE, LEAST_NARROW = 12, 25


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stored entry that may tell the same, or the new one itself."""

    source_id: str
    link_key: str
    title: str
    first_seen_at: datetime
    story_id: int


def story_for(entry: Candidate, candidates: Sequence[Candidate]) -> int | None:
    """The story that `entry` belongs to, the oldest where several fit; None where it begins its own."""
    fitting = [candidate for candidate in candidates if _same(entry, candidate)]
    return min((candidate.story_id for candidate in fitting), default=None)


def _same(entry: Candidate, other: Candidate) -> bool:
    if entry.source_id == other.source_id:
        # One source's own items are told apart by `monitor.identity`.
        return False
    if entry.link_key and entry.link_key == other.link_key:
        return True
    title = normalise(entry.title)
    return (
        _says_enough(title)
        and title == normalise(other.title)
        and abs(entry.first_seen_at - other.first_seen_at) <= WINDOW
    )


def _says_enough(title: str) -> bool:
    wide = sum(character >= "\u3040" for character in title)
    return wide >= LEAST_WIDE or len(title) >= LEAST_NARROW
