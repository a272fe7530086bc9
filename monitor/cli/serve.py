"""`monitor run` and `monitor demo`: everything in one process and one loop."""

import asyncio
import os
import socket
import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.collect import now
from monitor.cli.common import console, fail, prepare
from monitor.cli.parts import Pages, Part, bot_part, run_until_told
from monitor.i18n import _

if TYPE_CHECKING:
    from monitor.sources import SourceConfig

#: Options of every command that serves the pages.
Host = Annotated[str, typer.Option(help=_("페이지를 열 주소"))]
Port = Annotated[int, typer.Option(help=_("페이지를 열 포트"), min=1, max=65535)]


def register(app: typer.Typer) -> None:
    """Adds these commands."""
    app.command(help=_("모두 한 프로세스로: 수집, 주제, 알림, 텔레그램 봇, 페이지"))(run)
    app.command(help=_("같은 프로그램을, 녹화해 둔 하루로. 네트워크도 계정도 필요 없습니다."))(demo)


def run(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """`monitor run`: everything in one process, until it is told to stop.

    Exit 1 where another process runs on this home, 2 where the port is taken.
    """
    announce_as(host, port)
    _run(host, port)


def demo(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """`monitor demo`: `monitor run` on the recorded day, in a home that ends with it; no network and no accounts."""
    import tempfile
    from pathlib import Path

    from alerts.channels import CHANNELS
    from monitor.config import settings
    from monitor.demo import RecordedDay

    announce_as(host, port)
    # A home that ends with the demo: each one starts with the same empty queue, and no real one is touched.
    with tempfile.TemporaryDirectory(prefix="monitor-demo-") as home, RecordedDay() as day:
        stanzas = Path(home) / "sources.yaml"
        stanzas.write_text(day.sources_yaml(), encoding="utf-8")
        senders = (way.variable for way in CHANNELS.values() if way.setting)
        for name in ("DATABASE_URL", "DIGEST_TO", "TELEGRAM_CHATS", *senders):
            os.environ[name] = ""
        os.environ |= {
            "MONITOR_HOME": home,
            "MONITOR_SOURCES": str(stanzas),
            "MONITOR_ALLOW_HOSTS": day.host,
        }
        settings.cache_clear()
        console.print(_("데모: 녹화해 둔 하루를 몇 분으로 줄여 보여 드립니다. 끝내면 데이터는 지워집니다."))
        _run(host, port, demonstration=True)


def announce_as(host: str, port: int) -> None:
    """Makes MONITOR_PUBLIC_URL, which links carry, the address that the pages are opened at, unless it is set."""
    from monitor.config import settings

    if "public_url" not in settings().model_fields_set:
        shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 -- compared, not bound
        os.environ["MONITOR_PUBLIC_URL"] = f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"
        settings.cache_clear()


def _run(host: str, port: int, *, demonstration: bool = False) -> None:
    from monitor.config import settings
    from monitor.sourcesfile import configured

    known = configured()
    check_topics()
    prepare(database=False, log_file=True)
    from monitor.database import bring_up_to_date, only_instance

    home = settings().home
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (
        only_instance(home, now()) if settings().database_url is None else nullcontext(),
        listen(host, port) as listener,
    ):
        bring_up_to_date(read_through=True)
        register_sources(known, demonstration=demonstration)
        link = _sign_in_link()
        console.print(_("대기열   {url}").format(url=settings().public_url), markup=False, soft_wrap=True)
        console.print(
            _("로그인   {url} (한 번만 쓸 수 있습니다)").format(url=link), markup=False, soft_wrap=True
        )
        console.print(_("끝내기   Ctrl-C"))
        sys.stdout.flush()
        asyncio.run(_everything(known, listener))


def check_topics() -> None:
    """Returns where topics.yaml is right.

    Raises:
        ConfigError: all that is wrong with it.
    """
    from classifiers.taxonomy import load_taxonomy
    from monitor.config import settings

    load_taxonomy(settings().topics_file)


def listen(host: str, port: int) -> socket.socket:
    """The pages' socket, taken before anything else starts; exit 2 where the port is in use."""
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


def register_sources(known: "list[SourceConfig]", *, demonstration: bool = False) -> None:
    """Readies the database for a run: rows for all sources, chats and mailboxes that are configured, and no stale claims.

    With `demonstration` also the demo's recipient and its made-up editor.
    """
    from alerts.recipients import add, ensure_chats, ensure_mailboxes
    from alerts.setback import move_back, since_last_run
    from monitor.config import settings
    from monitor.polls import store

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
    from review.accounts.people import first_user
    from review.accounts.signin import make_link

    return make_link(first_user(), now())


async def _everything(known: "list[SourceConfig]", listener: socket.socket) -> None:
    from monitor.cli.alone import Alone
    from monitor.cli.steps import made_steps
    from monitor.cli.together import together
    from monitor.clock import Clock
    from monitor.config import settings
    from monitor.together import engine

    async with made_steps(known) as steps:
        work: list[Part] = together(steps) if engine.is_on() else [Alone(steps, Clock(settings().timezone))]
        await run_until_told(
            [Pages(listener), *bot_part(), *work],
            sources=sum(source.enabled for source in known),
            pages=settings().public_url,
        )
