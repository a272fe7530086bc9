"""Pure: a web page of rows into a feed, by the CSS selectors of its stanza; without a stanza, every link of the page."""

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bs4 import BeautifulSoup, Comment, Tag

from monitor.documents import Document, Feed, FeedEntry
from monitor.errors import ParseError, ParseFault
from monitor.parsers.markup import MAX_ENTRIES, MAX_TAGS, absolute
from monitor.sources import COMMENT, ListingRules, SourceConfig
from monitor.texts.dates import NO_DATE, ParsedDate, parse_date
from monitor.texts.decode import decode
from monitor.texts.soup import soup_of
from monitor.texts.text import clean_line

#: For an address without a stanza.
EVERY_LINK = ListingRules(row="a[href]", min_rows=0)

_YEAR = re.compile(r"令和\s*(?P<reiwa>\d{1,2}|元)\s*年|(?P<year>20\d{2})\s*[年년/.\-]")


def parse(document: Document, source: SourceConfig, now: datetime) -> Feed:
    """The page's rows as a feed, in the page's order; a row with neither title nor link is none.

    Raises:
        ParseError: there are fewer rows than the stanza's min_rows, as when the page has changed; or more elements than
            any page has.
    """
    decoded = decode(document.body, document.headers.get("content-type", ""), source.encoding)
    if decoded.text.count("<") > 2 * MAX_TAGS:
        raise ParseError(ParseFault.NOT_A_FEED, f"more than {MAX_TAGS} elements")
    # html.parser recurses over nested tags; lxml does not, however deep they are.
    soup = soup_of(decoded.text)
    rules = source.listing or EVERY_LINK
    rows = soup.select(rules.row)
    if not rows and "tbody" in rules.row:
        _add_bodies(soup)
        rows = soup.select(rules.row)
    base_tag = soup.select_one("base[href]")
    base = absolute(str(base_tag["href"]), document.url) if base_tag else ""
    total = len(rows)
    del rows[2 * MAX_ENTRIES :]
    found = [_row(row, rules, base or document.url) for row in rows]
    dates = _above(soup, rules.date, rows) if rules.date and rules.date != COMMENT else {}
    found = [
        replace(row, date=_date_of(dates[id(row.element)], rules))
        if not row.date and id(row.element) in dates
        else row
        for row in found
    ]
    years = _years(soup, rules.year_from, rows, now.astimezone(source.zone).year)
    entries = [
        _entry(position, row, source, now, years)
        for position, row in enumerate(row for row in found if row.title or row.link)
    ]
    if len(entries) < rules.min_rows:
        message = f'"{rules.row}" finds {len(entries)} rows, fewer than {rules.min_rows}'
        raise ParseError(ParseFault.TOO_FEW_ROWS, message)
    title = soup.title.get_text() if soup.title else ""
    return Feed(
        "listing",
        tuple(entries),
        title=clean_line(title),
        encoding=decoded.codec,
        found=total if total > len(rows) else 0,
        notes=decoded.notes,
    )


def _add_bodies(soup: BeautifulSoup) -> None:
    """Gives tables the <tbody> that every browser shows and many pages do not write."""
    for table in soup.select("table:not(:has(> tbody))"):
        body = soup.new_tag("tbody")
        for row in table.find_all("tr", recursive=False):
            body.append(row.extract())
        table.append(body)


@dataclass(frozen=True, slots=True)
class _Row:
    element: Tag
    title: str
    link: str
    date: str
    summary: str


def _row(row: Tag, rules: ListingRules, base: str) -> _Row:
    anchor = (
        row.select_one(rules.link) if rules.link else (row if row.name == "a" else row.select_one("a[href]"))
    )
    link = _link(anchor, rules, base) if anchor else ""
    titled = row.select_one(rules.title) if rules.title else anchor or row
    title = _title(titled) if titled else ""
    lead = row.select_one(rules.summary) if rules.summary else None
    summary = clean_line(lead.get_text(" ")) if lead else ""
    return _Row(row, title or link, link, _date(row, rules), summary)


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
    match = re.search(rules.link_pattern, value) or re.search(
        rules.link_pattern, str(anchor.get("onclick") or "")
    )
    if match is None:
        return ""
    filled = rules.link_template
    for number, group in enumerate(match.groups(), 1):
        filled = filled.replace(f"{{{number}}}", group or "")
    return absolute(filled, base)


def _date(row: Tag, rules: ListingRules) -> str:
    if not rules.date:
        return ""
    if rules.date == COMMENT:
        # Inside the row or just before it.
        inside = [str(text) for text in row.find_all(string=lambda text: isinstance(text, Comment))]
        before = row.find_previous(string=lambda text: isinstance(text, Comment))
        return _dated(" ".join(inside) or str(before or ""), rules)
    element = row.select_one(rules.date)
    return _date_of(element, rules) if element else ""


def _date_of(element: Tag, rules: ListingRules) -> str:
    attribute = rules.date_attribute
    return _dated(str(element.get(attribute) or "") if attribute else element.get_text(" "), rules)


def _dated(text: str, rules: ListingRules) -> str:
    text = clean_line(text)
    if rules.date_pattern:
        match = re.search(rules.date_pattern, text)
        text = (match[1] if match.groups() else match[0]) if match else ""
    return text[:100]


def _above(soup: BeautifulSoup, selector: str, rows: Sequence[Tag]) -> dict[int, Tag]:
    """For each row, by its id(), the nearest element before it that `selector` finds outside all rows: its heading."""
    inside = {id(element) for row in rows for element in row.find_all(True)}
    headings = {id(heading) for heading in soup.select(selector)} - inside
    starts = {id(row) for row in rows}
    found: dict[int, Tag] = {}
    last: Tag | None = None
    for element in soup.find_all(True):
        if id(element) in headings:
            last = element
        elif last is not None and id(element) in starts:
            found[id(element)] = last
    return found


@dataclass(frozen=True, slots=True)
class _Years:
    """The year of dates that name none."""

    #: For a row, by its id(): that of the heading above it, which is certain.
    headed: Mapping[int, int]
    #: For all others: the page's, or this one; of a date that would be in the future, the one before.
    otherwise: int


def _years(soup: BeautifulSoup, selector: str, rows: Sequence[Tag], this_year: int) -> _Years:
    if not selector:
        return _Years({}, this_year)
    stated = (year for heading in soup.select(selector) if (year := _year(heading.get_text(" "))))
    headed = {
        row: year for row, tag in _above(soup, selector, rows).items() if (year := _year(tag.get_text(" ")))
    }
    return _Years(headed, next(stated, this_year))


def _year(text: str) -> int | None:
    match = _YEAR.search(text)
    if match is None:
        return None
    if match["year"]:
        return int(match["year"])
    return 2018 + (1 if match["reiwa"] == "元" else int(match["reiwa"]))


def _entry(position: int, row: _Row, source: SourceConfig, now: datetime, years: _Years) -> FeedEntry:
    published = _published(row, source, now, years) if row.date else NO_DATE
    return FeedEntry(
        position=position,
        title=row.title,
        link=row.link,
        summary=html.escape(row.summary, quote=False),
        published_raw=row.date,
        published_at=published.at,
        date_confidence=published.confidence,
    )


def _published(row: _Row, source: SourceConfig, now: datetime, years: _Years) -> ParsedDate:
    if headed := years.headed.get(id(row.element)):
        return parse_date(row.date, source.zone, now, year=headed)
    # "12月28日" read in January: the page's year, or ours, has gone on without it.
    guesses = (parse_date(row.date, source.zone, now, year=years.otherwise - back) for back in (0, 1))
    return next((guess for guess in guesses if guess.at), NO_DATE)
