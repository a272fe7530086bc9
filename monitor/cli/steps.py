"""The steps: what the program does again and again, each finding its work in the database; others say when.

One process does all of it by its own clock (`monitor.cli.alone`); on PostgreSQL any number of processes do it as tasks
(`monitor.cli.together`).
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.cli.collect import edges, now
from monitor.cli.common import errors
from monitor.i18n import _

if TYPE_CHECKING:
    from alerts.outbox import Outbox
    from monitor.articles.fulltext import FullText
    from monitor.polls.polling import Poller
    from monitor.sources import SourceConfig

#: A poll that takes longer hangs: fetch, parse and the wait for a turn at a host all have shorter limits.
LONGEST_POLL = timedelta(minutes=15)


@asynccontextmanager
async def made_steps(known: "list[SourceConfig]") -> "AsyncIterator[Steps]":
    """The steps with all that they need, by the settings; closed at the end."""
    from alerts.channels import configured_channels
    from alerts.outbox import Outbox
    from monitor.articles.fulltext import FullText
    from monitor.config import settings
    from monitor.fetching.robots import Robots
    from monitor.polls.polling import Poller

    async with edges() as (fetcher, parsing):
        robots = Robots(fetcher, now)
        budget = settings().requests_per_day
        poller = Poller(fetcher, parsing, now, robots=robots, sources=known, budget=budget)
        pages = FullText(fetcher, parsing, robots, now, known)
        yield Steps(known, poller, pages, Outbox(configured_channels(), now))


async def _train() -> None:
    """Learns from everything that is known, in a process of its own; what is learned is in force here by itself."""
    from monitor.logs import logger

    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "monitor.cli.weekly", stdout=subprocess.PIPE
    )
    try:
        said, _nothing = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode:
        raise RuntimeError(f"training ended with exit code {process.returncode}")
    result = json.loads(said)
    logger.info("trained", name=result["name"], promoted=result["promoted"], reason=result["reason"])


class Steps:
    """The steps, with hints from one to the next."""

    def __init__(
        self,
        known: "list[SourceConfig]",
        poller: "Poller",
        pages: "FullText",
        outbox: "Outbox",
    ) -> None:
        from alerts.setback import WallClock
        from alerts.troubles import Watch
        from monitor.rests import Rest

        self.known = known
        self.by_id = {source.id: source for source in known}
        self.poller = poller
        self.outbox = outbox
        #: Says that there is work for the step of this name, now rather than at its time.
        self.hint: Callable[[str], None] = lambda name: None
        self._pages = pages
        self._wall = WallClock(now(), time.monotonic())
        self._troubles = Watch(outbox.channels)
        self._model = Rest("model in force")
        self._countries = {source.id: source.country for source in known}
        self._primary = {source.id for source in known if source.primary}
        #: A rehearsal under way; one that a stop cuts short begins anew.
        self._rehearsal: Iterator[float] | None = None
        #: Polls still to fail before we say that the network seems to be down.
        self._first_polls = min(20, sum(source.enabled for source in known))

    async def warm(self) -> None:
        """Loads the classifier before the first entry wants it; one that does not run here is logged."""
        from classifiers.encoders import EncoderError
        from classifiers.serving.loading import classifier
        from monitor.logs import logger
        from monitor.threads import in_background

        try:
            await in_background(classifier)
        except EncoderError as error:
            logger.error("classifier not loaded", reason=str(error))

    async def poll(self, source: "SourceConfig") -> None:
        """Polls one source, where it is due still; given up after LONGEST_POLL."""
        from monitor.logs import logger

        try:
            async with asyncio.timeout(LONGEST_POLL.total_seconds()):
                report = await self.poller.poll(source, if_due=True)
        except TimeoutError:
            # Whatever it hangs on: its claim has run out, and the source is polled again.
            logger.error("poll given up", source=source.id, after=str(LONGEST_POLL))
            return
        if report.new or report.changed:
            self.hint("tag")
        if not self.poller.rest.failures:
            self._note_first_polls(reached=report.status != "error")

    def _note_first_polls(self, *, reached: bool) -> None:
        """When the first polls have all failed, says once what that most likely means and what works all the same."""
        if self._first_polls == 0:
            return
        self._first_polls = 0 if reached else self._first_polls - 1
        if self._first_polls == 0 and not reached:
            message = _(
                "어느 소스에도 닿지 못했습니다. 인터넷 연결을 확인하십시오. 계속 다시 시도합니다. "
                "네트워크 없이 둘러보려면 monitor demo 를 실행하십시오."
            )
            errors.print(message, style="yellow", markup=False)

    async def read_pages(self) -> None:
        """Reads a few of the pages that new entries want read."""
        if await self._pages.read_due():
            self.hint("tag")

    async def tag(self) -> bool:
        """Tags a batch of what waits for tags; whether any was tagged. None is, while the model in force cannot be read."""
        from classifiers.serving.inforce import tagger
        from classifiers.serving.loading import classifier
        from classifiers.serving.versions import ModelError
        from classifiers.tagging import tag_untagged
        from monitor.models import Entry
        from monitor.threads import in_background, in_database

        if self._model.seconds or not await in_database(lambda: Entry.objects.untagged().exists()):
            return False
        # Where it was not loaded yet: seconds, which the database's few threads are not for.
        await in_background(classifier)
        try:
            in_force = await in_database(tagger)
        except ModelError as error:
            # What waits for tags is another machine's.
            self._model.failed(error)
            return False
        self._model.worked()
        # Small batches: a stop waits for one, and the page fills as one looks on.
        tagged = await in_database(
            tag_untagged, in_force, now(), limit=16, countries=self._countries, primary=self._primary
        )
        if tagged:
            self.hint("deliver")
            self.hint("tag")
        return bool(tagged)

    async def learn_again(self) -> None:
        """Trains anew once a week, where editors decided enough to learn from."""
        from classifiers.training.due import is_due
        from monitor.threads import in_database

        if await in_database(is_due, now()):
            await _train()

    async def sample(self) -> None:
        """Slips this week's sample from below the line into the queue, where that was not done yet."""
        from monitor.threads import in_database
        from review.quality.sampling import draw

        await in_database(draw, now())

    async def renew_budgets(self) -> None:
        """Sets the alert budgets' thresholds by last week; within a recipient's day that comes to the same each time."""
        from alerts.backtest import renew_budgets
        from monitor.threads import in_database

        await in_database(renew_budgets, now())

    async def do_chores(self) -> None:
        """Backs up and tidies away once a night."""
        from monitor.cli.tidy import do_nightly
        from monitor.threads import in_background

        # Not on the database's few threads: packing a backup may take a minute, and a stop does not wait for it.
        await in_background(do_nightly)

    async def rehearse(self) -> None:
        """Works off a batch of the rehearsals of last month that were asked for, while nothing waits for tags."""
        from classifiers.serving.loading import encoder, models_folder
        from classifiers.training.rehearsal import waiting, work_off
        from monitor.models import Entry
        from monitor.threads import in_background, in_database

        if self._rehearsal is None:
            names = waiting(models_folder())
            if not names:
                return
            self._rehearsal = work_off(models_folder(), await in_background(encoder), names[0], now())
        if not await in_database(lambda: Entry.objects.ready(now()).exists()):
            if await in_database(next, self._rehearsal, None) is None:
                self._rehearsal = None
            else:
                self.hint("rehearse")

    async def watch(self) -> None:
        """Follows a wall clock that was set back, and tells operators what is wrong with the machine."""
        from alerts.setback import move_back
        from monitor.threads import in_database

        back = self._wall.set_back(now(), time.monotonic())
        if back:
            await in_database(move_back, back, now())
        await in_database(self._troubles.look, now())

    async def make_digests(self) -> None:
        """Makes the summaries whose time has come."""
        from alerts.digests.making import make_due
        from monitor.threads import in_database

        if await in_database(make_due, now()):
            self.hint("deliver")

    async def deliver(self) -> None:
        """Opens the outbox's lanes for what is due; does not wait for them."""
        await self.outbox.look()
