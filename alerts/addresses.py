"""Pure: whom an address means."""

import re
from dataclasses import dataclass

from monitor.i18n import _

_CHAT = re.compile(r"-?\d{1,20}")


class AddressError(ValueError):
    """An address that no alert can be sent to, with the mend in its text."""


@dataclass(frozen=True, slots=True)
class Address:
    """A channel of `alerts.channels` and whom to ask for there."""

    channel: str
    target: str

    def __str__(self) -> str:
        return f"{self.channel}:{self.target}"


def parse_address(text: str) -> Address:
    """The address that `text` writes.

    Raises:
        AddressError: it is none, or of a channel that this release does not send through.
    """
    channel, colon, target = text.strip().partition(":")
    if channel == "telegram" and _CHAT.fullmatch(target):
        return Address(channel, target)
    if channel == "telegram":
        raise AddressError(
            _(
                '"{given}" 은(는) 대화 번호가 아닙니다. 봇에게 /start 를 보내면 보이는 수를 telegram:123456789 처럼 적으십시오.'
            ).format(given=target)
        )
    if colon and channel.isalnum():
        raise AddressError(
            _('"{channel}" 로는 아직 보내지 않습니다. 지금은 telegram:123456789 꼴만 받습니다.').format(
                channel=channel
            )
        )
    raise AddressError(
        _('"{given}" 은(는) 주소가 아닙니다. telegram:123456789 처럼 적으십시오.').format(given=text)
    )
