"""Pure: does a subscription want an entry, and why."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.documents import DateConfidence
from monitor.texts.words import contains

#: For chats that asked for nothing in particular: what an editor would most likely want.
DEFAULT_MIN_RELEVANCE = 0.6
#: What a source's first poll finds older than this is an archive, not news.
ARCHIVE_AGE = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Rule:
    """A subscription: all that it names must hold. Of a list one is enough; an empty list asks for nothing."""

    topics: Sequence[str] = ()
    bulletins: Sequence[str] = ()
    regions: Sequence[str] = ()
    sources: Sequence[str] = ()
    kinds: Sequence[str] = ()
    #: Words of title or lead: one of these, all of these, none of these.
    words: Sequence[str] = ()
    words_all: Sequence[str] = ()
    words_not: Sequence[str] = ()
    #: Of the topics that match.
    min_probability: float = 0.0
    min_relevance: float = 0.0

    @property
    def narrows(self) -> bool:
        """Whether it names anything at all but a relevance."""
        return bool(self.words or self.words_all or self.words_not) or self.narrows_tags

    @property
    def narrows_tags(self) -> bool:
        """Whether it asks where an entry comes from or what the classifier said of it, the relevance aside."""
        lists = (self.topics, self.bulletins, self.regions, self.sources, self.kinds)
        return any(lists) or self.min_probability > 0

    @property
    def is_words_alone(self) -> bool:
        """Whether it wants every entry that holds its words, whatever the entry's topics, relevance, date or budget."""
        return bool(self.words or self.words_all) and not self.narrows_tags and self.min_relevance <= 0


@dataclass(frozen=True, slots=True)
class Tagged:
    """An entry with its tags, as rules read it."""

    title: str
    lead: str
    topics: Mapping[str, float]
    relevance: float
    is_archive: bool = False
    source: str = ""
    kind: str = ""
    regions: Collection[str] = ()
    #: Those that have a section for it.
    bulletins: Collection[str] = ()


def why_wanted(rule: Rule, entry: Tagged, least_relevance: float = 0.0) -> list[str] | None:
    """What of the rule matched (topic ids, then the words in quotes); None where it does not want the entry.

    `least_relevance` is what the recipient's budget came to. Words alone mean every entry that holds them.
    """
    if not rule.is_words_alone and (
        entry.is_archive or entry.relevance < max(rule.min_relevance, least_relevance)
    ):
        return None
    return what_matches(rule, entry)


def what_matches(rule: Rule, entry: Tagged) -> list[str] | None:
    """As `why_wanted`, whatever the entry's relevance and age."""
    topics = _topics(rule, entry)
    if not topics and (rule.topics or rule.min_probability > 0):
        return None
    if not _is_of(rule, entry):
        return None
    words = _words(rule, entry)
    return None if words is None else [*topics, *(f'"{word}"' for word in words)]


def _topics(rule: Rule, entry: Tagged) -> list[str]:
    """The entry's topics that the rule names, in its order; without names all, the surest first."""
    asked = rule.topics or sorted(entry.topics, key=lambda topic: -entry.topics[topic])
    return [topic for topic in asked if topic in entry.topics and entry.topics[topic] >= rule.min_probability]


def _is_of(rule: Rule, entry: Tagged) -> bool:
    return (
        (not rule.sources or entry.source in rule.sources)
        and (not rule.kinds or entry.kind in rule.kinds)
        and (not rule.regions or not set(rule.regions).isdisjoint(entry.regions))
        and (not rule.bulletins or not set(rule.bulletins).isdisjoint(entry.bulletins))
    )


def _words(rule: Rule, entry: Tagged) -> list[str] | None:
    """The rule's words that stand in the entry; None where one is missing, or one stands that must not."""

    def holds(word: str) -> bool:
        return contains(entry.title, word) or contains(entry.lead, word)

    any_of = [word for word in rule.words if holds(word)]
    if rule.words and not any_of:
        return None
    if not all(holds(word) for word in rule.words_all) or any(holds(word) for word in rule.words_not):
        return None
    return [*any_of, *rule.words_all]


def is_old(published_at: datetime | None, confidence: str, first_seen_at: datetime) -> bool:
    """Whether an entry was no news any more when it was first seen: an archive, where its source's first poll brought it."""
    if published_at is None or confidence == DateConfidence.NONE:
        return False
    return first_seen_at - published_at > ARCHIVE_AGE
