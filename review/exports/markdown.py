"""Markdown: plain text that reads well as it stands, with the tables and links that GitHub and Obsidian know."""

import re
from collections.abc import Iterable, Iterator

from review.exports.printed import (
    NO_ARTICLES,
    NOTICE_COLUMNS,
    REFERENCES,
    SUMMARY_COLUMNS,
    Article,
    Point,
    Printed,
    Section,
    Span,
    printed,
)
from review.issues.draft import IssueDraft

#: What Markdown would read as its own; an underscore inside a word is a letter.
_OWN = re.compile(r"[\\`*\[\]<>|~]|(?<!\w)_|_(?!\w)|&(?=#?\w+;)")
#: And at a line's head: headings, lists, rules.
_OWN_AT_HEAD = re.compile(r"^(?:[#+=-]|\d+(?=[.)](?:\s|$)))")


def write(draft: IssueDraft) -> bytes:
    """The draft as a Markdown file."""
    return ("\n\n".join(_blocks(printed(draft))) + "\n").encode()


def _blocks(issue: Printed) -> Iterator[str]:
    """The file's parts, which an empty line parts."""
    yield f"# {_text(issue.heading)}"
    if issue.published:
        yield _line(issue.published)
    yield _summary(issue) if issue.summarised else _contents(issue)
    for section in issue.sections:
        yield from _section(section, issue.summarised)


def _summary(issue: Printed) -> str:
    rows = []
    for section in issue.sections:
        cells = [
            "<br>".join([f"∙ {_spans(one.heading)}", *(_spans(point.spans) for point in one.gist)])
            for one in section.items
        ] or [NO_ARTICLES]
        names = [_text(section.name), *([""] * (len(cells) - 1))]
        rows += [f"| {name} | {cell} |" for name, cell in zip(names, cells, strict=True)]
    return "\n".join([*_head(SUMMARY_COLUMNS[:2]), *rows])


def _contents(issue: Printed) -> str:
    return "\n".join(
        f"- \\[{_text(section.name)}\\] {_spans(article.heading)}"
        for section in issue.sections
        for article in section.articles
    )


def _section(section: Section, follows_on: bool) -> Iterator[str]:
    yield f"## {_text(section.name)}"
    if section.notices:
        rows = [
            f"| {_spans(notice.field)} | {_spans(notice.title)} "
            f"| {'<br>'.join(_spans(point.spans) for point in notice.points)} | {'<br>'.join(map(_spans, notice.source))} |"
            for notice in section.notices
        ]
        yield "\n".join([*_head(NOTICE_COLUMNS), *rows])
    elif not section.articles:
        yield NO_ARTICLES
    for place, article in enumerate(section.articles):
        if place and not follows_on:
            yield f"**{_text(section.name)}**"
        yield from _article(article)


def _article(article: Article) -> Iterator[str]:
    yield f"### {_spans(article.heading)}"
    if article.contact:
        yield _line(article.contact)
    yield from _points(article.points)
    if article.foot:
        yield _spans(article.foot)
    if article.references:
        yield f"#### {REFERENCES}"
        yield "\n".join(f"- {_spans(reference)}" for reference in article.references)


def _points(points: Iterable[Point]) -> Iterator[str]:
    """Each line a part of its own; points under a dash are a list."""
    listed: list[str] = []
    for point in points:
        if point.sign in {"-", "–"}:
            listed.append(f"- {_line(point.text)}")
            continue
        if listed:
            yield "\n".join(listed)
            listed = []
        yield ("#### " if point.is_subhead else "") + _line(point.spans[0].text)
    if listed:
        yield "\n".join(listed)


def _head(columns: Iterable[str]) -> list[str]:
    names = list(columns)
    return [f"| {' | '.join(names)} |", f"|{'---|' * len(names)}"]


def _spans(spans: Iterable[Span]) -> str:
    return "".join(_span(span) for span in spans)


def _span(span: Span) -> str:
    text = _text(span.text)
    if not span.url:
        return text
    # What would end the address, or the cell of a table that it stands in.
    address = span.url.replace("(", "%28").replace(")", "%29").replace("|", "%7C").replace("\\", "%5C")
    return f"[{text}]({address})"


def _text(text: str) -> str:
    return _OWN.sub(lambda found: f"\\{found[0]}", text)


def _line(text: str) -> str:
    """What begins a line."""
    return _OWN_AT_HEAD.sub(
        lambda found: f"{found[0]}\\" if found[0].isdigit() else f"\\{found[0]}", _text(text)
    )
