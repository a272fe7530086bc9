"""How a message leaves: one file a channel. `make_channels` is the table."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Protocol

from alerts.messages import Message


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
class Halted:
    """Nothing can be sent at all: the token is wrong."""

    reason: str


Outcome = Sent | Retry | Uncertain | Gone | Moved | Refused | Halted


class Channel(Protocol):
    """A way to reach people."""

    async def send(self, target: str, message: Message) -> Outcome:
        """Sends one message and says what became of it; expected errors are outcomes, not exceptions."""

    async def aclose(self) -> None:
        """Closes its connections."""


@cache
def configured_channels() -> dict[str, Channel]:
    """The channels that the settings give what they need, by name."""
    from monitor.config import settings

    own = settings()
    if own.telegram_bot_token is None:
        return {}
    from alerts.channels.telegram import TelegramChannel

    return {"telegram": TelegramChannel(own.telegram_bot_token.get_secret_value(), own.telegram_api_url)}
