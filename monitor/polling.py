"""One poll of one source: the order of its steps is written here only."""

import asyncio
import hashlib
import random
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor import store
from monitor.cadence import next_poll_at
from monitor.documents import Feed
from monitor.errors import FetchError, FetchFault, MonitorError, ParseError, ParseFault
from monitor.fetch import Fetcher, FetchRequest, NotModified
from monitor.health import Health, assess
from monitor.logs import logger
from monitor.models import Poll
from monitor.parsing import Parsing
from monitor.sources import SourceConfig
from monitor.threads import in_database

#: Most polls find nothing; a log that says so each time hides what matters.
_LEVELS = {"error": "warning", "ok": "info", "not_modified": "debug"}
#: A source whose poll met a bug of ours rests this long; the others go on.
REST_AFTER_A_BUG = timedelta(hours=1)
#: A source that stands in for another one is polled once that one failed this often in a row.
FAILURES_BEFORE_FALLBACK = 3

Fault = FetchFault | ParseFault


@dataclass(frozen=True, slots=True)
class PollReport:
    """What one poll came to, as `monitor poll` prints it."""

    source: str
    status: str  #: "ok", "not_modified", "error" or "busy"
    entries: int = 0
    new: int = 0
    changed: int = 0
    error: str = ""
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


@dataclass(frozen=True, slots=True)
class _Outcome:
    """A visit before it is recorded."""

    status: str
    feed: Feed | None = None
    kept: store.Kept = field(default_factory=store.Kept)
    http_status: int | None = None
    fault: Fault | None = None
    reason: str = ""
    retry_after: timedelta | None = None


class Poller:
    """Polls sources: claim, fetch, parse, keep, record."""

    def __init__(self, fetcher: Fetcher, parsing: Parsing, clock: Callable[[], datetime]) -> None:
        self._fetcher = fetcher
        self._parsing = parsing
        self._clock = clock

    async def poll(self, source: SourceConfig, *, take_over: bool = False) -> PollReport:
        """Visits one source; whatever it does to us ends in the report, but for a cancelled poll."""
        started_at, started = self._clock(), time.monotonic()
        state = await in_database(store.claim, source.id, started_at, take_over=take_over)
        if state is None:
            return PollReport(source.id, "busy")
        outcome = await self._visit(source, state)
        seconds = time.monotonic() - started
        now = self._clock()
        health, due_at = self._judge(source, state, outcome, now)
        poll = Poll(
            source_id=source.id,
            started_at=started_at,
            seconds=seconds,
            status=outcome.status,
            http_status=outcome.http_status,
            entries=len(outcome.feed.entries) if outcome.feed else 0,
            new=outcome.kept.new,
            changed=outcome.kept.changed,
            error=outcome.reason if outcome.status == "error" else "",
            notes=list(outcome.feed.notes) if outcome.feed else [],
        )
        await in_database(store.record, poll, health, due_at, now)
        log = getattr(logger, _LEVELS[outcome.status])
        log(
            "poll",
            source=source.id,
            status=outcome.status,
            entries=poll.entries if outcome.feed else None,
            new=poll.new or None,
            reason=outcome.reason or None,
            failures=state.failures + 1 if outcome.status == "error" else None,
            next_poll_at=due_at.strftime("%Y-%m-%dT%H:%MZ"),
        )
        return PollReport(
            source.id, outcome.status, poll.entries, poll.new, poll.changed, poll.error, seconds
        )

    async def poll_all(
        self, sources: Iterable[SourceConfig], *, take_over: bool = False, at_once: int = 32
    ) -> AsyncIterator[PollReport]:
        """Visits every source, at most `at_once` together, and reports each as it ends; the fetcher sees to its hosts' own limits."""
        gate = asyncio.Semaphore(at_once)

        async def one(source: SourceConfig) -> PollReport:
            async with gate:
                return await self.poll(source, take_over=take_over)

        for done in asyncio.as_completed([one(source) for source in sources]):
            yield await done

    async def _visit(self, source: SourceConfig, state: store.SourceState) -> _Outcome:
        try:
            return await self._fetch_and_keep(source, state)
        except FetchError as error:
            return _Outcome(
                "error",
                http_status=error.status,
                fault=error.fault,
                reason=error.reason,
                retry_after=error.retry_after,
            )
        except ParseError as error:
            return _Outcome("error", fault=error.fault, reason=error.reason)
        except MonitorError as error:
            return _Outcome("error", reason=str(error))
        except Exception as error:  # noqa: BLE001 -- a bug in one source's poll must not end the others'
            logger.exception("poll failed by a bug", source=source.id)
            return _Outcome(
                "error", reason=f"internal error: {type(error).__name__}", retry_after=REST_AFTER_A_BUG
            )

    async def _fetch_and_keep(self, source: SourceConfig, state: store.SourceState) -> _Outcome:
        fetched = await self._fetcher.fetch(request_for(source, state.etag, state.last_modified))
        if isinstance(fetched, NotModified):
            return _Outcome("not_modified", http_status=fetched.status)
        body_hash = hashlib.sha256(fetched.document.body).hexdigest()
        if body_hash == state.body_hash:
            return _Outcome("not_modified", http_status=fetched.status)
        now = self._clock()
        feed = await self._parsing.parse(fetched.document, source, now)
        validators = store.Validators(fetched.etag, fetched.last_modified, body_hash)
        kept = await in_database(store.keep, source, feed, validators, now)
        return _Outcome("ok", feed, kept, fetched.status)

    def _judge(
        self, source: SourceConfig, state: store.SourceState, outcome: _Outcome, now: datetime
    ) -> tuple[Health, datetime]:
        failures = state.failures + 1 if outcome.status == "error" else 0
        new_at = (now, *state.recent_new_at) if outcome.kept.new else state.recent_new_at
        health = assess(
            now=now,
            failures=failures,
            fault=outcome.fault,
            reason=outcome.reason,
            entries=len(outcome.feed.entries) if outcome.feed else None,
            newest_at=_newest(outcome.feed, new_at),
            stale_after=source.stale_after,
            before=state.state,
        )
        due_at = next_poll_at(
            now=now,
            interval=source.interval,
            failures=failures,
            fault=outcome.fault,
            retry_after=outcome.retry_after,
            recent_new_at=new_at,
            # Spread, not secrecy.
            jitter=random.random(),  # noqa: S311
        )
        return health, due_at


def request_for(source: SourceConfig, etag: str = "", last_modified: str = "") -> FetchRequest:
    """The request that a source's stanza asks for, with the validators that its server gave last time."""
    return FetchRequest(
        source.url,
        etag=etag,
        last_modified=last_modified,
        method=source.method,
        form=source.form or None,
        headers=source.headers or None,
    )


def wanted(sources: Sequence[SourceConfig], due: set[str], failing: set[str]) -> list[SourceConfig]:
    """Those of `sources` that are on and due; one that stands in for another only while that one is failing or off."""
    off = {source.id for source in sources if not source.enabled}
    return [
        source
        for source in sources
        if source.enabled
        and source.id in due
        and (not source.fallback_for or source.fallback_for in failing | off)
    ]


def due_sources(sources: Sequence[SourceConfig], now: datetime) -> list[SourceConfig]:
    """The sources to poll now, by what the store says of them."""
    return wanted(sources, store.due(now), store.failing(FAILURES_BEFORE_FALLBACK))


def _newest(feed: Feed | None, new_at: Sequence[datetime]) -> datetime | None:
    """When something new was last known to appear: by the feed's own dates, else by when we first saw it."""
    dates = [entry.published_at for entry in feed.entries if entry.published_at] if feed else []
    return max([*dates, *new_at], default=None)
