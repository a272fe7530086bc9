"""What editors decided, as texts to learn from."""

from classifiers.judging.features import EntryText
from classifiers.models import Tag
from classifiers.training.trainingset import Example
from monitor.models import Story
from review.models import Decision

_WANTED = {Story.Queue.ACCEPTED: True, Story.Queue.REJECTED: False}


def decided_examples() -> list[Example]:
    """Every story that stands accepted or rejected: its leading entry, and whether it was wanted.

    Sorted by each one's last decision, the oldest first. Topics are known only where an editor set them.
    """
    decided_at = dict(Decision.objects.order_by("id").values_list("story_id", "id"))
    stories = Story.objects.filter(queue__in=_WANTED, lead__isnull=False).select_related("lead")
    topics: dict[int, set[str]] = {}
    edited = Tag.objects.filter(entry__leads__queue__in=_WANTED, model="")
    for entry, topic, probability in edited.values_list("entry_id", "topic", "probability"):
        # A topic that an editor took away stands there with no probability.
        topics.setdefault(entry, set()).update({topic} if probability > 0 else ())
    found = []
    for story in sorted(stories, key=lambda story: decided_at.get(story.pk, 0)):
        lead = story.lead
        assert lead is not None, "filtered"
        text = EntryText(lead.title, lead.lead, lead.lang, source=lead.source_id)
        known = topics.get(lead.pk)
        wanted = _WANTED[Story.Queue(story.queue)]
        found.append(Example(text, None if known is None else frozenset(known), None, wanted))
    return found
