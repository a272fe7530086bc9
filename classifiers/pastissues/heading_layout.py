"""Pure: articles of 산업기술 동향 워치 and its like, whose headings name their source.

A heading is `제목 (日 경제산업성, 1.13)`; the citation stands at the article's foot, `(참고 : METI, original title,
2025.01.13.)`; at the end come short notices of technologies in a table (`clippings`). A summary at the front tells each
article's section, which the body's design shows by colour only.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from classifiers.pastissues import citations, clippings
from classifiers.pastissues.headings import label_at
from classifiers.pastissues.issue import Citation, PastArticleText
from classifiers.pastissues.lines import Line, joined, paragraphs, squash
from classifiers.pastissues.placeholders import NO_DATE

_HEADING = re.compile(
    r"^(?P<title>\S.{3,}?)\s*[(（](?P<country>[一-龥]{1,2}(?=\s))?\s*(?P<source>[^()（）]+?(?:\([^()]*\))?),\s*"
    rf"(?:(?:\d{{4}}[.\s]+)?(?:1[0-2]|0?[1-9])\s*(?:[./]\s*\d{{1,2}}\.?|[月월](?:\s*\d{{1,2}}[日일])?)|{NO_DATE})\s*[)）]$"
)
_POINT = re.compile(r"^[∙•·▪○□●■*\-]\s*")
#: A heading breaks over no more lines, a foot over no more.
_HEADING_LINES, _FOOT_LINES = 3, 6


@dataclass(frozen=True, slots=True)
class _Heading:
    """A heading: its lines, its words, and the section whose name stands above it."""

    place: int
    #: Where its section's name stands, if that is right above it.
    above: int
    count: int
    title: str
    country: str
    section: str


@dataclass
class _Summary:
    """What the pages at the front say: the sections of the articles, the notices that are to come, and where it ends."""

    sections: dict[str, str] = field(default_factory=dict)
    notices: list[clippings.Notice] = field(default_factory=list)
    end: int = 0


def read_articles(lines: Sequence[Line], sections: Sequence[str]) -> list[PastArticleText]:
    """The articles, in order, including the notices at the end; none where the lines are laid out otherwise.

    `sections` are the bulletin's, by their names, in order; the last is that of the notices.
    """
    summary = _summary(lines, sections)
    headings = _headings(lines, sections, summary)
    if not headings:
        return []
    table = clippings.table_start(lines, headings[-1].place, sections[-1:])
    ends = [*(heading.above for heading in headings[1:]), table]
    articles = [
        _article(lines, heading, end, order, summary.sections)
        for order, (heading, end) in enumerate(zip(headings, ends, strict=True), 1)
    ]
    last = max((day for article in articles for c in article.citations if (day := c.date)), default=None)
    notices = clippings.read_notices(lines[table:], summary.notices, last)
    section = sections[-1] if sections else ""
    for order, notice in enumerate(notices, len(articles) + 1):
        articles.append(PastArticleText(section, order, notice.title, notice.text, notice.citations))
    return articles


def _article(
    lines: Sequence[Line], heading: _Heading, end: int, order: int, sections: Mapping[str, str]
) -> PastArticleText:
    cited = list(_feet(lines, heading, end))
    at_foot = {place for _citation, found in cited for place in found}
    body = [lines[at] for at in range(heading.place + heading.count, end) if at not in at_foot]
    # A summary that names sections knows of an article that has none.
    named = sections if any(sections.values()) else {}
    section = named.get(squash(heading.title), heading.section)
    return PastArticleText(
        section, order, heading.title, paragraphs(body), tuple(citation for citation, _found in cited)
    )


def _feet(lines: Sequence[Line], heading: _Heading, end: int) -> Iterator[tuple[Citation, range]]:
    for place in range(heading.place + heading.count, end):
        if not re.match(r"[(（\[]?\s*(?:참고|출처)\s*[:：]", lines[place].text):
            continue
        for stop in range(place + 1, min(place + _FOOT_LINES, end) + 1):
            text = joined(lines[place:stop])
            closed = text.endswith((")", "）", "]")) or stop == end
            if closed and (citation := citations.from_foot(text, heading.country)):
                yield citation, range(place, stop)
                break


def _summary(lines: Sequence[Line], sections: Sequence[str]) -> _Summary:
    """What stands before the first heading of the body."""
    named = _summary_headings(lines)
    summary = _Summary(end=named.pop("", 0))
    section = ""
    places = {place: title for title, place in named.items()}
    for place, line in enumerate(lines[: summary.end]):
        section = label_at(lines, place, sections)[0] or section
        if place in places:
            summary.sections[places[place]] = section
        elif sections and section == sections[-1] and (notice := clippings.named(line.text)):
            summary.notices.append(notice)
    return summary


def _summary_headings(lines: Sequence[Line]) -> dict[str, int]:
    """The titles that the summary names and where; under "" where the body begins.

    They are points of a list; where the list's signs are not in the text, they are what comes again in the body.
    """
    places: dict[str, list[int]] = {}
    for place in range(len(lines)):
        if found := _heading_at(lines, place):
            places.setdefault(squash(found[1]["title"]), []).append(place)
    body = min((at for found in places.values() for at in found if not lines[at].bullet), default=len(lines))
    points = {title: found[0] for title, found in places.items() if found[0] < body}
    if points:
        return {**points, "": body}
    again = {title: found for title, found in places.items() if len(found) > 1}
    if not again:
        return {}
    return {
        **{title: found[0] for title, found in again.items()},
        "": min(found[1] for found in again.values()),
    }


def _headings(lines: Sequence[Line], sections: Sequence[str], summary: _Summary) -> list[_Heading]:
    headings: list[_Heading] = []
    section = ""
    may_begin = True
    named_at: int | None = None
    place = 0
    while place < len(lines):
        label, count = label_at(lines, place, sections)
        if label:
            section, may_begin, named_at = label, True, place
            place += count
            continue
        found = None if place < summary.end or lines[place].bullet else _heading_at(lines, place)
        begins = may_begin or lines[place].page or lines[place].gap
        if found and (begins or squash(found[1]["title"]) in summary.sections):
            count, words = found
            above = place if named_at is None else named_at
            headings.append(_Heading(place, above, count, words["title"], words["country"] or "", section))
            place += count
            may_begin, named_at = False, None
            continue
        # A foot ends an article: whatever stands below it can be the next one's heading.
        may_begin = citations.ends_with_date(lines[place].text) and lines[place].text.endswith(
            (")", "）", "]")
        )
        named_at = None
        place += 1
    return headings


def _heading_at(lines: Sequence[Line], place: int) -> tuple[int, re.Match[str]] | None:
    """The heading that begins at this place and how many lines it takes; None for none."""
    for count in range(1, _HEADING_LINES + 1):
        part = lines[place : place + count]
        if count > 1 and (len(part) < count or part[-1].bullet or part[-1].gap):
            return None
        if found := _HEADING.match(_POINT.sub("", joined(part))):
            return count, found
    return None
