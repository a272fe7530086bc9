"""The address that ends a recipient's summaries: signed, so that nobody ends another's, and good for ever."""

from django.core.signing import BadSignature, Signer
from django.db import transaction

from alerts.digests.due import TOLD_BY_NEXT
from alerts.models import Alert, Digest, Recipient
from monitor.config import settings

_SALT = "alerts.digests.stop"


def stop_link(recipient: Recipient) -> str:
    """The address of the page that ends this recipient's summary."""
    return f"{settings().public_url}/unsubscribe/{token_of(recipient)}"


def token_of(recipient: Recipient) -> str:
    """What proves that somebody got a summary of this recipient's. It names the address: a new owner has another."""
    signature = Signer(salt=_SALT).signature(f"{recipient.pk} {recipient.address}")
    return f"{recipient.pk}-{signature}"


def recipient_of(token: str) -> Recipient | None:
    """Whose token this is; None for one that we did not sign."""
    number, _dash, signature = token.partition("-")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    recipient = Recipient.objects.filter(pk=int(number)).first()
    if recipient is None:
        return None
    try:
        Signer(salt=_SALT, sep=":").unsign(f"{recipient.pk} {recipient.address}:{signature}")
    except BadSignature:
        return None
    return recipient


@transaction.atomic
def set_digest(recipient: Recipient, *, wanted: bool) -> None:
    """Ends the recipient's daily summary, or begins it again; everything else stays as it is."""
    Recipient.objects.filter(pk=recipient.pk).update(digest=wanted)
    if not wanted:
        unsent = Alert.objects.filter(
            recipient=recipient, digest__kind=Digest.Kind.DAILY, state=Alert.State.QUEUED
        )
        unsent.update(state=Alert.State.FAILED, error=TOLD_BY_NEXT)
