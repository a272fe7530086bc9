"""Pure: the lines behind bars, and the names of days below them."""

from collections.abc import Iterator, Sequence
from datetime import date

from django.utils.safestring import SafeString

from review.charts.scales import day_name, named_days
from review.charts.svg import element


def grid(steps: Sequence[int], top: float, height: float, unit: str = "") -> Iterator[SafeString]:
    """A line a step above the ground line, its number at its left end."""
    for value in (0, *steps):
        y = top + height * (1 - value / steps[-1])
        yield element("line", x1=0, x2="100%", y1=y, y2=y, class_="ground" if value == 0 else "grid")
        if value:
            yield element("text", f"{value:,}{unit}", x=0, y=y - 3, class_="scale")


def week_names(days: Sequence[date], y: float) -> Iterator[SafeString]:
    """Mondays, each named below its day."""
    step = 100 / max(len(days), 1)
    for at in named_days(days):
        x = min(max((at + 0.5) * step, 5.0), 95.0)
        yield element("text", day_name(days[at]), x=f"{x:.2f}%", y=y, class_="day-name")
