"""Pure: why a topic was given: the phrases that carried it, how much each weighs, and by what.

A word of topics.yaml has what its lexicon entry and its own letters add; other letters are read out as the words that
they stand in; what the sentence as a whole means stands by itself.
"""

import re
from collections.abc import Sequence

import numpy as np

from classifiers.judging.anchors import Matrix
from classifiers.judging.features import Found, Spoken, joined, letters_of, spoken
from classifiers.judging.reasons import LETTERS, MEANING, WORD, Reason
from classifiers.judging.scoring import Shares
from monitor.i18n import _

#: Reasons of a topic that are named: words of topics.yaml, and words that only their letters speak for.
MOST_WORDS, MOST_LETTERS = 5, 3
#: Log-odds that are worth a reason.
LEAST = 0.2


def explain(
    found: Found, text: str, topic: str, shares: Shares, likeness: float | None = None
) -> list[Reason]:
    """What carried a topic, strongest first; `text` is the entry's folded text, `likeness` its cosine to the topic."""
    words, letters, rest = _words(found, text, topic, shares)
    named = [*words[:MOST_WORDS], *_runs(joined(found), rest, letters)]
    if likeness is not None and shares.meaning >= LEAST:
        phrase = _("의미 유사도 {likeness:.2f}").format(likeness=likeness)
        named.append(Reason(phrase, round(shares.meaning, 3), MEANING))
    return _strongest_first(named)


def _strongest_first(found: Sequence[Reason]) -> list[Reason]:
    return sorted(found, key=lambda reason: -reason.weight)


def _words(found: Found, text: str, topic: str, shares: Shares) -> tuple[list[Reason], Matrix, str]:
    """The topic's words, and what the other letters add; in the text that comes with them the words are blank."""
    parts = {hit.spoken: (hit.surface, part) for hit, part in spoken(found) if hit.concept == topic}
    whole = sum(part for _surface, part in parts.values()) or 1.0
    letters, rest = np.array(shares.letters), text
    own: dict[Spoken, float] = dict.fromkeys(parts, 0.0)
    for hit in found.hits if len(letters) else ():
        for span in letters_of(hit, text) if hit.concept == topic else ():
            own[hit.spoken] += max(float(letters[span].sum()), 0.0)
            letters[span] = 0
            rest = rest[: span.start] + " " * (span.stop - span.start) + rest[span.stop :]
    named = [
        Reason(surface, round(shares.words * part / whole + own[word], 3), WORD, word[1])
        for word, (surface, part) in parts.items()
    ]
    return _strongest_first(named), letters, rest


#: What is read out as a word where no space tells: a run of one script. Hiragana holds sentences together.
_RUN = re.compile(
    "[가-힣]{2,}|[\u3400-\u9fff々]{2,}|[ァ-ヺー]{2,}|[^\\W_가-힣\u3400-\u9fff々\u3041-\u309fァ-ヺー]{2,}"
)
#: A Chinese sentence is one run: of longer ones the strongest part is read out, as long as most words are.
_LONGEST, _PART = 6, 4


def _runs(published: str, text: str, letters: Matrix) -> list[Reason]:
    """The words whose letters add the most, each once."""
    if not len(letters):
        return []
    sums = np.append(0.0, np.cumsum(letters))
    spans = np.array([match.span() for match in _RUN.finditer(text)], int).reshape(-1, 2)
    weights = sums[spans[:, 1]] - sums[spans[:, 0]]
    found: dict[str, float] = {}
    for start, end in spans[np.argsort(-weights, kind="stable")].tolist():
        if sums[end] - sums[start] < LEAST or len(found) == MOST_LETTERS:
            break
        if end - start > _LONGEST and "\u3400" <= text[start] <= "\u9fff":
            start += int(np.convolve(letters[start:end], np.ones(_PART), "valid").argmax())
            end = start + _PART
        run = text[start:end]
        found[run] = found.get(run, 0.0) + float(sums[end] - sums[start])
    return [Reason(_as_published(run, published), round(weight, 3), LETTERS) for run, weight in found.items()]


def _as_published(run: str, published: str) -> str:
    start = published.lower().find(run)
    return published[start : start + len(run)] if start >= 0 else run
