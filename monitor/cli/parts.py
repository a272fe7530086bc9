"""The parts that a process of the program is put together from, and how they run until it is told to stop."""

import asyncio
import signal
import socket
from collections.abc import Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Protocol

from monitor import systemd
from monitor.cli.alone import GRACE

if TYPE_CHECKING:
    from uvicorn import Server

    from review.bot.listening import Bot


class Part(Protocol):
    """Something that runs in the loop from `start` to `stop`."""

    async def start(self) -> None:
        """Begins; what takes long goes on by itself."""
        ...

    async def stop(self) -> None:
        """Takes no more work, and ends what is under way within seconds."""
        ...


class Pages:
    """The web server of the pages, on a socket that listens already."""

    def __init__(self, listener: socket.socket) -> None:
        from monitor import front
        from monitor.asgi import application

        self._listener = listener
        self._server = _server(front.config(application))
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begins to serve."""
        self._serving = asyncio.create_task(self._server.serve(sockets=[self._listener]))

    async def stop(self) -> None:
        """Takes no more requests, and returns when those under way are answered."""
        self._server.should_exit = True
        if self._serving:
            await self._serving


def bot_part() -> "list[Bot]":
    """The Telegram bot; no part where there is no token."""
    from monitor.config import settings

    if not settings().telegram_bot_token:
        return []
    # Its library takes 10 MB.
    from review.bot.listening import Bot

    return [Bot(settings())]


async def run_until_told(parts: Sequence[Part], **facts: object) -> None:
    """Runs the parts until SIGTERM or Ctrl-C; then stops them side by side, and not for ever.

    `facts` are what the log says of them.
    """
    from monitor.logs import logger

    stopping = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stopping.set)
    for part in parts:
        await part.start()
    logger.info("running", **facts)
    systemd.notify("READY=1")
    await stopping.wait()
    systemd.notify("STOPPING=1")
    logger.info("stopping")
    # Telegram's long poll may be slow to let go.
    await asyncio.wait(
        [asyncio.create_task(part.stop()) for part in parts], timeout=2 * GRACE.total_seconds()
    )
    logger.info("stopped")


def _server(config: Any) -> "Server":
    import uvicorn

    class Server(uvicorn.Server):
        """uvicorn without its own signal handlers: the loop's stop everything, in order."""

        def capture_signals(self) -> Any:
            return nullcontext()

    return Server(config)
