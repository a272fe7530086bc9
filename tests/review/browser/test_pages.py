"""The pages in a real browser: keys, no JavaScript, two editors at once."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import expect

from alerts.recipients import add
from classifiers.models import PastArticle
from monitor.models import Story
from review.models import Candidate, Decision
from tests.review.browser.house import IN_BROWSER, House, focused, shown
from tests.review.browser.pastissue import make_past_issue
from tests.review.seed import Seed, Told, make_story

pytestmark = IN_BROWSER


class TestKeys:
    def test_a_morning_by_keyboard(self, house: House, hana: User, stories: list[Story]) -> None:
        first, second, third, fourth = (f"story-{story.pk}" for story in stories[:4])
        page = house.open(hana)
        keys, toast = page.keyboard, page.locator("#toast")

        keys.press("j")
        assert focused(page) == first
        keys.press("j")
        keys.press("j")
        keys.press("k")
        assert focused(page) == second
        assert page.locator(f"#{second}").evaluate("card => getComputedStyle(card).outlineStyle") == "solid"

        keys.press("a")
        expect(toast).to_contain_text("후보로 올렸습니다.")
        expect(page.locator(f"#{second}")).to_have_count(0)
        assert focused(page) == third
        assert page.locator("#waiting").inner_text().split()[-1] == "39"
        assert Candidate.objects.get().story == stories[1]

        keys.press("u")
        expect(page.locator(f"#{second}")).to_be_focused()
        expect(toast).to_contain_text("되돌렸습니다.")
        assert shown(page)[:4] == [first, second, third, fourth]
        assert not Candidate.standing.exists()

        keys.press("x")
        expect(toast).to_contain_text("제외했습니다.")
        keys.press("l")
        expect(toast).to_contain_text("에 다시 보여 드립니다.")
        assert focused(page) == fourth
        assert [*Decision.objects.order_by("id").values_list("choice", flat=True)] == [
            "accept",
            "undo",
            "reject",
            "later",
        ]

        keys.press("?")
        help_box = page.locator("#help")
        expect(help_box).to_be_visible()
        keys.press("a")
        keys.press("Escape")
        expect(help_box).to_be_hidden()
        assert Decision.objects.count() == 4, "keys rest while the help is open"

        keys.press("/")
        assert focused(page) == "q"
        keys.type("jax")
        assert page.input_value("#q") == "jax"
        keys.press("Escape")
        assert focused(page) != "q"
        assert Decision.objects.count() == 4, "letters in a field are letters"

        keys.press("j")
        keys.press("Enter")
        page.wait_for_url(f"**/stories/{stories[0].pk}")

    def test_undo_reaches_back_decision_by_decision(
        self, house: House, hana: User, stories: list[Story]
    ) -> None:
        page = house.open(hana)
        before = shown(page)
        for key in "jaxla":
            page.keyboard.press(key)
        expect(page.locator("#cards > .card")).to_have_count(26)
        assert shown(page) == before[4:]
        page.keyboard.press("u")
        expect(page.locator("#cards > .card")).to_have_count(27)
        assert shown(page) == before[3:]
        for key in "uuu":
            page.keyboard.press(key)
        expect(page.locator("#cards > .card")).to_have_count(30)
        assert shown(page) == before
        page.keyboard.press("u")
        expect(page.locator("#toast")).to_contain_text("되돌릴 결정이 없습니다.")

    def test_undo_means_the_last_press_even_while_that_is_still_on_its_way(
        self, house: House, hana: User, stories: list[Story]
    ) -> None:
        page = house.open(hana)
        page.keyboard.press("j")
        page.keyboard.press("a")
        expect(page.locator("#toast")).to_contain_text("후보로 올렸습니다.")
        page.keyboard.press("x")
        page.keyboard.press("u")
        expect(page.locator(f"#story-{stories[1].pk}")).to_be_focused()
        expect(page.locator("#toast")).to_contain_text("되돌렸습니다.")
        log = Decision.objects.order_by("id").values_list("story", "choice")
        assert [*log] == [(stories[0].pk, "accept"), (stories[1].pk, "reject"), (stories[1].pk, "undo")]

    def test_keys_that_follow_each_other_fast_each_find_their_card(
        self, house: House, hana: User, stories: list[Story]
    ) -> None:
        page = house.open(hana)
        page.evaluate("""for (const key of "jaxlaxlaxlaxlaxlaxla") {
            document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}))
        }""")
        # Nineteen requests, one after the other.
        expect(page.locator("#cards > .card")).to_have_count(11)
        decided = Decision.objects.order_by("id").values_list("story", "choice")
        presses = ["accept", "reject", "later"] * 6 + ["accept"]
        assert [*decided] == [*zip([story.pk for story in stories], presses, strict=False)]

    def test_keys_work_with_a_korean_input_method_or_caps_lock_on(
        self, house: House, hana: User, stories: list[Story]
    ) -> None:
        page = house.open(hana)
        for number, key in enumerate(("ㅓ", "Process", "J")):
            page.evaluate(
                """key => document.activeElement.dispatchEvent(
                    new KeyboardEvent("keydown", {key, code: "KeyJ", bubbles: true}))""",
                key,
            )
            assert focused(page) == f"story-{stories[number].pk}"

    def test_o_opens_the_original_in_a_window_of_its_own(
        self, house: House, hana: User, stories: list[Story]
    ) -> None:
        page = house.open(hana)
        page.keyboard.press("j")
        with page.context.expect_page() as opened:
            page.keyboard.press("o")
        assert opened.value.url == stories[0].lead.url  # type: ignore[union-attr]
        assert opened.value.evaluate("window.opener") is None

    def test_j_at_the_end_brings_more_and_an_emptied_queue_says_so(
        self, house: House, hana: User, stories: list[Story]
    ) -> None:
        page = house.open(hana)
        page.evaluate("document.querySelectorAll('#cards > .card')[29].focus()")
        page.keyboard.press("j")
        expect(page.locator("#cards > .card")).to_have_count(40)
        assert len(set(shown(page))) == 40
        Story.objects.exclude(pk=stories[0].pk).update(queue="rejected")
        page.goto("/")
        page.keyboard.press("j")
        page.keyboard.press("a")
        expect(page.locator("h2", has_text="다 보셨습니다")).to_be_visible()

    def test_what_could_not_be_saved_comes_back_and_says_so(
        self, house: House, hana: User, stories: list[Story]
    ) -> None:
        page = house.open(hana)
        page.route("**/decide", lambda route: route.abort())
        page.keyboard.press("j")
        page.keyboard.press("a")
        expect(page.locator("#toast")).to_contain_text("저장하지 못했습니다.")
        expect(page.locator(f"#story-{stories[0].pk}")).to_be_focused()
        assert not page.locator(".leaving").count()
        page.unroute("**/decide")
        page.keyboard.press("a")
        expect(page.locator("#toast")).to_contain_text("후보로 올렸습니다.")
        house.problems.clear()

    def test_a_session_that_ended_leads_to_the_sign_in_and_back(
        self, house: House, hana: User, stories: list[Story]
    ) -> None:
        page = house.open(hana, "/?lang=ja")
        page.context.clear_cookies(name="sessionid")
        page.keyboard.press("j")
        page.keyboard.press("a")
        page.wait_for_url("**/signin/?next=%2F%3Flang%3Dja")


def test_everything_works_without_javascript(house: House, hana: User, stories: list[Story]) -> None:
    page = house.open(hana, java_script_enabled=False)
    assert page.locator("kbd:visible").count() == 0
    page.locator("select[name=lang]").select_option("ja")
    page.get_by_role("button", name="적용").click()
    page.wait_for_url("**lang=ja**")
    page.locator(f"#story-{stories[3].pk}").get_by_role("button", name="후보").click()
    page.wait_for_url(f"**lang=ja**#story-{stories[8].pk}")  # the next Japanese card
    expect(page.locator("#toast")).to_contain_text("후보로 올렸습니다.")
    page.locator("#toast").get_by_role("button", name="되돌리기").click()
    page.wait_for_url(f"**#story-{stories[3].pk}")
    assert not Candidate.standing.exists()
    page.locator(f"#story-{stories[3].pk}").get_by_role("link", name="자세히").click()
    page.get_by_role("button", name="제외").click()
    expect(page.locator(".verdict .state")).to_contain_text("제외")
    page.goto("/")
    page.get_by_text("비슷한 글 3건").click()
    expect(page.get_by_text("2ナノ量産へ追加支援")).to_be_visible()
    page.get_by_role("link", name="더 보기").click()
    expect(page.locator(".card")).to_have_count(9)
    page.locator("summary", has_text="김하나").click()
    page.get_by_role("button", name="로그아웃").click()
    page.wait_for_url("**/signin/")


class TestMenus:
    def test_they_open_one_at_a_time_and_without_javascript(self, house: House, hana: User) -> None:
        page = house.open(hana, java_script_enabled=False)
        more, mine = page.locator("summary", has_text="더 보기"), page.locator("summary", has_text="김하나")
        more.click()
        expect(page.get_by_role("link", name="품질")).to_be_visible()
        mine.click()
        expect(page.get_by_role("link", name="품질")).to_be_hidden()
        more.click()
        page.get_by_role("link", name="품질").click()
        page.wait_for_url("**/quality/")
        weight = more.evaluate("summary => getComputedStyle(summary).fontWeight")
        assert int(weight) > 600, "a menu says that the page is one of its own"

    def test_escape_leads_back_and_looking_elsewhere_closes(self, house: House, hana: User) -> None:
        page = house.open(hana)
        more, quality = page.locator("summary", has_text="더 보기"), page.get_by_role("link", name="품질")
        more.press("Enter")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="지난 호")).to_be_focused()
        page.keyboard.press("Escape")
        expect(quality).to_be_hidden()
        expect(more).to_be_focused()
        more.press("Enter")
        page.locator("h1").click()
        expect(quality).to_be_hidden()
        more.press("Enter")
        page.keyboard.press("Shift+Tab")
        expect(quality).to_be_hidden()

    @pytest.mark.parametrize("width", [320, 390, 1280])
    def test_they_stay_within_the_window(self, house: House, hana: User, width: int) -> None:
        page = house.open(hana, viewport={"width": width, "height": 844})
        for menu in page.locator("details.menu").all():
            menu.locator("summary").click()
            box = menu.locator("ul").bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width


COVERED = """() => {
  const focused = document.activeElement, box = focused.getBoundingClientRect()
  if (focused === document.body || !box.width) return null
  const at = document.elementFromPoint(box.x + box.width / 2, box.y + Math.min(box.height / 2, 20))
  return at && (focused.contains(at) || at.contains(focused) || at.closest("label")) ? null : focused.outerHTML.slice(0, 90)
}"""


@pytest.mark.parametrize("key", ["Tab", "Shift+Tab"])
def test_nothing_that_has_the_focus_is_hidden_by_the_top_or_the_line_at_the_foot(
    house: House, hana: User, stories: list[Story], key: str
) -> None:
    """WCAG 2.2, 2.4.11."""
    page = house.open(hana, viewport={"width": 1280, "height": 600})
    page.locator(f"#story-{stories[0].pk}").get_by_role("button", name="후보").click()
    expect(page.locator("#toast")).to_contain_text("후보로 올렸습니다.")
    covered = []
    page.locator(f"#story-{stories[9].pk}").focus()
    for _press in range(60):
        page.keyboard.press(key)
        covered.append(page.evaluate(COVERED))
    assert [what for what in covered if what] == []


class TestRecipients:
    def test_last_week_follows_the_form_as_it_changes(self, house: House, boss: User) -> None:
        to = add("telegram:1")
        page = house.open(boss, f"/recipients/{to.pk}/")
        expect(page.locator("#preview .finding")).to_have_text("하루 평균 2.0건")
        page.get_by_label("알림 예산").fill("1")
        page.get_by_label("알림 예산").press("Tab")
        expect(page.locator("#preview .finding")).to_have_text("하루 평균 1.0건")
        page.get_by_label("양자기술").check()
        expect(page.locator("#preview .finding")).to_have_text("하루 평균 0.0건")
        to.refresh_from_db()
        assert to.budget is None, "a look changes nothing"
        page.get_by_role("button", name="저장").click()
        expect(page.locator(".notice")).to_contain_text("저장했습니다")
        to.refresh_from_db()
        assert (to.budget, to.subscriptions.get().topics) == (1, ["quantum"])

    def test_enter_saves_nothing_and_drops_no_rule(self, house: House, boss: User) -> None:
        to = add("telegram:1", topics=["ai"])
        add("telegram:1", words=["금리"], also=True)
        page = house.open(boss, f"/recipients/{to.pk}/", java_script_enabled=False)
        page.get_by_label("알림 예산").fill("1")
        page.get_by_label("알림 예산").press("Enter")
        page.wait_for_url("**#preview")
        expect(page.locator(".rule")).to_have_count(2)
        assert page.get_by_label("알림 예산").input_value() == "1"
        to.refresh_from_db()
        assert (to.budget, to.subscriptions.count()) == (None, 2)
        page.locator("#rule-1").get_by_role("button", name="지우기").click()
        expect(page.locator(".rule")).to_have_count(1)
        page.get_by_role("button", name="저장").click()
        assert "저장했습니다" in page.locator(".notice").inner_text()
        assert to.subscriptions.get().words == ["금리"]

    @pytest.fixture
    def boss(self, live_server: Any) -> User:
        """An administrator, in a house to which two good stories came on each day of last week."""
        for days in range(1, 10):
            for number in range(2):
                seed = Seed(
                    Told("boj", "ko", f"{days}일 전의 소식 {number}", hours=0), 0.7 + number / 10, {"ai": 0.9}
                )
                make_story(seed, timezone.now() - timedelta(days=days))
        return User.objects.create_superuser("boss")


def test_topics_are_confirmed_without_javascript(house: House, hana: User) -> None:
    issue = make_past_issue()
    _confirmed, second, third = issue.articles.all()
    page = house.open(hana, f"/issues/past/{issue.pk}", java_script_enabled=False)
    one = page.locator(f"#article-{second.pk}")
    one.get_by_label("우주항공").uncheck()
    page.locator(f"#article-{third.pk}").get_by_text("다른 주제").click()
    page.locator(f"#article-{third.pk}").get_by_label("로봇").check()
    one.get_by_label("양자기술").press("Enter")
    assert not PastArticle.objects.filter(pk=second.pk, confirmed_at__isnull=False).exists(), (
        "Enter presses no button"
    )
    one.get_by_role("button", name="주제 확정").click()
    assert page.url.endswith(f"#article-{third.pk}")
    page.get_by_role("button", name="이 호의 주제 확정").click()
    assert "기사 3건의 주제를 확정했습니다." in page.locator(".notice").inner_text()
    assert [row.topics for row in issue.articles.all()] == [["ai"], ["quantum"], ["robotics"]]


def test_filters_fold_away_on_a_phone_and_open_without_javascript(
    house: House, hana: User, stories: list[Story]
) -> None:
    page = house.open(hana, java_script_enabled=False, viewport={"width": 390, "height": 844})
    assert not page.locator("select[name=lang]").is_visible()
    page.get_by_text("거르기", exact=True).click()
    assert page.locator("select[name=lang]").is_visible()


def test_of_two_editors_the_second_is_told_in_place(house: House, hana: User, stories: list[Story]) -> None:
    seojun = User.objects.create_user("seojun", last_name="이", first_name="서준")
    one, other = house.open(hana), house.open(seojun)
    one.locator(f"#story-{stories[0].pk}").get_by_role("button", name="후보").click()
    expect(one.locator("#toast")).to_contain_text("후보로 올렸습니다.")
    other.keyboard.press("j")
    other.keyboard.press("x")
    settled = other.locator(f"#story-{stories[0].pk}")
    expect(settled).to_contain_text("이미 김하나님이 후보로 올렸습니다.")
    expect(other.locator("#toast")).to_contain_text("이미 김하나님이 후보로 올렸습니다.")
    assert focused(other) == f"story-{stories[1].pk}"
    assert Decision.objects.count() == 1
    assert Candidate.objects.get().accepted_by == hana


def test_small_links_reach_further_than_they_look_on_a_touch_screen(
    house: House, hana: User, stories: list[Story]
) -> None:
    page = house.open(hana, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    for link in (".chip", ".story-link"):
        height = page.evaluate(
            f"parseFloat(getComputedStyle(document.querySelector('.card {link}'), '::after').height)"
        )
        assert height >= 43, link


def test_titles_are_set_in_the_letters_of_their_language(
    house: House, hana: User, stories: list[Story]
) -> None:
    page = house.open(hana)

    def font(lang: str) -> str:
        return str(
            page.evaluate(f"getComputedStyle(document.querySelector('.title:lang({lang})')).fontFamily")
        )

    assert font("ja").startswith('"Hiragino Sans"')
    assert font("zh").startswith('"PingFang SC"')
    assert font("ko").startswith("Pretendard")
