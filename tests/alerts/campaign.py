"""Many alerts to many chats through a Bot API server with every fault, and what may be said of it afterwards."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from alerts.models import Alert, Recipient
from monitor.models import Entry, Source, Story
from tests.servers.telegram import Fault, TelegramServer

LONG_WAIT = timedelta(seconds=40_000)
#: Chats to which something happens that is about the whole chat.
FLOODED, BLOCKED, MOVED, SLOW = "1", "2", "-3", "4"
MOVED_TO = "-1003"


def prepare(
    telegram: TelegramServer, *, chats: int, groups: int, alerts: int, share: float, slow: float, seed: int
) -> None:
    """So many chats, some of them groups, with so many alerts each; a share of all calls to half of them meets a fault."""
    chance = random.Random(seed)
    now = datetime.now(UTC)
    Source.objects.get_or_create(id="meti-press")
    names = [str(-number if 3 <= number < 3 + groups else number) for number in range(1, chats + 1)]
    for name in names:
        _queue(Recipient.objects.create(address=f"telegram:{name}", created_at=now), name, alerts, now)
        if int(name) % 2 or name in {BLOCKED, SLOW}:
            telegram.faults[name] = list(_faults(chance, share, 2 * alerts))
    flood = {"retry_after": int(LONG_WAIT.total_seconds())}
    telegram.faults[FLOODED][2] = Fault(429, "Too Many Requests: retry after 40000", flood)
    telegram.faults[BLOCKED][3] = Fault(403, "Forbidden: bot was blocked by the user")
    migrated = {"migrate_to_chat_id": int(MOVED_TO)}
    telegram.faults[MOVED][3] = Fault(400, "Bad Request: group chat was upgraded", migrated)
    telegram.faults[SLOW] = [Fault(delay=slow) for _ in range(2 * alerts)]


def _faults(chance: random.Random, share: float, count: int) -> Iterator[Fault]:
    unreadable = Fault(400, "Bad Request: can't parse entities: unsupported start tag")
    kinds = [
        Fault(429, "Too Many Requests: retry after 1", {"retry_after": 1}),
        Fault(500, "Internal Server Error"),
        Fault(502, body=b"<html>Bad Gateway</html>"),
        Fault(drop="before"),
        Fault(drop="after"),
        unreadable,
    ]
    for _ in range(count):
        fault = chance.choice(kinds) if chance.random() < share else Fault()
        yield fault
        if fault is unreadable:
            yield Fault()  # plain text has no entities


def _queue(recipient: Recipient, name: str, count: int, now: datetime) -> None:
    for number in range(count):
        story = Story.objects.create(first_seen_at=now)
        entry = Entry.objects.create(
            source_id="meti-press", story=story, title=f"{name} {number:03}", first_seen_at=now,
            url="https://news.example/a", lang="ko", tagged_at=now,
        )  # fmt: skip
        Alert.objects.create(
            recipient=recipient, story=story, entry=entry, why=["ai"], queued_at=now, not_before=now
        )


@dataclass
class Judgement:
    """What is wrong, which is to be nothing, and the figures."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    astray: list[str] = field(default_factory=list)
    disordered: list[str] = field(default_factory=list)
    #: Tried although the chat had asked for quiet, or had blocked us.
    importunate: list[str] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)
    #: Of those that are uncertain, how many arrived.
    arrived_uncertain: int = 0

    @property
    def wrong(self) -> list[str]:
        return [*self.lost, *self.doubled, *self.astray, *self.disordered, *self.importunate]


def judge(telegram: TelegramServer) -> Judgement:
    """Compares the ledger with what the chats have."""
    found = Judgement()
    arrived: defaultdict[str, list[str]] = defaultdict(list)
    for message in telegram.delivered:
        title = message.text.split("\n")[0].removeprefix("<b>").removesuffix("</b>")
        arrived[title].append(message.chat)
    sure: defaultdict[str, list[str]] = defaultdict(list)
    for title, state, address in Alert.objects.order_by("id").values_list(
        "entry__title", "state", "recipient__address"
    ):
        found.states[state] += 1
        times = len(arrived[title])
        found.arrived_uncertain += times if state == "uncertain" else 0
        if times > 1:
            found.doubled.append(title)
        if state == "sent" and not times:
            found.lost.append(title)
        if state in {"queued", "failed"} and times:
            found.astray.append(f"{title}: {state}, and arrived")
        if set(arrived[title]) - set(_chats(address)):
            found.astray.append(f"{title}: {arrived[title]}")
        if state == "sent":
            sure[address].append(title)
    for address, titles in sure.items():
        came = [title for title in arrived if title in set(titles)]
        if came != titles:
            found.disordered.append(address)
    found.importunate += [
        name for name, extra in ((FLOODED, 3), (BLOCKED, 4)) if _calls(telegram, name) > extra
    ]
    return found


def _chats(address: str) -> Iterator[str]:
    chat = address.partition(":")[2]
    yield chat
    if chat == MOVED_TO:
        yield MOVED


def _calls(telegram: TelegramServer, chat: str) -> int:
    """Calls about a chat; the two that a message as plain text takes are one."""
    calls = [
        form for method, form, _at in telegram.calls if method == "sendMessage" and form["chat_id"] == chat
    ]
    return sum("parse_mode" in form for form in calls)
