"""Pure: shares with how sure they are: how many of a band were wanted, and how that went from week to week."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from classifiers.evaluating.quality import Share
from monitor.i18n import _
from review.charts.axes import grid
from review.charts.picture import Fact, Key, Picture
from review.charts.svg import drawing, element

#: Pixels above the bars, of the bars, and below them.
HEAD, BARS, FOOT = 16, 150, 36
#: Percent at which a line stands.
STEPS = (50, 100)
#: Each line has a sign and a way of being drawn of its own.
SIGNS = ("M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0", "M-3.5-3.5h7v7h-7z", "M0-5l4.6 8h-9.2z")
DASHES = (None, "6 3", "2 3")


@dataclass(frozen=True, slots=True)
class Band:
    """Those with a relevance between two: which share of them was wanted, and which would have been if it were a chance."""

    #: "80~89", below whose bar stands "80".
    name: str
    share: Share
    promised: float


@dataclass(frozen=True, slots=True)
class Line:
    """A share week after week."""

    name: str
    shares: Sequence[Share]


def calibration(name: str, title: str, bands: Sequence[Band], *, description: str = "") -> Picture:
    """A bar a band with its interval, and a stroke where it would be if the number were a chance."""
    return Picture(
        svg=drawing(
            name,
            HEAD + BARS + FOOT,
            title,
            description,
            *grid(STEPS, HEAD, BARS, "%"),
            *(mark for at, band in enumerate(bands) for mark in _band(at, band, 100 / len(bands))),
            kind="shares",
        ),
        title=title,
        description=description,
        head=[_("관련도"), _("후보로 올린 비율"), _("95% 신뢰구간"), _("결정")],
        rows=[
            [Fact(band.name), *(Fact(text) for text in _words(band.share)), Fact(f"{band.share.n:,}")]
            for band in bands
        ],
        keys=[
            Key(
                _sign(element("rect", x=3, y=4, width=12, height=14, class_="bar-day")), _("후보로 올린 비율")
            ),
            Key(_sign(element("line", x1=9, x2=9, y1=1, y2=17, class_="whisker")), _("95% 신뢰구간")),
            Key(
                _sign(element("line", x1=1, x2=17, y1=9, y2=9, class_="promised")),
                _("관련도가 곧 확률이라면"),
            ),
        ],
    )


def by_week(
    name: str, title: str, weeks: Sequence[str], series: Sequence[Line], *, description: str = ""
) -> Picture:
    """A line for each of up to three series; weeks with too few cases are left open."""
    step = 100 / max(len(weeks), 1)
    names = range(0, len(weeks), -(-len(weeks) // 7) or 1)
    return Picture(
        svg=drawing(
            name,
            HEAD + BARS + FOOT - 14,
            title,
            description,
            *grid(STEPS, HEAD, BARS, "%"),
            *(mark for at, line in enumerate(series) for mark in _line(at, line, weeks, step)),
            *(
                element(
                    "text", weeks[at], x=f"{(at + 0.5) * step:.2f}%", y=HEAD + BARS + 16, class_="day-name"
                )
                for at in names
            ),
            kind="shares",
        ),
        title=title,
        description=description,
        head=[_("주"), *(line.name for line in series)],
        rows=[
            [Fact(week), *(Fact(_share_of(line.shares[at])) for line in series)]
            for at, week in reversed(list(enumerate(weeks)))
        ],
        keys=[
            Key(
                _sign(
                    element(
                        "line", x1=0, x2=26, y1=9, y2=9, class_=f"line-{at}", stroke_dasharray=DASHES[at]
                    ),
                    element("path", d=SIGNS[at], transform="translate(13 9)", class_=f"point-{at}"),
                    width=26,
                ),
                line.name,
            )
            for at, line in enumerate(series)
        ],
    )


def _band(at: int, band: Band, step: float) -> Iterator[SafeString]:
    middle = f"{(at + 0.5) * step:.2f}%"
    yield element("text", band.name.partition("~")[0], x=middle, y=HEAD + BARS + 15, class_="day-name")
    yield element("text", f"{band.share.n:,}", x=middle, y=HEAD + BARS + 30, class_="day-name count")
    if band.share.enough:
        low, high = band.share.interval
        value, _interval = _words(band.share)
        yield element(
            "rect", element("title", f"{band.name}: {value} ({_interval})"),
            x=f"{(at + 0.2) * step:.2f}%", y=_y(band.share.value), width=f"{0.6 * step:.2f}%",
            height=BARS * band.share.value, class_="bar-day",
        )  # fmt: skip
        yield element("line", x1=middle, x2=middle, y1=_y(low), y2=_y(high), class_="whisker")
    left, right = f"{(at + 0.1) * step:.2f}%", f"{(at + 0.9) * step:.2f}%"
    promised = _y(band.promised)
    yield element("line", x1=left, x2=right, y1=promised, y2=promised, class_="promised")


def _line(at: int, line: Line, weeks: Sequence[str], step: float) -> Iterator[SafeString]:
    points = [
        ((week + 0.5) * step, share) if share.enough else None for week, share in enumerate(line.shares)
    ]
    for before, after in itertools.pairwise(points):
        if before and after:
            yield element(
                "line", x1=f"{before[0]:.2f}%", y1=_y(before[1].value), x2=f"{after[0]:.2f}%", y2=_y(after[1].value),
                class_=f"line-{at}", stroke_dasharray=DASHES[at],
            )  # fmt: skip
    for week, point in zip(weeks, points, strict=True):
        if point:
            words = f"{week} · {line.name}: {_share_of(point[1])}"
            sign = element("path", element("title", words), d=SIGNS[at], class_=f"point-{at}")
            yield element("svg", sign, x=f"{point[0]:.2f}%", y=_y(point[1].value), overflow="visible")


def _y(share: float) -> float:
    return HEAD + BARS * (1 - share)


def _words(share: Share) -> tuple[str, str]:
    if not share.enough:
        return _("적음"), ""
    low, high = share.interval
    return f"{share.value:.0%}", f"{low:.0%}~{high:.0%}"


def _share_of(share: Share) -> str:
    value, interval = _words(share)
    cases = _("{n}건").format(n=share.n)
    return f"{value} ({interval}, {cases})" if interval else f"{value} ({cases})"


def _sign(*marks: SafeString, width: int = 18) -> SafeString:
    return element("svg", *marks, width=width, height=18, aria_hidden="true", class_="chart")
