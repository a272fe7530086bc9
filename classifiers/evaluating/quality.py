"""Pure: how right the model was, by what editors decided; of fewer than ten cases nothing is said."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from classifiers.evaluating.evaluation import Score, auc, wss

#: Fewer cases than this are too few to say anything by.
ENOUGH = 10
#: The share of normal deviates within this many standard deviations is 95 %.
_Z = 1.959964


@dataclass(frozen=True, slots=True)
class Judged:
    """What the model said of something, and what an editor said of it later; None where nobody did."""

    language: str
    #: The topics that the model gave, and those that an editor left it with.
    given: frozenset[str] = frozenset()
    corrected: frozenset[str] | None = None
    relevance: float | None = None
    accepted: bool | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `n`, with the Wilson interval at 95 %."""

    part: int
    n: int

    @property
    def enough(self) -> bool:
        """Whether there are cases enough to name the share."""
        return self.n >= ENOUGH

    @property
    def value(self) -> float:
        """The share, 0 to 1; of nothing, 0."""
        return self.part / self.n if self.n else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The bounds between which the true share lies, most likely (`wilson`)."""
        return wilson(self.part, self.n)


@dataclass(frozen=True, slots=True)
class Figures:
    """How the model's topics compare with the editors'."""

    #: Of the topics that the model gave, those that were right; of the right ones, those that it gave.
    precision: Share
    recall: Share
    #: None while one of the two rests on too few cases.
    f1: float | None

    @property
    def n(self) -> int:
        """How many topics editors set."""
        return self.recall.n


@dataclass(frozen=True, slots=True)
class Ranking:
    """How well relevance puts what editors want above what they do not."""

    #: How many were.
    accepted: int
    rejected: int
    #: `classifiers.evaluating.evaluation.auc` and `wss` at 0.95; None while there are too few of either kind.
    auc: float | None
    wss95: float | None


@dataclass(frozen=True, slots=True)
class Quality:
    """How right the model was, in figures."""

    #: How many entries an editor gave other topics, or the same.
    retagged: int
    all: Figures
    topics: dict[str, Figures]
    languages: dict[str, Figures]
    ranking: Ranking


@dataclass(frozen=True, slots=True)
class Missed:
    """How many stories below the line an editor would have wanted."""

    #: How many of the sample were decided on, and how many of those were wanted.
    sample: Share
    #: The estimate and its interval; None while the sample is too small.
    likely: int | None
    least: int | None
    most: int | None


def quality(rows: Sequence[Judged]) -> Quality:
    """The figures by topic and language; topics count only where an editor set them, relevance where one decided."""
    tagged = [row for row in rows if row.corrected is not None]
    names = sorted({name for row in tagged for name in row.given | (row.corrected or frozenset())})
    return Quality(
        retagged=len(tagged),
        all=_figures(tagged),
        topics={name: _figures(tagged, frozenset({name})) for name in names},
        languages={
            language: _figures([row for row in tagged if row.language == language])
            for language in sorted({row.language for row in tagged})
        },
        ranking=ranking(
            (row.relevance, row.accepted)
            for row in rows
            if row.relevance is not None and row.accepted is not None
        ),
    )


def ranking(decided: Iterable[tuple[float, bool]]) -> Ranking:
    """AUC and WSS@95 of relevance, from what was decided: (relevance, whether it was accepted)."""
    rows = list(decided)
    accepted = sum(wanted for _relevance, wanted in rows)
    rejected = len(rows) - accepted
    # One accepted story among a thousand would say as little as one story.
    enough = min(accepted, rejected) >= ENOUGH
    return Ranking(accepted, rejected, auc(rows) if enough else None, wss(rows, 0.95) if enough else None)


def missed(accepted: int, decided: int, below: int) -> Missed:
    """How many of the `below` stories are missed, if as many of them are wanted as of a random sample of them.

    Of the sample `decided` were decided on, and `accepted` of those were wanted.
    """
    sample = Share(accepted, decided)
    if not sample.enough:
        return Missed(sample, None, None, None)
    low, high = sample.interval
    return Missed(sample, round(below * sample.value), math.floor(below * low), math.ceil(below * high))


def wilson(part: int, n: int) -> tuple[float, float]:
    """The interval of a share at 95 % (Wilson 1927, doi:10.1080/01621459.1927.10502953); (0, 1) of nothing.

    Unlike the usual one, it is right for small n and for shares of 0 and 1, too.
    """
    if n == 0:
        return 0.0, 1.0
    share, spread = part / n, _Z * _Z / n
    middle = share + spread / 2
    half = _Z * math.sqrt(share * (1 - share) / n + spread / (4 * n))
    # Floats are a hair off where the bound is 0 or 1 itself.
    low = 0.0 if part == 0 else (middle - half) / (1 + spread)
    high = 1.0 if part == n else (middle + half) / (1 + spread)
    return low, high


def _figures(rows: Iterable[Judged], among: frozenset[str] | None = None) -> Figures:
    pairs = [
        (row.corrected or frozenset(), row.given)
        if among is None
        else ((row.corrected or frozenset()) & among, row.given & among)
        for row in rows
    ]
    right = sum(len(labels & given) for labels, given in pairs)
    precision = Share(right, sum(len(given) for _labels, given in pairs))
    recall = Share(right, sum(len(labels) for labels, _given in pairs))
    both = precision.enough and recall.enough
    return Figures(precision, recall, Score.of(pairs).f1 if both else None)
