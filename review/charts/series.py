"""Pure: how many a day, with the bursts marked."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from django.utils.safestring import SafeString

from monitor.i18n import _
from review.charts.axes import grid, week_names
from review.charts.bursts import Burst
from review.charts.picture import Fact, Key, Picture
from review.charts.scales import day_name, ticks
from review.charts.svg import drawing, element, link

#: Pixels: the bursts' names stand in two rows above the bars, the days' names below.
NAMES, BARS, FOOT = 36, 130, 20
#: A bar's part of its day, and how near to each other two names may stand in one row, in percent of the width.
BAR, NEAR = 0.72, 14.0


def series(
    name: str,
    title: str,
    days: Sequence[date],
    values: Sequence[int],
    bursts: Sequence[Burst] = (),
    *,
    description: str = "",
    links: Sequence[str] = (),
) -> Picture:
    """A bar a day, the last of them being today's, which is not over; `links` are where the bursts lead, one each."""
    steps = ticks(max(values, default=0))
    step = 100 / max(len(days), 1)
    in_burst = {day: burst for burst in bursts for day in range(burst.first, burst.last + 1)}
    hrefs = links or [""] * len(bursts)
    svg = drawing(
        name,
        NAMES + BARS + FOOT,
        title,
        description,
        *_bands(days, bursts, hrefs, step),
        *grid(steps, NAMES, BARS),
        *(
            _bar(
                at,
                values[at],
                steps[-1],
                f"{day_name(day)}: {_said(values[at])}",
                step,
                _kind(at, days, in_burst),
            )
            for at, day in enumerate(days)
        ),
        *week_names(days, NAMES + BARS + FOOT - 5),
        links=any(hrefs),
        kind="series",
    )
    return Picture(
        svg=svg,
        title=title,
        description=description,
        head=[_("날짜"), _("글"), _("급증")],
        rows=[
            [
                Fact(day_name(day)),
                Fact(_said(values[at])),
                Fact(_times(in_burst[at]), hrefs[bursts.index(in_burst[at])]) if at in in_burst else Fact(""),
            ]
            for at, day in reversed(list(enumerate(days)))
        ],
        keys=[Key(_burst_sign(), _("급증: 전체 글에서 차지하는 비중이 여느 때보다 뚜렷이 큰 날"))]
        if bursts
        else [],
    )


def _bands(
    days: Sequence[date], bursts: Sequence[Burst], hrefs: Sequence[str], step: float
) -> Iterator[SafeString]:
    before, low = -100.0, False
    for burst, href in zip(bursts, hrefs, strict=True):
        left, width = burst.first * step, (burst.last - burst.first + 1) * step
        middle = min(max(left + width / 2, 5.0), 95.0)
        low = middle - before < NEAR and not low
        before = middle
        first, last = day_name(days[burst.first]), day_name(days[burst.last])
        span = first if first == last else f"{first}~{last}"
        words = _("{days} 급증: {n}건, 여느 때의 {times}").format(
            days=span, n=burst.entries, times=_times(burst)
        )
        yield link(
            href,
            words,
            element(
                "rect",
                x=f"{left:.2f}%",
                y=NAMES - 4,
                width=f"{width:.2f}%",
                height=BARS + 4,
                class_="burst-band",
            ),
            element(
                "rect", x=f"{left:.2f}%", y=NAMES - 4, width=f"{width:.2f}%", height=3, class_="burst-top"
            ),
            element(
                "text", f"▲ {_times(burst)}", x=f"{middle:.2f}%", y=27 if not low else 12, class_="burst-name"
            ),
        )


def _bar(at: int, value: int, top: int, words: str, step: float, kind: str) -> SafeString:
    height = BARS * value / top
    return element(
        "rect", element("title", words),
        x=f"{(at + (1 - BAR) / 2) * step:.2f}%", y=NAMES + BARS - height, width=f"{BAR * step:.2f}%", height=height,
        class_=kind,
    )  # fmt: skip


def _kind(at: int, days: Sequence[date], in_burst: Mapping[int, Burst]) -> str:
    kind = "bar-burst" if at in in_burst else "bar-day"
    return f"{kind} unfinished" if at == len(days) - 1 else kind


def _said(value: int) -> str:
    return _("{n}건").format(n=value)


def _times(burst: Burst) -> str:
    return _("{n}배").format(n=f"{burst.times:.1f}")


def _burst_sign() -> SafeString:
    return element(
        "svg",
        element("rect", width=18, height=18, class_="burst-band"),
        element("rect", width=18, height=3, class_="burst-top"),
        element("rect", x=6, y=7, width=6, height=11, class_="bar-burst"),
        width=18, height=18, aria_hidden="true", class_="chart",
    )  # fmt: skip
