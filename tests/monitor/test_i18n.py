"""Every text of the code has its English, with the same fields, and the compiled catalogue is the written one."""

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import polib

from alerts.channels import CHANNELS
from monitor.i18n import translate
from monitor.polls.health import _WORDS

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "monitor" / "locale" / "en" / "LC_MESSAGES"


def texts() -> set[str]:
    """The texts that the code hands to gettext, outside pages' templates."""
    found = {*_WORDS.values()}
    for way in CHANNELS.values():
        found |= {way.name, way.written.refusal} if way.written else set()
    for package in ("monitor", "classifiers", "alerts", "review"):
        for file in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if (
                    isinstance(node, ast.Call)
                    and getattr(node.func, "id", "") in {"_", "_line"}
                    and node.args
                ):
                    text = node.args[0]
                    if isinstance(text, ast.Constant) and isinstance(text.value, str):
                        found.add(text.value)
    return found


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_text_has_its_english() -> None:
    english = {
        entry.msgid: entry.msgstr for entry in polib.pofile(str(CATALOGUE / "django.po")) if entry.msgstr
    }
    assert texts() - english.keys() == set()
    assert [
        text for text in texts() if "{" in text and "%" not in text and fields(text) != fields(english[text])
    ] == []


def test_no_english_is_left_of_a_text_that_nobody_says_any_more() -> None:
    said = " ".join(" ".join(one.split()) for one in _strings())
    assert [
        entry.msgid
        for entry in polib.pofile(str(CATALOGUE / "django.po"))
        if " ".join(entry.msgid.split()).replace("%%", "%") not in said
    ] == []


def _strings() -> Iterator[str]:
    for package in ("monitor", "classifiers", "alerts", "review"):
        for file in (ROOT / package).rglob("*"):
            if file.suffix == ".py":
                for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                    if isinstance(node, ast.Constant) and isinstance(node.value, str):
                        yield node.value
            elif "templates" in file.parts and file.is_file():
                # What a template writes as a field is one of the catalogue's.
                yield re.sub(r"{{ *(\w+)[^}]*}}", r"%(\1)s", file.read_text(encoding="utf-8"))


def test_korean_needs_no_catalogue_and_what_it_lacks_stays_korean() -> None:
    assert translate("원문", "ko") == "원문"
    assert translate("원문", "en") == "Open"
    assert translate("없는 글", "en") == "없는 글"
