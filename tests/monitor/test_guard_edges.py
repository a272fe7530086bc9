"""The address guard at the edges of each rule, and the door that it keeps (found by mutation testing, docs/mutants.md)."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

import pytest

from monitor.errors import AddressRefused
from monitor.fetching.guard import Door, Guard, check_url, refusal, resolve


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("127.0.0.1", "loopback"), ("::1", "loopback"), ("::ffff:127.0.0.1", "loopback"), ("169.254.169.254", "link-local"),
        ("fe80::1", "link-local"), ("224.0.0.1", "multicast"), ("ff0e::1", "multicast"), ("0.0.0.0", "unspecified"),
        ("::", "unspecified"), ("10.0.0.1", "private"), ("fd00::1", "private"), ("240.0.0.1", "private"), ("4000::1", "reserved"),
        ("192.88.99.1", "not public"), ("64:ff9b::a00:1", "private"), ("2002:a00:1::", "private"),
    ],
)  # fmt: skip
def test_a_refusal_says_what_the_address_is(address: str, name: str) -> None:
    assert refusal(ip_address(address)) == name


@pytest.mark.parametrize(
    ("url", "shown", "reason"),
    [
        ("http://a.kr/" + "x" * 3_989, "", "the address is longer than 4,000 characters"),
        ("http://a.kr/ x", "http://a.kr/ x", "the address has spaces, control characters or backslashes"),
        ("http://kim:hun@ter2@a.kr/ x", "http://a.kr/ x", "the address has spaces, control characters or backslashes"),
        ("http://" + "a" * 300 + ".kr/", "http://" + "a" * 193, "the address has no valid host"),
        ("FTP://a.kr/", "FTP://a.kr/", 'not http or https: "ftp"'),
        ("a-very-long-scheme-of-its-own:x", "a-very-long-scheme-of-its-own:x", 'not http or https: "a-very-long-scheme-o"'),
        ("http://kim:hunter2@a.kr/", "http://a.kr/", "the address carries a user name"),
        ("http://@a.kr/", "http://a.kr/", "the address carries a user name"),
        ("http://a.kr:0/", "http://a.kr:0/", "port 0"),
        ("http://%6c.kr/", "http://%6c.kr/", "the host is percent-encoded or has a zone"),
        ("http://☃☃\u0338.kr/", "http://☃☃\u0338.kr/", "the host is no valid international name"),
        ("http://a.kr/\x85", "http://a.kr/\x85", "the address has spaces, control characters or backslashes"),
        (f"http://{'a' * 254}/", f"http://{'a' * 193}", "the address has no valid host"),
        ("http:///x", "http:///x", "the address has no valid host"),
        ("http://.kr/", "http://.kr/", "the address has no valid host"),
        ("http://a..kr/", "http://a..kr/", "the address has no valid host"),
        ("http://a!.kr/", "http://a!.kr/", "the address has no valid host"),
    ],
)  # fmt: skip
def test_a_refusal_says_why_and_shows_the_address_without_its_credentials(
    url: str, shown: str, reason: str
) -> None:
    with pytest.raises(AddressRefused) as refused:
        check_url(url)
    assert (refused.value.url, refused.value.reason) == (shown, reason)


@pytest.mark.parametrize("url", ["http://[::1", "http://a.kr:99999/", "http://ex＠ample.kr/"])
def test_what_cannot_be_taken_apart_is_no_address(url: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        check_url(url)
    assert (refused.value.url, refused.value.reason[:11]) == (url, "no address:")


def test_an_address_of_4000_characters_is_the_longest() -> None:
    assert check_url("http://a.kr/" + "x" * 3_988)


@pytest.mark.parametrize(
    "url",
    [
        "http://A.KR/",
        "https://WWW.한국.KR/",
        "http://Straße.de/",
        "http://ｅｘａｍｐｌｅ.kr/",
        "http://a.kr:1/",
        "HTTPS://a.kr/",
        "http://a_b.kr/",
        f"http://{'a' * 63}.{'b' * 63}.{'c' * 63}.{'d' * 61}/",
    ],
)
def test_a_host_is_a_host_however_it_is_cased(url: str) -> None:
    assert check_url(url)


class TestTheOperatorsDoor:
    def test_a_host_is_vouched_for_with_spaces_around_it_or_brackets(self) -> None:
        guard = Guard([" Intranet.kr ", "[::1]:80", "fd00::1", "[fd00::2]"])
        for host, port in (("intranet.KR", 1), ("[::1]", 80), ("::1", 80), ("[FD00::1]", 2), ("fd00::2", 3)):
            assert guard.is_exempt(host, port)
        assert not guard.is_exempt("::1", 81)
        assert Guard(["xenon.kr"]).is_exempt("XENON.kr", 80)

    def test_whoever_is_vouched_for_may_be_anywhere(self) -> None:
        assert Guard(["feeds.kr:8080"]).passes("feeds.kr", 8080, iter(["10.0.0.1"])) == ["10.0.0.1"]
        with pytest.raises(AddressRefused):
            Guard(["feeds.kr:8080"]).passes("feeds.kr", 80, ["10.0.0.1"])

    def test_public_addresses_pass_in_their_order(self) -> None:
        assert Guard().passes("a.kr", 80, iter(["8.8.8.8", "1.1.1.1"])) == ["8.8.8.8", "1.1.1.1"]

    def test_a_refusal_names_the_host_and_an_address_with_a_zone(self) -> None:
        with pytest.raises(AddressRefused) as refused:
            Guard().passes("a.kr", 80, ["fe80::1%eth0"])
        assert refused.value.url == "a.kr"
        assert refused.value.reason == "refused by the address guard: fe80::1%eth0 is link-local"


class Network:
    """Remembers what was dialled; who does not answer there is given by address."""

    def __init__(self, silent: dict[str, Exception] | None = None) -> None:
        self.silent = silent or {}
        self.dialled: list[tuple[Any, ...]] = []

    async def connect(self, make: Callable[[], Any], host: str, port: int, **named: Any) -> tuple[None, Any]:
        """As the loop's `create_connection`."""
        self.dialled.append((host, port, named))
        if host in self.silent:
            raise self.silent[host]
        return None, make()


def door(network: Network, *answers: str | Exception, allow: tuple[str, ...] = ()) -> Door:
    async def resolver(host: str, port: int) -> list[str]:
        assert (host, port) == ("a.kr", 443)
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        return [str(answer) for answer in answers]

    return Door(Guard(allow), resolver, network.connect)


class TestTheDoor:
    async def test_dials_the_address_that_was_checked_and_none_other(self) -> None:
        network = Network()
        assert await door(network, "8.8.8.8", "1.1.1.1").open(asyncio.Protocol, "a.kr", 443)
        assert network.dialled == [("8.8.8.8", 443, {})]

    async def test_by_tls_the_server_must_be_who_it_was_dialled_for(self) -> None:
        network, tls = Network(), ssl.create_default_context()
        await door(network, "8.8.8.8").open(asyncio.Protocol, "a.kr", 443, tls)
        assert network.dialled == [
            ("8.8.8.8", 443, {"ssl": tls, "server_hostname": "a.kr", "ssl_shutdown_timeout": 1})
        ]

    @pytest.mark.parametrize("silence", [ConnectionRefusedError("refused"), TimeoutError("silence")])
    async def test_dials_the_next_where_one_does_not_answer(self, silence: Exception) -> None:
        network = Network({"8.8.8.8": silence})
        await door(network, "8.8.8.8", "1.1.1.1").open(asyncio.Protocol, "a.kr", 443)
        assert [host for host, *_ in network.dialled] == ["8.8.8.8", "1.1.1.1"]

    async def test_says_what_the_last_one_said_where_none_answers(self) -> None:
        network = Network({"8.8.8.8": TimeoutError("silence"), "1.1.1.1": ConnectionRefusedError("refused")})
        with pytest.raises(ConnectionRefusedError, match="^refused$"):
            await door(network, "8.8.8.8", "1.1.1.1").open(asyncio.Protocol, "a.kr", 443)

    async def test_dials_none_of_them_where_one_is_private(self) -> None:
        network = Network()
        with pytest.raises(AddressRefused):
            await door(network, "8.8.8.8", "10.0.0.1").open(asyncio.Protocol, "a.kr", 443)
        assert network.dialled == []

    async def test_asks_the_operators_list_for_this_host_and_port(self) -> None:
        network = Network()
        assert await door(network, "10.0.0.1", allow=("a.kr:443",)).open(asyncio.Protocol, "a.kr", 443)
        with pytest.raises(AddressRefused):
            await door(network, "10.0.0.1", allow=("a.kr:80",)).open(asyncio.Protocol, "a.kr", 443)

    async def test_a_name_without_an_address_is_an_error_of_the_network(self) -> None:
        with pytest.raises(OSError, match=r"^no address for a\.kr$"):
            await door(Network()).open(asyncio.Protocol, "a.kr", 443)

    @pytest.mark.parametrize("error", [socket.gaierror(-2, "unknown"), UnicodeError("label too long")])
    async def test_a_name_that_is_not_found_is_an_error_of_the_network(self, error: Exception) -> None:
        with pytest.raises(OSError, match=r"^name not found: a\.kr$"):
            await door(Network(), error).open(asyncio.Protocol, "a.kr", 443)

    async def test_opens_a_connection_where_the_operator_vouches_for_it(self) -> None:
        class Opened(asyncio.Protocol):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                self.transport = transport

        async with await asyncio.start_server(
            lambda _reader, writer: writer.close(), "127.0.0.1", 0
        ) as server:
            port = server.sockets[0].getsockname()[1]
            opened = await Door(Guard([f"127.0.0.1:{port}"])).open(Opened, "127.0.0.1", port)
            opened.transport.close()


class TestTheResolver:
    async def test_is_the_systems_and_names_each_address_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[tuple[Any, ...]] = []

        def getaddrinfo(host: str, port: int, **options: Any) -> list[tuple[Any, ...]]:
            asked.append((host, port, options))
            return [
                (socket.AF_INET6, 1, 6, "", ("2606:4700::1111", port, 0, 0)),
                (socket.AF_INET, 1, 6, "", ("1.1.1.1", port)),
                (socket.AF_INET, 1, 6, "", ("1.1.1.1", port)),
            ]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        assert await resolve("a.kr", 443) == ["2606:4700::1111", "1.1.1.1"]
        assert asked == [("a.kr", 443, {"type": socket.SOCK_STREAM})]

    async def test_reads_numbers_as_whoever_dials_them_would(self) -> None:
        assert await resolve("0x7f.1", 80) == await resolve("2130706433", 80) == ["127.0.0.1"]

    async def test_an_address_is_its_own_and_nobody_is_asked(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delattr(socket, "getaddrinfo")
        assert await resolve("1.1.1.1", 80) == ["1.1.1.1"]
        assert await resolve("2606:4700:0::1111", 80) == ["2606:4700::1111"]
