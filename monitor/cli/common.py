"""What the commands share: set-up, output, exit codes."""

import json
import os
import signal
import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from monitor import heap
from monitor.i18n import _

if TYPE_CHECKING:
    from monitor.errors import FetchError, ParseError

#: For people; a pipe gets neither colours nor bars.
console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)

#: The option of every command that prints rows: one JSON object a line.
AsJson = Annotated[bool, typer.Option("--json", help=_("한 줄에 JSON 하나로 출력합니다."))]


def stop_quietly() -> None:
    """Lets `monitor entries | head` end without a traceback."""
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)


def fail(message: str, *, code: int) -> NoReturn:
    """Ends the command with a sentence on standard error. Code 1: something failed; 2: wrong usage or configuration."""
    errors.print(message, style="red", markup=False, soft_wrap=True)
    sys.exit(code)


def print_json(row: object) -> None:
    """One JSON object on one line of standard output, in UTF-8."""
    sys.stdout.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")


def iso(at: datetime | None) -> str | None:
    """An instant as JSON carries it: ISO 8601, to the second; `at` is aware UTC. None for None."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def moment(at: datetime | None) -> str:
    """An instant as a table carries it: in the house's time, to the minute; nothing for None."""
    from monitor.config import settings

    return f"{at.astimezone(settings().timezone):%Y-%m-%d %H:%M}" if at else ""


def why_unread(error: Exception) -> str:
    """Why a file could not be read, for people."""
    if isinstance(error, FileNotFoundError):
        return _("파일이 없습니다. 이름을 확인해 주십시오.")
    if isinstance(error, UnicodeDecodeError):
        return _("UTF-8 로 적힌 글이 아닙니다.")
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)


def why_unfetched(error: "FetchError | ParseError") -> str:
    """Why an address gave nothing, for people, with the mend; then, for the operator, the log's own line."""
    from monitor.errors import AddressRefused
    from monitor.polls.health import words

    says = error.words if isinstance(error, AddressRefused) else words(error.fault)
    return f"{says} [{error.reason}]"


def print_table(title: str, columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    """Prints a table for people on standard output, or that there is nothing."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        # What a feed said is no mark-up of the terminal's.
        table.add_row(*("" if cell is None else escape(str(cell)) for cell in row))
    # Not the table's own title, which would be folded to the width of its columns.
    console.print(title, style="italic", markup=False, soft_wrap=True)
    console.print(table if table.row_count else _("없습니다."))


def prepare(*, database: bool = True, log_file: bool = False) -> None:
    """Sets up logging and Django; with `database` also brings the database up to date.

    With `log_file` the log goes to MONITOR_LOG_FILE, too: for what runs for long, since a file has one writer.

    Raises:
        ConfigError: a setting is wrong.
        StoreError: the database cannot be written, or is damaged (Damaged).
    """
    from monitor import logs
    from monitor.config import settings

    own = settings()
    logs.configure(own.log, own.secrets, file=own.log_file if log_file else None)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "monitor.settings")
    with heap.loading():
        import django

        django.setup()
    if database:
        from monitor.database import bring_up_to_date

        bring_up_to_date()


def hand_over(body: bytes, output: Path | None) -> bool:
    """Writes to a file, or to standard output where there is none or it is `-`; whether it was a file.

    Exit 1 where the file cannot be written.
    """
    if output is None or str(output) == "-":
        sys.stdout.buffer.write(body)
        return False
    try:
        output.write_bytes(body)
    except OSError as error:
        fail(_("{path}: 쓸 수 없습니다 ({reason}).").format(path=output, reason=error.strerror), code=1)
    return True
