"""Who gets what, and the ledger of what was sent."""

from zoneinfo import ZoneInfo

from django.db import models
from django.utils import timezone

from alerts.addresses import shown
from alerts.channels import CHANNELS, URLS
from monitor.config import settings
from monitor.models import Entry, Incident, Story


class Recipient(models.Model):
    """A chat, mailbox or URL that alerts may go to."""

    class State(models.TextChoices):
        PENDING = "pending"  # asked by /start, waits for approval
        ACTIVE = "active"
        SUSPENDED = "suspended"  # cannot be reached: blocked us, chat gone

    #: As `alerts.addresses` reads it: "telegram:CHAT", "telegram:CHAT/THREAD", "mailto:ADDRESS" or a URL.
    address = models.TextField(unique=True)
    name = models.CharField(max_length=200, blank=True, default="")
    language = models.CharField(max_length=2, default="ko")
    state = models.CharField(max_length=9, choices=State.choices, default=State.ACTIVE)
    #: Why it is suspended, as the operator reads it.
    reason = models.TextField(blank=True, default="")
    #: Wants the daily summary.
    digest = models.BooleanField(default=False)
    #: When, in its own zone; null for DIGEST_AT.
    digest_at = models.TimeField(null=True, blank=True)
    #: Up to when its summaries have told what came: written when one was sent, and by nothing else.
    digest_covered_to = models.DateTimeField(null=True, blank=True)
    #: An IANA name; empty for MONITOR_TIMEZONE.
    zone_name = models.CharField(max_length=64, blank=True, default="")
    #: No message from the first to the second, in its own zone; what comes then stands in the next summary.
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    #: No message before; what comes until then is not sent later.
    muted_until = models.DateTimeField(null=True, blank=True)
    #: About so many alerts a day; null for no budget.
    budget = models.PositiveSmallIntegerField(null=True, blank=True)
    #: The relevance that the budget came to, by what came last week (`alerts.budget`).
    budget_relevance = models.FloatField(null=True, blank=True)
    #: Is told when a source breaks, and when it heals.
    operator = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name or shown(self.address)

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which its days begin: its own, else MONITOR_TIMEZONE."""
        return ZoneInfo(self.zone_name) if self.zone_name else settings().timezone


class Subscription(models.Model):
    """One rule of a recipient: a story goes out if any of the recipient's subscriptions wants it."""

    recipient = models.ForeignKey(Recipient, models.CASCADE, related_name="subscriptions")
    #: Of each list one must hold; an empty list asks for nothing.
    topics = models.JSONField(default=list, blank=True)
    bulletins = models.JSONField(default=list, blank=True)
    regions = models.JSONField(default=list, blank=True)
    sources = models.JSONField(default=list, blank=True)
    kinds = models.JSONField(default=list, blank=True)
    #: Words of title or lead: one of these, all of these, none of these.
    words = models.JSONField(default=list, blank=True)
    words_all = models.JSONField(default=list, blank=True)
    words_not = models.JSONField(default=list, blank=True)
    #: Of the topics that match.
    min_probability = models.FloatField(default=0)
    min_relevance = models.FloatField(default=0)

    def __str__(self) -> str:
        return f"{self.recipient_id}: {','.join(self.topics) or '*'} {' '.join(self.words)} ≥{self.min_relevance}"


class Digest(models.Model):
    """One summary for one recipient, written down before it is sent: every try sends the same."""

    class Kind(models.TextChoices):
        DAILY = "daily"
        QUIET = "quiet"  # what came in quiet hours, told at their end where there is no daily summary

    recipient = models.ForeignKey(Recipient, models.CASCADE, related_name="digests")
    kind = models.CharField(max_length=5, choices=Kind.choices, default=Kind.DAILY)
    #: The recipient's own day that it is for: one a day, also on days of 23 and 25 hours.
    day = models.DateField()
    covers_from = models.DateTimeField()
    covers_to = models.DateTimeField()
    created_at = models.DateTimeField(default=timezone.now)
    #: Of RFC 5322, the same in every try.
    message_id = models.CharField(max_length=200, unique=True)
    subject = models.TextField()
    plain = models.TextField()
    html = models.TextField(blank=True, default="")
    #: Ids of all stories that it told or counted: none is told again.
    stories = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["recipient", "kind", "day"], name="one_digest_a_day")]

    def __str__(self) -> str:
        return f"{self.kind} digest of {self.day} for {self.recipient_id}"


def _about_one_thing() -> models.Q:
    """A story by one of its entries, an incident, a digest or a notice: one of them, and no two."""
    things = ("story", "incident", "digest", "notice")
    one_thing = models.Q()
    for this in things:
        one_thing |= models.Q(
            **{f"{thing}__isnull": thing != this for thing in things}, entry__isnull=this != "story"
        )
    return one_thing


def through(*channels: str) -> models.Q:
    """Of alerts: those whose recipients have an address of one of these channels."""
    found = models.Q(pk__in=())
    for channel in channels:
        if channel == URLS:
            found |= ~through(*(other for other in CHANNELS if other != URLS))
        else:
            found |= models.Q(recipient__address__startswith=f"{channel}:")
    return found


class Alert(models.Model):
    """One message to one recipient, about one thing: the outbox and the ledger in one."""

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
    digest = models.OneToOneField(Digest, models.CASCADE, null=True, blank=True, related_name="alert")
    #: For an operator: what else there is to tell, as `alerts.notices` makes and words it.
    notice = models.JSONField(null=True, blank=True)
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
    #: Came in quiet hours: is not sent by itself, but with the next summary.
    rolled = models.BooleanField(default=False)
    #: A message that was sent is to be brought up to date then; null where it says what is so.
    revise_at = models.DateTimeField(null=True, blank=True)
    revised_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["recipient", "story"], name="one_alert_a_story"),
            models.UniqueConstraint(
                fields=["recipient", "incident", "healed"], name="one_alert_an_incident_and_end"
            ),
            models.CheckConstraint(condition=_about_one_thing(), name="alert_about_one_thing"),
        ]
        indexes = [
            models.Index(fields=["not_before"], name="alert_due", condition=models.Q(state="queued")),
            models.Index(
                fields=["revise_at"], name="alert_to_revise", condition=models.Q(revise_at__isnull=False)
            ),
            models.Index(
                fields=["leased_until"], name="alert_leased", condition=models.Q(leased_until__isnull=False)
            ),
            models.Index(fields=["-sent_at"], name="alert_sent", condition=models.Q(sent_at__isnull=False)),
            models.Index(
                fields=["-revised_at"], name="alert_revised", condition=models.Q(revised_at__isnull=False)
            ),
            models.Index(fields=["recipient", "state"]),
            models.Index(fields=["-queued_at"]),
        ]

    def __str__(self) -> str:
        return f"alert {self.pk} to {self.recipient_id}: {self.state}"
