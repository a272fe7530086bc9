"""Pure: what a chart comes as: the drawing, and its numbers as a table."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString


@dataclass(frozen=True, slots=True)
class Fact:
    """A cell of the table: what it says, and where it leads."""

    text: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Key:
    """A sign of the drawing, and what it means."""

    sign: SafeString
    words: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart, as `review/parts/picture.html` shows it."""

    svg: SafeString
    title: str
    #: The table: its head, and its rows, each headed by its first fact.
    head: Sequence[str]
    rows: Sequence[Sequence[Fact]]
    keys: Sequence[Key] = ()
    #: How to read it: part of the drawing for those who do not see it, and for a page to say aloud.
    description: str = ""
