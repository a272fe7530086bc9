"""Messages that no longer say what is so: marks them, for the outbox to edit."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Case, F, Q, When
from django.db.models.functions import Coalesce, Least

from alerts.channels import CHANNELS
from alerts.models import Alert, through

#: A burst of followers makes one edit.
GATHERED = timedelta(seconds=20)
#: An older message is history: nobody looks whether it still holds.
EDITED_FOR = timedelta(hours=48)
_EDITABLE = tuple(name for name, way in CHANNELS.items() if way.edits)


def wanted(story_ids: Iterable[int], now: datetime, *, soon: bool = False) -> int:
    """Asks for an edit of every message that told one of these stories; how many.

    Asked `soon`, as after a decision, it is edited at once; otherwise a little later, with what else comes until then.
    What is being sent or edited at this moment was worded before: it is edited once more.
    """
    due = now if soon else now + GATHERED
    told = Alert.objects.filter(through(*_EDITABLE), story__in=list(story_ids), rolled=False).filter(
        Q(state=Alert.State.SENDING)
        | Q(state=Alert.State.SENT, sent_at__gt=now - EDITED_FOR) & ~Q(external_id="")
    )
    # Not later than was asked before; but what a lease put there means "is being edited", and is no such wish.
    sooner = Least(Coalesce(F("revise_at"), due), due)
    return told.update(revise_at=Case(When(leased_until=None, then=sooner), default=due))
