"""Commands for the one file that holds everything: backup, restore."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.collect import now
from monitor.cli.common import console, errors, prepare
from monitor.i18n import _

if TYPE_CHECKING:
    from monitor.upkeep.copying import Tell


def register(app: typer.Typer) -> None:
    """Adds these commands."""
    app.command(help=_("모든 것을 파일 하나로 백업합니다. 도는 중에도 됩니다."))(backup)
    app.command(
        help=_(
            "백업 파일에서 되살립니다. PostgreSQL 로도, PostgreSQL 에서도 됩니다. monitor run 을 먼저 멈추십시오."
        )
    )(restore)


def backup(file: Annotated[Path, typer.Argument(help=_("만들 파일. 예: monitor-2026-11-21.zip"))]) -> None:
    """`monitor backup`: writes the whole home into one file, while the program may run; exit 1 where it could not."""
    prepare(database=False)
    from monitor.config import settings
    from monitor.upkeep.backup import back_up

    with _progress(_("옮기는 중")) as tell:
        made = back_up(settings(), file, now(), tell)
    _record("upkeep.backup", file)
    size = file.stat().st_size / 1_000_000
    console.print(
        _("{file} 에 백업했습니다 ({size:.1f} MB, 파일 {n}개). .env 의 비밀은 따로 보관하십시오.").format(
            file=file, size=size, n=len(made.members)
        ),
        markup=False,
        soft_wrap=True,
    )


def restore(
    file: Annotated[Path, typer.Argument(help=_("monitor backup 이 만든 파일"), exists=True)],
) -> None:
    """`monitor restore`: makes the home what it was at a backup, and says what was left aside; exit 1 where it could not."""
    prepare(database=False)
    from django.db import connections
    from django.db.migrations.loader import MigrationLoader

    from monitor.config import settings
    from monitor.database import bring_up_to_date, only_instance
    from monitor.upkeep import backup as files
    from monitor.upkeep import copying
    from review.search.index import index_rest

    own = settings()
    own.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    known: dict[str, set[str]] = {}
    for app, name in MigrationLoader(None).disk_migrations:
        known.setdefault(app, set()).add(name)
    with only_instance(own.home), _progress(_("옮기는 중")) as tell:

        def index() -> None:
            for _part in index_rest():
                pass

        def readied(database: Path) -> AbstractContextManager[None]:
            if own.database_url is None:
                return copying.completed(database, index)
            return copying.into_postgresql(database, index, tell)

        if own.database_url is not None:
            bring_up_to_date()
        restored = files.restore(own, file, known, now(), readied)
        connections.close_all()
        _record("upkeep.restore", file)
    console.print(
        _("{file} 에서 되살렸습니다. monitor run 으로 시작하십시오.").format(file=file), markup=False
    )
    if restored.aside:
        console.print(
            _("전에 있던 데이터베이스는 {path} 에 두었습니다.").format(path=restored.aside),
            markup=False,
            soft_wrap=True,
        )
    for name in restored.left:
        console.print(
            _(
                "쓰고 있는 {name} 이(가) 백업의 것과 달라 그대로 두었습니다. 백업의 것은 파일에서 꺼내 쓰십시오."
            ).format(name=name),
            markup=False,
            soft_wrap=True,
        )


@contextmanager
def _progress(words: str) -> Iterator["Tell"]:
    """A bar on a terminal, from the first row that is told of."""
    from rich.progress import Progress

    with Progress(console=errors, transient=True, disable=not errors.is_terminal) as progress:
        bar = progress.add_task(words, total=None, visible=False)
        yield lambda done, total: progress.update(bar, completed=done, total=total, visible=True)


def _record(kind: str, file: Path) -> None:
    from review.accounts.actions import by_command_line

    by_command_line(kind, file.name)
