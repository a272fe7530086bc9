"""Pure: what a summary tells, by bulletin and section, and how it is cut to a length."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from classifiers.sections import section_of
from classifiers.taxonomy import Bulletin

#: Stories that a section names, and all sections together; the rest is counted.
MOST_A_SECTION, MOST = 5, 30
#: Lines of what was not delivered, and of sources with a fault.
MOST_LINES = 10


@dataclass(frozen=True, slots=True)
class Item:
    """A story, everything about it in the words that people read."""

    title: str
    page: str  #: its address on our own pages
    url: str  #: at its source; empty where a reader should not be sent there
    lang: str
    source: str
    country: str  #: its sign
    when: str
    topics: tuple[str, ...]
    why: str
    similar: int
    #: What editors decided already, in a word.
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """A story with what its place in a summary goes by."""

    story: int
    item: Item
    topics: tuple[str, ...]  #: ids
    kind: str
    regions: tuple[str, ...]
    relevance: float
    #: Came in quiet hours and was not told then.
    rolled: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """Stories under one heading, the most relevant first; `total` counts also those that are not named."""

    bulletin: str  #: its name, or that of what no bulletin has a place for; empty for the quiet hours'
    name: str  #: empty where the bulletin's name says it all
    items: tuple[Item, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Contents:
    """What a summary tells, before it has a form."""

    day: date
    language: str
    #: Of the quiet hours alone, told at their end.
    quiet: bool
    rolled: tuple[Item, ...]
    rolled_total: int
    sections: tuple[Section, ...]
    #: Lines: what did not reach whom and why; sources with a fault. And how many such lines there are in all.
    undelivered: tuple[str, ...] = ()
    undelivered_total: int = 0
    faults: tuple[str, ...] = ()
    faults_total: int = 0
    #: Addresses of our pages, and of the one that ends these messages.
    links: Mapping[str, str] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many stories there are to tell."""
        return self.rolled_total + sum(section.total for section in self.sections)

    @property
    def shown(self) -> int:
        """How many of them it names."""
        return len(self.rolled) + sum(len(section.items) for section in self.sections)

    @property
    def rest(self) -> int:
        """How many of them it only counts."""
        return self.total - self.shown

    @property
    def first_title(self) -> str:
        """The title of the story that it names first; empty where it names none."""
        items = [*self.rolled, *(item for section in self.sections for item in section.items)]
        return items[0].title if items else ""


def in_sections(stories: Sequence[Told], bulletins: Sequence[Bulletin], other: str) -> tuple[Section, ...]:
    """The stories by bulletin and section as topics.yaml lists them; what none takes stands last, under `other`.

    A story stands once, under the first bulletin that takes it.
    """
    headings = [(bulletin.name, section.name) for bulletin in bulletins for section in bulletin.sections]
    found: dict[tuple[str, str], list[Item]] = {heading: [] for heading in [*headings, (other, "")]}
    for told in sorted(stories, key=lambda told: -told.relevance):
        found[_place(told, bulletins) or (other, "")].append(told.item)
    return tuple(
        Section(bulletin, name, tuple(items), len(items))
        for (bulletin, name), items in found.items()
        if items
    )


def shortened(contents: Contents, most: int = MOST, lines: int = MOST_LINES) -> Contents:
    """At most so many stories named: the first of every section before the second of any, the quiet hours' before all.

    And at most so many lines of what was not delivered, and of faults.
    """
    rolled = contents.rolled[:most]
    left = most - len(rolled)
    turns = sorted(
        (rank, place)
        for place, section in enumerate(contents.sections)
        for rank in range(min(len(section.items), MOST_A_SECTION))
    )
    named = [0] * len(contents.sections)
    for _rank, place in turns[:left]:
        named[place] += 1
    return replace(
        contents,
        rolled=rolled,
        sections=tuple(
            replace(section, items=section.items[:count])
            for section, count in zip(contents.sections, named, strict=True)
        ),
        undelivered=contents.undelivered[:lines],
        faults=contents.faults[:lines],
    )


def _place(told: Told, bulletins: Sequence[Bulletin]) -> tuple[str, str] | None:
    for bulletin in bulletins:
        section = section_of(bulletin, told.topics, told.kind, told.regions)
        if section is not None:
            return bulletin.name, section.name
    return None
