"""The only module that opens an address: conditional GET, with limits on everything a server may do to us."""

import asyncio
import ssl
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import Any, Protocol
from urllib.parse import SplitResult, urljoin
from weakref import WeakValueDictionary

import httpcore
import httpx

from monitor.documents import Document, Redirect
from monitor.errors import AddressRefused, FetchError, FetchFault
from monitor.fetching.guard import Guard, GuardedBackend, Resolver, check_url, resolve
from monitor.fetching.headers import retry_after

#: From the first byte asked to the last received, redirects included.
DEADLINE = 20.0
#: After decompression. PR TIMES' 200 items are 180 kB; the largest real document at hand has 0.9 MB.
MAX_BYTES = 8_000_000
#: A body of more waits for its end in a temporary file.
MOST_IN_MEMORY = 500_000
MAX_REDIRECTS = 5
#: Requests to a host at a time, and seconds from the start of one to the start of the next.
PER_HOST, SPACING = 2, 5.0
#: Connection pools, each of which keeps at most four idle connections.
POOLS = 32
#: Parts of one gzip that are read.
MAX_MEMBERS = 100
_GZIP = b"\x1f\x8b"
_REDIRECTS = {301, 302, 303, 307, 308}
#: What a bot wall answers; each means "not you", not "not now".
_WALLS = {401, 403, 407, 429, 451}


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """What to ask for, and the validators of what we have."""

    url: str
    etag: str = ""
    last_modified: str = ""
    method: str = "GET"
    form: Mapping[str, str] | None = None
    headers: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document."""

    document: Document
    status: int
    etag: str = ""
    last_modified: str = ""
    redirects: tuple[Redirect, ...] = field(default=())
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class NotModified:
    """The document is the one that we have."""

    status: int = 304
    seconds: float = 0.0
    headers: Mapping[str, str] = field(default_factory=dict)


class _GuardedTransport(httpx.AsyncHTTPTransport):
    """httpx's own transport over a connection pool whose door to the network is guarded.

    httpx has no public parameter for the network backend; its transport keeps the pool in `_pool` and uses nothing
    else of it, so that is what we replace (httpx is locked below 0.29; test_fetch holds the guard to it).
    """

    def __init__(self, backend: httpcore.AsyncNetworkBackend) -> None:
        super().__init__(trust_env=False)
        self._pool = _Pools(backend)


class _Pools(httpcore.AsyncConnectionPool):
    """Several of httpcore's pools, each for its own part of all hosts.

    A pool searches all its connections at every step of every request: among hundreds that is most of a poll's work.
    """

    def __init__(self, backend: httpcore.AsyncNetworkBackend) -> None:
        context = httpx.create_ssl_context(trust_env=False)
        self._parts = [
            httpcore.AsyncConnectionPool(
                ssl_context=context,
                max_connections=50,
                max_keepalive_connections=4,
                keepalive_expiry=30,
                http1=True,
                http2=True,
                network_backend=backend,
            )
            for _ in range(POOLS)
        ]

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        """As the pool of the request's host does."""
        # Not hash(): which hosts share a pool is the same in every run.
        part = zlib.crc32(request.url.host) % POOLS
        return await self._parts[part].handle_async_request(request)

    async def aclose(self) -> None:
        """Closes every connection."""
        for part in self._parts:
            await part.aclose()


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
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`turns` are of whoever fetches beside us, else of this fetcher alone, by `per_host` and `spacing`.

        `transport`, `clock` and `sleep` are for simulations, which have a web and a time of their own.
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
        # No client of httpx's: its redirects, cookies and authentication are not wanted, and cost as much as the request.
        self._transport = transport or _GuardedTransport(GuardedBackend(guard, resolver))

    def keep_apart(self, url: str, seconds: float) -> None:
        """Makes requests to an address's host start at least so long after each other (robots.txt's Crawl-delay)."""
        parts = check_url(url)
        self._hosts.keep_apart(_host(parts), seconds)

    async def fetch(self, request: FetchRequest) -> Fetched | NotModified:
        """The document at an address, or that it has not changed.

        Raises:
            FetchError: with the kind of fault and one line of why; never anything else.
        """
        started = time.monotonic()
        deadline = f"no answer within {self._deadline:g} s"
        try:
            return await self._follow(request, started)
        except TimeoutError as error:
            raise FetchError(request.url, FetchFault.TIMEOUT, deadline) from error
        except httpx.TimeoutException as error:
            raise FetchError(request.url, FetchFault.TIMEOUT, deadline) from error
        except httpx.InvalidURL as error:
            raise AddressRefused(request.url[:200], f"no address: {str(error)[:80]!a}") from error
        except (httpx.HTTPError, httpx.StreamError, OSError, UnicodeError) as error:
            raise FetchError(request.url, FetchFault.NETWORK, _network_reason(error)) from error

    async def aclose(self) -> None:
        """Closes every connection."""
        await self._transport.aclose()

    async def _follow(self, request: FetchRequest, started: float) -> Fetched | NotModified:
        url, method, form = request.url, request.method, request.form
        validators = {
            name: value
            for name, value in (("If-None-Match", request.etag), ("If-Modified-Since", request.last_modified))
            if value
        }
        redirects: list[Redirect] = []
        while True:
            parts = check_url(url)
            own = self._guard.is_exempt(parts.hostname or "", _port(parts))
            # The wait for a place beside other requests is ours, not the server's: the deadline starts after it.
            async with self._hosts.place(_host(parts), spaced=not own), asyncio.timeout(self._deadline):
                headers = {
                    **self._headers,
                    **(request.headers or {}),
                    **(validators if not redirects else {}),
                }
                response = await self._transport.handle_async_request(
                    httpx.Request(method, url, headers=headers, data=form)
                )
                try:
                    if response.status_code in _REDIRECTS and "location" in response.headers:
                        url = self._next_hop(url, response, redirects)
                        if response.status_code in {301, 302, 303} and method != "HEAD":
                            method, form = "GET", None
                        continue
                    return await self._read(
                        request, url, response, bool(validators), tuple(redirects), started
                    )
                finally:
                    await response.aclose()

    def _next_hop(self, url: str, response: httpx.Response, redirects: list[Redirect]) -> str:
        try:
            target = urljoin(url, response.headers["location"].strip())
        except ValueError as error:
            raise FetchError(url, FetchFault.REDIRECT, "redirected to what is no address") from error
        if len(redirects) >= MAX_REDIRECTS:
            raise FetchError(url, FetchFault.REDIRECT, f"more than {MAX_REDIRECTS} redirects")
        if target == url or target in {hop.url for hop in redirects}:
            raise FetchError(url, FetchFault.REDIRECT, "redirected in a circle")
        redirects.append(Redirect(response.status_code, target))
        return target

    async def _read(
        self,
        request: FetchRequest,
        url: str,
        response: httpx.Response,
        asked_conditionally: bool,
        redirects: tuple[Redirect, ...],
        started: float,
    ) -> Fetched | NotModified:
        status = response.status_code
        if status == 304 and asked_conditionally:
            # Its end, which follows at once: a connection that is left before it cannot be used again.
            async for _chunk in response.aiter_raw():
                break
            return NotModified(status, time.monotonic() - started, _lower(response.headers))
        if status not in {200, 202, 203}:
            fault = (
                FetchFault.GONE
                if status == 410
                else FetchFault.BLOCKED
                if status in _WALLS
                else FetchFault.HTTP
            )
            raise FetchError(request.url, fault, f"HTTP {status}", status, retry_after(response.headers))
        body, whole = await self._body(request.url, response)
        if not body.strip():
            # Amazon's web application firewall answers scripts with 202 and nothing.
            raise FetchError(request.url, FetchFault.BLOCKED, f"HTTP {status} with an empty body", status)
        if status == 202:
            raise FetchError(
                request.url, FetchFault.BLOCKED, "HTTP 202: a challenge instead of a document", status
            )
        headers = _lower(response.headers)
        return Fetched(
            Document(url, body, headers),
            status,
            # A document whose end is missing is asked for again.
            etag=headers.get("etag", "")[:1000] if whole else "",
            last_modified=headers.get("last-modified", "")[:200] if whole else "",
            redirects=redirects,
            seconds=time.monotonic() - started,
        )

    async def _body(self, url: str, response: httpx.Response) -> tuple[bytes, bool]:
        """The body, decompressed by ourselves so that a bomb stops at the limit and not in memory; and whether its end came."""
        encoding = response.headers.get("content-encoding", "").strip().lower()
        inflate = _inflater(url, encoding)
        size = received = 0
        # On disk past a size: thirty endless bodies at once are not held in memory.
        with SpooledTemporaryFile(max_size=MOST_IN_MEMORY) as body:
            async for chunk in response.aiter_raw(65_536):
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


def _lower(headers: httpx.Headers) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


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
    """Who may ask a host, and when: in this process, or in all that share a database (`monitor.together.turns`)."""

    def keep_apart(self, host: str, seconds: float) -> None:
        """Sets a host's own spacing, where it is wider than everybody's."""
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
