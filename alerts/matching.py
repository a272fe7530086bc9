"""Glue: tagged entries into the outbox, inside the transaction that stores their tags."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db.models import OuterRef, Prefetch, Subquery

from alerts import revising
from alerts.asking import ask_for_delivery
from alerts.models import Alert, Recipient, Subscription
from alerts.quiet import quiet_end
from alerts.rules import DEFAULT_MIN_RELEVANCE, Rule, Tagged, is_old, why_wanted
from classifiers.sections import section_of
from classifiers.taxonomy import taxonomy
from monitor.models import Entry, Incident, Source


def queue_alerts(entry_ids: Sequence[int], now: datetime) -> int:
    """Queues an alert for every recipient that wants a story it was not told of yet; how many.

    One alert a recipient and story, for ever: a correction, a retag or a later entry of the story makes no second, but
    has the messages that were sent say what is so now.
    """
    rules = _rules()
    if not rules:
        return 0
    entries = list(
        Entry.objects.filter(id__in=entry_ids)
        .select_related("assessment")
        .prefetch_related("tags")
        .order_by("id")
    )
    before = Alert.objects.filter(story_id__in={entry.story_id for entry in entries})
    told = set(before.values_list("recipient_id", "story_id"))
    revising.wanted(sorted({story for _recipient, story in told}), now)
    alerts = []
    first = begun({entry.source_id for entry in entries})
    for entry in entries:
        tagged = _tagged(entry, first[entry.source_id])
        for recipient, own in rules:
            if (recipient.id, entry.story_id) in told or entry.first_seen_at < recipient.created_at:
                continue
            why = _wanted_by(recipient, own, tagged)
            if why is not None and not _is_muted(recipient, now):
                told.add((recipient.id, entry.story_id))
                alerts.append(_alert(recipient, now, story_id=entry.story_id, entry=entry, why=why))
    # Two taggers on PostgreSQL may both find a story untold; the constraint lets one alert stand.
    Alert.objects.bulk_create(alerts, ignore_conflicts=True)
    ask_for_delivery(alert.recipient.address for alert in alerts)
    return len(alerts)


def queue_notices(incident: Incident, now: datetime) -> None:
    """Queues word to every operator that a source has broken, or, to those who were told so, that it has healed.

    What happens in an operator's quiet hours is said at their end.
    """
    healed = incident.closed_at is not None
    operators = Recipient.objects.filter(operator=True, state=Recipient.State.ACTIVE)
    if healed:
        operators = operators.filter(alerts__incident=incident, alerts__healed=False)
    told = [operator for operator in operators if not _is_muted(operator, now)]
    Alert.objects.bulk_create(
        [
            Alert(
                recipient=operator,
                incident=incident,
                healed=healed,
                queued_at=now,
                not_before=_quiet_end(operator, now) or now,
            )
            for operator in told
        ],
        ignore_conflicts=True,
    )
    ask_for_delivery(operator.address for operator in told)


def rule_of(subscription: Subscription) -> Rule:
    """A subscription as a `Rule`, which holds nothing of the database."""
    return Rule(
        tuple(subscription.topics),
        tuple(subscription.bulletins),
        tuple(subscription.regions),
        tuple(subscription.sources),
        tuple(subscription.kinds),
        tuple(subscription.words),
        tuple(subscription.words_all),
        tuple(subscription.words_not),
        subscription.min_probability,
        subscription.min_relevance,
    )


def bulletins_of(topics: Collection[str], kind: str, regions: Collection[str]) -> list[str]:
    """The ids of the bulletins that have a section for such an entry, in the order of topics.yaml."""
    return [bulletin.id for bulletin in taxonomy().bulletins if section_of(bulletin, topics, kind, regions)]


def begun(sources: Collection[str]) -> dict[str, datetime]:
    """When each source brought its first entries; without those that brought none."""
    first = Entry.objects.filter(source=OuterRef("id")).order_by("first_seen_at").values("first_seen_at")[:1]
    # One look into the index for each source; their least by GROUP BY would read all entries that they ever brought.
    known = Source.objects.filter(id__in=sources).annotate(begun_at=Subquery(first))
    return {source: at for source, at in known.values_list("id", "begun_at") if at is not None}


def _rules() -> list[tuple[Recipient, list[Rule]]]:
    """All who may be told, with what they want."""
    active = Recipient.objects.filter(state=Recipient.State.ACTIVE).prefetch_related(
        Prefetch("subscriptions", queryset=Subscription.objects.order_by("id"))
    )
    return [
        (recipient, [rule_of(subscription) for subscription in recipient.subscriptions.all()])
        for recipient in active
    ]


def _wanted_by(recipient: Recipient, rules: Sequence[Rule], tagged: Tagged) -> list[str] | None:
    least = 0.0
    if recipient.budget is not None:
        known = recipient.budget_relevance
        least = DEFAULT_MIN_RELEVANCE if known is None else known
    for rule in rules:
        why = why_wanted(rule, tagged, least)
        if why is not None:
            return why
    return None


def _alert(recipient: Recipient, now: datetime, **about: object) -> Alert:
    """An alert that goes now, or in quiet hours one that the next summary tells."""
    until = _quiet_end(recipient, now)
    return Alert(
        recipient=recipient, queued_at=now, not_before=until or now, rolled=until is not None, **about
    )


def _is_muted(recipient: Recipient, now: datetime) -> bool:
    return recipient.muted_until is not None and now < recipient.muted_until


def _quiet_end(recipient: Recipient, now: datetime) -> datetime | None:
    return quiet_end(now, recipient.quiet_from, recipient.quiet_until, recipient.zone)


def _tagged(entry: Entry, begun_at: datetime) -> Tagged:
    # A topic that an editor took away stays, with probability 0, so that no model gives it again.
    topics = {tag.topic: tag.probability for tag in entry.tags.all() if tag.probability > 0}
    said = entry.assessment
    return Tagged(
        entry.title,
        entry.lead,
        topics,
        said.relevance,
        entry.first_seen_at == begun_at
        and is_old(entry.published_at, entry.date_confidence, entry.first_seen_at),
        entry.source_id,
        said.kind,
        said.regions,
        bulletins_of(topics, said.kind, said.regions),
    )
