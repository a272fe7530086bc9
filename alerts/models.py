"""Who gets what, and the ledger of what was sent."""

from django.db import models
from django.utils import timezone

from monitor.models import Entry, Incident, Story


class Recipient(models.Model):
    """A Telegram chat, mailbox or Apprise URL that alerts may go to."""

    class State(models.TextChoices):
        PENDING = "pending"  # asked by /start, waits for approval
        ACTIVE = "active"
        SUSPENDED = "suspended"  # cannot be reached: blocked us, chat gone

    #: "telegram:CHAT", "mailto:ADDRESS" or an Apprise URL.
    address = models.TextField(unique=True)
    name = models.CharField(max_length=200, blank=True, default="")
    language = models.CharField(max_length=2, default="ko")
    state = models.CharField(max_length=9, choices=State.choices, default=State.ACTIVE)
    #: Why it is suspended, as the operator reads it.
    reason = models.TextField(blank=True, default="")
    digest = models.BooleanField(default=False)
    #: Is told when a source breaks, and when it heals.
    operator = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name or self.address


class Subscription(models.Model):
    """One rule of a recipient: a story goes out if any of the recipient's subscriptions wants it."""

    recipient = models.ForeignKey(Recipient, models.CASCADE, related_name="subscriptions")
    #: Topic ids; empty means any.
    topics = models.JSONField(default=list, blank=True)
    #: Words, one of which must stand in title or lead; empty means none asked.
    words = models.JSONField(default=list, blank=True)
    min_relevance = models.FloatField(default=0)

    def __str__(self) -> str:
        return f"{self.recipient_id}: {','.join(self.topics) or '*'} {' '.join(self.words)} ≥{self.min_relevance}"


class Alert(models.Model):
    """One message to one recipient, about one story or one incident: the outbox and the ledger in one."""

    class State(models.TextChoices):
        QUEUED = "queued"
        SENDING = "sending"  # claimed; a lease that ran out means "perhaps sent"
        SENT = "sent"
        UNCERTAIN = "uncertain"  # may have arrived; not sent again by itself
        FAILED = "failed"

    recipient = models.ForeignKey(Recipient, models.CASCADE, related_name="alerts")
    story = models.ForeignKey(Story, models.PROTECT, null=True, blank=True, related_name="alerts")
    #: The entry that the message speaks of.
    entry = models.ForeignKey(Entry, models.PROTECT, null=True, blank=True, related_name="alerts")
    #: For an operator: the source's fault that the message speaks of, and whether it says that it is over.
    incident = models.ForeignKey(Incident, models.CASCADE, null=True, blank=True, related_name="alerts")
    healed = models.BooleanField(default=False)
    state = models.CharField(max_length=9, choices=State.choices, default=State.QUEUED)
    #: What matched, as the message says it.
    why = models.JSONField(default=list)
    attempts = models.PositiveSmallIntegerField(default=0)
    queued_at = models.DateTimeField(default=timezone.now)
    #: Not sent before: Retry-After, back-off.
    not_before = models.DateTimeField(default=timezone.now)
    leased_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    #: The channel's own id of the message.
    external_id = models.CharField(max_length=80, blank=True, default="")
    error = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["recipient", "story"], name="one_alert_a_story"),
            models.UniqueConstraint(
                fields=["recipient", "incident", "healed"], name="one_alert_an_incident_and_end"
            ),
            models.CheckConstraint(
                condition=models.Q(story__isnull=True, entry__isnull=True, incident__isnull=False)
                | models.Q(story__isnull=False, entry__isnull=False, incident__isnull=True),
                name="alert_about_a_story_or_an_incident",
            ),
        ]
        indexes = [
            models.Index(fields=["not_before"], name="alert_due", condition=models.Q(state="queued")),
            models.Index(fields=["recipient", "state"]),
            models.Index(fields=["-queued_at"]),
        ]

    def __str__(self) -> str:
        return f"alert {self.pk} to {self.recipient_id}: {self.state}"
