"""The story page in a real browser: whose it is, what is said of it, what it is about; and a page put in by hand."""

import re
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from classifiers.models import Tag
from monitor.models import Story
from review.models import Assignment, Candidate
from tests.review.browser.house import IN_BROWSER, House
from tests.review.conftest import forget_settings
from tests.servers.feeds import FeedServer, Page

pytestmark = IN_BROWSER

CANDIDATE = re.compile(r"/candidates/\d+$")


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without"])
def test_an_editor_takes_a_story_remarks_on_it_and_mends_its_topics(
    house: House, hana: User, stories: list[Story], scripts: bool
) -> None:
    story = stories[0]
    page = house.open(hana, f"/stories/{story.pk}", java_script_enabled=scripts)
    page.get_by_role("button", name="내가 맡기").click()
    expect(page.locator(".steps")).to_contain_text("김하나 담당을 맡았습니다")
    expect(page.get_by_label("담당")).to_have_value(str(hana.pk))
    assert Assignment.objects.get().assignee == hana

    page.get_by_label("동료에게 남길 의견").fill("표는 3쪽에 있습니다.\n그림은 뺍시다.")
    page.get_by_role("button", name="남기기").click()
    expect(page.locator(".remarked")).to_have_text("표는 3쪽에 있습니다.\n그림은 뺍시다.")

    page.get_by_text("주제 고치기").click()
    page.get_by_label("산업정책·투자유치").uncheck()
    page.get_by_label("배터리").check()
    page.get_by_role("button", name="이대로 정하기").click()
    expect(page.locator(".notice")).to_contain_text("주제를 정했습니다.")
    expect(page.locator(".reasons .chip")).to_have_text(["배터리", "반도체", "공급망"])
    expect(page.locator(".steps")).to_contain_text("더한 것 배터리 · 뺀 것 산업정책·투자유치")
    assert Tag.objects.get(topic="industrial-policy", entry=story.lead).probability == 0


def test_a_reader_walks_along_the_filtered_queue_and_back(
    house: House, hana: User, stories: list[Story]
) -> None:
    japanese = [story for story in stories if story.lead and story.lead.lang == "ja" and story.relevance]
    page = house.open(hana, "/?lang=ja")
    page.locator(f"#story-{japanese[0].pk}").get_by_role("link", name="자세히").click()
    page.wait_for_url(f"**/stories/{japanese[0].pk}")
    for story in japanese[1:3]:
        page.get_by_role("link", name="다음 글").click()
        page.wait_for_url(f"**/stories/{story.pk}?list=lang%3Dja")
    page.get_by_role("link", name="이전 글").click()
    page.wait_for_url(f"**/stories/{japanese[1].pk}?list=lang%3Dja")
    page.get_by_role("button", name="제외").click()
    expect(page.locator(".verdict .state")).to_contain_text("제외")
    page.get_by_role("link", name="다음 글").click()
    page.wait_for_url(f"**/stories/{japanese[2].pk}?list=lang%3Dja")
    page.locator(".crumbs").get_by_role("link", name="대기열").click()
    page.wait_for_url(f"**/?lang=ja#story-{japanese[2].pk}")


class TestPasting:
    @pytest.fixture
    def press(self, feed_server: FeedServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[FeedServer]:
        text = "부산의 한 조선소가 용접 로봇 열두 대를 들여 좁은 선실 안의 작업을 맡긴다. " * 6
        body = (
            '<html lang="ko"><head><title>조선소 선실에 들어간 용접 로봇</title></head><body><article>'
            f'<h1>조선소 선실에 들어간 용접 로봇</h1><time datetime="2026-11-19">11.19</time><p>{text}</p>'
            "</article></body></html>"
        )
        feed_server.pages["/robot"] = Page(body.encode(), "text/html; charset=utf-8")
        monkeypatch.setenv("MONITOR_ALLOW_HOSTS", feed_server.host)
        forget_settings()
        yield feed_server
        forget_settings()

    def test_an_address_becomes_a_candidate(self, house: House, hana: User, press: FeedServer) -> None:
        page = house.open(hana, "/candidates/paste")
        page.get_by_label("글의 주소").fill(press.url("/robot"))
        page.get_by_role("button", name="읽어서 후보로 올리기").click()
        page.wait_for_url(CANDIDATE)
        expect(page.locator(".notice")).to_contain_text("후보로 올렸습니다.")
        assert Candidate.standing.get().cited_title == "조선소 선실에 들어간 용접 로봇"

    def test_what_cannot_be_read_is_written_down(self, house: House, hana: User, press: FeedServer) -> None:
        page = house.open(hana, "/candidates/paste")
        page.get_by_label("글의 주소").fill(press.url("/nowhere"))
        page.get_by_role("button", name="읽어서 후보로 올리기").click()
        expect(page.get_by_role("alert")).to_contain_text("서버가 그 페이지를 주지 않았습니다.")
        page.get_by_label("제목", exact=False).first.fill("港湾ロボットの実証")
        page.get_by_label("매체나 기관").fill("港湾新聞")
        page.get_by_label("날짜").fill("2026-11-19")
        page.get_by_role("button", name="적은 대로 후보로 올리기").click()
        page.wait_for_url(CANDIDATE)
        candidate = Candidate.standing.get()
        assert (candidate.cited_title, candidate.cited_medium) == ("港湾ロボットの実証", "港湾新聞")
