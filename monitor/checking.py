"""What an operator wants to know of a source before trusting it: one visit, nothing stored."""

from dataclasses import dataclass
from datetime import datetime

from monitor.errors import FetchError, ParseError
from monitor.fetch import Fetcher, NotModified
from monitor.health import words
from monitor.i18n import _
from monitor.parsing import Parsing
from monitor.polling import request_for
from monitor.sources import SourceConfig


@dataclass(frozen=True, slots=True)
class Finding:
    """What one visit found."""

    source: str
    enabled: bool
    format: str = ""
    entries: int = 0
    dated: int = 0  #: entries with a date
    newest_at: datetime | None = None
    encoding: str = ""
    conditional: bool = False  #: the server gave an ETag or Last-Modified
    moved_to: str = ""  #: where a permanent redirect points
    notes: tuple[str, ...] = ()
    error: str = ""
    advice: str = ""  #: the error in the operator's words, with the mend

    def as_dict(self) -> dict[str, object]:
        """The line of `monitor sources check --json`."""
        return {
            "source": self.source,
            "enabled": self.enabled,
            "format": self.format or None,
            "entries": self.entries,
            "dated": self.dated,
            "newest_at": self.newest_at.strftime("%Y-%m-%dT%H:%M:%SZ") if self.newest_at else None,
            "encoding": self.encoding or None,
            "conditional_get": self.conditional,
            "moved_to": self.moved_to or None,
            "notes": list(self.notes),
            "error": self.error or None,
        }

    def __str__(self) -> str:
        if self.error:
            return f"✗ {self.source}  {self.advice} [{self.error}]"
        newest = f"{self.newest_at:%Y-%m-%d %H:%MZ}" if self.newest_at else _("날짜 없음")
        parts = [
            self.format,
            _("{n}건").format(n=self.entries),
            _("최신 {date}").format(date=newest),
            self.encoding,
            _("조건부 요청 됨") if self.conditional else _("조건부 요청 안 됨"),
        ]
        if self.moved_to:
            parts.append(_("옮겨 감: {url}").format(url=self.moved_to))
        return f"✓ {self.source}  " + " · ".join(part for part in (*parts, *self.notes) if part)


async def check(source: SourceConfig, fetcher: Fetcher, parsing: Parsing, now: datetime) -> Finding:
    """Fetches and parses a source once, as a poll would."""
    try:
        fetched = await fetcher.fetch(request_for(source))
        assert not isinstance(fetched, NotModified), "no validators were sent"
        feed = await parsing.parse(fetched.document, source, now)
    except (FetchError, ParseError) as error:
        return Finding(source.id, source.enabled, error=error.reason, advice=words(error.fault))
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
        conditional=bool(fetched.etag or fetched.last_modified),
        moved_to=fetched.document.url if permanent else "",
        notes=feed.notes,
    )
