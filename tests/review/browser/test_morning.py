"""A morning at the queue in a real browser: by keyboard, by the bar for many, and with a second editor at work."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, expect

from monitor.models import Story
from review.deciding.decisions import decide
from review.deciding.handling import assign
from review.models import Assignment, Candidate, Decision, Issue, Presence
from review.pages import live
from tests.review.browser.house import IN_BROWSER, House, focused, shown
from tests.review.seed import Seed, Told, make_story

pytestmark = IN_BROWSER

MOVED = """() => { window.shifts = []; new PerformanceObserver(list => list.getEntries().forEach(
    entry => shifts.push(entry.value))).observe({type: "layout-shift", buffered: false}) }"""


@pytest.fixture
def seojun(live_server: Any) -> User:
    return User.objects.create_user("seojun", last_name="이", first_name="서준")


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages ask what others do ten times a second."""
    monkeypatch.setattr(live, "EVERY", timedelta(seconds=0.1))


def card(story: Story) -> str:
    return f"#story-{story.pk}"


def press(page: Page, keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_a_morning(house: House, hana: User, seojun: User, stories: list[Story]) -> None:
    """Open, filter, decide twenty by keyboard, undo, search 금리, assign."""
    told = make_story(
        Seed(Told("motir", "ko", "미국 기준금리 동결, 국내 산업 영향 점검"), 0.3, {"monetary": 0.8}),
        timezone.now(),
    )
    page = house.open(hana, by_link=True)
    expect(page.locator("#waiting")).to_contain_text("41")

    page.locator("select[name=lang]").select_option("ko")
    page.get_by_role("button", name="적용").click()
    page.wait_for_url("**lang=ko**")
    expect(page.locator(".sum")).to_have_text("조건에 맞는 10건")
    page.get_by_role("link", name="조건 모두 지우기").first.click()
    page.wait_for_url(house.url + "/")

    press(page, "j" + "axxlx" * 4)
    expect(page.locator("#waiting")).to_contain_text("21")
    expect(page.locator("#sum")).to_have_text("21건이 기다립니다")
    assert Decision.objects.count() == 20
    assert Candidate.standing.count() == 4
    page.keyboard.press("u")
    expect(page.locator("#toast")).to_contain_text("되돌렸습니다.")
    expect(page.locator(card(stories[19]))).to_be_focused()

    page.keyboard.press("/")
    page.keyboard.type("금리")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=%EA%B8%88%EB%A6%AC**")
    assert shown(page) == [f"story-{told.pk}"]
    expect(page.locator(".card mark")).to_have_text("금리")

    press(page, "js")
    page.get_by_label("담당", exact=True).last.select_option(label="이서준")
    page.get_by_role("button", name="맡기기").click()
    expect(page.locator("#toast")).to_contain_text("1건을 이서준님에게 맡겼습니다.")
    expect(page.locator(f"{card(told)} .taker")).to_have_text("담당 이서준")
    expect(page.locator("#bulk")).to_be_hidden()
    assert Assignment.objects.get(story=told).assignee == seojun


class TestMany:
    def test_ticked_cards_are_decided_together_and_come_back_together(
        self, house: House, hana: User, stories: list[Story]
    ) -> None:
        page = house.open(hana)
        before = shown(page)
        expect(page.locator("#bulk")).to_be_hidden()
        press(page, "jsjjsjs")
        expect(page.locator("#picked")).to_have_text("3건 고름")
        page.keyboard.press("x")
        expect(page.locator("#toast")).to_contain_text("3건을 제외했습니다.")
        expect(page.locator("#cards > .card")).to_have_count(27)
        expect(page.locator("#bulk")).to_be_hidden()
        assert focused(page) == f"story-{stories[4].pk}"
        assert set(Story.objects.filter(queue="rejected")) == {stories[0], stories[2], stories[3]}
        page.locator("#toast").get_by_role("button", name="되돌리기").click()
        expect(page.locator("#toast")).to_contain_text("3건을 되돌렸습니다.")
        assert shown(page) == before
        expect(page.locator(card(stories[0]))).to_be_focused()
        assert not Story.objects.filter(queue="rejected").exists()

    def test_u_takes_back_the_whole_press(self, house: House, hana: User, stories: list[Story]) -> None:
        page = house.open(hana)
        before = shown(page)
        press(page, "ja")
        press(page, "sjsl")
        expect(page.locator("#toast")).to_contain_text("2건을 나중에 보기로 했습니다.")
        page.keyboard.press("u")
        expect(page.locator("#toast")).to_contain_text("2건을 되돌렸습니다.")
        assert shown(page) == before[1:]
        page.keyboard.press("u")
        expect(page.locator(card(stories[0]))).to_be_focused()
        assert shown(page) == before

    def test_what_another_decided_first_stays_and_is_named(
        self, house: House, hana: User, seojun: User, stories: list[Story]
    ) -> None:
        page = house.open(hana)
        decide(stories[1].pk, seojun, "accept", "web", timezone.now())
        press(page, "jsjsa")
        expect(page.locator("#toast")).to_have_text(
            "1건을 후보로 올렸습니다. 1건은 이서준님이 먼저 결정하여 그대로 두었습니다. 되돌리기 u",
            use_inner_text=True,
        )
        expect(page.locator(card(stories[1]))).to_contain_text("이미 이서준님이 후보로 올렸습니다.")
        expect(page.locator(card(stories[0]))).to_have_count(0)
        assert Decision.objects.filter(story=stories[1]).count() == 1

    def test_all_none_and_escape(self, house: House, hana: User, stories: list[Story]) -> None:
        page = house.open(hana)
        press(page, "js")
        page.get_by_role("button", name="모두 고르기").click()
        expect(page.locator("#picked")).to_have_text("30건 고름")
        page.keyboard.press("Escape")
        expect(page.locator("#bulk")).to_be_hidden()
        press(page, "s")
        page.get_by_role("button", name="풀기").click()
        expect(page.locator("#bulk")).to_be_hidden()
        assert not Decision.objects.exists()

    def test_without_javascript(self, house: House, hana: User, stories: list[Story]) -> None:
        page = house.open(hana, java_script_enabled=False)
        for story in stories[:2]:
            page.locator(f"{card(story)} .pick").click()
        bar = page.locator("#bulk")
        expect(bar).to_be_visible()
        expect(bar.get_by_role("button", name="모두 고르기")).to_be_hidden()
        bar.get_by_role("button", name="제외").click()
        expect(page.locator("#toast")).to_contain_text("2건을 제외했습니다.")
        assert Story.objects.filter(queue="rejected").count() == 2
        page.locator("#toast").get_by_role("button", name="되돌리기").click()
        expect(page.locator("#toast")).to_contain_text("2건을 되돌렸습니다.")
        assert not Story.objects.filter(queue="rejected").exists()
        page.locator(f"{card(stories[0])} .pick").click()
        bar.get_by_role("button", name="맡기기").click()
        expect(page.locator(".notice.success")).to_contain_text("1건을 맡았습니다.")


class TestTwoAtOnce:
    def test_what_the_other_decides_steps_back_and_returns(
        self, house: House, often: None, hana: User, seojun: User, stories: list[Story]
    ) -> None:
        page, other = house.open(hana), house.open(seojun)
        press(page, "jjj")
        page.evaluate(MOVED)
        press(other, "jjx")
        theirs = page.locator(card(stories[1]))
        expect(theirs.locator(".taken")).to_have_text("이서준님이 제외했습니다.")
        expect(theirs.get_by_role("button", name="후보")).to_be_hidden()
        expect(page.locator("#waiting")).to_contain_text("39")
        assert focused(page) == f"story-{stories[2].pk}"
        assert page.evaluate("shifts") == [], "nothing moved"
        page.keyboard.press("k")
        assert focused(page) == f"story-{stories[0].pk}", "keys pass it by"
        other.keyboard.press("u")
        expect(theirs.locator(".taken")).to_be_hidden()
        expect(theirs.get_by_role("button", name="후보")).to_be_visible()

    def test_a_card_that_is_being_read_keeps_the_focus_and_the_keys_go_on(
        self, house: House, often: None, hana: User, seojun: User, stories: list[Story]
    ) -> None:
        page = house.open(hana)
        press(page, "jjs")
        decide(stories[1].pk, seojun, "accept", "telegram", timezone.now())
        expect(page.locator(f"{card(stories[1])} .taken")).to_have_text("이서준님이 후보로 올렸습니다.")
        expect(page.locator("#bulk")).to_be_hidden()
        assert focused(page) == f"story-{stories[1].pk}"
        page.keyboard.press("x")
        assert focused(page) == f"story-{stories[2].pk}"
        page.keyboard.press("x")
        expect(page.locator("#toast")).to_contain_text("제외했습니다.")
        assert Decision.objects.get(editor=hana).story == stories[2]

    def test_each_sees_where_the_other_looks(
        self, house: House, often: None, hana: User, seojun: User, stories: list[Story]
    ) -> None:
        page, other = house.open(hana), house.open(seojun)
        press(other, "jj")
        looking = page.locator(f"{card(stories[1])} .looking")
        expect(looking).to_have_text("이서준님이 보고 있습니다")
        expect(other.locator(f"{card(stories[1])} .looking")).to_be_hidden()
        other.keyboard.press("j")
        expect(page.locator(f"{card(stories[2])} .looking")).to_be_visible()
        expect(looking).to_be_hidden()
        # Where a question fails the one before is answered, and none says any more that somebody looks.
        with other.expect_event("requestfailed"):
            other.route("**/*", lambda route: route.abort())
        other.close()
        Presence.objects.update(seen_at=timezone.now() - timedelta(minutes=1))
        expect(page.locator(f"{card(stories[2])} .looking")).to_be_hidden()

    def test_who_takes_a_story_stands_on_its_card(
        self, house: House, often: None, hana: User, seojun: User, stories: list[Story]
    ) -> None:
        page = house.open(hana)
        assign(stories[0].pk, seojun, seojun, "web", timezone.now())
        expect(page.locator(f"{card(stories[0])} .taker")).to_have_text("담당 이서준")
        press(page, "js")
        page.get_by_role("button", name="맡기기").click()
        expect(page.locator("#toast")).to_contain_text("1건을 맡았습니다.")
        expect(page.locator(f"{card(stories[0])} .taker")).to_have_text("담당 김하나")

    def test_new_stories_are_announced_and_nothing_moves(
        self, house: House, often: None, hana: User, stories: list[Story]
    ) -> None:
        page = house.open(hana)
        press(page, "jj")
        before = shown(page)
        page.evaluate(MOVED)
        make_story(Seed(Told("xtech", "ja", "低い話"), 0.01, {}), timezone.now())
        new = make_story(Seed(Told("xtech", "ja", "新しい話"), 0.99, {}), timezone.now())
        expect(page.locator("#fresh")).to_have_text("새 글 1건 보기")
        assert (shown(page), focused(page)) == (before, f"story-{stories[1].pk}")
        assert page.evaluate("shifts") == []
        page.locator("#fresh").click()
        expect(page.locator("#cards > .card").first).to_have_id(f"story-{new.pk}")
        expect(page.locator("#fresh")).to_be_hidden()

    def test_an_empty_page_fills_by_itself(self, house: House, often: None, hana: User) -> None:
        page = house.open(hana)
        expect(page.locator(".empty h2")).to_have_text("아직 들어온 글이 없습니다")
        make_story(Seed(Told("xtech", "ja", "新しい話"), 0.9, {}), timezone.now())
        expect(page.locator(".card")).to_have_count(1)

    def test_a_page_whose_session_ended_stops_asking(
        self, house: House, often: None, hana: User, stories: list[Story]
    ) -> None:
        page = house.open(hana, alone=True)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url) if "/live" in request.url else None)
        page.wait_for_timeout(300)
        page.context.clear_cookies(name="sessionid")
        page.wait_for_timeout(300)
        before = len(asked)
        page.wait_for_timeout(400)
        assert before >= 1
        assert len(asked) == before


def test_z_unfolds_the_whole_text_and_folds_it_again(house: House, hana: User, live_server: Any) -> None:
    end = "마지막 문장입니다."
    story = make_story(
        Seed(
            Told(
                "motir", "ko", "긴 글", "<p>" + "앞부분입니다. " * 60 + f"</p><script>1</script><p>{end}</p>"
            ),
            0.9,
            {},
        ),
        timezone.now(),
    )
    page = house.open(hana)
    whole = page.locator(f"{card(story)} .whole")
    expect(page.locator(card(story))).not_to_contain_text(end)
    press(page, "jz")
    expect(whole).to_contain_text(end)
    expect(page.locator(f"{card(story)} .lead")).to_be_hidden()
    expect(page.locator(f"{card(story)} .unfold")).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("z")
    expect(whole).to_be_hidden()
    expect(page.locator(f"{card(story)} .lead")).to_be_visible()


def test_a_story_in_a_closed_issue_says_why_it_stays(house: House, hana: User, stories: list[Story]) -> None:
    decide(stories[0].pk, hana, "accept", "web", timezone.now())
    issue = Issue.objects.create(bulletin="kiat-watch", number="2026-23", closed_at=timezone.now())
    Candidate.objects.update(issue=issue)
    page = house.open(hana, "/?state=accepted")
    page.keyboard.press("u")
    expect(page.locator("#toast")).to_contain_text("먼저 그 호를 다시 여십시오.")
    assert Candidate.standing.exists()


def test_more_filters_unfold_without_javascript_and_stay_where_they_are_set(
    house: House, hana: User, stories: list[Story]
) -> None:
    page = house.open(hana, java_script_enabled=False)
    expect(page.locator("select[name=region]")).to_be_hidden()
    page.get_by_text("조건 더").click()
    page.locator("select[name=region]").select_option("CN")
    page.get_by_role("button", name="적용").click()
    page.wait_for_url("**region=CN**")
    expect(page.locator("select[name=region]")).to_be_visible()
    page.locator("select[name=bulletin]").select_option("kiat-watch")
    page.get_by_role("button", name="적용").click()
    page.wait_for_url("**bulletin=kiat-watch**")
    page.locator("select[name=section]").select_option("정책동향")
    page.get_by_role("link", name="모두", exact=True).click()
    page.wait_for_url("**state=all**")
    expect(page.locator("select[name=region]")).to_have_value("CN")
