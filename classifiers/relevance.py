"""Pure: how much an editor of an industry bulletin would want an entry, 0 to 1; a prior until decisions teach better."""

import math
from collections.abc import Mapping

from classifiers.gazetteer import strongest, word_list

#: Log-odds, set by hand and by figures over labelled headlines; see docs/classifier.md.
_BASE = -1.9
_TOPIC = 2.6  # of the strongest topic
_SECOND = 0.5
_WANTED = 0.45  # a word, at most three count
_UNWANTED = -0.9
_KIND = {"policy": 0.1, "technology": 0.5, "industry": 0.1, "economy": -0.1, "other": -0.7}
#: A title of a word or two promises nothing.
_SHORT = -0.6


def relevance(title: str, lead: str, topics: Mapping[str, float], kind: str) -> tuple[float, list[str]]:
    """The relevance, and the words that spoke for it. `topics` holds every topic's probability."""
    hits = word_list("relevance").find(title)
    wanted = strongest([hit for hit in hits if hit.concept == "wanted"])
    unwanted = strongest([hit for hit in hits if hit.concept == "unwanted"])
    lead_wanted = strongest([hit for hit in word_list("relevance").find(lead) if hit.concept == "wanted"])
    ranked = [*sorted(topics.values(), reverse=True), 0.0, 0.0]
    odds = (
        _BASE
        + _TOPIC * ranked[0]
        + _SECOND * ranked[1]
        + _WANTED * (min(len(wanted), 3) + 0.3 * min(len(lead_wanted), 3))
        + _UNWANTED * min(len(unwanted), 2)
        + _KIND.get(kind, 0.0)
        + (_SHORT if len(title) < 8 else 0.0)
    )
    return 1 / (1 + math.exp(-odds)), wanted[:3]
