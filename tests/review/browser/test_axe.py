"""Every page of a house in full work, read by axe: WCAG 2.2 at level AA, both themes, two widths."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page

from tests.review.browser.house import IN_BROWSER, House
from tests.review.fullhouse import DOORS, make_full_house, pages

pytestmark = IN_BROWSER

#: A phone in the dark and a desk by day: both widths, both themes, at half of what all four pairs would take.
VIEWS = ((390, "dark"), (1280, "light"))
#: axe's names for the rules of WCAG 2.0, 2.1 and 2.2 at level AA, and for what it holds to be good practice.
OPTIONS = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
#: Whatever is folded away, but for the menus, which cover what they open over.
UNFOLD = "document.querySelectorAll('details:not(.menu)').forEach(element => element.open = true)"


def violations(page: Page, axe: Axe, part: str = "html") -> Iterator[str]:
    """What axe holds to be serious or critical, each with the first elements that it means."""
    for fault in axe.run(page, part, OPTIONS).response["violations"]:
        if fault["impact"] in {"serious", "critical"}:
            where = "; ".join(node["html"][:120] for node in fault["nodes"][:3])
            yield f"{page.url}: {fault['id']} ({len(fault['nodes'])}): {where}"


@pytest.mark.parametrize(("width", "theme"), VIEWS)
def test_axe_finds_nothing_serious_on_any_page(house: House, width: int, theme: Any) -> None:
    boss = make_full_house(timezone.now())
    axe, faults = Axe(), []
    for who, paths in ((None, DOORS), (boss, pages())):
        # The policy that keeps scripts out keeps axe out too; tests/review/test_safety.py sees that it is there.
        page = house.open(who, "/signin/" if who is None else "/", bypass_csp=True, color_scheme=theme)
        page.context.set_default_timeout(30_000)
        page.set_viewport_size({"width": width, "height": 844})
        for path in paths:
            answer = page.goto(path)
            if answer is None or (answer.status != 200 and path not in DOORS):
                faults.append(f"{path} is not there")
                continue
            page.evaluate(UNFOLD)
            faults += violations(page, axe)
    for menu in page.locator("details.menu > summary").all():
        menu.click()
        faults += violations(page, axe, "details.menu[open]")
    assert not faults, "\n".join(faults)
