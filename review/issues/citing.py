"""How an article names where it comes from: `(日 경제산업성, 1.13)`, `(참고 : METI, 原題, 2025.1.13.)`, a reference list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import takewhile
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from monitor.documents import DateConfidence
from monitor.sources import SourceConfig
from review import catalogue
from review.labels import country_sign

if TYPE_CHECKING:
    from monitor.models import Entry
    from review.models import Candidate

#: A Korean bulletin prints no sign before its own country's bodies, and there is none for bodies of many countries.
_UNSIGNED = ("", "KR", "INT")


@dataclass(frozen=True, slots=True)
class Cited:
    """What a bulletin prints of an article's origin. Empty is what nobody knows yet."""

    author: str = ""
    #: In the document's own language.
    title: str = ""
    #: The medium or organisation as a reference list names it.
    medium: str = ""
    #: The same as a heading names it, with its country's sign: 日 경제산업성.
    named: str = ""
    on: date | None = None
    url: str = ""


def cited(candidate: Candidate) -> Cited:
    """A candidate's citation: what its editor wrote, and where that is empty what the story's lead says."""
    story = candidate.story
    lead = story.lead or story.entries.order_by("id").first()
    said = cited_of(lead) if lead else Cited()
    return Cited(
        author=candidate.cited_author or said.author,
        title=candidate.cited_title or said.title,
        medium=candidate.cited_medium or said.medium,
        named=candidate.cited_as or said.named,
        on=candidate.cited_on or said.on,
        url=candidate.cited_url or said.url,
    )


def cited_of(entry: Entry) -> Cited:
    """An entry's citation by what its source published and by what sources.yaml calls that source."""
    sources = catalogue.sources()
    source = sources.get(entry.source_id) or publisher(entry.url, list(sources.values()))
    return Cited(
        author=entry.author,
        title=entry.title,
        # Of a publisher that sources.yaml does not have, its host says at least who it is.
        medium=source.organisation if source else _place(entry.url)[0],
        named=named(source.citation.name, source.country) if source else _place(entry.url)[0],
        on=_day(entry, source),
        url=entry.url,
    )


def named(name: str, country: str) -> str:
    """`name` behind its country's sign, unless it has one already: 日 경제산업성 of 경제산업성 and JP."""
    sign = "" if country in _UNSIGNED else country_sign(country, "ko")
    if not name or not sign or sign == country != "EU":
        return name
    first = name.split()[0]
    signed = first == sign or (len(first) == 1 and not first.isascii())
    return name if signed else f"{sign} {name}"


def publisher(url: str, sources: list[SourceConfig]) -> SourceConfig | None:
    """The source that an address belongs to by its host; of several on one host the one whose path is most alike."""
    host, path = _place(url)
    same = [source for source in sources if host and _place(source.url)[0] == host]
    return max(same, key=lambda source: _alike(_place(source.url)[1], path), default=None)


def _alike(path: str, other: str) -> int:
    """How many folders two paths share from the root on."""
    pairs = zip(path.split("/"), other.split("/"), strict=False)
    return sum(1 for _pair in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _place(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return (parts.hostname or "").removeprefix("www."), parts.path


def _day(entry: Entry, source: SourceConfig | None) -> date | None:
    """The day that the source's readers saw on it, in their own zone."""
    if entry.published_at is None or entry.date_confidence == DateConfidence.NONE:
        return None
    zone = source.zone if source else catalogue.source_zone(entry.source_id)
    return entry.published_at.astimezone(zone).date()
