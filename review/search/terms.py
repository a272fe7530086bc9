"""Pure: the terms that a text is found by.

Chinese, Japanese and Korean text goes in as overlapping pairs of characters, so that two characters find a word wherever
it stands, with or without particles, and three or more are a phrase of pairs. Everything else goes in by words.
"""

import re
import unicodedata
from collections.abc import Iterator

from classifiers.words.scripts import fold as fold_variants
from monitor.texts.words import normalise

#: A longer word is no word: what comes behind is not looked at.
LONGEST = 40

_HANGUL = "가-힣"
#: Chinese characters and kana, with 々, 〇 and ー, without the middle dot.
_HAN = "\u3005\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3400-\u9fff\U00020000-\U0003ffff"
_RUN = re.compile(rf"([{_HANGUL}]+)|([{_HAN}]+)|((?:(?![{_HANGUL}{_HAN}])[^\W_])+)")
#: What Korean may set or leave out between the words of a compound.
_JOINT = re.compile(r"[\s\-\u2010-\u2013\u00b7\u2027\u30fb\u318d]{1,2}")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3})")
_ACCENTED = re.compile("[\u00c0-\u024f\u1e00-\u1eff]")
_ACCENT = re.compile("(?<=[a-z])[\u0300-\u036f]+")


def fold(text: str) -> str:
    """`text` as it is compared: one width, one case, one spelling of variant characters (半導體 = 半导体), no accents."""
    folded = fold_variants(normalise(text))
    if _ACCENTED.search(folded):
        folded = unicodedata.normalize("NFC", _ACCENT.sub("", unicodedata.normalize("NFD", folded)))
    return _THOUSANDS.sub("", folded)


class Run:
    """A stretch of folded text in one script: a word, or CJK characters with nothing between them."""

    def __init__(self, text: str, *, is_cjk: bool, joined_to: str = "") -> None:
        self.text = text
        self.is_cjk = is_cjk
        #: The first character of the next Hangul word, where only a space or dot lies between.
        self.joined_to = joined_to

    @property
    def terms(self) -> list[str]:
        """One term a character: its pair with the next; of the last one itself, or its pair across the gap, 트_공."""
        if not self.is_cjk:
            return [self.text[:LONGEST]]
        return [*pairs(self.text), f"{self.text[-1]}_{self.joined_to}" if self.joined_to else self.text[-1]]


def pairs(text: str) -> list[str]:
    """Every two neighbouring characters, in their order; none of a single one."""
    return [text[place : place + 2] for place in range(len(text) - 1)]


def runs(folded: str) -> Iterator[Run]:
    """The runs of a folded text, in its order."""
    found = list(_RUN.finditer(folded))
    for place, match in enumerate(found):
        following = found[place + 1] if place + 1 < len(found) else None
        joins = (
            match[1]
            and following
            and following[1]
            and _JOINT.fullmatch(folded, match.end(), following.start())
        )
        yield Run(match[0], is_cjk=not match[3], joined_to=following[0][0] if joins and following else "")


def terms(text: str) -> list[str]:
    """The terms of `text`, each where it stands: neighbours make phrases."""
    return [term for run in runs(fold(text)) for term in run.terms]


def facet(kind: str, value: str) -> str:
    """What is known of a story, as a term that no text holds: `topic:ai`."""
    return f"{kind}:{value}".lower()
