"""The documents, as the tests of them read: pages, links, tables and examples."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(
    [*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / "deploy").glob("*.md"), *(ROOT / "fuzz").glob("*.md")]
)

_FENCE = re.compile(r"^```[^\n]*\n.*?^```[^\S\n]*$", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"(?:^(?: {4}|\t)[^\n]*\n)+", re.MULTILINE)
_CODE = re.compile(r"`[^`\n]+`")
_LINK = re.compile(r"\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+)\)")
_HEADING = re.compile(r"^(#{1,6}) (.+)$", re.MULTILINE)
_MARKED = re.compile(r"^<!-- test: (\w+) -->\n```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@cache
def text(page: Path) -> str:
    """A page's text."""
    return page.read_text(encoding="utf-8")


def name(page: Path) -> str:
    """What a failing test calls a page."""
    return page.relative_to(ROOT).as_posix()


def links(page: Path) -> list[str]:
    """Where the page's links and pictures lead; what stands in code is none."""
    return _LINK.findall(_CODE.sub("", _FENCE.sub("", text(page))))


def anchors(page: Path) -> set[str]:
    """The page's headings as addresses, as GitHub and MyST make them."""
    titles = (match[1] for match in _HEADING.findall(_FENCE.sub("", text(page))))
    plain = (re.sub(r"\[([^\]]*)\]\([^)]*\)|`", r"\1", title).strip().lower() for title in titles)
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in plain}


def named_in_code(page: Path) -> list[str]:
    """What stands in single backticks."""
    return [one.strip("`") for one in _CODE.findall(_FENCE.sub("", text(page)))]


def code(page: Path) -> Iterator[str]:
    """The page's blocks of code, fenced or indented."""
    yield from (block.partition("\n")[2].rpartition("\n")[0] for block in _FENCE.findall(text(page)))
    yield from _INDENTED.findall(_FENCE.sub("", text(page)))


def examples(kind: str) -> list[tuple[Path, str]]:
    """The examples marked `<!-- test: KIND -->`, with their pages."""
    return [(page, body) for page in PAGES for marked, body in _MARKED.findall(text(page)) if marked == kind]


def table_below(page: Path, heading: str) -> set[str]:
    """The names in the first column of the table that follows a heading."""
    below = text(page).partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    assert below, f"no such heading: {heading}"
    first = re.findall(r"^\| (`[^|]*) \|", below, re.MULTILINE)
    return {one for cell in first for one in re.findall(r"`([^`]+)`", cell)}
