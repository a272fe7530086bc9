"""Every setting, command, option and key has its line in the reference, and every line there is true."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from classifiers import taxonomy
from monitor import sources
from monitor.config import Settings
from tests.docs.pages import DOCS, PAGES, ROOT, code, name, table_below, text
from tools.reference import commands, is_option

SETTING = re.compile(r"\b(?:MONITOR|TELEGRAM|SMTP|DIGEST|MAIL)_[A-Z][A-Z_]*[A-Z]\b")
#: At a line's head, behind settings or its folder, or behind a pipe.
COMMAND = re.compile(r"(?:^\s*(?:\$ )?(?:[A-Z_]+=\S+ )*(?:[\w./]+/)?|[|&] )(monitor [^|&;`]+)")
#: Of the tools and of deploy/, not of the program.
NOT_OURS = {"MONITOR_AUDIT", "MONITOR_DOMAIN"}
COMMANDS = dict(commands())


def test_every_setting_is_documented_and_every_documented_one_is_there() -> None:
    documented = re.findall(r"^\| (`[^|]*) \|", text(DOCS / "reference" / "settings.md"), re.MULTILINE)
    found = {one for cell in documented for one in re.findall(r"`([^`]+)`", cell)}
    assert found == {field.alias for field in Settings.model_fields.values()}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_setting_that_a_page_names_is_there(page: Path) -> None:
    known = {field.alias for field in Settings.model_fields.values()} | NOT_OURS
    assert set(SETTING.findall(text(page))) - known == set()


@pytest.mark.parametrize(
    ("heading", "model"),
    [
        ("A stanza", sources.SourceConfig),
        ("interval", sources.Interval),
        ("citation", sources.Citation),
        ("listing", sources.ListingRules),
        ("json_list", sources.JsonListRules),
        ("sitemap", sources.SitemapRules),
        ("article", sources.ArticleRules),
    ],
)
def test_every_key_of_sources_yaml_is_documented(heading: str, model: type[BaseModel]) -> None:
    assert table_below(DOCS / "reference" / "sources.md", heading) == set(model.model_fields)


def test_no_part_of_a_stanza_is_left_out() -> None:
    parts = {part.__name__ for part in sources.Part.__subclasses__()}
    assert parts == {
        "SourceConfig", "Interval", "Citation", "ListingRules", "JsonListRules", "SitemapRules", "ArticleRules"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("heading", "model"),
    [
        ("A bulletin", taxonomy.Bulletin),
        ("A section", taxonomy.Section),
        ("A topic", taxonomy.Topic),
        ("A term", taxonomy.Term),
    ],
)
def test_every_key_of_topics_yaml_is_documented(heading: str, model: type[BaseModel]) -> None:
    assert table_below(DOCS / "reference" / "topics.md", heading) == set(model.model_fields)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_and_option_is_documented(command: str) -> None:
    told = text(DOCS / "reference" / "commands.md").partition(f"\n## {command}\n")[2].partition("\n## ")[0]
    options = {option for one in COMMANDS[command].params if is_option(one) for option in one.opts}
    assert {
        option for option in options - {"--help", "-h"} if not re.search(rf"(?<![\w-]){option}\b", told)
    } == set()
    assert told


def test_what_json_a_command_prints_is_documented() -> None:
    rows = re.findall(r"^\| `(monitor [^|]*) \|", text(DOCS / "reference" / "formats.md"), re.MULTILINE)
    told = {path for row in rows for path in _paths(row)}
    printing = {path for path, command in COMMANDS.items() if "--json" in _options(command)}
    assert printing - told == set()


def _paths(row: str) -> Iterator[str]:
    """`monitor issue list`, `new`, `show`: three commands."""
    first, *more = re.findall(r"[a-z ]+", row.replace("URL", ""))
    words = first.split()
    yield " ".join(words)
    yield from (" ".join([*words[:-1], one.strip()]) for one in more if one.strip())


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_command_that_a_page_shows_is_one(page: Path) -> None:
    assert [line for line in _shown(page) if not _is_command(line)] == []


def _shown(page: Path) -> Iterator[str]:
    for block in code(page):
        for line in block.splitlines():
            without_comment = re.sub(r"\s+#.*|[…\[\]]", "", line)
            yield from (found.strip() for found in COMMAND.findall(without_comment))


def _is_command(line: str) -> bool:
    words = shlex.split(line)
    path = next((" ".join(words[:n]) for n in (3, 2) if " ".join(words[:n]) in COMMANDS), None)
    if path is None:
        return len(words) > 1 and words[1] in {"--help", "-h"}
    wanted = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
    return wanted <= _options(COMMANDS[path]) | {"--help", "-h"}


def _options(command: Any) -> set[str]:
    return {option for one in command.params if is_option(one) for option in (*one.opts, *one.secondary_opts)}


def test_a_readme_says_where_all_commands_are() -> None:
    for readme in ("README.md", "README.ko.md"):
        assert "docs/reference/commands.md" in text(ROOT / readme)
