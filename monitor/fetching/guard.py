"""The address guard: no feed, redirect or DNS answer makes this program talk to a private network.

The check sits where the socket is opened and looks at the address that is dialled. A name that is resolved, checked
and resolved again by whoever connects can answer differently the second time (DNS rebinding).
"""

import asyncio
import re
import socket
import ssl
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cache, partial
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, TypeVar
from urllib.parse import SplitResult, urlsplit

from monitor.errors import AddressRefused
from monitor.i18n import _

Address = IPv4Address | IPv6Address
#: Host name and port in, the addresses that it has out, as text; OSError where it has none.
Resolver = Callable[[str, int], Awaitable[list[str]]]
P = TypeVar("P", bound=asyncio.Protocol)

#: What `ipaddress` calls global and is not for us: IANA's special registries, 6to4 relays, NAT64's local prefix.
_NOT_FOR_US = [
    ip_network(network)
    for network in (
        "192.88.99.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.175.48.0/24", "100.64.0.0/10", "198.18.0.0/15",
        "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fec0::/10", "::/96",
    )
]  # fmt: skip
_NAT64 = IPv6Network("64:ff9b::/96")
_6TO4 = IPv6Network("2002::/16")

#: A name server that does not answer holds a thread for as long as the system waits; the loop's own few are not for that.
_resolving = ThreadPoolExecutor(32, thread_name_prefix="resolving")

_BAD_CHARACTERS = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029\u3000\ufeff]")
_HOST = re.compile(r"[a-z0-9._:-]{1,253}")


def refusal(address: Address) -> str | None:
    """Why no connection to `address` may be opened, such as "private"; None where one may.

    By IANA's registries of special addresses (RFC 6890), and of an IPv6 address that leads to an IPv4 one, by that one.
    """
    inner = _embedded(address)
    if inner is not None:
        return refusal(inner)
    for test, name in (
        (address.is_loopback, "loopback"),
        (address.is_link_local, "link-local"),
        (address.is_multicast, "multicast"),
        (address.is_unspecified, "unspecified"),
        (address.is_private, "private"),
        (address.is_reserved, "reserved"),
        (
            not address.is_global
            or any(address.version == network.version and address in network for network in _NOT_FOR_US),
            "not public",
        ),
    ):
        if test:
            return name
    return None


def _embedded(address: Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one leads to."""
    if not isinstance(address, IPv6Address):
        return None
    if address.ipv4_mapped:
        return address.ipv4_mapped
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _6TO4:
        return IPv4Address((int(address) >> 80) & 0xFFFFFFFF)
    return None


def _no_host() -> str:
    return _("주소의 호스트 이름이 없거나 바르지 않습니다. https://example.com/feed 처럼 적어 주십시오.")


def _not_public() -> str:
    return _(
        "내부 네트워크 주소라서 열지 않았습니다. 사내 소스라면 .env 의 MONITOR_ALLOW_HOSTS 에 호스트를 적고 다시 시작해 주십시오."
    )


def check_url(url: str) -> SplitResult:
    """The parts of an address that we would open.

    Raises:
        AddressRefused: another scheme than http(s), credentials, a host that is none, characters that hide one.
    """
    if len(url) > 4_000:
        raise AddressRefused(
            "",
            "the address is longer than 4,000 characters",
            _("주소가 4,000자를 넘습니다. 더 짧은 주소를 찾아 적어 주십시오."),
        )
    shown = re.sub(r"//[^/]*@", "//", url)[:200]
    if _BAD_CHARACTERS.search(url):
        raise AddressRefused(
            shown,
            "the address has spaces, control characters or backslashes",
            _(
                "주소에 빈칸이나 보이지 않는 글자, 역슬래시가 있습니다. 브라우저의 주소창에서 다시 복사해 주십시오."
            ),
        )
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise AddressRefused(shown, f"no address: {str(error)[:80]!a}", _no_host()) from error
    if parts.scheme not in {"http", "https"}:
        raise AddressRefused(
            shown,
            f'not http or https: "{parts.scheme[:20]}"',
            _("http 와 https 만 엽니다. https:// 로 시작하는 주소를 적어 주십시오."),
        )
    if parts.username is not None or parts.password is not None:
        raise AddressRefused(
            shown,
            "the address carries a user name",
            _("주소에 계정 이름이나 비밀번호가 들어 있습니다. 그것을 빼고 적어 주십시오."),
        )
    if port == 0:
        raise AddressRefused(
            shown, "port 0", _("0번 포트로는 연결할 수 없습니다. 주소에서 포트를 빼거나 고쳐 주십시오.")
        )
    if "%" in host:
        raise AddressRefused(shown, "the host is percent-encoded or has a zone", _no_host())
    asked = ascii_host(host, shown)
    if not host or not _HOST.fullmatch(asked) or ".." in asked or asked.startswith("."):
        raise AddressRefused(shown, "the address has no valid host", _no_host())
    return parts


def ascii_host(host: str, shown: str = "") -> str:
    """The host as the DNS is asked for it, in lower-case ASCII (IDNA 2008, RFC 5891, with browsers' mapping, UTS #46).

    `shown` is the address that an error names.

    Raises:
        AddressRefused: it is no valid international name.
    """
    if host.isascii():
        return host.lower()
    import idna

    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        raise AddressRefused(shown, "the host is no valid international name", _no_host()) from error


class Guard:
    """Says which addresses may be dialled for a host; `allow_hosts` ("host" or "host:port") is the only door."""

    def __init__(self, allow_hosts: Sequence[str] = ()) -> None:
        self._allowed = {host.strip().lower() for host in allow_hosts}

    def is_exempt(self, host: str, port: int) -> bool:
        """Whether the operator vouches for this host and port."""
        name = host.strip("[]").lower()
        written = f"[{name}]" if ":" in name else name
        return bool({name, written, f"{written}:{port}"} & self._allowed)

    def passes(self, host: str, port: int, addresses: Iterable[str]) -> list[str]:
        """`addresses`, all of which may be dialled.

        One that may not refuses them all: public and private answers for one name are an attack, not a choice.

        Raises:
            AddressRefused: with the address and what it is.
        """
        found = list(addresses)
        if self.is_exempt(host, port):
            return found
        for text in found:
            reason = refusal(ip_address(text))
            if reason:
                raise AddressRefused(host, f"refused by the address guard: {text} is {reason}", _not_public())
        return found


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host by the system's resolver, each once; it also reads 127.1, 0x7f.1 and 2130706433.

    Raises:
        OSError: there is no such name, or no name server answers.
    """
    with suppress(ValueError):
        return [str(ip_address(host))]
    look_up = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    infos = await asyncio.get_running_loop().run_in_executor(_resolving, look_up)
    return list(dict.fromkeys(str(info[4][0]) for info in infos))


class _Watch:
    """What one context dials, and what of it was refused."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._name = ""
        self.refused = ""

    def see(self, event: str, args: tuple[Any, ...]) -> None:
        if event == "socket.getaddrinfo":
            # Whoever dials next has this name's addresses, and vouching goes by name.
            self._name = (
                args[0].decode("ascii", "replace") if isinstance(args[0], bytes) else str(args[0] or "")
            )
        elif event in {"socket.connect", "socket.sendto", "socket.sendmsg"} and args[1] is not None:
            self._check(args[0], args[1])

    def _check(self, dialling: socket.socket, address: Any) -> None:
        try:
            if dialling.family not in {socket.AF_INET, socket.AF_INET6}:
                raise AddressRefused(
                    "", "refused by the address guard: not a socket of the internet", _not_public()
                )
            found = str(ip_address(str(address[0]).partition("%")[0]))
            name = self._name if not self._guard.is_exempt(found, address[1]) else found
            self._guard.passes(name, address[1], [found])
        except AddressRefused as error:
            self.refused = error.reason
        except ValueError:
            self.refused = "refused by the address guard: a name in place of an address"
        if self.refused:
            # What every network library expects of a socket.
            raise PermissionError(self.refused)


_watching: ContextVar[_Watch | None] = ContextVar("watching", default=None)


def _on_event(event: str, args: tuple[Any, ...]) -> None:
    if event.startswith("socket.") and (watch := _watching.get()) is not None:
        watch.see(event, args)


@cache
def _listen() -> None:
    # There is one list of these for the whole process, and no way off it.
    sys.addaudithook(_on_event)


@contextmanager
def guarded_sockets(guard: Guard) -> Iterator[_Watch]:
    """Inside, no address is dialled that `guard` refuses, by whatever library: for those that open their own sockets.

    Python tells its audit hooks (PEP 578) each address in the moment before it is dialled, redirects and second
    answers of a name server included. What is refused is a PermissionError there, and stands in `refused` here.
    """
    _listen()
    watch = _Watch(guard)
    token = _watching.set(watch)
    try:
        yield watch
    finally:
        _watching.reset(token)


class Door:
    """The way out: a name is resolved once, all that it says is checked, and what was checked is what is dialled."""

    def __init__(self, guard: Guard, resolver: Resolver = resolve, connect: Any = None) -> None:
        """`connect` is for tests; it is the loop's `create_connection`."""
        self._guard = guard
        self._resolve = resolver
        self._connect = connect

    async def open(self, make: Callable[[], P], host: str, port: int, tls: ssl.SSLContext | None = None) -> P:
        """A connection to the first of the host's addresses that answers.

        Raises:
            AddressRefused: one of them is not for us.
            OSError: there is no such name, or none of its addresses answers.
        """
        try:
            addresses = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise OSError(f"name not found: {host}") from error
        connect = self._connect or asyncio.get_running_loop().create_connection
        by_tls: dict[str, Any] = (
            {"ssl": tls, "server_hostname": host, "ssl_shutdown_timeout": 1} if tls else {}
        )
        last = OSError(f"no address for {host}")
        for address in self._guard.passes(host, port, addresses):
            try:
                _transport, protocol = await connect(make, address, port, **by_tls)
            except OSError as error:
                last = error
            else:
                made: P = protocol
                return made
        raise last
