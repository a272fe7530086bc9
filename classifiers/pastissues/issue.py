"""Pure: what is found in a past issue: its number, its articles, and what they cite."""

from dataclasses import dataclass
from datetime import date

from monitor.errors import MonitorError


class PastIssueError(MonitorError):
    """A file cannot be read as a past issue; the text is what the editor reads."""


@dataclass(frozen=True, slots=True)
class Citation:
    """A document that an article names as its source; what is not printed is empty."""

    author: str
    #: In the document's own language.
    title: str
    medium: str
    #: The first of the month where only a month is printed.
    date: date | None
    #: As the bulletin prints it: 美 日 中 英 獨 佛 …
    country: str
    #: The whole citation as printed, on one line.
    raw: str


@dataclass(frozen=True, slots=True)
class PastArticleText:
    """One article, as printed; paragraphs stand on lines of their own."""

    #: The section's name in topics.yaml; empty where the issue does not tell.
    section: str
    #: Counts from 1 through the issue.
    order: int
    title: str
    text: str
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class PastIssueText:
    """One issue and its articles."""

    #: An id of topics.yaml.
    bulletin: str
    #: `2023-01`: a year and a month or a running number, whichever the bulletin counts by.
    number: str
    published_on: date | None
    articles: tuple[PastArticleText, ...]
