"""The month's end in a real browser: candidates arranged by mouse and by keys, written, taken along in four formats, closed."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, expect

from classifiers.models import PastArticle
from monitor.models import Story
from review.deciding.decisions import decide
from review.models import Candidate, Issue
from tests.review.browser.house import IN_BROWSER, House, focused

pytestmark = IN_BROWSER

KIAT = "kiat-watch"
FOCUS, TRENDS, POLICY, CLIPPINGS = "이슈포커스", "산업·기술동향", "정책동향", "유망기술 클리핑"


@pytest.fixture
def candidates(hana: User, stories: list[Story]) -> list[Candidate]:
    """Five accepted stories, the first accepted on top."""
    now = timezone.now()
    for index, story in enumerate(stories[:5]):
        decide(story.pk, hana, "accept", "web", now - timedelta(minutes=index))
    return [Candidate.objects.get(story=story) for story in stories[:5]]


@pytest.fixture
def issue(live_server: object) -> Issue:
    today = timezone.localdate()
    return Issue.objects.create(
        bulletin=KIAT, number="2026-23", deadline_on=today, published_on=today + timedelta(days=4)
    )


def section(page: Page, name: str) -> list[str]:
    """The ids of the articles that stand in a section."""
    script = """name => [...document.querySelectorAll('#board [data-spot]')]
      .filter(one => one.matches('.seats, .board-waiting') && one.dataset.spot.endsWith('/' + name))
      .flatMap(one => [...one.querySelectorAll('.seat')].map(seat => seat.id))"""
    return list(page.evaluate(script, name))


def seats(*candidates: Candidate) -> list[str]:
    return [f"candidate-{one.pk}" for one in candidates]


def drag(page: Page, what: str, onto: str, y: float = 0.5) -> None:
    box = page.locator(onto).bounding_box()
    assert box
    spot = {"x": box["width"] / 2, "y": box["height"] * y}
    page.locator(what).drag_to(page.locator(onto), source_position={"x": 12, "y": 6}, target_position=spot)  # type: ignore[arg-type]


class TestArranging:
    def test_articles_are_dragged_into_sections_and_within_them(
        self, house: House, hana: User, issue: Issue, candidates: list[Candidate]
    ) -> None:
        first, second, third = candidates[:3]
        page = house.open(hana, f"/issues/{issue.pk}/", viewport={"width": 1280, "height": 1600})
        assert section(page, "") == seats(*candidates)
        drag(page, f"#candidate-{first.pk}", '[data-index="3"]')
        expect(page.locator(f'[data-index="3"] #candidate-{first.pk}')).to_be_focused()
        drag(page, f"#candidate-{second.pk}", '[data-index="3"]', 0.95)
        expect(page.locator(f'[data-index="3"] #candidate-{second.pk}')).to_be_visible()
        assert section(page, POLICY) == seats(first, second)
        drag(page, f"#candidate-{third.pk}", f"#candidate-{second.pk}", 0.1)
        expect(page.locator(f'[data-index="3"] #candidate-{third.pk}')).to_be_visible()
        assert section(page, POLICY) == seats(first, third, second)
        expect(page.locator("#section-3")).to_contain_text("3 / 4")
        drag(page, f"#candidate-{first.pk}", ".board-waiting", 0.05)
        expect(page.locator(f".board-waiting #candidate-{first.pk}")).to_be_visible()
        page.reload()
        assert section(page, POLICY) == seats(third, second)

    def test_keys_do_all_that_the_mouse_does(
        self, house: House, hana: User, issue: Issue, candidates: list[Candidate]
    ) -> None:
        page = house.open(hana, f"/issues/{issue.pk}/")
        first, second = candidates[:2]
        keys = page.keyboard
        keys.press("j")
        assert focused(page) == f"candidate-{first.pk}"
        keys.press("3")
        expect(page.locator(f'[data-index="3"] #candidate-{first.pk}')).to_be_focused()
        expect(page.locator("#toast")).to_contain_text(f"{POLICY} 1번째")
        keys.press("j")
        assert focused(page) == f"candidate-{second.pk}", "on to the next one"
        keys.press("3")
        expect(page.locator(f'[data-index="3"] #candidate-{second.pk}')).to_be_focused()
        expect(page.locator("#toast")).to_contain_text(f"{POLICY} 2번째")
        keys.press("Alt+ArrowUp")
        expect(page.locator("#toast")).to_contain_text(f"{POLICY} 1번째")
        assert section(page, POLICY) == seats(second, first)
        keys.press("Alt+ArrowUp")
        expect(page.locator(f'[data-index="2"] #candidate-{second.pk}')).to_be_visible()
        assert section(page, TRENDS) == seats(second)
        page.locator(f"#candidate-{second.pk}").focus()
        keys.press("0")
        expect(page.locator(f".board-waiting #candidate-{second.pk}")).to_be_focused()
        keys.press("e")
        page.wait_for_url(f"**/candidates/{second.pk}")

    def test_a_button_that_was_pressed_keeps_the_focus(
        self, house: House, hana: User, issue: Issue, candidates: list[Candidate]
    ) -> None:
        Candidate.objects.update(issue=issue, section=POLICY)
        page = house.open(hana, f"/issues/{issue.pk}/")
        last = section(page, POLICY)[-1]
        up = page.locator(f"#{last} button[value=up]")
        up.focus()
        for place in (4, 3, 2):
            page.keyboard.press("Enter")
            expect(page.locator("#toast")).to_contain_text(f"{POLICY} {place}번째")
            expect(up).to_be_focused()
        assert section(page, POLICY)[1] == last

    def test_without_javascript_buttons_and_lists_do_it(
        self, house: House, hana: User, issue: Issue, candidates: list[Candidate]
    ) -> None:
        page = house.open(hana, f"/issues/{issue.pk}/", java_script_enabled=False)
        first = page.locator(f"#candidate-{candidates[0].pk}")
        first.locator("select").select_option(label=POLICY)
        first.get_by_role("button", name="놓기").click()
        expect(page.locator('[data-index="3"] .seat')).to_have_count(1)
        first.get_by_role("button", name="위로").click()
        expect(page.locator('[data-index="2"] .seat')).to_have_count(1)
        first.locator("summary", has_text="옮기기").click()
        first.locator("select").select_option(label="이 호에서 빼기")
        first.get_by_role("button", name="놓기").click()
        expect(page.locator(".board-waiting .seat")).to_have_count(5)

    def test_two_editors_at_one_board_never_undo_each_other(
        self, house: House, hana: User, issue: Issue, candidates: list[Candidate]
    ) -> None:
        lee = User.objects.create_user("seojun", last_name="이", first_name="서준")
        one, other = (house.open(user, f"/issues/{issue.pk}/") for user in (hana, lee))
        seat = f"#candidate-{candidates[0].pk}"
        one.locator(seat).focus()
        one.keyboard.press("3")
        expect(one.locator(f'[data-index="3"] {seat}')).to_be_visible()
        other.locator(seat).focus()
        other.keyboard.press("2")
        expect(other.locator("#toast")).to_contain_text("다른 분이 옮기셨습니다")
        expect(other.locator(f'[data-index="3"] {seat}')).to_be_visible()
        candidates[0].refresh_from_db()
        assert candidates[0].section == POLICY


class TestMonthsEnd:
    def test_arrange_write_take_along_and_close(
        self, house: House, hana: User, candidates: list[Candidate]
    ) -> None:
        page = house.open(hana, "/issues/")
        kiat = page.locator("section", has=page.locator("#bulletin-kiat-watch"))
        number = kiat.get_by_label("호수").input_value()
        kiat.get_by_role("button", name="열기").click()
        page.wait_for_url("**/issues/*/")
        issue = Issue.objects.get()
        assert (issue.bulletin, issue.number) == (KIAT, number)

        for index, candidate in zip((1, 3, 3, 2), candidates, strict=False):
            page.locator(f"#candidate-{candidate.pk}").focus()
            page.keyboard.press(str(index))
            expect(page.locator(f'[data-index="{index}"] #candidate-{candidate.pk}')).to_be_visible()
        expect(page.locator(".board-sum")).to_contain_text("기사 4건")

        first = candidates[0]
        page.locator(f"#candidate-{first.pk} a.edit").click()
        page.wait_for_url(f"**/candidates/{first.pk}")
        page.get_by_label("제목", exact=False).first.fill("일본, 차세대 반도체 양산 지원책 발표")
        page.get_by_label("요약").fill("- 후공정 인력 양성을 함께 지원\n- 설비투자액의 3분의 1까지 보조")
        page.get_by_label("담당").select_option(label="김하나")
        page.get_by_label("제목에 적는 이름").fill("日 경제산업성·NEDO")
        page.get_by_label("날짜").fill("2026-11-20")
        page.get_by_role("button", name="저장").click()
        page.wait_for_url(f"**/issues/{issue.pk}/#candidate-{first.pk}")
        seat = page.locator(f"#candidate-{first.pk}")
        expect(seat).to_contain_text("일본, 차세대 반도체 양산 지원책 발표")
        expect(seat).to_contain_text("日 경제산업성·NEDO 11.20")
        expect(seat).to_contain_text("담당 김하나")
        first.refresh_from_db()
        assert (first.cited_as, first.cited_on, first.cited_title) == (
            "日 경제산업성·NEDO",
            date(2026, 11, 20),
            "",
        )

        for name, suffix in (("DOCX", "docx"), ("HWPX", "hwpx"), ("HTML", "html"), ("Markdown", "md")):
            with page.expect_download() as download:
                page.locator(".exports").get_by_role("link", name=name).click()
            assert download.value.suggested_filename.endswith(f".{suffix}"), name
            assert download.value.path().stat().st_size > 500, name

        page.get_by_role("link", name="마감하기").click()
        page.wait_for_url("**/close")
        expect(page.locator(".lacking")).to_contain_text("제목이 없는 기사 3건")
        page.get_by_role("button", name="이대로 마감하기").click()
        page.wait_for_url(f"**/issues/{issue.pk}/")
        expect(page.get_by_role("status").first).to_contain_text("마감했습니다")
        issue.refresh_from_db()
        assert issue.closed_by == hana
        assert [*PastArticle.objects.order_by("order").values_list("section", flat=True)] == [
            FOCUS, TRENDS, POLICY, POLICY,
        ]  # fmt: skip

        page.get_by_role("link", name="다시 열기").click()
        page.wait_for_url("**/reopen")
        page.get_by_role("button", name="다시 열기").click()
        page.wait_for_url(f"**/issues/{issue.pk}/")
        expect(page.get_by_role("link", name="마감하기")).to_be_visible()
        assert not PastArticle.objects.exists()

    def test_two_who_write_one_article_see_each_others_words(
        self, house: House, hana: User, candidates: list[Candidate]
    ) -> None:
        lee = User.objects.create_user("seojun", last_name="이", first_name="서준")
        path = f"/candidates/{candidates[0].pk}"
        one, other = (house.open(user, path) for user in (hana, lee))
        one.locator("[name=headline]").fill("하나의 제목")
        one.get_by_role("button", name="저장").click()
        one.wait_for_url("**/candidates/#*")
        other.locator("[name=headline]").fill("서준의 제목")
        other.get_by_role("button", name="저장").click()
        expect(other.locator(".clash")).to_contain_text("김하나님이 저장하신 글")
        expect(other.locator(".clash")).to_contain_text("하나의 제목")
        expect(other.locator("[name=headline]")).to_have_value("서준의 제목")
        assert Candidate.objects.get(pk=candidates[0].pk).headline == "하나의 제목"
