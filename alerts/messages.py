"""Pure: an alert as the message that people read."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import escape, unescape
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from monitor.documents import DateConfidence
from monitor.i18n import translate
from monitor.texts.text import clean_line, clip

#: Telegram counts UTF-16 units after its entities are parsed (https://core.telegram.org/bots/api#sendmessage).
LONGEST = 4096
#: Characters of a title, and of an address that a button may lead to.
LONGEST_TITLE = 300
LONGEST_URL = 2048
_PIECE = re.compile(r"<(?P<end>/?)(?P<tag>[a-z-]+)[^>]*>|&#?\w+;|.", re.DOTALL)
_SIGNS = {
    "JP": "日",
    "KR": "韓",
    "US": "美",
    "CN": "中",
    "GB": "英",
    "DE": "獨",
    "FR": "佛",
    "EU": "EU",
    "INT": "국제",
}


@dataclass(frozen=True, slots=True)
class Button:
    """What stands under a message: a link, or a tap that comes back to us as `data`."""

    label: str
    url: str = ""
    #: At most 64 bytes, ids only (https://core.telegram.org/bots/api#inlinekeyboardbutton).
    data: str = ""


Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class Message:
    """One message in each of its forms; a channel takes what it can carry."""

    #: Lines with Telegram's few tags; a digest for a mailbox holds a whole document. Empty where it is to go as `plain`.
    html: str
    plain: str
    rows: Rows = ()
    #: One line, for channels that have such.
    subject: str = ""
    #: Mail only: Message-ID, List-Id, List-Unsubscribe …
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Story:
    """What a message tells of a story."""

    title: str
    url: str
    page: str  #: its address on our own pages
    source: str
    country: str
    topics: Sequence[str]  #: names as people read them
    published_at: datetime | None
    date_confidence: str
    first_seen_at: datetime
    why: Sequence[str] = field(default=())
    similar: int = 0
    id: int = 0
    #: What the story was told by since the message was first sent: (source, when), newest first.
    followups: Sequence[tuple[str, datetime]] = field(default=())
    #: "✔ 김편집님이 후보로 올렸습니다 (14:07)"; empty while nobody decided.
    verdict: str = ""


def country_sign(country: str) -> str:
    """How Korean bulletins write a country: 日, 美 …; the code for one without a sign."""
    return _SIGNS.get(country, country)


def alert_message(story: Story, zone: ZoneInfo, language: str = "ko") -> Message:
    """The message about a story, also where one that was sent is brought up to date; times by the clock of `zone`."""
    title = clip(clean_line(story.title), LONGEST_TITLE) or story.url
    lines = [
        " · ".join(
            filter(
                None, [clean_line(story.source), country_sign(story.country), _when(story, zone, language)]
            )
        ),
        " ".join(f"#{name.replace(' ', '_')}" for name in story.topics),
        _line("왜: {why}", language, why=", ".join(clip(clean_line(why), 60) for why in story.why[:4]))
        if story.why
        else "",
        _line("비슷한 글 {n}건", language, n=story.similar) if story.similar else "",
        _followups(story.followups, zone, language),
        clean_line(story.verdict),
    ]
    kept = [line for line in lines if line]
    plain = "\n".join([title, *kept])
    html = "\n".join([f"<b>{escape(title)}</b>", *(escape(line) for line in kept)])
    return Message(html, cut(plain, LONGEST), _story_rows(story, language), subject=title)


def incident_message(
    source: str, words: str, reason: str, page: str, *, opened: str, healed: bool, language: str = "ko"
) -> Message:
    """The message to an operator about a source that broke, or that healed again.

    `words` say what is wrong and what to do, `reason` is the log's line for whoever mends it.
    """
    title = _line(
        "✓ 소스 회복: {name}" if healed else "⚠ 소스 이상: {name}", language, name=clean_line(source)
    )
    body = _line("{time} 부터의 이상이 풀렸습니다.", language, time=opened) if healed else words
    lines = [body] if healed or not reason else [body, clip(clean_line(reason), 300)]
    html = "\n".join(
        [f"<b>{escape(title)}</b>", escape(lines[0]), *(f"<code>{escape(line)}</code>" for line in lines[1:])]
    )
    rows = link_rows((translate("소스 보기", language), page))
    return Message(html, cut("\n".join([title, *lines]), LONGEST), rows, subject=title)


def link_rows(*links: tuple[str, str]) -> Rows:
    """One row of links, each (label, address); those that a channel would choke on are left out."""
    row = tuple(Button(label, url=url) for label, url in links if _is_linkable(url))
    return (row,) if row else ()


def cut(text: str, units: int) -> str:
    """`text`, at most so many UTF-16 code units long, never half a character."""
    encoded = text.encode("utf-16-le")
    if len(encoded) <= 2 * units:
        return text
    return encoded[: 2 * (units - 1)].decode("utf-16-le", "ignore") + "…"


def cut_html(text: str, units: int) -> str:
    """Telegram's HTML with at most so many UTF-16 code units to read, never inside a tag, and every tag closed."""
    pieces = list(_PIECE.finditer(text))
    weights = [0 if piece["tag"] else _units(unescape(piece[0])) for piece in pieces]
    if sum(weights) <= units:
        return text
    room, kept, open_tags = units - 1, "", list[str]()
    for piece, weight in zip(pieces, weights, strict=True):
        if weight > room:
            break
        room -= weight
        kept += piece[0]
        if piece["end"]:
            open_tags.pop()
        elif piece["tag"]:
            open_tags.append(piece["tag"])
    return kept + "…" + "".join(f"</{tag}>" for tag in reversed(open_tags))


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _story_rows(story: Story, language: str) -> Rows:
    links = link_rows(
        (translate("원문", language), story.url), (translate("대기열에서 보기", language), story.page)
    )
    if story.verdict:
        return ((Button(translate("되돌리기", language), data=f"d:{story.id}:undo"),), *links)
    choices = {"accept": "후보", "reject": "제외", "later": "나중에"}
    taps = (
        Button(translate(label, language, "button"), data=f"d:{story.id}:{choice}")
        for choice, label in choices.items()
    )
    return (tuple(taps), *links)


def _followups(told: Sequence[tuple[str, datetime]], zone: ZoneInfo, language: str) -> str:
    """「후속 2건: 닛케이 14:05, 로이터 13:50」; at most three are named."""
    if not told:
        return ""
    named = ", ".join(f"{clean_line(source)} {at.astimezone(zone):%H:%M}" for source, at in told[:3])
    return _line("후속 {n}건: {named}", language, n=len(told), named=named)


def _when(story: Story, zone: ZoneInfo, language: str) -> str:
    if story.published_at is None:
        return _line("{time} 처음 봄", language, time=f"{story.first_seen_at.astimezone(zone):%m.%d %H:%M}")
    local = story.published_at.astimezone(zone)
    return f"{local:%Y.%m.%d}" if story.date_confidence == DateConfidence.DAY else f"{local:%Y.%m.%d %H:%M}"


def _line(text: str, language: str, **values: object) -> str:
    return translate(text, language).format(**values)


def _is_linkable(url: str) -> bool:
    # Telegram refuses a whole message for one button whose address it dislikes, such as a host without a dot.
    host = urlsplit(url).hostname or ""
    return (
        url.startswith(("http://", "https://")) and len(url) <= LONGEST_URL and ("." in host or ":" in host)
    )
