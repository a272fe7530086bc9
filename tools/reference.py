"""Writes docs/reference/commands.md from the commands' own help: `python -m tools.reference`."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FILE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "commands.md"
HEAD = """# Commands

Made from `--help` (`python -m tools.reference`). Every command has `-h` and `--help`; long work shows a progress bar on a
terminal and none in a pipe. `--json` prints one JSON object a line ([formats](formats.md)) on standard output and nothing
else; logs go to standard error. Exit codes: 0 done, 1 something in it failed and is named, 2 wrong usage or configuration.
"""


def page() -> str:
    """The page: every command with its options, in English, in the order of `monitor --help`."""
    # Texts take their language when their module is loaded.
    os.environ["MONITOR_LANGUAGE"] = "en"
    return "\n".join([HEAD, *(line for path, command in commands() for line in _command(path, command))])


def commands() -> Iterator[tuple[str, Any]]:
    """Each command with what to write for it: "monitor sources add"."""
    import typer.main

    from monitor.cli import app

    return _below(typer.main.get_command(app), "monitor")


def _below(group: Any, path: str) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _below(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def is_option(one: Any) -> bool:
    """Whether a parameter is written with its name; others are written by their place."""
    return str(one.opts[0]).startswith("-")


def _command(path: str, command: Any) -> Iterator[str]:
    arguments = [_argument(one) for one in command.params if not is_option(one)]
    yield f"## {path}\n"
    yield f"    {' '.join([path, *arguments])}\n"
    yield f"{_line(command.help)}\n"
    rows = [(_option(one), one) for one in command.params if is_option(one) and "--help" not in one.opts]
    rows = [(_argument(one), one) for one in command.params if not is_option(one)] + rows
    if rows:
        yield "| | |\n|---|---|"
        yield from (f"| `{name}` | {_line(one.help)}{_default(one)} |" for name, one in rows)
        yield ""


def _argument(one: Any) -> str:
    name = str(one.metavar or one.name.upper())
    name += "…" if one.nargs != 1 else ""
    return name if one.required else f"[{name.strip('[]')}]"


def _option(one: Any) -> str:
    names = ", ".join([*one.opts, *one.secondary_opts])
    value = "" if one.is_flag else f" {one.metavar or one.name.upper().replace('_', '-')}"
    return names + value + (" …" if one.multiple else "")


def _default(one: Any) -> str:
    return "" if one.default in (None, "", False, [], ()) or one.required else f" (`{one.default}`)"


def _line(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|").replace("<", "&lt;")


def main() -> None:
    """Writes the page; with --check only says whether the one that is there is current."""
    now = page()
    if "--check" not in sys.argv[1:]:
        FILE.write_text(now, encoding="utf-8")
    elif FILE.read_text(encoding="utf-8") != now:
        sys.exit("docs/reference/commands.md is out of date: python -m tools.reference")


if __name__ == "__main__":
    main()
