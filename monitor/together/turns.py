"""Turns at a host that all processes on one PostgreSQL take together: few requests at a time, and apart.

The row of a host holds when the next request may start, and until when each of its places is taken; a place that a
killed process held is free when its lease has run out.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from django.db import transaction
from django.db.models import FloatField
from django.db.models.expressions import RawSQL

from monitor.models import HostTurn
from monitor.threads import in_database

#: Seconds; longer than a request may take (`monitor.fetching.fetch.DEADLINE`).
LEASE = 40.0
#: Seconds between two looks for a free place.
LOOK = 0.5


class SharedTurns:
    """`monitor.fetching.fetch.Turns` of all processes on one PostgreSQL, by its clock.

    `at_once` requests to a host at a time, `spacing` seconds from the start of one to the start of the next.
    """

    def __init__(self, at_once: int, spacing: float) -> None:
        self._at_once = at_once
        self._spacing = spacing
        self._wider: dict[str, float] = {}

    def keep_apart(self, host: str, seconds: float) -> None:
        """Sets a host's own spacing, in seconds, where it is wider than everybody's."""
        self._wider[host] = max(seconds, self._spacing)

    @asynccontextmanager
    async def place(self, host: str, *, spaced: bool) -> AsyncIterator[None]:
        """Waits for one of the host's places and, where `spaced`, until the last request to it is long enough ago."""
        if not spaced:
            # Somebody's own server, which is asked as often as they say.
            yield
            return
        spacing = self._wider.get(host, self._spacing)
        while True:
            place, wait = await in_database(_take, host, self._at_once, spacing)
            if wait:
                await asyncio.sleep(wait)
            if place is not None:
                break
        try:
            yield
        finally:
            await in_database(_give_back, host, place)


@transaction.atomic
def _take(host: str, at_once: int, spacing: float) -> tuple[float | None, float]:
    """The end of the lease of a place that was free, or None; and the seconds to wait."""
    HostTurn.objects.bulk_create([HostTurn(host=host)], ignore_conflicts=True)
    # Several machines' clocks are several times; the database has one.
    moment = RawSQL("EXTRACT(EPOCH FROM clock_timestamp())", [], output_field=FloatField())
    row = HostTurn.objects.select_for_update().annotate(now=moment).get(host=host)
    taken = [end for end in row.taken_until if end > row.now]
    if len(taken) >= at_once:
        return None, LOOK
    start = max(row.now, row.next_start)
    end = start + LEASE
    HostTurn.objects.filter(host=host).update(next_start=start + spacing, taken_until=[*taken, end])
    return end, start - row.now


@transaction.atomic
def _give_back(host: str, place: float) -> None:
    row = HostTurn.objects.select_for_update().get(host=host)
    HostTurn.objects.filter(host=host).update(taken_until=[end for end in row.taken_until if end != place])
