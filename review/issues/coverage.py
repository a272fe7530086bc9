"""What an issue covers, by topic and region, beside the last issues and what waits; and why a topic is missing.

A topic may be missing because nobody chose from what came, because nothing happened, or because the sources that usually
tell of it are out of order: three different things for an editor to do.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from alerts.rules import DEFAULT_MIN_RELEVANCE
from classifiers.judging.regions import regions
from classifiers.models import PastIssue, Tag
from classifiers.words.reading import read
from monitor.models import Source, Story
from monitor.polls.health import FAULTY, State
from review import catalogue
from review.issues.comparing import earlier_issues
from review.issues.making import bulletin_of
from review.issues.seats import articles_of, assessment_for, topics_of, with_leads
from review.models import Candidate, Issue

#: So many issues back make up what is usual.
PAST = 6
#: What waits is counted no further than the likeliest of this many.
MOST_WAITING = 1000
#: A topic's latest entries tell which sources usually bring it; a source that brought less than this share does not count.
_LATEST = 300
_MAIN_SHARE = 0.1
#: How far back an issue reaches where no issue before it is known; and at least and at most.
_FIRST, _SHORTEST, _LONGEST = timedelta(days=31), timedelta(days=7), timedelta(days=62)
#: Less of a past article's text than a story could hide in.
_TEXT = 400

Cells = Counter[tuple[str, str]]


class Why(StrEnum):
    """How it is with a topic in an issue."""

    COVERED = "covered"
    WAITS = "waits"  # there is something to choose from
    PASSED = "passed"  # something came, and was not chosen
    QUIET = "quiet"  # nothing happened
    BROKEN = "broken"  # nothing came, and its usual sources are out of order
    UNKNOWN = "unknown"  # no source has ever brought it


@dataclass(frozen=True, slots=True)
class Recent:
    """What came of a topic of late."""

    #: How many entries since the last issue; counted no further than the latest few hundred.
    came: int
    #: Its usual sources that are out of order, or switched off, by their ids.
    troubled: tuple[str, ...]
    #: Whether any source is known for it.
    known: bool


@dataclass(frozen=True, slots=True)
class TopicCover:
    """How it is with one topic in the issue."""

    topic: str
    here: int
    #: Articles an issue, over the last issues.
    usual: float
    #: Stories of the queue; and candidates that stand in no issue.
    waiting: int
    unplaced: int
    why: Why
    recent: Recent | None


@dataclass(frozen=True, slots=True)
class Coverage:
    """What an issue covers, beside what is usual and what waits."""

    #: Since when what came is counted: the issue before.
    since: datetime
    #: The numbers of the issues that are called usual.
    past: list[str]
    topics: list[TopicCover]
    here: Cells
    before: Cells
    waiting: Cells


def why(here: int, waiting: int, recent: Recent | None) -> Why:
    """Pure: how it is with a topic of which the issue has `here` articles and `waiting` wait.

    `recent` is looked at only where the issue has none.
    """
    if here:
        return Why.COVERED
    if waiting:
        return Why.WAITS
    if recent is None or not recent.known:
        return Why.UNKNOWN
    if recent.came:
        return Why.PASSED
    return Why.BROKEN if recent.troubled else Why.QUIET


def coverage(issue: Issue, now: datetime) -> Coverage:
    """What the issue covers as it stands, the topics in the order of topics.yaml."""
    past = earlier_issues(issue)[:PAST]
    since = _since(past, now)
    here_topics, here = _count(_candidate_facts(articles_of(issue)))
    before_topics, before = _count(_past_facts(past))
    ours = _of_its_regions(issue)
    unplaced_topics, unplaced = _count(filter(ours, _unplaced_facts()))
    waiting_topics, waiting = _count(filter(ours, _story_facts(since)))
    topics = []
    for topic in catalogue.taxonomy().topics:
        missing = not here_topics[topic.id]
        recent = recent_of(topic.id, since) if missing else None
        topics.append(
            TopicCover(
                topic=topic.id,
                here=here_topics[topic.id],
                usual=before_topics[topic.id] / len(past) if past else 0.0,
                waiting=waiting_topics[topic.id],
                unplaced=unplaced_topics[topic.id],
                why=why(here_topics[topic.id], waiting_topics[topic.id] + unplaced_topics[topic.id], recent),
                recent=recent,
            )
        )
    return Coverage(since, [one.number for one in past], topics, here, before, waiting + unplaced)


def recent_of(topic: str, since: datetime) -> Recent:
    """What came of a topic of late, by the topic's latest entries."""
    latest = list(
        Tag.objects.filter(topic=topic, probability__gt=0)
        .order_by("-entry_id")
        .values_list("entry__source_id", "entry__first_seen_at")[:_LATEST]
    )
    configured = catalogue.sources()
    brought = Counter(source for source, _at in latest if source in configured)
    main = [source for source, n in brought.items() if n >= _MAIN_SHARE * brought.total()]
    states = dict(Source.objects.filter(pk__in=main).values_list("pk", "state"))
    troubled = [one for one in main if not configured[one].enabled or State(states[one]) in FAULTY]
    return Recent(sum(at >= since for _source, at in latest), tuple(sorted(troubled)), bool(main))


def shared_regions(maps: Iterable[Cells], most: int) -> tuple[list[str], set[str]]:
    """Pure: the regions that the maps speak of most, and the rest of them."""
    counts: Counter[str] = Counter()
    for cells in maps:
        for (_topic, region), n in cells.items():
            counts[region] += n
    named = [region for region, _n in sorted(counts.items(), key=lambda one: (-one[1], one[0]))]
    return named[:most], set(named[most:])


def _since(past: Sequence[PastIssue], now: datetime) -> datetime:
    last = past[0].published_on if past else None
    if last is None:
        return now - _FIRST
    # The last one may be closed before the day that it appears on.
    return min(max(datetime.combine(last, time(), UTC), now - _LONGEST), now - _SHORTEST)


Fact = tuple[Sequence[str], Sequence[str]]


def _count(facts: Iterable[Fact]) -> tuple[Counter[str], Cells]:
    """How often each topic stands there, and each topic with each region."""
    topics: Counter[str] = Counter()
    cells: Cells = Counter()
    for named, places in facts:
        topics.update(named)
        cells.update((topic, place) for topic in named for place in places)
    return topics, cells


def _candidate_facts(candidates: Iterable[Candidate]) -> Iterable[Fact]:
    for candidate in candidates:
        assessment = assessment_for(candidate)
        yield topics_of(candidate), assessment.regions if assessment else []


def _past_facts(issues: Iterable[PastIssue]) -> Iterable[Fact]:
    for issue in issues:
        for article in issue.articles.all():
            # An article that names no place stands for none.
            yield article.topics, regions(read(article.title), read(article.text[:_TEXT]))


def _of_its_regions(issue: Issue) -> Callable[[Fact], bool]:
    """Whether something happens where the issue's bulletin looks."""
    bulletin = bulletin_of(issue.bulletin)
    ours = set(bulletin.regions) if bulletin else set()
    return lambda fact: not ours or not ours.isdisjoint(fact[1])


def _unplaced_facts() -> Iterable[Fact]:
    """Of the candidates without an issue."""
    return _candidate_facts(
        with_leads(Candidate.standing.filter(issue=None)).order_by("-accepted_at")[:MOST_WAITING]
    )


def _story_facts(since: datetime) -> Iterable[Fact]:
    """Of the likeliest stories that wait, a thousand of them in two queries."""
    waiting = Story.objects.filter(
        queue=Story.Queue.WAITING, relevance__gte=DEFAULT_MIN_RELEVANCE, first_seen_at__gte=since
    ).order_by("-relevance", "-first_seen_at")
    places = dict(waiting.values_list("lead_id", "lead__assessment__regions")[:MOST_WAITING])
    topics: dict[int, list[str]] = defaultdict(list)
    tags = Tag.objects.filter(entry__in=[lead for lead in places if lead], probability__gt=0)
    for entry, topic in tags.values_list("entry_id", "topic"):
        topics[entry].append(topic)
    for lead, regions_of in places.items():
        yield topics.get(lead or 0, []), regions_of or []
