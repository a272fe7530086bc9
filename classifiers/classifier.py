"""Entries in, classifications out: lexicon hits and sentence vectors into topics, kind, regions and relevance."""

import hashlib
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field

import numpy as np

from classifiers.anchors import Anchors, Encode, Likeness, Matrix
from classifiers.encoders import Encoder
from classifiers.kinds import kind_of
from classifiers.lexicon import Hit, Lexicon, Word
from classifiers.reading import Reading, read
from classifiers.regions import regions
from classifiers.relevance import relevance
from classifiers.scoring import Features, HandSetModel, TopicModel
from classifiers.taxonomy import Taxonomy
from monitor.i18n import _


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
    #: The entry's sentence vector, for whoever compares entries; None where the words alone were read.
    vector: Matrix | None = field(default=None, repr=False, compare=False)


#: A topic is given from here: half the F1 that is reached, which is where F1 is highest (Lipton et al. 2014).
THRESHOLD = 0.34
MOST_TOPICS = 4
#: A word in the lead says less than one in the title.
_LEAD = 0.6
_MOST_PHRASES = 5
#: What is read of an entry; more costs time and blurs what it is about.
_TITLE_LENGTH, _LEAD_LENGTH = 500, 400


class TopicClassifier:
    """Classifies entries by a taxonomy; with no encoder by words alone. Safe to use from any thread.

    `encode_anchors` encodes the taxonomy's own texts, where their vectors are kept between starts.
    """

    def __init__(
        self,
        taxonomy: Taxonomy,
        encoder: Encoder | None = None,
        *,
        model: TopicModel | None = None,
        encode_anchors: Encode | None = None,
    ) -> None:
        self.taxonomy = taxonomy
        self._encoder = encoder
        self._model = model or HandSetModel()
        self._topics = [topic.id for topic in taxonomy.topics]
        self._place = {topic: place for place, topic in enumerate(self._topics)}
        self._lexicon = Lexicon(
            Word(topic.id, term.term, term.case, term.weight)
            for topic in taxonomy.topics
            for terms in topic.terms.values()
            for term in terms
        )
        self._anchors = Anchors(taxonomy, encode_anchors or encoder.encode) if encoder else None
        self._digest = hashlib.sha256(taxonomy.model_dump_json().encode()).hexdigest()[:8]

    @property
    def encoder(self) -> str:
        """The name of what makes the vectors; empty where there is none."""
        return self._encoder.name if self._encoder else ""

    @property
    def name(self) -> str:
        """Stands beside every tag: model, encoder and taxonomy."""
        return f"{self._model.name}+{self._encoder.name if self._encoder else 'words'}+{self._digest}"

    def classify(self, entries: Sequence[EntryText]) -> list[Classification]:
        """One classification an entry, in order.

        Raises:
            EncoderError: the encoder failed on them.
        """
        if not entries:
            return []
        found = [self._look(entry) for entry in entries]
        texts = tuple(f"{one.title.text}. {one.lead.text}" for one in found)
        features = self._features(texts, found)
        scores = self._model.scores(features)
        return [
            self._one(
                entries[row],
                found[row],
                scores[row],
                _row(features.likeness, row),
                None if features.vectors is None else features.vectors[row],
            )
            for row in range(len(entries))
        ]

    def without_vectors(self) -> "TopicClassifier":
        """The same by words alone, for what the encoder cannot read."""
        other = copy(self)
        other._encoder = other._anchors = None
        return other

    def check_encoder(self) -> None:
        """Tells whether the encoder reads anything at all.

        Raises:
            EncoderError: it does not.
        """
        if self._encoder is not None:
            self._encoder.encode(["probe"])

    def _look(self, entry: EntryText) -> "_Found":
        title, lead = read(entry.title[:_TITLE_LENGTH]), read(entry.lead[:_LEAD_LENGTH])
        return _Found(title, lead, self._lexicon.find(title), self._lexicon.find(lead))

    def _features(self, texts: tuple[str, ...], found: Sequence["_Found"]) -> Features:
        words = np.stack([self._evidence(one) for one in found])
        if self._encoder is None or self._anchors is None:
            return Features(texts, words)
        vectors = self._encoder.encode(texts)
        return Features(texts, words, vectors, self._anchors.likeness(vectors))

    def _evidence(self, found: "_Found") -> Matrix:
        """How much the words of title and lead speak for each topic; a word that is said again says nothing more."""
        evidence = np.zeros(len(self._topics), np.float32)
        seen: set[tuple[str, str]] = set()
        for hits, weight in ((found.title_hits, 1.0), (found.lead_hits, _LEAD)):
            for hit in hits:
                if (hit.concept, hit.term) not in seen:
                    seen.add((hit.concept, hit.term))
                    evidence[self._place[hit.concept]] += weight * hit.weight
        return evidence

    def _one(
        self,
        entry: EntryText,
        found: "_Found",
        scores: Matrix,
        cosines: Matrix | None,
        vector: Matrix | None,
    ) -> Classification:
        by_topic = {topic: float(p) for topic, p in zip(self._topics, scores, strict=True)}
        given = sorted(
            (topic for topic, p in by_topic.items() if p >= THRESHOLD), key=lambda topic: -by_topic[topic]
        )
        topics = [
            TopicScore(topic, by_topic[topic], self._why(topic, found, cosines))
            for topic in given[:MOST_TOPICS]
        ]
        kind = kind_of(found.title, found.lead, by_topic)
        wanted, why = relevance(found.title, found.lead, by_topic, kind)
        # What is about nothing of ours is told at home as often as not: no place is guessed for it.
        places = regions(found.title, found.lead, entry.language if topics else "", entry.country)
        return Classification(by_topic, topics, kind, places, wanted, why, vector)

    def _why(self, topic: str, found: "_Found", cosines: Matrix | None) -> list[str]:
        hits = [hit for hit in (*found.title_hits, *found.lead_hits) if hit.concept == topic]
        phrases = list(dict.fromkeys(hit.surface for hit in hits))[:_MOST_PHRASES]
        if phrases or cosines is None:
            return phrases
        return [_("의미 유사도 {likeness:.2f}").format(likeness=float(cosines[self._place[topic]]))]


@dataclass(frozen=True, slots=True)
class _Found:
    """An entry's title and lead, read, and the topics' words in them."""

    title: Reading
    lead: Reading
    title_hits: list[Hit]
    lead_hits: list[Hit]


def _row(likeness: Likeness | None, row: int) -> Matrix | None:
    return None if likeness is None else likeness.topics[row]
