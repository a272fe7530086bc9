"""Who is looking at which story now: what every open page of the queue says of itself every few seconds."""

import re
from collections.abc import Collection
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import Q

from review.accounts.people import display_name
from review.models import Presence

#: A page that was silent for so long is gone.
GONE_AFTER = timedelta(seconds=30)
#: A page that stays where it is is written down no more often.
_STAYS = timedelta(seconds=10)
#: Rows this old are thrown away.
_KEPT = timedelta(hours=1)

_WORD = re.compile(r"[0-9a-z]{8,16}")


def look(
    word: str, editor: User, at: int | None, shown: Collection[int], now: datetime
) -> dict[int, list[str]]:
    """Who else looks at which of the stories that are `shown`, by name, while this page looks `at` one or at none.

    `word` is what the page calls itself; a page without a sensible one sees and is not seen.
    """
    page = f"{editor.pk}-{word}" if _WORD.fullmatch(word) else ""
    near = Q(story__in=shown, seen_at__gt=now - GONE_AFTER)
    rows = list(Presence.objects.filter(near | Q(page=page)).select_related("editor"))
    if page:
        _write(next((row for row in rows if row.page == page), None), page, editor, at, now)
    return _others(rows, editor, shown, now)


def _write(row: Presence | None, page: str, editor: User, at: int | None, now: datetime) -> None:
    if row is None:
        Presence.objects.filter(seen_at__lt=now - _KEPT).delete()
    elif row.story_id == at and now - row.seen_at < _STAYS:
        return
    Presence.objects.update_or_create(page=page, defaults={"editor": editor, "story_id": at, "seen_at": now})


def _others(
    rows: Collection[Presence], editor: User, shown: Collection[int], now: datetime
) -> dict[int, list[str]]:
    looking: dict[int, list[str]] = {}
    for row in rows:
        story, name = row.story_id, display_name(row.editor)
        is_near = story in shown and row.seen_at > now - GONE_AFTER and row.editor_id != editor.pk
        if story is not None and is_near and name not in looking.setdefault(story, []):
            looking[story].append(name)
    return looking
