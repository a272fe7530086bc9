"""Pure: a text folded, as words are looked for in it, with the way back to what was published.

Folded: NFKC, case folded, variant characters made one (半導體 = 半導体), hyphens and middle dots as spaces, and no space
beside Hangul, since Korean writes 스마트 공장 and 스마트공장 alike. Where they went is remembered: it is an edge of a word.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from classifiers.words.scripts import fold
from monitor.texts.words import normalise

_INVISIBLE = "\u00ad\u200b-\u200f\u2060\ufeff\u202a-\u202e\u2066-\u2069"
#: A character with all that NFKC may draw into it: accents, kana voicing marks, Hangul vowels and finals.
_CLUSTER = re.compile(
    rf"[\s\S][\u0300-\u036f\u1160-\u11ff\u3099\u309a\ud7b0-\ud7fb\uff9e\uff9f{_INVISIBLE}]*"
)
_GAP = re.compile(r"[\s\-\u2010-\u2013\u2212]+")
#: 한·미·일, コスト・品質: joins words as closely as a script can.
_DOT = re.compile("[\u00b7\u2027\u30fb\u119e\u318d]")
#: Both, once folded.
_GAPS = " ·"
_HANGUL = re.compile("[가-힣]")


@dataclass(frozen=True, slots=True)
class Reading:
    """A text, folded, with where each folded character came from."""

    text: str
    folded: str
    #: Of each folded character: where its original begins and ends in `text`.
    begins: tuple[int, ...]
    ends: tuple[int, ...]
    #: Places in `folded` before which a space or dot went, beside Hangul; of these, where it was no mere dot.
    joints: frozenset[int]
    spaces: frozenset[int]

    def surface(self, start: int, end: int) -> str:
        """What stands in the text, as published, for folded[start:end]."""
        return self.text[self.begins[start] : self.ends[end - 1]]


def read(text: str) -> Reading:
    """`text` folded, with where each character of it came from."""
    letters: list[str] = []
    begins: list[int] = []
    ends: list[int] = []
    joints: set[int] = set()
    spaces: set[int] = set()
    #: What stands between the last letter and the next, and where.
    gap, gap_span = "", (0, 0)
    for cluster in _CLUSTER.finditer(text):
        for letter in _folded(cluster.group()):
            if letter in _GAPS:
                gap_span = gap_span if gap else cluster.span()
                gap += letter
                continue
            if gap and letters:
                if _HANGUL.match(letters[-1]) or _HANGUL.match(letter):
                    joints.add(len(letters))
                    if " " in gap:
                        spaces.add(len(letters))
                else:
                    letters.append(" ")
                    begins.append(gap_span[0])
                    ends.append(gap_span[1])
            gap = ""
            letters.append(letter)
            begins.append(cluster.start())
            ends.append(cluster.end())
    return Reading(text, "".join(letters), tuple(begins), tuple(ends), frozenset(joints), frozenset(spaces))


@lru_cache(maxsize=8192)
def _folded(cluster: str) -> str:
    if cluster.isspace():
        return " "
    return _GAP.sub(" ", _DOT.sub("·", fold(normalise(cluster))))
