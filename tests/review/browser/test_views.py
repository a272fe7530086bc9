"""Saving a view and coming back to it, in a browser without scripts of ours."""

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from monitor.models import Story
from tests.review.browser.house import IN_BROWSER, House

pytestmark = IN_BROWSER


@pytest.mark.parametrize("scripts", [True, False])
def test_a_search_is_saved_and_found_again(
    house: House, hana: User, stories: list[Story], scripts: bool
) -> None:
    page = house.open(hana, java_script_enabled=scripts)
    page.get_by_role("searchbox").fill("금리")
    page.get_by_role("searchbox").press("Enter")
    page.wait_for_url("**/?*q=*")
    page.get_by_text("이 조건 저장").click()
    page.get_by_label("이름").fill("아침 금리")
    page.get_by_role("button", name="저장", exact=True).click()
    here = page.get_by_role("navigation", name="저장한 보기").get_by_role("link", name="아침 금리")
    expect(here).to_have_attribute("aria-current", "true")
    page.goto("/")
    here.click()
    expect(page.get_by_role("searchbox")).to_have_value("금리")
    page.get_by_text("보기 정리").click()
    page.get_by_role("button", name="지우기 아침 금리").click()
    expect(here).to_have_count(0)
    page.wait_for_url("**/?*q=*")
