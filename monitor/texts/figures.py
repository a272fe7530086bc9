"""Pure: the figures that a text states, as values that all of our languages write differently and mean alike.

1조 2000억, 1兆2,000億, 1.2万亿 and "1.2 trillion" are one number; 11월 20일, 11月20日 and "20 November" one day.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from monitor.texts.words import normalise


class Figure(NamedTuple):
    """One figure: what it is of, and its value."""

    #: "number", "percent", "year", "month", "day" (month * 100 + day), "mday" (of a month unsaid), "quarter", "half",
    #: "weekday" (1 is Monday), "part" (of a series) or "years": 27年 may be 2027 or as many years.
    kind: str
    value: float


def figures(text: str) -> frozenset[Figure]:
    """The figures that `text` states, each once. What belongs to a name (HBM4, GPT-5) is none."""
    return _figures(normalise(text))


def without_figures(text: str) -> str:
    """`text`, which is normalised, with a space for each of its figures: the words that are left to compare."""
    return _ANY.sub(" ", text)


@lru_cache(maxsize=8192)
def _figures(text: str) -> frozenset[Figure]:
    found: set[Figure] = set()
    for match in _ANY.finditer(text):
        found.update(_READERS[match.lastgroup or ""](match.group()))
    return frozenset(found)


_NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:\.\d{3})+(?!\d)|\d+(?:[.,]\d+)?)"
#: A digit that no Latin word and no longer number runs into.
_FREE = r"(?<![a-zà-ÿ\d])(?<![a-zà-ÿ]-)(?<!\d[.,])"
_SCALES = {
    "천": 1e3, "千": 1e3, "만": 1e4, "万": 1e4, "萬": 1e4, "억": 1e8, "億": 1e8, "亿": 1e8, "조": 1e12, "兆": 1e12,
}  # fmt: skip
_SCALE = f"[{''.join(_SCALES)}]"
_WESTERN = {
    "thousand": 1e3, "tausend": 1e3, "million": 1e6, "millions": 1e6, "millionen": 1e6, "mio": 1e6, "mln": 1e6, "mn": 1e6,
    "billion": 1e9, "billions": 1e9, "milliarde": 1e9, "milliarden": 1e9, "mrd": 1e9, "bln": 1e9, "bn": 1e9,
    "trillion": 1e12, "trillions": 1e12, "billionen": 1e12, "trln": 1e12, "trn": 1e12, "tn": 1e12,
}  # fmt: skip
_SYMBOLIC = {"k": 1e3, "m": 1e6, "b": 1e9, "t": 1e12}
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar", "february feb februar", "march mar märz", "april apr", "may mai", "june jun juni",
            "july jul juli", "august aug", "september sept sep", "october oct oktober", "november nov",
            "december dec dezember",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH = "(?:" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + ")"
#: Those that are a month's name and nothing else, also without a day.
_PLAIN_MONTH = "(?:january|february|april|june|july|august|september|october|november|december|januar|februar|märz|juni|juli|oktober|dezember)"
_ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "erste": 1, "zweite": 2, "dritte": 3, "vierte": 4,
}  # fmt: skip
_HAN = {character: value for value, character in enumerate("一二三四五六七八九十", 1)}
_HALVES = {
    "상반기": 1, "上半期": 1, "上半年": 1, "上期": 1, "first half": 1, "first-half": 1,
    "하반기": 2, "下半期": 2, "下半年": 2, "下期": 2, "second half": 2, "second-half": 2,
}  # fmt: skip
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "월요일 月曜 周一 星期一 monday montag", "화요일 火曜 周二 星期二 tuesday dienstag",
            "수요일 水曜 周三 星期三 wednesday mittwoch", "목요일 木曜 周四 星期四 thursday donnerstag",
            "금요일 金曜 周五 星期五 friday freitag", "토요일 土曜 周六 星期六 saturday samstag",
            "일요일 日曜 周日 星期日 sunday sonntag",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip
_PARTS = {"상": 1, "上": 1, "중": 2, "中": 2, "하": 3, "下": 3, "전편": 1, "前編": 1, "후편": 3, "後編": 3}
_ERAS = {"令和": 2018, "平成": 1988}


def _digits(text: str) -> list[float]:
    return [_value(number) for number in re.findall(_NUMBER, text)]


def _value(number: str) -> float:
    if re.fullmatch(r"\d+,\d{1,2}|\d+,\d{4,}", number):
        return float(number.replace(",", "."))
    if re.fullmatch(r"[1-9]\d{0,2}(?:\.\d{3})+", number):
        # 35.000 Stellen. An English decimal of exactly three places is rarer than a German thousand.
        return float(number.replace(".", ""))
    return float(number.replace(",", ""))


def _date(text: str) -> Iterator[Figure]:
    year, month, day = (int(number) for number in re.findall(r"\d+", text)[:3])
    yield Figure("year", year)
    yield from _day(month, day)


def _day(month: int, day: int) -> Iterator[Figure]:
    if 1 <= month <= 12 and 1 <= day <= 31:
        yield Figure("day", month * 100 + day)
        yield Figure("mday", day)


def _month_day(text: str) -> Iterator[Figure]:
    yield from _day(*(int(number) for number in re.findall(r"\d+", text)[:2]))


def _named_day(text: str) -> Iterator[Figure]:
    day, name = re.search(r"\d+", text), re.search(_MONTH, text)
    if day and name:
        yield from _day(_MONTHS[name.group()], int(day.group()))


def _named_month(text: str) -> Iterator[Figure]:
    yield Figure("month", _MONTHS[text.split()[-1]])


def _small(kind: str, most: int) -> Callable[[str], Iterator[Figure]]:
    def read(text: str) -> Iterator[Figure]:
        value = int(_digits(text)[0])
        if 1 <= value <= most:
            yield Figure(kind, value)

    return read


def _quarter(text: str) -> Iterator[Figure]:
    digit = re.search("[1-4]", text)
    names = [value for name, value in (_HAN | _ORDINALS).items() if name in text]
    yield Figure("quarter", int(digit.group()) if digit else names[0])


def _months(text: str) -> Iterator[Figure]:
    first, last = (int(number) for number in re.findall(r"\d+", text)[:2])
    if first % 3 == 1 and last == first + 2:
        yield Figure("quarter", last // 3)
    else:
        yield Figure("month", last)


def _year(text: str) -> Iterator[Figure]:
    value = int(re.search(r"\d+$|\d+", text.rstrip("年度년도 "))[0])  # type: ignore[index]
    era = next((begin for name, begin in _ERAS.items() if text.startswith(name)), 0)
    yield Figure("year", era + value if era else value + 2000 if value < 100 else value)


def _percent(text: str) -> Iterator[Figure]:
    number = re.findall(_NUMBER, text)[0]
    # An interest rate of 3.125 percent is no thousands.
    value = float(number) if re.fullmatch(r"\d+\.\d+", number) else _value(number)
    yield Figure("percent", value * (10 if text.endswith("割") else 1))


def _scaled(text: str) -> Iterator[Figure]:
    """1조 2000억: parts of one number for as long as their scales fall."""
    total, last = 0.0, float("inf")
    for number, scales in re.findall(f"({_NUMBER})\\s?({_SCALE}*)", text):
        scale = 1.0
        for character in scales:
            scale *= _SCALES[character]
        if scale >= last:
            yield Figure("number", total)
            total = 0.0
        total, last = total + _value(number) * scale, scale
    yield Figure("number", total)


def _western(text: str) -> Iterator[Figure]:
    unit = re.search(r"[a-z]+\Z", text)
    assert unit is not None
    yield Figure("number", _digits(text)[0] * (_WESTERN | _SYMBOLIC)[unit.group()])


def _counted(text: str) -> Iterator[Figure]:
    digits = text.strip("第제 ")
    if digits[:1] in _HAN:
        tens, ten, ones = re.fullmatch(
            "([一二三四五六七八九]?)(十?)([一二三四五六七八九]?).*", digits
        ).groups()  # type: ignore[union-attr]
        value: float = (_HAN.get(tens, 1) * 10 if ten else _HAN.get(tens, 0)) + _HAN.get(ones, 0)
    else:
        value = _digits(digits)[0]
    yield Figure("number", value)


def _of(kind: str, table: dict[str, int]) -> Callable[[str], Iterator[Figure]]:
    def read(text: str) -> Iterator[Figure]:
        yield Figure(kind, next(value for name, value in table.items() if name in text))

    return read


#: In order: the first that fits at a place reads it.
_KINDS: dict[str, tuple[str, Callable[[str], Iterator[Figure]]]] = {
    "date": (_FREE + r"(?:19|20)\d\d\s?(?:[年년./-])\s?\d{1,2}\s?(?:[月월./-])\s?\d{1,2}(?!\d)(?:\s?[日일号])?", _date),
    "month_day": (_FREE + r"\d{1,2}\s?[月월]\s?\d{1,2}\s?[日일号]|" + _FREE + r"\d{1,2}/\d{1,2}(?![\d/])", _month_day),
    "named_day": (
        rf"\b{_MONTH}\.?\s\d{{1,2}}(?:st|nd|rd|th)?\b|" + _FREE + rf"\d{{1,2}}(?:st|nd|rd|th)?\.?\s(?:of\s)?{_MONTH}\b",
        _named_day,
    ),
    "quarter": (
        r"(?:第\s?)?[1-4一二三四]\s?(?:분기|四半期|季度)|\bq[1-4]\b|\b[1-4]q\b|\b(?:first|second|third|fourth)[ -]quarter|\b(?:erste|zweite|dritte|vierte)[sn]? quartal",
        _quarter,
    ),
    "half": ("|".join(_HALVES), _of("half", _HALVES)),
    "weekday": ("|".join(_WEEKDAYS), _of("weekday", _WEEKDAYS)),
    "part": (rf"[(\[<〈《](?:{'|'.join(_PARTS)})[)\]>〉》]", _of("part", _PARTS)),
    "months": (_FREE + r"\d{1,2}\s?[月월]?\s?[〜~–-]\s?\d{1,2}\s?[月월]期?", _months),
    "month": (_FREE + r"\d{1,2}\s?[月월]", _small("month", 12)),
    "named_month": (rf"\b(?:{_PLAIN_MONTH}|in (?:march|may))\b", _named_month),
    "percent": (_FREE + rf"{_NUMBER}\s?(?:%|퍼센트|パーセント|percent|per cent|pct|prozent|割)", _percent),
    "year": (
        r"(?:令和|平成)\s?\d{1,2}\s?年度?|['’‘]\d\d\s?년도?|" + _FREE + r"(?:19[5-9]|20[0-9])\d(?![\d.,]\d|\d|%)\s?[年년]?度?",
        _year,
    ),
    "years": (_FREE + r"\d{1,2}\s?[年년]", _small("years", 99)),
    "mday": (_FREE + r"\d{1,2}[日일](?![間간本])", _small("mday", 31)),
    "western": (
        _FREE + rf"{_NUMBER}[ -]?(?:{'|'.join(sorted(_WESTERN, key=len, reverse=True))})\b|[$€£¥₩]\s?{_NUMBER}\s?[kmbt]\b",
        _western,
    ),
    # Article 3 of a law is 제3조, not three trillion.
    "scaled": (r"(?<![제第])" + _FREE + rf"(?:{_NUMBER}\s?{_SCALE}+\s?)+(?:(?<!\s)\d+)?", _scaled),
    "counted": (
        _FREE + rf"{_NUMBER}|[第제]\s?[一二三四五六七八九十]{{1,3}}|[一二三四五六七八九十]{{1,3}}(?=[回次期号届批版弾])",
        _counted,
    ),
}  # fmt: skip
#: What a figure may begin with: spares fifteen tries at every other character.
_BEGINS = rf"(?=[\d'’‘$€£¥₩第제令平{''.join({name[0] for name in (*_HAN, *_HALVES, *_WEEKDAYS) if not name.isascii()})}(\[<〈《])|\b(?=[a-z])"
_ANY = re.compile(
    f"(?:{_BEGINS})(?:"
    + "|".join(f"(?P<{name}>{pattern})" for name, (pattern, _reader) in _KINDS.items())
    + ")"
)
_READERS = {name: reader for name, (_pattern, reader) in _KINDS.items()}
