"""Documents from the web: conditional GET (RFC 9110 section 13), redirects, and limits on all that a server may do to us.

The collector fetches by this module only; HTTP itself is in `monitor.fetching.wire`, sockets in `monitor.fetching.guard`.
"""

import asyncio
import ssl
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import Any, Protocol
from urllib.parse import SplitResult, urlencode, urljoin
from weakref import WeakValueDictionary

from monitor.documents import Document, Redirect
from monitor.errors import FetchError, FetchFault
from monitor.fetching.guard import Door, Guard, Resolver, check_url, resolve
from monitor.fetching.headers import retry_after
from monitor.fetching.wire import Answer, Web, Wire

#: Seconds from the first byte asked to the last received, redirects included, waits for a turn at a host not.
DEADLINE = 20.0
#: Bytes after decompression. PR TIMES' 200 items are 180 kB; the largest real document at hand has 0.9 MB.
MAX_BYTES = 8_000_000
#: Bytes. A longer body waits for its end in a temporary file.
MOST_IN_MEMORY = 500_000
MAX_REDIRECTS = 5
#: Requests to a host at a time, and seconds from the start of one to the start of the next.
PER_HOST, SPACING = 2, 5.0
#: Parts of one gzip that are read (RFC 1952 section 2.2).
MAX_MEMBERS = 100
_GZIP = b"\x1f\x8b"
_REDIRECTS = {301, 302, 303, 307, 308}
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
#: What a bot wall answers; each means "not you", not "not now".
_WALLS = {401, 403, 407, 429, 451}


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """What to ask for, and the validators of what we have."""

    url: str
    etag: str = ""
    last_modified: str = ""
    method: str = "GET"
    form: Mapping[str, str] | None = None  #: sent url-encoded
    headers: Mapping[str, str] | None = None  #: beside our own, and in their place


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document that a server sent, and what it took."""

    document: Document
    status: int
    #: Validators for the next request; empty where there are none, or where the document's end did not come.
    etag: str = ""
    last_modified: str = ""
    redirects: tuple[Redirect, ...] = field(default=())  #: in their order
    seconds: float = 0.0  #: waits for a turn at a host included


@dataclass(frozen=True, slots=True)
class NotModified:
    """The server's word that the document is still the one whose validators were sent (RFC 9110 section 15.4.5)."""

    status: int = 304
    seconds: float = 0.0  #: as `Fetched` counts them
    headers: Mapping[str, str] = field(default_factory=dict)


class Fetcher:
    """Fetches documents: no cookies, no proxies of the environment, few requests at a time to a host."""

    def __init__(
        self,
        user_agent: str,
        guard: Guard,
        *,
        deadline: float = DEADLINE,
        max_bytes: int = MAX_BYTES,
        per_host: int = PER_HOST,
        spacing: float = SPACING,
        turns: "Turns | None" = None,
        resolver: Resolver = resolve,
        web: Web | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`turns` are of whoever fetches beside us, else of this fetcher alone, by `per_host` and `spacing`.

        `web`, `clock` and `sleep` are for simulations, which have a web and a time of their own.
        """
        self._guard = guard
        self._deadline = deadline
        self._max_bytes = max_bytes
        self._hosts: Turns = turns or _Hosts(per_host, spacing, clock, sleep)
        self._headers = {
            "User-Agent": user_agent,
            "Accept": "application/atom+xml, application/rss+xml, application/rdf+xml, application/feed+json, "
            "application/xml;q=0.9, text/xml;q=0.9, text/html;q=0.8, application/json;q=0.8, */*;q=0.5",
            "Accept-Encoding": "gzip, deflate",
            "Connection": "keep-alive",
        }
        self._web = web or Wire(Door(guard, resolver))

    def keep_apart(self, url: str, seconds: float) -> None:
        """Makes requests to an address's host start at least so many seconds after each other (robots.txt's Crawl-delay).

        Raises:
            AddressRefused: it is no address that we would open.
        """
        parts = check_url(url)
        self._hosts.keep_apart(_host(parts), seconds)

    async def fetch(self, request: FetchRequest) -> Fetched | NotModified:
        """The document at an address, or that it has not changed.

        Raises:
            FetchError: with the kind of fault and one line of why, also as AddressRefused; never anything else.
        """
        started = time.monotonic()
        deadline = f"no answer within {self._deadline:g} s"
        try:
            return await self._follow(request, started)
        except TimeoutError as error:
            raise FetchError(request.url, FetchFault.TIMEOUT, deadline) from error
        except (OSError, UnicodeError) as error:
            raise FetchError(request.url, FetchFault.NETWORK, _network_reason(error)) from error

    async def aclose(self) -> None:
        """Closes every connection that is idle."""
        await self._web.aclose()

    async def _follow(self, request: FetchRequest, started: float) -> Fetched | NotModified:
        url, method, form = request.url, request.method, request.form
        validators = {
            name: value
            for name, value in (("If-None-Match", request.etag), ("If-Modified-Since", request.last_modified))
            if value
        }
        redirects: list[Redirect] = []
        left = self._deadline
        while True:
            parts = check_url(url)
            own = self._guard.is_exempt(parts.hostname or "", _port(parts))
            # The wait for a place beside other requests is ours, not the server's: the deadline starts after it.
            async with self._hosts.place(_host(parts), spaced=not own), asyncio.timeout(left):
                began = time.monotonic()
                headers = {
                    **self._headers,
                    **(request.headers or {}),
                    **(validators if not redirects else {}),
                    **(_FORM if form else {}),
                }
                body = urlencode(form).encode() if form else b""
                answer = await self._web.ask(method, parts, headers.items(), body)
                try:
                    if answer.status in _REDIRECTS and "location" in answer.headers:
                        url = self._next_hop(url, answer, redirects)
                        if answer.status in {301, 302, 303} and method != "HEAD":
                            method, form = "GET", None
                        left -= time.monotonic() - began
                        continue
                    return await self._read(request, url, answer, bool(validators), tuple(redirects), started)
                finally:
                    answer.close()

    def _next_hop(self, url: str, answer: Answer, redirects: list[Redirect]) -> str:
        try:
            target = urljoin(url, answer.headers["location"].strip())
        except ValueError as error:
            raise FetchError(url, FetchFault.REDIRECT, "redirected to what is no address") from error
        if len(redirects) >= MAX_REDIRECTS:
            raise FetchError(url, FetchFault.REDIRECT, f"more than {MAX_REDIRECTS} redirects")
        if target == url or target in {hop.url for hop in redirects}:
            raise FetchError(url, FetchFault.REDIRECT, "redirected in a circle")
        redirects.append(Redirect(answer.status, target))
        return target

    async def _read(
        self,
        request: FetchRequest,
        url: str,
        answer: Answer,
        asked_conditionally: bool,
        redirects: tuple[Redirect, ...],
        started: float,
    ) -> Fetched | NotModified:
        status = answer.status
        if status == 304 and asked_conditionally:
            # Its end, which follows at once: a connection that is left before it cannot be used again.
            await answer.read()
            return NotModified(status, time.monotonic() - started, answer.headers)
        if status not in {200, 202, 203}:
            fault = (
                FetchFault.GONE
                if status == 410
                else FetchFault.BLOCKED
                if status in _WALLS
                else FetchFault.HTTP
            )
            raise FetchError(request.url, fault, f"HTTP {status}", status, retry_after(answer.headers))
        body, whole = await self._body(request.url, answer)
        if not body.strip():
            # Amazon's web application firewall answers scripts with 202 and nothing.
            raise FetchError(request.url, FetchFault.BLOCKED, f"HTTP {status} with an empty body", status)
        if status == 202:
            raise FetchError(
                request.url, FetchFault.BLOCKED, "HTTP 202: a challenge instead of a document", status
            )
        headers = answer.headers
        return Fetched(
            Document(url, body, headers),
            status,
            # A document whose end is missing is asked for again.
            etag=headers.get("etag", "")[:1000] if whole else "",
            last_modified=headers.get("last-modified", "")[:200] if whole else "",
            redirects=redirects,
            seconds=time.monotonic() - started,
        )

    async def _body(self, url: str, answer: Answer) -> tuple[bytes, bool]:
        """The body, decompressed by ourselves so that a bomb stops at the limit and not in memory; and whether its end came."""
        encoding = answer.headers.get("content-encoding", "").strip().lower()
        inflate = _inflater(url, encoding)
        size = received = 0
        # On disk past a size: thirty endless bodies at once are not held in memory.
        with SpooledTemporaryFile(max_size=MOST_IN_MEMORY) as body:
            while chunk := await answer.read():
                received += len(chunk)
                if received > self._max_bytes:
                    # What is packed can be endless and unpack to nothing.
                    raise FetchError(
                        url, FetchFault.TOO_LARGE, f"body over {self._max_bytes // 1_000_000} MB"
                    )
                while chunk:
                    piece, chunk = inflate(chunk, min(self._max_bytes - size + 1, 65_536))
                    size += len(piece)
                    body.write(piece)
                    if size > self._max_bytes:
                        raise FetchError(
                            url, FetchFault.TOO_LARGE, f"body over {self._max_bytes // 1_000_000} MB"
                        )
            body.seek(0)
            return body.read(), getattr(inflate, "ended", True)


def _inflater(url: str, encoding: str) -> Any:
    """A function (data, limit) -> (at most `limit` decoded bytes, data not yet decoded)."""
    if encoding in {"", "identity"}:
        return lambda data, limit: (data[:limit], data[limit:])
    if encoding in {"gzip", "x-gzip"}:
        return _Zlib(url, 16 + zlib.MAX_WBITS)
    if encoding == "deflate":
        return _Zlib(url, None)
    raise FetchError(url, FetchFault.ENCODING, f'unreadable Content-Encoding "{encoding[:40]}"')


class _Zlib:
    """zlib with a limit; "deflate" is zlib or raw by whoever wrote the server (RFC 9110 section 8.4.1.2)."""

    def __init__(self, url: str, bits: int | None) -> None:
        self._url = url
        self._bits = bits
        self._decoder = zlib.decompressobj(bits) if bits is not None else None
        self._members = MAX_MEMBERS if bits == 16 + zlib.MAX_WBITS else 0

    @property
    def ended(self) -> bool:
        """Whether the end that compressed data has was reached."""
        return self._decoder is not None and self._decoder.eof

    def __call__(self, data: bytes, limit: int) -> tuple[bytes, bytes]:
        if self._decoder is None:
            zlib_header = len(data) >= 2 and data[0] & 0x0F == 8 and (data[0] << 8 | data[1]) % 31 == 0
            self._decoder = zlib.decompressobj(zlib.MAX_WBITS if zlib_header else -zlib.MAX_WBITS)
        if self._decoder.eof:
            # Another part of a gzip (RFC 1952 section 2.2); anything else behind the end is nobody's.
            if not self._members or not data.startswith(_GZIP):
                return b"", b""
            self._members -= 1
            self._decoder = zlib.decompressobj(16 + zlib.MAX_WBITS)
        try:
            piece = self._decoder.decompress(data, max(1, limit))
        except zlib.error as error:
            raise FetchError(self._url, FetchFault.ENCODING, f"broken compression: {error}") from error
        return piece, self._decoder.unused_data or self._decoder.unconsumed_tail


def _network_reason(error: Exception) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"certificate not valid: {cause.verify_message}"
        if isinstance(cause, ConnectionRefusedError):
            return "connection refused"
        if isinstance(cause, ConnectionResetError):
            return "connection reset"
        cause = cause.__cause__ or cause.__context__
    text = " ".join(str(error).split())[:200]
    return text or type(error).__name__


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _host(parts: SplitResult) -> str:
    return f"{parts.hostname}:{_port(parts)}"


class Turns(Protocol):
    """Who may ask a host ("name:port"), and when: in this process, or in all on a database (`monitor.together.turns`)."""

    def keep_apart(self, host: str, seconds: float) -> None:
        """Sets a host's own spacing, in seconds, where it is wider than everybody's."""
        ...

    def place(self, host: str, *, spaced: bool) -> AbstractAsyncContextManager[None]:
        """Waits for one of the host's places and, where `spaced`, until the last request to it is long enough ago."""
        ...


class _Hosts:
    """Keeps requests to one host few and apart."""

    def __init__(
        self,
        at_once: int,
        spacing: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._at_once = at_once
        self._spacing = spacing
        self._clock = clock
        self._sleep = sleep
        #: Hosts that asked for more.
        self._wider: dict[str, float] = {}
        # Weak: a host that no one waits for any more is forgotten, but for the time of its last request.
        self._gates: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._next_start: dict[str, float] = {}

    def keep_apart(self, host: str, seconds: float) -> None:
        """Sets a host's own spacing, where it is wider than everybody's."""
        self._wider[host] = max(seconds, self._spacing)

    @asynccontextmanager
    async def place(self, host: str, *, spaced: bool) -> AsyncIterator[None]:
        """Waits for one of the host's places and, where `spaced`, until the last request to it is long enough ago."""
        gate = self._gates.get(host)
        if gate is None:
            gate = self._gates[host] = asyncio.Semaphore(self._at_once)
        async with gate:
            if spaced:
                now = self._clock()
                start = max(now, self._next_start.get(host, 0.0))
                self._next_start[host] = start + self._wider.get(host, self._spacing)
                await self._sleep(start - now)
            yield
