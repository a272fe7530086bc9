"""What of the outbox and its ledger need not be kept (docs/decisions/retention.md).

An alert of a story stands as long as the story: it is what keeps the story from being told twice.
"""

from datetime import datetime

from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from alerts.models import Alert, Digest, Recipient
from monitor.models import Incident, Story
from monitor.upkeep import retention
from monitor.upkeep.tidying import Surplus, rows

#: Nothing more is tried with these.
_SETTLED = (Alert.State.SENT, Alert.State.UNCERTAIN, Alert.State.FAILED)


def old_messages(now: datetime) -> list[Surplus]:
    """Summaries, notices and incidents of more than a year ago, with the alerts that carried them."""
    before = now - retention.MESSAGES
    waiting = Alert.objects.exclude(state__in=_SETTLED)
    # The newest of each recipient stays, as do all of one whom none has reached yet: its first says where to begin.
    newest = Digest.objects.order_by().values("recipient", "kind").annotate(last=Max("id")).values("last")
    unreached = Recipient.objects.filter(digest_covered_to=None).values("pk")
    digests = (
        Digest.objects.filter(created_at__lt=before)
        .exclude(pk__in=newest)
        .exclude(recipient__in=unreached)
        .exclude(Exists(waiting.filter(digest=OuterRef("pk"))))
    )
    notices = Alert.objects.filter(notice__isnull=False, queued_at__lt=before, state__in=_SETTLED)
    incidents = Incident.objects.filter(closed_at__lt=before).exclude(
        Exists(waiting.filter(incident=OuterRef("pk")))
    )
    return [rows("digests", digests), rows("notices", notices), rows("incidents", incidents)]


def awaited_stories() -> list[Q]:
    """Stories of which an alert still waits, or whose entry another story's alert speaks of."""
    of_story = Alert.objects.filter(story=OuterRef("pk"))
    elsewhere = Alert.objects.filter(entry__story=OuterRef("pk")).exclude(story=OuterRef("pk"))
    return [Q(Exists(of_story.exclude(state__in=_SETTLED))), Q(Exists(elsewhere))]


def delete_alerts(stories: QuerySet[Story]) -> None:
    """Deletes the alerts of stories that go."""
    Alert.objects.filter(story__in=stories).delete()
