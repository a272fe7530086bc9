"""One of several processes is the clock; another takes over when it is gone."""

import asyncio
from typing import Any

import psycopg
import pytest

from monitor.together.leadership import CLOCK, Leadership
from tests.together.marks import ON_POSTGRESQL

pytestmark = [pytest.mark.django_db(transaction=True), ON_POSTGRESQL]


class Candidate:
    """A process that could be the clock."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.leadership = Leadership(parameters(), self._begin, self._end, beat=0.05)

    async def _begin(self) -> None:
        self.told.append("begin")

    async def _end(self) -> None:
        self.told.append("end")


def parameters() -> dict[str, Any]:
    from procrastinate.contrib.django.utils import connector_params

    return connector_params()


async def until(test: Any) -> bool:
    for _ in range(200):
        if test():
            return True
        await asyncio.sleep(0.02)
    return bool(test())


async def test_one_leads_and_the_other_takes_over_when_it_stops() -> None:
    one, other = Candidate(), Candidate()
    await one.leadership.start()
    assert await until(lambda: one.leadership.is_held)
    await other.leadership.start()
    await asyncio.sleep(0.2)
    assert not other.leadership.is_held
    await one.leadership.stop()
    assert await until(lambda: other.leadership.is_held)
    assert (one.told, other.told) == (["begin", "end"], ["begin"])
    await other.leadership.stop()


async def test_a_connection_that_the_server_ends_ends_the_leading_and_it_is_tried_again() -> None:
    one = Candidate()
    await one.leadership.start()
    assert await until(lambda: one.leadership.is_held)
    async with await psycopg.AsyncConnection.connect(**parameters(), autocommit=True) as admin:
        await admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s",
            (CLOCK & 0xFFFF_FFFF,),
        )
    assert await until(lambda: one.told == ["begin", "end", "begin"])
    await one.leadership.stop()
