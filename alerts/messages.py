"""Pure: an alert as the message that people read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from monitor.documents import DateConfidence
from monitor.i18n import translate
from monitor.text import clean_line, clip

#: Telegram counts UTF-16 units after its entities are parsed (https://core.telegram.org/bots/api#sendmessage).
LONGEST = 4096
LONGEST_TITLE = 300
LONGEST_URL = 2048
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
class Message:
    """One message in both of its forms, and its buttons as (label, address)."""

    html: str
    plain: str
    buttons: tuple[tuple[str, str], ...] = ()


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


def country_sign(country: str) -> str:
    """How Korean bulletins write a country: 日, 美 …; the code for one without a sign."""
    return _SIGNS.get(country, country)


def alert_message(story: Story, zone: ZoneInfo, language: str = "ko") -> Message:
    """The message of a first alert about a story."""
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
    ]
    kept = [line for line in lines if line]
    plain = "\n".join([title, *kept])
    html = "\n".join([f"<b>{escape(title)}</b>", *(escape(line) for line in kept)])
    buttons = [(translate("원문", language), story.url)] if _is_linkable(story.url) else []
    if _is_linkable(story.page):
        buttons.append((translate("대기열에서 보기", language), story.page))
    return Message(html, cut(plain, LONGEST), tuple(buttons))


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
    buttons = ((translate("소스 보기", language), page),) if _is_linkable(page) else ()
    return Message(html, cut("\n".join([title, *lines]), LONGEST), buttons)


def cut(text: str, units: int) -> str:
    """`text`, at most so many UTF-16 code units long, never half a character."""
    encoded = text.encode("utf-16-le")
    if len(encoded) <= 2 * units:
        return text
    return encoded[: 2 * (units - 1)].decode("utf-16-le", "ignore") + "…"


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
