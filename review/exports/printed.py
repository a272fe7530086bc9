"""Pure: an issue's draft put into the words of its bulletin: what stands printed, in which order, before any file.

Two forms are known, as `citation:` of topics.yaml has them. "heading" is 산업기술 동향 워치: a summary table at the front,
headings that name their source, its citation at the article's foot, short notices of technologies as a table. "reference"
is 월간 Japan Insight: a table of contents, long articles, each with its list of references.

Every word that is still to be written stands there as a placeholder: an editor sees it, and nothing is lost. All of it
is Korean, whatever language the pages speak, and `classifiers.pastissues` reads it back.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import count

from classifiers.pastissues.placeholders import (
    NO_DATE,
    NO_FIELD,
    NO_HEADLINE,
    NO_ORIGINAL,
    NO_SOURCE,
    NO_SUMMARY,
)
from monitor.texts.text import clean_line, clip
from review.issues.citing import Cited
from review.issues.draft import DraftArticle, DraftSection, IssueDraft

#: Their sign keeps readers of past issues from taking them for titles.
NOT_PLACED, NO_ARTICLES = "※ 난을 정하지 않은 글", "※ 실을 글이 없습니다."
CONTENTS, REFERENCES = "목차", "참고문헌"
SUMMARY_COLUMNS = ("구분", "주요 내용", "페이지")
NOTICE_COLUMNS = ("분류", "기술명", "주요 내용", "출처")

#: How much of an original title stands for a headline that nobody wrote yet: readers of past issues take no longer one.
_LONGEST_ORIGINAL = 60
#: The signs that editors type before points; without one, a line is a paragraph.
_SIGN = re.compile(r"(?P<sign>[□■○●◦❍▶▷∙•※]|[-–·*](?!\d)|[oㅇ](?=\s))\s*(?=\S)")
_NOTE = 4
#: Signs from the outermost to the innermost: how deep one stands is told by those beside it.
_DEPTHS = {sign: depth for depth, signs in enumerate(("□■●▶▷", "○◦❍oㅇ", "∙•", "-–", "·")) for sign in signs}
#: What the past issues print before points of levels 1 to 3, by the form of their citations.
_HEADING_SIGNS, _REFERENCE_SIGNS = ("∙", "-", "·"), ("o", "·", "-")
#: "日 아사히리서치센터, 11月": a source that gives no day. Its editor writes the month to its name.
_MONTH_ONLY = re.compile(r",\s*(?:1[0-2]|0?[1-9])[月월]$")
#: A medium with brackets or a name that fills the table's column stands on a line of its own, above its date.
_LONG_MEDIUM = re.compile(r".{10}|.*[()（）]")
_WEB = re.compile(r"https?://[^\s<>\"\x7f-\x9f\ud800-\udfff\ufffe\uffff]+", re.I)
_NO_LETTER = re.compile("[\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text: a link where it has an address, a placeholder where it is `missing`."""

    text: str
    url: str = ""
    missing: bool = False


Spans = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """A line of an article: 0 a paragraph, 1 to 3 points and the points below them, 4 a note."""

    level: int
    sign: str
    text: str
    missing: bool = False
    #: Whether it names what the points below it are about.
    is_subhead: bool = False

    @property
    def spans(self) -> Spans:
        """The line with its sign in front."""
        return (Span(f"{self.sign} {self.text}".strip(), missing=self.missing),)


@dataclass(frozen=True, slots=True)
class Article:
    """An article: its heading, who answers for it, its lines, and its citation in either form."""

    #: Its name within the file, for links and for page numbers.
    key: str
    heading: Spans
    #: What the summary table says below the heading.
    gist: tuple[Point, ...]
    points: tuple[Point, ...]
    contact: str = ""
    foot: Spans = ()
    references: tuple[Spans, ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """A row of the table of technologies."""

    key: str
    field: Spans
    title: Spans
    gist: tuple[Point, ...]
    points: tuple[Point, ...]
    #: A line, or two.
    source: tuple[Spans, ...]

    @property
    def heading(self) -> Spans:
        """Its name in the summary table: (배터리) 친환경 재활용 공정."""
        return (Span("("), *self.field, Span(") "), *self.title)


@dataclass(frozen=True, slots=True)
class Section:
    """A section: articles, or the rows of a table."""

    key: str
    name: str
    articles: tuple[Article, ...] = ()
    notices: tuple[Notice, ...] = ()

    @property
    def items(self) -> tuple[Article | Notice, ...]:
        """Whichever of the two it has."""
        return self.articles or self.notices


@dataclass(frozen=True, slots=True)
class Printed:
    """A whole issue in its bulletin's words."""

    title: str
    #: 발행일 2026.12.1.
    published: str
    #: Whether a summary table opens it; else a table of contents does.
    summarised: bool
    sections: tuple[Section, ...]

    @property
    def heading(self) -> str:
        """What stands on top of the first page."""
        return f"{self.title} 요약" if self.summarised else self.title

    @property
    def language(self) -> str:
        """The language that the file says it is in (BCP 47)."""
        return "ko-KR"


def printed(draft: IssueDraft) -> Printed:
    """The draft as its bulletin prints it."""
    in_headings = draft.citation == "heading"
    keys = (f"a{number}" for number in count(1))
    return Printed(
        title=f"{_line(draft.name)} {number_words(draft.number, in_headings=in_headings)}",
        published=f"발행일 {_long(draft.published_on)}" if draft.published_on else "",
        summarised=in_headings,
        sections=tuple(
            _section(section, f"s{place}", keys, in_headings)
            # What has no section yet is in nobody else's: above the first one, or below the last one's references.
            for place, section in enumerate(
                sorted(draft.sections, key=lambda one: bool(one.name) is in_headings), 1
            )
        ),
    )


def unfinished(issue: Printed) -> int:
    """How many places still want words: articles that lack some, and sections that have none."""
    return sum(
        sum(any(span.missing for span in _spans_of(item)) for item in one.items) if one.items else 1
        for one in issue.sections
    )


def _spans_of(item: Article | Notice) -> Iterator[Span]:
    yield from item.heading
    for point in item.points:
        yield from point.spans
    for spans in (item.foot, *item.references) if isinstance(item, Article) else item.source:
        yield from spans


def number_words(number: str, *, in_headings: bool) -> str:
    """An issue's number as the bulletin prints it: 2026년 23호, or of a monthly 2026.12."""
    found = re.fullmatch(r"(\d{4})-(\d{1,2})", number)
    if not found:
        return f"{_line(number)}호"
    year, place = found[1], int(found[2])
    return f"{year}.{place}." if not in_headings and 1 <= place <= 12 else f"{year}년 {place}호"


def _section(section: DraftSection, key: str, keys: Iterator[str], in_headings: bool) -> Section:
    name = _line(section.name) or NOT_PLACED
    if section.clippings and in_headings:
        return Section(key, name, notices=tuple(_notice(article, next(keys)) for article in section.articles))
    make = _with_foot if in_headings else _with_references
    return Section(key, name, articles=tuple(make(article, next(keys)) for article in section.articles))


def _with_foot(article: DraftArticle, key: str) -> Article:
    cited = article.cited
    named = _line(cited.named) or _line(cited.medium)
    day = () if _MONTH_ONLY.search(named) else (Span(", "), _or(_short(cited.on), NO_DATE))
    return Article(
        key,
        heading=(*_title(article), Span(" ("), _or(named, NO_SOURCE), *day, Span(")")),
        gist=_gist(article.summary),
        points=_points(article.summary, _HEADING_SIGNS),
        foot=(
            Span("(참고 : "),
            _or(_line(cited.medium) or _line(cited.named), NO_SOURCE),
            Span(", "),
            _original(cited),
            Span(", "),
            _or(_padded(cited.on, month_only=bool(_MONTH_ONLY.search(named))), f"({NO_DATE})"),
            Span(")"),
        ),
    )


def _with_references(article: DraftArticle, key: str) -> Article:
    return Article(
        key,
        heading=_title(article),
        gist=_gist(article.summary),
        points=_with_subheads(_points(article.summary, _REFERENCE_SIGNS)),
        contact=f"* 본 자료에 대한 문의 : {_line(article.responsible)}" if article.responsible else "",
        references=(_reference(article.cited),),
    )


def _reference(cited: Cited) -> Spans:
    """`author, original title, medium, YYYY.M.D.`; what a body published itself has that body as its author."""
    author, medium = _line(cited.author), _line(cited.medium)
    first = author or medium
    parts = [_or(first, NO_SOURCE), _original(cited)]
    if author and medium and author != medium:
        parts.append(Span(medium))
    parts.append(_or(_long(cited.on), f"({NO_DATE})"))
    spans = [span for part in parts for span in (part, Span(", "))]
    return tuple(spans[:-1])


def _notice(article: DraftArticle, key: str) -> Notice:
    cited = article.cited
    medium = _line(cited.medium) or _line(cited.named)
    name = _or(medium, NO_SOURCE, url=_web(cited.url))
    day = (Span("("), _or(_clipped(cited.on), NO_DATE), Span(")"))
    first, *rest = _points(article.summary, _HEADING_SIGNS)
    return Notice(
        key,
        field=(_or(_line(article.field), NO_FIELD),),
        title=_title(article),
        gist=_gist(article.summary),
        points=(_marked(first, 1, "∙"), *(_marked(point, 2, "-") for point in rest)),
        source=((name,), day) if _LONG_MEDIUM.match(medium) else ((name, Span(" "), *day),),
    )


def _title(article: DraftArticle) -> Spans:
    headline = _line(article.headline)
    if headline:
        return (Span(headline),)
    original = clip(_line(article.cited.title), _LONGEST_ORIGINAL)
    return (Span(f"({NO_HEADLINE}: 원제 {original})" if original else f"({NO_HEADLINE})", missing=True),)


def _original(cited: Cited) -> Span:
    return _or(_line(cited.title), f"({NO_ORIGINAL})", url=_web(cited.url))


def _or(text: str, placeholder: str, url: str = "") -> Span:
    return Span(text, url) if text else Span(placeholder, url, missing=True)


def _points(summary: str, signs: tuple[str, ...]) -> tuple[Point, ...]:
    """The lines of a summary, each level of its points under the bulletin's own sign, whichever the editor typed."""
    lines = [_signed(text) for line in summary.splitlines() if (text := _line(line))]
    depths = sorted({_DEPTHS[sign] for sign, _text in lines if sign in _DEPTHS})
    levels = {depth: min(level, len(signs)) for level, depth in enumerate(depths, 1)}
    return tuple(_point(sign, text, levels, signs) for sign, text in lines) or (
        Point(0, "", f"({NO_SUMMARY})", missing=True),
    )


def _with_subheads(points: tuple[Point, ...]) -> tuple[Point, ...]:
    """A long article's paragraphs that stand right above points are their headings."""
    following = [point.level for point in points[1:]] + [0]
    return tuple(
        replace(point, is_subhead=point.level == 0 and 0 < level < _NOTE)
        for point, level in zip(points, following, strict=True)
    )


def _signed(line: str) -> tuple[str, str]:
    found = _SIGN.match(line)
    return (found["sign"], line[found.end() :]) if found else ("", line)


def _point(sign: str, text: str, levels: dict[int, int], signs: tuple[str, ...]) -> Point:
    if sign in _DEPTHS:
        level = levels[_DEPTHS[sign]]
        return Point(level, signs[level - 1], text)
    return Point(_NOTE if sign else 0, sign, text)


def _gist(summary: str) -> tuple[Point, ...]:
    """What stands above the first empty line, each line a point of the summary table."""
    first = re.split(r"\n[ \t\r]*\n", summary.strip().replace("\r\n", "\n"), maxsplit=1)[0]
    points = _points(first, _HEADING_SIGNS)
    return tuple(_marked(point, 2, "-") for point in points if point.level < _NOTE) or points


def _marked(point: Point, level: int, sign: str) -> Point:
    """The point under a sign, unless it has one; a note keeps its own."""
    return point if point.level in {level, 3, _NOTE} else Point(level, sign, point.text, point.missing)


def _web(url: str) -> str:
    """The address where it is one that a reader may be sent to."""
    return url if _WEB.fullmatch(url) else ""


def _line(text: str) -> str:
    """One line, without what no file of XML may hold."""
    return clean_line(_NO_LETTER.sub("", text))


def _short(day: date | None) -> str:
    """A day as a heading has it: 1.13; empty for none."""
    return f"{day.month}.{day.day}" if day else ""


def _clipped(day: date | None) -> str:
    """A day as the table of technologies has it: 12.05; empty for none."""
    return f"{day.month}.{day.day:02}" if day else ""


def _padded(day: date | None, *, month_only: bool = False) -> str:
    """A day as a foot has it: 2025.01.13., or 2025.01. with `month_only`; empty for none."""
    if day is None:
        return ""
    return f"{day.year}.{day.month:02}." if month_only else f"{day.year}.{day.month:02}.{day.day:02}."


def _long(day: date | None) -> str:
    """A day as a list of references has it: 2025.1.13.; empty for none."""
    return f"{day.year}.{day.month}.{day.day}." if day else ""
