"""Glue: entries' own pages, read after the entry is kept, so that no page, however it answers, costs an entry.

What a page says is added to what the feed said: its text, the title that a sitemap does not have, the date that a
listing does not show. A page that refuses, that is a wall, or that is no page leaves the entry as it was.
"""

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import F

from monitor.documents import DateConfidence
from monitor.errors import FetchError, FetchFault, ParseError
from monitor.fetching.fetch import Fetcher, FetchRequest, NotModified
from monitor.fetching.robots import Robots
from monitor.logs import logger
from monitor.models import Entry
from monitor.parsers.parsing import Parsing
from monitor.sources import SourceConfig
from monitor.texts.text import clean_line
from monitor.threads import in_database

if TYPE_CHECKING:
    # Its libraries take a second to import, and only the workers need them.
    from monitor.parsers.article import Article

#: After each try that failed for a passing reason; after the last of them the page is left alone for good.
RESTS = (timedelta(minutes=5), timedelta(hours=1), timedelta(hours=6))
#: These say no; asking again would change nothing.
_FINAL = {FetchFault.BLOCKED, FetchFault.GONE, FetchFault.ROBOTS, FetchFault.ADDRESS, FetchFault.TOO_LARGE}
#: Requests to one host in a round; the fetcher keeps them apart.
_A_HOST = 2


class FullText:
    """Reads the pages that entries want read (`article:` of their source's stanza), a round at a time."""

    def __init__(
        self,
        fetcher: Fetcher,
        parsing: Parsing,
        robots: Robots,
        clock: Callable[[], datetime],
        sources: Iterable[SourceConfig],
    ) -> None:
        self._fetcher = fetcher
        self._parsing = parsing
        self._robots = robots
        self._clock = clock
        self._sources = {source.id: source for source in sources}

    async def read_due(self, at_once: int = 8) -> int:
        """One round: pages of the newest entries that are due, `at_once` at most and few of each host; how many were tried.

        A page that could not be read is put off or given up; nothing is raised for it.
        """
        due = await in_database(_due, self._clock(), at_once)
        await asyncio.gather(*(self._read(*one) for one in due))
        return len(due)

    async def _read(self, entry_id: int, source_id: str, url: str, attempts: int) -> None:
        source = self._sources.get(source_id)
        if source is None or source.article is None:
            # The stanza went, or asks for pages no more.
            await in_database(_give_up, entry_id)
            return
        try:
            await self._robots.check(url)
            fetched = await self._fetcher.fetch(FetchRequest(url))
            assert not isinstance(fetched, NotModified), "no validators were sent"
            article = await self._parsing.read_article(
                fetched.document, source.article, source.language, source.zone, self._clock()
            )
        except FetchError as error:
            logger.info("page not read", entry=entry_id, source=source_id, reason=error.reason)
            final = error.fault in _FINAL or error.status == 404
            await self._put_off(entry_id, attempts, error.retry_after, final=final)
        except ParseError as error:
            logger.info("page not read", entry=entry_id, source=source_id, reason=error.reason)
            await self._put_off(entry_id, attempts)
        except Exception:  # noqa: BLE001 -- a bug over one page must not hold up the others, nor come back each second
            logger.exception("page not read by a bug", entry=entry_id, source=source_id)
            await self._put_off(entry_id, attempts)
        else:
            if article.reason:
                logger.info("page without text", entry=entry_id, source=source_id, reason=article.reason)
            await in_database(keep_article, entry_id, article, titled=source.format == "sitemap")

    async def _put_off(
        self, entry_id: int, attempts: int, asked: timedelta | None = None, *, final: bool = False
    ) -> None:
        """Leaves a page for later, not sooner than its server `asked`; for good where it says no or was tried enough."""
        if final or attempts >= len(RESTS):
            await in_database(_give_up, entry_id)
        else:
            rest = max(RESTS[attempts], asked or timedelta(0))
            await in_database(_try_again, entry_id, self._clock() + rest)


def _due(now: datetime, at_once: int) -> list[tuple[int, str, str, int]]:
    """(entry, source, address, attempts) of pages to read now, at most a few of each host."""
    rows = Entry.objects.wanting_page(now).values_list("id", "source_id", "url", "page_attempts")[:500]
    taken: dict[str, int] = {}
    found: list[tuple[int, str, str, int]] = []
    for row in rows:
        host = urlsplit(row[2]).netloc
        if taken.get(host, 0) < _A_HOST and len(found) < at_once:
            taken[host] = taken.get(host, 0) + 1
            found.append(row)
    return found


def _give_up(entry_id: int) -> None:
    Entry.objects.filter(id=entry_id).update(page_due_at=None)


def _try_again(entry_id: int, at: datetime) -> None:
    Entry.objects.filter(id=entry_id).update(page_due_at=at, page_attempts=F("page_attempts") + 1)


@transaction.atomic
def keep_article(entry_id: int, article: "Article", *, titled: bool) -> None:
    """Adds what a page says to its entry, and asks for tags again where that is more than was known.

    `titled`: the page's title is the entry's, because its source has none. Keys stay the document's own: by them the
    next poll knows the entry again.

    Raises:
        Entry.DoesNotExist: it is no longer kept.
    """
    entry = Entry.objects.select_for_update().get(id=entry_id)
    fields: dict[str, object] = {"page_due_at": None, "page_attempts": entry.page_attempts + 1}
    if article.text and article.text != entry.text:
        fields |= {"text": article.text.replace("\0", ""), "text_source": article.where}
    title = clean_line(article.title)
    if titled and title and title != entry.title:
        fields["title"] = title[:1000]
    if article.published.at is not None and _is_closer(entry, article):
        fields |= {
            "published_at": article.published.at,
            "published_raw": clean_line(article.published_raw)[:1000],
            "date_confidence": article.published.confidence,
        }
    if fields.keys() & {"text", "title"}:
        fields["tagged_at"] = None
    Entry.objects.filter(id=entry_id).update(**fields)


def _is_closer(entry: Entry, article: "Article") -> bool:
    """Whether the page knows the time better: where the entry has no date, or the day only and the page its hour."""
    if entry.date_confidence == DateConfidence.NONE:
        return True
    return (
        entry.date_confidence == DateConfidence.DAY
        and article.published.confidence in {DateConfidence.INSTANT, DateConfidence.LOCAL}
        and article.published.at is not None
        and entry.published_at is not None
        and timedelta(0) <= article.published.at - entry.published_at < timedelta(days=1)
    )
