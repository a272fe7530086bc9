"""DOCX: real styles and headings, a table of contents or a summary table whose page numbers the program fills in."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time
from io import BytesIO
from typing import Any

from docx import Document
from docx.document import Document as Docx
from docx.enum.section import WD_SECTION
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.oxml.ns import qn
from docx.section import Section as Pages
from docx.shared import Mm
from docx.table import Table, _Cell, _Row
from docx.text.paragraph import Paragraph

from review.exports.docx_parts import (
    Bookmarks,
    add,
    add_entry,
    add_field,
    element,
    shade,
    update_when_opened,
    wrap_in_field,
)
from review.exports.docx_styles import name_of, set_styles
from review.exports.looks import (
    LINE,
    MARGIN,
    MARGIN_BOTTOM,
    MARGIN_RUNNING,
    MARGIN_TOP,
    NAVY,
    NOTICE_WIDTHS,
    PALE,
    PAPER_HEIGHT,
    PAPER_WIDTH,
    SUMMARY_WIDTHS,
    Part,
    point,
)
from review.exports.paging import pages_of
from review.exports.printed import (
    CONTENTS,
    NO_ARTICLES,
    NOTICE_COLUMNS,
    REFERENCES,
    SUMMARY_COLUMNS,
    Article,
    Notice,
    Point,
    Printed,
    Section,
    Span,
    printed,
)
from review.issues.draft import IssueDraft


def write(draft: IssueDraft) -> bytes:
    """The draft as a DOCX file."""
    issue = printed(draft)
    document = Document()
    _describe(document, issue, draft)
    set_styles(document)
    update_when_opened(document.settings.element)
    _paragraph(document, Part.TITLE, [Span(issue.heading)])
    if issue.published:
        _paragraph(document, Part.PUBLISHED, [Span(issue.published)])
    (_summary if issue.summarised else _contents)(document, issue)
    # A summary's pages are counted by themselves, a cover's not at all.
    _set_pages(document.sections[0], "", "lowerRoman" if issue.summarised else "")
    _set_pages(document.add_section(WD_SECTION.NEW_PAGE), issue.title, "decimal")
    bookmarks = Bookmarks()
    for place, section in enumerate(issue.sections):
        _section(document, section, issue.summarised, bookmarks, is_first=place == 0)
    body = BytesIO()
    document.save(body)
    return body.getvalue()


def _summary(document: Docx, issue: Printed) -> None:
    pages = pages_of(issue)
    table = _table(document, SUMMARY_COLUMNS, SUMMARY_WIDTHS)
    for section in issue.sections:
        rows = [_row(table, SUMMARY_WIDTHS) for _item in section.items or [None]]
        for row, item in zip(rows, section.items, strict=False):
            _label, text, page = row.cells
            add(text.paragraphs[0], [Span("∙ "), *item.heading]).style = name_of(Part.CELL_TITLE)
            _points(text, item.gist, below_title=True)
            page.paragraphs[0].style = name_of(Part.CELL_LABEL)
            add_field(page.paragraphs[0], f"PAGEREF {item.key} \\h", str(pages[item.key]))
            page.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
        if not section.items:
            _points(rows[0].cells[1], [Point(0, "", NO_ARTICLES, missing=True)])
        _set_label(rows[0].cells[0].merge(rows[-1].cells[0]), [Span(section.name)])


def _contents(document: Docx, issue: Printed) -> None:
    """Sections and articles with their pages; the program makes it anew from the headings."""
    _paragraph(document, Part.CONTENTS, [Span(CONTENTS)])
    pages = pages_of(issue)
    entries = []
    for section in issue.sections:
        entries.append(_paragraph(document, Part.SECTION_ENTRY))
        add_entry(entries[-1], section.name, section.key, str(pages[section.key]))
        for article in section.articles:
            entries.append(_paragraph(document, Part.ARTICLE_ENTRY))
            heading = "".join(span.text for span in article.heading)
            add_entry(entries[-1], heading, article.key, str(pages[article.key]))
    if entries:
        wrap_in_field(entries[0], entries[-1], 'TOC \\o "1-2" \\h \\z \\u')


def _section(
    document: Docx, section: Section, follows_on: bool, bookmarks: Bookmarks, *, is_first: bool
) -> None:
    heading = _paragraph(document, Part.SECTION, [Span(section.name)])
    # The front ends with its page.
    heading.paragraph_format.page_break_before = not is_first
    bookmarks.put(heading, section.key)
    if section.notices:
        _notices(document, section.notices, bookmarks)
    elif not section.articles:
        _paragraph(document, Part.POINT_0, [Span(NO_ARTICLES, missing=True)])
    for place, article in enumerate(section.articles):
        if place and not follows_on:
            again = _paragraph(document, Part.SECTION_AGAIN, [Span(section.name)])
            again.paragraph_format.page_break_before = True
        _article(document, article, bookmarks)


def _article(document: Docx, article: Article, bookmarks: Bookmarks) -> None:
    bookmarks.put(_paragraph(document, Part.ARTICLE, article.heading), article.key)
    if article.contact:
        _paragraph(document, Part.CONTACT, [Span(article.contact)])
    for one in article.points:
        _paragraph(document, Part.SUBHEAD if one.is_subhead else point(one.level), one.spans)
    if article.foot:
        _paragraph(document, Part.FOOT, article.foot)
    if article.references:
        _paragraph(document, Part.SUBHEAD, [Span(REFERENCES)])
        for reference in article.references:
            _paragraph(document, Part.REFERENCE, reference)


def _notices(document: Docx, notices: Iterable[Notice], bookmarks: Bookmarks) -> None:
    table = _table(document, NOTICE_COLUMNS, NOTICE_WIDTHS)
    for notice in notices:
        field, title, text, source = _row(table, NOTICE_WIDTHS).cells
        _set_label(field, notice.field)
        bookmarks.put(add(title.paragraphs[0], notice.title), notice.key)
        title.paragraphs[0].style = name_of(Part.CELL_LABEL)
        _points(text, notice.points)
        for place, line in enumerate(notice.source):
            paragraph = source.add_paragraph() if place else source.paragraphs[0]
            add(paragraph, line).style = name_of(Part.CELL_SOURCE)
        for cell in (title, source):
            cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER


def _points(cell: _Cell, points: Iterable[Point], *, below_title: bool = False) -> None:
    for place, one in enumerate(points):
        paragraph = cell.add_paragraph() if place or below_title else cell.paragraphs[0]
        add(paragraph, one.spans).style = name_of(point(one.level, in_cell=True))


def _paragraph(document: Docx, part: Part, spans: Iterable[Span] = ()) -> Paragraph:
    return add(document.add_paragraph(style=name_of(part)), spans)


def _set_label(cell: _Cell, spans: Iterable[Span]) -> None:
    """The cell at a row's head."""
    add(cell.paragraphs[0], spans).style = name_of(Part.CELL_LABEL)
    shade(cell._tc.get_or_add_tcPr(), PALE)
    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER


def _table(document: Docx, columns: Sequence[str], widths: Sequence[int]) -> Table:
    """A table with its head, which comes again on every page."""
    table = document.add_table(rows=1, cols=len(columns), style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    _set_lines(table)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    head = table.rows[0]
    head._tr.get_or_add_trPr().append(element("w:tblHeader"))
    for cell, name, width in zip(head.cells, columns, widths, strict=True):
        cell.width = Mm(width)
        add(cell.paragraphs[0], [Span(name)]).style = name_of(Part.CELL_HEAD)
        shade(cell._tc.get_or_add_tcPr(), NAVY)
    return table


def _set_lines(table: Table) -> None:
    """The table's lines, and the room between them and the text."""
    borders, margins = element("w:tblBorders"), element("w:tblCellMar")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        borders.append(element(f"w:{side}", val="single", sz="4", space="0", color=LINE))
    for side, twips in (("top", 60), ("left", 100), ("bottom", 60), ("right", 100)):
        margins.append(element(f"w:{side}", w=str(twips), type="dxa"))
    properties = table._tbl.tblPr
    properties.insert_element_before(borders, "w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook")
    properties.insert_element_before(margins, "w:tblLook")


def _row(table: Table, widths: Sequence[int]) -> _Row:
    """A new row, which no page's end cuts."""
    row = table.add_row()
    row._tr.get_or_add_trPr().append(element("w:cantSplit"))
    for cell, width in zip(row.cells, widths, strict=True):
        cell.width = Mm(width)
    return row


def _set_pages(pages: Pages, title: str, numbers: str) -> None:
    """A part's paper, its running head, and how its pages are counted; no `numbers`, no number."""
    pages.page_width, pages.page_height = Mm(PAPER_WIDTH), Mm(PAPER_HEIGHT)
    pages.left_margin = pages.right_margin = Mm(MARGIN)
    pages.top_margin, pages.bottom_margin = Mm(MARGIN_TOP), Mm(MARGIN_BOTTOM)
    pages.header_distance = pages.footer_distance = Mm(MARGIN_RUNNING)
    pages.header.is_linked_to_previous = pages.footer.is_linked_to_previous = False
    pages.header.paragraphs[0].text = title
    settings: Any = pages._sectPr
    for old in settings.findall(qn("w:pgNumType")):
        settings.remove(old)
    if numbers:
        add_field(pages.footer.paragraphs[0], "PAGE", "1")
        settings.find(qn("w:cols")).addprevious(element("w:pgNumType", fmt=numbers, start="1"))


def _describe(document: Docx, issue: Printed, draft: IssueDraft) -> None:
    core = document.core_properties
    core.title, core.author, core.language, core.comments = issue.title, draft.name, issue.language, ""
    # The template is of 2013.
    for old in core._element.findall("{http://purl.org/dc/terms/}*"):
        core._element.remove(old)
    if draft.published_on:
        core.created = core.modified = datetime.combine(draft.published_on, time(), UTC)
