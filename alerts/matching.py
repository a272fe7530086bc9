"""Glue: tagged entries into the outbox, inside the transaction that stores their tags."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Min, Prefetch, Q

from alerts.models import Alert, Recipient, Subscription
from alerts.rules import Rule, Tagged, is_archive, why_wanted
from monitor.models import Entry, Incident


def queue_alerts(entry_ids: Sequence[int], now: datetime) -> int:
    """Queues an alert for every recipient that wants a story it was not told of yet; how many.

    One alert a recipient and story, for ever: a correction, a retag or a later entry of the story makes no second.
    """
    recipients = list(
        Recipient.objects.filter(state=Recipient.State.ACTIVE).prefetch_related(
            Prefetch("subscriptions", queryset=Subscription.objects.order_by("id"))
        )
    )
    if not recipients:
        return 0
    entries = list(
        Entry.objects.filter(id__in=entry_ids)
        .select_related("assessment")
        .prefetch_related("tags")
        .order_by("id")
    )
    begun = _begun(entries)
    told = set(
        Alert.objects.filter(story_id__in={entry.story_id for entry in entries}).values_list(
            "recipient_id", "story_id"
        )
    )
    alerts = []
    for entry in entries:
        tagged = _tagged(entry, first_poll=begun[entry.source_id] == entry.first_seen_at)
        for recipient in recipients:
            if (recipient.id, entry.story_id) in told or entry.first_seen_at < recipient.created_at:
                continue
            why = _wanted_by(recipient, tagged)
            if why is not None:
                told.add((recipient.id, entry.story_id))
                alerts.append(
                    Alert(
                        recipient=recipient,
                        story_id=entry.story_id,
                        entry=entry,
                        why=why,
                        queued_at=now,
                        not_before=now,
                    )
                )
    # Two taggers on PostgreSQL may both find a story untold; the constraint lets one alert stand.
    Alert.objects.bulk_create(alerts, ignore_conflicts=True)
    return len(alerts)


def queue_notices(incident: Incident, now: datetime) -> None:
    """Queues word to every operator that a source has broken, or, to those who were told so, that it has healed."""
    healed = incident.closed_at is not None
    operators = Recipient.objects.filter(operator=True, state=Recipient.State.ACTIVE)
    if healed:
        operators = operators.filter(alerts__incident=incident, alerts__healed=False)
    Alert.objects.bulk_create(
        [
            Alert(recipient=operator, incident=incident, healed=healed, queued_at=now, not_before=now)
            for operator in operators
        ],
        ignore_conflicts=True,
    )


def _wanted_by(recipient: Recipient, tagged: Tagged) -> list[str] | None:
    for rule in recipient.subscriptions.all():
        why = why_wanted(Rule(rule.topics, rule.words, rule.min_relevance), tagged)
        if why is not None:
            return why
    return None


def _tagged(entry: Entry, *, first_poll: bool) -> Tagged:
    return Tagged(
        entry.title,
        entry.lead,
        {tag.topic: tag.probability for tag in entry.tags.all()},
        entry.assessment.relevance,
        is_archive(entry.published_at, entry.date_confidence, entry.first_seen_at, first_poll=first_poll),
    )


def _begun(entries: Sequence[Entry]) -> dict[str, datetime]:
    """When each entry's source brought its first entries."""
    sources = {entry.source_id for entry in entries}
    rows = (
        Entry.objects.filter(Q(source_id__in=sources)).values_list("source_id").annotate(Min("first_seen_at"))
    )
    return dict(rows)
