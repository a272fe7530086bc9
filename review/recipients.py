"""How pages call those who get alerts, without giving away what an address holds."""

from alerts.addresses import shown
from alerts.models import Recipient


def recipient_name(recipient: Recipient) -> str:
    """The recipient's name and where it is reached, without what the address keeps secret."""
    place = shown(recipient.address)
    return f"{recipient.name} ({place})" if recipient.name else place
