"""Pure: the values that pass between the steps of a poll; nothing here does anything.

fetch ─► Document ─► parse ─► Feed of FeedEntry ─► identify ─► store
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal, get_args

#: How a source's documents are read: the keys of `monitor.parsers.PARSERS`.
Format = Literal["feed", "json_feed", "listing", "json_list", "sitemap"]
FORMATS: tuple[str, ...] = get_args(Format)


class DateConfidence(StrEnum):
    """How much of a published date the feed itself said."""

    INSTANT = "instant"  # a time with its zone
    LOCAL = "local"  # a time without a zone: the source's own was assumed
    DAY = "day"  # a day only
    NONE = "none"  # no date, or none that can be true


class TextSource(StrEnum):
    """Where an entry's longest text came from."""

    FEED = "feed"  # its feed or listing
    PAGE = "page"  # its own web page
    PDF = "pdf"  # the PDF that it links to
    NONE = "none"  # a headline is all there is


@dataclass(frozen=True, slots=True)
class Hints:
    """What a feed asks of those who poll it (https://www.rssboard.org/rss-specification, RSS 1.0's module Syndication)."""

    #: RSS <ttl> or sy:updatePeriod over sy:updateFrequency: minutes for which a copy is fresh; 0 where unsaid.
    fresh_minutes: int = 0
    #: RSS <skipHours>, hours of UTC from 0 to 23.
    skip_hours: tuple[int, ...] = ()
    #: RSS <skipDays>, days of UTC from 0 (Monday) to 6.
    skip_days: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """What a server sent, undecoded: the bytes after Content-Encoding, and the address that they came from."""

    url: str  #: after redirects; relative links are resolved against it
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)  #: names in lower case


@dataclass(frozen=True, slots=True)
class Redirect:
    """One redirect of a fetch: its HTTP status, and the absolute address that it led to."""

    status: int
    url: str


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One item of a feed or row of a listing, as published: no text is cleaned but the title's."""

    position: int  #: from 0, in the document's order
    title: str  #: plain text: entities and tags resolved, one line
    link: str = ""  #: absolute http(s) address, or empty
    guid: str = ""  #: empty where the feed gave none
    summary: str = ""  #: as published, HTML or text
    content: str = ""  #: the full text, where the feed carries it
    author: str = ""
    language: str = ""  #: as the feed says, such as "ja"; empty where it does not
    published_raw: str = ""  #: the date string as published
    published_at: datetime | None = None  #: aware UTC
    date_confidence: DateConfidence = DateConfidence.NONE
    #: Summary or content as one line of plain text; None where it was not read yet. Whoever parses reads it, in a
    #: process that can be killed: megabytes of mark-up are work.
    readable: str | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """A parsed document; a text is empty where the document does not have it."""

    format: str  #: "rss20", "atom10", "json_feed", "listing" …
    entries: tuple[FeedEntry, ...]  #: in the document's order; a sitemap's newest first
    title: str = ""  #: plain text, one line
    link: str = ""  #: absolute address of the page that the feed belongs to
    language: str = ""  #: as the feed says, such as "ja"
    hints: Hints = Hints()
    encoding: str = ""  #: the Python codec that decoded it
    found: int = 0  #: how many entries the document has, where not all of them were read
    #: What an operator should know: "cut at 2000 entries", "decoded as cp949 though it says euc-kr".
    notes: tuple[str, ...] = ()
