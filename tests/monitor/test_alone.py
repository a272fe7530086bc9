"""`monitor run` on SQLite: how many polls it has under way."""

import asyncio
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from monitor.cli.alone import AT_A_HOST, POLLS_AT_ONCE, Alone
from monitor.clock import Clock
from monitor.polls import store
from monitor.sources import SourceConfig
from monitor.threads import in_database

pytestmark = pytest.mark.django_db(transaction=True)


class SlowSteps:
    """Steps whose polls end when they are told to."""

    def __init__(self, sources: list[SourceConfig]) -> None:
        self.by_id = {source.id: source for source in sources}
        self.poller = SimpleNamespace(rest=SimpleNamespace(seconds=0.0))
        self.under_way: dict[str, asyncio.Event] = {}
        self.begun: list[str] = []
        self.outbox = SimpleNamespace(stop=settle)

    async def poll(self, source: SourceConfig) -> None:
        self.begun.append(source.id)
        self.under_way[source.id] = asyncio.Event()
        await self.under_way[source.id].wait()
        del self.under_way[source.id]


def feeds(host: str, count: int) -> list[SourceConfig]:
    return [
        SourceConfig.model_validate({"id": f"{host.split('.')[0]}{n:03}", "url": f"https://{host}/{n}"})
        for n in range(count)
    ]


async def alone(sources: list[SourceConfig]) -> tuple[Alone, SlowSteps]:
    await in_database(store.register, sources)
    steps: Any = SlowSteps(sources)
    return Alone(steps, Clock(ZoneInfo("Asia/Seoul"))), steps


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_of_all_that_is_due_only_so_many_polls_are_under_way_and_the_next_begins_as_one_ends() -> None:
    sources = [one for n in range(POLLS_AT_ONCE + 5) for one in feeds(f"h{n:02}.example", 1)]
    part, steps = await alone(sources)
    await part._poll()
    await settle()
    assert len(steps.under_way) == POLLS_AT_ONCE
    # A second look starts nothing twice.
    await part._poll()
    await settle()
    assert len(steps.under_way) == POLLS_AT_ONCE
    for _ in range(len(sources)):
        for event in list(steps.under_way.values())[:1]:
            event.set()
        await settle()
    assert sorted(steps.begun) == sorted(steps.by_id)
    assert not steps.under_way


async def test_a_host_with_hundreds_of_sources_holds_up_no_other() -> None:
    part, steps = await alone([*feeds("many.example", 200), *feeds("other.example", 2)])
    await part._poll()
    await settle()
    assert sum(name.startswith("many") for name in steps.under_way) == AT_A_HOST
    assert sum(name.startswith("other") for name in steps.under_way) == 2


async def test_while_the_database_rests_no_other_poll_begins() -> None:
    part, steps = await alone(feeds("many.example", AT_A_HOST + 1))
    await part._poll()
    await settle()
    steps.poller.rest.seconds = 3.0
    next(iter(steps.under_way.values())).set()
    await settle()
    assert len(steps.begun) == AT_A_HOST


async def test_what_waits_for_room_does_not_begin_when_the_program_stops() -> None:
    part, steps = await alone(feeds("many.example", AT_A_HOST + 1))
    part._clock.start()
    await part._poll()
    await settle()
    await part.stop()
    await settle()
    assert len(steps.begun) == AT_A_HOST
    assert not part._polls
