"""What is kept of the classifier's work: what it says of entries, what it learned from, and which model said it."""

from django.conf import settings
from django.db import models

from classifiers.judging.reasons import Reason
from monitor.models import Entry


class ModelVersion(models.Model):
    """One trained model: what it saw, how good it is, and whether it is the one in force for its encoder."""

    name = models.CharField(max_length=80, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    #: Of the comparison it was trained for: "before" (the model in force then) and "after" (this one), by figure.
    metrics = models.JSONField(default=dict)
    #: Its encoder, how many examples it saw from where, and whether it was "promoted"; "gone" once its files are.
    data = models.JSONField(default=dict)
    #: Machines on one PostgreSQL go by this; a home alone goes by a file of its own (`classifiers.serving.inforce`).
    active = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name


class Assessment(models.Model):
    """What the classifier said of one entry as a whole; its topics are `Tag` rows."""

    entry = models.OneToOneField(Entry, models.CASCADE, primary_key=True, related_name="assessment")
    #: 0 to 1.
    relevance = models.FloatField()
    #: "economy", "policy", "industry", "technology" or "other".
    kind = models.CharField(max_length=12)
    #: ISO 3166 country codes plus EU, ASEAN, WORLD.
    regions = models.JSONField(default=list)
    #: Phrases that speak for the relevance, the title's first.
    why = models.JSONField(default=list)
    #: `TopicClassifier.name` of the classifier that said it.
    model = models.CharField(max_length=80)
    assessed_at = models.DateTimeField()
    #: The article of a past issue that says the nearest, and how near: a cosine between the two vectors.
    nearest = models.ForeignKey("PastArticle", models.SET_NULL, null=True, blank=True, related_name="+")
    nearest_likeness = models.FloatField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.entry_id}: {self.relevance:.2f}"


class EntryVector(models.Model):
    """An entry's sentence vector, kept for as long as stories are joined across languages, a few days."""

    entry = models.OneToOneField(Entry, models.CASCADE, primary_key=True, related_name="vector")
    #: (dimension) float16, little-endian, of length 1.
    vector = models.BinaryField()
    #: The encoder that made it: vectors of different encoders are not compared.
    encoder = models.CharField(max_length=40)
    first_seen_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.entry_id} by {self.encoder}"


class Tag(models.Model):
    """A topic given to an entry, by the classifier or by an editor; an editor's stands whatever a model says later."""

    entry = models.ForeignKey(Entry, models.CASCADE, related_name="tags")
    #: An id of topics.yaml.
    topic = models.CharField(max_length=40)
    #: 0 to 1.
    probability = models.FloatField()
    #: What carried it, strongest first (`classifiers.judging.reasons`).
    why = models.JSONField(default=list)
    #: `TopicClassifier.name`; empty for an editor's.
    model = models.CharField(max_length=80, blank=True, default="")
    #: Who gave it; null for a model's, and for an editor's whose account is gone.
    editor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry", "topic"], name="one_tag_a_topic")]
        indexes = [models.Index(fields=["topic", "entry"])]

    def __str__(self) -> str:
        return f"{self.entry_id}: {self.topic}"

    @property
    def reasons(self) -> list[Reason]:
        """What carried the topic, strongest first."""
        return [Reason.of(row) for row in self.why]


class Objection(models.Model):
    """An editor's word that a term of topics.yaml is not why this entry would have this topic."""

    topic = models.CharField(max_length=40)
    #: As topics.yaml has it.
    term = models.CharField(max_length=120)
    entry = models.ForeignKey(Entry, models.CASCADE, related_name="objections")
    editor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "topic", "term"], name="one_objection_a_word_and_entry")
        ]

    def __str__(self) -> str:
        return f"{self.entry_id}: {self.topic} not because of {self.term}"


class PastIssue(models.Model):
    """A number of a bulletin that appeared before the program knew it."""

    #: An id of topics.yaml.
    bulletin = models.CharField(max_length=40)
    #: As `classifiers.pastissues.issue.PastIssueText` has it.
    number = models.CharField(max_length=40)
    published_on = models.DateField(null=True, blank=True)
    file_name = models.TextField(blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bulletin", "number"], name="one_past_issue_a_number")]

    def __str__(self) -> str:
        return f"{self.bulletin} {self.number}"


class PastArticle(models.Model):
    """An article of a past issue: what was already covered, and training text."""

    issue = models.ForeignKey(PastIssue, models.CASCADE, related_name="articles")
    section = models.CharField(max_length=80, blank=True, default="")
    #: From 1 through the issue.
    order = models.PositiveSmallIntegerField(default=0)
    title = models.TextField()
    text = models.TextField(blank=True, default="")
    #: What it cites, as printed, one a line.
    citation = models.TextField(blank=True, default="")
    #: Ids of topics.yaml.
    topics = models.JSONField(default=list)
    #: When an editor said that these are the topics; until then they are the classifier's proposal.
    confirmed_at = models.DateTimeField(null=True, blank=True)
    #: As `EntryVector` has them; empty until somebody asks what is near.
    vector = models.BinaryField(null=True, blank=True)
    encoder = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        ordering = ["issue", "order"]

    def __str__(self) -> str:
        return self.title
