"""Pure: on which page an article is likely to stand, for programs that show a page number without counting."""

from collections.abc import Iterable

from review.exports.printed import Article, Notice, Point, Printed

#: An A4 page of the files: so many lines, each so many letters of Hangul wide.
_LINES, _LETTERS = 44, 46
#: What a heading, a foot or a list of references takes besides its lines, and what the table's head does.
_AROUND_HEADING, _AROUND_FOOT, _SECTION = 3, 1, 3
#: The table's column of points is narrower.
_CELL_LETTERS = 26
#: Below the first of the scripts of East Asia.
_LAST_NARROW = 0x2E7F


def pages_of(issue: Printed) -> dict[str, int]:
    """The page of every section, article and notice, by its key; the first after the front is 1."""
    pages: dict[str, int] = {}
    page = 1
    for section in issue.sections:
        pages[section.key] = page
        line = _SECTION
        for place, item in enumerate(section.items):
            height = _height(item)
            begins_page = place > 0 and isinstance(item, Article) and not issue.summarised
            if begins_page or (isinstance(item, Notice) and line + height > _LINES and line > _SECTION):
                page, line = page + 1, _SECTION
            pages[item.key] = page
            line += height
            page, line = page + line // _LINES, line % _LINES
        # Every section begins a page.
        page += 1 if line or not section.items else 0
    return pages


def _height(item: Article | Notice) -> int:
    if isinstance(item, Notice):
        return max(_lines(item.points, _CELL_LETTERS), 3)
    heading = _width("".join(span.text for span in item.heading)) // _LETTERS + _AROUND_HEADING
    listed = len(item.references) + _AROUND_HEADING if item.references else 0
    foot = _AROUND_FOOT + 1 if item.foot else 0
    return heading + _lines(item.points, _LETTERS) + listed + foot + bool(item.contact)


def _lines(points: Iterable[Point], letters: int) -> int:
    return sum(_width(point.text) // (letters - point.level) + 1 for point in points)


def _width(text: str) -> int:
    """In letters of Hangul: Latin ones and spaces are half as wide."""
    wide = sum(ord(letter) > _LAST_NARROW for letter in text)
    return wide + (len(text) - wide) // 2
