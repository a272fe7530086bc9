"""Letting people in and out, in a real browser."""

from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from monitor.models import Story
from review.accounts.roles import set_role
from tests.review.browser.house import IN_BROWSER, House

pytestmark = IN_BROWSER


@pytest.fixture
def boss(live_server: object) -> User:
    return User.objects.create_superuser("boss")


def test_an_admin_lets_somebody_in_and_out_again(house: House, boss: User, stories: list[Story]) -> None:
    page = house.open(boss, "/people/")
    page.locator("#name").fill("minji")
    page.get_by_label("보일 이름").fill("박민지")
    page.get_by_role("radio", name="보기만").check()
    page.get_by_role("button", name="더하고 로그인 링크 만들기").click()
    link = page.get_by_label("박민지님께 전해 주십시오.")
    expect(link).to_be_focused()

    theirs = house.open(None, urlsplit(link.input_value()).path)
    expect(theirs.locator("#cards .card").first).to_be_visible()
    expect(theirs.locator(".me .name")).to_have_text("박민지")

    page.goto("/people/")
    page.get_by_role("link", name="박민지").click()
    page.get_by_text("계정 닫기", exact=True).click()
    page.get_by_role("button", name="‘박민지’ 계정 닫기").click()
    expect(page.get_by_role("status").first).to_contain_text("계정을 닫았습니다")
    theirs.goto("/candidates/")
    expect(theirs.get_by_role("heading", name="로그인", exact=True)).to_be_visible()


def test_a_viewer_sees_no_buttons_that_decide(
    house: House, boss: User, hana: User, stories: list[Story]
) -> None:
    set_role(hana, "viewer")
    page = house.open(hana)
    expect(page.locator("#cards .card").first).to_be_visible()
    expect(page.locator("#cards .buttons button")).to_have_count(0)
    page.goto(f"/stories/{stories[0].pk}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("main .buttons button")).to_have_count(0)


def test_one_ends_a_session_that_one_forgot(house: House, hana: User) -> None:
    forgotten = house.open(hana, "/candidates/", user_agent="Mozilla/5.0 (Windows NT 10.0) Firefox/145.0")
    page = house.open(hana, "/me/")
    expect(page.locator(".row")).to_have_count(2)
    page.get_by_role("button", name="Firefox · Windows").click()
    expect(page.locator(".row")).to_have_count(1)
    forgotten.reload()
    expect(forgotten.get_by_role("heading", name="로그인", exact=True)).to_be_visible()


def test_a_password_that_was_set_opens_the_door(house: House, hana: User) -> None:
    page = house.open(hana, "/me/")
    page.get_by_label("새 비밀번호 열두").fill("소나무 아래 긴 비밀번호")
    page.get_by_label("새 비밀번호를 한 번 더").fill("소나무 아래 긴 비밀번호")
    page.get_by_role("button", name="비밀번호 정하기").click()
    expect(page.get_by_role("status").first).to_contain_text("비밀번호를 정했습니다")
    expect(page.get_by_label("지금 비밀번호")).to_be_visible()

    door = house.open(None, "/signin/")
    door.get_by_label("이름").fill("hana")
    door.get_by_label("비밀번호", exact=True).fill("소나무 아래 긴 비밀번호")
    door.get_by_role("button", name="로그인").click()
    expect(door.locator(".me .name")).to_have_text("김하나")


def test_the_guide_is_put_away(house: House, boss: User) -> None:
    page = house.open(boss)
    page.locator(".guide-left a").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("시작 안내")
    page.get_by_role("button", name="안내 치우기").click()
    page.wait_for_url("**/")
    expect(page.locator(".guide-left")).to_have_count(0)
