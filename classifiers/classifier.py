"""Entries in, classifications out: lexicon hits and sentence vectors into a probability for each topic.

The first form needs no training: its weights are few and set by figures over labelled headlines. A trained model
takes the place of `HandSetModel` behind `TopicModel`.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from classifiers.encoders import Encoder
from classifiers.gazetteer import regions
from classifiers.kinds import kind_of
from classifiers.lexicon import Entry, Hit, Lexicon
from classifiers.relevance import relevance
from classifiers.taxonomy import Taxonomy
from monitor.i18n import _

Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class EntryText:
    """What the classifier reads of an entry: plain text, no mark-up."""

    title: str
    lead: str = ""
    language: str = ""
    #: Its source's country, for stories that name none.
    country: str = ""


@dataclass(frozen=True, slots=True)
class TopicScore:
    """A topic given to an entry, its probability, and the phrases that carried it."""

    topic: str
    p: float
    why: list[str]


@dataclass(frozen=True, slots=True)
class Classification:
    """What the classifier says of one entry."""

    scores: dict[str, float]
    topics: list[TopicScore]
    kind: str
    regions: list[str]
    relevance: float
    why: list[str] = field(default_factory=list)


class TopicModel(Protocol):
    """Features of entries into probabilities of topics."""

    #: Names the model and what it was made from; stands beside every tag.
    name: str

    def probabilities(self, words: Matrix, similarity: Matrix | None) -> Matrix:
        """(entries × topics) in [0, 1] from lexicon evidence and centred similarities of the same shape."""


class HandSetModel:
    """A logistic with three weights, the same for every topic."""

    name = "lexicon-vectors-1"

    def probabilities(self, words: Matrix, similarity: Matrix | None) -> Matrix:
        """As `TopicModel`; without vectors, words alone."""
        odds = -3.4 + 3.9 * (1 - np.exp(-1.25 * words)) * 1.35
        if similarity is not None:
            odds = odds + 1.15 * np.clip(similarity, -2.0, 3.5) - 0.35
        result: Matrix = (1 / (1 + np.exp(-odds))).astype(np.float32)
        return result


#: A topic is given from here; at most so many.
THRESHOLD = 0.5
MOST_TOPICS = 4
#: A word in the lead says less than one in the title.
_LEAD = 0.45


class TopicClassifier:
    """Classifies entries by a taxonomy; with no encoder by words alone. Safe to use from any thread."""

    def __init__(
        self, taxonomy: Taxonomy, encoder: Encoder | None = None, *, model: TopicModel | None = None
    ) -> None:
        self.taxonomy = taxonomy
        self._encoder = encoder
        self._model = model or HandSetModel()
        self._topics = [topic.id for topic in taxonomy.topics]
        self._place = {topic: place for place, topic in enumerate(self._topics)}
        self._lexicon = Lexicon(
            Entry(topic.id, term.term, term.case, term.weight)
            for topic in taxonomy.topics
            for terms in topic.terms.values()
            for term in terms
        )
        self._anchors = _Anchors(taxonomy, encoder) if encoder else None
        words = hashlib.sha256(taxonomy.model_dump_json().encode()).hexdigest()[:8]
        #: Stands beside every tag: model, encoder and taxonomy.
        self.name = f"{self._model.name}+{encoder.name if encoder else 'none'}+{words}"

    def classify(self, entries: Sequence[EntryText]) -> list[Classification]:
        """One classification an entry, in order."""
        if not entries:
            return []
        hits = [(self._lexicon.find(entry.title), self._lexicon.find(entry.lead)) for entry in entries]
        words = np.stack([self._evidence(title, lead) for title, lead in hits])
        similarity = (
            self._anchors.similarity([f"{entry.title}. {entry.lead}" for entry in entries])
            if self._anchors
            else None
        )
        probabilities = self._model.probabilities(words, similarity)
        return [
            self._one(
                entry, [*title, *lead], probabilities[row], None if similarity is None else similarity[row]
            )
            for row, (entry, (title, lead)) in enumerate(zip(entries, hits, strict=True))
        ]

    def without_vectors(self) -> "TopicClassifier":
        """The same by words alone, for what the encoder cannot read."""
        return TopicClassifier(self.taxonomy, None, model=self._model)

    def _evidence(self, title: list[Hit], lead: list[Hit]) -> Matrix:
        evidence = np.zeros(len(self._topics), np.float32)
        for hits, weight in ((title, 1.0), (lead, _LEAD)):
            seen: set[tuple[str, str]] = set()
            for hit in hits:
                if (hit.concept, hit.surface) not in seen:
                    seen.add((hit.concept, hit.surface))
                    evidence[self._place[hit.concept]] += weight * hit.weight
        return evidence

    def _one(
        self, entry: EntryText, hits: list[Hit], probabilities: Matrix, similarity: Matrix | None
    ) -> Classification:
        scores = {topic: float(p) for topic, p in zip(self._topics, probabilities, strict=True)}
        given = sorted(
            (topic for topic in scores if scores[topic] >= THRESHOLD), key=lambda topic: -scores[topic]
        )
        topics = [
            TopicScore(topic, scores[topic], self._why(topic, hits, similarity))
            for topic in given[:MOST_TOPICS]
        ]
        kind = kind_of(entry.title, entry.lead, {topic.topic: topic.p for topic in topics})
        wanted, why = relevance(entry.title, entry.lead, scores, kind)
        return Classification(
            scores, topics, kind, regions(entry.title, entry.lead, entry.country), wanted, why
        )

    def _why(self, topic: str, hits: list[Hit], similarity: Matrix | None) -> list[str]:
        phrases = list(dict.fromkeys(hit.surface for hit in hits if hit.concept == topic))[:5]
        if phrases or similarity is None:
            return phrases
        return [_("뜻이 비슷함 {similarity:.1f}").format(similarity=float(similarity[self._place[topic]]))]


class _Anchors:
    """Topics as vectors: of their descriptions and leading words in each language."""

    def __init__(self, taxonomy: Taxonomy, encoder: Encoder) -> None:
        self._encoder = encoder
        texts, owners = [], []
        for place, topic in enumerate(taxonomy.topics):
            for language in ("ko", "ja", "en", "zh"):
                described = topic.description.get(language, "")
                words = ", ".join(term.term for term in topic.terms.get(language, [])[:12])
                for text in filter(None, (described, words)):
                    texts.append(text)
                    owners.append(place)
        vectors = encoder.encode(texts)
        # e5's vectors all lie in one narrow cone: what tells them apart is how they leave its middle.
        self._centre = vectors.mean(axis=0)
        self._vectors = _unit(vectors - self._centre)
        self._owners = np.array(owners)
        self._count = len(taxonomy.topics)

    def similarity(self, texts: Sequence[str]) -> Matrix:
        """(texts × topics): each text's likeness to a topic, in standard deviations over the topics."""
        vectors = _unit(self._encoder.encode(texts) - self._centre)
        cosines = vectors @ self._vectors.T
        best = np.stack(
            [
                np.sort(cosines[:, self._owners == place], axis=1)[:, -3:].mean(axis=1)
                for place in range(self._count)
            ],
            axis=1,
        )
        spread = best.std(axis=1, keepdims=True) + 1e-6
        result: Matrix = ((best - best.mean(axis=1, keepdims=True)) / spread).astype(np.float32)
        return result


def _unit(vectors: Matrix) -> Matrix:
    result: Matrix = vectors / (np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9)
    return result
