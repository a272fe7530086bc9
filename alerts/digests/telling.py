"""What goes with a summary on its way, and what is settled when it has arrived. The outbox calls both."""

from datetime import datetime
from email.utils import format_datetime

from django.db.models import Q

from alerts.channels.letters import mailbox
from alerts.digests.unsubscribing import stop_link
from alerts.messages import Message
from alerts.models import Alert, Digest, Recipient
from monitor.config import settings


def message_of(digest: Digest) -> Message:
    """The summary as it was written down: the same in every try, with the headers of RFC 2919 and 8058."""
    headers = {
        "Date": format_datetime(digest.created_at.astimezone(digest.recipient.zone)),
        "Message-ID": digest.message_id,
        "List-Id": f"Bulletin Monitor <digest.{mail_domain()}>",
    }
    if digest.kind == Digest.Kind.DAILY:
        headers["List-Unsubscribe"] = f"<{stop_link(digest.recipient)}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return Message(digest.html, digest.plain, subject=digest.subject, headers=headers)


def arrived(digest: Digest, external_id: str, now: datetime) -> None:
    """Settles what a summary told, in the transaction that marks its own alert as sent.

    The mark moves on, so that the next one begins where this one left off; the alerts of quiet hours that it told count
    as sent with it.
    """
    if digest.kind == Digest.Kind.DAILY:
        forward = (
            Q(digest_covered_to=None)
            | Q(digest_covered_to__lt=digest.covers_to)
            | Q(digest_covered_to__gt=now)
        )
        Recipient.objects.filter(forward, pk=digest.recipient_id).update(digest_covered_to=digest.covers_to)
    rolled = Alert.objects.filter(
        recipient=digest.recipient_id, rolled=True, state=Alert.State.QUEUED, story__isnull=False
    )
    told = set(digest.stories)
    ids = [pk for pk, story in rolled.values_list("pk", "story_id") if story in told]
    rolled.filter(pk__in=ids).update(state=Alert.State.SENT, sent_at=now, external_id=external_id)


def mail_domain() -> str:
    """The domain of Message-IDs and of the List-Id: that of MAIL_FROM.

    Without one, a name that nobody can have (RFC 2606).
    """
    try:
        return mailbox(settings().mail_from or "").domain
    except ValueError:
        return "bulletin-monitor.invalid"
