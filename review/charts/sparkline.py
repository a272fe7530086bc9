"""Pure: a line's worth of bars: how many a day, and on which days there is something to know."""

from collections.abc import Collection, Sequence

from django.utils.safestring import SafeString

from review.charts.svg import element

#: The rows of the drawing, in pixels: a strip above for what was much, the bars, a strip below for what was wrong.
STRIP, BARS, GAP = 2.5, 20.0, 1.0
HEIGHT = 2 * STRIP + BARS + 2 * GAP


def sparkline(
    words: str, values: Sequence[int], *, bursts: Collection[int] = (), broken: Collection[int] = ()
) -> SafeString:
    """A bar a day; `words` say what they show. Days of a burst have a line above them, days out of order one below."""
    most = max((*values, 1))
    ground = STRIP + GAP + BARS
    bars = [(at, BARS * value / most) for at, value in enumerate(values) if value]
    paths = {
        "spark-ground": [_box(0, ground - 0.5, len(values), 0.5)] if values else [],
        "bar-day": [_box(at + 0.1, ground - high, 0.8, high) for at, high in bars if at not in bursts],
        "bar-burst": [_box(at + 0.1, ground - high, 0.8, high) for at, high in bars if at in bursts],
        "burst-top": [_box(at, 0, 1, STRIP) for at in sorted(bursts)],
        "broken-day": [_box(at, HEIGHT - STRIP, 1, STRIP) for at in sorted(broken)],
    }
    return element(
        "svg",
        element("title", words),
        *(element("path", d="".join(boxes), class_=kind) for kind, boxes in paths.items() if boxes),
        viewBox=f"0 0 {max(len(values), 1)} {HEIGHT:g}", preserveAspectRatio="none",
        width="100%", height=f"{HEIGHT:g}", role="img", class_="chart spark",
    )  # fmt: skip


def _box(x: float, y: float, width: float, height: float) -> str:
    return f"M{x:g} {y:.4g}h{width:g}v{height:.4g}h-{width:g}z"
