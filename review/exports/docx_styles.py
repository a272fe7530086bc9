"""The looks of an issue's parts as the styles of a DOCX file."""

from typing import Any

from docx.document import Document as Docx
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.opc.oxml import serialize_part_xml
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle

from review.exports.docx_parts import border, element, no_gaps_between_scripts, outline, shade
from review.exports.looks import LOOKS, NAVY, TEXT_WIDTH, Look, Part

#: By the name that Korean Word lists it under; where there is none, by the one that others know it by.
FONT, FONT_ABROAD = "맑은 고딕", "Malgun Gothic"
#: Word's own styles: what it makes a table of contents from, and what its menus show.
_OWN = {
    Part.BODY: "Normal", Part.TITLE: "Title", Part.PUBLISHED: "Subtitle", Part.CONTENTS: "TOC Heading",
    Part.SECTION_ENTRY: "TOC 1", Part.ARTICLE_ENTRY: "TOC 2", Part.SECTION: "Heading 1", Part.ARTICLE: "Heading 2",
    Part.SUBHEAD: "Heading 3", Part.RUNNING_HEAD: "Header", Part.RUNNING_FOOT: "Footer",
}  # fmt: skip
_NO_OUTLINE = 9
_ALIGNMENTS = {
    "justify": WD_ALIGN_PARAGRAPH.JUSTIFY,
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "center": WD_ALIGN_PARAGRAPH.CENTER,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
}


def name_of(part: Part) -> str:
    """The name of the style that a part has."""
    return _OWN.get(part, LOOKS[part].name)


def set_styles(document: Docx) -> None:
    """Gives the document every style that an issue uses."""
    for part, look in LOOKS.items():
        _set(document, name_of(part), look)
    for part in (Part.SECTION_ENTRY, Part.ARTICLE_ENTRY):
        stops = document.styles[name_of(part)].paragraph_format.tab_stops
        stops.add_tab_stop(Mm(TEXT_WIDTH), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)
    no_gaps_between_scripts(document.styles["Normal"].element.pPr)
    link = document.styles.add_style("Hyperlink", WD_STYLE_TYPE.CHARACTER)
    link.font.color.rgb = RGBColor.from_string(NAVY)
    _set_language(document)
    _name_font(document)


def _set(document: Docx, name: str, look: Look) -> None:
    styles = document.styles
    style = styles[name] if name in styles else styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    # What the template says of it goes: its fonts come from a theme without Korean.
    for properties in (style.element.rPr, style.element.pPr):
        if properties is not None:
            style.element.remove(properties)
    if name != "Normal":
        style.base_style = styles["Normal"]
    style.hidden, style.quick_style = False, True
    _set_letters(style, look)
    shape = style.paragraph_format
    shape.space_before, shape.space_after, shape.line_spacing = Pt(look.before), Pt(look.after), look.spacing
    shape.alignment, shape.keep_with_next = _ALIGNMENTS[look.align], look.keeps_with_next
    if look.left:
        shape.left_indent, shape.first_line_indent = Mm(look.left), -Mm(look.hanging)
    properties = style.element.get_or_add_pPr()
    lines = dict.fromkeys(("top", "left", "bottom", "right"), (look.ground, 3.0)) if look.ground else {}
    if look.under:
        lines["bottom"] = (NAVY, look.under)
    if lines:
        border(properties, lines)
    if look.ground:
        shade(properties, look.ground)
    outline(properties, _NO_OUTLINE if look.outline is None else look.outline)


def _set_letters(style: ParagraphStyle, look: Look) -> None:
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), FONT)
    style.font.size, style.font.bold = Pt(look.size), look.bold
    if look.colour:
        style.font.color.rgb = RGBColor.from_string(look.colour)


def _set_language(document: Docx) -> None:
    """Korean is the language of the text: lines break and spelling is looked up by it."""
    letters: Any = document.styles.element.find(f".//{qn('w:rPrDefault')}/{qn('w:rPr')}")
    for old in letters.findall(qn("w:lang")):
        letters.remove(old)
    letters.append(element("w:lang", val="ko-KR", eastAsia="ko-KR", bidi="ar-SA"))


def _name_font(document: Docx) -> None:
    """The font's other name, for programs that have it under that one."""
    parts = document.part.package.iter_parts()
    table: Any = next(part for part in parts if part.partname.endswith("/fontTable.xml"))
    fonts = parse_xml(table.blob)
    fonts.append(
        parse_xml(
            f'<w:font {nsdecls("w")} w:name="{FONT}"><w:altName w:val="{FONT_ABROAD}"/>'
            '<w:charset w:val="81"/><w:family w:val="swiss"/><w:pitch w:val="variable"/></w:font>'
        )
    )
    table._blob = serialize_part_xml(fonts)
