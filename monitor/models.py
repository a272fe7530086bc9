"""What the collector keeps: sources, the visits paid to them, entries as published, and stories.

What a feed said lives here; what an editor decided lives in `review`. A poll rewrites only the first.
"""

from django.db import models
from django.utils import timezone

from monitor.documents import DateConfidence


class Source(models.Model):
    """The state of one stanza of sources.yaml: what its server told us last, and when it is due again."""

    id = models.SlugField(primary_key=True, max_length=80)
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
    #: A word of `monitor.health.State`.
    state = models.CharField(max_length=16, default="new")
    #: A word of FetchFault or ParseFault, where the last visit failed.
    fault = models.CharField(max_length=16, blank=True, default="")
    #: One English line of why, for logs; people read `monitor.health.words`.
    reason = models.TextField(blank=True, default="")

    def __str__(self) -> str:
        return self.id


class Poll(models.Model):
    """One visit to a source and its outcome."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="polls")
    started_at = models.DateTimeField()
    seconds = models.FloatField(default=0)
    #: "ok", "not_modified" or "error".
    status = models.CharField(max_length=16)
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    entries = models.PositiveIntegerField(default=0)
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True, default="")
    notes = models.JSONField(default=list, blank=True)

    class Meta:
        indexes = [models.Index(fields=["source", "-started_at"])]

    def __str__(self) -> str:
        return f"{self.source_id} {self.started_at:%Y-%m-%d %H:%M} {self.status}"


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
    #: Written by editors' decisions only (`review.decisions`); a poll or a new model never touches it.
    queue = models.CharField(max_length=8, choices=Queue.choices, default=Queue.WAITING)
    #: "later" comes back then.
    later_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "stories"
        indexes = [models.Index(fields=["queue", "-relevance", "-first_seen_at"])]

    def __str__(self) -> str:
        return f"story {self.pk}"


class EntryManager(models.Manager["Entry"]):
    """Queries over entries that the steps share."""

    def untagged(self) -> models.QuerySet["Entry"]:
        """Entries that still want tags, oldest first; the index holds only those."""
        return self.filter(tagged_at=None).order_by("id")


class Entry(models.Model):
    """One item of a feed, kept as published; a correction at the source updates it and asks for new tags."""

    source = models.ForeignKey(Source, models.PROTECT, related_name="entries")
    story = models.ForeignKey(Story, models.PROTECT, related_name="entries")
    #: As published; empty where the feed gave none.
    guid = models.TextField(blank=True, default="")
    #: As published and made absolute; empty where it was no http(s) address.
    url = models.TextField(blank=True, default="")
    #: Keys of `monitor.identity`: hashes of what may tell that an entry is known.
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
        ]

    def __str__(self) -> str:
        return self.title
