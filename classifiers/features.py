"""Entries into what a model may judge them by: concept hits, sentence vectors, character n-grams, and other signs."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from classifiers.anchors import Anchors, Encode, Likeness, Matrix
from classifiers.encoders import Encoder
from classifiers.lexicon import Hit, Lexicon, Word
from classifiers.reading import Reading, read
from classifiers.taxonomy import Taxonomy
from classifiers.wordlists import word_list
from monitor.words import normalise

#: A word in the lead says less than one in the title.
_LEAD = 0.6
#: What is read of an entry; more costs time and blurs what it is about.
_TITLE_LENGTH, _LEAD_LENGTH = 500, 400
#: Raised with every change of what features are or in which order: a model that learned others is not used.
FORM = 1
#: Character n-grams are hashed into so many columns.
GRAMS = 2**16


@dataclass(frozen=True, slots=True)
class EntryText:
    """What the classifier reads of an entry: plain text, no mark-up."""

    title: str
    lead: str = ""
    language: str = ""
    #: Its source's country, for stories that name none.
    country: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """An entry's title and lead, read, and the topics' words in them."""

    title: Reading
    lead: Reading
    title_hits: list[Hit]
    lead_hits: list[Hit]


@dataclass(frozen=True, slots=True)
class Features:
    """What a model may judge entries by; rows are entries."""

    entries: tuple[EntryText, ...]
    found: tuple[Found, ...]
    #: (entries × topics): the weight of the topic's words in title and lead.
    words: Matrix
    #: (entries × dimension) and what they say of the topics; None without an encoder.
    vectors: Matrix | None = None
    likeness: Likeness | None = None

    @property
    def texts(self) -> list[str]:
        """Title and lead as one text."""
        return [joined(one) for one in self.found]

    @property
    def grams(self) -> csr_matrix:
        """(entries × GRAMS): how often each character n-gram, hashed, stands in title and lead."""
        return _hasher().transform(normalise(text) for text in self.texts)

    @property
    def signs(self) -> Matrix:
        """(entries × signs): words that tell kinds and what editors want, and what form the entry has."""
        return np.stack([_signs(*pair) for pair in zip(self.entries, self.found, strict=True)])


class FeatureReader:
    """Reads entries by a taxonomy; with no encoder their words alone. Safe to use from any thread.

    `encode_anchors` encodes the taxonomy's own texts, where their vectors are kept between starts.
    """

    def __init__(
        self, taxonomy: Taxonomy, encoder: Encoder | None = None, encode_anchors: Encode | None = None
    ) -> None:
        self.encoder = encoder
        self.topics = tuple(topic.id for topic in taxonomy.topics)
        self.digest = hashlib.sha256(taxonomy.model_dump_json().encode()).hexdigest()[:8]
        self._place = {topic: place for place, topic in enumerate(self.topics)}
        self._lexicon = Lexicon(
            Word(topic.id, term.term, term.case, term.weight)
            for topic in taxonomy.topics
            for terms in topic.terms.values()
            for term in terms
        )
        self._anchors = Anchors(taxonomy, encode_anchors or encoder.encode) if encoder else None

    def read(self, entries: Sequence[EntryText]) -> Features:
        """The features of at least one entry.

        Raises:
            EncoderError: the encoder failed on them.
        """
        found = tuple(self._look(entry) for entry in entries)
        words = np.stack([self._evidence(one) for one in found])
        if self.encoder is None or self._anchors is None:
            return Features(tuple(entries), found, words)
        vectors = self.encoder.encode([joined(one) for one in found])
        return Features(tuple(entries), found, words, vectors, self._anchors.likeness(vectors))

    def _look(self, entry: EntryText) -> Found:
        title, lead = read(entry.title[:_TITLE_LENGTH]), read(entry.lead[:_LEAD_LENGTH])
        return Found(title, lead, self._lexicon.find(title), self._lexicon.find(lead))

    def _evidence(self, found: Found) -> Matrix:
        """How much the words of title and lead speak for each topic; a word that is said again says nothing more."""
        evidence = np.zeros(len(self.topics), np.float32)
        seen: set[tuple[str, str]] = set()
        for hits, weight in ((found.title_hits, 1.0), (found.lead_hits, _LEAD)):
            for hit in hits:
                if (hit.concept, hit.term) not in seen:
                    seen.add((hit.concept, hit.term))
                    evidence[self._place[hit.concept]] += weight * hit.weight
        return evidence


def joined(found: Found) -> str:
    """Title and lead as one text."""
    return f"{found.title.text}. {found.lead.text}"


def rows_of(features: Features, rows: NDArray[np.int_]) -> Features:
    """The features of some entries."""
    likeness = features.likeness
    return Features(
        tuple(features.entries[row] for row in rows),
        tuple(features.found[row] for row in rows),
        features.words[rows],
        None if features.vectors is None else features.vectors[rows],
        None if likeness is None else Likeness(likeness.topics[rows], likeness.everyday[rows]),
    )


@cache
def _hasher():  # type: ignore[no-untyped-def]
    from sklearn.feature_extraction.text import HashingVectorizer

    return HashingVectorizer(
        analyzer="char",
        ngram_range=(1, 4),
        n_features=GRAMS,
        lowercase=False,
        norm=None,
        alternate_sign=False,
        dtype=np.float32,
    )


_LANGUAGES = ("ko", "ja", "en", "zh", "de")
_KINDS = ("economy", "policy", "industry", "technology", "other")
_WANTS = ("wanted", "unwanted")
#: A fourth word says nothing more.
_MOST = 3


def _signs(entry: EntryText, found: Found) -> Matrix:
    signs: list[float] = []
    for reading in (found.title, found.lead):
        for name, concepts in (("kinds", _KINDS), ("relevance", _WANTS)):
            said = {(hit.concept, hit.term) for hit in word_list(name).find(reading)}
            signs += [min(sum(concept == one for one, _term in said), _MOST) / _MOST for concept in concepts]
    signs += [float(entry.language == language) for language in _LANGUAGES]
    signs += [float(bool(found.lead.text)), min(len(found.title.text), 100) / 100]
    return np.array(signs, np.float32)
