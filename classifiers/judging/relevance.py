"""Pure: how much an editor of an industry bulletin would want an entry, until their decisions teach better."""

import math
from collections.abc import Mapping

from classifiers.words.lexicon import Hit
from classifiers.words.reading import Reading
from classifiers.words.wordlists import word_list

#: Log-odds, set by hand and by figures over labelled headlines.
_BASE = -1.9
_FIRST, _SECOND = 2.5, 1.4  # probabilities of the two strongest topics
_WANTED, _MOST_WANTED = 0.2, 3  # a word of the title, and how many count
_WANTED_LEAD = 0.1
_UNWANTED, _MOST_UNWANTED = -1.4, 2  # title only: what a lead says in passing makes nothing routine
_KIND = {"policy": 0.3, "technology": 0.3, "industry": 0.0, "economy": 0.0, "other": -0.4}
_MOST_PHRASES = 5


def relevance(
    title: Reading, lead: Reading, scores: Mapping[str, float], kind: str
) -> tuple[float, list[str]]:
    """The relevance, 0 to 1, and the phrases that spoke for it, the title's first.

    `scores` holds every topic's probability: an entry about nothing that the bulletins cover is hardly relevant.
    """
    in_title = word_list("relevance").find(title)
    wanted, unwanted = _phrases(in_title, "wanted"), _phrases(in_title, "unwanted")
    in_lead = _phrases(word_list("relevance").find(lead), "wanted")
    first, second = sorted([*scores.values(), 0.0, 0.0], reverse=True)[:2]
    odds = (
        _BASE
        + _FIRST * first
        + _SECOND * second
        + _WANTED * min(len(wanted), _MOST_WANTED)
        + _WANTED_LEAD * min(len(in_lead), _MOST_WANTED)
        + _UNWANTED * min(len(unwanted), _MOST_UNWANTED)
        + _KIND[kind]
    )
    return 1 / (1 + math.exp(-odds)), list(dict.fromkeys([*wanted, *in_lead]))[:_MOST_PHRASES]


def _phrases(hits: list[Hit], concept: str) -> list[str]:
    return list(dict.fromkeys(hit.surface for hit in hits if hit.concept == concept))
