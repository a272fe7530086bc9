"""Glue: stories of the queue as the bot lists and shows them."""

import secrets
from collections import OrderedDict
from datetime import datetime

from alerts.messages import Message, country_sign
from alerts.models import Alert, Recipient
from alerts.rendering import message_of
from monitor.models import Story
from review import catalogue
from review.bot.texts import Line, card_message, list_message
from review.deciding import queue
from review.deciding.cards import lead_of, percent
from review.quality.sampling import drawn_this_week

#: Stories in a list.
SIZE = 5


class Searches:
    """The words of the last searches by a number that fits into a button.

    They end with the process: a list that is turned after that goes on with the whole queue.
    """

    #: Searches remembered; the oldest goes first.
    MOST = 500

    def __init__(self) -> None:
        self._words: OrderedDict[int, str] = OrderedDict()

    def remember(self, words: str) -> int:
        """The number of these words; 0 for none. Drawn, not counted: one of before a restart means nothing."""
        if not words:
            return 0
        number = 1 + secrets.randbelow(2**31)
        self._words[number] = words
        if len(self._words) > self.MOST:
            self._words.popitem(last=False)
        return number

    def words(self, number: int) -> str:
        """What was searched under that number; empty where it is not, or no longer, known."""
        return self._words.get(number, "")


def list_of(words: str, search: int, after: int | None, language: str, now: datetime) -> Message:
    """The likeliest stories that wait and, where words are given, tell of them."""
    filters = queue.Filters(q=words)
    found = queue.page(filters, now, after, SIZE)
    # Here one looks at what is most wanted; this week's sample from below the line is judged on the page.
    sampled = set() if words else set(drawn_this_week(now))
    stories = [
        story for story in found.stories if story.pk not in sampled and (story.lead or story.entries.all())
    ]
    return list_message(
        [_line(story) for story in stories],
        queue.count(filters, now),
        stories[-1].pk if found.more and stories else None,
        words,
        search,
        language,
    )


def card_of(story_id: int, recipient: Recipient, search: int) -> Message | None:
    """A story with its buttons, worded as its alert to this recipient is or would be; None where there is none."""
    story = Story.objects.select_related("lead").filter(pk=story_id).first()
    if story is None or not (story.lead or story.entries.exists()):
        return None
    alert = Alert(recipient=recipient, story=story, entry=lead_of(story))
    return card_message(message_of(alert), search, recipient.language)


def _line(story: Story) -> Line:
    lead = lead_of(story)
    source = catalogue.sources().get(lead.source_id)
    return Line(
        story.pk,
        lead.title,
        catalogue.source_name(lead.source_id),
        country_sign(source.country) if source else "",
        percent(story.relevance),
    )
