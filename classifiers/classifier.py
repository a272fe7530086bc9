"""The classifier: entries into topics, kind, regions and relevance, by their words, sentence vectors and letters."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from classifiers.encoders import Encoder, EncoderError
from classifiers.judging.anchors import Encode, Matrix
from classifiers.judging.explaining import explain
from classifiers.judging.features import EntryText, FeatureReader, Features
from classifiers.judging.kinds import KINDS, kind_of
from classifiers.judging.reasons import Reason
from classifiers.judging.regions import regions
from classifiers.judging.relevance import relevance
from classifiers.judging.scoring import HandSetModel, Judged, Model, Shares
from classifiers.taxonomy import Taxonomy

__all__ = ["Classification", "EntryText", "TopicClassifier", "TopicScore"]


@dataclass(frozen=True, slots=True)
class TopicScore:
    """A topic given to an entry, its probability (0 to 1), and what carried it, strongest first."""

    topic: str
    p: float
    why: list[Reason]


@dataclass(frozen=True, slots=True)
class Classification:
    """What the classifier says of one entry."""

    scores: dict[str, float]  #: every topic's probability
    topics: list[TopicScore]  #: those given, the one farthest above its threshold first
    kind: str  #: of `classifiers.judging.kinds.KINDS`
    regions: list[str]  #: ISO 3166, EU, ASEAN or WORLD
    relevance: float  #: 0 to 1
    why: list[str] = field(default_factory=list)  #: phrases that speak for the relevance
    #: The entry's sentence vector, (dimension) float32, for whoever compares entries; None where words alone were read.
    vector: Matrix | None = field(default=None, repr=False, compare=False)


#: Topics that one entry is given.
MOST_TOPICS = 4


class TopicClassifier:
    """Classifies entries by a taxonomy; with no encoder by words alone. Safe to use from any thread.

    `encode_anchors` encodes the taxonomy's own texts, where their vectors are kept between starts.
    """

    def __init__(
        self,
        taxonomy: Taxonomy,
        encoder: Encoder | None = None,
        *,
        model: Model | None = None,
        encode_anchors: Encode | None = None,
    ) -> None:
        self.taxonomy = taxonomy
        self._model = model or HandSetModel()
        self._reader = FeatureReader(taxonomy, encoder, encode_anchors, self._model.discounts)

    @property
    def encoder(self) -> str:
        """The name of the encoder that makes the vectors; empty where there is none."""
        return self._reader.encoder.name if self._reader.encoder else ""

    @property
    def centre(self) -> Matrix:
        """The mean of the vectors that the model was trained on, (dimension) float32; (0) where it was trained on none."""
        return self._model.centre

    def encode(self, texts: Sequence[str]) -> Matrix:
        """The texts' vectors, (texts × dimension) float32, each of length 1.

        Raises:
            EncoderError: there is no encoder, or it failed on them.
        """
        if self._reader.encoder is None:
            raise EncoderError("there is no encoder")
        return self._reader.encoder.encode(texts)

    @property
    def name(self) -> str:
        """What stands beside every tag: the names of model and encoder, and a digest of the taxonomy, joined by "+"."""
        return f"{self._model.name}+{self.encoder or 'words'}+{self._reader.digest}"

    def classify(self, entries: Sequence[EntryText]) -> list[Classification]:
        """One classification an entry, in order.

        Raises:
            EncoderError: the encoder failed on them.
        """
        if not entries:
            return []
        features = self._reader.read(entries)
        judged = self._model.judge(features, self._reader.topics)
        # How far above its own threshold a topic lies is what ranks it.
        margins = judged.topics / judged.thresholds
        ranked = np.argsort(-margins, axis=1)[:, :MOST_TOPICS].tolist()
        given = [[place for place in places if margins[row, place] >= 1] for row, places in enumerate(ranked)]
        shares = self._model.shares(features, self._reader.topics, given)
        texts = features.folded
        return [
            self._one(features, judged, row, texts[row], list(zip(given[row], shares[row], strict=True)))
            for row in range(len(entries))
        ]

    def without_vectors(self) -> "TopicClassifier":
        """A classifier by words alone, with the same taxonomy and discounts, for what the encoder cannot read."""
        return TopicClassifier(self.taxonomy, model=HandSetModel(discounts=self._model.discounts))

    def check_encoder(self) -> None:
        """Returns where the encoder, if there is one, reads anything at all.

        Raises:
            EncoderError: it does not.
        """
        if self.encoder:
            self.encode(["probe"])

    def _one(
        self, features: Features, judged: Judged, row: int, text: str, given: Sequence[tuple[int, Shares]]
    ) -> Classification:
        found = features.found[row]
        by_topic = dict(zip(self._reader.topics, judged.topics[row].tolist(), strict=True))
        topics = []
        for place, shares in given:
            topic = self._reader.topics[place]
            likeness = None if features.likeness is None else float(features.likeness.topics[row, place])
            topics.append(TopicScore(topic, by_topic[topic], explain(found, text, topic, shares, likeness)))
        kind = (
            kind_of(found.title, found.lead, by_topic)
            if judged.kinds is None
            else KINDS[int(judged.kinds[row].argmax())]
        )
        wanted, why = relevance(found.title, found.lead, by_topic, kind)
        if judged.relevance is not None:
            wanted = float(judged.relevance[row])
        entry = features.entries[row]
        # What is about nothing of ours is told at home as often as not: no place is guessed for it.
        places = regions(found.title, found.lead, entry.language if topics else "", entry.country)
        vector = None if features.vectors is None else features.vectors[row]
        return Classification(by_topic, topics, kind, places, wanted, why, vector)
