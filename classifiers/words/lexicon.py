"""Pure: finds all words of all concepts in one pass over a text (Aho and Corasick 1975), right in four scripts."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

import ahocorasick_rs

from classifiers.words.reading import Reading, read
from monitor.texts.words import stands_alone


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a lexicon and what it speaks for."""

    concept: str  #: a topic's id, a country, a kind …
    term: str
    #: Only in exactly this case: IRA is not Ira.
    case: bool = False
    #: Less than 1 where the word also stands in other news.
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Hit:
    """A word found in a text."""

    concept: str
    term: str  #: as the lexicon has it
    surface: str  #: as the text has it
    start: int  #: in `Reading.folded`
    end: int  #: likewise, the first place behind it
    weight: float  #: as the lexicon has it
    #: The share that editors' objections left of its weight.
    trust: float = 1.0

    @property
    def spoken(self) -> tuple[str, str]:
        """The concept and its word, as objections name them."""
        return self.concept, self.term


class Lexicon:
    """Finds every one of its words in a text; inside a longer word of the same concept a word is passed over.

    With `names` a word inside any longer one is passed over (인도 in 인도네시아), and a Korean word has to begin where a
    word begins (영국 is not in 운영국).
    """

    def __init__(self, words: Iterable[Word], *, names: bool = False) -> None:
        #: Folded spelling -> its words; one spelling may speak for several concepts.
        self._words: dict[str, list[Word]] = {}
        for word in words:
            for spelling in _spellings(word.term):
                self._words.setdefault(spelling, []).append(word)
        self._spellings = list(self._words)
        self._automaton = ahocorasick_rs.AhoCorasick(self._spellings)
        self._names = names
        self.concepts = frozenset(word.concept for found in self._words.values() for word in found)

    def find(self, reading: Reading) -> list[Hit]:
        """The hits, in the text's order, of those that begin at one place the longest first."""
        hits = []
        for index, start, end in self._automaton.find_matches_as_indexes(reading.folded, overlapping=True):
            if not _has_edges(reading, start, end) or (self._names and not _begins_a_name(reading, start)):
                continue
            surface = reading.surface(start, end)
            hits += [
                Hit(word.concept, word.term, surface, start, end, word.weight)
                for word in self._words[self._spellings[index]]
                if _is_spelt_as(word, surface) and _is_spaced_as(word, reading, start, end)
            ]
        return self._longest(hits)

    def _longest(self, hits: list[Hit]) -> list[Hit]:
        hits.sort(key=lambda hit: (hit.start, -hit.end))
        kept: list[Hit] = []
        for hit in hits:
            # More than so many words never begin within one.
            if not any(self._covers(other, hit) for other in kept[-16:]):
                kept.append(hit)
        return kept

    def _covers(self, other: Hit, hit: Hit) -> bool:
        if not (other.start <= hit.start and hit.end <= other.end):
            return False
        longer = hit.end - hit.start < other.end - other.start
        return other.concept == hit.concept or (longer and self._names)


_IES = re.compile(r"[^\W\d_aeiou]y")


def _spellings(term: str) -> set[str]:
    """A word as folded text may have it: also with the English plural that changes its last letter (batteries)."""
    word = read(term).folded
    return {word, word[:-1] + "ies"} if word.isascii() and _IES.fullmatch(word[-2:]) else {word}


_HAN = re.compile("[\u3400-\u9fff]")
_HIRAGANA = re.compile("[\u3041-\u309f]")
_KATAKANA = re.compile("[\u30a1-\u30fa\u30fc-\u30fe]")
_SHORT_KATAKANA = re.compile("[\u30a1-\u30fa\u30fc-\u30fe]{1,3}")


def _has_edges(reading: Reading, start: int, end: int) -> bool:
    """Whether folded[start:end] is a word and not a part of another.

    Latin words need edges, and so do katakana words of up to three characters (メタ in メタン). A single Chinese
    character counts as newspapers write countries: 美 연준, 米、対中関税, 米エヌビディア; neither 米国 nor 米の nor (中).
    """
    text = reading.folded
    if not stands_alone(text, start, end):
        return False
    before, found, after = text[start - 1 : start], text[start:end], text[end : end + 1]
    if _SHORT_KATAKANA.fullmatch(found):
        return not (_KATAKANA.match(before) or _KATAKANA.match(after))
    if _HAN.fullmatch(found):
        begins = start in reading.joints or not (before.isalnum() or before == "(")
        ends = end in reading.joints or not (_HAN.match(after) or _HIRAGANA.match(after) or after == ")")
        return begins and ends
    return True


#: What Korean sets before the name of a country: 대중국, 주일본, 동유럽.
_PREFIXES = frozenset("대친반탈재주범동서남북구전옛")
_HANGUL = re.compile("[가-힣]")


def _begins_a_name(reading: Reading, start: int) -> bool:
    if not _HANGUL.match(reading.folded[start]) or _begins_a_word(reading, start):
        return True
    return reading.folded[start - 1] in _PREFIXES and _begins_a_word(reading, start - 1)


def _begins_a_word(reading: Reading, start: int) -> bool:
    return start == 0 or start in reading.joints or not _HANGUL.match(reading.folded[start - 1])


def _is_spelt_as(word: Word, surface: str) -> bool:
    return not word.case or _bare(surface) == _bare(word.term)


def _bare(text: str) -> str:
    return re.sub(r"[\s\-\u2010-\u2013·]", "", unicodedata.normalize("NFKC", text))


def _is_spaced_as(word: Word, reading: Reading, start: int, end: int) -> bool:
    """Whether the text's spaces let the word be: Korean may write its compounds with or without them.

    전기차 역 has no 기차역 in it: a word that the text breaks, and the lexicon does not, is not short and begins where
    a word begins.
    """
    if not any(place in reading.spaces for place in range(start + 1, end)) or read(word.term).spaces:
        return True
    return end - start > 3 and _begins_a_word(reading, start)
