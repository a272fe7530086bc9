"""Every page of a house in full work, with texts that never end: read by axe (WCAG 2.2 at level AA) and measured."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page

from classifiers.models import PastIssue
from monitor.models import Entry, Story
from review.deciding.decisions import decide
from review.models import Candidate, Issue, SavedView, StoryEvent
from tests.review.browser.house import IN_BROWSER, House
from tests.review.browser.pastissue import make_past_issue
from tests.review.browser.ruler import SHIFTS, faults_of
from tests.review.fullhouse import DOORS, make_full_house, pages

pytestmark = IN_BROWSER

#: A desk by day and a phone in the dark: both widths, both themes, at half of what all four pairs would take.
VIEWS: tuple[tuple[int, Any], ...] = ((1280, "light"), (390, "dark"))
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
#: axe's names for the rules of WCAG 2.0, 2.1 and 2.2 at level AA, and for what it holds to be good practice.
OPTIONS = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    # No frames, and no style sheet of another site.
    "iframes": False,
    "preload": False,
}
#: Whatever is folded away, but for the menus, which cover what they open over.
UNFOLD = "document.querySelectorAll('details:not(.menu)').forEach(element => element.open = true)"
#: The pages are shared out, so that several processes have something to do.
PARTS = 4


def violations(page: Page, part: str = "html", *, contrast: bool = True) -> Iterator[str]:
    """What axe holds to be serious or critical, each with the first elements that it means."""
    options = OPTIONS | {"rules": {"color-contrast": {"enabled": contrast}}}
    found = page.evaluate("([part, options]) => axe.run(part, options)", [part, options])
    for fault in found["violations"]:
        if fault["impact"] in {"serious", "critical"}:
            where = "; ".join(node["html"][:120] for node in fault["nodes"][:3])
            yield f"{fault['id']} ({len(fault['nodes'])}): {where}"


@pytest.fixture
def full_house(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[House, User]:
    """A day with everything on it, and a story whose every text is one endless word."""
    boss = make_full_house(timezone.now())
    make_past_issue()
    said = {
        str(pk): [0.9 if pk % 2 else 0.2, ["ai", "quantum"]]
        for pk in Entry.objects.values_list("pk", flat=True)
    }
    (tmp_path / "rehearsals").mkdir()
    (tmp_path / "rehearsals" / "shipped-words.json").write_text(
        json.dumps({"made_at": timezone.now().isoformat(), "entries": said})
    )
    monkeypatch.setattr("review.pages.quality.models_folder", lambda: tmp_path)
    story = Story.objects.get(lead__title__startswith="AI 기본법")
    word = "Donaudampfschifffahrtsgesellschaft" * 8
    Entry.objects.filter(story=story).update(
        title=word, summary=f"<p>{word}</p><pre>{word}</pre>", url="https://x.example/" + word
    )
    decide(story.pk, boss, "accept", "web", timezone.now())
    issue = Issue.objects.get(bulletin="kiat-watch", closed_at=None)
    Candidate.objects.filter(story=story).update(
        issue=issue,
        section="정책동향",
        headline=word,
        summary=word,
        note=word,
        cited_title=word,
        field=word[:40],
    )
    StoryEvent.objects.create(story=story, editor=boss, kind="comment", text=word)
    SavedView.objects.create(owner=boss, name=word[:60], query="lang=de")
    return house, boss


@pytest.mark.parametrize("part", range(PARTS))
def test_axe_and_a_ruler_find_nothing_wrong(full_house: tuple[House, User], part: int) -> None:
    """Nothing serious for axe; no sideways scrolling from 320 to 1600 px, contrast in both themes, room for thumbs."""
    house, user = full_house
    faults: list[str] = []
    endless = Story.objects.get(lead__title__startswith="Donau")
    unusual = (
        f"/stories/{endless.pk}",
        f"/candidates/{endless.candidate.pk}",
        f"/issues/past/{PastIssue.objects.get(number='2031-04').pk}",
    )
    for who, paths in ((user, (*pages(), *unusual)), (None, DOORS)):
        page = house.open(who, "/signin/" if who is None else "/me/", alone=True)
        page.context.add_init_script(SHIFTS)
        page.context.add_init_script(AXE)
        for path in paths[part::PARTS]:
            answer = page.goto(path)
            if answer is None or (answer.status != 200 and path not in DOORS):
                faults.append(f"{path} is not there")
                continue
            faults += [f"{path}: {fault}" for fault in faults_of_every_kind(page)]
    assert not faults, "\n".join(faults)


def faults_of_every_kind(page: Page) -> Iterator[str]:
    """What axe finds in both views, then what the ruler finds."""
    moved = page.evaluate("shifts")
    for width, theme in VIEWS:
        page.set_viewport_size({"width": width, "height": 844})
        page.emulate_media(color_scheme=theme)
        page.evaluate(UNFOLD)
        # More than half of what axe takes; and the ruler asks more of every text, in both themes.
        contrast = theme == "dark"
        yield from (f"at {width} px: {fault}" for fault in violations(page, contrast=contrast))
    # Axe and the other width moved things, not the page.
    page.evaluate("moved => shifts = moved", moved)
    yield from faults_of(page)


@pytest.mark.parametrize(("width", "theme"), VIEWS)
def test_axe_finds_nothing_serious_in_an_open_menu(house: House, hana: User, width: int, theme: Any) -> None:
    page = house.open(
        hana, "/start/", alone=True, color_scheme=theme, viewport={"width": width, "height": 844}
    )
    page.evaluate(AXE)
    menus = page.locator("details.menu > summary").all()
    assert menus
    faults = []
    for menu in menus:
        menu.click()
        faults += violations(page, "details.menu[open]")
    assert not faults, "\n".join(faults)
