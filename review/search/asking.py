"""Pure: what is asked of the index, and how SQLite's FTS5 and PostgreSQL's tsquery spell it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from review.search.terms import Run, fold, pairs, runs

#: No more words than this count: a search is a line, not a document.
MAX_WORDS = 6
#: A word of so many letters also finds longer ones: chip, chips, chipmaker. A shorter one does not: IRA is not Iran.
PREFIX_FROM = 4


@dataclass(frozen=True, slots=True)
class Phrase:
    """Terms that stand one behind the other; with `prefix` the last may go on."""

    terms: tuple[str, ...]
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: tuple["Question", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One part or another holds."""

    parts: tuple["Question", ...]


@dataclass(frozen=True, slots=True)
class Without:
    """The one holds and the other does not."""

    wanted: "Question"
    unwanted: "Question"


Question = Phrase | All | AnyOf | Without


def every(parts: Iterable[Question]) -> Question:
    """All of at least one part."""
    each = tuple(parts)
    return each[0] if len(each) == 1 else All(each)


def either(parts: Iterable[Question]) -> Question:
    """Any of at least one part."""
    each = tuple(dict.fromkeys(parts))
    return each[0] if len(each) == 1 else AnyOf(each)


#: 금리, "solid state", -전망.
_CHUNK = re.compile(r'(-?)(?:"([^"]*)"|([^\s"]+))')
_QUOTES = str.maketrans("“”„‟＂", '"""""')


@dataclass(frozen=True, slots=True)
class Chunk:
    """A word of a search, or what stands in quotation marks."""

    text: str
    quoted: bool = False
    excluded: bool = False


def chunks(query: str) -> list[Chunk]:
    """The first `MAX_WORDS` parts of a search that hold a letter or a digit, in their order."""
    found = []
    for match in _CHUNK.finditer(query.translate(_QUOTES)):
        text = match[2] if match[2] is not None else match[3]
        if any(runs(fold(text))):
            found.append(Chunk(text, quoted=match[2] is not None, excluded=bool(match[1])))
    return found[:MAX_WORDS]


def question(query: str) -> Question | None:
    """What a search asks for: every word, and none that a minus stands before; None where there is nothing to find.

    A search of nothing but minus asks for nothing.
    """
    found = chunks(query)
    wanted = [_asked(chunk) for chunk in found if not chunk.excluded]
    if not wanted:
        return None
    unwanted = [_asked(chunk) for chunk in found if chunk.excluded]
    return Without(every(wanted), either(unwanted)) if unwanted else every(wanted)


def _asked(chunk: Chunk) -> Question:
    found = list(runs(fold(chunk.text)))
    *before, last = found
    head = tuple(term for run in before for term in run.terms)
    if not last.is_cjk:
        if not before and not chunk.quoted:
            return either(word_forms(last.text))
        return Phrase((*head, *last.terms), prefix=not chunk.quoted and len(last.text) >= PREFIX_FROM)
    if len(last.text) == 1:
        # Before whatever character it stands.
        return Phrase((*head, last.text), prefix=True)
    return either(Phrase((*head, *spelling)) for spelling in _spellings(last))


def _spellings(run: Run) -> list[Sequence[str]]:
    """The run's pairs, and those that a Korean space within it makes of them: 스마트공장, 스마트 공장."""
    whole = pairs(run.text)
    spaced = [
        [*whole[:place], f"{whole[place][0]}_{whole[place][1]}", *whole[place + 1 :]]
        for place in range(1, len(whole) - 1)
    ]
    return [whole, *spaced] if "가" <= run.text[0] <= "힣" else [whole]


_IES = re.compile(r"[^\W\d_aeiou]y$")


def word_forms(word: str) -> list[Phrase]:
    """An English word with its plural or singular, and with longer words that begin with it where it is long enough."""
    if len(word) < PREFIX_FROM:
        return [Phrase((word,)), Phrase((f"{word}s",))]
    forms = [Phrase((word,), prefix=True)]
    if _IES.search(word):
        forms.append(Phrase((f"{word[:-1]}ies",)))
    if len(word) > PREFIX_FROM and word.endswith("s") and not word.endswith("ss"):
        forms.append(Phrase((word[:-1],)))
    return forms


def fts5(asked: Question) -> str:
    """The question as the right side of MATCH (https://www.sqlite.org/fts5.html#full_text_query_syntax)."""
    match asked:
        case Phrase(terms, prefix):
            quoted = " ".join(terms).replace('"', '""')
            return f'"{quoted}" *' if prefix else f'"{quoted}"'
        case All(parts):
            return f"({' AND '.join(map(fts5, parts))})"
        case AnyOf(parts):
            return f"({' OR '.join(map(fts5, parts))})"
        case Without(wanted, unwanted):
            return f"({fts5(wanted)} NOT {fts5(unwanted)})"


def tsquery(asked: Question) -> str:
    """The question as a literal for `::tsquery`.

    https://www.postgresql.org/docs/current/datatype-textsearch.html#DATATYPE-TSQUERY
    """
    match asked:
        case Phrase(terms, prefix):
            return f"({' <-> '.join(map(_lexeme, terms))}{':*' if prefix else ''})"
        case All(parts):
            return f"({' & '.join(map(tsquery, parts))})"
        case AnyOf(parts):
            return f"({' | '.join(map(tsquery, parts))})"
        case Without(wanted, unwanted):
            return f"({tsquery(wanted)} & !{tsquery(unwanted)})"


def _lexeme(term: str) -> str:
    escaped = term.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
