"""The looks of an issue's parts as the styles of an HWPX file, and what a paragraph has to say to have one."""

from dataclasses import dataclass
from typing import Any

from hwpx import HwpxDocument

from review.exports.looks import LOOKS, NAVY, TEXT_WIDTH, Look, Part

#: Comes with every 한글; where it is not there, the program takes the gothic that is.
FONT, FONT_INSTEAD = "함초롬돋움", "맑은 고딕"
#: 한글's own styles: what it makes a table of contents from.
_OWN = {
    Part.BODY: "본문", Part.SECTION: "개요 1", Part.ARTICLE: "개요 2", Part.SUBHEAD: "개요 3",
    Part.CONTENTS: "차례 제목", Part.SECTION_ENTRY: "차례 1", Part.ARTICLE_ENTRY: "차례 2", Part.RUNNING_HEAD: "머리말",
}  # fmt: skip
#: Hundredths of a point, and of a millimetre: 한글 counts in 7,200 to the inch.
_POINT, _MM = 100, 7200 / 25.4


@dataclass(frozen=True, slots=True)
class Style:
    """What a paragraph names: its style, the shape of its lines, of its letters, of its links and of what is missing."""

    style: str
    shape: str
    letters: str
    link: str
    missing: str


def units(millimetres: float) -> int:
    """A length as 한글 counts it: in 7,200 to the inch."""
    return round(millimetres * _MM)


def set_styles(document: HwpxDocument) -> dict[Part, Style]:
    """Gives the document every style that an issue uses; what a paragraph names to have each."""
    _drop_numbers(document)
    document.styles.ensure_font(FONT, subst_face=FONT_INSTEAD)
    return {part: _set(document, _OWN.get(part, look.name), part, look) for part, look in LOOKS.items()}


def _set(document: HwpxDocument, name: str, part: Part, look: Look) -> Style:
    header = document.oxml.headers[0]
    letters: dict[str, Any] = {
        "font": FONT,
        "size": look.size,
        "bold": look.bold,
        "color": f"#{look.colour or '000000'}",
        "base_char_pr_id": "0",
    }
    plain = document.styles.ensure_run(**letters)
    shape = header.ensure_paragraph_format(
        base_para_pr_id="0",
        alignment=look.align,
        # A line of 한글 is as tall as its letters; others count the font's own line, a fifth more.
        line_spacing_percent=round(look.spacing * 115),
        margins={
            "left": units(look.left),
            "intent": -units(look.hanging),
            "prev": round(look.before * _POINT),
            "next": round(look.after * _POINT),
        },
        heading=_heading(look),
        border=_border(document, look),
        break_setting={"keep_with_next": look.keeps_with_next},
        tab_pr_id_ref=_leader(document) if part in {Part.SECTION_ENTRY, Part.ARTICLE_ENTRY} else None,
    )
    style = header.ensure_style(name, para_pr_id_ref=shape, char_pr_id_ref=plain)
    return Style(
        style,
        shape,
        plain,
        link=document.styles.ensure_run(**{**letters, "color": f"#{NAVY}"}),
        missing=document.styles.ensure_run(**letters, highlight="#FFF1B8"),
    )


def _heading(look: Look) -> dict[str, str | int]:
    if look.outline is None:
        return {"type": "NONE", "idRef": "0", "level": "0"}
    return {"type": "OUTLINE", "idRef": "0", "level": str(look.outline)}


def _border(document: HwpxDocument, look: Look) -> dict[str, str | int] | None:
    if not (look.ground or look.under):
        return None
    fill = document.styles.ensure_border_fill(
        border_color=f"#{NAVY}",
        border_width="0.7 mm" if look.under > 1 else "0.25 mm",
        active_borders=["bottom"],
        fill_color=f"#{look.ground}" if look.ground else None,
    )
    padding = units(1.2) if look.ground else 0
    return {
        "borderFillIDRef": fill,
        "offsetLeft": padding,
        "offsetTop": padding,
        "offsetBottom": units(1.2),
    }


def _leader(document: HwpxDocument) -> str:
    """Dots up to the page number at the text's right edge."""
    stops = [{"pos": units(TEXT_WIDTH), "type": "RIGHT", "leader": "DASH"}]
    return document.oxml.headers[0].ensure_tab_definition(tab_stops=stops, auto_tab_left=True)


def _drop_numbers(document: HwpxDocument) -> None:
    """The outline without its "1." and "가.": no bulletin numbers its sections."""
    header = document.oxml.headers[0]
    for mark in header.element.iter("{*}paraHead"):
        mark.text = ""
    header.mark_dirty()
