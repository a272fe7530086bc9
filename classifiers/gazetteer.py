"""Pure: word lists of our own that are not topics: regions, kinds, and what editors want."""

from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

from classifiers.lexicon import Entry, Hit, Lexicon

_DATA = Path(__file__).resolve().parent / "data"


@cache
def word_list(name: str) -> Lexicon:
    """The lexicon of `classifiers/data/NAME.yaml`; a concept is a key of it."""
    data: dict[str, list[str]] = YAML(typ="safe").load(_DATA / f"{name}.yaml")
    return Lexicon(
        Entry(str(concept), str(term), case=str(term).isascii() and str(term).isupper())
        for concept, terms in data.items()
        for term in terms
    )


def strongest(hits: list[Hit]) -> list[str]:
    """The words of hits as people read them, each once, in the text's order."""
    return list(dict.fromkeys(hit.surface for hit in hits))


#: More than this many are no place but a survey.
_MOST_REGIONS = 4


def regions(title: str, lead: str, country: str = "") -> list[str]:
    """The regions that a story is about, those of its title first; its source's country where it names none."""
    places = word_list("regions")
    found = list(dict.fromkeys(hit.concept for hit in (*places.find(title), *places.find(lead))))
    named = [region for region in found if region != "WORLD"]
    if not named:
        named = ["WORLD"] if found else [country] if country and country != "INT" else []
    return named[:_MOST_REGIONS]
