"""A page that an editor found: read or written down, kept as an entry, and accepted with its citation filled."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F

from monitor.articles import onepage
from monitor.config import settings
from monitor.documents import DateConfidence, FeedEntry
from monitor.errors import AddressRefused, FetchError, MonitorError, ParseError
from monitor.fetching.guard import check_url
from monitor.models import Entry
from monitor.sources import SourceConfig
from monitor.texts.text import clean_line
from review import catalogue
from review.deciding.decisions import Choice, decide
from review.issues.citing import Cited, cited_of, publisher
from review.models import Candidate

#: Longer than any address that people share.
LONGEST_URL = 2000
#: Characters of what an editor writes into one field.
LONGEST_LINE = 1000

#: Reads the page at an address as those of a source are read, if it is one's.
Reader = Callable[[str, SourceConfig | None, datetime], onepage.Page]

_CITED = ("cited_author", "cited_title", "cited_medium", "cited_as", "cited_on", "cited_url")
#: What `monitor.parsers.article` says of pages whose title is no article's.
_NO_ARTICLE = ("error page", "cookie wall", "no web page", "unreadable PDF")


class UnreadableError(MonitorError):
    """No article was found at an address; `fault` says by which of `monitor.errors`' words, or "page"."""

    def __init__(self, url: str, fault: str, reason: str) -> None:
        self.fault = fault
        self.reason = reason
        super().__init__(f"{url}: {reason}")


@dataclass(frozen=True, slots=True)
class Pasted:
    """What came of a pasted address."""

    candidate: Candidate
    entry: Entry
    #: It had come before, by itself or by hand.
    known: bool
    #: Its text could be read.
    has_text: bool


def address(text: str) -> str:
    """What was pasted as an http(s) address, https where it names no scheme; empty where it is none."""
    given = clean_line(text)
    url = given if "://" in given else f"https://{given}"
    try:
        host = check_url(url).hostname or ""
    except AddressRefused:
        return ""
    fits = "." in host or ":" in host or host == "localhost"
    return url if fits and len(url) <= LONGEST_URL else ""


def paste(url: str, editor: User, now: datetime, read: Reader = onepage.read_page) -> Pasted:
    """Reads the page at an address, keeps what it says and accepts it; what is known already is only accepted.

    Raises:
        UnreadableError: there is no article to be read.
        ConflictError: another editor has decided on its story before.
    """
    if entry := onepage.known(url):
        return _accept(entry, editor, now, known=True)
    page = _read(url, now, read)
    if entry := onepage.known(page.url):
        return _accept(entry, editor, now, known=True)
    article = page.article
    told = FeedEntry(
        0,
        article.title,
        page.url,
        published_raw=article.published_raw,
        published_at=article.published.at,
        date_confidence=article.published.confidence,
    )
    with transaction.atomic():
        return _accept(onepage.keep(told, article, now), editor, now, known=False)


def write_down(url: str, said: Cited, editor: User, now: datetime) -> Pasted:
    """Keeps what an editor wrote of a page that nobody but people can read, and accepts it.

    Raises:
        ConflictError: another editor has decided on its story before.
    """
    known = onepage.known(url)
    told = FeedEntry(
        0,
        said.title,
        url,
        author=said.author,
        published_raw=said.on.isoformat() if said.on else "",
        published_at=_midnight(said.on, url) if said.on else None,
        date_confidence=DateConfidence.DAY if said.on else DateConfidence.NONE,
    )
    with transaction.atomic():
        return _accept(
            known or onepage.keep(told, None, now), editor, now, known=known is not None, said=said
        )


def _read(url: str, now: datetime, read: Reader) -> onepage.Page:
    try:
        page = read(url, _publisher(url), now)
    except (FetchError, ParseError) as error:
        raise UnreadableError(url, error.fault, error.reason) from error
    if not page.article.title or page.article.reason.startswith(_NO_ARTICLE):
        raise UnreadableError(url, "page", page.article.reason or "no title")
    return page


def _publisher(url: str) -> SourceConfig | None:
    return publisher(url, list(catalogue.sources().values()))


def _midnight(day: date, url: str) -> datetime:
    """The start of a day where the page's publisher is."""
    source = _publisher(url)
    return datetime.combine(day, time(), source.zone if source else settings().timezone)


def _accept(entry: Entry, editor: User, now: datetime, *, known: bool, said: Cited | None = None) -> Pasted:
    with transaction.atomic():
        decide(entry.story_id, editor, Choice.ACCEPT, "web", now)
        candidate = Candidate.objects.select_for_update().get(story=entry.story_id)
        _fill(candidate, entry, said or Cited(), editor, now)
    return Pasted(candidate, entry, known, bool(entry.text or entry.summary or entry.content))


def _fill(candidate: Candidate, entry: Entry, said: Cited, editor: User, now: datetime) -> None:
    """Writes the citation of the very page that was pasted, unless somebody has written one already."""
    if any(getattr(candidate, name) for name in _CITED):
        return
    own = cited_of(entry)
    candidate.cited_author = said.author or own.author
    candidate.cited_title = said.title or own.title
    candidate.cited_medium = said.medium or own.medium
    candidate.cited_as = said.named or said.medium or own.named
    candidate.cited_on = said.on or own.on
    candidate.cited_url = own.url
    candidate.edited_at, candidate.edited_by = now, editor
    candidate.edition = F("edition") + 1
    candidate.save(update_fields=[*_CITED, "edited_at", "edited_by", "edition"])
    candidate.refresh_from_db()
