"""Pure: a past issue's text into its articles: which bulletin and number it is, and the layout by which it is read."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from classifiers.pastissues import citations, heading_layout, reference_layout
from classifiers.pastissues.issue import PastArticleText, PastIssueError, PastIssueText
from classifiers.pastissues.lines import read_lines, squash
from classifiers.taxonomy import Bulletin
from monitor.i18n import _

#: By a bulletin's `citation:` in topics.yaml; each gives no articles where the lines are laid out otherwise.
LAYOUTS = {"reference": reference_layout.read_articles, "heading": heading_layout.read_articles}

_YEAR = r"(?P<year>20\d{2})"
_NUMBERED = re.compile(rf"{_YEAR}\s*(?:년도?\s*제?\s*|[-_])(?P<number>\d{{1,2}})\s*호")
_MONTHLY = re.compile(rf"{_YEAR}\s*(?:[.]|년)\s*(?P<number>1[0-2]|0?[1-9])(?!\d)\s*(?:[.]|월호?)?")
_IN_NAME = re.compile(rf"(?<!\d){_YEAR}[-_.년 ]+(?:제\s*)?(?P<number>\d{{1,2}})(?!\d)")
_PUBLISHED = re.compile(
    r"발행[ \t]?(?:일자|일)?[ \t]*[:：]?[ \t]*(?P<after>.{0,30})|(?P<before>.{0,30})[ \t]*발행"
)


def read_issue(text: str, file_name: str, bulletins: Sequence[Bulletin], bulletin: str = "") -> PastIssueText:
    """The issue that a text holds, of the bulletin of this id; without one, text and file name tell which it is.

    Raises:
        PastIssueError: no bulletin is recognised, or no article is found.
    """
    chosen = (
        [one for one in bulletins if one.id == bulletin] if bulletin else _likely(text, file_name, bulletins)
    )
    for one in chosen:
        articles = _articles(text, one)
        if articles:
            number = _number(text, file_name, one)
            articles = [_without_misprints(article, number) for article in articles]
            return PastIssueText(one.id, number, _published_on(text, number, one), tuple(articles))
    raise PastIssueError(_("기사를 찾지 못했습니다. 회보 파일인지, --bulletin 이 맞는지 확인해 주십시오."))


def _articles(text: str, bulletin: Bulletin) -> list[PastArticleText]:
    sections = [section.name for section in bulletin.sections]
    return LAYOUTS[bulletin.citation](read_lines(text, bulletin.name), sections)


def _without_misprints(article: PastArticleText, number: str) -> PastArticleText:
    """No issue cites what appeared years after it: such a date is a misprint, and says nothing."""
    if not (year := re.match(r"20\d{2}(?=-)", number)):
        return article
    cited = tuple(
        replace(citation, date=None) if citation.date and citation.date.year > int(year[0]) + 1 else citation
        for citation in article.citations
    )
    return replace(article, citations=cited)


def _likely(text: str, file_name: str, bulletins: Sequence[Bulletin]) -> list[Bulletin]:
    """The bulletins, likeliest first: named by the text, by the file, and where neither does, by their layout."""
    where = squash(text).casefold()
    named = [
        one for one in bulletins if squash(one.name).casefold() in where or one.id in file_name.casefold()
    ]
    if named:
        return sorted(named, key=lambda one: -where.count(squash(one.name).casefold()))
    return sorted(bulletins, key=lambda one: one.citation != "heading")


def _number(text: str, file_name: str, bulletin: Bulletin) -> str:
    """The year and the number or month that stand beside the bulletin's name; else the file's name tells."""
    name = r"\s*".join(re.escape(letter) for letter in squash(bulletin.name))
    for beside in re.finditer(rf"(?:^|\n).{{0,20}}{name}(?P<after>[^\n]{{0,30}})", text, re.I):
        for pattern in (_NUMBERED, _MONTHLY):
            if found := pattern.search(beside[0]):
                return f"{found['year']}-{int(found['number']):02}"
    stem = file_name.rsplit(".", 1)[0]
    found = _IN_NAME.search(stem)
    return f"{found['year']}-{int(found['number']):02}" if found else stem[:40]


def _published_on(text: str, number: str, bulletin: Bulletin) -> date | None:
    """The day that is printed; a monthly bulletin's first of the month; else None."""
    for found in _PUBLISHED.finditer(text):
        if day := citations.parse_date(found["after"] or found["before"] or ""):
            return day
    monthly = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", number) if bulletin.cadence == "monthly" else None
    return date(int(monthly[1]), int(monthly[2]), 1) if monthly else None
