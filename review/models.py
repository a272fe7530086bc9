"""What people decide: decisions (append-only), issues and their candidates; and how people sign in."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from monitor.models import Story


class Decision(models.Model):
    """What an editor chose for a story, when, and through which door. Rows are added, never changed."""

    class Choice(models.TextChoices):
        ACCEPT = "accept"
        REJECT = "reject"
        LATER = "later"
        UNDO = "undo"

    story = models.ForeignKey(Story, models.PROTECT, related_name="decisions")
    editor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="decisions")
    choice = models.CharField(max_length=8, choices=Choice.choices)
    #: "web", "telegram" or "console".
    door = models.CharField(max_length=12, default="web")
    decided_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["story", "-decided_at"]), models.Index(fields=["-decided_at"])]

    def __str__(self) -> str:
        return f"{self.editor_id}: {self.choice} {self.story_id}"


class Issue(models.Model):
    """One number of a bulletin in the making."""

    bulletin = models.CharField(max_length=40)
    number = models.CharField(max_length=40)
    deadline_on = models.DateField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bulletin", "number"], name="one_issue_a_number")]

    def __str__(self) -> str:
        return f"{self.bulletin} {self.number}"


class Candidate(models.Model):
    """A story accepted for an issue; without an issue it waits to be placed."""

    story = models.OneToOneField(Story, models.PROTECT, related_name="candidate")
    issue = models.ForeignKey(Issue, models.SET_NULL, null=True, blank=True, related_name="candidates")
    section = models.CharField(max_length=80, blank=True, default="")
    order = models.PositiveSmallIntegerField(default=0)
    headline = models.TextField(blank=True, default="")
    citation = models.TextField(blank=True, default="")
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["issue", "section", "order", "accepted_at"]
        indexes = [models.Index(fields=["-accepted_at"])]

    def __str__(self) -> str:
        return self.headline or f"candidate {self.pk}"


class Sample(models.Model):
    """A story from below the line that was slipped into the queue, to estimate what is missed there."""

    story = models.OneToOneField(Story, models.CASCADE, related_name="sample")
    drawn_at = models.DateTimeField(default=timezone.now)
    #: The ISO week of the draw, such as "2026-W47".
    week = models.CharField(max_length=8)
    #: Its place among the week's draw: two processes that draw at once draw no more than one does.
    place = models.PositiveSmallIntegerField()
    #: How many undecided stories of the week before stood below the line when it was drawn from among them.
    below = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["week", "place"], name="one_sample_a_place")]

    def __str__(self) -> str:
        return f"sample {self.story_id} of {self.week}"


class SignInLink(models.Model):
    """A one-time sign-in link: only the hash of its token is kept."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="signin_links")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"link for {self.user_id}"


class TelegramPerson(models.Model):
    """Whose account a Telegram user decides as."""

    #: Telegram's number of the person; in a private chat also the chat's.
    telegram_id = models.BigIntegerField(unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="telegram_people")
    name = models.CharField(max_length=200, blank=True, default="")
    linked_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.name or self.telegram_id} is {self.user_id}"


class RefusedTap(models.Model):
    """A tap that decided nothing: a stranger's, or one that came too late. Rows are added, never changed."""

    class Reason(models.TextChoices):
        STRANGER = "stranger"
        CONFLICT = "conflict"

    story = models.ForeignKey(Story, models.CASCADE, related_name="refused_taps")
    telegram_id = models.BigIntegerField()
    name = models.CharField(max_length=200, blank=True, default="")
    choice = models.CharField(max_length=8, choices=Decision.Choice.choices)
    reason = models.CharField(max_length=8, choices=Reason.choices)
    tapped_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["story", "-tapped_at"])]

    def __str__(self) -> str:
        return f"{self.telegram_id}: {self.choice} {self.story_id} refused ({self.reason})"


class PasswordTries(models.Model):
    """How often a password was tried of late for one account or from one address."""

    #: Hash of the account name or address: whatever a stranger typed is not kept.
    key = models.CharField(max_length=64, unique=True)
    tries = models.PositiveIntegerField(default=0)
    last_tried_at = models.DateTimeField(db_index=True)
    #: No password is looked at before.
    blocked_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "password tries"

    def __str__(self) -> str:
        return f"{self.key[:8]}: {self.tries}"
