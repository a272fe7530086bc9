"""Whom an address means, and how people see it.

Apprise's own table says which URLs can be sent to (https://github.com/caronc/apprise/wiki); asking it opens no
connection. Its URLs hold tokens, so that only `shown` may reach a page, a listing or a log.
"""

import logging
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from alerts.channels import CHANNELS, URLS, Way, Written
from monitor.i18n import _

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[!-~]+")
_LONGEST_URL = 2048


class AddressError(ValueError):
    """An address that no alert can be sent to, with the mend in its text."""


@dataclass(frozen=True, slots=True)
class Address:
    """A channel of `alerts.channels` and whom to ask for there."""

    channel: str
    #: What stands behind the colon, or the whole URL.
    target: str

    def __str__(self) -> str:
        return self.target if self.channel == URLS else f"{self.channel}:{self.target}"

    @property
    def way(self) -> Way:
        """What is known of its channel."""
        return CHANNELS[self.channel]

    @property
    def shown(self) -> str:
        """The address without what it keeps secret."""
        return _without_secrets(self.target) if self.channel == URLS else str(self)


def stored_address(text: str) -> Address:
    """The parts of an address that a recipient has: it was parsed when it came in."""
    channel, _colon, target = text.partition(":")
    return Address(channel, target) if channel in CHANNELS and channel != URLS else Address(URLS, text)


def shown(text: str) -> str:
    """A recipient's address as people may see it."""
    return stored_address(text).shown


def examples() -> tuple[str, ...]:
    """An address of each channel, for those who are to write one."""
    return tuple(way.written.example for way in CHANNELS.values() if way.written)


def parse_address(text: str) -> Address:
    """The address that `text` writes.

    Raises:
        AddressError: it is none, or no channel can send there.
    """
    text = text.strip()
    scheme, colon, rest = text.partition(":")
    channel = scheme.casefold()
    way = CHANNELS.get(channel) if colon else None
    if way and way.written:
        return Address(channel, _read(way, way.written, rest))
    if rest.startswith("//"):
        return _apprise(text)
    raise AddressError(
        _(
            '"{given}" 은(는) 주소가 아닙니다. {examples}, 또는 slack:// 이나 json:// 과 같은 Apprise 주소를 적으십시오.'
        ).format(given=text, examples=", ".join(examples()))
    )


def _read(way: Way, written: Written, given: str) -> str:
    if given.startswith("//"):
        # The server to send through, as Apprise has it, and perhaps its password: it is not repeated.
        message = _("{example} 처럼 적으십시오. 무엇으로 보낼지는 {setting} 으로 정합니다.")
        raise AddressError(message.format(example=written.example, setting=way.variable))
    target = written.read(given)
    if target is None:
        raise AddressError(_(written.refusal).format(given=given))
    return target


def _apprise(text: str) -> Address:
    plugin = _plugin(text) if _URL.fullmatch(text) and len(text) <= _LONGEST_URL else None
    is_web = text.casefold().startswith(("http://", "https://"))
    if plugin is not None:
        # The page of a service that Apprise knows by its address becomes that service's own URL.
        return Address(URLS, str(plugin.url()) if is_web else text)
    if is_web:
        raise AddressError(
            _(
                "웹 주소만으로는 무엇을 어떻게 보낼지 알 수 없습니다. JSON 을 받는 곳이면 https:// 를 jsons:// 로"
                "(http:// 는 json:// 으로) 바꾸고, 아니면 slack:// 이나 ntfy:// 와 같은 Apprise 주소를 적으십시오."
            )
        )
    # The address may hold a token: it is not repeated.
    raise AddressError(
        _(
            "{scheme}:// 주소를 Apprise 가 받지 않습니다. 형식은 https://github.com/caronc/apprise/wiki 에 있습니다."
        ).format(scheme=text.partition("://")[0])
    )


def _plugin(url: str) -> Any:
    from apprise import Apprise

    # It logs whole addresses, those above all that it cannot read; `alerts.channels.apprise_urls` reads its log.
    logging.getLogger("apprise").propagate = False
    return Apprise.instantiate(url)


@lru_cache(maxsize=1024)
def _without_secrets(url: str) -> str:
    """The service, and its host where it has one: what follows may be a token or a topic that only friends know."""
    scheme, known, _rest = url.partition("://")
    plugin = _plugin(url) if known else None
    if plugin is None:
        return f"{scheme[:20]}://…" if known else "…"
    parts = urlsplit(str(plugin.url(privacy=True)))
    host = parts.netloc.rpartition("@")[2]
    is_host = "." in host.replace("...", "") or host.partition(":")[0] == "localhost"
    return f"{scheme}://{host if is_host or '...' in host else _mask(host)}/…"


def _mask(text: str) -> str:
    """The first and the last character alone, as Apprise masks secrets."""
    return f"{text[:1]}...{text[-1:]}"
