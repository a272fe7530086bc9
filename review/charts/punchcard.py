"""Pure: a week by hours: a dot for each, the larger, the more."""

import math
from collections.abc import Sequence

from monitor.i18n import _
from review.charts.picture import Fact, Picture
from review.charts.svg import drawing, element

#: The weekdays' names in percent of the width; the hours' names and a row in pixels.
NAMES, HEAD, ROW = 8.0, 22, 24
#: The largest dot, as a part of the drawing's size: dots do not touch on a telephone, and grow with the page.
DOT = 1.9
#: The hours that have room for a name.
NAMED_HOURS = range(0, 24, 3)


def punchcard(name: str, title: str, week: Sequence[Sequence[int]], *, description: str = "") -> Picture:
    """A dot for each of seven rows of 24 numbers, Monday first, its area as its number."""
    weekdays = (_("월"), _("화"), _("수"), _("목"), _("금"), _("토"), _("일"))
    most = max((n for day in week for n in day), default=0)
    step = (100 - NAMES) / 24
    return Picture(
        svg=drawing(
            name,
            HEAD + 7 * ROW,
            title,
            description,
            *(
                element("text", f"{hour}", x=f"{NAMES + (hour + 0.5) * step:.2f}%", y=12, class_="chart-head")
                for hour in NAMED_HOURS
            ),
            *(
                mark
                for at, (day, hours) in enumerate(zip(weekdays, week, strict=True))
                for mark in (
                    element("text", day, x=0, y=HEAD + (at + 0.5) * ROW, class_="chart-name"),
                    element(
                        "line", x1=f"{NAMES}%", x2="100%", y1=HEAD + (at + 0.5) * ROW, y2=HEAD + (at + 0.5) * ROW,
                        class_="grid",
                    ),
                    *(
                        element(
                            "circle",
                            element("title", _("{day}요일 {hour}시: {n}건").format(day=day, hour=hour, n=n)),
                            cx=f"{NAMES + (hour + 0.5) * step:.2f}%", cy=HEAD + (at + 0.5) * ROW,
                            r=f"{DOT * math.sqrt(n / most):.2f}%", class_="dot",
                        )
                        for hour, n in enumerate(hours)
                        if n
                    ),
                )
            ),
            kind="punch",
        ),
        title=title,
        description=description,
        head=[_("시각"), *weekdays],
        rows=[
            [Fact(_("{hour}시").format(hour=hour)), *(Fact(f"{day[hour]:,}") for day in week)]
            for hour in range(24)
        ],
    )  # fmt: skip
