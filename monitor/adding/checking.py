"""What `monitor sources check` says of a source: one visit as a poll would make it, nothing stored."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from monitor.documents import Hints
from monitor.errors import FetchError, FetchFault, ParseError
from monitor.fetching.fetch import Fetched, Fetcher, NotModified
from monitor.fetching.robots import PAGES
from monitor.i18n import _
from monitor.parsers.parsing import Parsing
from monitor.polls.health import words
from monitor.polls.polling import request_for
from monitor.sources import SourceConfig

#: Returns where robots.txt lets us read an address; FetchError where it does not, or could not be had (`Robots.check`).
RobotsCheck = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one visit found."""

    source: str  #: its id
    enabled: bool
    format: str = ""  #: `monitor.documents.Feed.format`; empty where nothing was read
    entries: int = 0
    dated: int = 0  #: entries with a date
    newest_at: datetime | None = None
    encoding: str = ""  #: the Python codec that decoded it
    #: "304": a second request with the validators was answered "not modified"; "validators, but 200": the document
    #: came again (or whatever else is said); "none": the server gave no ETag or Last-Modified.
    conditional: str = ""
    robots: str = ""  #: "allowed", "disallowed", "unknown", or empty where it was not asked
    moved_to: str = ""  #: where a permanent redirect points
    hints: Hints = field(default_factory=Hints)
    not_polled: str = ""  #: one English line: why it would not be polled; empty where it would
    why_not: str = ""  #: the same for people
    notes: tuple[str, ...] = ()
    error: str = ""  #: one English line; empty where the document was read
    advice: str = ""  #: the error in the operator's words, with the mend

    def as_dict(self) -> dict[str, object]:
        """The line of `monitor sources check --json`. `conditional_get` is true only where a 304 came."""
        return {
            "source": self.source,
            "enabled": self.enabled,
            "format": self.format or None,
            "entries": self.entries,
            "dated": self.dated,
            "newest_at": self.newest_at.strftime("%Y-%m-%dT%H:%M:%SZ") if self.newest_at else None,
            "encoding": self.encoding or None,
            "conditional_get": self.conditional == "304",
            "conditional": self.conditional or None,
            "robots": self.robots or None,
            "moved_to": self.moved_to or None,
            "fresh_minutes": self.hints.fresh_minutes or None,
            "skip_hours": list(self.hints.skip_hours),
            "skip_days": list(self.hints.skip_days),
            "polled": not self.not_polled,
            "not_polled": self.not_polled or None,
            "notes": list(self.notes),
            "error": self.error or None,
        }

    def line(self, width: int = 0) -> str:
        """The finding for people, on one line; `width` is that of the longest id beside it."""
        if self.error:
            return f"✗ {self.source:{width}}  {self.advice} [{self.error}]"
        newest = f"{self.newest_at:%Y-%m-%d %H:%M}Z" if self.newest_at else "-"
        counts = _("{entries:>4}건, 날짜 {dated:>4}건").format(entries=self.entries, dated=self.dated)
        columns = f"{self.format:9} {counts}  {newest:17}  {self.encoding:9} "
        more = [
            {"304": _("조건부 요청 됨"), "none": _("조건부 요청 안 됨")}.get(
                self.conditional, _("조건부 요청에도 다시 보냄") if self.conditional else ""
            ),
            {
                "allowed": _("robots.txt 허용"),
                "disallowed": _("robots.txt 금지"),
                "unknown": _("robots.txt 모름"),
            }.get(self.robots, ""),
            _("옮겨 감: {url}").format(url=self.moved_to) if self.moved_to else "",
            *self._wishes(),
            *self.notes,
            _("확인하지 않음: {reason}").format(reason=self.why_not) if self.not_polled else "",
        ]
        return f"✓ {self.source:{width}}  {columns}" + " · ".join(part for part in more if part)

    def _wishes(self) -> list[str]:
        wishes = []
        if self.hints.fresh_minutes:
            wishes.append(_("{n}분에 한 번이면 된다고 함").format(n=self.hints.fresh_minutes))
        if self.hints.skip_hours:
            hours = ",".join(map(str, self.hints.skip_hours))
            wishes.append(_("쉬는 때(UTC): {hours}시").format(hours=hours))
        if self.hints.skip_days:
            days = ",".join(
                ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[day] for day in self.hints.skip_days
            )
            wishes.append(_("쉬는 날: {days}").format(days=days))
        return wishes


async def check(
    source: SourceConfig, fetcher: Fetcher, parsing: Parsing, now: datetime, robots: RobotsCheck | None = None
) -> Finding:
    """What one visit finds, and whether the server answers a second one with 304. A fault stands in the finding.

    Without `robots`, robots.txt is not asked; a page that it forbids is not fetched.
    """
    allowed, refusal = await _robots(source.addresses(now)[0], robots)
    not_polled, why_not = _not_polled(source, allowed)
    if refusal is not None and source.format in PAGES:
        # A page that we may not read is not read to find out more.
        return Finding(
            source.id, source.enabled, robots=allowed, not_polled=not_polled, why_not=why_not, error=refusal.reason, advice=words(refusal.fault)
        )  # fmt: skip
    try:
        address, fetched = await _fetch(source, fetcher, now)
        feed = await parsing.parse(fetched.document, source, now)
    except (FetchError, ParseError) as error:
        return Finding(
            source.id, source.enabled, robots=allowed, not_polled=not_polled, why_not=why_not, error=error.reason, advice=words(error.fault)
        )  # fmt: skip
    dates = [entry.published_at for entry in feed.entries if entry.published_at]
    permanent = fetched.redirects and all(hop.status in {301, 308} for hop in fetched.redirects)
    return Finding(
        source.id,
        source.enabled,
        format=feed.format,
        entries=len(feed.entries),
        dated=len(dates),
        newest_at=max(dates, default=None),
        encoding=feed.encoding,
        conditional=await _conditional(source, address, fetcher, fetched),
        robots=allowed,
        moved_to=fetched.document.url if permanent else "",
        hints=feed.hints,
        not_polled=not_polled,
        why_not=why_not,
        notes=feed.notes,
    )


async def _robots(address: str, robots: RobotsCheck | None) -> tuple[str, FetchError | None]:
    if robots is None:
        return "", None
    try:
        await robots(address)
    except FetchError as error:
        return ("disallowed" if error.fault is FetchFault.ROBOTS else "unknown"), error
    return "allowed", None


def _not_polled(source: SourceConfig, allowed: str) -> tuple[str, str]:
    """Why it would not be polled, for logs and for people; empty where it would."""
    if not source.enabled:
        return "switched off" + (f": {source.reason}" if source.reason else ""), source.reason or _("꺼 둠")
    if allowed == "disallowed" and source.format in PAGES:
        return "robots.txt disallows it", _("robots.txt 가 금합니다.")
    if allowed == "unknown" and source.format in PAGES:
        return "its robots.txt could not be had", _("robots.txt 를 읽지 못했습니다.")
    if source.fallback_for:
        reason = _("{source} 이(가) 실패할 때만").format(source=source.fallback_for)
        return f"only while {source.fallback_for} fails", reason
    return "", ""


async def _fetch(source: SourceConfig, fetcher: Fetcher, now: datetime) -> tuple[str, Fetched]:
    """The source's document and its address: the first there is, where an address holds the year."""
    *newer, last = source.addresses(now)
    for address in newer:
        try:
            return address, await _document(source, address, fetcher)
        except FetchError as error:
            # The new year's page may not be there yet.
            if error.status not in {404, 410}:
                raise
    return last, await _document(source, last, fetcher)


async def _document(source: SourceConfig, address: str, fetcher: Fetcher) -> Fetched:
    fetched = await fetcher.fetch(request_for(source, address))
    assert not isinstance(fetched, NotModified), "no validators were sent"
    return fetched


async def _conditional(source: SourceConfig, address: str, fetcher: Fetcher, fetched: Fetched) -> str:
    """What the server makes of a second request with the validators of the first."""
    if not (fetched.etag or fetched.last_modified):
        return "none"
    if fetched.redirects:
        # The validators are the last address's, and go to no other.
        return "validators, but behind a redirect"
    try:
        again = await fetcher.fetch(request_for(source, address, fetched.etag, fetched.last_modified))
    except FetchError as error:
        return f"validators, but {error.reason}"
    return "304" if isinstance(again, NotModified) else f"validators, but {again.status}"
