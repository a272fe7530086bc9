"""The features that a model judges entries by: words of topics, sentence vectors, character n-grams, and other signs."""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from classifiers.encoders import Encoder
from classifiers.judging.anchors import Anchors, Encode, Likeness, Matrix
from classifiers.taxonomy import Taxonomy
from classifiers.words.lexicon import Hit, Lexicon, Word
from classifiers.words.ngrams import counts
from classifiers.words.reading import Reading, read
from classifiers.words.wordlists import word_list
from monitor.texts.words import normalise

#: A word in the lead says less than one in the title.
_LEAD = 0.6
#: What is read of an entry; more costs time and blurs what it is about.
_TITLE_LENGTH, _LEAD_LENGTH = 500, 400
#: Raised with every change of what features are or in which order: a model that learned others is not used.
FORM = 2

#: A word of topics.yaml and the topic that it speaks for.
Spoken = tuple[str, str]


@dataclass(frozen=True, slots=True)
class EntryText:
    """What the classifier reads of an entry: plain text, no mark-up."""

    title: str
    lead: str = ""
    #: Two letters, such as "ja"; empty where unknown.
    language: str = ""
    #: Its source's country, for stories that name none.
    country: str = ""
    #: Its source's id, for the source's track record.
    source: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """An entry's title and lead, read, and the topics' words in them."""

    title: Reading
    lead: Reading
    title_hits: list[Hit]
    lead_hits: list[Hit]

    @property
    def hits(self) -> list[Hit]:
        """All of them, the title's first."""
        return [*self.title_hits, *self.lead_hits]


@dataclass(frozen=True)
class Features:
    """What a model may judge entries by; rows are entries."""

    entries: tuple[EntryText, ...]
    found: tuple[Found, ...]
    #: (entries × topics): the weight of the topic's words in title and lead; 0 where none stands there.
    words: Matrix
    #: (entries × dimension), and how near these stand to the topics; None without an encoder.
    vectors: Matrix | None = None
    likeness: Likeness | None = None

    @property
    def texts(self) -> list[str]:
        """Title and lead as one text."""
        return [joined(one) for one in self.found]

    @cached_property
    def folded(self) -> list[str]:
        """Title and lead as one text, as its letters are compared."""
        return [normalise(text) for text in self.texts]

    @property
    def grams(self) -> csr_matrix:
        """(entries × `ngrams.COLUMNS`): how often each character n-gram stands in title and lead."""
        return counts(self.folded)

    @property
    def signs(self) -> Matrix:
        """(entries × signs), each 0 to 1: words that tell kinds and what editors want, and what form the entry has."""
        return np.stack([_signs(*pair) for pair in zip(self.entries, self.found, strict=True)])


class FeatureReader:
    """Reads entries by a taxonomy; with no encoder their words alone. Safe to use from any thread.

    `encode_anchors` encodes the taxonomy's own texts, where their vectors are kept between starts. `discounts` are what
    editors' objections left of the weight of words.
    """

    def __init__(
        self,
        taxonomy: Taxonomy,
        encoder: Encoder | None = None,
        encode_anchors: Encode | None = None,
        discounts: Mapping[Spoken, float] | None = None,
    ) -> None:
        self.encoder = encoder
        self._discounts = discounts or {}
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

    def read(
        self, entries: Sequence[EntryText], objected: Mapping[EntryText, Collection[Spoken]] | None = None
    ) -> Features:
        """The features of at least one entry; `objected` are words that say nothing in one of them.

        Raises:
            EncoderError: the encoder failed on them.
        """
        found = tuple(self._look(entry, (objected or {}).get(entry, ())) for entry in entries)
        words = np.stack([self._evidence(one) for one in found])
        if self.encoder is None or self._anchors is None:
            return Features(tuple(entries), found, words)
        vectors = self.encoder.encode([joined(one) for one in found])
        return Features(tuple(entries), found, words, vectors, self._anchors.likeness(vectors))

    def _look(self, entry: EntryText, objected: Collection[Spoken]) -> Found:
        title, lead = read(entry.title[:_TITLE_LENGTH]), read(entry.lead[:_LEAD_LENGTH])
        return Found(title, lead, self._hits(title, objected), self._hits(lead, objected))

    def _hits(self, reading: Reading, objected: Collection[Spoken]) -> list[Hit]:
        hits = self._lexicon.find(reading)
        if not self._discounts and not objected:
            return hits
        trusts = [0.0 if hit.spoken in objected else self._discounts.get(hit.spoken, 1.0) for hit in hits]
        return [replace(hit, trust=trust) for hit, trust in zip(hits, trusts, strict=True)]

    def _evidence(self, found: Found) -> Matrix:
        """How much the words of title and lead speak for each topic."""
        evidence = np.zeros(len(self.topics), np.float32)
        for hit, weight in spoken(found):
            evidence[self._place[hit.concept]] += weight
        return evidence


def spoken(found: Found) -> Iterator[tuple[Hit, float]]:
    """Each hit that speaks for a topic, and how much, the title's first; a word that is said again says nothing more."""
    seen: set[Spoken] = set()
    for hits, weight in ((found.title_hits, 1.0), (found.lead_hits, _LEAD)):
        for hit in hits:
            if hit.spoken not in seen:
                seen.add(hit.spoken)
                yield hit, weight * hit.weight * hit.trust


def letters_of(hit: Hit, folded: str) -> list[slice]:
    """Where the letters of a word stand in an entry's folded text."""
    word, found = normalise(hit.surface), []
    start = folded.find(word)
    while word and start >= 0:
        found.append(slice(start, start + len(word)))
        start = folded.find(word, start + len(word))
    return found


def joined(found: Found) -> str:
    """Title and lead as one text, as the encoder and the n-grams read them."""
    return f"{found.title.text}. {found.lead.text}"


def rows_of(features: Features, rows: NDArray[np.int_]) -> Features:
    """The features of the entries in these places, in this order."""
    likeness = features.likeness
    return Features(
        tuple(features.entries[row] for row in rows),
        tuple(features.found[row] for row in rows),
        features.words[rows],
        None if features.vectors is None else features.vectors[rows],
        None if likeness is None else Likeness(likeness.topics[rows], likeness.everyday[rows]),
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
