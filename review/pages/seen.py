"""Pure: what an editor's page shows of stories, as its forms write it: `12:waiting:3`."""

from collections.abc import Iterable
from dataclasses import dataclass

from monitor.models import Story
from review.pages.frame import number

#: More than anybody scrolls through; more stories in one request are nobody's page.
MOST = 500


@dataclass(frozen=True, slots=True)
class Seen:
    """A story as it stood when its card was made."""

    queue: str
    #: An account's id; empty for nobody's.
    assignee: str = ""


def read_seen(texts: Iterable[str]) -> dict[int, Seen]:
    """By a story's id how its card stood; what is no such text is left out."""
    found: dict[int, Seen] = {}
    for text in texts:
        story, _colon, rest = text.partition(":")
        queue, _colon, assignee = rest.partition(":")
        story_id = number(story)
        if story_id is not None and queue in Story.Queue.values and len(found) < MOST:
            found[story_id] = Seen(queue, assignee if number(assignee) is not None else "")
    return found
