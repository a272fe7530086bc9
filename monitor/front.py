"""What stands in front of the pages: how much of us a stranger's connection may take, before Django reads anything.

Bodies are bounded in length and in time, heads in length and in time, connections in number. A server that reads for
itself (gunicorn with uvicorn's worker) has the bounds on bodies, which are of the application; `monitor run` has all.
"""

import asyncio
from asyncio import Transport
from typing import Any, cast

from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol

#: Of a request's body, in bytes: no page sends as much, and no upload is taken.
LONGEST_BODY = 1_000_000
#: From the head to the end of the body, in seconds.
BODY_WITHIN = 20.0
#: From the first byte, or from the connection, to the end of the head, in seconds.
HEAD_WITHIN = 10.0
#: Of a request's head, in bytes.
LONGEST_HEAD = 32_768
#: Open at once. A process may open 1024 files on a usual system, and feeds want theirs.
MOST_CONNECTIONS = 400

_SENTENCES = {
    408: "요청이 너무 늦게 왔습니다. / The request came too slowly.",
    413: "요청이 너무 깁니다. / The request is too long.",
    431: "요청의 머리가 너무 깁니다. / The head of the request is too long.",
}


class _RefusedError(Exception):
    def __init__(self, status: int) -> None:
        self.status = status


class Bounded:
    """An ASGI application behind bounds: it gets no head over LONGEST_HEAD, no body over `longest` bytes or `within` seconds.

    Whoever sends more, or more slowly, is answered 431, 413 or 408, where nothing was answered yet.
    """

    def __init__(self, application: Any, longest: int = LONGEST_BODY, within: float = BODY_WITHIN) -> None:
        self.application = application
        self.longest = longest
        self.within = within

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answers one request; lifespan and WebSockets pass through."""
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        started = False

        async def noting(message: Any) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            if sum(len(name) + len(value) for name, value in scope["headers"]) > LONGEST_HEAD:
                # uvicorn counts only while the end of a head has not come.
                raise _RefusedError(431)
            if _told_length(scope) > self.longest:
                raise _RefusedError(413)
            await self.application(scope, self._bounded(receive), noting)
        except _RefusedError as refused:
            if not started:
                await _refuse(send, refused.status)

    def _bounded(self, receive: Any) -> Any:
        deadline = asyncio.get_running_loop().time() + self.within
        length, whole = 0, False

        async def bounded() -> Any:
            nonlocal length, whole
            if whole:
                # Only news of the other side going away is left.
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise _RefusedError(408) from None
            length += len(message.get("body", b""))
            if length > self.longest:
                raise _RefusedError(413)
            whole = not message.get("more_body", False)
            return message

        return bounded


class Front(H11Protocol):
    """uvicorn's protocol, with a time for each head and a number of connections: its own knows neither bound."""

    head_within = HEAD_WITHIN
    most_connections = MOST_CONNECTIONS
    _overdue: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Gives a new connection's head its time from now; one too many is cut off."""
        super().connection_made(transport)
        if len(self.connections) > self.most_connections:
            transport.abort()
        else:
            self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        """Stops waiting once a request is being answered; gives the head of the next one its time."""
        super().data_received(data)
        if self._is_answering():
            self._stop_waiting()
        else:
            self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stops waiting."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _wait_for_head(self) -> None:
        if self._overdue is None:
            self._overdue = self.loop.call_later(self.head_within, self._give_up)

    def _stop_waiting(self) -> None:
        if self._overdue is not None:
            self._overdue.cancel()
            self._overdue = None

    def _give_up(self) -> None:
        self._overdue = None
        if not self._is_answering():
            self.transport.close()


def config(application: Any, protocol: type[H11Protocol] = Front) -> Config:
    """How the pages are served: behind all bounds, and without a word on what serves them."""
    return Config(
        application,
        http=protocol,
        h11_max_incomplete_event_size=LONGEST_HEAD,
        server_header=False,
        log_config=None,
        lifespan="off",
        timeout_graceful_shutdown=1,
    )


def _told_length(scope: Any) -> int:
    told = cast(bytes, dict(scope["headers"]).get(b"content-length", b"0"))
    return int(told) if told.isdigit() and len(told) < 19 else 0


async def _refuse(send: Any, status: int) -> None:
    body = (_SENTENCES[status] + "\n").encode()
    headers = {
        b"content-type": b"text/plain; charset=utf-8",
        b"content-length": str(len(body)).encode(),
        b"x-content-type-options": b"nosniff",
        b"cache-control": b"no-store",
        b"connection": b"close",
    }
    await send({"type": "http.response.start", "status": status, "headers": list(headers.items())})
    await send({"type": "http.response.body", "body": body})
