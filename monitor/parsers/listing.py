"""Pure: a page of rows, by the CSS selectors of its stanza; without a stanza, every link of the page."""

import re
from dataclasses import dataclass
from datetime import datetime

from bs4 import BeautifulSoup, Comment, Tag

from monitor.dates import NO_DATE, ParsedDate, parse_date
from monitor.decode import decode
from monitor.documents import Document, Feed, FeedEntry
from monitor.errors import ParseError, ParseFault
from monitor.parsers.markup import absolute
from monitor.sources import ListingRules, SourceConfig
from monitor.text import clean_line

EVERY_LINK = ListingRules(row="a[href]", min_rows=0)

_YEAR = re.compile(r"令和\s*(?P<reiwa>\d{1,2}|元)\s*年|(?P<year>20\d{2})\s*[年년/.\-]")


def parse(document: Document, source: SourceConfig, now: datetime) -> Feed:
    """The page's rows as entries.

    Raises:
        ParseError: there are fewer rows than the stanza's min_rows: the page has changed.
    """
    decoded = decode(document.body, document.headers.get("content-type", ""), source.encoding)
    # html.parser recurses on nested tags; lxml caps their depth.
    soup = BeautifulSoup(decoded.text, "lxml")
    rules = source.listing or EVERY_LINK
    rows = soup.select(rules.row)
    base_tag = soup.select_one("base[href]")
    base = absolute(str(base_tag["href"]), document.url) if base_tag else ""
    years = _Years(soup, rules.year_from, now)
    found = [_row(row, rules, base or document.url) for row in rows]
    entries = [
        _entry(position, row, source, now, years)
        for position, row in enumerate(row for row in found if row.title or row.link)
    ]
    if len(entries) < rules.min_rows:
        message = f'"{rules.row}" finds {len(entries)} rows, fewer than {rules.min_rows}'
        raise ParseError(ParseFault.TOO_FEW_ROWS, message)
    title = soup.title.get_text() if soup.title else ""
    return Feed("listing", tuple(entries), title=clean_line(title), encoding=decoded.codec, notes=decoded.notes)


@dataclass(frozen=True, slots=True)
class _Row:
    element: Tag
    title: str
    link: str
    date: str


def _row(row: Tag, rules: ListingRules, base: str) -> _Row:
    anchor = row.select_one(rules.link) if rules.link else (row if row.name == "a" else row.select_one("a[href]"))
    link = _link(anchor, rules, base) if anchor else ""
    titled = row.select_one(rules.title) if rules.title else anchor or row
    title = _title(titled) if titled else ""
    return _Row(row, title or link, link, _date(row, rules))


def _title(element: Tag) -> str:
    """What the link says: its text, else its picture's alternative, else its title attribute."""
    text = clean_line(element.get_text(" "))
    if text:
        return text
    image = element.select_one("img[alt]")
    alternative = clean_line(str(image["alt"])) if image else ""
    return alternative or clean_line(str(element.get("title") or element.get("aria-label") or ""))


def _link(anchor: Tag, rules: ListingRules, base: str) -> str:
    value = str(anchor.get(rules.link_attribute) or "")
    if not rules.link_pattern:
        return absolute(value, base)
    match = re.search(rules.link_pattern, value) or re.search(rules.link_pattern, str(anchor.get("onclick") or ""))
    if match is None:
        return ""
    filled = rules.link_template
    for number, group in enumerate(match.groups(), 1):
        filled = filled.replace(f"{{{number}}}", group or "")
    return absolute(filled, base)


def _date(row: Tag, rules: ListingRules) -> str:
    if not rules.date:
        return ""
    if rules.date == "comment":
        # Some templates keep the date where only their authors see it; inside the row or just before it.
        inside = [str(text) for text in row.find_all(string=lambda text: isinstance(text, Comment))]
        before = row.find_previous(string=lambda text: isinstance(text, Comment))
        text = " ".join(inside) or str(before or "")
    else:
        element = row.select_one(rules.date)
        if element is None:
            return ""
        text = str(element.get(rules.date_attribute) or "") if rules.date_attribute else element.get_text(" ")
    text = clean_line(text)
    if rules.date_pattern:
        match = re.search(rules.date_pattern, text)
        text = (match[1] if match.groups() else match[0]) if match else ""
    return text[:100]


class _Years:
    """The year that rows with dates such as 8月19日 inherit from a heading above them, or from the page."""

    def __init__(self, soup: BeautifulSoup, selector: str, now: datetime) -> None:
        self._selector = selector
        headings = soup.select(selector) if selector else []
        self._headings = {id(heading): year for heading in headings if (year := _year(heading.get_text(" ")))}
        self._page = _year(soup.get_text(" ")[:20_000]) if selector else None
        self._now = now

    def of(self, row: Tag) -> int | None:
        """The year for `row`; None where no stanza asks for one."""
        if not self._selector:
            return None
        for element in row.find_all_previous():
            if year := self._headings.get(id(element)):
                return year
        return self._page or self._now.year


def _year(text: str) -> int | None:
    match = _YEAR.search(text)
    if match is None:
        return None
    if match["year"]:
        return int(match["year"])
    return 2018 + (1 if match["reiwa"] == "元" else int(match["reiwa"]))


def _entry(position: int, row: _Row, source: SourceConfig, now: datetime, years: _Years) -> FeedEntry:
    published: ParsedDate = NO_DATE
    if row.date:
        published = parse_date(row.date, source.zone, now, year=years.of(row.element))
    return FeedEntry(
        position=position,
        title=row.title,
        link=row.link,
        published_raw=row.date,
        published_at=published.at,
        date_confidence=published.confidence,
    )
