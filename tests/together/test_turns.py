"""Turns at a host that several processes take through one database."""

import asyncio
import time

import pytest

from monitor.together.turns import SharedTurns
from tests.together.marks import ON_POSTGRESQL

pytestmark = [pytest.mark.django_db(transaction=True), ON_POSTGRESQL]


async def test_two_processes_start_apart_at_one_host_and_do_not_wait_at_another() -> None:
    one, other = SharedTurns(2, 0.5), SharedTurns(2, 0.5)
    begun: list[tuple[str, float]] = []

    async def ask(turns: SharedTurns, host: str) -> None:
        async with turns.place(host, spaced=True):
            begun.append((host, time.monotonic()))

    await asyncio.gather(ask(one, "a:443"), ask(other, "a:443"), ask(one, "b:443"))
    times = {host: sorted(at for name, at in begun if name == host) for host in ("a:443", "b:443")}
    assert times["a:443"][1] - times["a:443"][0] >= 0.4
    assert times["b:443"][0] - times["a:443"][0] < 0.4


async def test_there_are_so_many_places_and_each_is_given_back() -> None:
    one, other = SharedTurns(1, 0.0), SharedTurns(1, 0.0)
    inside = 0
    most = 0

    async def ask(turns: SharedTurns) -> None:
        nonlocal inside, most
        async with turns.place("a:443", spaced=True):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.05)
            inside -= 1

    await asyncio.gather(ask(one), ask(other))
    assert (most, inside) == (1, 0)


async def test_somebodys_own_server_is_asked_as_often_as_they_say() -> None:
    turns = SharedTurns(1, 60.0)
    started = time.monotonic()
    for _ in range(3):
        async with turns.place("127.0.0.1:80", spaced=False):
            pass
    assert time.monotonic() - started < 5
