"""HTML: one file with its style, for the screen and for paper."""

from collections.abc import Iterable, Iterator
from html import escape

from review.exports.printed import (
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

_STYLE = """
:root { color-scheme: light; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 46rem; color: #1c2430; background: #fff;
  font: 1rem/1.75 "Malgun Gothic", "맑은 고딕", "Apple SD Gothic Neo", "Noto Sans KR", "Noto Sans CJK KR", sans-serif;
  word-break: keep-all; overflow-wrap: anywhere; }
h1 { margin: 0; padding-bottom: .5rem; border-bottom: 3px solid #1f3d6b; font-size: 1.6rem; line-height: 1.4; color: #1f3d6b; }
.print-published { margin: .4rem 0 2rem; text-align: right; font-size: .9rem; color: #4a5563; }
.print-section { margin: 3rem 0 1rem; padding: .3rem .8rem; border-bottom: 3px solid #1f3d6b; background: #eef2f8; color: #1f3d6b; font-size: 1.15rem; font-weight: 700; }
h3 { margin: 2.2rem 0 .8rem; padding-bottom: .3rem; border-bottom: 1px solid #1f3d6b; font-size: 1.15rem; line-height: 1.5; }
h4, .print-sub { margin: 1.6rem 0 .3rem; font-size: 1rem; }
p { margin: .5rem 0; }
.print-p1 { padding-left: 1em; text-indent: -1em; }
.print-p2 { padding-left: 2em; text-indent: -1em; }
.print-p3 { padding-left: 3em; text-indent: -1em; }
.print-p4 { padding-left: 2em; text-indent: -1.2em; font-size: .88em; color: #4a5563; }
.print-sub { font-weight: 700; }
.print-contact, .print-foot { font-size: .9rem; color: #4a5563; }
.print-foot { text-align: right; }
.print-references { margin: 0; padding: 0; list-style: none; font-size: .92rem; }
.print-references li { padding-left: 1.5em; text-indent: -1.5em; }
.print-contents { margin: 1rem 0 2rem; padding: 0; list-style: none; }
.print-contents .print-of { color: #4a5563; }
table { width: 100%; table-layout: fixed; margin: 1rem 0; border-collapse: collapse; font-size: .94rem; line-height: 1.6; }
th, td { padding: .5rem .6rem; border: 1px solid #9aa5b4; vertical-align: top; text-align: left; }
thead th { background: #1f3d6b; color: #fff; text-align: center; }
tbody th, .print-middle { text-align: center; vertical-align: middle; font-weight: 700; background: #eef2f8; }
.print-middle { background: none; }
td p { margin: .15rem 0; }
td .print-p1 { padding-left: .9em; text-indent: -.9em; }
td .print-p2 { padding-left: 1.8em; text-indent: -.9em; }
.print-summary th:first-child { width: 7.5em; } .print-notices th:first-child { width: 5.5em; } .print-notices th:nth-child(2) { width: 9.5em; }
.print-notices th:last-child { width: 8em; } .print-notices td:last-child { font-weight: 400; }
a { color: inherit; text-decoration: underline; text-decoration-color: #9aa5b4; text-underline-offset: .15em; }
mark { background: #fff1b8; color: inherit; }
@media (max-width: 40rem) {
  .print-summary th:first-child { width: 4.5em; padding: .5rem .25rem; }
  .print-notices thead { position: absolute; clip-path: inset(50%); }
  .print-notices, .print-notices tbody, .print-notices tr, .print-notices th, .print-notices td { display: block; width: auto; border-bottom-width: 0; }
  .print-notices tbody th:first-child { width: auto; }
  .print-notices td:last-child { border-bottom-width: 1px; }
}
@page { size: A4; margin: 22mm 20mm 20mm; @bottom-center { content: counter(page); font-size: 9pt; } }
@media print {
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  a { text-decoration: none; }
  h3, h4, .print-section { break-after: avoid; }
  tr { break-inside: avoid; }
  thead { display: table-header-group; }
  .print-opens { break-before: page; }
  .print-section, thead th, tbody th, mark { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""


def write(draft: IssueDraft) -> bytes:
    """The draft as an HTML file."""
    issue = printed(draft)
    page = (
        f'<!doctype html>\n<html lang="ko">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(issue.title)}</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n{markup(issue, 1)}\n</body>\n</html>\n"
    )
    return page.encode()


def markup(issue: Printed, level: int = 2) -> str:
    """The issue as it stands in a page that has a heading of its own; its title is one of this level."""
    parts = [
        f"<h{level}>{escape(issue.heading)}</h{level}>",
        f'<p class="print-published">{escape(issue.published)}</p>' if issue.published else "",
        _summary(issue) if issue.summarised else _contents(issue),
        *(_section(section, issue.summarised, level + 1) for section in issue.sections),
    ]
    return "\n".join(part for part in parts if part)


def _summary(issue: Printed) -> str:
    rows = [row for section in issue.sections for row in _summary_rows(section)]
    head = "".join(f'<th scope="col">{name}</th>' for name in SUMMARY_COLUMNS[:2])
    return f'<table class="print-summary">\n<thead><tr>{head}</tr></thead>\n<tbody>\n{"".join(rows)}\n</tbody>\n</table>'


def _summary_rows(section: Section) -> Iterator[str]:
    name = escape(section.name)
    if not section.items:
        yield f'<tr><th scope="row">{name}</th><td><mark>{NO_ARTICLES}</mark></td></tr>\n'
    for place, one in enumerate(section.items):
        label = f'<th scope="rowgroup" rowspan="{len(section.items)}">{name}</th>' if place == 0 else ""
        heading = f'<p class="print-p1">∙ <a href="#{one.key}">{_spans(one.heading)}</a></p>'
        yield f"<tr>{label}<td>{heading}{_points(one.gist)}</td></tr>\n"


def _contents(issue: Printed) -> str:
    items = [
        f'<li><span class="print-of">[{escape(section.name)}]</span> <a href="#{article.key}">{_spans(article.heading)}</a></li>'
        for section in issue.sections
        for article in section.articles
    ]
    return f'<ol class="print-contents">\n{"".join(items)}\n</ol>'


def _section(section: Section, follows_on: bool, level: int) -> str:
    name = escape(section.name)
    heading = f'<h{level} class="print-section print-opens" id="{section.key}">{name}</h{level}>'
    if section.notices:
        return heading + _notices(section.notices)
    if not section.articles:
        return f"{heading}\n<p><mark>{NO_ARTICLES}</mark></p>"
    # A long article begins a page of its own, under its section's name again.
    again = "" if follows_on else f'<p class="print-section print-opens">{name}</p>\n'
    return f"{heading}\n" + again.join(_article(article, level + 1) for article in section.articles)


def _article(article: Article, level: int) -> str:
    listed = "".join(f"<li>{_spans(reference)}</li>" for reference in article.references)
    parts = [
        f'<h{level} id="{article.key}">{_spans(article.heading)}</h{level}>',
        f'<p class="print-contact">{escape(article.contact)}</p>' if article.contact else "",
        _points(article.points),
        f'<p class="print-foot">{_spans(article.foot)}</p>' if article.foot else "",
        f'<h{level + 1}>{REFERENCES}</h{level + 1}>\n<ul class="print-references">{listed}</ul>'
        if listed
        else "",
    ]
    return "<article>\n" + "\n".join(part for part in parts if part) + "\n</article>\n"


def _notices(notices: Iterable[Notice]) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in NOTICE_COLUMNS)
    rows = "".join(
        f'<tr id="{notice.key}"><th scope="row">{_spans(notice.field)}</th><td class="print-middle">{_spans(notice.title)}</td>'
        f'<td>{_points(notice.points)}</td><td class="print-middle">{"<br>".join(map(_spans, notice.source))}</td></tr>\n'
        for notice in notices
    )
    return (
        f'\n<table class="print-notices">\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>'
    )


def _points(points: Iterable[Point]) -> str:
    return "\n".join(f'<p class="{_kind(point)}">{_spans(point.spans)}</p>' for point in points)


def _kind(point: Point) -> str:
    return "print-sub" if point.is_subhead else f"print-p{point.level}"


def _spans(spans: Iterable[Span]) -> str:
    return "".join(_span(span) for span in spans)


def _span(span: Span) -> str:
    text = escape(span.text)
    if span.missing:
        text = f"<mark>{text}</mark>"
    return f'<a href="{escape(span.url)}" rel="noreferrer">{text}</a>' if span.url else text
