"""Pure: what kind of story an entry is: economy, policy, industry, technology or other."""

from collections.abc import Mapping

from classifiers.gazetteer import word_list

#: What a topic says of the kind, where the words leave it open.
_BY_TOPIC = {
    "macro": "economy", "monetary": "economy", "labor-population": "economy",
    "trade-security": "policy", "industrial-policy": "policy", "ai-policy": "policy", "gov-digital": "policy",
    "climate": "policy", "regional-revival": "policy", "korea-japan": "policy",
    "corporate-strategy": "industry", "startup-investment": "industry", "automotive-ev": "industry",
    "big-tech": "industry", "manufacturing": "industry", "fossil-energy": "industry", "supply-chain": "industry",
    "digital-transformation": "industry", "web3": "industry", "renewables": "industry", "battery": "industry",
    "semiconductor": "industry", "critical-minerals": "industry", "circular-economy": "industry",
    "quantum": "technology", "basic-science": "technology", "materials": "technology", "robotics": "technology",
    "space": "technology", "bio-health": "technology", "ai": "technology", "autonomous-mobility": "technology",
    "hydrogen": "technology", "nuclear": "technology", "agri-food": "technology", "cybersecurity": "technology",
}  # fmt: skip

KINDS = ("economy", "policy", "industry", "technology", "other")


def kind_of(title: str, lead: str, topics: Mapping[str, float]) -> str:
    """The kind that words and topics speak for together; "other" for what has no topic and hardly a word."""
    words = word_list("kinds")
    score = dict.fromkeys(KINDS, 0.0)
    for text, weight in ((title, 1.0), (lead, 0.4)):
        for hit in words.find(text):
            score[hit.concept] += weight
    for topic, probability in topics.items():
        if topic in _BY_TOPIC:
            score[_BY_TOPIC[topic]] += 1.2 * probability
    if not topics:
        score["other"] += 1.5
    return max(score, key=lambda kind: score[kind])
