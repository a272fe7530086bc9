"""Draws the house from its own imports: `python -m tools.picture` writes docs/pictures/architecture.svg.

Each package is a band, each of its folders a box, and what a folder imports of its own package is an arrow. Files beside the
folders are the ground that all of them stand on. Arrows between packages run beside the bands; the command line, which may
name everyone and which nobody names, stands above them. No counts stand there: a picture that is new with every import says
nothing when it changes.
"""

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from textwrap import wrap

from tools.house import PACKAGES, ROOT, Arrows, House, purpose, rows

FILE = Path(__file__).resolve().parents[1] / "docs" / "pictures" / "architecture.svg"

_WIDTH, _MARGIN = 1000, 88
_BOX, _BOX_HEIGHT, _ROW_GAP = 200, 88, 40
_GROUND, _HEAD, _BAND_GAP = 40, 34, 30


@dataclass(frozen=True, slots=True)
class Box:
    """A folder where it stands; `top` counts from its band's."""

    name: str
    left: float
    top: float

    @property
    def middle(self) -> float:
        """Where on the left-to-right axis arrows come in and go out, in the picture's units."""
        return self.left + _BOX / 2


def placed(folders: Sequence[str], arrows: Arrows) -> list[Box]:
    """The folders where they stand in their package's band."""
    boxes = []
    inner = _WIDTH - 2 * _MARGIN
    for number, row in enumerate(rows(folders, arrows)):
        step = inner / len(row)
        # Every other row a little to the side: an arrow past a row does not run behind its boxes.
        shift = (step - _BOX) / 3 * (-1) ** number if len(row) < 4 else 0
        top = _HEAD + number * (_BOX_HEIGHT + _ROW_GAP)
        boxes += [
            Box(name, _MARGIN + step * (place + 0.5) - _BOX / 2 + shift, top)
            for place, name in enumerate(row)
        ]
    return boxes


def drawing(house: House) -> str:
    """The picture as SVG."""
    parts: list[str] = []
    tops: dict[str, float] = {}
    y = 20.0
    parts += _band(y, 46, ROOT, purpose(ROOT))
    tops[ROOT] = y + 23
    y += 46 + _BAND_GAP
    for package in PACKAGES:
        boxes = placed(house.folders(package), house.arrows)
        ground = max((box.top + _BOX_HEIGHT for box in boxes), default=_HEAD - _ROW_GAP / 2) + _ROW_GAP / 2
        files = wrap(", ".join(house.files(package)), 122)
        height = ground + _GROUND + 14 * (len(files) - 1) + 10
        parts += _band(y, height, package, purpose(package))
        parts += _arrows(boxes, house.arrows, y)
        parts += [line for box in boxes for line in _box(box, y)]
        parts += _ground(y + ground, files)
        tops[package] = y + height / 2
        y += height + _BAND_GAP
    parts += _beside(house, tops)
    return "\n".join([*_frame(y), *parts, "</svg>", ""])


def _frame(height: float) -> Iterator[str]:
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:.0f}" role="img" '
        'aria-label="The packages, their folders, and who imports whom" font-family="system-ui, sans-serif" font-size="12">'
    )
    yield (
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto" '
        'markerUnits="userSpaceOnUse"><path d="M0 0 8 4 0 8z" fill="context-stroke"/></marker></defs>'
    )
    yield f'<rect width="{_WIDTH}" height="{height:.0f}" fill="#fff"/>'


def _band(top: float, height: float, name: str, says: str) -> Iterator[str]:
    left, width = _MARGIN - 14, _WIDTH - 2 * _MARGIN + 28
    yield f'<rect x="{left}" y="{top:.0f}" width="{width}" height="{height:.0f}" rx="10" fill="#f3f5f8" stroke="#b9c2cf"/>'
    yield f'<text x="{left + 12}" y="{top + 20:.0f}" font-size="14" font-weight="700">{name.replace(".", "/")}/</text>'
    yield f'<text x="{left + 120}" y="{top + 20:.0f}" fill="#475569">{escape(says)}</text>'


def _box(box: Box, band: float) -> Iterator[str]:
    top = band + box.top
    yield f'<rect x="{box.left:.0f}" y="{top:.0f}" width="{_BOX}" height="{_BOX_HEIGHT}" rx="6" fill="#fff" stroke="#64748b"/>'
    name = box.name.rpartition(".")[2]
    yield f'<text x="{box.left + 10:.0f}" y="{top + 18:.0f}" font-size="13" font-weight="600">{name}</text>'
    for number, line in enumerate(
        wrap(purpose(box.name).replace("`", ""), 28, max_lines=4, placeholder=" …")
    ):
        yield f'<text x="{box.left + 10:.0f}" y="{top + 35 + 14 * number:.0f}" fill="#475569">{escape(line)}</text>'


def _ground(top: float, files: Sequence[str]) -> Iterator[str]:
    left, width, height = _MARGIN, _WIDTH - 2 * _MARGIN, 14 * len(files) + 10
    yield f'<rect x="{left}" y="{top:.0f}" width="{width}" height="{height}" rx="4" fill="#e2e8f0"/>'
    for number, line in enumerate(files):
        yield f'<text x="{left + 10}" y="{top + 16 + 14 * number:.0f}" fill="#334155">{escape(line)}</text>'


def _arrows(boxes: Sequence[Box], arrows: Arrows, band: float) -> Iterator[str]:
    for source in boxes:
        for target in boxes:
            if count := arrows.get((source.name, target.name)):
                back = (target.name, source.name) in arrows
                title = f"{source.name} imports {target.name}"
                yield _line(_path(source, target, band), count, title, "#c2410c" if back else "#64748b")


def _path(source: Box, target: Box, band: float) -> str:
    if source.top == target.top:
        # Side by side: an arc above for one way, below for the other.
        way = 1 if source.left < target.left else -1
        edge = band + source.top + (0 if way > 0 else _BOX_HEIGHT)
        bend = edge - 30 * way
        start, end = source.middle + 30 * way, target.middle - 30 * way
        return f"M{start:.0f} {edge:.0f}C{start:.0f} {bend:.0f} {end:.0f} {bend:.0f} {end:.0f} {edge:.0f}"
    start, end = band + source.top + _BOX_HEIGHT, band + target.top
    bend = (end - start) / 2
    return f"M{source.middle:.0f} {start:.0f}C{source.middle:.0f} {start + bend:.0f} {target.middle:.0f} {end - bend:.0f} {target.middle:.0f} {end:.0f}"


def _line(path: str, count: int, title: str, colour: str) -> str:
    return (
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{len(str(count))}.2" '
        f'marker-end="url(#tip)"><title>{escape(title)}</title></path>'
    )


def _beside(house: House, middles: Mapping[str, float]) -> Iterator[str]:
    """The packages' arrows on the right, the command line's on the left."""
    right, left = _WIDTH - _MARGIN + 14, _MARGIN - 14
    # Where arrows of several packages meet one, each has its own height.
    ends: Counter[str] = Counter()
    for upper, package in enumerate(PACKAGES):
        for lower, other in enumerate(PACKAGES):
            if package != other and (count := house.between(package, other)):
                start, end = middles[package] + 14 * (lower - upper), middles[other] - 14 * ends[other]
                ends[other] += 1
                out = right + 24 * abs(lower - upper)
                path = f"M{right} {start:.0f}C{out} {start:.0f} {out} {end:.0f} {right} {end:.0f}"
                yield _line(path, count, f"{package} imports {other}", "#1d4ed8")
    for place, package in enumerate(PACKAGES, 1):
        count, end = house.from_root(package), middles[package]
        out = left - 20 * place
        yield _line(
            f"M{left} {middles[ROOT]:.0f}C{out} {middles[ROOT]:.0f} {out} {end:.0f} {left} {end:.0f}",
            count,
            f"{ROOT} imports {package}",
            "#94a3b8",
        )


def main() -> None:
    """Writes the picture; with --check only says whether the one that is there is current."""
    now = drawing(House())
    if "--check" not in sys.argv[1:]:
        FILE.write_text(now, encoding="utf-8")
    elif FILE.read_text(encoding="utf-8") != now:
        sys.exit("docs/pictures/architecture.svg is out of date: python -m tools.picture")


if __name__ == "__main__":
    main()
