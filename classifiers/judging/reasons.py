"""Pure: the reasons for a topic, as they are kept and named; `classifiers.judging.explaining` finds them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

#: What a reason goes by: a word of topics.yaml, other letters, or what the sentence as a whole means.
WORD, LETTERS, MEANING = "word", "letters", "meaning"


@dataclass(frozen=True, slots=True)
class Reason:
    """What carried a topic, in part."""

    phrase: str  #: as the text has it
    weight: float = 0.0  #: log-odds that it adds
    by: str = ""  #: WORD, LETTERS or MEANING; empty where a row from before does not say
    term: str = ""  #: of a word: as topics.yaml has it

    def as_dict(self) -> dict[str, object]:
        """The reason as the database and JSON lines have it."""
        return asdict(self)

    @classmethod
    def of(cls, row: object) -> "Reason":
        """A reason as the database has it; in rows from before it is the phrase alone."""
        return cls(**row) if isinstance(row, dict) else cls(str(row))


def phrases(reasons: Sequence[Reason]) -> list[str]:
    """The phrases to name where there is no room for more: the words of topics.yaml, or the strongest kind of any other."""
    kinds = [reason.by for reason in reasons]
    chosen = WORD if WORD in kinds else next(iter(kinds), "")
    return [reason.phrase for reason in reasons if reason.by == chosen]
