"""The pictures in a real browser: their links, their tables, and nothing that runs out of its place."""

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.review.browser.house import IN_BROWSER, House
from tests.review.fullhouse import make_full_house
from tests.review.seed import Seed, Told, make_story

pytestmark = IN_BROWSER

#: Parts of drawings that reach beyond their drawing; a line's halo may, by a hair.
OUTSIDE = """() => [...document.querySelectorAll(".chart text, .chart rect, .chart circle")].filter(mark => {
  const box = mark.getBoundingClientRect(), room = mark.closest("svg.chart").getBoundingClientRect()
  return box.width && (box.left < room.left - 2 || box.right > room.right + 2 || box.top < room.top - 2 || box.bottom > room.bottom + 4)
}).map(mark => mark.outerHTML)"""

#: Texts of one drawing that stand upon each other.
CROWDED = """() => [...document.querySelectorAll("svg.chart")].flatMap(drawing => {
  const texts = [...drawing.querySelectorAll("text:not(.scale)")].map(text => [text, text.getBoundingClientRect()])
  return texts.flatMap(([one, a], at) => texts.slice(at + 1)
    .filter(([, b]) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 5)
    .map(([other]) => `${one.textContent} / ${other.textContent}`))
})"""


@pytest.fixture
def rises(live_server: object, hana: User) -> User:
    """A month in which critical minerals rose three weeks ago, and monetary policy rises now."""
    now = timezone.now()
    with transaction.atomic():
        for day in range(30):
            topics = ["space"] * 4 + ["critical-minerals"] * (9 if day in (20, 21) else 0)
            for topic in topics + ["monetary"] * (12 if day == 0 else 0):
                make_story(Seed(Told("xtech", "ja", topic, "", 24 * day), 0.7, {topic: 0.9}), now)
    return hana


def test_a_burst_leads_into_the_queue(house: House, rises: User) -> None:
    page = house.open(rises, "/overview/")
    page.locator(".rising a").first.click()
    page.wait_for_url("**/?topic=monetary&days=1")
    expect(page.locator(".active")).to_contain_text("금융정책·금리")


def test_a_topic_is_chosen_and_its_burst_in_the_drawing_is_a_link(house: House, rises: User) -> None:
    page = house.open(rises, "/overview/")
    page.get_by_label("주제", exact=True).select_option("critical-minerals")
    page.locator("form", has=page.locator("#topic")).get_by_role("button", name="보기").click()
    page.wait_for_url("**/overview/?topic=critical-minerals*")
    page.locator("svg.series a .burst-name").click()
    page.wait_for_url("**/?topic=critical-minerals&days=30")


def test_the_same_numbers_can_be_read_as_a_table_by_keyboard(house: House, rises: User) -> None:
    page = house.open(rises, "/overview/?topic=critical-minerals")
    figure = page.locator(".picture", has=page.locator("svg.series"))
    figure.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(figure.get_by_role("row")).to_have_count(57)
    page.keyboard.press("Tab")
    expect(page.get_by_role("region", name="핵심광물·희소금속, 하루에 들어온 글")).to_be_focused()
    page.keyboard.press("Tab")
    expect(figure.get_by_role("table").get_by_role("link").first).to_be_focused()


@pytest.mark.parametrize("path", ["/overview/?topic=critical-minerals", "/quality/", "/sources/", "/topics/"])
def test_every_picture_stays_in_its_place_at_every_width(
    house: House, live_server: object, path: str
) -> None:
    page = house.open(make_full_house(timezone.now()))
    page.context.set_default_timeout(30_000)
    page.goto(path)
    faults = []
    for width in (320, 390, 820, 1280, 1600):
        page.set_viewport_size({"width": width, "height": 844})
        faults += [f"{width} px, outside: {mark}" for mark in page.evaluate(OUTSIDE)]
        faults += [f"{width} px, crowded: {mark}" for mark in _crowded(page, width)]
    assert faults == []


def _crowded(page: Page, width: int) -> list[str]:
    """Below a telephone's width numbers may touch: a picture cannot be read there, its table can."""
    return list(page.evaluate(CROWDED)) if width >= 390 else []
