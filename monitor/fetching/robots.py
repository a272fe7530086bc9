"""robots.txt (RFC 9309): whether a page may be read by us, and how slowly.

Feeds are published to be polled by programs, and an operator chose each; listings, sitemaps and articles are pages,
and for those the file is asked (docs/decisions/robots.md).
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from protego import Protego

from monitor.errors import FetchError, FetchFault
from monitor.fetching.fetch import Fetcher, FetchRequest, NotModified
from monitor.models import RobotsFile
from monitor.threads import in_database

#: Formats whose documents are pages.
PAGES = frozenset({"listing", "json_list", "sitemap"})
#: The name by which a robots.txt speaks of us.
PRODUCT = "BulletinMonitor"
#: RFC 9309 section 2.4: not longer than a day.
KEPT_FOR = timedelta(hours=24)
#: RFC 9309 section 2.5 asks for at least 500 KiB to be read.
MAX_CHARACTERS = 512 * 1024
#: Seconds: the most that a Crawl-delay, which no standard has, can ask of us.
LONGEST_DELAY = 60.0


@dataclass(frozen=True, slots=True)
class Rules:
    """What one robots.txt says to us."""

    parsed: Protego

    def allow(self, url: str) -> bool:
        """Whether a page may be read by PRODUCT."""
        return bool(self.parsed.can_fetch(url, PRODUCT))

    @property
    def delay(self) -> float:
        """Seconds between requests, LONGEST_DELAY at most; 0 where it asks for none."""
        return min(float(self.parsed.crawl_delay(PRODUCT) or 0), LONGEST_DELAY)


def rules(status: int, body: str) -> Rules:
    """The rules of an answer, given its HTTP status: one that is no file (4xx) forbids nothing (RFC 9309 section 2.3.1.3)."""
    return Rules(Protego.parse(body[:MAX_CHARACTERS] if 200 <= status < 300 else ""))


class Robots:
    """The robots.txt of every origin that was asked for, each fetched once a day and kept in the database."""

    def __init__(self, fetcher: Fetcher, clock: Callable[[], datetime]) -> None:
        self._fetcher = fetcher
        self._clock = clock
        self._known: dict[str, tuple[datetime, Rules]] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def check(self, url: str) -> None:
        """Returns where the page may be read; slows the fetcher down where its host asks for that.

        Raises:
            FetchError: ROBOTS where it may not; the fetch's own fault where no robots.txt could be had at all, which
                RFC 9309 section 2.3.1.4 reads as "not now".
        """
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(url))
        found = await self._rules(origin)
        if not found.allow(url):
            raise FetchError(
                url, FetchFault.ROBOTS, f"{origin}/robots.txt disallows this address for {PRODUCT}"
            )
        if found.delay:
            self._fetcher.keep_apart(url, found.delay)

    async def _rules(self, origin: str) -> Rules:
        async with self._locks.setdefault(origin, asyncio.Lock()):
            known = self._known.get(origin)
            if known is None and (row := await in_database(RobotsFile.objects.filter(origin=origin).first)):
                known = self._known[origin] = (row.fetched_at, rules(row.status, row.body))
            now = self._clock()
            if known is not None and now - known[0] < KEPT_FOR:
                return known[1]
            try:
                status, body = await self._fetch(f"{origin}/robots.txt")
            except FetchError:
                # A copy that is too old is better than none (RFC 9309 section 2.4).
                if known is not None:
                    return known[1]
                raise
            found = rules(status, body)
            self._known[origin] = (now, found)
            await in_database(
                RobotsFile.objects.update_or_create,
                origin=origin,
                defaults={"fetched_at": now, "status": status, "body": body.replace("\0", "")},
            )
            return found

    async def _fetch(self, url: str) -> tuple[int, str]:
        try:
            fetched = await self._fetcher.fetch(FetchRequest(url))
        except FetchError as error:
            # An empty file is an answer. "Too many requests" is a wish to be left alone, not a missing file.
            if error.status and (error.status == 200 or (400 <= error.status < 500 and error.status != 429)):
                return error.status if error.status != 200 else 404, ""
            raise FetchError(
                url, error.fault, f"robots.txt: {error.reason}", error.status, error.retry_after
            ) from error
        assert not isinstance(fetched, NotModified), "no validators were sent"
        return fetched.status, fetched.document.body[:MAX_CHARACTERS].decode("utf-8", "replace")
