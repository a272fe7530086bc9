"""Which of several processes is the clock: the one that holds an advisory lock of PostgreSQL's, for as long as it lives.

The lock is its connection's: it is free when the process ends. Where its machine dies or hangs, the server ends the
connection after half a minute of silence
(https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS).
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from monitor.logs import logger

#: The advisory lock's key: "bulletin" in ASCII, which no other program is likely to use.
CLOCK = 0x6275_6C6C_6574_696E
#: Seconds between two tries to get the lock, and between two signs of life of who has it.
BEAT = 5.0
#: Seconds of silence after which the server takes the lock away.
SILENCE = 30


class Leadership:
    """Calls `begin` whenever this process becomes the one, and `end` whenever it no longer is."""

    def __init__(
        self,
        parameters: dict[str, Any],
        begin: Callable[[], Awaitable[None]],
        end: Callable[[], Awaitable[None]],
        *,
        beat: float = BEAT,
    ) -> None:
        """`parameters` are psycopg's for a connection; `beat` is in seconds."""
        self._parameters = parameters
        self._begin = begin
        self._end = end
        self._beat = beat
        self._task: asyncio.Task[None] | None = None
        #: Whether this process is the one.
        self.is_held = False

    async def start(self) -> None:
        """Begins to try for the lock, every `beat` seconds; a database that is away is tried again."""
        self._task = asyncio.create_task(self._try_for_ever(), name="leadership")

    async def stop(self) -> None:
        """Stops trying, and gives the lock back where it is held; `end` has been called by then."""
        if self._task:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _try_for_ever(self) -> None:
        import psycopg

        while True:
            try:
                await self._hold()
            except psycopg.Error as error:
                logger.warning("clock's database", reason=str(error).strip() or type(error).__name__)
            await asyncio.sleep(self._beat)

    async def _hold(self) -> None:
        """Waits for the lock and holds it, until the connection breaks. Raises psycopg.Error."""
        import psycopg

        connection = await psycopg.AsyncConnection.connect(**self._parameters, autocommit=True)
        async with connection:
            await connection.execute(
                f"SET idle_session_timeout = '{SILENCE}s'; SET tcp_keepalives_idle = 10;"
                "SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3"
            )
            try:
                while True:
                    answer = await connection.execute("SELECT pg_try_advisory_lock(%s)", (CLOCK,))
                    if not self.is_held and (await answer.fetchone() or (False,))[0]:
                        self.is_held = True
                        logger.info("clock taken over")
                        await self._begin()
                        await self._stay(connection)
                    await asyncio.sleep(self._beat)
            finally:
                if self.is_held:
                    self.is_held = False
                    await self._end()

    async def _stay(self, connection: Any) -> None:
        """Shows signs of life, until one is not answered in time: by then another process may have the lock."""
        import psycopg

        while True:
            await asyncio.sleep(self._beat)
            try:
                async with asyncio.timeout(SILENCE / 2):
                    await connection.execute("SELECT 1")
            except TimeoutError as error:
                raise psycopg.OperationalError("no answer in time") from error
