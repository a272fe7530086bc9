"""Pure: date strings, as sites write them, into instants, with how sure we are of each.

feedparser answers *plausible wrong* dates without a word: 2026.08.04 becomes the first of the current month, "JST"
and zone-less Korean times are read as UTC. So its parsed dates are not used; the raw strings are read here.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from monitor.documents import DateConfidence

#: A clock may be off by this much; a date beyond it is no news but a mistake or a bid for the first place.
FUTURE_SLACK = timedelta(minutes=15)
#: An earlier date is a mistake.
FIRST_YEAR = 1990
#: Characters of a date string that are read; nobody writes longer ones.
MAX_LENGTH = 120

_OFFSETS = {
    "utc": 0, "gmt": 0, "ut": 0, "z": 0, "wet": 0, "jst": 9, "kst": 9, "bst": 1, "cet": 1, "met": 1, "mez": 1,
    "cest": 2, "mest": 2, "mesz": 2, "eet": 2, "eest": 3, "msk": 3, "ist": 5.5, "sgt": 8, "hkt": 8, "pht": 8, "ict": 7,
    "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "aest": 10, "aedt": 11,
}  # fmt: skip
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janv janvier gen gennaio ene enero jänner",
            "feb february februar févr fév février febbraio febrero fev",
            "mar march märz mrz mars marzo mär maerz",
            "apr april avr avril aprile abr abril",
            "may mai mag maggio mayo",
            "jun june juni juin giu giugno junio",
            "jul july juli juil juillet lug luglio julio",
            "aug august août aout ago agosto",
            "sep sept september septembre set settembre septiembre",
            "oct october okt oktober octobre ott ottobre octubre",
            "nov november novembre noviembre",
            "dec december dez dezember déc décembre dic dicembre diciembre",
        ),
        1,
    )
    for name in names.split()
}
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "r": 2018, "h": 1988}

_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d{1,9})?)?"
_TIME = re.compile(
    r"(?P<before>오전|오후|午前|午後|上午|下午|[ap]\.?m\.?)?\s*"
    r"(?:"
    + _CLOCK
    + r"|(?P<hour2>\d{1,2})\s*[時时시点點](?:\s*(?P<minute2>\d{1,2})\s*[分분])?(?:\s*(?P<second2>\d{1,2})\s*[秒초])?)"
    r"\s*(?P<after>[ap]\.?m\.?(?![a-z])|오전|오후)?"
)
_ZONE = re.compile(
    r"^[\s\[(]*(?:(?:utc|gmt|ut)\s*)?(?P<sign>[+-])(?P<hours>\d{1,2}):?(?P<minutes>\d{2})?(?!\d)|^[\s\[(]*(?P<name>[a-z]{1,5})(?![a-z])"
)
_NUMERIC = re.compile(
    r"(?<!\d)(?P<year>\d{4})\s*[-/.年년]\s*(?P<month>\d{1,2})\s*[-/.月월]\s*(?P<day>\d{1,2})(?!\d)"
)
_ERA = re.compile(
    r"(?P<era>令和|平成|昭和|(?<![a-z])[rh](?=\d))\s*(?P<year>\d{1,2}|元)\s*[年./-]\s*(?P<month>\d{1,2})\s*[月./-]\s*(?P<day>\d{1,2})(?!\d)"
)
_COMPACT = re.compile(
    r"^(?P<year>(?:19|20)\d{2})(?P<month>\d{2})(?P<day>\d{2})(?:t?(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?)?(?!\d)"
)
_SHORT = re.compile(r"^\W*(?P<year>\d{2})\.\s?(?P<month>\d{1,2})\.\s?(?P<day>\d{1,2})\.?(?!\d)")
_NAMED = re.compile(
    r"(?<!\d)(?P<day>\d{1,2})(?:st|nd|rd|th|er|\.)?[\s\-/.,]+(?:de\s+)?(?P<month>[^\W\d_]{3,10})\.?[\s\-/,.]+(?:de\s+)?(?P<year>\d{4}|\d{2})(?![\d:])"
)
_NAMED_FIRST = re.compile(
    r"(?P<month>[^\W\d_]{3,10})\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?(?:\s*,\s*|\s+)(?P<year>\d{4})(?!\d)"
)
#: Wed Jan 02 13:04:05 JST 2026: the year stands last (asctime, and what some tools print).
_ASCTIME = re.compile(
    r"(?P<month>[^\W\d_]{3})\s+(?P<day>\d{1,2})\s+(?P<time>\d{1,2}:\d{2}(?::\d{2})?)\s+(?P<zone>[a-z+\-:\d]{1,9}\s+)?(?P<year>\d{4})"
)
_YEARLESS = re.compile(r"(?<!\d)(?P<month>\d{1,2})\s*[月월/.]\s*(?P<day>\d{1,2})(?!\d)")
_RFC3339 = re.compile(
    r"((?:19|20)[0-9]{2})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]{1,9})?(Z|[+-][0-9]{2}:?[0-9]{2})"
)
_RFC822 = re.compile(
    r"(?:[A-Z][a-z]{2}, )?([0-9]{1,2}) ([A-Z][a-z]{2}) ((?:19|20)[0-9]{2}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) (GMT|UTC|[+-][0-9]{4})"
)
#: Seconds or milliseconds since 1970, bare or as .NET's JSON has them: /Date(1770000000000+0900)/.
_EPOCH = re.compile(r"^(?:\\?/date\()?(?P<digits>\d{10}(?:\d{3})?)(?:\.\d+)?(?:[+-]\d{4})?(?:\)\\?/)?$")
#: A time behind its day in an address: 2026-10-05-14-30-00.
_HYPHENED = re.compile(r"^[-_]([01]\d|2[0-3])[-_]([0-5]\d)[-_]([0-5]\d)(?!\d)")


@dataclass(frozen=True, slots=True)
class ParsedDate:
    """An instant, and how much of it the string said."""

    at: datetime | None  #: aware UTC; None where the string says none that can be true
    confidence: DateConfidence


#: What a string gives that says no date.
NO_DATE = ParsedDate(None, DateConfidence.NONE)


def parse_date(raw: str, zone: ZoneInfo, now: datetime, *, year: int | None = None) -> ParsedDate:
    """The instant that `raw` says; `zone` is for times that name none, `year` for days that name none (a listing's heading).

    It reads RFC 3339, RFC 822, seconds since 1970, and what pages in our languages write, Japanese eras included. A date
    more than FUTURE_SLACK after `now` or before FIRST_YEAR is none: it must not sort first for ever. A day is its midnight
    in `zone`. Never raises.
    """
    return _usual(raw, now) or _unusual(raw, zone, now, year)


def _usual(raw: str, now: datetime) -> ParsedDate | None:
    """What RFC 3339 and RFC 822 say of a date in so many words, as nearly all feeds write it; None where it is not."""
    text = raw.strip()
    if match := _RFC3339.fullmatch(text):
        years, months, days, hours, minutes, seconds, offset = match.groups()
        month = int(months)
    elif match := _RFC822.fullmatch(text):
        days, name, years, hours, minutes, seconds, offset = match.groups()
        month = _MONTHS.get(name.casefold(), 0)
    else:
        return None
    try:
        at = datetime(
            int(years), month, int(days), int(hours), int(minutes), int(seconds), tzinfo=_fixed(offset)
        ).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return _sane(at, DateConfidence.INSTANT, now)


@lru_cache(maxsize=64)
def _fixed(offset: str) -> tzinfo:
    if offset in {"Z", "GMT", "UTC"}:
        return UTC
    minutes = int(offset[1:3]) * 60 + int(offset[-2:])
    if minutes > 14 * 60:
        raise ValueError(offset)
    return timezone(timedelta(minutes=-minutes if offset[0] == "-" else minutes))


def _unusual(raw: str, zone: ZoneInfo, now: datetime, year: int | None) -> ParsedDate:
    text = unicodedata.normalize("NFKC", raw[:MAX_LENGTH]).strip().casefold().replace("−", "-")
    if epoch := _EPOCH.match(text):
        digits = epoch["digits"]
        seconds = int(digits) / (1000 if len(digits) == 13 else 1)
        return _sane(datetime.fromtimestamp(seconds, UTC), DateConfidence.INSTANT, now)
    found = _day(text, year)
    if found is None:
        return NO_DATE
    day, rest, known_time = found
    if known_time:
        clock, after = known_time, rest
    else:
        match = _TIME.search(rest)
        # "2026-08-17T…" and "17 Aug 2026 …": a time stands behind its day; some sites write it in front.
        if match is None and (front := _TIME.match(text)):
            match, rest = front, text
        if match is None:
            return _whole_day(day, zone, now)
        clock_or_none = _clock(match)
        if clock_or_none is None:
            return NO_DATE
        clock, after = clock_or_none, rest[match.end() :]
    offset = _offset(after, zone)
    moment = datetime.combine(day, time(), offset or zone)
    try:
        at = (moment + clock).astimezone(UTC)
    except (OverflowError, ValueError):
        return NO_DATE
    return _sane(at, DateConfidence.INSTANT if offset else DateConfidence.LOCAL, now)


def _whole_day(day: date, zone: ZoneInfo, now: datetime) -> ParsedDate:
    if day > now.astimezone(zone).date():
        return NO_DATE
    try:
        return _sane(datetime.combine(day, time(), zone).astimezone(UTC), DateConfidence.DAY, now)
    except (OverflowError, ValueError):
        return NO_DATE


def _sane(at: datetime, confidence: DateConfidence, now: datetime) -> ParsedDate:
    if at > now + FUTURE_SLACK or at.year < FIRST_YEAR:
        return NO_DATE
    return ParsedDate(at, confidence)


def _day(text: str, year: int | None) -> tuple[date, str, timedelta | None] | None:
    """The day, what follows it, and the time where the day's form holds it."""
    if match := _ERA.search(text):
        since = 1 if match["year"] == "元" else int(match["year"])
        # 平成38年 is how a page reads whose template never learnt of 令和: the count itself is right.
        return _made(_ERAS[match["era"]] + since, match["month"], match["day"], text[match.end() :])
    if match := _NUMERIC.search(text):
        rest = text[match.end() :]
        made = _made(match["year"], match["month"], match["day"], rest)
        if made and (behind := _HYPHENED.match(rest)):
            hour, minute, second = (int(part) for part in behind.groups())
            return made[0], rest[behind.end() :], timedelta(hours=hour, minutes=minute, seconds=second)
        return made
    if match := _COMPACT.match(text):
        made = _made(match["year"], match["month"], match["day"], text[match.end() :])
        if made and match["hour"] and int(match["hour"]) < 24 and int(match["minute"]) < 60:
            clock = timedelta(
                hours=int(match["hour"]), minutes=int(match["minute"]), seconds=int(match["second"] or 0)
            )
            return made[0], made[1], clock
        return made
    if (match := _ASCTIME.search(text)) and (month := _MONTHS.get(match["month"])):
        return _made(match["year"], month, match["day"], f" {match['time']} {match['zone'] or ''}")
    for pattern in (_NAMED, _NAMED_FIRST):
        for match in pattern.finditer(text):
            if month := _MONTHS.get(match["month"]):
                years = int(match["year"])
                return _made(
                    years + (2000 if years < 70 else 1900 if years < 100 else 0),
                    month,
                    match["day"],
                    text[match.end() :],
                )
    if match := _SHORT.match(text):
        return _made(2000 + int(match["year"]), match["month"], match["day"], text[match.end() :])
    if year and (match := _YEARLESS.search(text)):
        return _made(year, match["month"], match["day"], text[match.end() :])
    return None


def _made(
    year: str | int, month: str | int, day: str | int, rest: str
) -> tuple[date, str, timedelta | None] | None:
    try:
        return date(int(year), int(month), int(day)), rest, None
    except ValueError:
        return None


def _clock(match: re.Match[str]) -> timedelta | None:
    hour = int(match["hour"] or match["hour2"])
    minute, second = (
        int(match["minute"] or match["minute2"] or 0),
        int(match["second"] or match["second2"] or 0),
    )
    half = (match["before"] or match["after"] or "").replace(".", "")
    if half in {"pm", "오후", "午後", "下午"} and hour < 12:
        hour += 12
    elif half in {"am", "오전", "午前", "上午"} and hour == 12:
        hour = 0
    if hour > 24 or minute > 59 or second > 60 or (hour == 24 and (minute or second)):
        return None
    return timedelta(hours=hour, minutes=minute, seconds=min(second, 59))


def _offset(after: str, zone: ZoneInfo) -> tzinfo | None:
    match = _ZONE.match(after)
    if match is None:
        return None
    if name := match["name"]:
        if name == "cst" and zone.key in {"Asia/Shanghai", "Asia/Taipei"}:
            return timezone(timedelta(hours=8))
        return timezone(timedelta(hours=_OFFSETS[name])) if name in _OFFSETS else None
    minutes = int(match["hours"]) * 60 + int(match["minutes"] or 0)
    if minutes > 14 * 60:
        return None
    return timezone(timedelta(minutes=minutes if match["sign"] == "+" else -minutes))
