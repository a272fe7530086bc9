"""The parts of `monitor run` as commands of their own, for several machines on one PostgreSQL (docs/scaling.md)."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.common import fail, prepare
from monitor.cli.parts import Pages, Part, bot_part, run_until_told
from monitor.cli.serve import Host, Port, announce_as, check_topics, listen, register_sources
from monitor.i18n import _

if TYPE_CHECKING:
    from monitor.sources import SourceConfig


def register(app: typer.Typer) -> None:
    """Adds these commands."""
    app.command(help=_("PostgreSQL 로 여러 대를 쓸 때: 수집, 주제, 알림을 나누어 맡습니다."))(worker)
    app.command(help=_("PostgreSQL 로 여러 대를 쓸 때: 시계만 맡습니다."))(clock)
    app.command(help=_("PostgreSQL 로 여러 대를 쓸 때: 페이지만 엽니다."))(web)
    app.command(help=_("PostgreSQL 로 여러 대를 쓸 때: 텔레그램 봇만 돌립니다."))(bot)


def worker(
    with_clock: Annotated[
        bool, typer.Option("--clock/--no-clock", help=_("시계가 멎으면 이어받을지"))
    ] = True,
) -> None:
    """`monitor worker`: does steps as tasks, and with `--clock` is the clock when no other is, until told to stop."""
    known = _prepared()

    async def work() -> None:
        from monitor.cli.steps import made_steps
        from monitor.cli.together import together

        async with made_steps(known) as steps:
            await run_until_told(together(steps, clock=with_clock), part="worker")

    asyncio.run(work())


def clock() -> None:
    """`monitor clock`: is the clock when no other process is, until told to stop."""
    known = _prepared()

    async def tick() -> None:
        from monitor.cli.steps import made_steps
        from monitor.cli.together import leader

        async with made_steps(known) as steps:
            await run_until_told([leader(steps)], part="clock")

    asyncio.run(tick())


def web(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """`monitor web`: serves the pages until it is told to stop; exit 2 where the port is taken."""
    announce_as(host, port)
    _prepared()
    with listen(host, port) as listener:

        async def serve() -> None:
            await run_until_told([Pages(listener)], part="web")

        asyncio.run(serve())


def bot() -> None:
    """`monitor bot`: runs the Telegram bot until it is told to stop; exit 2 without TELEGRAM_BOT_TOKEN."""
    _prepared()

    async def hear() -> None:
        parts: list[Part] = [*bot_part()]
        if not parts:
            fail(_("TELEGRAM_BOT_TOKEN 이 없습니다. 봇의 토큰을 정하십시오."), code=2)
        await run_until_told(parts, part="bot")

    asyncio.run(hear())


def _prepared() -> "list[SourceConfig]":
    """The sources, with everything set up as `monitor run` does; ends the command on SQLite, where it has no use."""
    from monitor.config import settings
    from monitor.sourcesfile import configured

    known = configured()
    check_topics()
    if settings().database_url is None:
        message = _(
            "이 명령은 여러 대가 한 PostgreSQL 을 함께 쓸 때 씁니다. DATABASE_URL=postgresql://… 을 정하시거나, "
            "한 대라면 monitor run 을 쓰십시오."
        )
        fail(message, code=2)
    prepare(log_file=True)
    register_sources(known)
    return known
