"""The weekly sample: drawn once, from last week's undecided stories below the line, and shown among the first."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.test import Client

from monitor.models import Story
from review.deciding import queue
from review.deciding.decisions import decide
from review.deciding.queue import Filters
from review.models import Sample
from review.quality.sampling import LINE, draw, last_week, week_of
from tests.review.conftest import NOW
from tests.review.seed import Seed, Told, make_story

SEOUL = ZoneInfo("Asia/Seoul")
#: Hours back from Saturday 15:00: Wednesday, in the middle of this week; and of the one before.
THIS_WEEK, LAST_WEEK = 72, 72 + 168
WEEK = timedelta(weeks=1)

pytestmark = pytest.mark.django_db


def make(relevance: float | None, hours: float = LAST_WEEK, title: str = "글", **changes: object) -> Story:
    story = make_story(Seed(Told("xtech", "ja", title, "", hours), relevance, {"ai": 0.9}), NOW)
    Story.objects.filter(pk=story.pk).update(**changes)
    return story


def drawn() -> list[int]:
    return list(Sample.objects.order_by("place").values_list("story_id", flat=True))


@pytest.mark.parametrize(
    ("at", "name", "since"),
    [
        pytest.param(NOW, "2026-W47", datetime(2026, 11, 15, 15, tzinfo=UTC), id="Saturday"),
        pytest.param(
            datetime(2026, 11, 15, 15, tzinfo=UTC), "2026-W47", datetime(2026, 11, 15, 15, tzinfo=UTC),
            id="Monday midnight in Seoul",
        ),
        pytest.param(
            datetime(2026, 11, 15, 14, 59, tzinfo=UTC), "2026-W46", datetime(2026, 11, 8, 15, tzinfo=UTC),
            id="a minute before",
        ),
        pytest.param(
            datetime(2027, 1, 1, 6, tzinfo=UTC), "2026-W53", datetime(2026, 12, 27, 15, tzinfo=UTC), id="New Year"
        ),
    ],
)  # fmt: skip
def test_a_week_begins_on_monday_where_the_editors_are(at: datetime, name: str, since: datetime) -> None:
    week = week_of(at, SEOUL)
    assert (week.name, week.since, week.until) == (name, since, since + WEEK)


class TestDrawing:
    def test_five_are_drawn_a_week_whatever_is_asked_how_often(self) -> None:
        for _ in range(12):
            make(0.2)
        assert draw(NOW) == 5
        first = drawn()
        assert [draw(NOW), draw(NOW + timedelta(hours=1))] == [0, 0]
        assert drawn() == first
        assert len(set(first)) == 5
        assert set(Sample.objects.values_list("week", "below")) == {("2026-W47", 12)}

    def test_the_week_is_the_seed(self) -> None:
        for _ in range(40):
            make(0.2)
        draw(NOW)
        first = drawn()
        Sample.objects.all().delete()
        draw(NOW + timedelta(hours=3))
        assert drawn() == first
        assert first != sorted(first)[:5], "not simply the oldest"

    def test_two_processes_at_once_draw_five_together(self) -> None:
        for _ in range(12):
            make(0.2)
        draw(NOW)
        taken = Sample.objects.get(place=2)
        other = Story.objects.filter(sample=None)[0]
        rival = Sample(story=other, week=taken.week, place=2, below=12)
        Sample.objects.bulk_create([rival], ignore_conflicts=True)
        assert Sample.objects.count() == 5

    @pytest.mark.parametrize(
        ("story", "is_drawn"),
        [
            pytest.param({"relevance": 0.59}, True, id="below the line"),
            pytest.param({"relevance": LINE}, False, id="on the line"),
            pytest.param({"relevance": None}, False, id="untagged"),
            pytest.param({"relevance": 0.1, "queue": "rejected"}, False, id="decided on already"),
            pytest.param({"relevance": 0.1, "hours": THIS_WEEK}, False, id="this week's"),
            pytest.param({"relevance": 0.1, "hours": LAST_WEEK + 168}, False, id="older than last week"),
        ],
    )
    def test_who_can_be_drawn(self, story: dict[str, object], is_drawn: bool) -> None:
        made = make(**story)  # type: ignore[arg-type]
        draw(NOW)
        assert drawn() == ([made.pk] if is_drawn else [])

    def test_the_next_week_draws_anew(self) -> None:
        make(0.2)
        make(0.3, THIS_WEEK)
        assert [draw(NOW), draw(NOW + WEEK)] == [1, 1]
        assert set(Sample.objects.values_list("week", flat=True)) == {"2026-W47", "2026-W48"}


class TestQueue:
    def test_a_sampled_story_stands_among_the_first_with_its_mark(
        self, editor: Client, now: datetime
    ) -> None:
        for number in range(40):
            make(0.9 - number / 100, THIS_WEEK)
        low = make(0.01, title="아래 글")
        assert f'id="story-{low.pk}"' not in editor.get("/").content.decode()
        draw(NOW)
        html = editor.get("/").content.decode()
        card = re.search(rf'<article class="card" id="story-{low.pk}".*?</article>', html, re.S)
        assert card
        assert re.search(r'<a class="chip sample" href="/quality/#sample"[^>]*>표본</a>', card[0])
        assert html.count("표본</a>") == 1

    def test_no_story_is_lost_or_twice_over_all_pages(self) -> None:
        ranked = [make(0.9 - number / 100, THIS_WEEK) for number in range(12)]
        low = [make(0.1 + number / 100) for number in range(7)]
        draw(NOW)
        pages, after = [], None
        while True:
            found = queue.page(Filters(), NOW, after, size=6)
            pages.append([story.pk for story in found.stories])
            if not found.more:
                break
            after = found.stories[-1].pk
        assert sorted(pk for page in pages for pk in page) == sorted(story.pk for story in ranked + low)
        assert set(drawn()) < set(pages[0])
        assert [pk for pk in pages[0] if pk not in drawn()] == [story.pk for story in ranked[:6]]
        assert pages[0][-1] == ranked[5].pk

    @pytest.mark.parametrize("others", [0, 1, 3, 5, 6, 30])
    def test_it_stands_at_even_distances_however_few_there_are(self, others: int) -> None:
        for number in range(others):
            make(0.9 - number / 100, THIS_WEEK)
        for _ in range(5):
            make(0.1)
        draw(NOW)
        shown = [story.pk for story in queue.page(Filters(), NOW).stories]
        places = [shown.index(pk) for pk in drawn()]
        assert len(shown) == others + 5
        step = others // 6 + 1
        assert sorted(places) == [step * place - 1 for place in range(1, 6)]

    def test_decided_it_leaves_the_queue_and_is_counted(self, kim: User) -> None:
        low = make(0.1)
        draw(NOW)
        decide(low.pk, kim, "accept", "web", NOW)
        assert queue.page(Filters(), NOW).stories == []
        assert (week := last_week(NOW)) is not None
        assert (week.missed.sample.part, week.missed.sample.n, week.waiting) == (1, 1, 0)

    def test_under_a_filter_and_in_the_next_week_it_stands_at_its_own_place(self) -> None:
        low = make(0.1)
        top = [make(0.9 - number / 100, THIS_WEEK) for number in range(3)]
        draw(NOW)
        own = [*(story.pk for story in top), low.pk]
        assert [story.pk for story in queue.page(Filters(topic="ai"), NOW).stories] == own
        assert [story.pk for story in queue.page(Filters(), NOW + WEEK).stories] == own
        assert [story.pk for story in queue.page(Filters(), NOW).stories] != own


class TestEstimate:
    def test_the_share_of_twelve_weeks_is_held_against_last_week(self, kim: User) -> None:
        for weeks in range(3):
            for _ in range(20):
                make(0.1, LAST_WEEK - 168 * weeks)
            draw(NOW + weeks * WEEK)
        now = NOW + 2 * WEEK
        for number, pk in enumerate(drawn()):
            decide(pk, kim, "accept" if number == 0 else "reject", "web", now)
        week = last_week(now)
        assert week is not None
        assert (week.stories, week.below, week.drawn, week.waiting) == (20, 20, 5, 0)
        assert week.decided == 5
        assert (week.missed.sample.part, week.missed.sample.n) == (1, 15)
        assert (week.missed.likely, week.missed.least, week.missed.most) == (1, 0, 6)

    def test_what_was_sampled_long_ago_counts_no_more(self, kim: User) -> None:
        make(0.1)
        draw(NOW)
        decide(drawn()[0], kim, "accept", "web", NOW)
        make(0.1, LAST_WEEK - 168 * 12)
        draw(NOW + 12 * WEEK)
        week = last_week(NOW + 12 * WEEK)
        assert week is not None
        assert week.missed.sample.n == 0

    def test_without_this_weeks_sample_nothing_is_said(self) -> None:
        assert last_week(NOW) is None
        make(0.1)
        draw(NOW)
        assert last_week(NOW + WEEK) is None
