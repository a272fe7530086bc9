"""A source: what a stanza of sources.yaml may say, and what it leaves to be understood."""

import re
from datetime import datetime, timedelta
from functools import cached_property
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

from monitor.documents import Format
from monitor.i18n import _
from monitor.texts.decode import codec_of

#: Of any time that a stanza names.
LONGEST = timedelta(days=366)

#: What a stanza may send along. Never User-Agent, Cookie or Authorization: we are who we are, and anyone.
HEADERS = ("Referer", "X-Requested-With", "Accept", "Accept-Language")

#: What an address may leave open: a listing that has a new one every 1 January.
PLACEHOLDERS = ("{year}", "{yy}", "{era}")
#: 令和 began in 2019: 2026 is its eighth year.
_BEFORE_REIWA = 2018
#: So long into January last year's page is read as well: what was published on its last days is not yet on any other.
_LAST_DAY_OF_BOTH = 14

#: For `date`: the row's HTML comments, where some templates keep the date that only their authors see.
COMMENT = "comment"

#: ISO 3166, and two that are publishers but no countries: the European Union, and organisations of many countries.
_COUNTRIES = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ "
    "CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO "
    "FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE "
    "JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO "
    "MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW "
    "PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM "
    "TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW "
    "EU INT"
)
_MEANT_COUNTRIES = {"UK": "GB", "EN": "GB", "KO": "KR", "JA": "JP"}
_MEANT_LANGUAGES = {"jp": "ja", "kr": "ko", "cn": "zh", "us": "en", "gb": "en"}
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _duration(value: object) -> object:
    """`10m` and its like as a timedelta; ISO 8601 (`PT10M`) is left to pydantic."""
    if value is None or isinstance(value, timedelta):
        return value
    text = str(value).strip()
    if match := re.fullmatch(r"(\d{1,9})([smhd])", text):
        return timedelta(**{_UNITS[match[2]]: int(match[1])})
    if re.fullmatch(r"P(?=[\dT])[\dDTHMSW.]{1,30}", text):
        return text
    raise ValueError(
        _('"{given}" 은(는) 길이가 아닙니다. 30s, 10m, 6h, 5d 처럼 적으십시오.').format(given=value)
    )


def _bounded(value: timedelta) -> timedelta:
    if not timedelta(0) < value <= LONGEST:
        raise ValueError(_("0초보다 길고 366일을 넘지 않게 적으십시오."))
    return value


def _selector(value: str) -> str:
    if not value:
        return value
    # Brings all of Beautiful Soup, 9 MB that a home whose sources are feeds need not have.
    import soupsieve

    try:
        soupsieve.compile(value)
    except (soupsieve.SelectorSyntaxError, ValueError) as error:
        # soupsieve's next lines draw the selector once more.
        text = _('"{given}" 은(는) CSS 선택자가 아닙니다({reason}). 괄호와 따옴표를 살펴보십시오.')
        raise ValueError(text.format(given=value, reason=str(error).splitlines()[0])) from error
    return value


def _pattern(value: str) -> str:
    if len(value) > 200:
        raise ValueError(_("정규식이 200자를 넘습니다. 줄이십시오."))
    try:
        re.compile(value)
    except re.error as error:
        text = _('"{given}" 은(는) 정규식이 아닙니다({reason}). 괄호와 역슬래시를 살펴보십시오.')
        raise ValueError(text.format(given=value, reason=error)) from error
    return value


def _identifier(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,79}", value):
        text = _(
            '"{given}" 대신 영어 소문자, 숫자, 붙임표(-)로 80자까지, 소문자나 숫자로 시작하게 적으십시오.'
        )
        raise ValueError(text.format(given=value[:100]))
    return value


def checked_address(value: str) -> str:
    """`value`, where it is an http(s) address that may be polled, PLACEHOLDERS and all.

    Raises:
        ValueError: it is none; with the mend, in people's words.
    """
    try:
        parts = urlsplit(value)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or re.search(r"[\s\x00-\x1f]", value):
        raise ValueError(
            _('"{given}" 은(는) 주소가 아닙니다. https://… 로 적으십시오.').format(given=value[:200])
        )
    if "@" in parts.netloc:
        raise ValueError(_("주소에 이름이나 비밀번호를 적을 수 없습니다. 지우십시오."))
    unknown = [part for part in re.findall(r"\{[^{}]*\}", value) if part not in PLACEHOLDERS]
    if unknown or "{" in parts.netloc:
        text = _("주소의 {part} 을(를) 모릅니다. 호스트 이름 뒤에 {known} 만 쓸 수 있습니다.")
        raise ValueError(text.format(part=(unknown or [parts.netloc])[0], known=", ".join(PLACEHOLDERS)))
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        text = _('"{given}" 이라는 시간대가 없습니다. Asia/Tokyo 처럼 적으십시오.')
        raise ValueError(text.format(given=value)) from error
    return value


def _codec(value: str) -> str:
    try:
        # Encoding nothing tells text codecs from the likes of base64.
        "".encode(codec_of(value or "utf-8") or value)
    except (LookupError, ValueError) as error:
        text = _('"{given}" 이라는 문자 집합이 없습니다. euc-kr, shift_jis, utf-8 처럼 적으십시오.')
        raise ValueError(text.format(given=value)) from error
    return value


def _country(value: str) -> str:
    if value and value not in _COUNTRIES.split():
        meant = _MEANT_COUNTRIES.get(
            value.upper(), value.upper() if value.upper() in _COUNTRIES.split() else "JP, KR, US, EU, INT"
        )
        text = _('"{given}" 대신 {meant} 처럼 ISO 3166 의 두 글자(여러 나라의 기구는 INT)를 적으십시오.')
        raise ValueError(text.format(given=value, meant=meant))
    return value


def _language(value: str) -> str:
    if value and (value in _MEANT_LANGUAGES or not re.fullmatch(r"[a-z]{2}", value)):
        meant = _MEANT_LANGUAGES.get(value.lower(), "ja, ko, en, zh, de")
        text = _('"{given}" 대신 {meant} 처럼 ISO 639 의 두 글자를 소문자로 적으십시오.')
        raise ValueError(text.format(given=value, meant=meant))
    return value


#: Values of the file. What is wrong with one is a ValueError in an operator's words, with the mend.
Duration = Annotated[timedelta, BeforeValidator(_duration), AfterValidator(_bounded)]
Selector = Annotated[str, AfterValidator(_selector)]
Pattern = Annotated[str, AfterValidator(_pattern)]


class Part(BaseModel):
    """A part of the file: no keys but these, no changes after."""

    # `pageNo: 1` is a number to YAML and text to a form.
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


class ListingRules(Part):
    """Where a page's rows have their title, link and date; CSS selectors, all but the first inside the row."""

    #: Each element that it finds is an entry.
    row: Annotated[str, Field(min_length=1), AfterValidator(_selector)]
    #: Empty: the link's text.
    title: Selector = ""
    #: Empty: the first a[href].
    link: Selector = ""
    #: Empty: no date; "comment": inside the row's HTML comments.
    date: Selector = ""
    #: Empty: no lead.
    summary: Selector = ""
    #: Fewer rows than this is a changed page, not a quiet day.
    min_rows: int = Field(1, ge=0)
    #: Where the link's address, or what holds its id, stands.
    link_attribute: str = "href"
    #: For ids inside `javascript:view('71301')`: its groups fill `link_template`'s {1}, {2} …
    link_pattern: Pattern = ""
    link_template: str = ""
    #: An attribute that holds the date instead of the text, such as datetime.
    date_attribute: str = ""
    #: Its match is the date, where other text stands around it.
    date_pattern: Pattern = ""
    #: Where the year of dates without one stands: the nearest such element before the row, else anywhere.
    year_from: Selector = ""

    @model_validator(mode="after")
    def _fillable(self) -> Self:
        if bool(self.link_pattern) != bool(self.link_template):
            raise ValueError(_("link_pattern 과 link_template 은 함께 적어야 합니다."))
        groups = re.compile(self.link_pattern).groups
        for number in re.findall(r"\{(\d+)\}", self.link_template):
            if not 1 <= int(number) <= groups:
                text = _(
                    "link_template 의 {{{number}}} 에 넣을 괄호가 link_pattern 에 없습니다. 괄호를 더하십시오."
                )
                raise ValueError(text.format(number=number))
        return self


class JsonListRules(Part):
    """Dot paths into a JSON answer: `data.list`, `groups.0.name`; or text with {path} in it, such as an address."""

    #: The list of items; empty: the answer itself is the list.
    items: str = ""
    #: Inside an item; empty where it has none.
    title: str = ""
    link: str = ""
    date: str = ""
    guid: str = ""
    summary: str = ""
    #: Fewer items than this is a changed answer, not a quiet day.
    min_rows: int = Field(1, ge=0)


class SitemapRules(Part):
    """Which addresses of a sitemap are entries."""

    #: Only addresses in which this is found; empty: all.
    include: Pattern = ""


class ArticleRules(Part):
    """Where an entry's own page has its text, title and date; CSS selectors, each may be empty.

    A stanza with `article: {}` has its pages read by what they look like alone.
    """

    #: Empty, or nothing there: the page's main text is looked for.
    text: Selector = ""
    #: For entries whose source has no titles (a sitemap), or shortens them.
    title: Selector = ""
    #: For entries whose source has no dates.
    date: Selector = ""
    #: An attribute that holds the date instead of the text, such as content or datetime.
    date_attribute: str = ""


class Interval(Part):
    """The shortest and the longest time between two polls of a source; the program adapts between the two."""

    min: Duration = timedelta(minutes=15)
    max: Duration = Field(
        default_factory=lambda given: max(given.get("min", timedelta(0)), timedelta(hours=6)),
        validate_default=False,
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min > self.max:
            text = _("min({min})이 max({max})보다 깁니다. 둘 다 적고, min 을 짧게 하십시오.")
            raise ValueError(text.format(min=self.min, max=self.max))
        return self


class Citation(Part):
    """How the bulletins print the source."""

    #: Empty: the organisation's name.
    name: str = ""


class SourceConfig(Part):
    """One stanza of sources.yaml; `id` and `url` suffice."""

    #: Stable for ever: what is kept hangs on it.
    id: Annotated[str, AfterValidator(_identifier)]
    #: May hold PLACEHOLDERS; `addresses` fills them.
    url: Annotated[str, AfterValidator(checked_address)]
    #: Never empty once read: one stands in for the other, and the id for both.
    name: str = ""
    organisation: str = ""
    #: ISO 3166, EU or INT; empty where nobody says.
    country: Annotated[str, AfterValidator(_country)] = ""
    #: ISO 639; empty where nobody says. Each entry's own is detected.
    language: Annotated[str, AfterValidator(_language)] = ""
    format: Format = "feed"
    #: Overrides what the document says of itself.
    encoding: Annotated[str, AfterValidator(_codec)] = ""
    listing: ListingRules | None = None
    #: Where the format is json_list and this is missing, the parser guesses.
    json_list: JsonListRules | None = None
    sitemap: SitemapRules | None = None
    #: Given, even empty: each entry's own page is read.
    article: ArticleRules | None = None
    method: Literal["GET", "POST"] = "GET"
    #: Sent url-encoded with a POST.
    form: dict[str, str] = Field(default_factory=dict)
    #: Sent along; none but HEADERS.
    headers: dict[str, str] = Field(default_factory=dict)
    #: For dates without a zone.
    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"
    interval: Interval = Interval()
    #: "Nothing new" for longer is a fault.
    stale_after: Duration | None = None
    citation: Citation = Citation()
    #: The body's own releases, not what others write of it: of two that tell one story, this one comes first.
    primary: bool = False
    #: The source that this one stands in for while that one fails.
    fallback_for: str = ""
    enabled: bool = True
    #: Why it is off.
    reason: str = ""

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone of dates that name none."""
        return ZoneInfo(self.timezone)

    def addresses(self, now: datetime) -> tuple[str, ...]:
        """The addresses to poll: this year's in the source's zone, and in early January last year's after it."""
        if not any(part in self.url for part in PLACEHOLDERS):
            return (self.url,)
        today = now.astimezone(self.zone).date()
        years = [today.year]
        if today.month == 1 and today.day <= _LAST_DAY_OF_BOTH:
            years.append(today.year - 1)
        return tuple(
            self.url.replace("{year}", str(year))
            .replace("{yy}", f"{year % 100:02}")
            .replace("{era}", str(year - _BEFORE_REIWA))
            for year in years
        )

    @classmethod
    def for_url(cls, url: str, form: str = "feed") -> Self:
        """A source for one address that has no stanza.

        Raises:
            pydantic.ValidationError: a stanza could not have such an address or format.
        """
        return cls.model_validate({"id": "url", "url": url, "format": form})

    def model_post_init(self, context: Any) -> None:
        """Fills what a short stanza leaves out: the organisation is called by its name, or both by the id."""
        name = self.name or self.organisation or self.id
        organisation = self.organisation or name
        for field, value in (("name", name), ("organisation", organisation)):
            object.__setattr__(self, field, value)
        if not self.citation.name:
            object.__setattr__(self, "citation", Citation(name=organisation))
