"""What the documents point to is there."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, PAGES, ROOT, anchors, links, name, named_in_code, text

FILE = re.compile(r"(?:monitor|classifiers|alerts|review|tests|tools|bench|docs|deploy|fuzz)/[\w./-]*[\w/]")
#: What a recipe has its reader make.
TO_BE_MADE = {
    "monitor/parsers/csv_list.py",
    "alerts/channels/sms.py",
    "review/exports/text.py",
    "classifiers/data/training/shipbuilding.jsonl",
    "monitor/locale/ja/LC_MESSAGES/django.po",
}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_relative_link_and_picture_leads_somewhere(page: Path) -> None:
    assert [link for link in links(page) if not _leads_somewhere(page, link)] == []


def _leads_somewhere(page: Path, link: str) -> bool:
    if re.match(r"[a-z]+:", link):
        return True
    path, _hash, anchor = link.partition("#")
    target = (page.parent / path) if path else page
    return target.exists() and (not anchor or anchor in anchors(target))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_file_that_is_named_is_there(page: Path) -> None:
    named = {one for one in named_in_code(page) if FILE.fullmatch(one)} - TO_BE_MADE
    assert (
        sorted(one for one in named if not (ROOT / one).exists() and not (ROOT / f"{one}.py").exists()) == []
    )


def test_every_decision_is_listed() -> None:
    readme = DOCS / "decisions" / "README.md"
    assert set(links(readme)) == {page.name for page in readme.parent.glob("*.md")} - {"README.md"}


def test_every_picture_is_shown_somewhere() -> None:
    shown = {(page.parent / link).resolve() for page in PAGES for link in links(page)}
    assert sorted(one.name for one in (DOCS / "pictures").iterdir() if one.resolve() not in shown) == []


def test_both_readmes_have_the_same_parts() -> None:
    korean, english = (
        len(re.findall(r"^## ", text(ROOT / one), re.MULTILINE)) for one in ("README.ko.md", "README.md")
    )
    assert korean == english
