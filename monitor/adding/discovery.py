"""From the address that a person knows to the one that can be watched: the feed of a site, or its list of news.

The steps, each only where those before found nothing: the address itself, what the page says are its feeds, what its
links look like, well-known paths, the page's own list, the sitemap that robots.txt names. Whatever is found counts
only once it is parsed as a poll would. No more than a few requests, spaced by the fetcher.
"""

import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlsplit, urlunsplit

from bs4 import BeautifulSoup, Tag
from lxml import etree
from pydantic import ValidationError

from monitor import parsers
from monitor.adding.guessing import guess_listing
from monitor.adding.whereabouts import country_of, zone_of
from monitor.documents import Document, Feed, Format
from monitor.errors import FetchError, FetchFault, ParseError
from monitor.fetching.fetch import Fetched, Fetcher, FetchRequest, NotModified
from monitor.parsers.markup import absolute, is_html, root_name
from monitor.parsers.parsing import Parsing
from monitor.sources import ListingRules, SourceConfig
from monitor.texts.decode import decode
from monitor.texts.soup import soup_of
from monitor.texts.text import clean_line

#: Requests of one discovery, redirects aside: a minute at the fetcher's spacing.
MAX_REQUESTS = 14
#: Feeds that are looked into; a page that names more has one for each of its topics.
MAX_VERIFIED = 5
MAX_WELL_KNOWN = 6
MAX_SITEMAPS = 2
#: No page with more characters or tags is read for links.
MAX_MARKUP = 3_000_000
MAX_TAGS = 60_000

_FEED_TYPES = {
    "application/rss+xml": 3, "application/atom+xml": 3, "application/rdf+xml": 3, "application/feed+json": 2,
    "application/xml": 1, "text/xml": 1, "application/json": 1,
}  # fmt: skip
_COMMENTS = re.compile(r"comment|댓글|コメント|评论", re.IGNORECASE)
_FEED_PATH = re.compile(
    r"(?:\.(?:rss|rdf|atom)|(?:rss|feed|atom|index)[\w-]*\.xml|feed\.json)(?:$|\?)|/(?:rss|feed|feeds|atom|rdf)\d?/?(?:$|\?)|[?&](?:feed|format|type|output)=(?:rss|atom)|[?&]feed=|/rss/",
    re.IGNORECASE,
)
_FEED_WORD = re.compile(r"\b(?:rss|atom|feed)\b|피드|フィード", re.IGNORECASE)
_WELL_KNOWN = (
    "/feed",
    "/rss.xml",
    "/rss",
    "/atom.xml",
    "/index.xml",
    "/feed.xml",
    "/index.rdf",
    "/feed.json",
)
_SITEMAP_LINE = re.compile(r"^[ \t]*sitemap[ \t]*:[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)
_NEWS_SITEMAP = re.compile(r"news|press|release|article|post|blog|topics", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FeedLink:
    """An address that a page says, or looks as if it said, is a feed."""

    url: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class FeedCandidate:
    """What was found at one address, and what a poll would make of it."""

    how: str  #: "given", "link", "anchor", "well-known", "listing" or "sitemap"
    url: str
    format: Format = "feed"
    title: str = ""  #: what the page calls it
    feed: Feed | None = None  #: as a poll would parse it; None where it could not, or was not looked at
    listing: ListingRules | None = None
    error: str = ""  #: one English line: why it cannot be watched


@dataclass(frozen=True, slots=True)
class Discovery:
    """All that was found, the best first."""

    url: str  #: as it was asked for
    candidates: tuple[FeedCandidate, ...] = ()
    #: Of the page at the address, where that is one.
    page_title: str = ""
    page_language: str = ""
    site_name: str = ""

    @property
    def best(self) -> FeedCandidate | None:
        """The one to watch; None where there is none."""
        return next((one for one in self.candidates if one.feed is not None), None)


async def discover(
    url: str,
    fetcher: Fetcher,
    parsing: Parsing,
    now: datetime,
    on_request: Callable[[str], None] = lambda url: None,
    is_known: Callable[[str], bool] = lambda url: False,
) -> Discovery:
    """What can be watched at an address; `on_request` hears of each request before it is made.

    A feed that `is_known` is no find under a well-known path: whoever asks means something else on its site.

    Raises:
        FetchError: the address itself gives no document.
    """
    search = _Search(fetcher, parsing, now, on_request)
    fetched = await search.fetch(url)
    document = fetched.document
    given = await search.verify(FeedCandidate("given", _lasting(url, fetched)), document)
    if given.feed is not None:
        return Discovery(url, (given,))
    markup = _markup(document)
    if not markup:
        children = sitemap_children(document)
        found = [one async for one in search.first_of("sitemap", children[:MAX_SITEMAPS])]
        return Discovery(url, tuple(sorted([*found, given], key=lambda one: one.feed is None)))
    page = Discovery(url, (), *about_page(markup))
    found = await search.linked(markup, document.url)
    if not any(one.feed for one in found):
        guesses = [one for one in well_known(document.url, markup) if not is_known(one)][:MAX_WELL_KNOWN]
        found += [one async for one in search.first_of("well-known", guesses) if one.feed]
    if not any(one.feed for one in found):
        found += await search.listings(markup, document, _lasting(url, fetched))
    if not any(one.feed for one in found):
        sitemaps = await search.sitemaps(document.url)
        found += [one async for one in search.first_of("sitemap", sitemaps[:MAX_SITEMAPS])]
    ranked = sorted(found, key=lambda one: (one.feed is None, not (one.feed and one.feed.entries)))
    return Discovery(url, tuple(ranked), page.page_title, page.page_language, page.site_name)


@dataclass
class _Search:
    """The requests of one discovery, and how many of them are left."""

    fetcher: Fetcher
    parsing: Parsing
    now: datetime
    on_request: Callable[[str], None]
    left: int = MAX_REQUESTS
    asked: set[str] = field(default_factory=set)

    async def fetch(self, url: str) -> Fetched:
        self.left -= 1
        self.asked.add(url)
        self.on_request(url)
        fetched = await self.fetcher.fetch(FetchRequest(url))
        assert not isinstance(fetched, NotModified), "no validators were sent"
        return fetched

    async def verify(self, candidate: FeedCandidate, document: Document) -> FeedCandidate:
        """The candidate as a poll would parse it; a JSON answer or sitemap counts only with entries."""
        form = parsers.sniff(document)
        try:
            source = _config(candidate.url, form)
        except ValidationError:
            return replace(candidate, error="an address that no stanza can have")
        try:
            feed = await self.parsing.parse(document, source, self.now)
        except ParseError as error:
            return replace(candidate, error=error.reason)
        if form in {"json_list", "sitemap"} and not feed.entries:
            return replace(candidate, error=f"no entries in the {form}")
        return replace(candidate, format=form, feed=feed)

    async def visit(self, candidate: FeedCandidate) -> tuple[FeedCandidate, Document | None]:
        """The candidate after a request of its own, and the document where it is none."""
        if self.left <= 0:
            return replace(candidate, error="not looked at: too many requests"), None
        try:
            fetched = await self.fetch(candidate.url)
        except FetchError as error:
            if error.fault in {FetchFault.NETWORK, FetchFault.TIMEOUT, FetchFault.BLOCKED}:
                # A server that is down or minds us is not asked again under another path.
                self.left = 0
            return replace(candidate, error=error.reason), None
        found = await self.verify(replace(candidate, url=_lasting(candidate.url, fetched)), fetched.document)
        return found, fetched.document

    async def linked(self, markup: str, base: str) -> list[FeedCandidate]:
        """The feeds that the page names; where its links lead to a page about feeds, those of that page."""
        found: list[FeedCandidate] = []
        named = [FeedCandidate("link", link.url, title=link.title) for link in feed_links(markup, base)]
        waiting = named or [
            FeedCandidate("anchor", link.url, title=link.title) for link in feed_anchors(markup, base)
        ]
        deeper = True
        while waiting:
            candidate = waiting.pop(0)
            if candidate.url in self.asked:
                continue
            if sum(one.feed is not None for one in found) >= MAX_VERIFIED or len(found) >= 2 * MAX_VERIFIED:
                found.append(replace(candidate, error="not looked at"))
                continue
            result, document = await self.visit(candidate)
            inner = _markup(document) if document and result.feed is None else ""
            if inner and deeper:
                deeper = False
                links = feed_links(inner, result.url) + feed_anchors(inner, result.url)
                waiting += [FeedCandidate("anchor", link.url, title=link.title) for link in links]
                continue
            found.append(result)
        return found

    async def first_of(self, how: str, urls: Sequence[str]) -> AsyncIterator[FeedCandidate]:
        """The candidates at these addresses, until one can be watched."""
        for url in urls:
            if url in self.asked:
                continue
            result, document = await self.visit(FeedCandidate(how, url))
            if result.feed is None and how == "sitemap" and document:
                for child in sitemap_children(document)[:1]:
                    result, document = await self.visit(FeedCandidate(how, child))
            yield result
            if result.feed is not None:
                return

    async def listings(self, markup: str, document: Document, url: str) -> list[FeedCandidate]:
        """The page's own lists, likeliest first."""
        found = []
        for guess in guess_listing(markup, document.url, self.now):
            candidate = FeedCandidate("listing", url, "listing", listing=guess.rules)
            try:
                feed = await self.parsing.parse(document, _config(url, "listing", guess.rules), self.now)
            except ParseError as error:
                found.append(replace(candidate, error=error.reason))
            else:
                found.append(replace(candidate, feed=feed))
        return found

    async def sitemaps(self, url: str) -> list[str]:
        """The sitemaps that the host's robots.txt names, those of news first."""
        if self.left <= 0:
            return []
        robots = urlunsplit((*urlsplit(url)[:2], "/robots.txt", "", ""))
        try:
            fetched = await self.fetch(robots)
        except FetchError:
            return []
        named = _SITEMAP_LINE.findall(decode(fetched.document.body[:500_000]).text)
        links = list(dict.fromkeys(link for name in named if (link := absolute(name, robots))))
        return sorted(links, key=lambda link: not _NEWS_SITEMAP.search(link))


def _config(url: str, form: str, listing: ListingRules | None = None) -> SourceConfig:
    stanza = {"id": "url", "url": url, "format": form, "listing": listing}
    return SourceConfig.model_validate(stanza | {"timezone": zone_of(country_of(url))})


def _lasting(url: str, fetched: Fetched) -> str:
    """The address to keep: where permanent redirects lead, else the one that was asked for."""
    hops = fetched.redirects
    return fetched.document.url if hops and all(hop.status in {301, 308} for hop in hops) else url


def _markup(document: Document) -> str:
    """The document's text where it is a web page that may be read for links; else nothing."""
    content_type = document.headers.get("content-type", "")
    text = decode(document.body, content_type).text[:MAX_MARKUP]
    page = is_html(text) or "html" in content_type.lower() or "<body" in text[:20_000].lower()
    return text if page and text.count("<") <= MAX_TAGS else ""


# What a page says, pure


def about_page(markup: str) -> tuple[str, str, str]:
    """A page's title, language and site name, each empty where it does not say."""
    soup = soup_of(markup)
    html = soup.find("html")
    language = str(html.get("lang") or "") if isinstance(html, Tag) else ""
    site = soup.select_one('meta[property="og:site_name"]')
    title = clean_line(soup.title.get_text()) if soup.title else ""
    return title[:300], language[:2].lower(), clean_line(str(site.get("content") or ""))[:100] if site else ""


def feed_links(markup: str, base: str) -> list[FeedLink]:
    """The feeds that a page names in its head, the best first: the page's own before the site's, comments last."""
    soup = soup_of(markup)
    against = _base(soup, base)
    ranked: list[tuple[float, FeedLink]] = []
    for link in soup.select("link[href]"):
        rel = [str(word).lower() for word in (link.get("rel") or [])]
        rank = _FEED_TYPES.get(str(link.get("type") or "").split(";")[0].strip().lower(), 0)
        url = absolute(str(link["href"]), against)
        if "alternate" not in rel or not rank or not url or (rank == 1 and not _FEED_PATH.search(url)):
            continue
        # The JSON that WordPress names for each page is the page, not a feed.
        if "/wp-json/" in url or "oembed" in url:
            continue
        title = clean_line(str(link.get("title") or ""))
        ranked.append((rank - _penalty(url, title) + _shared(url, base), FeedLink(url, title[:200])))
    return _distinct(ranked)


def feed_anchors(markup: str, base: str) -> list[FeedLink]:
    """The links of a page that look like feeds by their address, or lead to feeds by their words, the likeliest first."""
    soup = soup_of(markup)
    against = _base(soup, base)
    ranked: list[tuple[float, FeedLink]] = []
    for anchor in soup.select("a[href]"):
        url = absolute(str(anchor["href"]), against).partition("#")[0]
        image = anchor.select_one("img[alt]")
        words = clean_line(
            f"{anchor.get_text(' ')} {image['alt'] if image else ''} {anchor.get('title') or ''}"
        )
        by_path, by_word = bool(_FEED_PATH.search(url)), bool(len(words) < 40 and _FEED_WORD.search(words))
        if url and url != base and (by_path or by_word) and "feedly.com" not in url:
            rank = 2 * by_path + by_word
            ranked.append((rank - _penalty(url, words) + _shared(url, base), FeedLink(url, words[:200])))
    return _distinct(ranked)


def _base(soup: BeautifulSoup, url: str) -> str:
    tag = soup.select_one("base[href]")
    return (absolute(str(tag["href"]), url) if tag else "") or url


def _penalty(url: str, title: str) -> float:
    return 10.0 if _COMMENTS.search(url) or _COMMENTS.search(title) else 0.0


def _shared(url: str, base: str) -> float:
    """Up to half a point for a feed of the page's own folder."""
    mine, its = urlsplit(base), urlsplit(url)
    folder = mine.path.rsplit("/", 1)[0]
    if mine.hostname != its.hostname or not folder:
        return 0.0
    return 0.5 if its.path.startswith(folder + "/") or folder.strip("/") in its.path else 0.0


def _distinct(ranked: Sequence[tuple[float, FeedLink]]) -> list[FeedLink]:
    best: dict[str, FeedLink] = {}
    # Sorting keeps the page's order among equals.
    for _rank, link in sorted(ranked, key=lambda one: -one[0]):
        best.setdefault(link.url, link)
    return list(best.values())


def well_known(url: str, markup: str) -> list[str]:
    """Addresses where a feed may stand that no page names, by the host and by what made the page; the likeliest first."""
    parts = urlsplit(url)
    root = urlunsplit((parts.scheme, parts.netloc, "", "", ""))
    host = (parts.hostname or "").lower()
    name = next((part for part in parts.path.split("/") if part), "")
    match host:
        case "blog.naver.com" | "m.blog.naver.com" if name:
            return [f"https://rss.blog.naver.com/{name}.xml"]
        case "note.com" if name:
            return [f"{root}/{name}/rss"]
        case "medium.com" if name:
            return [f"{root}/feed/{name}"]
        case "brunch.co.kr" if name.startswith("@@"):
            return [f"{root}/rss/{name}"]
        case _ if host.endswith(".tistory.com"):
            return [f"{root}/rss"]
    folder = parts.path.rstrip("/")
    if "/wp-content/" in markup or "/wp-includes/" in markup:
        own = [f"{root}{folder}/feed/"] if folder and "." not in folder.rsplit("/", 1)[-1] else []
        return list(dict.fromkeys([*own, f"{root}/feed/", f"{root}/?feed=rss2"]))
    return [f"{root}{path}" for path in _WELL_KNOWN]


def sitemap_children(document: Document) -> list[str]:
    """The sitemaps that an index of sitemaps names, those of news first, then the last changed; of other documents none."""
    parser = etree.XMLParser(
        recover=True, no_network=True, resolve_entities=False, load_dtd=False, huge_tree=False
    )
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", decode(document.body).text)
    try:
        root = etree.fromstring(text.strip().encode(), parser)
    except etree.XMLSyntaxError:
        return []
    if root is None or root_name(root) != "sitemapindex":
        return []
    children = [
        (
            absolute((child.findtext("{*}loc") or "").strip(), document.url),
            (child.findtext("{*}lastmod") or "").strip(),
        )
        for child in root.iterchildren("{*}sitemap")
    ]
    children = [child for child in children if child[0]]
    children.sort(key=lambda child: child[1], reverse=True)
    children.sort(key=lambda child: not _NEWS_SITEMAP.search(child[0]))
    return [url for url, _changed in children]
