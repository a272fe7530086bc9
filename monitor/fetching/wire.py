"""HTTP/1.1 on connections that are kept for the next request: h11 reads and writes it, this module has the connections.

A request costs a third of what it does through httpx (docs/decisions/wire.md).
"""

import asyncio
import ssl
from collections.abc import Iterable, Mapping
from typing import Any, Protocol, cast
from urllib.parse import SplitResult, quote, urljoin, urlsplit

import certifi
import h11

from monitor.fetching.guard import Door, ascii_host

#: Idle connections, and for how many seconds each is kept.
MOST_IDLE, IDLE = 128, 30.0
#: Bytes of a status line and its headers, of a chunk's head or a trailer.
LONGEST_HEAD = 100_000
#: Bytes that came and were not read yet; no more is taken from the socket until they are.
MOST_UNREAD = 65_536
#: Servers whose last TLS session is kept: taking one up again spares most of a handshake.
MOST_SESSIONS = 500

#: What a path and a query hold as they are; the rest goes percent-encoded, as browsers write it.
_IN_PATH = "/%:@!$&'()*+,;=|[]^\\"
_IN_QUERY = _IN_PATH + "?`{}"

#: Whether by TLS, host and port.
Origin = tuple[bool, str, int]


class Answer(Protocol):
    """What a server says: its status and headers are there, its body comes piece by piece."""

    status: int
    #: Names in lower case; what is said twice is joined by commas.
    headers: Mapping[str, str]

    async def read(self) -> bytes:
        """The next piece of the body as it was sent, still compressed; empty at its end.

        Raises:
            OSError: the connection broke, or what came over it is no HTTP.
        """
        ...

    def close(self) -> None:
        """Ends it, read or not; a connection whose answer was read to its end is kept for the next request."""
        ...


class Web(Protocol):
    """Who answers requests: the wire, or a simulation in its place."""

    async def ask(
        self, method: str, url: SplitResult, headers: Iterable[tuple[str, str]], body: bytes = b""
    ) -> Answer:
        """The beginning of the answer; `headers` are all that the server is told but for its own name and the body's length.

        Raises:
            OSError: no connection, what came over it is no HTTP, or what we would say is none.
            AddressRefused: the guard does not let us there.
        """
        ...

    async def aclose(self) -> None:
        """Closes every connection that is idle."""
        ...


class Wire:
    """`Web` by sockets; neither cookies nor proxies, redirects, authentication or HTTP/2."""

    def __init__(self, door: Door, tls: "Tls | None" = None) -> None:
        """`tls` is for tests, whose servers are certified by nobody else."""
        self._door = door
        self._tls = tls
        #: Those that have been idle for longest come first.
        self._idle: dict[Origin, list[_Connection]] = {}
        self._kept = 0

    async def ask(
        self, method: str, url: SplitResult, headers: Iterable[tuple[str, str]], body: bytes = b""
    ) -> Answer:
        """As `Web` says."""
        origin = _origin(url)
        head = [(b"Host", _authority(origin)), *((name.encode(), value.encode()) for name, value in headers)]
        if body or method == "POST":
            head.append((b"Content-Length", b"%d" % len(body)))
        try:
            request = h11.Request(method=method, target=target(url), headers=head)
        except h11.LocalProtocolError as error:
            # Only a header can be it: a validator with control characters.
            raise OSError(str(error)) from error
        while (kept := self._take(origin)) is not None:
            try:
                return self._answer(kept, await kept.ask(request, body))
            except ConnectionError:
                # It may have been closed in the moment when we wrote; what changes nothing is asked again.
                if kept.is_answered or method != "GET":
                    raise
        connection = await self._dial(origin)
        return self._answer(connection, await connection.ask(request, body))

    async def aclose(self) -> None:
        """Closes every connection that is idle."""
        for kept in self._idle.values():
            for connection in kept:
                connection.abort()
        self._idle.clear()
        self._kept = 0
        # Sockets are closed in the loop's next turn.
        await asyncio.sleep(0)

    def _answer(self, connection: "_Connection", response: h11.Response) -> Answer:
        if self._tls is not None and (made := connection.tls) is not None:
            # A server's tickets come behind its handshake (RFC 8446 section 4.6.1): by now they are here.
            self._tls.remember(made)
        return _Answer(self, connection, response)

    def keep(self, connection: "_Connection") -> None:
        """Keeps a connection whose answer was read to its end for the next request to its server, for IDLE seconds."""
        if self._kept == MOST_IDLE:
            oldest = next(iter(self._idle))
            self._drop(self._idle[oldest][0])
        self._kept += 1
        self._idle.setdefault(connection.origin, []).append(connection)
        connection.rest(asyncio.get_running_loop().call_later(IDLE, self._drop, connection))

    def _take(self, origin: Origin) -> "_Connection | None":
        while kept := self._idle.get(origin):
            connection = kept[-1]
            self._remove(connection)
            if connection.wake():
                return connection
        return None

    def _drop(self, connection: "_Connection") -> None:
        self._remove(connection)
        connection.close()

    def _remove(self, connection: "_Connection") -> None:
        kept = self._idle[connection.origin]
        kept.remove(connection)
        self._kept -= 1
        if not kept:
            del self._idle[connection.origin]

    async def _dial(self, origin: Origin) -> "_Connection":
        by_tls, host, port = origin
        if by_tls and self._tls is None:
            # Reading all authorities takes a while, and not everybody has feeds by TLS.
            self._tls = Tls.trusting(certifi.where())
        tls = self._tls if by_tls else None
        return await self._door.open(lambda: _Connection(origin), host, port, tls)


class _Connection(asyncio.Protocol):
    """One connection; its requests come one after the other."""

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        #: Whether any byte came after the last request.
        self.is_answered = False
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=LONGEST_HEAD)
        self._waiting: asyncio.Future[None] | None = None
        self._unread = 0
        self._is_ended = False
        self._lost: Exception | None = None
        self._resting: asyncio.TimerHandle | None = None

    # What the loop tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        if self._resting is not None:
            # Nobody asked.
            self.abort()
            return
        self.is_answered = True
        self._http.receive_data(data)
        self._unread += len(data)
        if self._unread > MOST_UNREAD:
            self._transport.pause_reading()
        self._go_on()

    def eof_received(self) -> None:
        """No more will come."""
        self._is_ended = True
        self._go_on()

    def connection_lost(self, error: Exception | None) -> None:
        """It is gone."""
        self._lost = error or ConnectionError("connection closed")
        self._go_on()

    def _go_on(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    # What the wire asks.

    @property
    def tls(self) -> ssl.SSLObject | None:
        """What the connection is encrypted by."""
        made: ssl.SSLObject | None = self._transport.get_extra_info("ssl_object")
        return made

    async def ask(self, request: h11.Request, body: bytes) -> h11.Response:
        """The beginning of the answer to a request."""
        self.is_answered = False
        try:
            events = (request, h11.Data(body), h11.EndOfMessage()) if body else (request, h11.EndOfMessage())
            self._transport.write(b"".join(self._http.send(event) or b"" for event in events))
            while isinstance(event := await self.event(), h11.InformationalResponse):
                # 100 and 103: the answer is still to come.
                pass
            return cast(h11.Response, event)
        except BaseException:
            self.abort()
            raise

    async def event(self) -> h11.Event | type[h11.PAUSED]:
        """What comes next.

        Raises:
            OSError: nothing, or what is no HTTP.
        """
        try:
            return await self._event()
        except h11.RemoteProtocolError as error:
            raise OSError(str(error)) from error

    async def _event(self) -> h11.Event | type[h11.PAUSED]:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            if self._is_ended:
                if self._http.their_state is h11.SEND_RESPONSE:
                    raise ConnectionError("Server disconnected without sending a response.")
                # To an answer without a length that is the end.
                self._http.receive_data(b"")
            elif self._lost is not None:
                raise self._lost
            else:
                self._take_more()
                self._waiting = asyncio.get_running_loop().create_future()
                await self._waiting
        return cast(h11.Event, event)

    def _take_more(self) -> None:
        if self._unread > MOST_UNREAD:
            self._transport.resume_reading()
        self._unread = 0

    def is_over(self) -> bool:
        """Whether the answer was read to its end, nothing is behind it, and the server wants to be asked on."""
        http = self._http
        is_done = http.our_state is http.their_state is h11.DONE
        return is_done and http.trailing_data == (b"", False) and self._is_there()

    def _is_there(self) -> bool:
        return not self._is_ended and self._lost is None

    def rest(self, timer: asyncio.TimerHandle) -> None:
        """Waits for the next request, at most until `timer`."""
        self._http.start_next_cycle()
        self._take_more()
        self._resting = timer

    def wake(self) -> bool:
        """Whether it is still there for another request."""
        if self._resting is not None:
            self._resting.cancel()
            self._resting = None
        return self._is_there() and not self._transport.is_closing()

    def close(self) -> None:
        """Ends it as one should."""
        self.wake()
        self._transport.close()

    def abort(self) -> None:
        """Ends it at once."""
        self.wake()
        self._transport.abort()


class _Answer:
    """What comes over a connection."""

    def __init__(self, wire: Wire, connection: _Connection, response: h11.Response) -> None:
        self._wire = wire
        self._connection: _Connection | None = connection
        self.status = response.status_code
        headers: dict[str, str] = {}
        for raw, value in response.headers:
            name, text = raw.decode("ascii"), _text(value)
            headers[name] = f"{headers[name]}, {text}" if name in headers else text
        self.headers: Mapping[str, str] = headers

    async def read(self) -> bytes:
        """As `Answer` says."""
        assert self._connection is not None, "closed"
        event = await self._connection.event()
        return bytes(event.data) if isinstance(event, h11.Data) else b""

    def close(self) -> None:
        """As `Answer` says."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        if connection.is_over():
            self._wire.keep(connection)
        else:
            connection.abort()


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _origin(url: SplitResult) -> Origin:
    by_tls = url.scheme == "https"
    return by_tls, ascii_host(url.hostname or ""), url.port or (443 if by_tls else 80)


def _authority(origin: Origin) -> bytes:
    by_tls, host, port = origin
    written = f"[{host}]" if ":" in host else host
    return (written if port == (443 if by_tls else 80) else f"{written}:{port}").encode()


def target(url: SplitResult) -> bytes:
    """What of an address is asked for: its path and query in ASCII, without `.` and `..` (RFC 3986 section 5.2.4)."""
    path, query = url.path or "/", url.query
    if "/." in path:
        path = urlsplit(urljoin("http://a/", path)).path
    written = quote(path, _IN_PATH)
    return (f"{written}?{quote(query, _IN_QUERY)}" if query else written).encode()


class Tls(ssl.SSLContext):
    """A context that takes up the last session of a server, where the server remembers it too.

    asyncio has no parameter for a session, and makes every TLS object by `wrap_bio`.
    """

    def __init__(self, _protocol: int) -> None:
        super().__init__()
        self._sessions: dict[str | bytes | None, ssl.SSLSession] = {}

    @classmethod
    def trusting(cls, authorities: str) -> "Tls":
        """One by which a server must prove its name to one of the authorities in a PEM file."""
        made = cls(ssl.PROTOCOL_TLS_CLIENT)
        made.load_verify_locations(authorities)
        made.set_alpn_protocols(["http/1.1"])
        return made

    def wrap_bio(
        self, incoming: Any, outgoing: Any, server_side: bool = False, server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:  # fmt: skip
        """As asyncio calls it for each TLS connection; it takes up the server's last session, where one is kept."""
        # Each is used once, as its server may wish (RFC 8446 appendix C.4), and one that a server stumbles over is gone.
        session = session or self._sessions.pop(server_hostname, None)
        return super().wrap_bio(incoming, outgoing, server_side, server_hostname, session)

    def remember(self, made: ssl.SSLObject) -> None:
        """Keeps the session of a connection that worked, for the next one to its server; MOST_SESSIONS at most."""
        if (session := made.session) is not None:
            self._sessions[made.server_hostname] = session
            if len(self._sessions) > MOST_SESSIONS:
                del self._sessions[next(iter(self._sessions))]
