"""`monitor run` and `monitor demo`: everything in one process and one loop."""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, nullcontext
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor import systemd
from monitor.cli.collect import configured, edges, now
from monitor.cli.common import console, errors, fail, prepare
from monitor.i18n import _

if TYPE_CHECKING:
    from uvicorn import Server

    from alerts.outbox import Outbox
    from monitor.fulltext import FullText
    from monitor.polling import Poller
    from monitor.sources import SourceConfig
    from review.bot.listening import Bot

Host = Annotated[str, typer.Option(help=_("페이지를 열 주소"))]
Port = Annotated[int, typer.Option(help=_("페이지를 열 포트"), min=1, max=65535)]

#: How long a step under way may take to end when the program is asked to stop.
GRACE = timedelta(seconds=1.5)
#: A poll that takes longer hangs: fetch, parse and the wait for a turn at a host all have shorter limits.
LONGEST_POLL = timedelta(minutes=15)


def register(app: typer.Typer) -> None:
    """Adds these commands."""
    app.command(help=_("모두 한 프로세스로: 수집, 주제, 알림, 텔레그램 봇, 페이지"))(run)
    app.command(help=_("같은 프로그램을, 녹화해 둔 하루로. 네트워크도 계정도 필요 없습니다."))(demo)


def run(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """`monitor run`."""
    _announce_as(host, port)
    _run(host, port)


def demo(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """`monitor demo`: the recorded day is served from the package to a home of its own."""
    import tempfile
    from pathlib import Path

    from monitor.config import settings
    from monitor.demo import RecordedDay

    _announce_as(host, port)
    # A home that ends with the demo: each one starts with the same empty queue, and no real one is touched.
    with tempfile.TemporaryDirectory(prefix="monitor-demo-") as home, RecordedDay() as day:
        stanzas = Path(home) / "sources.yaml"
        stanzas.write_text(day.sources_yaml(), encoding="utf-8")
        for name in ("TELEGRAM_BOT_TOKEN", "TELEGRAM_CHATS", "SMTP_URL", "DIGEST_TO", "DATABASE_URL"):
            os.environ[name] = ""
        os.environ |= {
            "MONITOR_HOME": home,
            "MONITOR_SOURCES": str(stanzas),
            "MONITOR_ALLOW_HOSTS": day.host,
        }
        settings.cache_clear()
        console.print(_("데모: 녹화해 둔 하루를 몇 분으로 줄여 보여 드립니다. 끝내면 데이터는 지워집니다."))
        _run(host, port, demonstration=True)


def _announce_as(host: str, port: int) -> None:
    """Makes links carry the address that the pages are opened at, unless the operator set another."""
    from monitor.config import settings

    if "public_url" not in settings().model_fields_set:
        shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 -- compared, not bound
        os.environ["MONITOR_PUBLIC_URL"] = f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"
        settings.cache_clear()


def _run(host: str, port: int, *, demonstration: bool = False) -> None:
    from monitor.config import settings

    known = configured()
    _check_topics()
    prepare(database=False, log_file=True)
    from monitor.database import bring_up_to_date, only_instance

    home = settings().home
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (
        only_instance(home, now()) if settings().database_url is None else nullcontext(),
        _listen(host, port) as listener,
    ):
        bring_up_to_date(read_through=True)
        _register(known, demonstration=demonstration)
        link = _sign_in_link()
        console.print(_("대기열   {url}").format(url=settings().public_url), markup=False, soft_wrap=True)
        console.print(
            _("로그인   {url} (한 번만 쓸 수 있습니다)").format(url=link), markup=False, soft_wrap=True
        )
        console.print(_("끝내기   Ctrl-C"))
        sys.stdout.flush()
        asyncio.run(_everything(known, listener))


def _check_topics() -> None:
    from classifiers.taxonomy import load_taxonomy
    from monitor.config import settings

    load_taxonomy(settings().topics_file)


def _listen(host: str, port: int) -> socket.socket:
    """The pages' socket, taken before anything else starts: a port in use is known at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        message = _("{host}:{port} 을 열 수 없습니다: {reason}. 다른 포트는 --port 로 정합니다.")
        fail(message.format(host=host, port=port, reason=error.strerror), code=2)
    return listener


def _register(known: "list[SourceConfig]", *, demonstration: bool) -> None:
    from alerts.recipients import add, ensure_chats, ensure_mailboxes
    from alerts.setback import move_back, since_last_run
    from monitor import store
    from monitor.config import settings

    store.register(known)
    if settings().database_url is None:
        # Alone on this database, by the lock: what a killed process claimed is free again at once.
        store.release_all()
        move_back(since_last_run(now()), now())
    ensure_chats(settings().telegram_chats)
    ensure_mailboxes(settings().digest_to)
    if demonstration:
        from django.conf import settings as django_settings

        from monitor.cli.demonstration import HOOK

        add("telegram:1000001", topics=(), words=(), min_relevance=0.6, digest=False)
        django_settings.TAGGED_HOOKS.append(HOOK)


def _sign_in_link() -> str:
    from review.people import first_user
    from review.signin import make_link

    return make_link(first_user(), now())


async def _everything(known: "list[SourceConfig]", listener: socket.socket) -> None:
    """Runs until SIGTERM or Ctrl-C; then stops taking work, lets go of what is under way, and ends within seconds."""
    from alerts.channels import configured_channels
    from alerts.outbox import Outbox
    from monitor import front
    from monitor.asgi import application
    from monitor.clock import Clock
    from monitor.config import settings
    from monitor.fulltext import FullText
    from monitor.logs import logger
    from monitor.polling import Poller
    from monitor.robots import Robots

    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stopping.set)

    async with AsyncExitStack() as stack:
        fetcher, parsing = await stack.enter_async_context(edges())
        robots = Robots(fetcher, now)
        budget = settings().requests_per_day
        poller = Poller(fetcher, parsing, now, robots=robots, sources=known, budget=budget)
        pages = FullText(fetcher, parsing, robots, now, known)
        outbox = Outbox(configured_channels(), now)
        steps = Steps(known, poller, pages, Clock(settings().timezone), outbox)
        server = _server(front.config(application))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        bot = await _start_bot()
        steps.start()
        logger.info("running", sources=sum(source.enabled for source in known), pages=settings().public_url)

        systemd.notify("READY=1")

        await stopping.wait()
        systemd.notify("STOPPING=1")
        logger.info("stopping")
        server.should_exit = True
        endings = [asyncio.create_task(steps.stop()), serving]
        if bot:
            endings.append(asyncio.create_task(bot.stop()))
        # Side by side, and not for ever: Telegram's long poll may be slow to let go.
        await asyncio.wait(endings, timeout=2 * GRACE.total_seconds())
    logger.info("stopped")


def _server(config: Any) -> "Server":
    import uvicorn

    class Server(uvicorn.Server):
        """uvicorn without its own signal handlers: the loop's stop everything, in order."""

        def capture_signals(self) -> Any:
            return nullcontext()

    return Server(config)


async def _start_bot() -> "Bot | None":
    from monitor.config import settings
    from review.bot.listening import Bot

    if settings().telegram_bot_token is None:
        return None
    bot = Bot(settings())
    await bot.start()
    return bot


def _train() -> None:
    """Learns from everything that is known, in the model's own thread."""
    from django.db import close_old_connections

    from classifiers.encoders import make_encoder
    from classifiers.loading import model_in_force, models_folder
    from classifiers.training import train
    from classifiers.versions import active_name
    from monitor.config import settings
    from monitor.logs import logger
    from review.actions import record

    encoder = make_encoder(settings().encoder)
    name = encoder.name if encoder else ""
    in_force = model_in_force(name, active_name(models_folder(), name))
    try:
        result = train(encoder, in_force, now())
        logger.info("trained", name=result.name, promoted=result.promoted, reason=result.reason or None)
        if result.promoted:
            record("model.promoted", result.name, door="program")
    finally:
        close_old_connections()


class Steps:
    """The steps of `monitor run`, each finding its work in the database, with hints from one to the next."""

    def __init__(
        self,
        known: "list[SourceConfig]",
        poller: "Poller",
        pages: "FullText",
        clock: Any,
        outbox: "Outbox",
    ) -> None:
        from alerts.setback import WallClock
        from alerts.troubles import Watch

        self._known = known
        self._poller = poller
        self._pages = pages
        self._clock = clock
        self._polls: dict[str, asyncio.Task[None]] = {}
        self._working: set[asyncio.Task[Any]] = set()
        self._outbox = outbox
        self._wall = WallClock(now(), time.monotonic())
        self._troubles = Watch(outbox.channels)
        self._countries = {source.id: source.country for source in known}
        self._primary = {source.id for source in known if source.primary}
        #: A rehearsal under way; one that a stop cuts short begins anew.
        self._rehearsal: Iterator[float] | None = None
        #: Polls still to fail before we say that the network seems to be down.
        self._first_polls = min(20, sum(source.enabled for source in known))

    def start(self) -> None:
        """Starts the clock."""
        self._clock.every(0.5, "poll", self.poll)
        self._clock.every(3, "pages", self.read_pages)
        self._clock.every(2, "tag", self.tag)
        self._clock.every(2, "deliver", self.deliver)
        self._clock.every(30, "digest", self.make_digests)
        self._clock.every(3600, "learn", self.learn_again, patience=6 * 3600)
        self._clock.every(3600, "sample", self.sample)
        self._clock.every(3600, "budgets", self.renew_budgets)
        self._clock.every(3, "rehearse", self.rehearse)
        self._clock.every(10, "watchdog", self.say_alive)
        self._clock.every(1800, "chores", self.do_chores, patience=2 * 3600)
        self._clock.every(30, "watch", self.watch)
        self._clock.start()
        self._working.add(asyncio.create_task(self.warm()))

    async def warm(self) -> None:
        """Loads the classifier before the first entry wants it."""
        from classifiers.encoders import EncoderError
        from classifiers.loading import classifier
        from monitor.logs import logger
        from monitor.threads import in_background

        try:
            await in_background(classifier)
        except EncoderError as error:
            logger.error("classifier not loaded", reason=str(error))

    async def stop(self) -> None:
        """Stops the clock, drops polls under way (the next start repeats them), lets deliveries finish."""
        self._clock.stop()
        for task in self._polls.values():
            task.cancel()
        deliveries = asyncio.create_task(self._outbox.stop())
        waiting = {*self._polls.values(), *self._working, deliveries}
        await asyncio.wait(waiting, timeout=GRACE.total_seconds())

    async def poll(self) -> None:
        """Starts a poll of every source that is due; does not wait for them."""
        from monitor.polling import due_sources
        from monitor.threads import in_database

        if self._poller.rest.seconds:
            return
        for source in await in_database(due_sources, self._known, now()):
            if source.id not in self._polls:
                self._polls[source.id] = asyncio.create_task(self._poll_one(source))

    async def _poll_one(self, source: "SourceConfig") -> None:
        from monitor.logs import logger

        try:
            async with asyncio.timeout(LONGEST_POLL.total_seconds()):
                report = await self._poller.poll(source)
        except TimeoutError:
            # Whatever it hangs on: its claim has run out, and the source is polled again.
            logger.error("poll given up", source=source.id, after=str(LONGEST_POLL))
            return
        finally:
            del self._polls[source.id]
        if report.new or report.changed:
            self._clock.soon("tag")
        if not self._poller.rest.failures:
            self._note_first_polls(reached=report.status != "error")

    def _note_first_polls(self, *, reached: bool) -> None:
        """When the first polls have all failed, says once what that most likely means and what works all the same."""
        if self._first_polls == 0:
            return
        self._first_polls = 0 if reached else self._first_polls - 1
        if self._first_polls == 0 and not reached:
            message = _(
                "어느 소스에도 닿지 못했습니다. 인터넷 연결을 확인하십시오. 계속 다시 시도합니다. "
                "네트워크 없이 둘러보려면 make demo 를 실행하십시오."
            )
            errors.print(message, style="yellow", markup=False)

    async def read_pages(self) -> None:
        """Reads a few of the pages that new entries want read."""
        if await self._pages.read_due():
            self._clock.soon("tag")

    async def tag(self) -> None:
        """Tags a batch of what waits for tags."""
        from classifiers.loading import classifier
        from classifiers.tagging import tag_untagged
        from monitor.models import Entry
        from monitor.threads import in_background, in_database

        if not await in_database(lambda: Entry.objects.untagged().exists()):
            return
        tagger = await in_background(classifier)
        # Small batches: a stop waits for one, and the page fills as one looks on.
        if await in_database(
            tag_untagged, tagger, now(), limit=16, countries=self._countries, primary=self._primary
        ):
            self._clock.soon("deliver")
            self._clock.soon("tag")

    async def learn_again(self) -> None:
        """Trains anew once a week, where editors decided enough to learn from."""
        from classifiers.training import is_due
        from monitor.threads import in_background, in_database

        if await in_database(is_due, now()):
            await in_background(_train)

    async def sample(self) -> None:
        """Slips this week's sample from below the line into the queue, where that was not done yet."""
        from monitor.threads import in_database
        from review.sampling import draw

        await in_database(draw, now())

    async def renew_budgets(self) -> None:
        """Sets the alert budgets' thresholds by last week; within a recipient's day that comes to the same each time."""
        from alerts.backtest import renew_budgets
        from monitor.threads import in_database

        await in_database(renew_budgets, now())

    async def say_alive(self) -> None:
        """Tells systemd that the loop turns; a loop that hangs says nothing, and is started anew."""
        systemd.notify("WATCHDOG=1")

    async def do_chores(self) -> None:
        """Backs up and tidies away once a night."""
        from monitor.cli.tidy import do_nightly
        from monitor.threads import in_background

        # Not on the database's few threads: packing a backup may take a minute, and a stop does not wait for it.
        await in_background(do_nightly)

    async def rehearse(self) -> None:
        """Works off a batch of the rehearsals of last month that were asked for, while nothing waits for tags."""
        from classifiers.loading import encoder, models_folder
        from classifiers.rehearsal import waiting, work_off
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
                self._clock.soon("rehearse")

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
            self._clock.soon("deliver")

    async def deliver(self) -> None:
        """Opens the outbox's lanes for what is due; does not wait for them."""
        await self._outbox.look()
