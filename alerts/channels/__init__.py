"""How a message leaves: one file a channel, `CHANNELS` is the table; and what may come of sending.

The table loads no channel and none of their libraries: lists, pages and help read it, too.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from alerts.channels.targets import mail_address, whole

if TYPE_CHECKING:
    from alerts.messages import Message
    from monitor.config import Settings


@dataclass(frozen=True, slots=True)
class Sent:
    """It arrived; `external_id` is the channel's own id of it, empty where it has none."""

    external_id: str


@dataclass(frozen=True, slots=True)
class Retry:
    """It did not arrive; try again, no sooner than after `after` where that is known."""

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

    async def send(self, target: str, message: "Message") -> Outcome:
        """Sends one message to what stands behind an address' colon, and says what became of it."""
        ...

    async def edit(self, target: str, external_id: str, message: "Message") -> Outcome:
        """Makes the message that was sent as `external_id` say this instead."""
        return Refused("this channel cannot edit")

    async def check(self) -> str:
        """What stands against sending, in one line; empty where nothing does, or the channel cannot be asked."""
        return ""

    async def describe(self) -> tuple[str, str]:
        """For the operator: what it is called over there, and what `check` says; either may be empty."""
        return "", await self.check()

    async def aclose(self) -> None:
        """Closes its connections; nothing to do where none stays open between messages."""
        return


@dataclass(frozen=True, slots=True)
class Written:
    """How people write an address of a channel: its name, a colon, and what `read` takes."""

    #: A whole address, for those who are to write one.
    example: str
    #: What follows the colon as it is kept: one text for all spellings of one target. None where it is none.
    read: Callable[[str], str | None]
    #: Korean, said of what is none; `{given}` is what stood there.
    refusal: str


@dataclass(frozen=True, slots=True)
class Way:
    """What is known of a channel before it is made."""

    #: What people call it, in Korean.
    name: str
    #: The module whose `make(settings)` gives the Channel. It is loaded when something is to be sent.
    module: str
    #: The field of `monitor.config.Settings` without which it is off; empty for one whose addresses hold all it needs.
    setting: str = ""
    #: None for the one that takes whole URLs (`alerts.addresses`).
    written: Written | None = None
    #: Its messages can be edited after they were sent.
    edits: bool = False
    #: Its targets are chats: those of groups begin with "-", and "/" stands before a thread.
    chats: bool = False
    #: It brings letters: a summary is a whole document with a way to stop it, a mailbox drops a second copy by its
    #: Message-ID, and a server that dislikes one letter most likely dislikes the next.
    letters: bool = False

    def is_on(self, own: "Settings") -> bool:
        """Whether the settings give it what it needs."""
        return not self.setting or getattr(own, self.setting) is not None

    @property
    def variable(self) -> str:
        """Its setting as people write it, such as SMTP_URL; empty for one that needs none."""
        from monitor.config import Settings

        return str(Settings.model_fields[self.setting].alias) if self.setting else ""


#: By what addresses and the ledger call them.
CHANNELS = {
    "telegram": Way(
        "텔레그램",
        "alerts.channels.telegram",
        setting="telegram_bot_token",
        written=Written(
            "telegram:123456789",
            whole(r"-?\d{1,20}(?:/\d{1,20})?"),
            '"{given}" 은(는) 대화 번호가 아닙니다. 봇에게 /start 를 보내면 보이는 수를 telegram:123456789 처럼 적으십시오. '
            "주제별 대화방은 telegram:-1001234/5 처럼 적습니다.",
        ),
        edits=True,
        chats=True,
    ),
    "mailto": Way(
        "메일",
        "alerts.channels.mail",
        setting="smtp_url",
        written=Written(
            "mailto:editor@example.kr",
            mail_address,
            '"{given}" 은(는) 메일 주소가 아닙니다. mailto:editor@example.kr 처럼 이름 없이 주소 하나만 적으십시오.',
        ),
        letters=True,
    ),
    "apprise": Way("Apprise", "alerts.channels.apprise_urls"),
}
#: The one that takes every address that is a URL.
URLS = "apprise"


def channel_names(own: "Settings") -> tuple[str, ...]:
    """The names of the channels that the settings give what they need."""
    return tuple(name for name, way in CHANNELS.items() if way.is_on(own))


def make_channel(name: str, own: "Settings") -> Channel | None:
    """The channel of this name; None where the settings do not give it what it needs.

    Raises:
        ConfigError: they give it what it cannot read.
    """
    if not CHANNELS[name].is_on(own):
        return None
    channel: Channel = import_module(CHANNELS[name].module).make(own)
    return channel


@cache
def configured_channels() -> dict[str, Channel]:
    """The channels that the settings give what they need, by name."""
    from monitor.config import settings

    return {name: channel for name in CHANNELS if (channel := make_channel(name, settings()))}
