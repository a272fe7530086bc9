"""How a message leaves: one file a channel. `configured_channels` is the table."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Protocol

from alerts.messages import Message
from monitor.config import Settings, settings


@dataclass(frozen=True, slots=True)
class Sent:
    """It arrived."""

    external_id: str


@dataclass(frozen=True, slots=True)
class Retry:
    """It did not arrive; try again, after `after` where the server said so."""

    reason: str
    after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Uncertain:
    """It may have arrived: the answer was lost. Sending again could double it."""

    reason: str


@dataclass(frozen=True, slots=True)
class Gone:
    """The recipient cannot be reached any more: blocked us, chat deleted."""

    reason: str


@dataclass(frozen=True, slots=True)
class Moved:
    """The recipient has a new address; send again there."""

    target: str


@dataclass(frozen=True, slots=True)
class Refused:
    """This message will never be taken; others may."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The message's HTML or buttons were not understood; send it again as plain text."""

    reason: str


@dataclass(frozen=True, slots=True)
class Halted:
    """Nothing can be sent through this channel at all: the token, or the mailbox' password, is wrong."""

    reason: str


Outcome = Sent | Retry | Uncertain | Gone | Moved | Refused | Unreadable | Halted


class Channel(Protocol):
    """A way to reach people. Expected errors are outcomes, not exceptions."""

    async def send(self, target: str, message: Message) -> Outcome:
        """Sends one message and says what became of it."""
        ...

    async def edit(self, target: str, external_id: str, message: Message) -> Outcome:
        """Makes the message that was sent as `external_id` say this instead."""
        return Refused("this channel cannot edit")

    async def check(self) -> str:
        """What stands against sending, if anything; a channel that cannot be asked says nothing."""
        return ""

    async def aclose(self) -> None:
        """Closes its connections."""


def channel_names(own: Settings) -> tuple[str, ...]:
    """The names of the channels that the settings give what they need."""
    needs = {"telegram": own.telegram_bot_token, "mailto": own.smtp_url}
    return (*(name for name, secret in needs.items() if secret is not None), "apprise")


@cache
def configured_channels() -> dict[str, Channel]:
    """The channels that the settings give what they need, by name."""
    from alerts.channels.apprise_urls import AppriseChannel
    from alerts.channels.mail import mail_channel

    own = settings()
    channels: dict[str, Channel] = {}
    if own.telegram_bot_token is not None:
        from alerts.channels.telegram import TelegramChannel

        token = own.telegram_bot_token.get_secret_value()
        channels["telegram"] = TelegramChannel(token, own.telegram_api_url)
    mail = mail_channel(own)
    if mail is not None:
        channels["mailto"] = mail
    # Its addresses hold all that it needs.
    channels["apprise"] = AppriseChannel(own.allow_hosts)
    return channels
