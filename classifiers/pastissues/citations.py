"""Pure: the citations that bulletins print, in a list, in brackets, at an article's foot: author, title, medium, date."""

import re
from collections.abc import Iterable, Iterator
from datetime import date

from classifiers.pastissues.issue import Citation
from classifiers.pastissues.placeholders import NO_DATE, said
from monitor.texts.text import clean_line

#: 2022.12.1. · 2021. 5.19. · 2022年12月12日 · 2022년 11월 · 令和4年 12月22日 · 2022.11.
_DATE = re.compile(
    r"(?:(?P<year>(?:19|20)\d{2})|(?P<era>令和|平成)\s*(?P<of_era>\d{1,2}|元))"
    r"\s*[.\-/年년]\s*(?P<month>1[0-2]|0?[1-9])(?!\d|\s*호)(?:\s*[.\-/月월]\s*(?P<day>3[01]|[12]\d|0?[1-9])(?!\d))?\s*[.日일月월]?"
)
_ERAS = {"令和": 2018, "平成": 1988}
#: What may follow a date that ends a citation: when it was looked up.
_DATE_AT_END = re.compile(
    rf",?\s*(?P<date>{_DATE.pattern})\s*(?:검색|접속|열람|확인|閲覧|accessed)?\s*[.)]?\s*$", re.I
)
#: Where a draft still wants its date.
_UNDATED = re.compile(rf",?\s*\({NO_DATE}\)\s*[.)]?\s*$")
_BRACKETS = re.compile(r"[(（]((?:[^()（）]|[(（][^()（）]*[)）]){3,400})[)）]")
_FOOT = re.compile(r"^[(（\[]?\s*(?:참고|출처|자료)\s*[:：]\s*(?P<body>.+?)[)）\]]?\s*$")
_NAME = re.compile(r"[一-龥々]{2,6}|[가-힣]{2,4}|[A-Z][\w.'’-]*(?: [A-Z][\w.'’-]*){1,3}")
_AUTHORS = re.compile(r"(?:編集部|編集委員|取材班|편집부|취재팀)$")
#: A phrase, where a name of a person, an office or a medium should stand.
_PHRASE = re.compile(r"(?=.{10})(?=.*[のをがはでにへとも])|.{41}")
_URL = re.compile(r"https?://.*")
#: 2021.1.1.~2023.12.31. is a span of time.
_RANGE = re.compile(r"(?:19|20)\d{2}[\d\s.\-/년월일年月日]*[~～\-–]\s*$")
_LETTER = re.compile(r"[^\W\d_]{2}")


def parse_date(text: str) -> date | None:
    """The first real date in the text, Japanese eras included; the first of the month where it has no day; None for none."""
    for found in _DATE.finditer(text):
        if found["era"]:
            year = _ERAS[found["era"]] + (1 if found["of_era"] == "元" else int(found["of_era"]))
        else:
            year = int(found["year"])
        try:
            return date(year, int(found["month"]), int(found["day"] or 1))
        except ValueError:
            continue
    return None


def ends_with_date(text: str) -> bool:
    """Whether the text can be the end of a citation: it ends with a date, a placeholder for one, or an address."""
    ends = (_DATE_AT_END.search(text), _UNDATED.search(text), re.search(r"https?://\S+$", text))
    return any(ends)


def in_brackets(text: str) -> Iterator[Citation]:
    """The citations that stand in the text itself, in its order: whatever in brackets ends with a date or is an address."""
    for found in _BRACKETS.finditer(text):
        body = clean_line(found[1])
        ending = _DATE_AT_END.search(body)
        named = body[: ending.start()] if ending else ""
        if _URL.match(body) or (_LETTER.search(named) and not _RANGE.search(named)):
            yield from_reference(body)


def distinct(cited: Iterable[Citation]) -> list[Citation]:
    """The citations, in order, each once: a document is often named in the text and again in the list."""
    found: dict[object, Citation] = {}
    for citation in cited:
        named = (citation.author, citation.title, citation.medium, citation.date)
        found.setdefault(named if citation.title else citation.raw, citation)
    return list(found.values())


def from_reference(raw: str) -> Citation:
    """The citation that a reference of a list means: `author, original title, medium, YYYY.M.D.`

    What is not there is empty; nothing is refused. A title may hold commas, several authors may stand before it or none,
    and the medium may be missing: leading parts that are names are authors, the last is the medium unless it reads like a
    phrase, and the rest is the title.
    """
    body = clean_line(raw).strip()
    day, parts = _dated(body)
    parts = [part for part in parts if not _URL.match(part)]
    if len(parts) <= 1:
        return Citation("", "", parts[0] if parts else "", day, "", body)
    if _AUTHORS.search(parts[-1]):
        # "title, title, desk": some print the author last.
        return Citation(parts[-1], ", ".join(parts[:-1]), "", day, "", body)
    authors = [] if _PHRASE.match(parts[0]) else [parts.pop(0)]
    while authors and len(parts) > 2 and _NAME.fullmatch(parts[0]) and _NAME.fullmatch(authors[-1]):
        authors.append(parts.pop(0))
    medium = parts.pop() if len(parts) > 1 and not _PHRASE.match(parts[-1]) else ""
    return Citation(", ".join(authors), ", ".join(parts), medium, day, "", body)


def from_foot(text: str, country: str = "") -> Citation | None:
    """The citation of an article's foot, `(참고 : METI, original title, 2025.01.13.)`; None for text that is no such foot."""
    found = _FOOT.match(clean_line(text))
    if not found:
        return None
    day, parts = _dated(found["body"])
    parts = [part for part in parts if not _URL.match(part)]
    author = parts.pop(0) if parts else ""
    return Citation(author, ", ".join(parts), "", day, country, clean_line(text).strip("()（）[] "))


def title_of(raw: str) -> str:
    """The title in a citation as `Citation.raw` has it; empty where none can be told."""
    citation = from_foot(raw) or from_reference(raw)
    return citation.title


def _dated(body: str) -> tuple[date | None, list[str]]:
    """The date at the end, and the parts before it."""
    ending = _DATE_AT_END.search(body)
    rest = body[: ending.start()] if ending else _UNDATED.sub("", body)
    parts = [
        said(part.strip()) for part in re.split(r",(?!\d{3}(?!\d))\s*", rest.rstrip(" ,.")) if part.strip()
    ]
    return (parse_date(ending["date"]) if ending else None), parts
