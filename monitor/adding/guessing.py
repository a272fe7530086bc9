"""Pure: where a web page lists its news: finds the structure that repeats, and gives it as the selectors of a stanza."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from bs4 import BeautifulSoup, Comment, Tag

from monitor.parsers.markup import absolute
from monitor.sources import COMMENT, ListingRules
from monitor.texts.dates import parse_date
from monitor.texts.soup import soup_of
from monitor.texts.text import clean_line

#: A page with more is no listing that a person made.
MAX_ANCHORS = 3_000
#: No page that is read by people nests deeper.
MAX_DEPTH = 100
#: Fewer rows repeat by accident.
LEAST_ROWS = 4
#: A list that begins anew each month is short on its first days.
MOST_MIN_ROWS = 5
#: A headline is longer than a menu's word. A Chinese character says as much as half a word.
LEAST_TITLE_CJK, LEAST_TITLE_LATIN = 8, 15
#: So many dates tell how a page writes them.
MAX_DATES = 300
#: Shown before a person says yes.
SAMPLES = 5
#: Most of the rows, where a few carry an advertisement or lack a date.
MOST = 0.8

_UTC = ZoneInfo("UTC")
_CJK = re.compile("[\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_NAVIGATION = re.compile(
    r"(?:^|[-_ ])(?:nav|gnb|lnb|snb|menu|footer|foot|header|breadcrumb|pankuzu|topicpath|location|pag(?:ing|er|ination)|sidebar|aside|sns|share|tag|rank|banner|related|recommend)",
    re.IGNORECASE,
)
_HASHED = re.compile(r"^([A-Za-z][A-Za-z-]*_+)(?=\w*\d)\w{4,}$")
_PLAIN = re.compile(r"^-?[A-Za-z_][\w-]*$")
_HEADINGS = ("h2", "h3", "h4", "h5", "strong")
_TITLE_CLASS = re.compile(r"tit|subj|headline|heading|sbj|ttl", re.IGNORECASE)
_DATE_LIKE = re.compile(
    r"\d{1,4}\s?[-./年년月월]\s?\d{1,2}|[A-Za-z]{3,9}\.? \d{1,2}|\d{1,2}\.? [A-Za-z]{3,9}"
)


@dataclass(frozen=True, slots=True)
class ListingGuess:
    """Selectors that may list a page's news, and what they find."""

    rules: ListingRules
    rows: int  #: how many they find
    score: float  #: above 0; the higher, the more it looks like news
    samples: tuple[tuple[str, str, str], ...]  #: title, link and date as published of the first rows


def guess_listing(markup: str, url: str, now: datetime) -> list[ListingGuess]:
    """The structures of the page that look like a list of news, the likeliest first; at most three."""
    soup = soup_of(markup)
    for unread in soup(("script", "style", "noscript", "template", "svg")):
        unread.decompose()
    groups: defaultdict[tuple[str, ...], list[Tag]] = defaultdict(list)
    for anchor in soup.select("a[href]")[:MAX_ANCHORS]:
        if _is_headline(anchor, url):
            groups[_path(anchor)].append(anchor)
    guesses: dict[str, ListingGuess] = {}
    for anchors in _merged(groups):
        guess = _guess(soup, anchors, url, now)
        if guess and guess.score > guesses.get(guess.rules.row, guess).score - 1e-9:
            guesses[guess.rules.row] = guess
    return sorted(guesses.values(), key=lambda guess: -guess.score)[:3]


def _is_headline(anchor: Tag, url: str) -> bool:
    link = absolute(str(anchor["href"]), url)
    if not link or link.partition("#")[0] == url.partition("#")[0]:
        return False
    text = clean_line(anchor.get_text(" "))
    if len(text) < (LEAST_TITLE_CJK if _CJK.search(text) else LEAST_TITLE_LATIN):
        return False
    around = list(islice(anchor.parents, MAX_DEPTH))
    if len(around) == MAX_DEPTH:
        return False
    return not any(
        parent.name in {"nav", "footer", "aside"} or _NAVIGATION.search(_names(parent))
        for parent in around
        if parent.name not in {"body", "html", "[document]"}
    )


def _names(element: Tag) -> str:
    return " ".join([*_classes(element), str(element.get("id") or "")])


def _classes(element: Tag) -> list[str]:
    found = element.get("class")
    return found if isinstance(found, list) else []


def _path(element: Tag) -> tuple[str, ...]:
    """The element's place in the page's structure: the names of its ancestors, without their classes."""
    return tuple(parent.name for parent in element.parents)[::-1][1:]


def _merged(groups: dict[tuple[str, ...], list[Tag]]) -> Iterator[list[Tag]]:
    """Each group by its ancestors' names, and its parts by their classes where these tell lists apart."""
    for anchors in groups.values():
        if len(anchors) < LEAST_ROWS:
            continue
        yield anchors
        parts: defaultdict[tuple[str, ...], list[Tag]] = defaultdict(list)
        for anchor in anchors:
            signs = (_names(parent) for parent in list(anchor.parents)[2:6])
            parts[*signs].append(anchor)
        if len(parts) > 1:
            yield from (part for part in parts.values() if len(part) >= LEAST_ROWS)


def _guess(soup: BeautifulSoup, anchors: Sequence[Tag], url: str, now: datetime) -> ListingGuess | None:
    rows = _rows(anchors)
    if len(rows) < LEAST_ROWS:
        return None
    row_selector = _selector_of(soup, rows)
    if not row_selector:
        return None
    # What counts is what the selector finds, not what it was made from.
    rows = [row for row in soup.select(row_selector) if row.name == "a" or row.select_one("a[href]")]
    link_selector, links = _link(rows, anchors)
    title_selector, titles = _title(rows, links)
    dates = _date(soup, rows, now)
    if dates.selector and not title_selector and _speaks_of_dates(titles):
        return None
    addresses = [absolute(str(link["href"]), url) if link else "" for link in links]
    rules = ListingRules(
        row=row_selector,
        title=title_selector,
        link=link_selector,
        date=dates.selector,
        date_attribute=dates.attribute,
        year_from=dates.year_from,
        min_rows=max(1, min(MOST_MIN_ROWS, len(rows) // 3)),
    )
    score = _score(titles, addresses, dates.texts, url)
    samples = tuple(zip(titles, addresses, dates.texts, strict=True))[:SAMPLES]
    return ListingGuess(rules, len(rows), score, samples) if score > 0 else None


def _speaks_of_dates(titles: Sequence[str]) -> bool:
    """Whether the titles still hold their rows' dates: whole cards taken for headlines, of which no one could read."""
    return sum(bool(re.match(r"\d{4}\s?[-./年년]", title)) for title in titles) > MOST * len(titles)


def _rows(anchors: Sequence[Tag]) -> list[Tag]:
    """For each anchor the largest element around it that holds no other one's, as many steps up for all: its row."""
    holds = Counter(id(parent) for anchor in anchors for parent in anchor.parents)
    climbs = []
    for anchor in anchors:
        climb: list[Tag] = [anchor]
        for parent in anchor.parents:
            if holds[id(parent)] > 1 or parent.name in {"body", "html", "[document]"}:
                break
            climb.append(parent)
        climbs.append(climb)
    steps = min(map(len, climbs))
    return [climb[steps - 1] for climb in climbs]


def _selector_of(soup: BeautifulSoup, rows: Sequence[Tag]) -> str:
    """The shortest selector that finds these rows and hardly anything else; empty where there is none."""
    wanted = {id(row) for row in rows}
    names = Counter(row.name for row in rows)
    name, count = names.most_common(1)[0]
    if count < MOST * len(rows):
        return ""
    alike = [row for row in rows if row.name == name]
    own = _tag(alike)
    parents = [list(row.parents) for row in alike]
    chain: list[str] = []
    candidates = [own]
    for depth in range(min(4, min(map(len, parents)) - 2)):
        above = [found[depth] for found in parents]
        if len({parent.name for parent in above}) > 1:
            break
        shared = str(above[0].get("id") or "")
        if len({id(parent) for parent in above}) == 1 and _PLAIN.match(shared):
            candidates.append(" > ".join([f"{above[0].name}#{shared}", *reversed(chain), own]))
            break
        chain.append(_tag(above))
        candidates.append(" > ".join([*reversed(chain), own]))
    best, best_share = "", MOST
    for candidate in candidates:
        found = soup.select(candidate)
        with_links = {id(row) for row in found if row.name == "a" or row.select_one("a[href]")}
        right = len(with_links & wanted)
        share = 2 * right / (len(found) + len(rows))
        # "tr" alone finds them too, until somebody puts a table beside them.
        bare = best and not re.search(r"[.#\[]", best)
        if share > best_share + (-0.001 if bare else 0.02):
            best, best_share = candidate, share
    return best


def _tag(elements: Sequence[Tag]) -> str:
    """The elements' name with the classes that most of them have; a hashed class by what comes before its hash."""
    counts = Counter(name for element in elements for name in set(_classes(element)))
    shared = [name for name, count in counts.items() if count >= 0.9 * len(elements)]
    shared.sort(key=_classes(elements[0]).index if set(shared) <= set(_classes(elements[0])) else str)
    selector = str(elements[0].name)
    for name in shared[:2]:
        if hashed := _HASHED.match(name):
            selector += f'[class*="{hashed[1]}"]'
        elif _PLAIN.match(name):
            selector += f".{name}"
    return selector


def _link(rows: Sequence[Tag], anchors: Sequence[Tag]) -> tuple[str, list[Tag | None]]:
    """The selector of the row's link, empty where it is the first one, and the links."""
    wanted = {id(anchor) for anchor in anchors}
    first = [row if row.name == "a" else row.select_one("a[href]") for row in rows]
    if sum(id(link) in wanted for link in first) >= 0.9 * len(rows):
        return "", first
    own = [anchor for anchor in anchors if anchor.parent]
    tag = _tag(own)
    parent = _tag([anchor.parent for anchor in own if anchor.parent])
    for selector in (tag, f"{parent} > {tag}", f"{parent} a"):
        found = [row.select_one(selector) for row in rows]
        if sum(id(link) in wanted for link in found) >= MOST * len(rows):
            return selector, found
    return "", first


def _title(rows: Sequence[Tag], links: Sequence[Tag | None]) -> tuple[str, list[str]]:
    """The selector of the title inside the row, empty where it is the link's text, and the titles."""
    texts = [clean_line(link.get_text(" ")) if link else "" for link in links]
    if not any((link and link.find(_HEADINGS)) or _inner_title(link) for link in links):
        return "", texts
    classes = Counter(
        f"{found.name}.{name}"
        for link in links
        if (found := _inner_title(link))
        for name in _classes(found)
        if _TITLE_CLASS.search(name) and _PLAIN.match(name)
    )
    for selector in (*(name for name, _count in classes.most_common(2)), *_HEADINGS):
        chosen = [row.select_one(selector) for row in rows]
        inside = sum(
            any(parent is link for parent in one.parents) if one and link else False
            for one, link in zip(chosen, links, strict=True)
        )
        titles = [clean_line(one.get_text(" ")) if one else "" for one in chosen]
        if inside >= MOST * len(rows) and sum(len(title) >= 6 for title in titles) >= MOST * len(rows):
            return selector, titles
    return "", texts


def _inner_title(link: Tag | None) -> Tag | None:
    found = link.find(class_=_TITLE_CLASS) if link else None
    return found if isinstance(found, Tag) else None


@dataclass(frozen=True, slots=True)
class _Dates:
    """How the rows' dates are found, and what they are."""

    texts: list[str]
    selector: str = ""
    attribute: str = ""
    #: Where dates without a year get it from.
    year_from: str = ""


def _date(soup: BeautifulSoup, rows: Sequence[Tag], now: datetime) -> _Dates:
    """The rows' dates as published: inside each, in its comments, or the nearest one before it."""
    few = MOST * len(rows)
    times = [row.select_one("time[datetime]") for row in rows]
    stamps = [str(time["datetime"]) if time else "" for time in times]
    if sum(_reads(text, now) for text in stamps) >= few:
        return _Dates(stamps, "time[datetime]", "datetime")
    inside = {id(element): element for row in rows for element in (row, *row.find_all(True))}
    for selector in _date_selectors(inside.values(), now):
        found = [row.select_one(selector) for row in rows]
        texts = [_short_text(one) if one else "" for one in found]
        if sum(_reads(text, now) for text in texts) >= few:
            return _Dates(texts, selector, year_from=_year_from(texts, now))
    comments = [
        " ".join(str(text) for text in row.find_all(string=lambda text: isinstance(text, Comment)))
        for row in rows
    ]
    if sum(_reads(clean_line(text), now) for text in comments) >= few:
        return _Dates(comments, COMMENT)
    outside = [element for element in soup.find_all(True) if id(element) not in inside]
    for selector in _date_selectors(outside, now):
        texts = _nearest_before(
            soup, rows, {id(element) for element in soup.select(selector)} - inside.keys()
        )
        if len(set(texts)) > 1 and sum(_reads(text, now) for text in texts) >= few:
            return _Dates(texts, selector, year_from=_year_from(texts, now))
    return _Dates([""] * len(rows))


def _reads(text: str, now: datetime) -> bool:
    """Whether the text is a date, with its year or without."""
    return bool(_DATE_LIKE.search(text)) and parse_date(text, _UTC, now, year=now.year - 1).at is not None


def _year_from(texts: Sequence[str], now: datetime) -> str:
    """Where the listing parser is to look for the year: in headings, where the dates have none."""
    with_year = sum(parse_date(text, _UTC, now).at is not None for text in texts)
    return "" if with_year >= MOST * len(texts) else "title, h1, h2, h3"


def _nearest_before(soup: BeautifulSoup, rows: Sequence[Tag], headings: set[int]) -> list[str]:
    starts = {id(row) for row in rows}
    found: dict[int, str] = {}
    last = ""
    for element in soup.find_all(True):
        if id(element) in headings:
            last = _short_text(element)
        elif id(element) in starts:
            found[id(element)] = last
    return [found.get(id(row), "") for row in rows]


def _short_text(element: Tag) -> str:
    return clean_line(element.get_text(" "))[:100]


def _date_selectors(elements: Iterable[Tag], now: datetime) -> list[str]:
    """Selectors of the smallest of the elements that are a date, the commonest first."""
    counts: Counter[str] = Counter()
    for element in islice((one for one in elements if _is_date(one, now)), MAX_DATES):
        if plain := [name for name in _classes(element) if _PLAIN.match(name) and not _HASHED.match(name)]:
            counts[f"{element.name}.{plain[0]}"] += 2
        elif hashed := next((match for name in _classes(element) if (match := _HASHED.match(name))), None):
            counts[f'{element.name}[class*="{hashed[1]}"]'] += 2
        before = len(list(islice(element.find_previous_siblings(element.name), 10)))
        alone = not before and element.find_next_sibling(element.name) is None
        counts[element.name if alone else f"{element.name}:nth-of-type({before + 1})"] += 1
    return [selector for selector, _count in counts.most_common(6)]


def _is_date(element: Tag, now: datetime) -> bool:
    """Whether the element is a date and nothing else, and none of its parts is one."""
    parts = list(islice(element.descendants, 13))
    # An element of many parts is a row or a page, however long it takes to read it.
    if len(parts) > 12 or element.name in {"html", "body", "title"}:
        return False
    inside = [part for part in parts if isinstance(part, Tag)]
    text = clean_line(element.get_text(" ")[:200])
    if len(text) > 40 or not _reads(text, now) or any(part.name == "a" for part in inside):
        return False
    return not any(_reads(_short_text(part), now) for part in inside)


def _score(titles: Sequence[str], addresses: Sequence[str], dates: Sequence[str], url: str) -> float:
    """How much it looks like news: rows enough, headlines of a headline's length, own addresses, dates beside them."""
    rows = len(titles)
    distinct = len({address for address in addresses if address}) / rows
    host = urlsplit(url).hostname or ""
    own = (
        sum(_site(urlsplit(address).hostname or "") == _site(host) for address in addresses if address) / rows
    )
    lengths = [len(title) * (2 if _CJK.search(title) else 1) for title in titles]
    mean = sum(lengths) / rows
    dated = sum(bool(date) for date in dates) / rows
    headline = min(mean, 60) / 60
    if distinct < 0.7 or mean < 16 or len(set(titles)) < 0.7 * rows:
        return 0.0
    return min(rows, 20) / 20 + 2 * headline + 2 * dated + own + distinct


def _site(host: str) -> str:
    return ".".join(host.split(".")[-2:]) if host.count(".") < 3 else ".".join(host.split(".")[-3:])
