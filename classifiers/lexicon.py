"""Pure: the words of all topics in one pass over a text, right in four scripts."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

import ahocorasick_rs

from classifiers.scripts import fold
from monitor.words import normalise, stands_alone


@dataclass(frozen=True, slots=True)
class Entry:
    """A word of a lexicon and what it stands for."""

    concept: str
    term: str
    case: bool = False
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Hit:
    """A word found in a text."""

    concept: str
    term: str  #: as the lexicon has it
    surface: str  #: as the text has it
    start: int  #: in the folded text
    end: int
    weight: float


class Lexicon:
    """Finds every word of its entries in a text."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        #: Folded word -> its entries; one word may speak for several concepts.
        self._entries: dict[str, list[Entry]] = {}
        for entry in entries:
            for word in _spellings(entry.term):
                self._entries.setdefault(word, []).append(entry)
        self._words = list(self._entries)
        self._automaton = ahocorasick_rs.AhoCorasick(self._words)

    def find(self, text: str) -> list[Hit]:
        """The hits in `text`, in its order. A word inside a longer hit of the same concept counts once, as the longer."""
        readable = normalise(text)
        folded = fold(readable)
        hits = []
        for index, start, end in self._automaton.find_matches_as_indexes(folded, overlapping=True):
            if not stands_alone(folded, start, end):
                continue
            for entry in self._entries[self._words[index]]:
                if entry.case and not _stands_in_case(text, entry.term):
                    continue
                hits.append(
                    Hit(
                        entry.concept,
                        entry.term,
                        _as_written(text, readable[start:end]),
                        start,
                        end,
                        entry.weight,
                    )
                )
        return _longest(hits)


def _spellings(term: str) -> set[str]:
    """A word as folded text has it; Korean compounds also without their spaces, Latin ones also with hyphens."""
    word = fold(normalise(term))
    if " " not in word:
        return {word}
    return (
        {word, word.replace(" ", "")}
        if any("가" <= letter <= "힣" for letter in word)
        else {word, word.replace(" ", "-")}
    )


def _as_written(text: str, found: str) -> str:
    """What was found, in the upper and lower case of the text; as it was compared where that cannot be told."""
    plain = unicodedata.normalize("NFKC", text)
    lower = plain.casefold()
    position = lower.find(found)
    return plain[position : position + len(found)] if position >= 0 and len(lower) == len(plain) else found


def _stands_in_case(text: str, term: str) -> bool:
    plain = unicodedata.normalize("NFKC", text)
    position = plain.find(term)
    while position >= 0:
        end = position + len(term)
        before = plain[position - 1 : position]
        after = plain[end : end + 1]
        if not (before.isascii() and before.isalnum()) and not (
            after.isascii() and after.isalnum() and after != "s"
        ):
            return True
        position = plain.find(term, position + 1)
    return False


def _longest(hits: list[Hit]) -> list[Hit]:
    hits.sort(key=lambda hit: (hit.start, -hit.end))
    kept: list[Hit] = []
    for hit in hits:
        inside = any(
            other.concept == hit.concept and other.start <= hit.start and hit.end <= other.end
            for other in kept[-12:]
        )
        if not inside:
            kept.append(hit)
    return kept
