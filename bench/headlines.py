"""Headlines as busy days have them: pieces of the training set's put together anew, one in five told again by somebody else.

So words are as common and as rare as they are in news, which headlines filled in from a formula are not.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from random import Random

from classifiers.training.trainingset import shipped

#: What desks do to a headline: each is the same story.
EDITS: tuple[Callable[[str], str], ...] = (
    lambda title: f"[속보] {title}",
    lambda title: f"{title} (종합)",
    lambda title: f"{title} - Daily Wire",
    lambda title: f"【速報】{title}｜日々新聞",
    lambda title: f"UPDATE 2-{title}",
    lambda title: title.replace(" ", "  ").replace(",", "，"),
    lambda title: f"{title} 전망",
)
#: Of all headlines, how many tell what another told; of these, how many have a word put in.
TOLD_AGAIN, WORD_PUT_IN = 0.2, 0.4
#: What is told again was told among so many before.
_BACK = 10_000
_LANGUAGES = {"ja": 5, "ko": 3, "en": 2, "zh": 1}


@dataclass(frozen=True, slots=True)
class Headline:
    """A headline with its lead, and what it tells of: the place of whoever told it first."""

    title: str
    lead: str
    event: int
    language: str


def headlines(random: Random) -> Iterator[Headline]:
    """Headlines without end, the same for the same state of `random`."""
    titles, leads = _pieces()
    told: list[Headline] = []
    place = 0
    while True:
        if told and random.random() < TOLD_AGAIN:
            one = random.choice(told[-_BACK:])
            yield replace(one, title=_edited(one, titles, random), lead=f"(서울=누리통신) {one.lead}")
        else:
            language = random.choices(list(_LANGUAGES), list(_LANGUAGES.values()))[0]
            between = _between(language)
            title = between.join(random.choices(titles[language], k=5))
            lead = between.join(random.choices(leads[language], k=14))
            told.append(Headline(title, lead, place, language))
            yield told[-1]
        place += 1


def _pieces() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Of the titles and of the leads in each language, all pieces: two words, or five characters."""
    titles: dict[str, list[str]] = {language: [] for language in _LANGUAGES}
    leads: dict[str, list[str]] = {language: [] for language in _LANGUAGES}
    for example in shipped():
        text = example.text
        if text.language in _LANGUAGES:
            titles[text.language] += _cut(text.title, text.language)
            leads[text.language] += _cut(text.lead, text.language)
    return titles, leads


def _between(language: str) -> str:
    return "" if language in {"ja", "zh"} else " "


def _cut(text: str, language: str) -> list[str]:
    if not _between(language):
        return [text[start : start + 5] for start in range(0, len(text), 5)]
    words = text.split()
    return [" ".join(words[start : start + 2]) for start in range(0, len(words), 2)]


def _edited(one: Headline, titles: dict[str, list[str]], random: Random) -> str:
    if random.random() >= WORD_PUT_IN:
        return random.choice(EDITS)(one.title)
    # A figure put in would make it another story.
    word = re.sub(r"\W|\d", "", random.choice(titles[one.language]).split(" ")[0])[:4]
    if not _between(one.language):
        place = random.randrange(1, len(one.title))
        return one.title[:place] + word + one.title[place:]
    words = one.title.split(" ")
    words.insert(random.randrange(1, len(words)), word)
    return " ".join(words)
