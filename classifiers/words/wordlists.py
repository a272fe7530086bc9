"""The word lists of our own that are no topics: regions, kinds, what editors want, and names that every language has."""

from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

from classifiers.words.lexicon import Lexicon, Word

_DATA = Path(__file__).resolve().parents[1] / "data"


@cache
def word_list(name: str, *, names: bool = False) -> Lexicon:
    """The lexicon of `classifiers/data/NAME.yaml` (concept, then language, then words), read once a process.

    A word with capitals counts as written: US is not us. `names` is as `Lexicon` has it.
    """
    data: dict[str, dict[str, list[str]]] = YAML(typ="safe", pure=True).load(_DATA / f"{name}.yaml")
    words = [
        Word(concept, term, case=term != term.casefold() and term.isascii())
        for concept, by_language in data.items()
        for terms in by_language.values()
        for term in terms
    ]
    return Lexicon(words, names=names)
