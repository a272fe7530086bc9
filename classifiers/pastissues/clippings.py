"""Pure: notices of technologies (유망기술 클리핑), read from a table: field, name, points, and the medium with its date."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from classifiers.pastissues.headings import label_at
from classifiers.pastissues.issue import Citation
from classifiers.pastissues.lines import Line, joined, paragraphs, squash
from classifiers.pastissues.placeholders import NO_DATE, said


@dataclass(frozen=True, slots=True)
class Notice:
    """What is told of one technology."""

    field: str  #: such as 배터리; empty where none is named
    title: str
    text: str = ""  #: the field, then a paragraph a line
    citations: tuple[Citation, ...] = ()


_HEAD = re.compile(r"분류\s*기술명")
#: The table's head, where its cells stand on lines of their own.
_COLUMNS = {"분류", "기술명", "주요내용", "출처", "유망기술클리핑", "분류기술명주요내용출처"}
_NAMED = re.compile(r"^[∙•·▪○□*\-]?\s*[(（\[](?P<field>[^()（）\]]{1,40})[)）\]]\s*(?P<title>\S.+)$")
#: `Science Daily (12.05)`, or the date alone where the medium stands on the lines above.
_SOURCE = re.compile(
    rf"^(?P<medium>[^()（）]{{0,40}}?)\s*[(（](?:(?P<month>1[0-2]|0?[1-9])[./](?P<day>3[01]|[12]\d|0?[1-9])\.?|{NO_DATE})[)）]$"
)
#: The signs of a row's first point; the lesser points under it have others.
_MAIN_POINTS = ("∙", "•", "·", "▪", "○", "□", "●", "■")
#: The medium stands in a narrow column: `Science / Daily`.
_MEDIUM_LINES, _MEDIUM_LENGTH, _TITLE_LINES, _FIELD_LENGTH = 3, 16, 4, 8


def named(text: str) -> Notice | None:
    """A notice as the summary names it, `(배터리) 친환경 재활용 공정`; None for any other text."""
    found = _NAMED.match(text)
    return Notice(found["field"], found["title"]) if found else None


def table_start(lines: Sequence[Line], after: int, sections: Sequence[str]) -> int:
    """The place in `lines` where the table begins, not before `after`; the number of lines where there is none."""
    for place in range(after, len(lines)):
        columns = "".join(line.text for line in lines[place : place + 2])
        if _HEAD.match(columns) or label_at(lines, place, sections)[0]:
            return place
    return len(lines)


def read_notices(lines: Sequence[Line], known: Sequence[Notice], near: date | None) -> list[Notice]:
    """The notices of a table, in its order.

    `known` are those that the summary names. Days have no year: that of the day nearest to `near` is taken, and without
    `near` they are none.
    """
    fields = {notice.field for notice in known}
    head = next((place for place, line in enumerate(lines) if squash(line.text) not in _COLUMNS), len(lines))
    found: list[_Found] = []
    for row in _rows(lines[head:], known):
        match = _match(row.title, known)
        field, begin, title = _named_field(row, fields, match)
        if found:
            # What stands above the field and the title is the end of the row before, carried over a page.
            found[-1].points += [*row.carried, *row.title[:begin]]
        if title:
            source = _source(row, near)
            found.append(_Found(field or (match.field if match else ""), title, list(row.points), source))
    return [one.notice for one in found]


@dataclass(slots=True)
class _Found:
    """A notice that may get more points from the next page."""

    field: str
    title: str
    points: list[Line]
    source: Citation

    @property
    def notice(self) -> Notice:
        text = paragraphs(self.points)
        return Notice(self.field, self.title, f"{self.field}\n{text}" if self.field else text, (self.source,))


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the table. What is carried over a page belongs to the row before: its points, and lines that may be
    a point's end or this row's title. Its month is 0 where no date is printed yet."""

    carried: tuple[Line, ...]
    title: tuple[Line, ...]
    points: tuple[Line, ...]
    medium: str
    month: int
    day: int


def _rows(lines: Sequence[Line], known: Sequence[Notice]) -> Iterator[_Row]:
    """The lines, parted at each row's source, which stands last."""
    begin = 0
    for place, line in enumerate(lines):
        found = None if line.bullet else _SOURCE.match(line.text)
        if not found:
            continue
        medium_at = _medium_start(lines, begin, place) if not found["medium"] else place
        medium = " ".join([*(part.text for part in lines[medium_at:place]), found["medium"]]).strip()
        carried, title, points = _parted(lines[begin:medium_at], known)
        yield _Row(carried, title, points, medium, int(found["month"] or 0), int(found["day"] or 0))
        begin = place + 1
    rest = tuple(lines[begin:])
    if rest and begin and rest[0].bullet:
        yield _Row(rest, (), (), "", 1, 1)


def _medium_start(lines: Sequence[Line], begin: int, end: int) -> int:
    """Where the short lines above a date begin; a medium is a name, so a line in Hangul ends the search."""
    place = end
    while (
        place - 1 > begin
        and end - place < _MEDIUM_LINES
        and len(lines[place - 1].text) <= _MEDIUM_LENGTH
        and not lines[place - 1].bullet
        and re.fullmatch(r"[A-Za-z0-9&.'’ \-]+", lines[place - 1].text)
    ):
        place -= 1
    return place if place < end else max(begin, end - 1)


def _parted(
    lines: Sequence[Line], known: Sequence[Notice]
) -> tuple[tuple[Line, ...], tuple[Line, ...], tuple[Line, ...]]:
    """What is carried over, the lines that hold the title, and the points below it."""
    main = next((place for place, line in enumerate(lines) if line.text.startswith(_MAIN_POINTS)), None)
    if main is None:
        main = next((place for place, line in enumerate(lines) if line.bullet), None)
    if main is None:
        main = _title_end(lines, known)
    above, points = lines[:main], lines[main:]
    last_point = max((place for place, line in enumerate(above) if line.bullet), default=-1)
    return tuple(above[: last_point + 1]), tuple(above[last_point + 1 :]), tuple(points)


def _title_end(lines: Sequence[Line], known: Sequence[Notice]) -> int:
    """Where the title ends in a row whose points have no signs: the summary knows it, or it is one line, or two with
    the field."""
    ends = range(1, min(len(lines), _TITLE_LINES + 1) + 1)
    return next((end for end in ends if _match(lines[:end], known)), min(2, len(lines) - 1))


def _match(lines: Sequence[Line], known: Sequence[Notice]) -> Notice | None:
    whole = squash(joined(lines))
    return next((notice for notice in known if whole.endswith(squash(notice.title))), None)


def _source(row: _Row, near: date | None) -> Citation:
    raw = f"{row.medium} ({row.month}.{row.day:02})" if row.month else row.medium
    return Citation("", "", said(row.medium), _day(row.month, row.day, near), "", raw)


def _named_field(row: _Row, fields: Collection[str], match: Notice | None) -> tuple[str, int, str]:
    """The field where one stands above the title, the line at which either begins, and the title.

    Under a page's end the last lines of a point stand above them: these end where a field stands that the summary
    knows, or where the title begins that it names.
    """
    lines = row.title
    for place in range(len(lines) - 2, -1, -1):
        if lines[place].text in fields:
            return lines[place].text, place, joined(lines[place + 1 :])
    first, _space, rest = joined(lines).partition(" ")
    if first in fields and rest and len(lines) == 1:
        return first, 0, rest
    if match is None:
        begin = max(0, len(lines) - _TITLE_LINES) if row.carried else 0
        return "", begin, joined(lines[begin:])
    begin = _begin_of(lines, match.title)
    above = lines[begin - 1].text if begin else ""
    if above and " " not in above and len(above) <= _FIELD_LENGTH:
        return above, begin - 1, joined(lines[begin:])
    begin = begin if row.carried else 0
    return "", begin, joined(lines[begin:])


def _begin_of(lines: Sequence[Line], title: str) -> int:
    """The line at which the title begins that ends with the last one."""
    for place in range(len(lines) - 1, -1, -1):
        if len(squash(joined(lines[place:]))) >= len(squash(title)):
            return place
    return 0


def _day(month: int, day: int, near: date | None) -> date | None:
    if near is None:
        return None
    days = [found for year in (near.year - 1, near.year, near.year + 1) if (found := _real(year, month, day))]
    return min(days, key=lambda found: abs(found - near), default=None) if days else None


def _real(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
