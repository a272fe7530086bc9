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

from monitor.i18n import _

_CHAT = re.compile(r"-?\d{1,20}(?:/\d{1,20})?")
#: RFC 5321 without its quoted local parts, which nobody has; and nothing that could end a header.
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[!-~]+")
_LONGEST_LOCAL, _LONGEST_MAIL, _LONGEST_URL = 64, 254, 2048


class AddressError(ValueError):
    """An address that no alert can be sent to, with the mend in its text."""


@dataclass(frozen=True, slots=True)
class Address:
    """A channel of `alerts.channels` and whom to ask for there."""

    #: "telegram", "mailto", or "apprise" for every other URL.
    channel: str
    #: "CHAT" or "CHAT/THREAD", a mail address, or the whole URL.
    target: str

    def __str__(self) -> str:
        return self.target if self.channel == "apprise" else f"{self.channel}:{self.target}"

    @property
    def shown(self) -> str:
        """The address without what it keeps secret."""
        return _without_secrets(self.target) if self.channel == "apprise" else str(self)


def stored_address(text: str) -> Address:
    """The parts of an address that a recipient has: it was parsed when it came in."""
    channel, _colon, target = text.partition(":")
    return Address(channel, target) if channel in {"telegram", "mailto"} else Address("apprise", text)


def shown(text: str) -> str:
    """A recipient's address as people may see it."""
    return stored_address(text).shown


def parse_address(text: str) -> Address:
    """The address that `text` writes.

    Raises:
        AddressError: it is none, or no channel can send there.
    """
    text = text.strip()
    scheme, colon, rest = text.partition(":")
    scheme = scheme.casefold()
    if rest.startswith("//"):
        if scheme == "mailto":
            raise AddressError(
                _("메일은 mailto:editor@example.kr 처럼 적으십시오. 메일 서버는 SMTP_URL 로 정합니다.")
            )
        return _apprise(text)
    if colon and scheme == "telegram":
        return _telegram(rest)
    if colon and scheme == "mailto":
        return Address("mailto", _mail(rest))
    raise AddressError(
        _(
            '"{given}" 은(는) 주소가 아닙니다. telegram:123456789, mailto:editor@example.kr, 또는 slack:// 이나 '
            "json:// 과 같은 Apprise 주소를 적으십시오."
        ).format(given=text)
    )


def _telegram(target: str) -> Address:
    if not _CHAT.fullmatch(target):
        raise AddressError(
            _(
                '"{given}" 은(는) 대화 번호가 아닙니다. 봇에게 /start 를 보내면 보이는 수를 telegram:123456789 처럼 '
                "적으십시오. 주제별 대화방은 telegram:-1001234/5 처럼 적습니다."
            ).format(given=target)
        )
    return Address("telegram", target)


def _mail(target: str) -> str:
    """The mail address with its host in ASCII and lower case: two spellings of one mailbox are one recipient."""
    local, _at, host = target.strip().rpartition("@")
    try:
        labels = host.encode("idna").decode("ascii").casefold().removesuffix(".").split(".")
    except UnicodeError:
        labels = []
    address = f"{local}@{'.'.join(labels)}"
    if (
        not _LOCAL.fullmatch(local)
        or len(local) > _LONGEST_LOCAL
        or len(labels) < 2
        or not all(_LABEL.fullmatch(label) for label in labels)
        or len(address) > _LONGEST_MAIL
    ):
        raise AddressError(
            _(
                '"{given}" 은(는) 메일 주소가 아닙니다. mailto:editor@example.kr 처럼 이름 없이 주소 하나만 적으십시오.'
            ).format(given=target)
        )
    return address


def _apprise(text: str) -> Address:
    plugin = _plugin(text) if _URL.fullmatch(text) and len(text) <= _LONGEST_URL else None
    is_web = text.casefold().startswith(("http://", "https://"))
    if plugin is not None:
        # The page of a service that Apprise knows by its address becomes that service's own URL.
        return Address("apprise", str(plugin.url()) if is_web else text)
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
    """As Apprise masks: the ends only."""
    return f"{text[:1]}...{text[-1:]}"
