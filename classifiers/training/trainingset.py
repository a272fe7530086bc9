"""Labelled texts to learn from, and their labels as arrays; those that ship with the program, one file a topic."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifiers.judging.anchors import Matrix
from classifiers.judging.features import EntryText
from classifiers.judging.kinds import KINDS

_SHIPPED = Path(__file__).resolve().parents[1] / "data" / "training"


@dataclass(frozen=True, slots=True)
class Example:
    """A text and what is true of it; None where nobody has said. No topics at all is something said."""

    text: EntryText
    topics: frozenset[str] | None
    kind: str | None = None  #: of KINDS
    relevant: bool | None = None  #: whether an editor would want it
    #: How much it counts: what an editor decided says more than what ships.
    weight: float = 1.0


@cache
def shipped() -> tuple[Example, ...]:
    """The training set written for this project, in the order of its files."""
    return tuple(example for file in sorted(_SHIPPED.glob("*.jsonl")) for example in _read(file))


def _read(file: Path) -> Iterator[Example]:
    for line in file.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        text = EntryText(row["title"], row["lead"], row["lang"])
        yield Example(text, frozenset(row["topics"]), row["kind"], bool(row["relevant"]))


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of examples, row for row."""

    topics: Matrix  #: (examples × topics), 0 or 1; 0 where unknown
    tagged: NDArray[np.bool_]  #: (examples): whether the topics are known
    kinds: NDArray[np.int_]  #: (examples): index into KINDS, -1 where unknown
    relevant: NDArray[np.int_]  #: (examples): 0 or 1, -1 where unknown
    weights: Matrix  #: (examples): how much each counts

    def rows(self, rows: slice) -> "Labels":
        """The labels of some examples."""
        return Labels(
            self.topics[rows], self.tagged[rows], self.kinds[rows], self.relevant[rows], self.weights[rows]
        )

    @classmethod
    def of(cls, examples: Sequence[Example], topics: Sequence[str]) -> "Labels":
        """The labels of examples, for these topics in this order."""
        return cls(
            np.array(
                [[float(topic in (example.topics or ())) for topic in topics] for example in examples],
                np.float32,
            ),
            np.array([example.topics is not None for example in examples]),
            np.array([KINDS.index(example.kind) if example.kind else -1 for example in examples]),
            np.array([-1 if example.relevant is None else int(example.relevant) for example in examples]),
            np.array([example.weight for example in examples], np.float32),
        )
