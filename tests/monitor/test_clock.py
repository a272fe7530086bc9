"""The clock: a step that is under way when it stops is let go without a word; one that fails is told."""

import asyncio
from zoneinfo import ZoneInfo

from structlog.testing import capture_logs

from monitor.clock import Clock


async def test_a_step_under_way_at_the_stop_is_no_failure() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def long() -> None:
        begun.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    clock = Clock(ZoneInfo("Asia/Seoul"))
    clock.every(60, "long", long)
    with capture_logs() as told:
        clock.start()
        await asyncio.wait_for(begun.wait(), 5)
        clock.stop()
        await asyncio.wait_for(ended.wait(), 5)
        await asyncio.sleep(0.05)
    assert told == []


async def test_a_step_that_fails_is_told_and_runs_again() -> None:
    runs: list[int] = []
    again = asyncio.Event()

    async def failing() -> None:
        runs.append(1)
        if len(runs) == 3:
            again.set()
        raise ValueError("broken")

    clock = Clock(ZoneInfo("Asia/Seoul"))
    clock.every(0.05, "failing", failing)
    with capture_logs() as told:
        clock.start()
        await asyncio.wait_for(again.wait(), 5)
        clock.stop()
    assert {(row["event"], row["step"]) for row in told} == {("step failed", "failing")}
