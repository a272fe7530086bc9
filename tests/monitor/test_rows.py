"""Rows by plain SQL: what the models would have stored."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import transaction

from monitor.models import RobotsFile, Source, Story, StoryKey
from monitor.polls import rows

NOW = datetime(2026, 11, 20, 3, 0, 0, 123456, tzinfo=UTC)


@pytest.mark.django_db
class TestNumbered:
    def test_numbers_are_each_new_and_in_order(self) -> None:
        first = rows.numbered(Story, 3)
        rows.insert(Story, ("id", "first_seen_at"), [(one, rows.moment(NOW)) for one in first])
        second = rows.numbered(Story, 2)
        assert sorted({*first, *second}) == [*first, *second]

    def test_a_number_that_went_is_not_given_again(self) -> None:
        last = Story.objects.create(first_seen_at=NOW)
        number = last.pk
        last.delete()
        assert rows.numbered(Story, 1) > [number]

    def test_the_models_own_rows_are_numbered_behind_them(self) -> None:
        [number] = rows.numbered(Story, 1)
        rows.insert(Story, ("id", "first_seen_at"), [(number, rows.moment(NOW))])
        assert Story.objects.create(first_seen_at=NOW).pk > number

    def test_of_none_there_is_none(self) -> None:
        assert rows.numbered(StoryKey, 0) == []


@pytest.mark.django_db
class TestInsert:
    def test_what_is_not_named_has_the_models_default(self) -> None:
        rows.insert(Story, ("id", "first_seen_at"), [(7, rows.moment(NOW))])
        story = Story.objects.get(id=7)
        assert (story.first_seen_at, story.queue, story.relevance, story.lead_id) == (
            NOW,
            "waiting",
            None,
            None,
        )

    def test_more_rows_than_one_statement_takes_are_all_stored_in_order(self) -> None:
        count = 2 * rows.BOUND + 1
        rows.insert(Story, ("id", "first_seen_at"), ((one, rows.moment(NOW)) for one in range(1, count)))
        assert list(Story.objects.order_by("id").values_list("id", flat=True)) == list(range(1, count))

    def test_nothing_is_nothing(self) -> None:
        rows.insert(Story, ("id", "first_seen_at"), [])
        assert not Story.objects.exists()


@pytest.mark.django_db
def test_each_row_is_written_by_its_id_and_the_last_word_counts() -> None:
    Source.objects.bulk_create([Source(id="a"), Source(id="b"), Source(id="c")])
    rows.update(Source, ("etag", "failures"), [("1", 1, "a"), ("2", 2, "b"), ("3", 3, "a")])
    told = Source.objects.order_by("id").values_list("id", "etag", "failures")
    assert list(told) == [("a", "3", 3), ("b", "2", 2), ("c", "", 0)]


@pytest.mark.django_db
def test_values_of_every_kind_are_stored_as_the_model_stores_them() -> None:
    given = {"hints": {"skip_hours": [1]}, "weight": 0.5, "late_at": NOW, "moved_since": None, "state": "ok"}
    Source.objects.create(id="a")
    rows.update(Source, list(given), [(*rows.prepared(Source, given), "a")])
    row = Source.objects.get()
    assert {name: getattr(row, name) for name in given} == given


@pytest.mark.django_db
def test_a_time_comes_back_as_it_was_stored() -> None:
    RobotsFile.objects.create(origin="https://a.example", fetched_at=NOW)
    [(plain, worked_out)] = rows.fetched(
        "SELECT fetched_at, (SELECT MAX(fetched_at) FROM monitor_robotsfile) FROM monitor_robotsfile", []
    )
    assert rows.instant(plain) == rows.instant(worked_out) == NOW
    assert rows.instant(None) is None
    assert rows.instant(NOW.astimezone(timezone(timedelta(hours=9)))) == NOW


@pytest.mark.django_db
def test_of_nothing_nothing_is_found() -> None:
    with transaction.atomic():
        assert rows.fetched(f"SELECT 1 WHERE 1 IN ({rows.places(0)})", []) == []
