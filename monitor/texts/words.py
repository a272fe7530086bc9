"""Pure: whether a word stands in a text, right in four scripts.

There is no `\\b` here: Chinese and Japanese set no spaces, Korean puts particles behind its words, and "AI" stands
alone in 生成AIの規制 but not in "training".
"""

import re
import unicodedata
from functools import lru_cache

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff\u202a-\u202e\u2066-\u2069]")
_HANGUL = re.compile("[가-힣]")
#: Letters and digits whose words have edges: Latin, Greek and Cyrillic.
_EDGED = re.compile(r"[0-9a-z\u00c0-\u024f\u0370-\u052f]")
#: What may follow an English word without making it another: "chips", "Japan's".
_PLURAL = re.compile(r"(?:e?s|['’]s)(?![0-9a-z\u00c0-\u024f])")


def normalise(text: str) -> str:
    """`text` as words are compared: NFKC (UAX #15), case folded, without invisible characters, spaces folded."""
    # What is printable has none of them.
    seen = text if text.isprintable() else _INVISIBLE.sub("", text)
    folded = unicodedata.normalize("NFKC", seen).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def stands_alone(text: str, start: int, end: int) -> bool:
    """Whether text[start:end], of normalised text, is a word and not the inside of a longer Latin one.

    Chinese, Japanese and Korean characters need no edge. An English plural or possessive is still the word.
    """
    if _EDGED.match(text[start]) and start > 0 and _EDGED.match(text[start - 1]):
        return False
    if end < len(text) and _EDGED.match(text[end - 1]) and _EDGED.match(text[end]):
        return text[end - 1].isalpha() and bool(_PLURAL.match(text, end))
    return True


@lru_cache(maxsize=4096)
def _pattern(word: str) -> re.Pattern[str]:
    parts = [re.escape(part) for part in normalise(word).split(" ")]
    # Korean writes compounds with or without spaces (스마트 공장, 스마트공장): a space in the word may be missing.
    gap = " ?" if _HANGUL.search(word) else r"[ \-]"
    return re.compile(gap.join(parts))


def find(text: str, word: str) -> tuple[int, int] | None:
    """Where `word` first stands in `text`, as (start, end) in `normalise(text)`; None where it does not."""
    if not word.strip():
        return None
    folded = normalise(text)
    pattern = _pattern(word)
    position = 0
    while match := pattern.search(folded, position):
        if stands_alone(folded, *match.span()):
            return match.span()
        position = match.start() + 1
    return None


def contains(text: str, word: str) -> bool:
    """Whether `word` stands in `text`, as `find` finds it."""
    return find(text, word) is not None
