"""Pure: what kind of story an entry is."""

from collections.abc import Mapping

from classifiers.words.reading import Reading
from classifiers.words.wordlists import word_list

#: What a story may be; models have their columns in this order.
KINDS = ("economy", "policy", "industry", "technology", "other")

#: What a topic says of the kind, where the words leave it open.
_OF_TOPIC = {
    "macro": "economy", "monetary": "economy",
    "trade-security": "policy", "industrial-policy": "policy", "ai-policy": "policy", "gov-digital": "policy",
    "climate": "policy", "regional-revival": "policy", "korea-japan": "policy", "labor-population": "policy",
    "supply-chain": "policy", "circular-economy": "policy", "nuclear": "policy",
    "corporate-strategy": "industry", "startup-investment": "industry", "automotive-ev": "industry",
    "big-tech": "industry", "manufacturing": "industry", "fossil-energy": "industry", "web3": "industry",
    "digital-transformation": "industry", "renewables": "industry", "battery": "industry", "agri-food": "industry",
    "semiconductor": "industry", "critical-minerals": "industry", "autonomous-mobility": "industry",
    "robotics": "industry", "ai": "industry", "hydrogen": "industry", "cybersecurity": "industry",
    "quantum": "technology", "basic-science": "technology", "materials": "technology", "space": "technology",
    "bio-health": "technology",
}  # fmt: skip

#: A title says more than a lead, three words as much as ten.
_LEAD = 0.5
_MOST = 3.0
_TOPIC = 1.5
#: What speaks for "other": a little always, more the less any topic is found.
_NONE, _NO_TOPIC = 0.5, 1.5


def kind_of(title: Reading, lead: Reading, scores: Mapping[str, float]) -> str:
    """The kind that words and topics speak for together. `scores` holds every topic's probability."""
    evidence = kind_evidence(title, lead, scores)
    return max(KINDS, key=lambda kind: evidence[kind])


def kind_evidence(title: Reading, lead: Reading, scores: Mapping[str, float]) -> dict[str, float]:
    """How much words and topics speak for each of KINDS; the greatest wins."""
    evidence = dict.fromkeys(KINDS, 0.0)
    for reading, weight in ((title, 1.0), (lead, _LEAD)):
        for kind, _term in {(hit.concept, hit.term) for hit in word_list("kinds").find(reading)}:
            evidence[kind] = min(evidence[kind] + weight, _MOST)
    strongest = dict.fromkeys(KINDS, 0.0)
    for topic, p in scores.items():
        own = _OF_TOPIC.get(topic)
        if own is not None:
            strongest[own] = max(strongest[own], p)
    for kind in KINDS:
        evidence[kind] += _TOPIC * strongest[kind]
    evidence["other"] = _NONE + _NO_TOPIC * (1 - max(scores.values(), default=0))
    return evidence
