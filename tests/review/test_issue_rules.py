"""Numbers, days, places and gaps: what is decided without a database."""

from collections import Counter
from datetime import date

import pytest

from review.issues.calendar import Mark, What, month_of, neighbours, rests, weeks
from review.issues.citing import Cited
from review.issues.closing import reference
from review.issues.comparing import Shift, shifts
from review.issues.coverage import Recent, Why, shared_regions, why
from review.issues.numbering import deadline_day, next_number, publication_day, sort_key
from review.issues.placing import Spot, stepped

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("cadence", "taken", "today", "number"),
    [
        pytest.param("monthly", [], TODAY, "2026-12", id="the month after today's"),
        pytest.param("monthly", ["2026-10", "2026-09"], TODAY, "2026-11", id="the one after the last, though late"),
        pytest.param("monthly", ["2026-12"], TODAY, "2027-01", id="over the year's end"),
        pytest.param("monthly", ["2027-01", "2026-12"], TODAY, "2027-02", id="after the highest, in whatever order"),
        pytest.param("monthly", ["2023-01"], TODAY, "2026-12", id="a last one of long ago does not count on"),
        pytest.param("monthly", ["특집"], TODAY, "2026-12", id="a number that is none"),
        pytest.param("biweekly", [], TODAY, "2026-23", id="the half month after today's"),
        pytest.param("biweekly", [], date(2026, 11, 15), "2026-22", id="in a first half"),
        pytest.param("biweekly", ["2026-24"], TODAY, "2027-01", id="twenty-four a year"),
        pytest.param("quarterly", ["7", "12"], TODAY, "13", id="a running number"),
        pytest.param("quarterly", [], TODAY, "1", id="the first of a running number"),
    ],
)  # fmt: skip
def test_the_next_number_follows_the_bulletins_cadence(
    cadence: str, taken: list[str], today: date, number: str
) -> None:
    assert next_number(cadence, taken, today) == number


def test_numbers_stand_in_the_order_of_their_appearance() -> None:
    assert sorted(["2026-9", "2025-12", "2026-10", "특집"], key=sort_key) == [
        "특집", "2025-12", "2026-9", "2026-10",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cadence", "number", "day"),
    [
        pytest.param("monthly", "2026-12", date(2026, 12, 1), id="the first of the month"),
        pytest.param("monthly", "2027-01", date(2027, 1, 4), id="after New Year's Day and a weekend"),
        pytest.param("biweekly", "2026-23", date(2026, 12, 1), id="a first half"),
        pytest.param("biweekly", "2026-24", date(2026, 12, 16), id="a second half"),
        pytest.param("monthly", "2026-13", None, id="no month"),
        pytest.param("biweekly", "2026-25", None, id="no half month"),
        pytest.param("quarterly", "13", None, id="a number that tells no time"),
    ],
)
def test_a_number_tells_the_first_working_day_of_its_time(
    cadence: str, number: str, day: date | None
) -> None:
    assert publication_day(cadence, number) == day


def test_articles_are_due_three_working_days_before() -> None:
    assert deadline_day(date(2026, 12, 1)) == date(2026, 11, 26), "a weekend between"
    assert deadline_day(date(2026, 12, 28)) == date(2026, 12, 22), "Christmas and a weekend between"


class TestCalendar:
    def test_a_month_has_whole_weeks_from_sunday_with_what_is_due(self) -> None:
        due = Mark(date(2026, 11, 26), What.DEADLINE, "월간", "2026.12호", 7)
        rows = weeks(date(2026, 11, 1), [due], TODAY)
        days = [day for week in rows for day in week]
        assert (rows[0][0].on, len(rows), {len(week) for week in rows}) == (date(2026, 11, 1), 5, {7})
        assert [day.on for day in days if day.is_today] == [TODAY]
        assert [(day.on, day.marks) for day in days if day.marks] == [(date(2026, 11, 26), [due])]
        assert [day.on.day for day in days if not day.inside] == [1, 2, 3, 4, 5]

    def test_the_house_rests_at_weekends_and_on_korean_holidays(self) -> None:
        assert [rests(date(2026, 10, day)) for day in (8, 9, 10, 12)] == [False, True, True, False]

    def test_sundays_and_holidays_are_red_and_other_saturdays_blue(self) -> None:
        days = {day.on: day for week in weeks(date(2026, 10, 1), [], TODAY) for day in week if day.inside}
        assert [on.day for on, day in days.items() if day.is_holiday] == [3, 4, 5, 9, 11, 18, 25], (
            "3 is a holiday"
        )
        assert [on.day for on, day in days.items() if day.is_saturday] == [10, 17, 24, 31]

    @pytest.mark.parametrize("text", ["", "2026-13", "x", "1999-01", "9999-12", "2026-11-02"])
    def test_an_address_that_names_no_month_shows_todays(self, text: str) -> None:
        assert month_of(text, TODAY) == date(2026, 11, 1)

    def test_an_address_names_a_month_and_its_neighbours_follow(self) -> None:
        assert neighbours(month_of("2027-01", TODAY)) == (date(2026, 12, 1), date(2027, 2, 1))


ROWS = {"가": [1, 2, 3], "나": [], "다": [4]}


@pytest.mark.parametrize(
    ("moved", "by", "section", "before"),
    [
        pytest.param(2, -1, "가", 1, id="up"),
        pytest.param(2, 1, "가", None, id="down to the end"),
        pytest.param(1, 1, "가", 3, id="down in front of the next but one"),
        pytest.param(3, 1, "나", None, id="down over the border into an empty section"),
        pytest.param(4, -1, "나", None, id="up over the border to the end"),
        pytest.param(1, -1, "가", 2, id="no further up than the top"),
        pytest.param(4, 1, "다", None, id="no further down than the end"),
    ],
)
def test_a_step_goes_one_place_further(moved: int, by: int, section: str, before: int | None) -> None:
    assert stepped(ROWS, moved, by) == (section, before)


def test_a_step_down_over_a_border_stands_in_front() -> None:
    assert stepped({"가": [1], "나": [2, 3]}, 1, 1) == ("나", 2)


@pytest.mark.parametrize(
    "spot", [Spot(), Spot(7, "기술·AI"), Spot(7, "R/D 동향"), Spot(7, "")], ids=["waiting", "a section", "a slash", "none"]
)  # fmt: skip
def test_a_spot_is_read_as_it_was_written(spot: Spot) -> None:
    assert Spot.read(str(spot)) == spot


@pytest.mark.parametrize("text", ["", "x", "-3/난", "²/난", "9" * 30 + "/난"])
def test_whatever_else_a_form_says_is_no_issue(text: str) -> None:
    assert Spot.read(text) == Spot()


def recent(came: int = 0, troubled: tuple[str, ...] = (), known: bool = True) -> Recent:
    return Recent(came, troubled, known)


@pytest.mark.parametrize(
    ("here", "waiting", "what", "expected"),
    [
        pytest.param(1, 0, None, Why.COVERED, id="in the issue"),
        pytest.param(0, 2, recent(5), Why.WAITS, id="something to choose from"),
        pytest.param(0, 0, recent(5), Why.PASSED, id="came, not chosen"),
        pytest.param(0, 0, recent(), Why.QUIET, id="nothing came, all sources well"),
        pytest.param(0, 0, recent(troubled=("xtech",)), Why.BROKEN, id="nothing came, a source out of order"),
        pytest.param(0, 0, recent(5, ("xtech",)), Why.PASSED, id="something came all the same"),
        pytest.param(0, 0, recent(known=False), Why.UNKNOWN, id="no source ever brought it"),
    ],
)  # fmt: skip
def test_nothing_happened_is_told_apart_from_a_broken_source(
    here: int, waiting: int, what: Recent | None, expected: Why
) -> None:
    assert why(here, waiting, what) is expected


def test_maps_share_the_regions_that_they_speak_of_most() -> None:
    one = Counter({("ai", "JP"): 3, ("ai", "US"): 1})
    other = Counter({("ai", "US"): 3, ("battery", "CN"): 1})
    assert shared_regions([one, other], 2) == (["US", "JP"], {"CN"})


def test_topics_of_two_issues_stand_side_by_side_the_most_told_first() -> None:
    assert shifts(Counter(ai=1, battery=2), Counter(ai=3, climate=1)) == [
        Shift("ai", 1, 3), Shift("battery", 2, 0), Shift("climate", 0, 1),
    ]  # fmt: skip


def test_a_past_issue_keeps_a_citation_without_what_nobody_knows() -> None:
    whole = Cited("架空一郎", "題名", "経済誌", "日 경제지", date(2026, 1, 5))
    assert reference(whole) == "架空一郎, 題名, 経済誌, 2026.1.5."
    assert reference(Cited(title="題名")) == "題名"
