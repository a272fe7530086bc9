"""Calls handed on together: each gets its own answer, and one at fault spoils no other."""

import asyncio
from collections.abc import Sequence

import pytest
from django.db import IntegrityError, OperationalError

from monitor.polls.gathering import MOST, Gathered


class Work:
    """Doubles numbers, and remembers how they came."""

    def __init__(self) -> None:
        self.rounds: list[list[int]] = []

    async def __call__(self, items: Sequence[int]) -> list[int]:
        self.rounds.append(list(items))
        await asyncio.sleep(0)
        if -1 in items:
            raise IntegrityError("one of them is at fault")
        if -3 in items:
            raise ZeroDivisionError
        if -2 in items:
            raise OperationalError("database is locked")
        return [2 * item for item in items]


async def test_what_is_asked_for_at_once_goes_together_and_each_gets_its_own() -> None:
    work = Work()
    gathered = Gathered[int, int](work)
    assert await asyncio.gather(*map(gathered, range(5))) == [0, 2, 4, 6, 8]
    assert work.rounds == [[0, 1, 2, 3, 4]]
    assert await gathered(7) == 14


async def test_no_round_has_more_than_a_query_may_bind() -> None:
    work = Work()
    gathered = Gathered[int, int](work)
    await asyncio.gather(*map(gathered, range(MOST + 1)))
    assert [len(items) for items in work.rounds] == [MOST, 1]


async def test_rounds_may_be_smaller() -> None:
    work = Work()
    gathered = Gathered[int, int](work, most=2)
    assert await asyncio.gather(*map(gathered, range(5))) == [0, 2, 4, 6, 8]
    assert [len(items) for items in work.rounds] == [2, 2, 1]


async def test_a_bug_over_one_does_not_take_the_others_along() -> None:
    gathered = Gathered[int, int](Work())
    results = await asyncio.gather(*map(gathered, (1, -3, 3)), return_exceptions=True)
    assert (results[0], results[2]) == (2, 6)
    assert isinstance(results[1], ZeroDivisionError)


async def test_one_that_the_database_refuses_does_not_take_the_others_along() -> None:
    gathered = Gathered[int, int](Work())
    results = await asyncio.gather(*map(gathered, (1, -1, 3)), return_exceptions=True)
    assert (results[0], results[2]) == (2, 6)
    assert isinstance(results[1], IntegrityError)


async def test_a_database_that_is_down_is_asked_once_for_all() -> None:
    work = Work()
    gathered = Gathered[int, int](work)
    results = await asyncio.gather(*map(gathered, (1, -2, 3)), return_exceptions=True)
    assert all(isinstance(result, OperationalError) for result in results)
    assert len(work.rounds) == 1
    assert await gathered(1) == 2


async def test_who_is_cancelled_while_waiting_leaves_the_others_their_answers() -> None:
    gathered = Gathered[int, int](Work())
    calls = [asyncio.create_task(gathered(number)) for number in range(3)]
    await asyncio.sleep(0)
    calls[1].cancel()
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert (results[0], results[2]) == (0, 4)
    assert isinstance(results[1], asyncio.CancelledError)


@pytest.mark.parametrize("error", [ValueError("a bug")], ids=["a bug"])
async def test_whatever_the_work_raises_reaches_who_asked(error: Exception) -> None:
    async def fail(_items: Sequence[int]) -> list[int]:
        raise error

    with pytest.raises(ValueError, match="a bug"):
        await Gathered[int, int](fail)(1)
