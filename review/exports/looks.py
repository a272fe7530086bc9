"""Pure: how the parts of an issue look in the files that have styles. An editor changes a style, and all of its kind follow."""

from dataclasses import dataclass, replace
from enum import StrEnum, auto

#: Colours as RRGGBB.
NAVY, GREY, PALE, LINE, WHITE = "1F3D6B", "4A5563", "EEF2F8", "9AA5B4", "FFFFFF"

#: A4 and its margins, in millimetres.
PAPER_WIDTH, PAPER_HEIGHT = 210, 297
MARGIN, MARGIN_TOP, MARGIN_BOTTOM, MARGIN_RUNNING = 22, 24, 22, 12
TEXT_WIDTH = PAPER_WIDTH - 2 * MARGIN
#: The columns of the two tables, in millimetres.
SUMMARY_WIDTHS = (28, 123, 15)
NOTICE_WIDTHS = (22, 34, 78, 32)


class Part(StrEnum):
    """What a paragraph is: each kind has a look, and a style in the files."""

    BODY = auto()
    TITLE = auto()
    PUBLISHED = auto()
    CONTENTS = auto()
    SECTION_ENTRY = auto()
    ARTICLE_ENTRY = auto()
    SECTION = auto()
    SECTION_AGAIN = auto()
    ARTICLE = auto()
    SUBHEAD = auto()
    CONTACT = auto()
    FOOT = auto()
    REFERENCE = auto()
    CELL_HEAD = auto()
    CELL_LABEL = auto()
    CELL_TITLE = auto()
    CELL_SOURCE = auto()
    RUNNING_HEAD = auto()
    RUNNING_FOOT = auto()
    POINT_0 = auto()
    POINT_1 = auto()
    POINT_2 = auto()
    POINT_3 = auto()
    POINT_4 = auto()
    CELL_POINT_0 = auto()
    CELL_POINT_1 = auto()
    CELL_POINT_2 = auto()
    CELL_POINT_3 = auto()
    CELL_POINT_4 = auto()


@dataclass(frozen=True, slots=True)
class Look:
    """A paragraph's look: its letters and the space around it in points, its indents in millimetres."""

    #: What its style is called, where the program has none of its own for it.
    name: str
    size: float = 10
    bold: bool = False
    colour: str = ""
    before: float = 0
    after: float = 3
    spacing: float = 1.45
    #: "justify", "left", "center" or "right".
    align: str = "justify"
    left: float = 0
    #: How far its sign stands out to the left.
    hanging: float = 0
    #: A line below it, in points.
    under: float = 0
    #: A coloured ground.
    ground: str = ""
    keeps_with_next: bool = False
    #: Its level in the outline, from 0; None for none.
    outline: int | None = None


#: Dark letters on a pale ground: they are read where a program paints no grounds, too.
_BAND = Look(
    "난",
    13,
    True,
    NAVY,
    after=12,
    spacing=1,
    align="left",
    under=2.25,
    ground=PALE,
    keeps_with_next=True,
    outline=0,
)
#: How deep a level of points stands and how far its sign hangs out.
_INDENTS = {0: (0.0, 0.0), 1: (4.5, 4.5), 2: (8.0, 3.5), 3: (11.5, 3.0), 4: (8.0, 4.0)}


def _point(level: int) -> Look:
    left, hanging = _INDENTS[level]
    look = Look(f"본문 {level}" if level else "본문 글", left=left, hanging=hanging)
    return replace(look, name="본문 주", size=9, colour=GREY) if level == max(_INDENTS) else look


def _in_cell(look: Look) -> Look:
    left, hanging = look.left * 0.75, look.hanging * 0.75
    size = look.size - (1 if look.size == 10 else 0.5)
    return replace(
        look,
        name=f"표 {look.name}",
        size=size,
        after=1,
        spacing=1.25,
        align="left",
        left=left,
        hanging=hanging,
    )


LOOKS: dict[Part, Look] = {
    Part.BODY: Look("본문"),
    Part.TITLE: Look("호 제목", 20, True, NAVY, after=4, spacing=1.2, align="left", under=2.25),
    Part.PUBLISHED: Look("발행일", 9.5, colour=GREY, after=14, align="right"),
    Part.CONTENTS: Look("차례 제목", 14, True, NAVY, before=18, after=6, align="left"),
    Part.SECTION_ENTRY: Look("차례 1", 10, True, before=6, after=2, align="left"),
    Part.ARTICLE_ENTRY: Look("차례 2", 10, after=2, align="left", left=5),
    Part.SECTION: _BAND,
    Part.SECTION_AGAIN: replace(_BAND, name="난 이어짐", outline=None),
    Part.ARTICLE: Look("글 제목", 12.5, True, before=16, after=8, spacing=1.3, align="left", under=0.75, keeps_with_next=True, outline=1),
    Part.SUBHEAD: Look("작은 제목", 11, True, before=10, align="left", keeps_with_next=True, outline=2),
    Part.CONTACT: Look("문의", 9, colour=GREY, after=6),
    Part.FOOT: Look("참고", 9, colour=GREY, before=4, after=6, align="right"),
    Part.REFERENCE: Look("참고문헌", 9.5, align="left", left=6, hanging=6),
    Part.CELL_HEAD: Look("표 머리", 9.5, True, WHITE, after=0, spacing=1.2, align="center"),
    Part.CELL_LABEL: Look("표 머리칸", 9, True, after=0, spacing=1.25, align="center"),
    Part.CELL_TITLE: Look("표 제목", 9.5, True, after=2, spacing=1.25, align="left", left=3.2, hanging=3.2),
    Part.CELL_SOURCE: Look("표 출처", 8.5, after=0, spacing=1.25, align="center"),
    Part.RUNNING_HEAD: Look("머리말", 8.5, colour=GREY, align="right"),
    Part.RUNNING_FOOT: Look("꼬리말", 9, colour=GREY, align="center"),
    **{Part(f"point_{level}"): _point(level) for level in _INDENTS},
    **{Part(f"cell_point_{level}"): _in_cell(_point(level)) for level in _INDENTS},
}  # fmt: skip


def point(level: int, *, in_cell: bool = False) -> Part:
    """What a line of this level is, in an article's text or in a table."""
    return Part(f"cell_point_{level}" if in_cell else f"point_{level}")
