"""One poll of one source, its steps in their order, which is written here only: claim, fetch, parse, keep, judge, record."""

import asyncio
import hashlib
import logging
import random
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache

from django.db import DatabaseError

from monitor.database import is_down
from monitor.documents import Document, Feed
from monitor.errors import FetchError, MonitorError, ParseError
from monitor.fetching.fetch import Fetched, Fetcher, FetchRequest, NotModified
from monitor.fetching.headers import fresh_for
from monitor.fetching.robots import PAGES, Robots
from monitor.logs import logger
from monitor.models import Poll
from monitor.parsers.parsing import Parsing
from monitor.polls import keeping, store
from monitor.polls.cadence import Pace, Rhythm, learn, pace, unknown
from monitor.polls.gathering import Gathered
from monitor.polls.health import FAULTY
from monitor.polls.history import History
from monitor.polls.judging import SourceState, Visit, addresses_of, judge
from monitor.polls.keeping import Brought, Kept, Validators
from monitor.rests import Rest, name_of
from monitor.sources import SourceConfig
from monitor.texts.decode import decode
from monitor.texts.text import plain
from monitor.threads import in_database

#: Most polls find nothing; a log that says so each time hides what matters.
_LEVELS = {"error": logging.WARNING, "ok": logging.INFO, "not_modified": logging.DEBUG}
#: A source whose poll met a bug of ours rests this long; the others go on.
REST_AFTER_A_BUG = timedelta(hours=1)
#: Requests a day for each source, on average, where the operator set no number for all.
REQUESTS_A_SOURCE = 48
#: How long the pace that all sources share is used before it is worked out anew.
PACE_LASTS = timedelta(minutes=10)
#: How long a rhythm is, while its source brings nothing new.
RHYTHM_LASTS = timedelta(hours=6)
#: Documents that one transaction keeps: while it lasts nobody else writes.
DOCUMENTS_AT_ONCE = 16
#: A source that stands in for another one is polled once that one failed this often in a row.
FAILURES_BEFORE_FALLBACK = 3


@dataclass(frozen=True, slots=True)
class PollReport:
    """What one poll came to, as `monitor poll` prints it."""

    source: str
    status: str  #: "ok", "not_modified", "error" or "busy": somebody else has it under way
    entries: int = 0  #: of its document: all, those that were not known, and those that were corrected
    new: int = 0
    changed: int = 0
    error: str = ""  #: one English line of why, where the status is "error"
    seconds: float = 0.0

    def as_dict(self) -> dict[str, object]:
        """The line of `monitor poll --json`."""
        return {
            "source": self.source,
            "status": self.status,
            "entries": self.entries,
            "new": self.new,
            "changed": self.changed,
            "error": self.error or None,
            "seconds": round(self.seconds, 3),
        }


class Poller:
    """Polls sources, many at a time; claims, documents and visits of several polls share transactions."""

    def __init__(
        self,
        fetcher: Fetcher,
        parsing: Parsing,
        clock: Callable[[], datetime],
        *,
        robots: Robots | None = None,
        sources: Sequence[SourceConfig] = (),
        budget: int = 0,
    ) -> None:
        """`sources` are all that share `budget` requests a day; 0 means `REQUESTS_A_SOURCE` for each."""
        self._fetcher = fetcher
        self._parsing = parsing
        self._robots = robots or Robots(fetcher, clock)
        self._clock = clock
        self._sources = sources
        self._budget = budget
        self._shared: tuple[datetime, Pace] | None = None
        self._pacing = asyncio.Lock()
        #: Of the database, which fails for all sources alike.
        self.rest = Rest("poll's database")
        self._rhythms: dict[str, tuple[datetime, History, Rhythm]] = {}
        self._claim = Gathered[store.Claim, SourceState | None](
            lambda wanted: in_database(store.claim, wanted, clock())
        )
        self._keep = Gathered[Brought, Kept](
            lambda brought: in_database(keeping.keep_all, brought, clock()), most=DOCUMENTS_AT_ONCE
        )
        self._record = Gathered[store.Visited, None](lambda visits: in_database(store.record, visits))

    async def poll(
        self, source: SourceConfig, *, take_over: bool = False, if_due: bool = False
    ) -> PollReport:
        """Visits one source; whatever it does to us ends in the report, and nothing is raised but CancelledError.

        `take_over` polls although somebody else has it under way; `if_due` only where it is due still (`store.Claim`).

        A database that does not take what we write is no fault of the source's: nothing is fetched where the claim was not
        taken, and what could not be kept is fetched again when the claim has run out.
        """
        try:
            report = await self._poll(source, store.Claim(source.id, take_over, if_due))
        except DatabaseError as error:
            self.rest.failed(error)
            return PollReport(source.id, "error", error=f"database: {name_of(error)}")
        self.rest.worked()
        return report

    async def _poll(self, source: SourceConfig, claim: store.Claim) -> PollReport:
        started_at, started = self._clock(), time.monotonic()
        state = await self._claim(claim)
        if state is None:
            return PollReport(source.id, "busy")
        visit = await self._visit(source, state)
        seconds = time.monotonic() - started
        now = self._clock()
        known, rhythm = await self._rhythm(source, visit, now)
        # Spread, not secrecy.
        jitter = random.random()  # noqa: S311
        judged = judge(source, state, visit, known, rhythm, await self._pace(source, now), now, jitter)
        poll = Poll(
            source_id=source.id,
            started_at=started_at,
            seconds=seconds,
            status=visit.status,
            http_status=visit.http_status,
            entries=len(visit.feed.entries) if visit.feed else 0,
            new=visit.new,
            changed=visit.changed,
            error=visit.reason if visit.status == "error" else "",
            notes=list(visit.feed.notes) if visit.feed else [],
        )
        await self._record(store.Visited(poll, judged, now))
        level = _LEVELS[visit.status]
        if logging.getLogger().isEnabledFor(level):
            # Making a line that nobody reads takes as long as writing the poll down.
            logger.log(
                level,
                "poll",
                source=source.id,
                status=visit.status,
                entries=poll.entries if visit.feed else None,
                new=poll.new or None,
                reason=visit.reason or None,
                failures=state.failures + 1 if visit.status == "error" else None,
                state=judged.health.state if judged.health.state in FAULTY else None,
                next_poll_at=f"{judged.due_at:%Y-%m-%dT%H:%MZ}",
            )
        return PollReport(source.id, visit.status, poll.entries, poll.new, poll.changed, poll.error, seconds)

    async def poll_all(
        self, sources: Iterable[SourceConfig], *, take_over: bool = False, at_once: int = 40
    ) -> AsyncIterator[PollReport]:
        """Visits every source, at most `at_once` together; yields each report as it comes, in no promised order."""
        left = iter(sources)
        told = asyncio.Queue[PollReport | None]()

        async def visit() -> None:
            try:
                for source in left:
                    told.put_nowait(await self.poll(source, take_over=take_over))
            finally:
                told.put_nowait(None)

        visitors = [asyncio.create_task(visit()) for _ in range(at_once)]
        try:
            # Whose end it is that a None tells, is all the same.
            for _ in visitors:
                while (report := await told.get()) is not None:
                    yield report
            for visitor in visitors:
                await visitor
        finally:
            for visitor in visitors:
                visitor.cancel()

    async def _visit(self, source: SourceConfig, state: SourceState) -> Visit:
        try:
            return await self._fetch_and_keep(source, state)
        except FetchError as error:
            return Visit(
                "error",
                http_status=error.status,
                fault=error.fault,
                reason=error.reason,
                retry_after=error.retry_after,
            )
        except _Unread as error:
            bad = _what_it_was(error.document, source, self._clock())
            return Visit("error", fault=error.fault, reason=error.reason, bad_sample=bad)
        except MonitorError as error:
            return Visit("error", reason=str(error))
        except Exception as error:
            # A bug in one source's poll must not end the others'; a database that is down is no fault of the source's.
            if isinstance(error, DatabaseError) and is_down(error):
                raise
            logger.exception("poll failed by a bug", source=source.id)
            return Visit(
                "error", reason=f"internal error: {type(error).__name__}", retry_after=REST_AFTER_A_BUG
            )

    async def _fetch_and_keep(self, source: SourceConfig, state: SourceState) -> Visit:
        visits = await self._fetch(source, state)
        documents = [visit.document for visit in visits if isinstance(visit, Fetched)]
        redirects = visits[0].redirects if isinstance(visits[0], Fetched) else ()
        seen = Visit(
            "not_modified",
            http_status=visits[0].status,
            redirects=redirects,
            fresh_for=fresh_for(
                visits[0].headers if isinstance(visits[0], NotModified) else documents[0].headers
            ),
        )
        if not documents:
            return seen
        body_hash = hashlib.sha256(b"".join(document.body for document in documents)).hexdigest()
        if body_hash == state.body_hash:
            return seen
        now = self._clock()
        try:
            feed = merged([await self._parsing.parse(document, source, now) for document in documents])
        except ParseError as error:
            raise _Unread(error, documents[0]) from error
        etag, last_modified = (
            (visits[0].etag, visits[0].last_modified) if isinstance(visits[0], Fetched) else ("", "")
        )
        kept = await self._keep(Brought(source, feed, Validators(etag, last_modified, body_hash)))
        return replace(seen, status="ok", feed=feed, new=kept.new, changed=kept.changed)

    async def _fetch(self, source: SourceConfig, state: SourceState) -> Sequence[Fetched | NotModified]:
        """The source's documents: one, but around New Year where an address holds the year."""
        addresses = addresses_of(source, state, self._clock())
        validators = (state.etag, state.last_modified) if len(addresses) == 1 else ("", "")
        visits: list[Fetched | NotModified] = []
        missing: FetchError | None = None
        for address in addresses:
            if source.format in PAGES:
                await self._robots.check(address)
            try:
                visits.append(await self._fetcher.fetch(request_for(source, address, *validators)))
            except FetchError as error:
                # The new year's page may not be there yet; the old year's may be gone.
                if len(addresses) == 1 or error.status not in {404, 410}:
                    raise
                missing = error
        if missing and not visits:
            raise missing
        return visits

    async def _rhythm(self, source: SourceConfig, visit: Visit, now: datetime) -> tuple[History, Rhythm]:
        """The source's history and what is learned from it: anew where it brought something, else now and then."""
        last = self._rhythms.get(source.id)
        if last is None or visit.new or now - last[0] > RHYTHM_LASTS:
            known = await in_database(store.history, source.id, now)
            rhythm = learn(known.times, now=now, since=known.since, zone=source.zone, country=source.country)
            last = self._rhythms[source.id] = now, known, rhythm
        return last[1], last[2]

    async def _pace(self, source: SourceConfig, now: datetime) -> Pace:
        """The pace that all sources share, worked out anew now and then."""
        # Polls that find it old at the same moment wait for the first of them.
        async with self._pacing:
            if self._shared is None or now - self._shared[0] > PACE_LASTS:
                on = [one for one in self._sources if one.enabled] or [source]
                # Off the loop: of tens of thousands of sources it is worked out in a tenth of a second and more.
                self._shared = now, await in_database(_pace_of, on, self._budget)
        return self._shared[1]


def _pace_of(sources: Sequence[SourceConfig], budget: int) -> Pace:
    weights = store.weights()
    guess = cache(lambda zone: unknown(zone).weight)
    parts = [(weights.get(one.id) or guess(one.zone), one.interval) for one in sources]
    return pace(budget or REQUESTS_A_SOURCE * len(sources), parts)


class _Unread(ParseError):
    """A document that could not be read, with what it looked like."""

    def __init__(self, error: ParseError, document: Document) -> None:
        super().__init__(error.fault, error.reason)
        self.document = document


def _what_it_was(document: Document, source: SourceConfig, now: datetime) -> dict[str, object]:
    """What a document that could not be read looked like, for the operator's eyes."""
    head = decode(document.body[:20_000], document.headers.get("content-type", ""), source.encoding).text
    return {
        "at": now.isoformat(),
        "content_type": document.headers.get("content-type", "")[:100],
        "text": plain(head)[:400],
    }


def merged(feeds: Sequence[Feed]) -> Feed:
    """Several documents of one source as one feed, the entries in their order; all else is the first one's. At least one."""
    if len(feeds) == 1:
        return feeds[0]
    entries = [entry for feed in feeds for entry in feed.entries]
    numbered = tuple(replace(entry, position=position) for position, entry in enumerate(entries))
    notes = tuple(note for feed in feeds for note in feed.notes)
    return replace(feeds[0], entries=numbered, notes=notes)


def request_for(source: SourceConfig, address: str, etag: str = "", last_modified: str = "") -> FetchRequest:
    """The request that a source's stanza asks for, with the validators that its server gave last time."""
    return FetchRequest(
        address,
        etag=etag,
        last_modified=last_modified,
        method=source.method,
        form=source.form or None,
        headers=source.headers or None,
    )


def wanted(
    known: Mapping[str, SourceConfig], due: Iterable[str], failing: Collection[str]
) -> Iterator[SourceConfig]:
    """Those of `due`, in its order, that are known and on.

    One that stands in for another is wanted only while that one is `failing` or off.
    """
    for source_id in due:
        source = known.get(source_id)
        if source is not None and source.enabled and _is_its_turn(source, known, failing):
            yield source


def _is_its_turn(source: SourceConfig, known: Mapping[str, SourceConfig], failing: Collection[str]) -> bool:
    if not source.fallback_for or source.fallback_for in failing:
        return True
    first = known.get(source.fallback_for)
    return first is not None and not first.enabled


def due_sources(known: Mapping[str, SourceConfig], now: datetime) -> Iterator[SourceConfig]:
    """The sources to poll now, the longest due first; `known` are all stanzas by their ids. Read as they are asked for."""
    return wanted(known, store.due(now), store.failing(FAILURES_BEFORE_FALLBACK))
