"""Pure: what the bot says, and the buttons under it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from html import escape

from alerts.budget import Backtest
from alerts.messages import LONGEST, Button, Message, Rows, cut
from monitor.i18n import translate
from monitor.texts.text import clean_line, clip

#: Characters of an answer to a tap (https://core.telegram.org/bots/api#answercallbackquery).
LONGEST_ANSWER = 200
#: Characters of a story's title in a list.
LONGEST_TITLE = 120
#: Topics on a page of the keyboard, and in a row.
TOPICS, COLUMNS = 12, 2

NOT_AN_EDITOR = "등록된 편집자만 결정할 수 있습니다. 봇과의 대화에서 /start 를 보내 주십시오."
NOT_TO_CHANGE = "여럿이 보는 대화의 설정은 등록된 편집자만 바꿀 수 있습니다."
NOT_APPROVED = "아직 승인되지 않은 대화입니다. /start 를 보내고 관리자의 승인을 기다려 주십시오."
FAILED = "지금은 처리하지 못했습니다. 잠시 뒤 다시 해 주십시오."
WORKING = "받았습니다. 처리하고 있습니다."
UNKNOWN_TAP = "이 단추는 이제 쓸 수 없습니다. /help 를 보내 주십시오."
UNKNOWN_COMMAND = "모르는 명령입니다. /help 를 보내 주십시오."
NO_STORY = "이 글은 이제 없습니다."
TOO_OLD = "이 메시지는 오래되어 고칠 수 없습니다. 명령을 다시 보내 주십시오."

HELLO = {
    "pending": (
        "안녕하십니까. Bulletin Monitor 입니다. 이 대화의 번호는 {chat} 입니다. "
        "관리자가 승인하면 알림이 시작됩니다. 승인을 기다립니다."
    ),
    "active": "알림을 받고 계십니다. 무엇을 할 수 있는지는 /help 에 있습니다.",
    "suspended": ("지금은 알림이 멈춰 있습니다. 다시 받으시려면 관리자에게 이 번호를 알려 주십시오: {chat}"),
}
STOPPED = "알림을 멈췄습니다. 다시 받으시려면 관리자에게 말씀해 주십시오."
NOT_THERE = "이 대화는 알림을 받고 있지 않습니다."

QUIET = "조용한 시간: {hours} ({zone}). 그사이의 알림은 다음 요약에 모아 보냅니다. 끄려면 /quiet off"
NOT_QUIET = "조용한 시간이 없습니다. 정하려면 /quiet 22:00-07:00 처럼 보내 주십시오."
NO_HOURS = "시간대를 읽지 못했습니다. /quiet 22:00-07:00 처럼, 끄려면 /quiet off 를 보내 주십시오."

MUTED = "{until}까지 알림을 보내지 않습니다. 그사이의 글은 대기열과 요약에 있습니다. 풀려면 /mute off"
NOT_MUTED = "알림을 보냅니다. 잠시 멈추려면 /mute 3h 나 /mute 2d 를 보내 주십시오."
NO_SPAN = (
    "얼마 동안인지 읽지 못했습니다. /mute 3h, /mute 2d, /mute off 가운데 하나로 보내 주십시오. (30일까지)"
)

BUDGET = "하루 {n}건쯤 보내도록 정해져 있습니다. 바꾸려면 /budget 8, 끄려면 /budget off"
NO_BUDGET = "하루 건수를 정하지 않았습니다. 정하려면 /budget 8 처럼 보내 주십시오."
NO_NUMBER = (
    "하루 건수를 읽지 못했습니다. 1에서 200 사이의 수를 /budget 8 처럼, 끄려면 /budget off 를 보내 주십시오."
)
BUDGET_SAVED = "저장했습니다. 이제 하루 {n}건쯤 보냅니다."
BUDGET_LEFT = "바꾸지 않았습니다."

LANGUAGE = "이제 한국어로 말씀드립니다."
NO_LANGUAGE = "한국어는 /language ko, 영어는 /language en 을 보내 주십시오."
NO_WORDS = "찾을 말을 함께 보내 주십시오. 예: /search 금리"

LINK = "한 번만 쓸 수 있는 로그인 링크입니다. 하루 동안 유효하니 남에게 보내지 마십시오.\n{link}"
LINK_IN_PRIVATE = "로그인 링크는 봇과 둘만의 대화에서 /login 을 보내시면 드립니다."

_SPAN = re.compile(r"(?P<n>\d{1,4})\s*(?P<unit>m|min|분|h|시간|d|일)", re.IGNORECASE)
_UNITS = {"m": 1, "min": 1, "분": 1, "h": 60, "시간": 60, "d": 24 * 60, "일": 24 * 60}
LONGEST_MUTE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Line:
    """A story in a list."""

    id: int
    title: str
    source: str
    country: str
    percent: int | None


def say(text: str, language: str, rows: Rows = (), **values: object) -> Message:
    """One of the texts above with its values, in the chat's language."""
    written = translate(text, language)
    html = escape(written, quote=False).format(**{key: escape(str(value)) for key, value in values.items()})
    return Message(html, cut(written.format(**values), LONGEST), rows)


def answer(text: str, language: str, **values: object) -> str:
    """One of the texts above as the line that Telegram shows after a tap, cut to its length."""
    return clip(translate(text, language).format(**values), LONGEST_ANSWER)


def in_lines(title: str, lines: Sequence[str], rows: Rows = ()) -> Message:
    """A message of a bold title and lines, all of them plain text."""
    html = "\n".join([f"<b>{escape(title)}</b>", *map(escape, lines)])
    return Message(html, cut("\n".join([title, *lines]), LONGEST), rows)


def help_message(commands: Mapping[str, str], language: str) -> Message:
    """The list of commands with what each does."""
    lines = [f"/{name} {translate(about, language)}" for name, about in commands.items()]
    return in_lines("Bulletin Monitor", lines)


def topics_message(
    topics: Sequence[tuple[str, str]], chosen: Sequence[str], page: int, least: float, language: str
) -> Message:
    """A page of the topics (id, name), the chosen ones ticked; with what the choice comes to."""
    pages = -(-len(topics) // TOPICS)
    page = min(max(page, 0), pages - 1)
    names = dict(topics)
    if chosen:
        title = translate("받는 주제 {n}개", language).format(n=len(chosen))
        what = ", ".join(names.get(topic, topic) for topic in chosen)
    else:
        title = translate("모든 주제를 받습니다", language)
        what = translate("주제를 고르시면 그 주제의 글만 받습니다.", language)
    if least:
        what += "\n" + translate("관련도 {least} 이상", language).format(least=round(least * 100))
    shown = topics[page * TOPICS : (page + 1) * TOPICS]
    buttons = [
        Button(f"✓ {name}", data=f"t:{page}:{topic}:0")
        if topic in chosen
        else Button(name, data=f"t:{page}:{topic}:1")
        for topic, name in shown
    ]
    rows = [tuple(buttons[start : start + COLUMNS]) for start in range(0, len(buttons), COLUMNS)]
    turn = [(page - 1, "◂"), (page, f"{page + 1}/{pages}"), (page + 1, "▸")]
    rows.append(tuple(Button(label, data=f"t:{to}::0") for to, label in turn if 0 <= to < pages))
    if chosen:
        rows.append((Button(translate("모든 주제 받기", language), data=f"t:{page}:*:0"),))
    return in_lines(title, what.split("\n"), tuple(rows))


def list_message(
    lines: Sequence[Line], total: int, more_after: int | None, words: str, search: int, language: str
) -> Message:
    """Stories of the queue with a button for each; `search` is the number under which its words are remembered."""
    if words:
        title = translate("“{words}” 대기 {n}건", language).format(words=words, n=total)
    else:
        title = translate("대기 {n}건", language).format(n=total)
    told = [f"{number}. {_line(line, language)}" for number, line in enumerate(lines, 1)]
    numbers = tuple(Button(str(number), data=f"s:{line.id}:{search}") for number, line in enumerate(lines, 1))
    turn = [Button(translate("다음", language) + " ▸", data=f"l:{more_after}:{search}")] if more_after else []
    return in_lines(title, told, tuple(row for row in (numbers, tuple(turn)) if row))


def card_message(alert: Message, search: int, language: str) -> Message:
    """A story of the queue: as its alert says it, with taps that know that they stand under a card."""
    rows = [tuple(_of_card(button, search) for button in row) for row in alert.rows]
    rows.append((Button(translate("목록", language), data=f"l:0:{search}"),))
    return replace(alert, rows=tuple(rows))


def budget_message(budget: int, found: Backtest, language: str) -> Message:
    """What a budget would have brought last week, and the question whether to keep it."""
    title = translate("하루 {n}건쯤", language).format(n=budget)
    rows = (
        (
            Button(translate("저장", language), data=f"b:{budget}"),
            Button(translate("취소", language), data="b:0"),
        ),
    )
    return in_lines(title, list(_backtest(found, language)), rows)


def muted_until(text: str, now: datetime) -> datetime | None:
    """When "3h" or "2일" from now is; None where it says no span, or a longer one than thirty days."""
    match = _SPAN.fullmatch(text.strip())
    span = timedelta(minutes=int(match["n"]) * _UNITS[match["unit"].casefold()]) if match else timedelta(0)
    return now + span if timedelta(0) < span <= LONGEST_MUTE else None


def _of_card(button: Button, search: int) -> Button:
    return replace(button, data=f"c{button.data[1:]}:{search}") if button.data else button


def _line(line: Line, language: str) -> str:
    facts = (
        " ".join(filter(None, (line.country, line.source))),
        "" if line.percent is None else f"{translate('관련도', language)} {line.percent}",
    )
    return f"{clip(clean_line(line.title), LONGEST_TITLE)} ({' · '.join(filter(None, facts))})"


def _backtest(found: Backtest, language: str) -> Iterator[str]:
    def tell(text: str, **values: object) -> str:
        return translate(text, language).format(**values)

    if found.days:
        days = " · ".join(f"{day:%m.%d} {count}" for day, count in found.days)
        yield tell("지난주라면 모두 {n}건, 하루 {daily:.1f}건", n=found.total, daily=found.daily)
        yield days
    if not found.whole:
        yield tell("아직 온전한 하루가 없어 기준은 내일부터 정해집니다.")
    elif found.relevance is not None:
        yield tell("관련도 {least} 이상", least=round(min(found.relevance, 1.0) * 100))
    for label, stories in (("왔을 글", found.top), ("오지 않았을 글", found.below)):
        if stories:
            yield ""
            yield tell(label)
            for story in stories[:3]:
                title = clip(clean_line(story.title), LONGEST_TITLE)
                yield f"• {title} ({round(story.relevance * 100)})"
