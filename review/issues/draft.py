"""Pure: an issue as it is to be printed, whatever the file."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from review.issues.citing import Cited

_UNKNOWN = Cited()


@dataclass(frozen=True, slots=True)
class DraftArticle:
    """One article, as its editor wrote it; what is empty is not written yet."""

    headline: str
    #: Its paragraphs, a line each. What stands above the first empty line is also what the summary table says.
    summary: str = ""
    #: 유망기술 클리핑 goes by field: 신소재, 배터리 …
    field: str = ""
    cited: Cited = _UNKNOWN
    responsible: str = ""


@dataclass(frozen=True, slots=True)
class DraftSection:
    """A section and its articles, in order; one without articles is printed too. No name: not placed yet."""

    name: str
    articles: tuple[DraftArticle, ...] = ()
    #: Whether it is a table of short notices, a technology a row.
    clippings: bool = False


@dataclass(frozen=True, slots=True)
class IssueDraft:
    """One number of a bulletin."""

    #: An id of topics.yaml, and what people call the bulletin.
    bulletin: str
    name: str
    #: "2026-12": as `Issue` has it.
    number: str
    published_on: date | None = None
    #: How its articles name their sources, as topics.yaml has it.
    citation: Literal["heading", "reference"] = "heading"
    sections: tuple[DraftSection, ...] = ()
