"""What the overview counts, and how it shows it."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from classifiers.evaluating.quality import Share
from classifiers.models import Assessment, PastArticle, PastIssue, Tag
from monitor.models import Entry, Incident, Source, Story
from review.deciding.decisions import decide
from review.overview import (
    Days,
    covered,
    faulty_days,
    hours_of_week,
    source_days,
    tenths,
    topic_days,
    weekly,
    work,
)
from review.quality.month import Decided
from tests.review.conftest import NOW
from tests.review.seed import Seed, Told, make_sources, make_story
from tests.review.test_pages import text_of

SEOUL = ZoneInfo("Asia/Seoul")
#: 15:00 of a Saturday in Seoul is the last of these.
WEEK = Days.until(NOW, SEOUL, 7)


def make(hours: float, source: str = "xtech", relevance: float | None = 0.7, **topics: float) -> Story:
    return make_story(Seed(Told(source, "ja", "글", "", hours), relevance, topics), NOW)


class TestDays:
    def test_the_last_of_them_is_today_where_the_editors_are(self) -> None:
        late = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
        assert Days.until(late, SEOUL, 2).days == (date(2026, 11, 20), date(2026, 11, 21))
        assert Days.until(late, ZoneInfo("UTC"), 2).days == (date(2026, 11, 19), date(2026, 11, 20))

    def test_they_begin_at_the_editors_midnight(self) -> None:
        assert WEEK.edges[0] == datetime(2026, 11, 14, 15, tzinfo=UTC)
        assert WEEK.edges[-1] == datetime(2026, 11, 21, 15, tzinfo=UTC)

    def test_a_day_may_have_23_hours(self) -> None:
        spring = Days.until(datetime(2026, 3, 29, 12, tzinfo=UTC), ZoneInfo("Europe/Berlin"), 1)
        assert spring.edges[1] - spring.edges[0] == timedelta(hours=23)

    @pytest.mark.parametrize(
        ("hours", "place"),
        [
            pytest.param(0, 6, id="now"),
            pytest.param(15.5, 5, id="before midnight"),
            pytest.param(14.5, 6, id="after midnight"),
            pytest.param(24 * 7, None, id="a week ago"),
            pytest.param(-24, None, id="tomorrow"),
        ],
    )
    def test_an_instant_has_its_place_among_them(self, hours: float, place: int | None) -> None:
        assert WEEK.place(NOW - timedelta(hours=hours)) == place


class TestCounts:
    def test_entries_are_counted_by_topic_and_by_the_day_on_which_we_saw_them(self, db: None) -> None:
        make(1, ai=0.9, battery=0.5)
        make(2, ai=0.8)
        make(16, ai=0.8)
        make(24 * 9, ai=0.9)
        found = topic_days(WEEK)
        assert found.of("ai") == [0, 0, 0, 0, 0, 1, 2]
        assert found.of("battery") == [0, 0, 0, 0, 0, 0, 1]
        assert found.of("space") == [0] * 7
        assert found.totals == [0, 0, 0, 0, 0, 1, 2]

    def test_a_topic_that_an_editor_took_away_is_not_counted_and_one_that_was_added_is(
        self, db: None, kim: User
    ) -> None:
        story = make(16, ai=0.9)
        Tag.objects.filter(topic="ai").update(model="", editor=kim, probability=0)
        assert story.lead
        Tag.objects.create(entry=story.lead, topic="space", probability=1, editor=kim)
        found = topic_days(WEEK)
        assert found.of("ai") == [0] * 7
        assert found.of("space") == [0, 0, 0, 0, 0, 1, 0]

    def test_sources_are_counted_by_day_and_silence_is_counted_too(self, db: None) -> None:
        make(1)
        make(26)
        make(27)
        make(1, "boj")
        assert source_days(WEEK, ["xtech", "nist"]) == {"xtech": [0, 0, 0, 0, 0, 2, 1], "nist": [0] * 7}

    def test_a_source_is_out_of_order_on_every_day_that_an_incident_touches(self, db: None) -> None:
        Source.objects.bulk_create(Source(id=one) for one in ("open", "healed", "long", "old", "later"))
        day = timedelta(days=1)
        for source, opened, closed in (
            ("open", 1, None),
            ("healed", 4, 2),
            ("long", 90, None),
            ("old", 90, 30),
        ):
            Incident.objects.create(
                source_id=source,
                state="broken",
                opened_at=NOW - opened * day,
                closed_at=None if closed is None else NOW - closed * day,
            )
        assert faulty_days(WEEK) == {"open": {5, 6}, "healed": {2, 3, 4}, "long": set(range(7))}

    def test_the_hours_are_those_of_the_editors(self, db: None) -> None:
        make(0)
        make(0.5)
        make(16)
        make(6 * 24, "boj")
        week = hours_of_week(WEEK)
        assert (week[5][15], week[5][14], week[4][23], week[6][15]) == (1, 1, 1, 1)
        assert sum(map(sum, week)) == 4
        assert sum(map(sum, hours_of_week(WEEK, "boj"))) == 1

    def test_times_without_a_fraction_count_like_others(self, db: None) -> None:
        story = make(0)
        Entry.objects.filter(story=story).update(first_seen_at=datetime(2026, 11, 20, 3, 0, tzinfo=UTC))
        assert hours_of_week(WEEK)[4][12] == 1

    def test_work_is_what_came_and_what_was_decided(self, db: None, kim: User) -> None:
        likely, unlikely, untagged = make(1, relevance=0.6), make(30, relevance=0.59), make(2, relevance=None)
        decide(likely.pk, kim, "accept", "web", NOW)
        decide(unlikely.pk, kim, "reject", "web", NOW - timedelta(hours=20))
        decide(untagged.pk, kim, "later", "web", NOW)
        decide(untagged.pk, kim, "undo", "web", NOW)
        found = work(WEEK)
        assert found.likely == [0, 0, 0, 0, 0, 0, 1]
        assert found.unlikely == [0, 0, 0, 0, 0, 1, 1]
        assert found.accepted == [0, 0, 0, 0, 0, 0, 1]
        assert found.rejected == [0, 0, 0, 0, 0, 1, 0]
        assert found.put_off == [0, 0, 0, 0, 0, 0, 1]

    def test_the_last_issues_come_in_the_order_of_their_numbers(self, db: None) -> None:
        for number, topics in (
            ("2026-2", [["ai"], ["ai", "space"]]),
            ("2025-12", [["battery"]]),
            ("2026-10", [["space"]]),
        ):
            issue = PastIssue.objects.create(bulletin="kiat-watch", number=number)
            for order, named in enumerate(topics):
                PastArticle.objects.create(issue=issue, order=order, title="글", topics=named)
        PastIssue.objects.create(bulletin="japan-insight", number="2026-11")
        found = covered("kiat-watch", 2)
        assert [issue.number for issue in found.issues] == ["2026-2", "2026-10"]
        assert found.topics == {"ai": [2, 0], "space": [1, 1]}


def said(relevance: float, accepted: bool, days: int = 0) -> Decided:
    return Decided(1, "글", "ja", relevance, accepted, NOW - timedelta(days=days))


class TestQuality:
    def test_each_tenth_of_relevance_has_its_share(self) -> None:
        found = tenths([said(0.05, False), said(0.95, True), said(1.0, True), said(0.9, False)])
        assert found[0] == Share(0, 1)
        assert found[9] == Share(2, 3)
        assert found[5] == Share(0, 0)

    def test_weeks_begin_on_monday_and_the_likeliest_band_comes_first(self) -> None:
        rows = [
            said(0.9, True),
            said(0.7, False),
            said(0.5, True, 5),
            said(0.1, False, 6),
            said(0.9, True, 99),
        ]
        found = weekly(rows, NOW, SEOUL, 2)
        assert found.mondays == [date(2026, 11, 9), date(2026, 11, 16)]
        assert found.bands == [
            [Share(0, 0), Share(1, 2)],
            [Share(0, 0), Share(1, 1)],
            [Share(0, 1), Share(0, 0)],
        ]


class TestPage:
    def test_an_empty_house_has_an_overview_too(self, editor: Client, now: datetime) -> None:
        text = text_of(editor.get("/overview/"))
        assert "지난 28일 동안 글 0건이 들어왔고, 0건을 결정하셨습니다" in text
        assert "지난 14일 동안 여느 때보다 뚜렷이 많았던 주제가 없습니다." in text
        assert "결정하신 글이 아직 없어 말할 수 없습니다." in text
        assert "지난 호가 다룬 주제" not in text

    def test_it_asks_for_an_account(self, client: Client, db: None) -> None:
        assert client.get("/overview/").status_code == 302

    def test_a_topic_on_the_rise_is_named_and_leads_into_the_queue(
        self, editor: Client, now: datetime
    ) -> None:
        for day in range(30):
            for _ in range(5):
                make(24 * day + 1, space=0.9)
        for _ in range(12):
            make(1, quantum=0.9)
        response = editor.get("/overview/")
        text, html = text_of(response), response.content.decode()
        assert re.search(r"양자기술 11.21부터 · 12건 · 여느 때의 \d+\.\d배", text)
        assert '<li><a href="/?topic=quantum&amp;days=1">' in html
        assert "양자기술, 하루에 들어온 글" in text
        assert "11.21 급증: 12건, 여느 때의" in text
        assert '<option value="quantum" selected>' in html

    def test_a_rise_that_ended_is_shown_for_a_fortnight_with_its_days(
        self, editor: Client, now: datetime
    ) -> None:
        for day in range(30):
            for _ in range(5):
                make(24 * day + 1, space=0.9)
        for day in (6, 7):
            for _ in range(9):
                make(24 * day + 1, quantum=0.9)
        assert "양자기술 11.14~11.15 · 18건" in text_of(editor.get("/overview/"))
        Entry.objects.update(first_seen_at=NOW - timedelta(days=20))
        assert "여느 때보다 뚜렷이 많았던 주제가 없습니다." in text_of(editor.get("/overview/"))

    @pytest.mark.parametrize(
        ("query", "words"),
        [
            pytest.param("topic=ai", "인공지능, 하루에 들어온 글", id="a topic"),
            pytest.param("topic=all", "모든 글, 하루에 들어온 글", id="all of them"),
            pytest.param("topic=nonsense", "모든 글, 하루에 들어온 글", id="no such topic"),
            pytest.param("source=boj", "일본은행, 요일과 시각마다 들어온 글", id="a source"),
            pytest.param("source=nonsense", "모든 소스, 요일과 시각마다 들어온 글", id="no such source"),
        ],
    )
    def test_a_topic_and_a_source_can_be_asked_for(
        self, editor: Client, now: datetime, query: str, words: str
    ) -> None:
        assert words in text_of(editor.get(f"/overview/?{query}"))

    def test_choosing_one_keeps_the_other(self, editor: Client, now: datetime) -> None:
        html = editor.get("/overview/?topic=ai&source=boj").content.decode()
        assert '<input type="hidden" name="topic" value="ai">' in html
        assert '<input type="hidden" name="source" value="boj">' in html

    def test_what_issues_covered_is_told_apart_from_what_they_never_did(
        self, editor: Client, now: datetime
    ) -> None:
        issue = PastIssue.objects.create(bulletin="kiat-watch", number="2026-20")
        PastArticle.objects.create(issue=issue, title="글", topics=["ai"])
        response = editor.get("/overview/")
        html, text = response.content.decode(), text_of(response)
        assert "인공지능 · 2026.20호: 1건" in html
        assert f'href="/issues/past/{issue.pk}"' in html
        assert re.search("한 번도 다루지 않은 주제: .*양자기술", text)
        assert "월간 Japan Insight" not in text

    def test_a_day_on_which_a_source_was_broken_is_no_day_without_news(
        self, editor: Client, now: datetime
    ) -> None:
        make_sources(NOW)
        Incident.objects.create(source_id="bmftr", state="broken", opened_at=NOW - timedelta(days=2))
        make(80, "bmftr")
        response = editor.get("/overview/")
        html, text = response.content.decode(), text_of(response)
        assert "독일 연구기술우주부 (고장) · 11.21: 0건, 고장이던 날" in html
        assert "독일 연구기술우주부 (고장) · 11.18: 1건<" in html
        assert "0건이어도 아무 일이 없었다는 뜻은 아닙니다" in text
        assert "켜 둔 15곳 가운데 3곳입니다." in text

    def test_where_all_is_well_it_says_so(self, editor: Client, now: datetime) -> None:
        assert "켜 둔 15곳 가운데 고장 난 곳이 없습니다." in text_of(editor.get("/overview/"))

    def test_precision_stands_here_and_on_the_quality_page(
        self, editor: Client, kim: User, now: datetime
    ) -> None:
        for accepted in (True, False):
            for _ in range(10):
                story = make(60, relevance=0.9 if accepted else 0.2)
                Assessment.objects.filter(entry=story.lead).update(assessed_at=NOW - timedelta(days=2))
                decide(story.pk, kim, "accept" if accepted else "reject", "web", NOW)
        for path in ("/overview/", "/quality/"):
            html = editor.get(path).content.decode()
            assert "11.16 · 관련도 70 이상: 100% (72%~100%, 10건)" in html
            assert "11.16 · 관련도 40 미만: 0% (0%~28%, 10건)" in html
        assert "90~99: 100% (72%~100%)" in editor.get("/quality/").content.decode()

    def test_every_id_stands_once_and_no_style_stands_in_the_page(
        self, editor: Client, now: datetime
    ) -> None:
        for bulletin in ("kiat-watch", "japan-insight"):
            issue = PastIssue.objects.create(bulletin=bulletin, number="2026-11")
            PastArticle.objects.create(issue=issue, title="글", topics=["ai"])
        html = editor.get("/overview/").content.decode()
        ids = re.findall(r'\bid="([^"]+)"', html)
        assert len(ids) == len(set(ids))
        assert "style" not in re.sub(r"<link[^>]*>", "", html)

    def test_more_topics_and_entries_cost_no_more_queries(self, editor: Client, now: datetime) -> None:
        make(1, ai=0.9)
        editor.get("/overview/")
        with CaptureQueriesContext(
            connection,
        ) as few:
            editor.get("/overview/")
        for day in range(20):
            make(24 * day, "boj", ai=0.9, quantum=0.8, space=0.7)
        with CaptureQueriesContext(connection) as many:
            editor.get("/overview/")
        assert len(many) <= len(few)


class TestLines:
    def test_a_source_shows_its_last_days_and_those_on_which_it_was_broken(
        self, editor: Client, now: datetime
    ) -> None:
        make_sources(NOW)
        Incident.objects.create(source_id="bmftr", state="broken", opened_at=NOW - timedelta(days=2))
        for hours in (60, 80, 81):
            make(hours, "bmftr")
        html = editor.get("/sources/").content.decode()
        assert "지난 28일 동안 3건, 하루 많을 때 2건, 고장이던 날 3일" in html
        assert "지난 28일 동안 0건, 하루 많을 때 0건<" in html

    def test_a_topic_shows_its_last_days_and_its_bursts(self, editor: Client, now: datetime) -> None:
        for day in range(27):
            make(24 * day + 1, space=0.9)
        for _ in range(9):
            make(1, quantum=0.9)
        html = editor.get("/topics/").content.decode()
        assert "지난 28일 동안 9건, 급증 1번" in html
        assert "지난 28일 동안 27건<" in html
