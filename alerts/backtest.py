"""Glue: what last week would have brought by some rules, and the budgets' thresholds that follow from it."""

import html
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Min

from alerts.budget import ALWAYS, WEEK, Backtest, Wanted, back_test, days_of
from alerts.matching import begun, bulletins_of, rule_of
from alerts.models import Recipient
from alerts.rules import DEFAULT_MIN_RELEVANCE, Rule, Tagged, is_old, what_matches
from classifiers.models import Tag
from monitor.logs import logger
from monitor.models import SHORT_LEAD, Entry
from monitor.texts.words import normalise

#: A week of whole days in any zone, and the day that has begun.
_REACH = WEEK + timedelta(days=2)
_FACTS = (
    "id", "story_id", "source_id", "title", "lang", "published_at", "date_confidence", "first_seen_at",
    "assessment__relevance", "assessment__kind", "assessment__regions",
)  # fmt: skip
_TEXTS = ("summary", "content", "text")
_MARKUP = re.compile("<[^>]*>")
_GAP = re.compile("[ -]")


@dataclass(frozen=True, slots=True)
class Seen:
    """An entry of the last days."""

    story: int
    title: str
    lang: str
    first_seen_at: datetime
    tagged: Tagged


@dataclass(frozen=True, slots=True)
class Week:
    """The entries of the last days."""

    now: datetime
    #: When the first entry of all was seen.
    begun_at: datetime | None
    entries: Sequence[Seen]


def load_week(now: datetime, words: Collection[str]) -> Week:
    """What came of late; of its texts only those in which one of `words` may stand.

    A busy week has twenty thousand entries: they are read as rows, and their mark-up is cut off, not parsed.
    """
    recent = Entry.objects.filter(first_seen_at__gt=now - _REACH, first_seen_at__lte=now)
    facts = recent.filter(assessment__isnull=False).order_by("id")
    rows = list(facts.values(*_FACTS, *(_TEXTS if words else ())))
    topics: dict[int, dict[str, float]] = defaultdict(dict)
    tags = Tag.objects.filter(
        entry__first_seen_at__gt=now - _REACH, entry__first_seen_at__lte=now, probability__gt=0
    )
    for entry_id, topic, probability in tags.values_list("entry_id", "topic", "probability"):
        topics[entry_id][topic] = probability
    old = {
        row["id"]: row["source_id"]
        for row in rows
        if is_old(row["published_at"], row["date_confidence"], row["first_seen_at"])
    }
    first = begun(set(old.values()))
    squeezed = [_squeeze(word) for word in words]
    return Week(
        now,
        Entry.objects.aggregate(at=Min("first_seen_at"))["at"],
        [
            Seen(
                row["story_id"],
                row["title"],
                row["lang"],
                row["first_seen_at"],
                _tagged(
                    row,
                    topics.get(row["id"], {}),
                    squeezed,
                    is_archive=row["id"] in old and first[row["source_id"]] == row["first_seen_at"],
                ),
            )
            for row in rows
        ],
    )


def words_of(rules: Iterable[Rule]) -> set[str]:
    """All words that rules look for."""
    return {word for rule in rules for word in (*rule.words, *rule.words_all, *rule.words_not)}


def backtest(rules: Sequence[Rule], budget: int | None, zone: ZoneInfo, week: Week) -> Backtest:
    """What these rules would have brought in the last week, by the days of `zone`.

    `budget` is alerts a day, None for no budget.
    """
    days, whole = days_of(week.begun_at, week.now, zone)
    wanted = list(_wanted(rules, week))
    return back_test(wanted, budget, days, zone, whole=whole, unknown=DEFAULT_MIN_RELEVANCE)


def renew_budgets(now: datetime) -> int:
    """Sets every budget's threshold anew by what came last week; how many have changed."""
    recipients = list(
        Recipient.objects.filter(budget__isnull=False, state=Recipient.State.ACTIVE)
        .prefetch_related("subscriptions")
        .order_by("id")
    )
    if not recipients:
        return 0
    rules = {
        recipient.id: [rule_of(subscription) for subscription in recipient.subscriptions.all()]
        for recipient in recipients
    }
    week = load_week(now, words_of(rule for own in rules.values() for rule in own))
    changed = 0
    for recipient in recipients:
        found = backtest(rules[recipient.id], recipient.budget, recipient.zone, week)
        # Only where nobody has set another budget meanwhile: that one has its own threshold already.
        changed += (
            Recipient.objects.filter(id=recipient.id, budget=recipient.budget)
            .exclude(budget_relevance=found.relevance)
            .update(budget_relevance=found.relevance)
        )
    if changed:
        logger.info("budgets renewed", recipients=changed)
    return changed


def _wanted(rules: Sequence[Rule], week: Week) -> Iterator[Wanted]:
    """The stories that some rule names: one each, by the entry that would most surely have come."""
    best: dict[int, Wanted] = {}
    for seen in week.entries:
        tagged = seen.tagged
        matching = [rule for rule in rules if what_matches(rule, tagged) is not None]
        alone = any(rule.is_words_alone for rule in matching)
        if not matching or (tagged.is_archive and not alone):
            continue
        passes = any(tagged.relevance >= rule.min_relevance for rule in matching)
        score = ALWAYS if alone else tagged.relevance if passes else None
        other = best.get(seen.story)
        if other is None or _rank(score, tagged.relevance) > _rank(other.score, other.relevance):
            best[seen.story] = Wanted(
                seen.story, seen.title, seen.lang, seen.first_seen_at, tagged.relevance, score
            )
    yield from best.values()


def _rank(score: float | None, relevance: float) -> tuple[float, float]:
    return (-1.0 if score is None else score, relevance)


def _tagged(
    row: Mapping[str, Any], topics: Mapping[str, float], squeezed: Sequence[str], *, is_archive: bool
) -> Tagged:
    kind, regions = row["assessment__kind"], row["assessment__regions"]
    return Tagged(
        row["title"],
        _lead(row, squeezed) if squeezed else "",
        topics,
        row["assessment__relevance"],
        is_archive,
        row["source_id"],
        kind,
        regions,
        bulletins_of(topics, kind, regions),
    )


def _lead(row: Mapping[str, Any], squeezed: Sequence[str]) -> str:
    """As `Entry.lead` but for what only a parser could know; nothing where none of the words can stand in it."""
    said = html.unescape(_MARKUP.sub(" ", row["summary"] or row["content"]))
    lead = said if len(said) >= SHORT_LEAD or not row["text"] else row["text"]
    text = _squeeze(lead)
    return lead if any(word in text for word in squeezed) else ""


def _squeeze(text: str) -> str:
    """Without the gaps that `monitor.texts.words` lets a word have or not have."""
    return _GAP.sub("", normalise(text))
