"""The clock: a step under way when it stops is let go without a word; one that fails is told once; the wall has no say."""

import asyncio
import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from structlog.testing import capture_logs

from monitor.clock import Clock
from monitor.rests import LONGEST, Rest, failing

UTC_ZONE = ZoneInfo("UTC")


async def test_a_step_under_way_at_the_stop_is_no_failure() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def long() -> None:
        begun.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    clock = Clock(UTC_ZONE)
    clock.every(60, "long", long)
    with capture_logs() as told:
        clock.start()
        await asyncio.wait_for(begun.wait(), 5)
        clock.stop()
        await asyncio.wait_for(ended.wait(), 5)
        await asyncio.sleep(0.05)
    assert told == []


async def test_a_step_that_fails_runs_again_and_is_told_once_and_when_it_works_again() -> None:
    runs: list[int] = []
    again = asyncio.Event()

    async def failing_at_first() -> None:
        runs.append(1)
        if len(runs) == 5:
            again.set()
        if len(runs) < 4:
            raise ValueError("broken")

    clock = Clock(UTC_ZONE)
    clock.every(0.01, "failing", failing_at_first)
    with capture_logs() as told:
        clock.start()
        await asyncio.wait_for(again.wait(), 5)
        clock.stop()
    assert [(row["event"], row["what"]) for row in told] == [
        ("failed", "failing"),
        ("works again", "failing"),
    ]


@pytest.mark.parametrize("jump", [-86_400, 86_400], ids=["back", "forward"])
async def test_a_wall_clock_that_jumps_a_day_changes_nothing(jump: int) -> None:
    runs: list[float] = []

    async def step() -> None:
        runs.append(time.monotonic())

    clock = Clock(UTC_ZONE, look=0.05)
    clock.every(0.05, "step", step)
    with time_machine.travel(datetime(2026, 11, 20, tzinfo=UTC), tick=False) as traveller:
        clock.start()
        await asyncio.sleep(0.02)
        traveller.shift(jump)
        await asyncio.sleep(0.33)
        clock.stop()
    assert 4 <= len(runs) <= 8


async def test_a_hint_during_a_run_asks_for_one_more() -> None:
    runs: list[int] = []
    twice = asyncio.Event()

    async def step() -> None:
        runs.append(1)
        if len(runs) == 1:
            clock.soon("step")
        else:
            twice.set()

    clock = Clock(UTC_ZONE)
    clock.every(60, "step", step)
    clock.start()
    await asyncio.wait_for(twice.wait(), 1)
    clock.stop()


async def test_a_step_that_hangs_is_known_and_the_others_go_on() -> None:
    runs: list[int] = []

    async def hanging() -> None:
        await asyncio.Event().wait()

    async def other() -> None:
        runs.append(1)

    clock = Clock(UTC_ZONE)
    clock.every(0.01, "hanging", hanging, patience=0.02)
    clock.every(0.01, "other", other)
    clock.start()
    await asyncio.sleep(0.1)
    [(name, seconds)] = clock.hanging()
    assert (name, seconds > 0.02, len(runs) > 3) == ("hanging", True, True)
    clock.stop()


def test_rests_grow_to_half_a_minute_and_health_hears_of_the_third_failure() -> None:
    now = [100.0]
    rest = Rest("outbox", clock=lambda: now[0])
    rests = []
    for failure in range(1, 9):
        rest.failed(ValueError("x"))
        rests.append(rest.seconds)
        assert ("outbox" in failing()) == (failure >= 3)
    assert rests == [1, 2, 4, 8, 16, LONGEST, LONGEST, LONGEST]
    rest.worked()
    assert (rest.seconds, "outbox" in failing()) == (0, False)
