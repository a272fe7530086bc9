"""Pure: which countries and regions an entry is about."""

from classifiers.words.reading import Reading
from classifiers.words.wordlists import word_list

#: Places that an entry is given: what names more is a survey.
MOST = 4

#: Languages of one country: a story in them that names no place is told at home.
_HOME = {"ko": "KR", "ja": "JP", "zh": "CN"}


def regions(title: Reading, lead: Reading, language: str = "", country: str = "") -> list[str]:
    """The countries and regions that the title names, else the lead; else the entry's own country; at most MOST.

    They are ISO 3166 codes, EU, ASEAN and WORLD, in the text's order; none where nothing tells.

    Its own is `country`, its source's, else the home of its language. The world is given only where no country is
    named, home words ("국내", "政府") do not stand, and the text says so.
    """
    home = country if country in word_list("regions", names=True).concepts else _HOME.get(language, "")
    named = [place for reading in (title, lead) if (place := _places(reading))]
    for places in named:
        if countries := [place for place in places if place not in {"home", "WORLD"}]:
            return countries[:MOST]
    said = {place for places in named for place in places}
    if home and "home" in said:
        return [home]
    if "WORLD" in said:
        return ["WORLD"]
    return [home] if home else []


def _places(reading: Reading) -> list[str]:
    hits = word_list("regions", names=True).find(reading)
    return [place for place in dict.fromkeys(hit.concept for hit in hits) if place != "nowhere"]
