"""What the command line's library says in its own words, in Korean; where MONITOR_LANGUAGE is en, as the library says it.

It passes few of its words through gettext and writes the others down in English. So what it prints is read over: help by
its formatter, complaints where they end the program.
"""

import io
import re
import sys
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

import typer
from typer._click.core import Context
from typer._click.exceptions import ClickException
from typer._click.formatting import HelpFormatter
from typer.core import TyperCommand, TyperGroup

from monitor.i18n import own_language

#: Shows how a moment is written, where the library names strftime's letters.
_MOMENT = datetime(2026, 11, 21, 9, 30, tzinfo=timezone(timedelta(hours=9)))

#: English as the library has it, and Korean; in this order.
_KOREAN: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    # Help.
    (r"^Usage: ", "쓰는 법: "),
    (r"^Arguments$", "인자"),
    (r"^Options$", "옵션"),
    (r"^Commands$", "명령"),
    (r"^Show this message and exit\.$", "이 도움말을 보여 주고 끝냅니다."),
    (r"^Install completion for the current shell\.$", "지금 쓰는 셸에 자동 완성을 설치합니다."),
    (r"^Show completion for the current shell, .*", "지금 쓰는 셸의 자동 완성을 보여 줍니다. 옮겨 적거나 고쳐 쓸 수 있습니다."),
    (r"([\[; ])default: ([^\]]*\])$", r"\1기본값: \2"),
    (r"([\[; ])required\]$", r"\1필수]"),
    # Complaints.
    (r"^Try ('.*') for help\.$", r"도움말: \1"),
    (r"^Error: ", "오류: "),
    (r"^Aborted!$", "그만두었습니다."),
    (r"No such command ('.*?')\.?(?=$| Did)", r"\1 이라는 명령이 없습니다."),
    (r"No such option: (\S+)", r"\1 이라는 옵션이 없습니다."),
    (r" Did you mean (.*)\?$", r" 혹시 \1 입니까?"),
    (r"\(Possible options: (.*)\)$", r"(비슷한 옵션: \1)"),
    (r"Missing command\.$", "명령이 빠졌습니다."),
    (r"Missing argument ('.*')\.", r"\1 인자가 빠졌습니다."),
    (r"Missing option ('.*')\.", r"\1 옵션이 빠졌습니다."),
    (r"Got unexpected extra argument\(s\) \((.*)\)$", r"쓰이지 않는 인자가 있습니다: \1"),
    (r"Option ('.*') requires an argument\.$", r"\1 옵션에는 값이 있어야 합니다."),
    (r"Option ('.*') does not take a value\.$", r"\1 옵션에는 값을 적지 않습니다."),
    (r"Invalid value for (.*?): (?:Value error, )?", r"\1 의 값이 맞지 않습니다. "),
    (r"Input should be a valid integer.*", "정수를 적어 주십시오."),
    (r"Input should be a valid number.*", "숫자를 적어 주십시오."),
    (r"Input should be greater than or equal to (\S+)$", r"\1 이상을 적어 주십시오."),
    (r"Input should be less than or equal to (\S+)$", r"\1 이하를 적어 주십시오."),
    (r"(?:file|directory|path) ('.*') does not exist\.$", r"그런 파일이 없습니다: \1"),
    (
        r"'[^']*' does not match the formats (.*)\.$",
        lambda found: f"이렇게 적어 주십시오: {_MOMENT.strftime(found[1])}",
    ),
)  # fmt: skip


def own_words(text: str) -> str:
    """What the library says, in the program's language; what is not the library's stays as it is."""
    if own_language() == "ko":
        for english, korean in _KOREAN:
            text = re.sub(english, korean, text, flags=re.MULTILINE)
    return text


class _Formatter(HelpFormatter):
    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix or own_words("Usage: "))

    def write_heading(self, heading: str) -> None:
        super().write_heading(own_words(heading))

    def write_dl(self, rows: Sequence[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().write_dl([(name, own_words(says)) for name, says in rows], *args, **kwargs)


class _Context(Context):
    formatter_class = _Formatter


class _Command(TyperCommand):
    context_class = _Context


class _Group(TyperGroup):
    context_class = _Context

    def main(self, *args: Any, **extra: Any) -> Any:
        try:
            code = super().main(*args, **extra | {"standalone_mode": False})
        except typer.Abort:
            print(own_words("Aborted!"), file=sys.stderr)
            sys.exit(1)
        except ClickException as error:
            said = io.StringIO()
            error.show(said)
            print(own_words(said.getvalue()), end="", file=sys.stderr)
            sys.exit(error.exit_code)
        sys.exit(code)


class Commands(typer.Typer):
    """A table of commands whose help and complaints are in the program's language."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(cls=_Group, **settings)

    def command(self, name: str | None = None, **settings: Any) -> Any:
        """As typer's own."""
        return super().command(name, cls=_Command, **settings)
