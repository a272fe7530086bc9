"""Pure: a summary as a mail (HTML and plain text) and as a chat's message, each cut by whole stories to its limit."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from html import escape
from itertools import groupby, product
from pathlib import Path

import css_inline
from django.template import Context, Engine, Template

from alerts.digests.contents import MOST, Contents, Item, Section, shortened
from alerts.messages import LONGEST
from monitor.i18n import translate
from monitor.texts.text import clip

#: Bytes. Gmail cuts a mail off at about 102 KB.
LARGEST = 100_000
#: Characters of a title and of another line in a chat, and of the title in a subject.
LONGEST_TITLE_IN_CHAT, LONGEST_LINE_IN_CHAT, LONGEST_TITLE_IN_SUBJECT = 120, 160, 60

_WEEKDAYS = {"ko": "월화수목금토일", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A summary in the form in which it goes out."""

    subject: str
    plain: str
    html: str


@dataclass(frozen=True, slots=True)
class Block:
    """What is to be told besides stories: a heading, its lines, and where the others stand."""

    name: str
    total: int
    lines: tuple[str, ...]
    label: str
    link: str


def as_mail(contents: Contents) -> Rendered:
    """The summary for a mailbox, under 100 KB of HTML whatever came."""
    subject = subject_of(contents)
    for most in range(MOST, -1, -3):
        cut = shortened(contents, most)
        html = _html(cut, subject)
        if len(html.encode()) <= LARGEST:
            break
    return Rendered(subject, _plain(cut), html)


def as_chat(contents: Contents) -> Rendered:
    """The summary for a chat: one message of Telegram's, with as many stories as it holds."""
    for lines, most in product((5, 2, 0), range(MOST, 0, -1)):
        cut = shortened(contents, most, lines)
        html = _chat(cut, _linked, lambda text: f"<b>{escape(text)}</b>", escape)
        plain = _chat(cut, lambda url, text: f"{text} {url}", str, str)
        if max(_units(html), _units(plain)) <= LONGEST:
            break
    return Rendered(subject_of(contents), plain, html)


def subject_of(contents: Contents) -> str:
    """The subject: 「[Bulletin Monitor] 11월 21일(토) 소식 24건: 제목」."""
    title = clip(contents.first_title, LONGEST_TITLE_IN_SUBJECT)
    return f"[Bulletin Monitor] {_heading(contents)}" + (f": {title}" if title else "")


def day_text(day: date, language: str) -> str:
    """A day in Korean or English: 11월 21일(토), Sat 21 Nov."""
    weekday = _WEEKDAYS[language][day.weekday()]
    if language == "ko":
        return f"{day.month}월 {day.day}일({weekday})"
    return f"{weekday} {day.day} {_MONTHS[day.month - 1]}"


def _heading(contents: Contents) -> str:
    day = day_text(contents.day, contents.language)
    if contents.quiet:
        return _say(contents, "{day} 조용한 시간에 온 알림 {n}건", day=day, n=contents.total)
    if not contents.total:
        return _say(contents, "{day} 새 소식 없음", day=day)
    return _say(contents, "{day} 소식 {n}건", day=day, n=contents.total)


def _say(contents: Contents, text: str, **values: object) -> str:
    return translate(text, contents.language).format(**values)


def _html(contents: Contents, subject: str) -> str:
    titles = [item.title for section in _sections(contents) for item in section.items]
    context = {
        "language": contents.language,
        "subject": subject,
        "preview": " · ".join(titles[1:4]),
        "heading": _heading(contents) if contents.total else _nothing(contents),
        "groups": [
            {
                "bulletin": bulletin,
                "sections": [
                    {
                        "name": section.name,
                        "total": section.total,
                        "items": [_parts(item, contents) for item in section.items],
                    }
                    for section in sections
                ],
            }
            for bulletin, sections in groupby(_sections(contents), key=lambda section: section.bulletin)
        ],
        "rest": _rest(contents),
        "blocks": list(_blocks(contents)),
        "links": contents.links,
        "labels": {"source": _say(contents, "원문"), "stop": _say(contents, "요약 그만 받기")},
        "foot": _say(contents, "Bulletin Monitor 의 요약입니다."),
    }
    return _inliner().inline(_template().render(Context(context)))


def _parts(item: Item, contents: Contents) -> dict[str, str]:
    return {
        "title": item.title,
        "lang": item.lang,
        "page": item.page,
        "url": item.url,
        "mark": item.mark,
        "facts": _facts(item),
        "reasons": _reasons(item, contents),
    }


def _plain(contents: Contents) -> str:
    lines = [f"Bulletin Monitor · {_heading(contents)}", ""]
    if not contents.total:
        lines = [_nothing(contents), ""]
    number = 0
    for bulletin, sections in groupby(_sections(contents), key=lambda section: section.bulletin):
        if bulletin:
            lines += [f"■ {bulletin}", ""]
        for section in sections:
            if section.name:
                lines += [f"[{section.name}] {section.total}", ""]
            for item in section.items:
                number += 1
                lines += [f"{number}. {item.title}", *_plain_parts(item, contents), ""]
    if rest := _rest(contents):
        lines += [rest, contents.links["queue"], ""]
    for block in _blocks(contents):
        lines += [f"[{block.name}] {block.total}", *(f"- {line}" for line in block.lines)]
        lines += [f"{block.label}: {block.link}", ""]
    if stop := contents.links.get("unsubscribe"):
        lines += ["--", f"{_say(contents, '요약 그만 받기')}: {stop}"]
    return "\n".join(lines).rstrip() + "\n"


def _plain_parts(item: Item, contents: Contents) -> Iterator[str]:
    yield "   " + " · ".join(filter(None, (item.mark, _facts(item))))
    if reasons := _reasons(item, contents):
        yield f"   {reasons}"
    if item.url:
        yield f"   {_say(contents, '원문')}: {item.url}"
    yield f"   {_say(contents, '대기열')}: {item.page}"


def _chat(
    contents: Contents,
    link: Callable[[str, str], str],
    bold: Callable[[str], str],
    written: Callable[[str], str],
) -> str:
    """The lines of a chat's message; `link`, `bold` and `written` make its mark-up."""
    lines = [bold(_heading(contents) if contents.total else _nothing(contents))]
    for section in _sections(contents):
        heading = " · ".join(filter(None, (section.bulletin, section.name)))
        lines += ["", f"{bold(heading)} {section.total}"]
        for item in section.items:
            facts = " ".join(filter(None, (item.country, item.source, item.mark and f"[{item.mark}]")))
            more = f" +{item.similar}" if item.similar else ""
            title = clip(item.title, LONGEST_TITLE_IN_CHAT)
            lines.append(f"• {link(item.page, title)} {written(facts + more)}")
    if rest := _rest(contents):
        lines += ["", link(contents.links["queue"], rest)]
    for block in _blocks(contents):
        lines += [
            "",
            f"{bold(block.name)} {block.total}",
            *(written(f"- {clip(line, LONGEST_LINE_IN_CHAT)}") for line in block.lines),
        ]
        lines += [link(block.link, block.label)]
    return "\n".join(lines)


def _linked(url: str, text: str) -> str:
    return f'<a href="{escape(url)}">{escape(text)}</a>'


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _sections(contents: Contents) -> Iterator[Section]:
    """All sections that name a story, the quiet hours' first."""
    if contents.rolled:
        name = _say(contents, "조용한 시간에 온 알림")
        yield Section("", name, contents.rolled, contents.rolled_total)
    for section in contents.sections:
        if section.items:
            yield section


def _facts(item: Item) -> str:
    source = " ".join(filter(None, (item.country, item.source)))
    return " · ".join(filter(None, (source, item.when, ", ".join(item.topics))))


def _reasons(item: Item, contents: Contents) -> str:
    why = _say(contents, "왜: {why}", why=item.why) if item.why else ""
    similar = _say(contents, "비슷한 글 {n}건", n=item.similar) if item.similar else ""
    return " · ".join(filter(None, (why, similar)))


def _nothing(contents: Contents) -> str:
    return _say(contents, "오늘은 새 소식이 없습니다.")


def _rest(contents: Contents) -> str:
    return _say(contents, "그 밖에 {n}건 → 대기열에서 보기", n=contents.rest) if contents.rest else ""


def _blocks(contents: Contents) -> Iterator[Block]:
    blocks = (
        ("전달되지 않은 알림", contents.undelivered, contents.undelivered_total, "알림 장부 보기", "alerts"),
        ("이상이 있는 소스", contents.faults, contents.faults_total, "소스 보기", "sources"),
    )
    for name, lines, total, label, link in blocks:
        if total:
            yield Block(_say(contents, name), total, lines, _say(contents, label), contents.links[link])


@cache
def _template() -> Template:
    folder = Path(__file__).parent / "templates"
    return Engine(dirs=[str(folder)], autoescape=True).get_template("digest.html")


@cache
def _inliner() -> css_inline.CSSInliner:
    # A stylesheet is never fetched: what a feed says could name one.
    return css_inline.CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)
