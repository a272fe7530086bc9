"""Glue: whether it is time to learn again; asked each hour, and so without the libraries that learning takes."""

from datetime import datetime, timedelta

from classifiers.models import ModelVersion, Objection
from monitor.models import Story

#: A weekly job trains when so many decisions were made since.
WEEK, LEAST_NEW = timedelta(days=7), 20
#: Where a story stands that an editor decided on.
_DECIDED = (Story.Queue.ACCEPTED, Story.Queue.REJECTED)


def is_due(now: datetime) -> bool:
    """Whether the weekly training has something to do: a week gone, and enough new decisions and objections."""
    last = ModelVersion.objects.order_by("-created_at").first()
    if last is not None and now - last.created_at < WEEK:
        return False
    known = last.data.get("decisions", 0) + last.data.get("objections", 0) if last else 0
    # Counted where they stand: as examples, a hundred thousand of them take half a gigabyte.
    decided = Story.objects.filter(queue__in=_DECIDED, lead__isnull=False).count()
    return decided + Objection.objects.count() - known >= LEAST_NEW
