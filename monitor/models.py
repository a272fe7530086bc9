"""What the collector keeps: sources, the visits paid to them, entries as published, and stories.

What a feed said lives here; what an editor decided lives in `review`. A poll rewrites only the first.
"""

from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

from monitor.documents import DateConfidence, TextSource
from monitor.texts.text import clean_line, plain

#: Characters. A shorter lead says hardly more than its headline.
SHORT_LEAD = 60
#: A page that has not been read by then does not hold up its entry's tags and alerts.
PAGE_PATIENCE = timedelta(minutes=10)


class Source(models.Model):
    """The state of one stanza of sources.yaml: what its server told us last, and when it is due again."""

    #: Of its stanza.
    id = models.SlugField(primary_key=True, max_length=80)
    #: Validators of the last document, sent back at the next poll (RFC 9110 section 8.8).
    etag = models.TextField(blank=True, default="")
    last_modified = models.TextField(blank=True, default="")
    #: SHA-256 of the last body: spares the work where a server has no validators.
    body_hash = models.CharField(max_length=64, blank=True, default="")
    next_poll_at = models.DateTimeField(default=timezone.now, db_index=True)
    #: A poll claims its source until then; a killed poll's claim runs out by itself.
    leased_until = models.DateTimeField(null=True, blank=True)
    last_polled_at = models.DateTimeField(null=True, blank=True)
    last_success_at = models.DateTimeField(null=True, blank=True)
    last_new_at = models.DateTimeField(null=True, blank=True)
    #: Failures in a row.
    failures = models.PositiveIntegerField(default=0)
    #: Answers in a row that could be read and yet not believed (`monitor.polls.doubts`).
    doubts = models.PositiveIntegerField(default=0)
    #: Until when its silence is usual, by what it published so far (`monitor.polls.silence`), and from when on it is a fault.
    usual_until = models.DateTimeField(null=True, blank=True)
    late_at = models.DateTimeField(null=True, blank=True)
    #: A word of `monitor.polls.health.State`.
    state = models.CharField(max_length=16, default="new")
    #: A word of FetchFault or ParseFault, where the last visit failed.
    fault = models.CharField(max_length=16, blank=True, default="")
    #: One English line of why, for logs; people read `monitor.polls.health.words`.
    reason = models.TextField(blank=True, default="")
    #: Where permanent redirects have been pointing, and since when.
    moved_to = models.TextField(blank=True, default="")
    moved_since = models.DateTimeField(null=True, blank=True)
    #: The address adopted after a move, and the stanza's address that it stands for: an edited stanza wins again.
    adopted_url = models.TextField(blank=True, default="")
    adopted_for = models.TextField(blank=True, default="")
    #: What the last document asked of its readers: ttl, skipHours and their like (`monitor.documents.Hints`).
    hints = models.JSONField(default=dict, blank=True)
    #: Entries of the last document that could be read: a poll must come before so many new ones push out the first.
    document_entries = models.PositiveIntegerField(default=0)
    #: This source's part in the requests that all sources share (`monitor.polls.cadence.weight`).
    weight = models.FloatField(default=0)
    #: A few entries of the last good document, and what the last bad one looked like, side by side for the operator.
    good_sample = models.JSONField(default=dict, blank=True)
    bad_sample = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["failures"], name="source_failing", condition=models.Q(failures__gt=0))
        ]

    def __str__(self) -> str:
        return self.id


class Poll(models.Model):
    """One visit to a source and its outcome."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="polls")
    started_at = models.DateTimeField()
    seconds = models.FloatField(default=0)
    #: "ok", "not_modified" or "error".
    status = models.CharField(max_length=16)
    #: Null where no answer came.
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    #: Of the document: all, those that were not known, and those that were corrected.
    entries = models.PositiveIntegerField(default=0)
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    #: One English line of why, where the status is "error".
    error = models.TextField(blank=True, default="")
    #: `monitor.documents.Feed.notes`.
    notes = models.JSONField(default=list, blank=True)

    class Meta:
        indexes = [models.Index(fields=["source", "-started_at"])]

    def __str__(self) -> str:
        return f"{self.source_id} {self.started_at:%Y-%m-%d %H:%M} {self.status}"


class Incident(models.Model):
    """One fault of a source, from the visit that confirmed it to the one that healed it."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="incidents")
    opened_at = models.DateTimeField(db_index=True)
    #: Words of `monitor.polls.health.State` and of its fault; the worst so far.
    state = models.CharField(max_length=16)
    fault = models.CharField(max_length=16, blank=True, default="")
    reason = models.TextField(blank=True, default="")
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source"], name="one_open_incident_a_source", condition=models.Q(closed_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"{self.source_id}: {self.fault or self.state} since {self.opened_at:%Y-%m-%d %H:%M}"


class RobotsFile(models.Model):
    """What one origin's robots.txt said, kept for a day (RFC 9309 section 2.4)."""

    #: Scheme, host and port.
    origin = models.CharField(max_length=300, primary_key=True)
    fetched_at = models.DateTimeField()
    #: 0 where no answer came.
    status = models.PositiveSmallIntegerField(default=0)
    body = models.TextField(blank=True, default="")

    def __str__(self) -> str:
        return f"{self.origin}/robots.txt"


class HostTurn(models.Model):
    """Whose turn it is at a host, where several processes fetch (`monitor.together.turns`); times are seconds since 1970."""

    #: Host and port.
    host = models.CharField(max_length=300, primary_key=True)
    #: When the next request may start.
    next_start = models.FloatField(default=0.0)
    #: For each place that is taken, until when.
    taken_until = models.JSONField(default=list)

    def __str__(self) -> str:
        return self.host


class Story(models.Model):
    """Entries that tell the same thing. Alerts, decisions and the queue speak of stories, never of entries."""

    class Queue(models.TextChoices):
        """Where a story stands with the editors."""

        WAITING = "waiting"
        ACCEPTED = "accepted"
        REJECTED = "rejected"
        LATER = "later"

    #: The entry that the queue shows: the primary source's, else the first seen.
    lead = models.OneToOneField("Entry", models.SET_NULL, null=True, blank=True, related_name="leads")
    first_seen_at = models.DateTimeField(db_index=True)
    #: How much an editor would want it, 0 to 1: the highest of its entries'. Null until tagged.
    relevance = models.FloatField(null=True, blank=True)
    #: Written by editors' decisions only (`review.deciding.decisions`); a poll or a new model never touches it.
    queue = models.CharField(max_length=8, choices=Queue.choices, default=Queue.WAITING)
    #: "later" comes back then.
    later_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "stories"
        indexes = [models.Index(fields=["queue", "-relevance", "-first_seen_at"])]

    def __str__(self) -> str:
        return f"story {self.pk}"


class EntryManager(models.Manager["Entry"]):
    """Which entries wait for tags, and which for their page: the queues of those steps."""

    def untagged(self) -> models.QuerySet["Entry"]:
        """Entries that still want tags, oldest first; they have an index of their own."""
        return self.filter(tagged_at=None).order_by("id")

    def ready(self, now: datetime) -> models.QuerySet["Entry"]:
        """Untagged entries that need not wait for their page, or have waited long enough."""
        waits = models.Q(page_due_at__isnull=False, page_attempts=0, first_seen_at__gt=now - PAGE_PATIENCE)
        return self.untagged().exclude(waits)

    def wanting_page(self, now: datetime) -> models.QuerySet["Entry"]:
        """Entries whose own page is to be read by now, newest first: an old page can wait, fresh news cannot."""
        return self.filter(page_due_at__lte=now).order_by("-id")


class Entry(models.Model):
    """One item of a feed, kept as published; a correction at the source updates it and asks for new tags."""

    source = models.ForeignKey(Source, models.PROTECT, related_name="entries")
    story = models.ForeignKey(Story, models.PROTECT, related_name="entries")
    #: As published; empty where the feed gave none.
    guid = models.TextField(blank=True, default="")
    #: As published and made absolute; empty where it was no http(s) address.
    url = models.TextField(blank=True, default="")
    #: Keys of `monitor.polls.identity`: hashes of what may tell that an entry is known.
    guid_key = models.CharField(max_length=32, blank=True, default="")
    link_key = models.CharField(max_length=32, blank=True, default="")
    title_key = models.CharField(max_length=32, blank=True, default="")
    text_key = models.CharField(max_length=32, blank=True, default="")
    title = models.TextField()
    #: As published: HTML or text, never shown unsanitised.
    summary = models.TextField(blank=True, default="")
    content = models.TextField(blank=True, default="")
    author = models.TextField(blank=True, default="")
    #: Of this entry, as detected; not of its feed.
    lang = models.CharField(max_length=8, blank=True, default="")
    #: The readable text of the entry's own page, where that was read.
    text = models.TextField(blank=True, default="")
    #: A word of `monitor.documents.TextSource`: where the longest text at hand came from.
    text_source = models.CharField(max_length=8, default=TextSource.NONE)
    #: When the entry's page is to be read; null where none is wanted any more.
    page_due_at = models.DateTimeField(null=True, blank=True)
    page_attempts = models.PositiveSmallIntegerField(default=0)
    published_raw = models.TextField(blank=True, default="")
    published_at = models.DateTimeField(null=True, blank=True)
    date_confidence = models.CharField(
        max_length=8,
        choices=[(item.value, item.value) for item in DateConfidence],
        default=DateConfidence.NONE,
    )
    first_seen_at = models.DateTimeField(db_index=True)
    #: Last correction at the source.
    changed_at = models.DateTimeField(null=True, blank=True)
    #: Null asks for tags: that is the whole queue of the tagging step.
    tagged_at = models.DateTimeField(null=True, blank=True)

    objects = EntryManager()

    class Meta:
        verbose_name_plural = "entries"
        indexes = [
            models.Index(fields=["source", "guid_key"]),
            models.Index(fields=["source", "link_key"]),
            models.Index(fields=["source", "title_key"]),
            models.Index(fields=["link_key"]),
            models.Index(fields=["title_key", "first_seen_at"]),
            models.Index(fields=["source", "-first_seen_at"]),
            models.Index(fields=["id"], name="entry_untagged", condition=models.Q(tagged_at=None)),
            models.Index(
                fields=["page_due_at"], name="entry_page_due", condition=models.Q(page_due_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def lead(self) -> str:
        """What the entry is about, as one line of plain text: its feed's lead, or its page's text where that is short."""
        said = plain(self.summary or self.content)
        return said if len(said) >= SHORT_LEAD or not self.text else clean_line(self.text)


class StoryKey(models.Model):
    """A rare gram of an entry's headline or lead: entries that share some are candidates for one story.

    Kept for as long as stories are joined, a few days; the index is all that a search for near-duplicates reads.
    """

    entry = models.ForeignKey(Entry, models.CASCADE, related_name="story_keys", db_index=False)
    key = models.BigIntegerField(db_index=True)
    first_seen_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.entry_id}: {self.key}"


class Forgotten(models.Model):
    """What an entry that is no longer kept was known by: a feed that shows it again brings nothing new.

    Of each of its keys the first 64 bits, which is enough within one source; 115 bytes an entry where the entry with all
    that hung on it took thousands. Kept for ever (docs/decisions/retention.md).
    """

    source = models.ForeignKey(Source, models.CASCADE, related_name="+", db_index=False)
    guid = models.BigIntegerField(null=True, blank=True)
    link = models.BigIntegerField(null=True, blank=True)
    title = models.BigIntegerField(null=True, blank=True)
    text = models.BigIntegerField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "forgotten"
        indexes = [
            models.Index(
                fields=["source", name],
                name=f"forgotten_{name}",
                condition=models.Q(**{f"{name}__isnull": False}),
            )
            # A title alone makes no entry known.
            for name in ("guid", "link", "text")
        ]

    def __str__(self) -> str:
        return f"an entry of {self.source_id}"


class Chore(models.Model):
    """One of the day's chores, and when it was done last."""

    #: "backup" or "tidy".
    name = models.CharField(max_length=20, primary_key=True)
    done_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} {self.done_at:%Y-%m-%d %H:%M}"
