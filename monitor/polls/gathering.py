"""Many calls made one: those that come in while others of their kind are under way are handed on together.

A transaction costs a write to the disk, however little is in it; a hundred polls at once need not have a hundred each.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from django.db import DatabaseError

from monitor.database import is_down

A = TypeVar("A")
B = TypeVar("B")

#: Items handed on at once; databases bound the values of a query.
MOST = 100


class Gathered(Generic[A, B]):
    """`await gathered(item)` is what `work([…, item, …])` returns in that item's place.

    Nobody waits for company that is not there: the first call goes on as soon as the loop has run what was ready, and
    what comes in meanwhile makes up the next round.
    """

    def __init__(self, work: Callable[[Sequence[A]], Awaitable[Sequence[B]]], *, most: int = MOST) -> None:
        self._work = work
        self._most = most
        self._waiting: list[tuple[A, asyncio.Future[B]]] = []
        self._round: asyncio.Task[None] | None = None

    async def __call__(self, item: A) -> B:
        """The result for `item`; raises what the work raised over it, or over the database that failed for all."""
        done: asyncio.Future[B] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, done))
        if self._round is None:
            self._round = asyncio.create_task(self._rounds())
        return await done

    async def _rounds(self) -> None:
        try:
            while self._waiting:
                # Whoever is ready in this turn of the loop comes along.
                await asyncio.sleep(0)
                together, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                await self._hand_on(together)
        finally:
            self._round = None
            for _item, done in self._waiting:
                done.cancel()
            self._waiting = []

    async def _hand_on(self, together: Sequence[tuple[A, "asyncio.Future[B]"]]) -> None:
        try:
            results = await self._work([item for item, _done in together])
        except Exception as error:  # noqa: BLE001 -- handed on to whoever waits
            is_everyones = isinstance(error, DatabaseError) and is_down(error)
            if len(together) > 1 and not is_everyones:
                # One of them is at fault; the others go without it.
                for one in together:
                    await self._hand_on([one])
                return
            for _item, done in together:
                if not done.done():
                    done.set_exception(error)
        except BaseException:
            for _item, done in together:
                done.cancel()
            raise
        else:
            for (_item, done), result in zip(together, results, strict=True):
                if not done.done():
                    done.set_result(result)
