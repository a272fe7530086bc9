"""SVG as text: nothing of anybody's gets through unescaped, and labels fit."""

import xml.etree.ElementTree as ET
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.charts.scales import day_name, named_days, ticks
from review.charts.svg import broken, drawing, element, ems, link

HOSTILE = '"><script>alert(1)</script>&'


def test_what_somebody_wrote_stays_text() -> None:
    made = drawing(
        "one", 10, HOSTILE, HOSTILE, link(HOSTILE, HOSTILE, element("text", HOSTILE, class_=HOSTILE))
    )
    root = ET.fromstring(made)
    assert "<script" not in made
    assert root.findtext("title") == root.findtext("desc") == root.findtext("a/text") == HOSTILE
    assert root.find("a").get("href") == HOSTILE  # type: ignore[union-attr]


def test_attributes_are_named_as_svg_names_them_and_none_is_left_out() -> None:
    made = element("rect", class_="bar", stroke_width=2, x=1.50, y=None, viewBox="0 0 1 1")
    assert made == '<rect class="bar" stroke-width="2" x="1.5" viewBox="0 0 1 1"></rect>'


def test_a_drawing_with_links_is_a_group_and_any_other_an_image() -> None:
    assert 'role="img"' in drawing("a", 1, "제목", "")
    assert 'role="group"' in drawing("a", 1, "제목", "", links=True)


def test_a_drawing_is_named_by_its_title_and_described_by_its_description() -> None:
    root = ET.fromstring(drawing("flow", 1, "제목", "설명"))
    assert (root.get("aria-labelledby"), root.get("aria-describedby")) == ("flow-title", "flow-desc")
    assert [root.find("title").get("id"), root.find("desc").get("id")] == ["flow-title", "flow-desc"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "room", "rows"),
    [
        pytest.param("반도체", 8, ["반도체"], id="what fits stands in one line"),
        pytest.param("자율주행·모빌리티", 8, ["자율주행·", "모빌리티"], id="broken at a dot"),
        pytest.param("2026.11호", 3, ["2026.", "11호"], id="a number of an issue"),
        pytest.param("유럽연합", 2, ["유럽", "연합"], id="anywhere where there is no other place"),
        pytest.param("Nikkei Asia (정상)", 8, ["Nikkei Asia", "(정상)"], id="at a space, which goes"),
        pytest.param("글", 0.5, ["글"], id="one character stands however little room there is"),
        pytest.param("", 5, [], id="nothing"),
    ],
)
def test_a_label_is_broken_where_it_may_be(text: str, room: float, rows: list[str]) -> None:
    assert broken(text, room) == rows


@given(st.text(alphabet="가나A ·.1", max_size=30), st.floats(1, 12))
def test_a_broken_label_loses_nothing_but_spaces_and_fits(text: str, room: float) -> None:
    rows = broken(text, room)
    assert "".join(rows).replace(" ", "") == text.replace(" ", "")
    assert all(ems(row) <= room for row in rows)


@pytest.mark.parametrize(
    ("most", "lines"),
    [
        pytest.param(0, [1], id="nothing"),
        pytest.param(1, [1], id="one"),
        pytest.param(3, [1, 2, 3], id="three"),
        pytest.param(7, [5, 10], id="steps are 1, 2 or 5"),
        pytest.param(99, [50, 100], id="just below a line"),
        pytest.param(101, [50, 100, 150], id="just above a line"),
        pytest.param(1234, [500, 1000, 1500], id="thousands"),
    ],
)
def test_a_scale_has_round_numbers(most: int, lines: list[int]) -> None:
    assert ticks(most) == lines


@given(st.integers(0, 10**7), st.integers(1, 5))
def test_a_scale_reaches_the_most_with_no_more_lines_than_asked_for(most: int, lines: int) -> None:
    steps = ticks(most, lines)
    assert steps[-1] >= max(most, 1)
    assert len(steps) <= lines


def test_mondays_are_named_and_fewer_of_many() -> None:
    start = date(2026, 9, 1)
    days = [start + timedelta(days=at) for at in range(56)]
    assert [day_name(days[at]) for at in named_days(days)] == [
        "9.7", "9.14", "9.21", "9.28", "10.5", "10.12", "10.19", "10.26",
    ]  # fmt: skip
    year = [start + timedelta(days=at) for at in range(365)]
    assert len(named_days(year)) <= 9
    assert named_days(days[1:3]) == []
