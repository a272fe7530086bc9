"""Pure: a heat map: how much of what there was where, the number in every field."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from django.utils.safestring import SafeString

from monitor.i18n import _
from review.charts.picture import Fact, Key, Picture
from review.charts.svg import broken, drawing, element, lines, link

#: The names of the rows take so much of the width, in percent, and a column no more than that.
NAMES, WIDEST = 34.0, 12.0
#: A row's least height, and that of a line of letters.
ROW, LINE = 34, 14
#: How wide the drawing is on a telephone, and how large its letters are: labels are broken so that they fit there.
NARROW, NAME_SIZE, HEAD_SIZE = 324, 13, 11
#: The fields' shades, of which the last is the fullest field's; a most below `FULL` fills no field.
SHADES, FULL = 5, 4


@dataclass(frozen=True, slots=True)
class Cell:
    """A field: how much, where it leads, what else is to be said, and whether nothing could have been seen there."""

    value: int = 0
    link: str = ""
    #: A few words that the tooltip and the table say after the number.
    note: str = ""
    #: What should have told was out of order: 0 does not mean that nothing happened.
    broken: bool = False

    @property
    def sign(self) -> str:
        """What stands in the field: the number, with "!" where nothing could have been seen."""
        if self.broken:
            return f"{self.value}!" if self.value else "!"
        return str(self.value)


def heat_map(
    name: str,
    title: str,
    rows: Sequence[str],
    columns: Sequence[str],
    cells: Sequence[Sequence[Cell]],
    *,
    description: str = "",
    corner: str = "",
    heads: Sequence[str] = (),
    links: Sequence[str] = (),
    broken_words: str = "",
) -> Picture:
    """Rows and columns by their names, a `Cell` where they meet, row after row.

    `name` tells the picture's ids from others of the page; `title` says what it shows, `description` what there is to
    see in it. `corner` heads the names of the rows in the table; `heads` stand above the columns, where their names are
    too long for that; `links` are where the names of the rows lead. `broken_words` says what the mark of a broken cell
    means.
    """
    most = max((cell.value for row in cells for cell in row), default=0)
    step = min((100 - NAMES) / max(len(columns), 1), WIDEST)
    room = max(NARROW * step / 100 / HEAD_SIZE, 1.0)
    titles = [broken(head, room) for head in heads or columns]
    top = LINE * max((len(head) for head in titles), default=1) + 8
    names = [broken(label, NARROW * NAMES / 100 / NAME_SIZE - 0.5) for label in rows]
    heights = [max(ROW, LINE * len(lined) + 8) for lined in names]
    hrefs = links or [""] * len(rows)
    tops = list(accumulate(heights, initial=top))
    drawn = [
        *(
            lines(head, f"{_middle(at, step):.2f}%", (top - 4) / 2, LINE, class_="chart-head")
            for at, head in enumerate(titles)
        ),
        *(
            link(href, label, lines(lined, "0", y + height / 2, LINE, class_="chart-name"))
            for href, label, lined, y, height in zip(hrefs, rows, names, tops, heights, strict=False)
        ),
        *(
            _field(cell, f"{label} · {column}: {_said(cell)}", at, step, y, height, most)
            for label, row, y, height in zip(rows, cells, tops, heights, strict=False)
            for at, (column, cell) in enumerate(zip(columns, row, strict=True))
        ),
    ]
    linked = any(hrefs) or any(cell.link for row in cells for cell in row)
    return Picture(
        svg=drawing(name, tops[-1], title, description, *drawn, links=linked, kind="heat"),
        title=title,
        description=description,
        head=[corner, *columns],
        rows=[
            [Fact(label, href), *(Fact(_said(cell), cell.link) for cell in row)]
            for label, href, row in zip(rows, hrefs, cells, strict=True)
        ],
        keys=_keys(cells, broken_words),
    )


def shade(value: int, most: int) -> int:
    """Which of the shades a value gets, 0 for nothing: only the values near the most have the fullest."""
    return -(-SHADES * value // max(most, FULL)) if value > 0 else 0


def _field(cell: Cell, words: str, at: int, step: float, y: float, height: float, most: int) -> SafeString:
    kind = "broken" if cell.broken else str(shade(cell.value, most))
    return link(
        cell.link,
        words,
        element(
            "rect",
            x=f"{NAMES + at * step:.2f}%",
            y=y,
            width=f"{step:.2f}%",
            height=height,
            rx=5,
            class_=f"heat-{kind}",
        ),
        element(
            "text", cell.sign, x=f"{_middle(at, step):.2f}%", y=y + height / 2, class_=f"heat-sign on-{kind}"
        ),
    )


def _middle(at: int, step: float) -> float:
    return NAMES + (at + 0.5) * step


def _said(cell: Cell) -> str:
    said = _("{n}건").format(n=cell.value)
    return f"{said}, {cell.note}" if cell.note else said


def _keys(cells: Sequence[Sequence[Cell]], words: str) -> list[Key]:
    if not words or not any(cell.broken for row in cells for cell in row):
        return []
    sign = element(
        "svg",
        element("rect", width=18, height=18, rx=4, class_="heat-broken"),
        element("text", "!", x=9, y=9, class_="heat-sign on-broken"),
        width=18, height=18, aria_hidden="true", class_="chart heat",
    )  # fmt: skip
    return [Key(sign, words)]
