"""Pure: does a subscription want an entry, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.documents import DateConfidence
from monitor.words import contains

#: For chats that asked for nothing in particular: what an editor would most likely want.
DEFAULT_MIN_RELEVANCE = 0.6
#: What a source's first poll finds older than this is an archive, not news.
ARCHIVE_AGE = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Rule:
    """A subscription: all that it names must hold."""

    topics: Sequence[str] = ()
    words: Sequence[str] = ()
    min_relevance: float = 0.0


@dataclass(frozen=True, slots=True)
class Tagged:
    """An entry with its tags, as rules read it."""

    title: str
    lead: str
    topics: Mapping[str, float]
    relevance: float
    is_archive: bool = False


def why_wanted(rule: Rule, entry: Tagged) -> list[str] | None:
    """What of the rule matched (topic ids, then the words in quotes); None where it does not want the entry.

    Words alone mean every entry that holds one of them, whatever its topics, relevance or date.
    """
    topics = [topic for topic in rule.topics if topic in entry.topics]
    if rule.topics and not topics:
        return None
    words = [word for word in rule.words if contains(entry.title, word) or contains(entry.lead, word)]
    if rule.words and not words:
        return None
    if entry.relevance < rule.min_relevance:
        return None
    if entry.is_archive and not rule.words:
        return None
    return [
        *(topics or sorted(entry.topics, key=lambda topic: -entry.topics[topic])),
        *(f'"{word}"' for word in words),
    ]


def is_archive(
    published_at: datetime | None, confidence: str, first_seen_at: datetime, *, first_poll: bool
) -> bool:
    """Whether an entry came with its source's first poll and was old by then."""
    if not first_poll or published_at is None or confidence == DateConfidence.NONE:
        return False
    return first_seen_at - published_at > ARCHIVE_AGE
