"""Pure: which of the entries that are kept may tell the same as a new one, by the rare grams that they share.

An inverted index (Bayardo, Ma and Srikant 2007 call the like prefix filtering). An entry is filed under those few of its
grams that the fewest entries are filed under, and searched for by all that it has. A gram that MOST_PER_KEY entries are
filed under is no rare one: no more are filed under it until those are past. So a search reads as little when much is
kept, and what stands in every headline is under nothing.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

#: A gram's hash; or what is one and the same in both: their link, their title.
Key = int | str

#: Entries filed under a gram. Copies of one report have long been joined when there are so many of them.
MOST_PER_KEY = 30
#: Grams of its headline that an entry is filed under, and grams of its lead.
TITLE_FILED, LEAD_FILED = 6, 4
#: How many of these another must have for a closer look; of a headline of few grams half are enough.
TITLE_SHARED, LEAD_SHARED = 3, 2
#: How many entries get a closer look for their headlines, and for their leads: those that share the most.
MOST_NEAR = 8


class Filed(NamedTuple):
    """One line of the index: an entry's number under a key."""

    key: Key
    entry: int


@dataclass(frozen=True, slots=True)
class Marks:
    """What an entry is searched by."""

    #: Grams of its headline and of its lead.
    title: tuple[int, ...] = ()
    lead: tuple[int, ...] = ()
    #: Hashes of its link and its title.
    whole: tuple[str, ...] = ()


class Index:
    """Entries, told by their numbers, by what they are filed under."""

    def __init__(self, filed: Iterable[Filed] = ()) -> None:
        self._by: dict[Key, list[int]] = {}
        for key, entry in filed:
            self._by.setdefault(key, []).append(entry)

    def near(self, marks: Marks) -> list[int]:
        """The entries that share enough with these marks, each once: those of one link or title, then the most alike."""
        found = [entry for entries in self._under(marks.whole) for entry in entries[:MOST_PER_KEY]]
        for grams, least in ((marks.title, TITLE_SHARED), (marks.lead, LEAD_SHARED)):
            shared = Counter(chain.from_iterable(self._under(grams)))
            enough = min(least, (len(grams) + 1) // 2)
            alike = sorted((-count, entry) for entry, count in shared.items() if count >= enough)
            found += [entry for _count, entry in alike[:MOST_NEAR]]
        return list(dict.fromkeys(found))

    def file(self, entry: int, marks: Marks) -> list[int]:
        """Files an entry under its rarest grams, its link and its title; the grams that it is now filed under."""
        rare = [*self._rarest(marks.title, TITLE_FILED), *self._rarest(marks.lead, LEAD_FILED)]
        keys: list[Key] = [*rare, *marks.whole]
        for key in keys:
            self._by.setdefault(key, []).append(entry)
        return rare

    def _under(self, keys: Sequence[Key]) -> Iterable[list[int]]:
        return (self._by[key] for key in keys if key in self._by)

    def _rarest(self, grams: Sequence[int], count: int) -> list[int]:
        ranked = sorted((len(self._by.get(gram, ())), gram) for gram in grams)
        return [gram for filed, gram in ranked[:count] if filed < MOST_PER_KEY]
