"""What python-docx has no words for: fields, bookmarks, links within a file, borders and shades, each in its place.

Word calls a file damaged whose elements stand in another order than ECMA-376 has them.
"""

from collections.abc import Iterable, Mapping
from itertools import count
from typing import Any

from docx.enum.text import WD_COLOR_INDEX
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml.ns import qn
from docx.oxml.parser import OxmlElement
from docx.text.paragraph import Paragraph

from review.exports.printed import Span

#: What a paragraph's properties hold, in order (17.3.1.26), as far as anything here stands before it.
_AFTER_BORDERS = (
    "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:kinsoku", "w:wordWrap", "w:overflowPunct", "w:topLinePunct",
    "w:autoSpaceDE", "w:autoSpaceDN", "w:bidi", "w:adjustRightInd", "w:snapToGrid", "w:spacing", "w:ind",
    "w:contextualSpacing", "w:mirrorIndents", "w:suppressOverlap", "w:jc", "w:textDirection", "w:textAlignment",
    "w:textboxTightWrap", "w:outlineLvl", "w:divId", "w:cnfStyle", "w:rPr", "w:sectPr", "w:pPrChange",
)  # fmt: skip
#: And a cell's (17.4.69).
_AFTER_SHADE_OF_CELL = ("w:noWrap", "w:tcMar", "w:textDirection", "w:tcFitText", "w:vAlign", "w:hideMark")
#: What settings.xml holds after `updateFields` (17.15.1.78).
_AFTER_UPDATE = ("w:hdrShapeDefaults", "w:footnotePr", "w:endnotePr", "w:compat", "w:docVars", "w:rsids")


class Bookmarks:
    """Marks by which page numbers and links find their headings; each has a number of its own."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def put(self, paragraph: Paragraph, name: str) -> None:
        """Puts a bookmark of this name around all of the paragraph's text."""
        number = str(next(self._numbers))
        start, end = element("w:bookmarkStart", id=number, name=name), element("w:bookmarkEnd", id=number)
        paragraph._p.insert(0 if paragraph._p.pPr is None else 1, start)
        paragraph._p.append(end)


def add(paragraph: Paragraph, spans: Iterable[Span]) -> Paragraph:
    """The paragraph with these runs at its end; what is missing is marked."""
    for span in spans:
        if span.url:
            target = paragraph.part.relate_to(span.url, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
            link = OxmlElement("w:hyperlink")
            link.set(qn("r:id"), target)
            paragraph._p.append(link)
            run = Paragraph(link, paragraph._parent).add_run(span.text, style="Hyperlink")
        else:
            run = paragraph.add_run(span.text)
        if span.missing:
            run.font.highlight_color = WD_COLOR_INDEX.YELLOW
    return paragraph


def add_entry(paragraph: Paragraph, text: str, to: str, page: str) -> None:
    """A line of a table of contents: a text and the page of the bookmark that it leads to."""
    link = element("w:hyperlink", anchor=to)
    tab = OxmlElement("w:r")
    tab.append(OxmlElement("w:tab"))
    for run in (_run(text), tab, *_field(f"PAGEREF {to} \\h", page)):
        link.append(run)
    paragraph._p.append(link)


def add_field(paragraph: Paragraph, instruction: str, shown: str) -> None:
    """A field at the paragraph's end; `shown` stands there until a program counts."""
    for run in _field(instruction, shown):
        paragraph._p.append(run)


def wrap_in_field(first: Paragraph, last: Paragraph, instruction: str) -> None:
    """All from the one paragraph to the other as what a field shows."""
    at = 0 if first._p.pPr is None else 1
    for place, run in enumerate((_mark("begin"), _instruction(instruction), _mark("separate")), at):
        first._p.insert(place, run)
    last._p.append(_mark("end"))


def shade(properties: Any, colour: str) -> None:
    """Gives a paragraph or a cell a ground of this colour, six hexadecimal digits."""
    after = _AFTER_BORDERS[1:] if properties.tag == qn("w:pPr") else _AFTER_SHADE_OF_CELL
    properties.insert_element_before(element("w:shd", val="clear", color="auto", fill=colour), *after)


def border(properties: Any, lines: Mapping[str, tuple[str, float]]) -> None:
    """Lines around a paragraph: each side's colour and width in points."""
    around = OxmlElement("w:pBdr")
    for side, (colour, width) in lines.items():
        around.append(element(f"w:{side}", val="single", sz=str(round(width * 8)), space="3", color=colour))
    properties.insert_element_before(around, *_AFTER_BORDERS)


def outline(properties: Any, level: int) -> None:
    """The level at which a paragraph stands in the file's outline; 9 for none."""
    properties.insert_element_before(
        element("w:outlineLvl", val=str(level)), "w:divId", "w:cnfStyle", "w:rPr", "w:sectPr", "w:pPrChange"
    )


def no_gaps_between_scripts(properties: Any) -> None:
    """No space between Hangul and the digits or Latin letters beside it: Korean has none."""
    for name in ("w:autoSpaceDE", "w:autoSpaceDN"):
        after = _AFTER_BORDERS[_AFTER_BORDERS.index(name) + 1 :]
        properties.insert_element_before(element(name, val="0"), *after)


def update_when_opened(settings: Any) -> None:
    """Has the program count the pages before anybody reads their numbers."""
    settings.insert_element_before(element("w:updateFields", val="true"), *_AFTER_UPDATE)


def element(name: str, /, **attributes: str) -> Any:
    """An element of WordprocessingML's main namespace (ECMA-376 part 1, 17); `name` with its prefix, attributes without."""
    made = OxmlElement(name)
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), value)
    return made


def _field(instruction: str, shown: str) -> list[Any]:
    return [_mark("begin"), _instruction(instruction), _mark("separate"), _run(shown), _mark("end")]


def _run(text: str, kind: str = "w:t") -> Any:
    run, part = OxmlElement("w:r"), OxmlElement(kind)
    part.text = text
    part.set(qn("xml:space"), "preserve")
    run.append(part)
    return run


def _instruction(text: str) -> Any:
    return _run(f" {text} ", "w:instrText")


def _mark(kind: str) -> Any:
    run = OxmlElement("w:r")
    run.append(element("w:fldChar", fldCharType=kind))
    return run
