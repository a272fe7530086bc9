"""Pure: articles of 월간 Japan Insight and its like: few and long, with citations in the text and in a 참고문헌 list.

Two ways in which articles begin are known, and the one that finds more is taken:

- A section's name or the end of the previous article's list, then the title: as the author's manuscript has it.
- A page that begins with a subheading and whose last line is the title: the printed page shows the title in a box at
  its head, but a program that takes the text out of a PDF finds the box last.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from classifiers.pastissues import citations
from classifiers.pastissues.headings import could_be_title, label_at
from classifiers.pastissues.issue import Citation, PastArticleText
from classifiers.pastissues.lines import Line, joined, paragraphs

_LIST = re.compile(r"^[\[【<〈□■○●*]?\s*(?:참고\s?문헌|참고\s?자료|참고문헌 및 자료)\s*[\]】>〉:：]?$")
_ITEM_SIGN = re.compile(r"^(?:[\-–·∙•*]\s*|\[?\d{1,2}[\].)]\s+)")
#: A reference breaks over no more lines than this.
_LONGEST_REFERENCE = 5
#: A table of contents names a section in a line or two; an article has more to say.
_SHORTEST_ARTICLE = 5


@dataclass(frozen=True, slots=True)
class _Start:
    """Where an article begins, and where its title stands; its section's name may stand above both."""

    place: int
    title: int
    section: str = ""
    above: int = 0


def read_articles(lines: Sequence[Line], sections: Sequence[str]) -> list[PastArticleText]:
    """The articles, in order; none where the lines are laid out otherwise. `sections` are the bulletin's, by their names."""
    lists = list(_reference_lists(lines, sections))
    starts = max(_starts_by_head(lines, sections, lists), _starts_by_foot(lines), key=len)
    ends = [min(start.place, start.above) for start in starts[1:]] + [len(lines)]
    return [
        _article(lines, start, end, order, lists)
        for order, (start, end) in enumerate(zip(starts, ends, strict=False), 1)
    ]


def _article(
    lines: Sequence[Line], start: _Start, end: int, order: int, lists: Sequence[range]
) -> PastArticleText:
    listed = [place for found in lists for place in found if start.place <= place < end]
    body = [
        line
        for place, line in enumerate(lines[start.place : end], start.place)
        if place != start.title and place not in listed
    ]
    cited = [
        *citations.in_brackets(joined(body)),
        *(
            citation
            for found in lists
            if start.place <= found.start < end
            for citation in _listed(lines, found)
        ),
    ]
    return PastArticleText(
        start.section, order, lines[start.title].text, paragraphs(body), tuple(citations.distinct(cited))
    )


def _starts_by_foot(lines: Sequence[Line]) -> list[_Start]:
    starts = []
    page = 0
    for place, line in enumerate(lines):
        if line.page:
            page = place
        ends_page = place + 1 == len(lines) or lines[place + 1].page
        if ends_page and place - page > 1 and line.gap and not line.indent and could_be_title(line):
            head, below = lines[page], lines[page + 1]
            if could_be_title(head) and not head.indent and (below.bullet or below.indent):
                starts.append(_Start(page, place, above=page))
    return starts


def _starts_by_head(lines: Sequence[Line], sections: Sequence[str], lists: Sequence[range]) -> list[_Start]:
    """After each section's name and after each list of references."""
    found: dict[int, tuple[int, str]] = {}
    for place in range(len(lines)):
        section, count = label_at(lines, place, sections)
        if section:
            found[place] = (place + count, section)
    labelled = sorted(found)
    for ended in lists:
        # What follows a list is an article of its own, named or not.
        if ended.stop < len(lines) and not any(ended.stop <= place <= ended.stop + 2 for place in labelled):
            found[ended.stop] = (ended.stop, "")
    if lists and (not found or min(found) > lists[0].start):
        found[0] = (0, "")
    places = sorted(found)
    starts = []
    for place, end in zip(places, [*places[1:], len(lines)], strict=False):
        after, section = found[place]
        title = next((at for at in range(after, end) if could_be_title(lines[at])), None)
        if title is not None and end - place >= _SHORTEST_ARTICLE:
            starts.append(_Start(title, title, section, above=place))
    return starts


def _reference_lists(lines: Sequence[Line], sections: Sequence[str]) -> Iterator[range]:
    """The lines of each 참고문헌 list, its heading among them."""
    place = 0
    while place < len(lines):
        if not _LIST.match(lines[place].text):
            place += 1
            continue
        start = place
        place += 1
        while reference := _reference(lines, place, sections):
            place += reference
        if place > start + 1:
            yield range(start, place)


def _reference(lines: Sequence[Line], place: int, sections: Sequence[str]) -> int:
    """How many lines the reference at this place takes; 0 where none is."""
    for count in range(1, min(_LONGEST_REFERENCE, len(lines) - place) + 1):
        last = place + count - 1
        if label_at(lines, last, sections)[0] or _LIST.match(lines[last].text):
            return 0
        if citations.ends_with_date(lines[last].text):
            return count if "," in joined(lines[place : last + 1]) else 0
        if lines[last].joint == "\n" and count > 1:
            return 0
    return 0


def _listed(lines: Sequence[Line], found: range) -> Iterator[Citation]:
    place = found.start + 1
    while place < found.stop:
        count = _reference(lines, place, ()) or 1
        text = joined(lines[place : place + count])
        yield citations.from_reference(_ITEM_SIGN.sub("", text))
        place += count
