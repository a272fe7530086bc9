"""Who gets what: the operations that the command line, the bot and the pages share."""

from collections.abc import Sequence
from difflib import get_close_matches

from django.db import transaction
from django.utils import timezone

from alerts.addresses import parse_address
from alerts.models import Alert, Recipient, Subscription
from alerts.rules import DEFAULT_MIN_RELEVANCE
from classifiers.loading import taxonomy
from monitor.i18n import _


class UnknownTopicsError(ValueError):
    """A subscription names a topic that topics.yaml does not have."""


@transaction.atomic
def add(
    address: str,
    *,
    topics: Sequence[str] = (),
    words: Sequence[str] = (),
    min_relevance: float | None = None,
    digest: bool = False,
    operator: bool = False,
) -> Recipient:
    """Makes a recipient, or gives one that exists this one subscription in place of its former ones.

    With neither topics, words nor relevance: everything that an editor would most likely want. An `operator` is also
    told when a source breaks and when it heals.

    Raises:
        AddressError: no alert can be sent there.
        UnknownTopicsError: with the names that were probably meant.
    """
    known = str(parse_address(address))
    _check_topics(topics)
    if min_relevance is None:
        min_relevance = 0.0 if topics or words else DEFAULT_MIN_RELEVANCE
    recipient, _made = Recipient.objects.update_or_create(
        address=known,
        defaults={"state": Recipient.State.ACTIVE, "reason": "", "digest": digest, "operator": operator},
    )
    recipient.subscriptions.all().delete()
    Subscription.objects.create(
        recipient=recipient, topics=list(topics), words=list(words), min_relevance=min_relevance
    )
    return recipient


def _check_topics(topics: Sequence[str]) -> None:
    known = taxonomy().by_id
    for topic in topics:
        if topic not in known:
            near = ", ".join(get_close_matches(topic, known, n=3)) or ", ".join(known)
            raise UnknownTopicsError(
                _('"{topic}" 이라는 주제가 없습니다. 비슷한 주제: {near}').format(topic=topic, near=near)
            )


@transaction.atomic
def request(address: str, *, name: str, language: str) -> Recipient:
    """A chat that asked by /start: pending until approved, or as it was."""
    recipient, _made = Recipient.objects.get_or_create(
        address=str(parse_address(address)),
        defaults={"name": name[:200], "language": language, "state": Recipient.State.PENDING},
    )
    return recipient


@transaction.atomic
def approve(address: str) -> Recipient | None:
    """Lets a recipient receive from now on; None where there is none of that address."""
    recipient = Recipient.objects.filter(address=address).first()
    if recipient is None:
        return None
    recipient.state, recipient.reason = Recipient.State.ACTIVE, ""
    # What came while it waited is not news any more.
    recipient.created_at = timezone.now()
    recipient.save()
    if not recipient.subscriptions.exists():
        Subscription.objects.create(recipient=recipient, min_relevance=DEFAULT_MIN_RELEVANCE)
    return recipient


@transaction.atomic
def remove(address: str, reason: str = "removed") -> Recipient | None:
    """Stops sending to a recipient; the ledger of what it got stays. None where there is none of that address."""
    recipient = Recipient.objects.filter(address=address).first()
    if recipient is None:
        return None
    recipient.subscriptions.all().delete()
    Alert.objects.filter(recipient=recipient, state=Alert.State.QUEUED).update(
        state=Alert.State.FAILED, error=reason
    )
    recipient.state, recipient.reason = Recipient.State.SUSPENDED, reason
    recipient.save()
    return recipient


def listing() -> list[dict[str, object]]:
    """Every recipient with its subscriptions, as JSON carries them."""
    return [
        {
            "address": recipient.address,
            "name": recipient.name or None,
            "language": recipient.language,
            "state": recipient.state,
            "reason": recipient.reason or None,
            "digest": recipient.digest,
            "operator": recipient.operator,
            "subscriptions": [
                {"topics": rule.topics, "words": rule.words, "min_relevance": rule.min_relevance}
                for rule in recipient.subscriptions.all()
            ],
        }
        for recipient in Recipient.objects.prefetch_related("subscriptions").order_by("id")
    ]


def ensure_chats(chats: Sequence[str]) -> None:
    """Makes the chats of TELEGRAM_CHATS recipients from the start; those that exist stay as people set them.

    The first of them is the operator's, where there is none yet.
    """
    for chat in chats:
        if not Recipient.objects.filter(address=f"telegram:{chat}").exists():
            add(f"telegram:{chat}", operator=not Recipient.objects.filter(operator=True).exists())
