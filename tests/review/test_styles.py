"""The style sheets say nothing that no page shows, and no class of theirs means two things."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from alerts.models import Alert
from monitor.models import Story
from monitor.polls.health import State

REVIEW = Path(__file__).resolve().parents[2] / "review"
SHEETS = sorted((REVIEW / "static/review/css").iterdir())

#: htmx marks the form whose answer is on its way (https://htmx.org/reference/#classes).
BY_OTHERS = {"htmx-request"}


def selectors(sheet: Path) -> Iterator[str]:
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.DOTALL)
    for group in re.findall(r"([^{};]+)\{", text):
        if not group.strip().startswith("@"):
            yield from re.split(r",(?![^(]*\))", group.strip())


def what_pages_say() -> str:
    written = (path for path in REVIEW.rglob("*") if path.suffix in {".html", ".js", ".py"})
    return "\n".join(path.read_text() for path in written)


def test_every_sheet_is_linked_in_the_order_in_which_each_may_rely_on_those_before() -> None:
    linked = re.findall(
        r'rel="stylesheet" href="{% static "review/css/(\w+)\.css" %}"',
        (REVIEW / "templates/review/bare.html").read_text(),
    )
    assert sorted(linked) == [sheet.stem for sheet in SHEETS]
    assert linked[0] == "base"
    assert linked[-1] == "print"


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.stem)
def test_every_class_and_id_of_a_sheet_stands_in_a_page_a_script_or_a_chart(sheet: Path) -> None:
    said = what_pages_say()
    named = {
        name for selector in selectors(sheet) for name in re.findall(r"[.#]([A-Za-z][\w-]*)", selector)
    } - BY_OTHERS
    # A chart writes `heat-{kind}` for heat-0 to heat-5.
    family = {name: name.rstrip("0123456789") + "{" for name in named if name[-1].isdigit()}
    unknown = {
        name
        for name in named
        if not re.search(rf"(?<![\w-]){name}(?![\w-])", said)
        and not (name in family and family[name] in said)
    }
    assert unknown == set()


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.stem)
def test_no_rule_for_a_class_alone_is_meant_for_something_else_than_a_state_of_that_name(sheet: Path) -> None:
    states = {*State, *Alert.State.values, *Story.Queue.values}
    alone = {
        match[1] for selector in selectors(sheet) if (match := re.fullmatch(r"\.([\w-]+)", selector.strip()))
    }
    assert alone & states == set()
