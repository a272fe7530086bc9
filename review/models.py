"""What people decide and do: decisions and events (append-only), issues and their candidates; and how people sign in."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from classifiers.models import PastIssue
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


class StoryEvent(models.Model):
    """What somebody did with a story besides deciding: assigned, commented, retagged. Rows are added, never changed."""

    class Kind(models.TextChoices):
        ASSIGN = "assign"
        COMMENT = "comment"
        RETAG = "retag"

    story = models.ForeignKey(Story, models.PROTECT, related_name="events")
    editor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    #: The comment.
    text = models.TextField(blank=True, default="")
    #: assign: {"to": a user's id or null}; retag: {"entry": an entry's id, "added": [topics], "removed": [topics]}.
    facts = models.JSONField(default=dict, blank=True)
    #: "web", "telegram" or "console".
    door = models.CharField(max_length=12, default="web")
    happened_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["story", "-happened_at"])]

    def __str__(self) -> str:
        return f"{self.editor_id}: {self.kind} {self.story_id}"


class Assignment(models.Model):
    """Whose story it is: what the last `StoryEvent` of that kind says. A story that is nobody's has no row."""

    story = models.OneToOneField(Story, models.CASCADE, related_name="assignment")
    assignee = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="assignments")
    assigned_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.story_id} is {self.assignee_id}'s"


class Presence(models.Model):
    """Which story an editor's page was last looking at; old rows mean nothing."""

    #: One browser page of one editor: a random word that the page keeps.
    page = models.CharField(max_length=32, unique=True)
    editor = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    story = models.ForeignKey(Story, models.CASCADE, related_name="presences", null=True, blank=True)
    seen_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.editor_id} at {self.story_id}"


class SavedView(models.Model):
    """A queue address that somebody wants again: its filters and its search, under a name."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="views")
    name = models.CharField(max_length=60)
    #: As it stands in the address, without the question mark.
    query = models.TextField()
    #: Whether everybody sees it.
    shared = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="one_view_a_name")]

    def __str__(self) -> str:
        return self.name


class Issue(models.Model):
    """One number of a bulletin in the making, and after it was closed."""

    bulletin = models.CharField(max_length=40)
    #: "2026-12": a year and a month or a running number, whichever the bulletin counts by, as `PastIssue` has it.
    number = models.CharField(max_length=40)
    published_on = models.DateField(null=True, blank=True)
    deadline_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    #: What it became when it was closed: the articles that the program knows as covered.
    past = models.OneToOneField(PastIssue, models.SET_NULL, null=True, blank=True, related_name="made_from")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bulletin", "number"], name="one_issue_a_number")]

    def __str__(self) -> str:
        return f"{self.bulletin} {self.number}"


class StandingCandidates(models.Manager["Candidate"]):
    """Candidates whose story stands accepted."""

    def get_queryset(self) -> models.QuerySet["Candidate"]:
        return super().get_queryset().filter(withdrawn_at=None)


class Candidate(models.Model):
    """A story accepted for an issue, and what its editor wrote for it; without an issue it waits to be placed."""

    story = models.OneToOneField(Story, models.PROTECT, related_name="candidate")
    issue = models.ForeignKey(Issue, models.SET_NULL, null=True, blank=True, related_name="candidates")
    #: A section's name in topics.yaml.
    section = models.CharField(max_length=80, blank=True, default="")
    order = models.PositiveSmallIntegerField(default=0)
    #: 유망기술 클리핑 goes by field: 신소재, 배터리 …
    field = models.CharField(max_length=40, blank=True, default="")
    #: In Korean, as it will be printed.
    headline = models.TextField(blank=True, default="")
    #: What the article says, as it will be printed below the headline and in the summary table.
    summary = models.TextField(blank=True, default="")
    #: Among editors; never printed.
    note = models.TextField(blank=True, default="")
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    #: The citation. Empty means: as the story's lead says it (`review.issues.citing`).
    cited_author = models.TextField(blank=True, default="")
    #: In the document's own language.
    cited_title = models.TextField(blank=True, default="")
    #: The medium or organisation as the reference list names it: METI, 日本経済新聞.
    cited_medium = models.TextField(blank=True, default="")
    #: The source as a heading names it, with its country's sign: 日 경제산업성.
    cited_as = models.TextField(blank=True, default="")
    cited_on = models.DateField(null=True, blank=True)
    cited_url = models.TextField(blank=True, default="")
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField(default=timezone.now)
    #: When the story was accepted no longer; what was written for it waits here for its return.
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    #: Counts the edits: a form says which it was filled from, so that nobody writes over another's words unseen.
    edition = models.PositiveIntegerField(default=0)
    edited_at = models.DateTimeField(null=True, blank=True)
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = models.Manager["Candidate"]()
    standing = StandingCandidates()

    class Meta:
        ordering = ["issue", "section", "order", "accepted_at"]
        indexes = [models.Index(fields=["-accepted_at"])]

    def __str__(self) -> str:
        return self.headline or f"candidate {self.pk}"


class SignedIn(models.Model):
    """A browser that is signed in: what its owner sees in the list of sessions, and may end."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="signed_in")
    session_key = models.CharField(max_length=40, unique=True)
    #: "link" or "password"; empty where a session was found whose beginning nobody noted.
    door = models.CharField(max_length=12)
    agent = models.TextField(blank=True, default="")
    address = models.CharField(max_length=45, blank=True, default="")
    since = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.user_id} since {self.since:%Y-%m-%d %H:%M}"


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


class AppendOnly(models.QuerySet["Action"]):
    """Rows that nobody changes and nobody takes away again."""

    def update(self, **values: object) -> int:
        """Changes nothing.

        Raises:
            TypeError: always.
        """
        raise TypeError("an action that was recorded stays as it was")

    def delete(self) -> tuple[int, dict[str, int]]:
        """Deletes nothing.

        Raises:
            TypeError: always.
        """
        raise TypeError("an action that was recorded stays")


class Action(models.Model):
    """Who did what that others should be able to look up: `review.accounts.actions`. Rows are added, never changed."""

    at = models.DateTimeField(default=timezone.now, db_index=True)
    #: Null for the command line, for the program itself, and for whoever has no account.
    who = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    #: What they were called then.
    name = models.CharField(max_length=200, blank=True, default="")
    #: A group of `review.accounts.actions.GROUPS`, a full stop and a key of that group: "person.added".
    kind = models.CharField(max_length=24)
    #: What it was done to, as it was called then.
    what = models.CharField(max_length=300, blank=True, default="")
    facts = models.JSONField(default=dict, blank=True)
    #: "web", "telegram", "console" or "program".
    door = models.CharField(max_length=12, default="web")
    #: Of sign-ins: from where.
    address = models.CharField(max_length=45, blank=True, default="")

    objects = AppendOnly.as_manager()

    class Meta:
        indexes = [models.Index(fields=["who", "-id"]), models.Index(fields=["kind", "-id"])]

    def __str__(self) -> str:
        return f"{self.name or self.door}: {self.kind} {self.what}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keeps a new row.

        Raises:
            TypeError: it was kept before.
        """
        if self.pk is not None:
            raise TypeError("an action that was recorded stays as it was")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Deletes nothing.

        Raises:
            TypeError: always.
        """
        raise TypeError("an action that was recorded stays")


class FeedToken(models.Model):
    """What lets a feed reader read a person's feeds: only the hash of the token is kept."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="feed_token")
    token_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"feeds of {self.user_id}"
