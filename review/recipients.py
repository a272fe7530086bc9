"""How pages call those who get alerts, without giving away what an address holds."""

from alerts.models import Recipient

#: These addresses are only addresses; every other may carry a token (https://github.com/caronc/apprise/wiki).
_OPEN = ("telegram:", "mailto:")


def recipient_name(recipient: Recipient) -> str:
    """The recipient's name and where it is reached."""
    address = recipient.address
    place = address if address.startswith(_OPEN) else address.partition(":")[0]
    return f"{recipient.name} ({place})" if recipient.name else place
