"""What stands before and behind a story in the queue that its reader came from."""

from datetime import datetime

from review.deciding import queue
from review.deciding.queue import Filters


def neighbours(story_id: int, filters: Filters, now: datetime) -> tuple[int | None, int | None]:
    """The ids of the story before and of the one behind; None where there is none, or none to be found.

    Looked for where readers come from: on the first page. Past it, and for a story that stands in the queue no more,
    the next one is told by its place.
    """
    ids = [story.pk for story in queue.page(filters, now).stories]
    place = ids.index(story_id) if story_id in ids else None
    before = ids[place - 1] if place else None
    if place is not None and place + 1 < len(ids):
        return before, ids[place + 1]
    behind = queue.ids(filters, now, after=story_id, size=1)
    return before, behind[0] if behind else None
