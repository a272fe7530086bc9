"""The preview of an issue in a real browser, and a file that is taken from it."""

from datetime import date
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import expect

from classifiers.pastissues.files import read_file
from monitor.models import Story
from review.deciding.decisions import decide
from review.models import Candidate, Issue
from tests.review.browser.house import IN_BROWSER, House
from tests.review.browser.ruler import SHIFTS, faults_of
from tests.review.conftest import forget_settings
from tests.review.demo_issues import JAPAN, WATCH

pytestmark = IN_BROWSER

SECTIONS = {
    draft.bulletin: [(one.name, one.articles[:2]) for one in draft.sections] for draft in (WATCH, JAPAN)
}


@pytest.fixture
def issues(house: House, hana: User, stories: list[Story], monkeypatch: pytest.MonkeyPatch) -> list[Issue]:
    """One of each bulletin of the topics.yaml that comes with the program, some of it written."""
    monkeypatch.setenv("MONITOR_TOPICS", str(Path(__file__).resolve().parents[3] / "topics.yaml"))
    forget_settings()
    left = iter(stories)
    made = []
    for bulletin, sections in SECTIONS.items():
        issue = Issue.objects.create(bulletin=bulletin, number="2026-12", published_on=date(2026, 12, 1))
        made.append(issue)
        for name, articles in sections[-2:]:
            for written, is_written in zip(articles, (True, False), strict=False):
                story = next(left)
                decide(story.pk, hana, "accept", "web", timezone.now())
                words = {"headline": written.headline, "summary": written.summary, "field": written.field}
                Candidate.objects.filter(story=story).update(
                    issue=issue, section=name, **(words if is_written else {})
                )
    return made


def test_the_preview_measures_up_and_gives_files(
    house: House, hana: User, issues: list[Issue], tmp_path: Path
) -> None:
    page = house.open(hana, viewport={"width": 1280, "height": 900}, alone=True)
    page.context.add_init_script(SHIFTS)
    faults: list[str] = []
    for issue in issues:
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(f"/issues/{issue.pk}/preview")
        expect(page.locator(".printed mark").first).to_be_visible()
        faults += [f"{issue}: {fault}" for fault in faults_of(page)]
    assert faults == [], "\n".join(faults)
    with page.expect_download() as taken:
        page.get_by_role("link", name="HWPX").click()
    assert taken.value.suggested_filename == "월간 Japan Insight 2026.12호.hwpx"
    taken.value.save_as(tmp_path / "issue.hwpx")
    text = read_file("issue.hwpx", (tmp_path / "issue.hwpx").read_bytes())
    assert "부품을 빌려 쓰는 가상모터스" in text


def test_the_summary_leads_to_the_article(house: House, hana: User, issues: list[Issue]) -> None:
    page = house.open(hana, f"/issues/{issues[0].pk}/preview")
    link = page.locator(".print-summary a").first
    target = str(link.get_attribute("href"))
    link.click()
    expect(page.locator(target)).to_be_in_viewport()
