"""The pictures: what is drawn, what it is called, and the same numbers as a table."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.evaluating.quality import Share
from review.charts.bursts import Burst
from review.charts.flow import Part, flow
from review.charts.heatmap import Cell, heat_map, shade
from review.charts.picture import Picture
from review.charts.punchcard import punchcard
from review.charts.series import series
from review.charts.shares import Band, Line, by_week, calibration
from review.charts.sparkline import sparkline
from tests.review.charts.drawn import lengths, of_class, read, share, table, texts

DAYS = [date(2026, 11, 2) + timedelta(days=at) for at in range(14)]


class TestSeries:
    def test_a_bar_a_day_as_high_as_its_number_on_a_round_scale(self) -> None:
        picture = series("s", "제목", DAYS, [0, 4, 10, *[1] * 11])
        root = read(picture)
        assert texts(root, "scale") == ["5", "10"]
        heights = [float(bar.get("height", "")) for bar in of_class(root, "bar-day")]
        assert heights[:3] == [0, 52, 130]
        assert texts(root, "day-name") == ["11.2", "11.9"]

    def test_the_day_that_is_not_over_looks_unfinished(self) -> None:
        bars = of_class(read(series("s", "제목", DAYS, [3] * 14)), "bar-day")
        assert [("unfinished" in bar.get("class", "")) for bar in bars] == [False] * 13 + [True]

    def test_a_burst_has_a_band_a_name_a_link_and_a_place_in_the_table(self) -> None:
        burst = Burst(7, 8, 30, 10.0, 5.0)
        picture = series("s", "제목", DAYS, [5] * 7 + [15, 15] + [5] * 5, [burst], links=["/?topic=ai"])
        root = read(picture)
        assert len(of_class(root, "bar-burst")) == 2
        (band,) = of_class(root, "burst-band")
        assert share(band, "x") == pytest.approx(50, abs=0.01)
        assert texts(root, "burst-name") == ["▲ 3.0배"]
        (link,) = root.iter("a")
        assert link.get("href") == "/?topic=ai"
        assert link.get("aria-label") == "11.9~11.10 급증: 30건, 여느 때의 3.0배"
        rows = table(picture)
        assert rows[0] == ["11.15", "5건", ""]
        assert rows[5] == ["11.10", "15건", "3.0배"]
        assert picture.rows[5][2].link == "/?topic=ai"
        assert [key.words for key in picture.keys] == [
            "급증: 전체 글에서 차지하는 비중이 여느 때보다 뚜렷이 큰 날"
        ]

    def test_the_names_of_bursts_near_each_other_stand_in_two_rows(self) -> None:
        found = [Burst(2, 2, 9, 3, 1), Burst(4, 4, 9, 3, 1), Burst(12, 12, 9, 3, 1)]
        names = of_class(read(series("s", "제목", DAYS, [5] * 14, found)), "burst-name")
        assert [name.get("y") for name in names] == ["27", "27", "27"]
        crowded = [Burst(2, 2, 9, 3, 1), Burst(3, 3, 9, 3, 1), Burst(12, 12, 9, 3, 1)]
        names = of_class(read(series("s", "제목", DAYS, [5] * 14, crowded)), "burst-name")
        assert [name.get("y") for name in names] == ["27", "12", "27"]

    def test_without_bursts_it_is_an_image_with_nothing_to_explain(self) -> None:
        picture = series("s", "제목", DAYS, [0] * 14)
        assert read(picture).get("role") == "img"
        assert picture.keys == []


class TestHeatMap:
    MAP = heat_map(
        "m",
        "제목",
        ["반도체", "블록체인·Web3·메타버스"],
        ["2026.10호", "2026.11호"],
        [[Cell(8, "/a"), Cell()], [Cell(0, broken=True), Cell(2, note="고장 뒤", broken=True)]],
        corner="주제",
        links=["/ai", ""],
        broken_words="소스 고장",
    )

    def test_every_field_says_its_number_and_what_is_broken_says_so(self) -> None:
        root = read(self.MAP)
        assert texts(root, "heat-sign") == ["8", "0", "!", "2!"]
        assert [len(of_class(root, f"heat-{kind}")) for kind in ("5", "0", "broken")] == [1, 1, 2]
        assert [key.words for key in self.MAP.keys] == ["소스 고장"]

    def test_each_field_is_named_by_its_row_column_and_number(self) -> None:
        root = read(self.MAP)
        assert [link.get("aria-label") for link in root.iter("a")] == ["반도체", "반도체 · 2026.10호: 8건"]
        assert "블록체인·Web3·메타버스 · 2026.11호: 2건, 고장 뒤" in [one.text for one in root.iter("title")]

    def test_the_table_says_and_links_the_same(self) -> None:
        assert list(self.MAP.head) == ["주제", "2026.10호", "2026.11호"]
        assert table(self.MAP) == [
            ["반도체", "8건", "0건"],
            ["블록체인·Web3·메타버스", "0건", "2건, 고장 뒤"],
        ]
        assert [fact.link for fact in self.MAP.rows[0]] == ["/ai", "/a", ""]

    def test_a_name_too_long_for_a_telephone_stands_in_more_lines_and_the_row_grows_with_it(self) -> None:
        picture = heat_map("m", "제목", ["가" * 40, "나"], ["열"], [[Cell(1)], [Cell(2)]])
        first, second = (rect for rect in read(picture).iter("rect"))
        assert float(first.get("height", "")) > 60
        assert float(second.get("y", "")) == float(first.get("y", "")) + float(first.get("height", ""))
        assert float(second.get("height", "")) == 34

    def test_few_columns_stay_narrow_and_many_fit(self) -> None:
        for columns in (1, 6, 30):
            picture = heat_map("m", "제목", ["가"], ["열"] * columns, [[Cell(1)] * columns])
            rects = list(read(picture).iter("rect"))
            assert share(rects[-1], "x") + share(rects[-1], "width") <= 100.2
            assert share(rects[0], "width") <= 12

    @pytest.mark.parametrize(
        ("value", "most", "level"),
        [
            pytest.param(0, 9, 0, id="nothing"),
            pytest.param(1, 100, 1, id="hardly anything"),
            pytest.param(100, 100, 5, id="the most"),
            pytest.param(80, 100, 4, id="not quite the most"),
            pytest.param(1, 1, 2, id="one of one is no heat"),
        ],
    )
    def test_shades_go_by_the_most(self, value: int, most: int, level: int) -> None:
        assert shade(value, most) == level


class TestFlow:
    PICTURE = flow(
        "f",
        "제목",
        DAYS[:2],
        [Part("위", "came-likely", [30, 0]), Part("그 위", "came-unlikely", [10, 5])],
        [Part("아래", "went-accepted", [4, 20])],
    )

    def test_what_came_stands_on_the_ground_and_what_went_hangs_below_it_on_one_scale(self) -> None:
        root = read(self.PICTURE)
        (ground,) = of_class(root, "ground")
        zero = float(ground.get("y1", ""))
        first, second = (
            next(bar for bar in root.iter("rect") if bar.get("class") == kind)
            for kind in ("came-likely", "came-unlikely")
        )
        hanging = of_class(root, "went-accepted")[1]
        assert float(first.get("y", "")) + float(first.get("height", "")) == pytest.approx(zero, abs=0.02)
        assert float(second.get("y", "")) < float(first.get("y", ""))
        assert float(hanging.get("y", "")) == pytest.approx(zero, abs=0.02)
        assert float(hanging.get("height", "")) / 20 == pytest.approx(
            float(first.get("height", "")) / 30, abs=0.02
        )

    def test_the_table_has_every_part(self) -> None:
        assert list(self.PICTURE.head) == ["날짜", "위", "그 위", "아래"]
        assert table(self.PICTURE) == [["11.3", "0", "5", "20"], ["11.2", "30", "10", "4"]]
        assert [key.words for key in self.PICTURE.keys] == ["위", "그 위", "아래"]


class TestShares:
    def test_a_band_shows_its_share_its_interval_and_what_a_chance_would_be(self) -> None:
        picture = calibration(
            "c", "제목", [Band("80~89", Share(30, 40), 0.85), Band("90~99", Share(3, 4), 0.95)]
        )
        root = read(picture)
        (bar,) = of_class(root, "bar-day")
        assert float(bar.get("height", "")) == pytest.approx(150 * 0.75)
        (whisker,) = of_class(root, "whisker")
        assert float(whisker.get("y2", "")) < float(bar.get("y", "")) < float(whisker.get("y1", ""))
        assert len(of_class(root, "promised")) == 2
        assert texts(root, "day-name") == ["80", "40", "90", "4"]
        assert table(picture) == [["80~89", "75%", "60%~86%", "40"], ["90~99", "적음", "", "4"]]

    def test_weeks_with_too_few_cases_are_left_open(self) -> None:
        line = Line("높음", [Share(8, 10), Share(9, 10), Share(1, 2), Share(10, 10)])
        picture = by_week("w", "제목", ["11.2", "11.9", "11.16", "11.23"], [line])
        root = read(picture)
        assert len(of_class(root, "point-0")) == 3
        assert len(of_class(root, "line-0")) == 1
        assert table(picture)[1] == ["11.16", "적음 (2건)"]
        assert table(picture)[0] == ["11.23", "100% (72%~100%, 10건)"]

    def test_each_line_has_a_sign_and_strokes_of_its_own(self) -> None:
        lines = [Line(name, [Share(5, 10), Share(6, 10)]) for name in "가나다"]
        root = read(by_week("w", "제목", ["1", "2"], lines))
        signs = {next(iter(of_class(root, f"point-{at}"))).get("d") for at in range(3)}
        strokes = {next(iter(of_class(root, f"line-{at}"))).get("stroke-dasharray") for at in range(3)}
        assert (len(signs), len(strokes)) == (3, 3)


class TestSparkline:
    def test_bars_and_the_days_to_know_of(self) -> None:
        root = read(sparkline("지난 4일 동안 7건", [0, 2, 4, 1], bursts=[2], broken=[0, 3]))
        assert root.findtext("title") == "지난 4일 동안 7건"
        paths = {path.get("class"): path.get("d") for path in root.iter("path")}
        assert paths == {
            "spark-ground": "M0 23h4v0.5h-4z",
            "bar-day": "M1.1 13.5h0.8v10h-0.8zM3.1 18.5h0.8v5h-0.8z",
            "bar-burst": "M2.1 3.5h0.8v20h-0.8z",
            "burst-top": "M2 0h1v2.5h-1z",
            "broken-day": "M0 24.5h1v2.5h-1zM3 24.5h1v2.5h-1z",
        }

    def test_nothing_is_a_line_on_the_ground(self) -> None:
        root = read(sparkline("", [0, 0]))
        assert [path.get("class") for path in root.iter("path")] == ["spark-ground"]


class TestPunchcard:
    def test_dots_grow_with_their_area_and_nothing_has_none(self) -> None:
        week = [[0] * 24 for _day in range(7)]
        week[0][9], week[6][23] = 4, 1
        picture = punchcard("p", "제목", week)
        large, small = of_class(read(picture), "dot")
        assert share(large, "r") == pytest.approx(2 * share(small, "r"), abs=0.01)
        assert large.findtext("title") == "월요일 9시: 4건"
        assert table(picture)[9] == ["9시", "4", *["0"] * 6]

    def test_an_empty_week_is_drawn_too(self) -> None:
        assert of_class(read(punchcard("p", "제목", [[0] * 24] * 7)), "dot") == []


NUMBERS = st.integers(0, 10**6)


@settings(deadline=None)
@given(st.lists(NUMBERS, min_size=1, max_size=60), st.data())
def test_whatever_the_numbers_nothing_is_drawn_backwards_or_outside(
    values: list[int], data: st.DataObject
) -> None:
    days = [date(2026, 1, 1) + timedelta(days=at) for at in range(len(values))]
    other = data.draw(st.lists(NUMBERS, min_size=len(values), max_size=len(values)))
    pictures: list[Picture | str] = [
        series("a", "제목", days, values),
        flow("b", "제목", days, [Part("위", "came-likely", values)], [Part("밑", "went-later", other)]),
        heat_map("c", "제목", ["가"], [str(day) for day in days], [[Cell(value) for value in values]]),
    ]
    for picture in pictures:
        root = read(picture)
        assert all(length >= -1e-6 for rect in root.iter("rect") for length in lengths(rect))
        highest = max((float(rect.get("y", 0)) for rect in root.iter("rect")), default=0)
        assert highest <= float(root.get("height", ""))
