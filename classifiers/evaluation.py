"""Pure: how right the classifier is, on rows that somebody labelled."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from classifiers.classifier import Classification
from classifiers.jsonl import Row


@dataclass(frozen=True, slots=True)
class Score:
    """Precision, recall and F1 of something, and how many labels they rest on."""

    precision: float
    recall: float
    f1: float
    n: int

    @classmethod
    def of(cls, true_positives: int, given: int, labelled: int) -> "Score":
        """From counts; a share of nothing is 0."""
        precision = true_positives / given if given else 0.0
        recall = true_positives / labelled if labelled else 0.0
        f1 = 2 * true_positives / (given + labelled) if given + labelled else 0.0
        return cls(precision, recall, f1, labelled)

    def as_dict(self) -> dict[str, float | int]:
        """Rounded, for JSON."""
        return {
            "precision": round(self.precision, 4),
            "recall": round(self.recall, 4),
            "f1": round(self.f1, 4),
            "n": self.n,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """All figures of one evaluation; those of labels that the file lacks are None."""

    rows: int
    micro: Score
    macro_f1: float  #: over the topics that the file labels
    topics: dict[str, Score]
    languages: dict[str, Score]
    kind_accuracy: float | None
    regions: Score | None
    auc: float | None
    wss95: float | None

    def as_dict(self) -> dict[str, object]:
        """For `monitor evaluate --json`."""
        return {
            "rows": self.rows,
            "micro": self.micro.as_dict(),
            "macro_f1": round(self.macro_f1, 4),
            "topics": {topic: score.as_dict() for topic, score in self.topics.items()},
            "languages": {language: score.as_dict() for language, score in self.languages.items()},
            "kind_accuracy": _rounded(self.kind_accuracy),
            "regions": self.regions.as_dict() if self.regions else None,
            "ranking": {"auc": _rounded(self.auc), "wss95": _rounded(self.wss95)},
        }


def evaluate(rows: Sequence[Row], results: Sequence[Classification]) -> Report:
    """The figures of `results` against the rows' labels."""
    pairs = [
        (row, frozenset(topic.topic for topic in result.topics))
        for row, result in zip(rows, results, strict=True)
    ]
    names = sorted({topic for row in rows for topic in row.topics})
    topics = {name: _score((row.topics & {name}, given & {name}) for row, given in pairs) for name in names}
    by_language: dict[str, list[tuple[frozenset[str], frozenset[str]]]] = defaultdict(list)
    for row, given in pairs:
        by_language[row.text.language].append((row.topics, given))
    kinds = [(row.kind, result.kind) for row, result in zip(rows, results, strict=True) if row.kind]
    placed = [
        (row.regions, frozenset(result.regions))
        for row, result in zip(rows, results, strict=True)
        if row.regions
    ]
    ranked = [
        (result.relevance, row.relevant)
        for row, result in zip(rows, results, strict=True)
        if row.relevant is not None
    ]
    return Report(
        rows=len(rows),
        micro=_score((row.topics, given) for row, given in pairs),
        macro_f1=sum(score.f1 for score in topics.values()) / len(topics) if topics else 0.0,
        topics=topics,
        languages={language: _score(found) for language, found in sorted(by_language.items())},
        kind_accuracy=sum(label == given for label, given in kinds) / len(kinds) if kinds else None,
        regions=_score(placed) if placed else None,
        auc=auc(ranked),
        wss95=wss(ranked, 0.95),
    )


def auc(ranked: Sequence[tuple[float, bool]]) -> float | None:
    """The chance that a relevant row stands above an irrelevant one; ties count half. None without both."""
    wanted = [score for score, relevant in ranked if relevant]
    others = [score for score, relevant in ranked if not relevant]
    if not wanted or not others:
        return None
    wins = sum((score > other) + 0.5 * (score == other) for score in wanted for other in others)
    return wins / (len(wanted) * len(others))


def wss(ranked: Sequence[tuple[float, bool]], recall: float) -> float | None:
    """Work saved over sampling (Cohen et al. 2006): the share of rows that need not be read to find `recall` of the
    relevant ones, reading by score, less the share that a reader of a random sample of that recall would save."""
    order = sorted(ranked, key=lambda pair: (-pair[0], pair[1]))
    total = sum(relevant for _score, relevant in order)
    if not total:
        return None
    # The least whole number of relevant rows that is at least that share.
    needed = -int(-total * recall // 1)
    found = 0
    for read, (_relevance, relevant) in enumerate(order, 1):
        found += relevant
        if found >= needed:
            return (len(order) - read) / len(order) - (1 - recall)
    return None


def _score(pairs: Iterable[tuple[frozenset[str], frozenset[str]]]) -> Score:
    true_positives = given = labelled = 0
    for labels, found in pairs:
        true_positives += len(labels & found)
        given += len(found)
        labelled += len(labels)
    return Score.of(true_positives, given, labelled)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
