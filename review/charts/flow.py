"""Pure: what came in a day, upwards, and what went out, downwards."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.safestring import SafeString

from monitor.i18n import _
from review.charts.axes import week_names
from review.charts.picture import Fact, Key, Picture
from review.charts.scales import day_name, ticks
from review.charts.svg import drawing, element

#: Pixels above and below the bars, and a bar's part of its day's width.
HEAD, FOOT, BAR = 16, 20, 0.72
#: Pixels that both directions are high together.
BARS = 170


@dataclass(frozen=True, slots=True)
class Part:
    """A part of every day's bar: its name, its class in css/charts.css, and how many a day."""

    name: str
    kind: str
    values: Sequence[int]


def flow(
    name: str,
    title: str,
    days: Sequence[date],
    came: Sequence[Part],
    went: Sequence[Part],
    *,
    description: str = "",
) -> Picture:
    """A bar a day in each direction, its parts upon each other, the first next to the ground line; one scale for both."""
    up, down = (max((sum(day) for day in _days(parts)), default=0) for parts in (came, went))
    most_up, most_down = ticks(up, 2), ticks(down, 2)
    whole = most_up[-1] + most_down[-1]
    ground = HEAD + BARS * most_up[-1] / whole
    unit = BARS / whole
    return Picture(
        svg=drawing(
            name,
            HEAD + BARS + FOOT,
            title,
            description,
            *_scale([-value for value in most_down] + most_up, ground, unit),
            *_bars(days, came, ground, -unit),
            *_bars(days, went, ground, unit),
            element("line", x1=0, x2="100%", y1=ground, y2=ground, class_="ground"),
            *week_names(days, HEAD + BARS + FOOT - 4),
            kind="flow",
        ),
        title=title,
        description=description,
        head=[_("날짜"), *(part.name for part in (*came, *went))],
        rows=[
            [Fact(day_name(day)), *(Fact(f"{part.values[at]:,}") for part in (*came, *went))]
            for at, day in reversed(list(enumerate(days)))
        ],
        keys=[Key(_sign(part.kind), part.name) for part in (*came, *went)],
    )


def _days(parts: Sequence[Part]) -> Iterator[tuple[int, ...]]:
    return zip(*(part.values for part in parts), strict=True)


def _scale(values: Sequence[int], ground: float, unit: float) -> Iterator[SafeString]:
    for value in values:
        y = ground - value * unit
        yield element("line", x1=0, x2="100%", y1=y, y2=y, class_="grid")
        yield element("text", f"{abs(value):,}", x=0, y=y - 3 if value > 0 else y + 11, class_="scale")


def _bars(days: Sequence[date], parts: Sequence[Part], ground: float, unit: float) -> Iterator[SafeString]:
    step = 100 / max(len(days), 1)
    for at, day in enumerate(days):
        done = 0
        for part in parts:
            value = part.values[at]
            if not value:
                continue
            ends = (ground + done * unit, ground + (done + value) * unit)
            done += value
            yield element(
                "rect", element("title", f"{day_name(day)} {part.name}: {value:,}"),
                x=f"{(at + (1 - BAR) / 2) * step:.2f}%", y=min(ends), width=f"{BAR * step:.2f}%",
                height=abs(ends[1] - ends[0]), class_=part.kind,
            )  # fmt: skip


def _sign(kind: str) -> SafeString:
    return element(
        "svg", element("rect", x=1, y=1, width=16, height=16, class_=kind),
        width=18, height=18, aria_hidden="true", class_="chart",
    )  # fmt: skip
