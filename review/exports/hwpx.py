"""HWPX, 한글's own: its styles and outline, a table of contents or a summary table whose page numbers it counts itself."""

from collections.abc import Iterable, Sequence
from contextlib import closing
from typing import Any

from hwpx import HwpxDocument
from hwpx.tools.toc_author import add_native_toc, add_page_crossref

from review.exports.hwpx_styles import Style, set_styles, units
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
    Printed,
    Section,
    Span,
    printed,
)
from review.issues.draft import IssueDraft


def write(draft: IssueDraft) -> bytes:
    """The draft as an HWPX file."""
    with closing(HwpxDocument.new()) as document:
        _Writer(document).write(printed(draft))
        return document.to_bytes()


class _Writer:
    """One file in the making: where its headings stand, so that page numbers can point at them."""

    def __init__(self, document: HwpxDocument) -> None:
        self.document = document
        self.styles: dict[Part, Style] = set_styles(document)
        self.headings: dict[str, Any] = {}

    def write(self, issue: Printed) -> None:
        """All of the issue: the body first, since the front names its pages."""
        front = self.document.sections[0]
        self._set_paper(front)
        body = self.document.add_section()
        for place, section in enumerate(issue.sections):
            self._section(body, section, issue.summarised, is_first=place == 0)
        self._open(front, Part.TITLE, [Span(issue.heading)])
        if issue.published:
            self._paragraph(front, Part.PUBLISHED, [Span(issue.published)])
        if issue.summarised:
            self._summary(front, issue)
        else:
            self._contents(front, issue)
        self._number_pages(front, body, issue)

    def _set_paper(self, section: Any) -> None:
        self.document.page.setup(
            width_mm=PAPER_WIDTH,
            height_mm=PAPER_HEIGHT,
            margin_left_mm=MARGIN,
            margin_right_mm=MARGIN,
            # 한글 counts the running head's room and the text's apart.
            margin_top_mm=MARGIN_TOP - MARGIN_RUNNING,
            margin_bottom_mm=MARGIN_BOTTOM - MARGIN_RUNNING,
            header_margin_mm=MARGIN_RUNNING,
            footer_margin_mm=MARGIN_RUNNING,
            section=section,
        )

    def _number_pages(self, front: Any, body: Any, issue: Printed) -> None:
        page = self.document.page
        if issue.summarised:
            page.set_page_number(format_type="ROMAN_SMALL", section=front)
        page.set_page_number(format_type="DIGIT", section=body)
        page.set_header(text=issue.title, section=body)
        page.restart_page_number(body.paragraphs[0], number=1)

    def _summary(self, front: Any, issue: Printed) -> None:
        pages = pages_of(issue)
        counts = [max(len(section.items), 1) for section in issue.sections]
        table = self._table(front, SUMMARY_COLUMNS, SUMMARY_WIDTHS, sum(counts))
        row = 1
        for section, count in zip(issue.sections, counts, strict=True):
            for place, item in enumerate(section.items, row):
                heading = (Part.CELL_TITLE, (Span("∙ "), *item.heading))
                gist = [(point(one.level, in_cell=True), one.spans) for one in item.gist]
                self._fill(table.cell(place, 1), [heading, *gist])
                (page,) = self._fill(table.cell(place, 2), [(Part.CELL_LABEL, ())])
                target = self.headings.get(item.key) or self.headings[section.key]
                add_page_crossref(self.document, page, target, cached_page=pages[item.key])
                self._dress(page, Part.CELL_LABEL)
            if not section.items:
                self._fill(table.cell(row, 1), [(point(0, in_cell=True), (Span(NO_ARTICLES, missing=True),))])
            self._label(table, row, [Span(section.name)])
            if count > 1:
                table.merge_cells(row, 0, row + count - 1, 0)
            row += count

    def _contents(self, front: Any, issue: Printed) -> None:
        """한글's table of contents: it makes it anew when it opens the file."""
        keys = [
            key for section in issue.sections for key in (section.key, *(one.key for one in section.items))
        ]
        if not keys:
            return
        at = len(front.paragraphs)
        headings = [self.headings[key] for key in keys]
        add_native_toc(self.document, at_index=at, title=CONTENTS, level=2, dirty=True, headings=headings)
        opening, *entries = front.paragraphs[at:]
        self._dress(opening, Part.CONTENTS)
        pages = pages_of(issue)
        for entry, key in zip(entries, keys, strict=False):
            self._dress(entry, Part.SECTION_ENTRY if key.startswith("s") else Part.ARTICLE_ENTRY)
            text = next(entry.element.iter("{*}t"))
            # The library numbers the entries; no bulletin does.
            text.text = self.headings[key].text.strip()
            next(text.iter("{*}tab")).tail = str(pages[key])

    def _section(self, body: Any, section: Section, follows_on: bool, *, is_first: bool) -> None:
        spans = [Span(section.name)]
        if is_first:
            heading = self._open(body, Part.SECTION, spans)
        else:
            heading = self._paragraph(body, Part.SECTION, spans, begins_page=True)
        self.headings[section.key] = heading
        if section.notices:
            self._notices(body, section.notices)
        elif not section.articles:
            self._paragraph(body, Part.POINT_0, [Span(NO_ARTICLES, missing=True)])
        for place, article in enumerate(section.articles):
            if place and not follows_on:
                self._paragraph(body, Part.SECTION_AGAIN, spans, begins_page=True)
            self._article(body, article)

    def _article(self, body: Any, article: Article) -> None:
        self.headings[article.key] = self._paragraph(body, Part.ARTICLE, article.heading)
        if article.contact:
            self._paragraph(body, Part.CONTACT, [Span(article.contact)])
        for one in article.points:
            self._paragraph(body, Part.SUBHEAD if one.is_subhead else point(one.level), one.spans)
        if article.foot:
            self._paragraph(body, Part.FOOT, article.foot)
        if article.references:
            self._paragraph(body, Part.SUBHEAD, [Span(REFERENCES)])
            for reference in article.references:
                self._paragraph(body, Part.REFERENCE, reference)

    def _notices(self, body: Any, notices: Sequence[Notice]) -> None:
        table = self._table(body, NOTICE_COLUMNS, NOTICE_WIDTHS, len(notices))
        for row, notice in enumerate(notices, 1):
            self._label(table, row, notice.field)
            self._fill(table.cell(row, 1), [(Part.CELL_LABEL, notice.title)])
            self._fill(
                table.cell(row, 2), [(point(one.level, in_cell=True), one.spans) for one in notice.points]
            )
            self._fill(table.cell(row, 3), [(Part.CELL_SOURCE, line) for line in notice.source])

    def _table(self, section: Any, columns: Sequence[str], widths: Sequence[int], rows: int) -> Any:
        """A table that goes on over a page's end, its head again on top."""
        lines = self.document.styles.ensure_border_fill(border_color=f"#{LINE}")
        table = self.document.add_table(
            rows + 1,
            len(columns),
            section=section,
            width=units(sum(widths)),
            border_fill_id_ref=lines,
            style="본문",
        )
        table.set_column_widths(widths)
        table.set_treat_as_char(False)
        table.element.set("repeatHeader", "1")
        for column, name in enumerate(columns):
            cell = table.cell(0, column)
            self._fill(cell, [(Part.CELL_HEAD, (Span(name),))])
            table.set_cell_shading(0, column, f"#{NAVY}")
            cell.element.set("header", "1")
        return table

    def _label(self, table: Any, row: int, spans: Iterable[Span]) -> None:
        """The cell at a row's head."""
        self._fill(table.cell(row, 0), [(Part.CELL_LABEL, spans)])
        table.set_cell_shading(row, 0, f"#{PALE}")

    def _fill(self, cell: Any, lines: Iterable[tuple[Part, Iterable[Span]]]) -> list[Any]:
        """The cell with these paragraphs, and no empty one before them."""
        (blank,) = cell.paragraphs
        made = []
        for part, spans in lines:
            style = self.styles[part]
            paragraph = cell.add_paragraph(
                para_pr_id_ref=style.shape, style_id_ref=style.style, char_pr_id_ref=style.letters
            )
            made.append(self._add(paragraph, style, spans))
        if made:
            blank.element.getparent().remove(blank.element)
        return made

    def _open(self, section: Any, part: Part, spans: Iterable[Span]) -> Any:
        """A section's first paragraph, which is there already: it holds what the section is set to."""
        paragraph = section.paragraphs[0]
        style = self.styles[part]
        paragraph.element.set("styleIDRef", style.style)
        paragraph.element.set("paraPrIDRef", style.shape)
        return self._add(paragraph, style, spans)

    def _paragraph(
        self, section: Any, part: Part, spans: Iterable[Span], *, begins_page: bool = False
    ) -> Any:
        style = self.styles[part]
        paragraph = self.document.add_paragraph(
            section=section,
            style_id_ref=style.style,
            para_pr_id_ref=style.shape,
            char_pr_id_ref=style.letters,
            include_run=False,
            inherit_style=False,
            pageBreak="1" if begins_page else "0",
        )
        return self._add(paragraph, style, spans)

    def _add(self, paragraph: Any, style: Style, spans: Iterable[Span]) -> Any:
        for span in spans:
            if span.url:
                paragraph.add_hyperlink(
                    span.url, span.text, char_pr_id_ref=style.missing if span.missing else style.link
                )
            else:
                paragraph.add_run(span.text, char_pr_id_ref=style.missing if span.missing else style.letters)
        return paragraph

    def _dress(self, paragraph: Any, part: Part) -> None:
        """A paragraph that the library made, in the house's style."""
        style = self.styles[part]
        paragraph.element.set("styleIDRef", style.style)
        paragraph.element.set("paraPrIDRef", style.shape)
        for run in paragraph.element.iter("{*}run"):
            run.set("charPrIDRef", style.letters)
