"""Pure: the phrases that the classifier names, found again in the text as it was written.

The classifier compares folded text (半導体 as 半导体, AI as ai); people read the text as published.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from classifiers.words.scripts import fold
from monitor.texts.words import stands_alone


def spans(text: str, phrases: Iterable[str]) -> list[tuple[int, int]]:
    """Where the phrases stand in `text`, each letter once, the longer phrase where two meet."""
    words = sorted({_folded(phrase) for phrase in phrases if phrase.strip()}, key=len, reverse=True)
    if not words:
        return []
    folded = _folded(text)
    found = re.finditer("|".join(map(re.escape, words)), folded)
    return [match.span() for match in found if stands_alone(folded, *match.span())]


def as_written(phrase: str, texts: Iterable[str]) -> str:
    """The phrase in the spelling of the first text that holds it; as given where none does."""
    for text in texts:
        for start, end in spans(text, [phrase]):
            return text[start:end]
    return phrase


def _folded(text: str) -> str:
    """`text` with every character folded by itself, so that places in it are places in the original."""
    return "".join(map(_folded_character, text))


@lru_cache(maxsize=8192)
def _folded_character(character: str) -> str:
    folded = fold(unicodedata.normalize("NFKC", character).casefold())
    return folded if len(folded) == 1 else character
