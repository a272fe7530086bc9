"""Pure: how right the classifier is, on rows that somebody labelled."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from classifiers.classifier import Classification
from classifiers.evaluating.jsonl import Row

#: What was labelled, and what was given.
Pair = tuple[frozenset[str], frozenset[str]]


@dataclass(frozen=True, slots=True)
class Score:
    """Precision, recall and F1 of something, each 0 to 1, and how many labels they rest on."""

    precision: float
    recall: float
    f1: float
    n: int

    @classmethod
    def of(cls, pairs: Iterable[Pair]) -> "Score":
        """Over all labels of all pairs; a share of nothing is 0."""
        right = given = labelled = 0
        for labels, found in pairs:
            right += len(labels & found)
            given += len(found)
            labelled += len(labels)
        return cls(
            right / given if given else 0.0,
            right / labelled if labelled else 0.0,
            2 * right / (given + labelled) if given + labelled else 0.0,
            labelled,
        )

    def as_dict(self) -> dict[str, float | int]:
        """The figures for JSON, rounded to four places."""
        return {
            "precision": round(self.precision, 4),
            "recall": round(self.recall, 4),
            "f1": round(self.f1, 4),
            "n": self.n,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """All figures of one evaluation; those whose labels the file lacks are None."""

    rows: int
    micro: Score
    #: The mean over the topics that the file labels; n is how many these are.
    macro: Score
    #: Every topic that was labelled or given.
    topics: dict[str, Score]
    languages: dict[str, Score]
    kind_accuracy: float | None
    regions: Score | None
    #: Of relevance: `auc`, and `wss` at a recall of 0.95.
    auc: float | None
    wss95: float | None

    @property
    def macro_f1(self) -> float:
        """The mean F1 of the labelled topics."""
        return self.macro.f1

    def as_dict(self) -> dict[str, object]:
        """The line of `monitor evaluate --json`."""
        return {
            "rows": self.rows,
            "micro": self.micro.as_dict(),
            "macro": self.macro.as_dict(),
            "topics": {topic: score.as_dict() for topic, score in self.topics.items()},
            "languages": {language: score.as_dict() for language, score in self.languages.items()},
            "kind_accuracy": _rounded(self.kind_accuracy),
            "regions": self.regions.as_dict() if self.regions else None,
            "ranking": {"auc": _rounded(self.auc), "wss95": _rounded(self.wss95)},
        }


def evaluate(rows: Sequence[Row], results: Sequence[Classification]) -> Report:
    """The figures of `results`, one a row, against the rows' labels; a row without a label counts nowhere for it."""
    judged = list(zip(rows, results, strict=True))
    pairs = [
        (row.text.language, (row.topics, frozenset(topic.topic for topic in result.topics)))
        for row, result in judged
        if row.topics is not None
    ]
    names = sorted({name for _language, pair in pairs for name in pair[0] | pair[1]})
    topics = {
        name: Score.of((labels & {name}, given & {name}) for _language, (labels, given) in pairs)
        for name in names
    }
    languages = {
        language: Score.of(pair for other, pair in pairs if other == language)
        for language in sorted({language for language, _pair in pairs})
    }
    kinds = [row.kind == result.kind for row, result in judged if row.kind is not None]
    places = [(row.regions, frozenset(result.regions)) for row, result in judged if row.regions is not None]
    ranked = [(result.relevance, row.relevant) for row, result in judged if row.relevant is not None]
    return Report(
        rows=len(judged),
        micro=Score.of(pair for _language, pair in pairs),
        macro=_mean([score for score in topics.values() if score.n]),
        topics=topics,
        languages=languages,
        kind_accuracy=fmean(kinds) if kinds else None,
        regions=Score.of(places) if places else None,
        auc=auc(ranked),
        wss95=wss(ranked, 0.95),
    )


def auc(ranked: Sequence[tuple[float, bool]]) -> float | None:
    """The chance that a relevant row stands above an irrelevant one, ties half; `ranked` are (score, relevant).

    That is the area under the ROC curve. None without rows of both kinds.
    """
    labels = [relevant for _score, relevant in ranked]
    if len(set(labels)) < 2:
        return None
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(labels, [score for score, _relevant in ranked]))


def wss(ranked: Sequence[tuple[float, bool]], recall: float) -> float | None:
    """Work saved over sampling (Cohen et al. 2006, doi:10.1197/jamia.M1929), at most 1; None without a relevant row.

    The share of rows that need not be read to find `recall` of the relevant ones, reading by score, less what a
    reader of a random sample would save at the same recall.
    """
    # Of equal scores the irrelevant are read first: nobody is credited with luck.
    order = sorted(ranked, key=lambda pair: (-pair[0], pair[1]))
    places = [read for read, (_score, relevant) in enumerate(order, 1) if relevant]
    if not places:
        return None
    # A product that is a hair above a whole number, as floats are, means that number.
    needed = max(1, math.ceil(recall * len(places) - 1e-9))
    return (len(order) - places[needed - 1]) / len(order) - (1 - recall)


def _mean(scores: Sequence[Score]) -> Score:
    if not scores:
        return Score(0.0, 0.0, 0.0, 0)
    return Score(
        fmean(score.precision for score in scores),
        fmean(score.recall for score in scores),
        fmean(score.f1 for score in scores),
        len(scores),
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
