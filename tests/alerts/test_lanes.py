"""The outbox's lanes with a ledger and channels of paper: no database and no network, so that every order can be tried."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError
from structlog.testing import capture_logs

from alerts import outbox
from alerts.channels import Gone, Halted, Outcome, Retry, Sent, Uncertain
from alerts.ledger import Door, Due, Task
from alerts.messages import Message
from alerts.outbox import AT_ONCE, DeliveryReport, Outbox, deliver_due
from alerts.pacing import Pace
from monitor.rests import Rest

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
WORDS = Message("제목", "", "")
KIM, LEE, POST = Door("telegram", "1"), Door("telegram", "2"), Door("mailto", "kim@example.kr")


class Ledger:
    """What is due at which door, and all that was asked of it, in order."""

    def __init__(self) -> None:
        self.due: dict[Door, list[int]] = {}
        self.edits: set[int] = set()
        self.recent: list[tuple[str, int, datetime]] = []
        self.taken_by_others: set[int] = set()
        #: What the database says to the nth call of a name; every call where it is no list.
        self.errors: dict[str, list[Exception | None] | Exception] = {}
        self.asked: list[tuple[Any, ...]] = []
        self.settled: list[tuple[int, Outcome, datetime]] = []
        self.clock: Callable[[], datetime] = lambda: NOW
        self._done: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)

    async def __call__(self, work: Callable[..., Any], *args: Any) -> Any:
        name = work.__name__
        self.asked.append((name, *args))
        assert len(self.asked) < 400, "asked without end"
        await asyncio.sleep(0)
        errors = self.errors.get(name, [])
        error = errors if isinstance(errors, Exception) else errors.pop(0) if errors else None
        if error:
            raise error
        answer = getattr(self, name)(*args)
        self._done[name].set()
        return answer

    async def has(self, name: str) -> None:
        """Waits until `name` was done."""
        await self._done[name].wait()

    def release_left_behind(self, now: datetime) -> None:
        assert now == self.clock()

    def due_doors(self, now: datetime, channels: tuple[str, ...]) -> set[Door]:
        assert now == self.clock()
        return {door for door, alerts in self.due.items() if alerts and door.channel in channels}

    def next_due(self, door: Door, now: datetime) -> Due | None:
        assert now == self.clock()
        alerts = self.due[door]
        return Due(alerts[0], alerts[0] in self.edits, self.recent) if alerts else None

    def claim(self, due: Due, now: datetime) -> Task | None:
        assert now == self.clock()
        [door] = [door for door, alerts in self.due.items() if due.id in alerts]
        self.due[door].remove(due.id)
        if due.id in self.taken_by_others:
            return None
        return Task(
            id=due.id, door=door, recipient_id=1, target=f"{door.chat}/5", attempts=1, leased_until=now, queued_at=now,
            external_id=f"was {due.id}" if due.is_edit else "", message=WORDS,
        )  # fmt: skip

    def settle(self, task: Task, outcome: Outcome, now: datetime) -> str:
        self.settled.append((task.id, outcome, now))
        return {Sent: "sent", Uncertain: "uncertain", Gone: "failed"}.get(type(outcome), "queued")

    def hold(self, channel: str, now: datetime, reason: str) -> None:
        for door in self.due:
            if door.channel == channel:
                self.due[door] = []

    def names(self) -> list[str]:
        return [name for name, *_args in self.asked]


@dataclass
class Paper:
    """A channel on which every message takes a moment; answers by message, of which the others are `Sent`."""

    ways: float = 0.0
    checks: list[str] = field(default_factory=list)
    answers: list[Outcome | Exception] = field(default_factory=list)
    arrived: list[tuple[Any, ...]] = field(default_factory=list)
    at_once: Counter[str] = field(default_factory=Counter)
    closed: int = 0

    async def send(self, target: str, message: Message) -> Outcome:
        return await self._take("send", target, message)

    async def edit(self, target: str, external_id: str, message: Message) -> Outcome:
        return await self._take("edit", target, external_id, message)

    async def _take(self, *what: Any) -> Outcome:
        self.at_once["now"] += 1
        self.at_once["most"] = max(self.at_once["most"], self.at_once["now"])
        await asyncio.sleep(self.ways)
        self.at_once["now"] -= 1
        self.arrived.append(what)
        answer = self.answers.pop(0) if self.answers else Sent("9")
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def check(self) -> str:
        return self.checks.pop(0) if self.checks else ""

    async def aclose(self) -> None:
        self.closed += 1


class Slow(Pace):
    """A pace that says these pauses, and remembers what it was told."""

    def __init__(self, *pauses: float) -> None:
        self.pauses = list(pauses)
        self.asked: list[str] = []
        self.learnt: list[tuple[str, float]] = []
        self.heard: list[str] = []

    def wait(self, chat: str, now: float) -> float:
        self.asked.append(chat)
        return self.pauses.pop(0) if self.pauses else 0.0

    def answered(self, chat: str, now: float) -> None:
        assert now <= outbox.time.monotonic()
        self.heard.append(chat)

    def learn(self, chat: str, at: float) -> None:
        self.learnt.append((chat, at))


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    made = Ledger()
    monkeypatch.setattr(outbox, "in_database", made)
    return made


def box(*, pace: Pace | None = None, now: Callable[[], datetime] = lambda: NOW, **channels: Paper) -> Outbox:
    out = Outbox(channels or {"telegram": Paper()}, now, pace=lambda: pace or Slow())
    # A rest is not over before the test is, however slow the machine.
    out._rest = Rest("the database", clock=lambda: 0.0)
    return out


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Failures are rendered with all their variables, which takes longer than the tests."""
    with capture_logs():
        yield


def sent(numbers: Iterable[int]) -> list[tuple[int, Outcome, datetime]]:
    return [(number, Sent("9"), NOW) for number in numbers]


class TestALane:
    async def test_carries_what_is_due_one_after_another_and_writes_each_down_before_the_next(
        self, ledger: Ledger
    ) -> None:
        paper, pace = Paper(), Slow()
        ledger.due = {KIM: [1, 2, 3]}
        report = await box(pace=pace, telegram=paper).finish()
        assert ledger.settled == sent([1, 2, 3])
        assert report.counts == {"sent": 3}
        assert paper.arrived == [("send", "1/5", WORDS)] * 3
        assert ledger.names()[2:8] == ["next_due", "claim", "settle", "next_due", "claim", "settle"]
        assert (pace.asked, pace.heard) == (["1"] * 3, ["1"] * 3)

    async def test_edits_what_was_sent(self, ledger: Ledger) -> None:
        paper = Paper()
        ledger.due, ledger.edits = {KIM: [1]}, {1}
        await box(telegram=paper).finish()
        assert paper.arrived == [("edit", "1/5", "was 1", WORDS)]

    async def test_goes_on_where_somebody_else_was_quicker(self, ledger: Ledger) -> None:
        ledger.due, ledger.taken_by_others = {KIM: [1, 2]}, {1}
        report = await box().finish()
        assert ledger.settled == sent([2])
        assert report.counts == {"sent": 1}

    async def test_is_opened_once_for_a_door_and_ends_when_nothing_is_due(self, ledger: Ledger) -> None:
        paper = Paper(ways=0.01)
        ledger.due = {KIM: [1, 2]}
        out = box(telegram=paper)
        assert [await out.look(), await out.look()] == [1, 1]
        await out.finish()
        assert (await out.look(), paper.at_once["most"]) == (0, 1)

    async def test_holds_up_no_other(self, ledger: Ledger) -> None:
        telegram, mail = Paper(ways=0.02), Paper()
        ledger.due = {KIM: [1, 2], LEE: [3], POST: [4, 5]}
        await box(telegram=telegram, mailto=mail).finish()
        assert [number for number, *_ in ledger.settled][:2] == [4, 5]
        assert telegram.at_once["most"] == 2

    async def test_of_a_channel_that_is_not_set_up_is_none(self, ledger: Ledger) -> None:
        ledger.due = {POST: [1]}
        assert await box().look() == 0

    async def test_shares_its_channel_with_so_many_at_once_and_no_more(self, ledger: Ledger) -> None:
        paper = Paper(ways=0.005)
        ledger.due = {Door("telegram", str(chat)): [chat] for chat in range(1, AT_ONCE + 9)}
        await box(telegram=paper).finish()
        assert (paper.at_once["most"], len(ledger.settled)) == (AT_ONCE, AT_ONCE + 8)

    async def test_that_fails_is_told_and_opened_again_and_the_others_go_on(self, ledger: Ledger) -> None:
        ledger.due = {KIM: [1], POST: [2, 3]}
        ledger.errors = {"claim": [KeyError("chat")]}
        with capture_logs() as logs:
            out = box(telegram=Paper(), mailto=Paper())
            await out.finish()
        assert sorted(number for number, *_ in ledger.settled) == [1, 2, 3]
        [failure] = [line for line in logs if line["event"] == "delivery failed"]
        assert failure["recipient"] in {KIM.shown, POST.shown}
        assert isinstance(failure["exc_info"], KeyError)
        assert failure["log_level"] == "error"

    async def test_that_is_cancelled_is_no_failure(self, ledger: Ledger) -> None:
        ledger.due = {KIM: [1]}
        out = box(telegram=Paper(ways=5))
        await out.look()
        await ledger.has("claim")
        faults: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _loop, fault: faults.append(fault))
        with capture_logs() as logs:
            for lane in out._lanes.values():
                lane.cancel()
            await out.stop()
            await asyncio.sleep(0)
        assert (out._lanes, logs, faults) == ({}, [], [])


class TestAPause:
    async def test_is_waited_for_and_asked_about_again(self, ledger: Ledger) -> None:
        pace = Slow(0.02, 0.01)
        ledger.due = {KIM: [1]}
        began = asyncio.get_running_loop().time()
        await box(pace=pace).finish()
        assert 0.03 <= asyncio.get_running_loop().time() - began < 1
        assert (pace.asked, ledger.names().count("claim")) == (["1"] * 3, 1)

    async def test_leaves_its_place_to_others(self, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(outbox, "AT_ONCE", 1)
        pace = Slow(0.02)
        ledger.due = {KIM: [1], LEE: [2]}
        await box(pace=pace).finish()
        first, second, third = pace.asked
        assert first == third != second

    async def test_ends_when_the_program_does(self, ledger: Ledger) -> None:
        ledger.due = {KIM: [1]}
        out = box(pace=Slow(30))
        await out.look()
        await asyncio.sleep(0.01)
        async with asyncio.timeout(1):
            await out.stop()
        assert (ledger.settled, "claim" in ledger.names()) == ([], False)


class TestStopping:
    async def test_waits_for_what_is_under_way_and_begins_nothing_more(self, ledger: Ledger) -> None:
        paper = Paper(ways=0.02)
        ledger.due = {KIM: [1, 2], LEE: [3]}
        out = box(telegram=paper)
        await out.look()
        await ledger.has("claim")
        await out.stop()
        assert sorted(number for number, *_ in ledger.settled) == [1, 3]
        assert await out.look() == 0
        assert ledger.due[KIM] == [2]

    async def test_with_nothing_under_way_is_done(self, ledger: Ledger) -> None:
        await box().stop()
        assert ledger.asked == []


class TestThePace:
    async def test_learns_what_others_sent_once_each_and_when(self, ledger: Ledger) -> None:
        pace = Slow()
        ledger.recent = [
            ("7", 70, NOW - timedelta(seconds=10)), ("7", 70, NOW - timedelta(seconds=4)), ("8", 80, NOW + timedelta(seconds=30)),
        ]  # fmt: skip
        ledger.due = {KIM: [1, 2]}
        began = outbox.time.monotonic()
        await box(pace=pace).finish()
        ago = [(chat, round(began - at)) for chat, at in pace.learnt]
        # A clock that was set back makes nothing lie ahead.
        assert ago == [("7", 10), ("7", 4), ("8", 0)]

    async def test_is_not_told_again_what_this_outbox_sent(self, ledger: Ledger) -> None:
        pace = Slow()
        ledger.due = {KIM: [1, 2]}
        out = box(pace=pace)
        await out.finish()
        ledger.recent, ledger.due = [("1", 1, NOW), ("1", 2, NOW)], {KIM: [3]}
        await out.finish()
        assert pace.learnt == []
        # Edited since, by another process.
        ledger.recent, ledger.due = [("1", 1, NOW), ("1", 1, NOW + timedelta(seconds=1))], {KIM: [4]}
        await out.finish()
        assert len(pace.learnt) == 1

    def test_forgets_the_oldest_of_4096(self) -> None:
        out = box()
        for number in range(4097):
            out._count(number, NOW)
        assert len(out._counted) == 4096
        assert ((0, NOW) in out._counted, (1, NOW) in out._counted) == (False, True)

    async def test_is_each_channels_own(self, ledger: Ledger) -> None:
        paces: list[Slow] = []

        def pace() -> Slow:
            paces.append(Slow())
            return paces[-1]

        ledger.due = {KIM: [1], POST: [2]}
        await Outbox({"telegram": Paper(), "mailto": Paper()}, lambda: NOW, pace=pace).finish()
        assert [made.heard for made in paces] == [["1"], ["kim@example.kr"]]

    def test_is_telegrams_where_none_is_said(self) -> None:
        made = Outbox({"telegram": Paper()}, lambda: NOW)
        assert type(made._paces["telegram"]) is Pace


class TestWhatBecameOfIt:
    async def test_is_written_down_as_of_when_it_was_answered(self, ledger: Ledger) -> None:
        ticks = iter(range(1000))

        def now() -> datetime:
            last[0] = NOW + timedelta(seconds=next(ticks))
            return last[0]

        last = [NOW]
        ledger.clock = lambda: last[0]
        ledger.due = {KIM: [1]}
        out = box(now=now)
        await out.finish()
        [(_, _, claimed_at)] = [call for call in ledger.asked if call[0] == "claim"]
        [(_, _, settled_at)] = ledger.settled
        assert settled_at == claimed_at + timedelta(seconds=1)
        assert (1, settled_at) in out._counted

    async def test_a_fault_of_ours_is_told_and_may_have_sent_it(self, ledger: Ledger) -> None:
        ledger.due = {KIM: [1, 2]}
        fault = KeyError("message_id")
        with capture_logs() as logs:
            report = await box(telegram=Paper(answers=[fault])).finish()
        assert [outcome for _id, outcome, _at in ledger.settled] == [Uncertain("KeyError"), Sent("9")]
        assert report.counts == {"uncertain": 1, "sent": 1}
        assert {
            "event": "channel failed",
            "alert": 1,
            "recipient": KIM.shown,
            "exc_info": fault,
            "log_level": "error",
        } in logs

    async def test_a_channel_that_says_nothing_may_have_sent_it(
        self, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(outbox, "LONGEST_SEND", 0.01)
        ledger.due = {KIM: [1]}
        await box(telegram=Paper(ways=5)).finish()
        [(_id, outcome, _at)] = ledger.settled
        assert outcome == Uncertain("no answer within 0 s")

    async def test_a_halted_channel_is_reported_with_its_reason(self, ledger: Ledger) -> None:
        ledger.due = {KIM: [1], POST: [2]}
        report = await box(telegram=Paper(answers=[Halted("InvalidToken")]), mailto=Paper()).finish()
        assert report.halted == {"telegram": "InvalidToken"}
        assert report.counts == {"queued": 1, "sent": 1}

    async def test_each_is_a_line_of_the_log(self, ledger: Ledger) -> None:
        ledger.due, ledger.edits = {KIM: [1, 2, 3]}, {2}
        with capture_logs() as logs:
            await box(telegram=Paper(answers=[Sent("9"), Sent("9"), Gone("blocked")])).finish()
        common = {"event": "alert", "recipient": "telegram:1"}
        assert logs == [
            {**common, "id": 1, "state": "sent", "edit": None, "reason": None, "log_level": "info"},
            {**common, "id": 2, "state": "sent", "edit": True, "reason": None, "log_level": "info"},
            {**common, "id": 3, "state": "failed", "edit": None, "reason": "blocked", "log_level": "warning"},
        ]


class TestAChannelThatLostAnAnswer:
    async def test_is_asked_before_the_next_message_and_then_trusted(self, ledger: Ledger) -> None:
        paper = Paper(answers=[Uncertain("reset")], checks=["", "gone"])
        ledger.due = {KIM: [1, 2, 3]}
        report = await box(telegram=paper).finish()
        assert report.counts == {"uncertain": 1, "sent": 2}
        assert paper.checks == ["gone"]

    async def test_is_left_alone_while_it_does_not_answer(self, ledger: Ledger) -> None:
        paper = Paper(answers=[Uncertain("reset")], checks=["no answer"])
        ledger.due = {KIM: [1, 2], POST: [3]}
        with capture_logs() as logs:
            await box(telegram=paper, mailto=Paper()).finish()
        assert sorted(number for number, *_ in ledger.settled) == [1, 3]
        assert ("hold", "telegram", NOW, "no answer") in ledger.asked
        assert {
            "event": "channel does not answer", "channel": "telegram", "reason": "no answer", "log_level": "warning",
        } in logs  # fmt: skip

    async def test_holds_up_no_other_while_it_is_asked(self, ledger: Ledger) -> None:
        class Thinking(Paper):
            async def check(self) -> str:
                await asyncio.sleep(0.05)
                return ""

        ledger.due = {KIM: [1, 2]}
        out = box(telegram=Thinking(answers=[Uncertain("reset")]), mailto=Paper())
        await out.look()
        await ledger.has("settle")
        ledger.due[POST] = [3, 4]
        await out.finish()
        assert [number for number, *_ in ledger.settled] == [1, 3, 4, 2]


class TestADatabaseThatTakesNothing:
    @pytest.fixture(autouse=True)
    def briefly(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Seconds are moments here."""
        real = asyncio.sleep

        async def sleep(seconds: float) -> None:
            slept.append(seconds)
            await real(seconds / 1000)

        slept: list[float] = []
        self.slept = slept
        monkeypatch.setattr(outbox.asyncio, "sleep", sleep)

    async def test_sends_nothing_that_it_could_not_claim(self, ledger: Ledger) -> None:
        paper = Paper()
        ledger.due = {KIM: [1]}
        ledger.errors = {"claim": OperationalError("disk I/O error")}
        report = await box(telegram=paper).finish()
        assert paper.arrived == []
        assert "OperationalError" in report.halted["database"]

    async def test_ends_a_lane_at_its_first_failure(self, ledger: Ledger) -> None:
        paper = Paper()
        ledger.due = {KIM: [1, 2]}
        ledger.errors = {"settle": [OperationalError("database is locked")]}
        out = box(telegram=paper)
        await out.look()
        await asyncio.wait(out._lanes.values())
        assert (len(paper.arrived), ledger.names().count("next_due")) == (1, 1)

    async def test_sends_nothing_where_the_disk_has_no_room_to_write_it_down(
        self, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(outbox.Room, "of", lambda _folder: outbox.Room(10**12, 5_999_999))
        paper = Paper()
        ledger.due = {KIM: [1]}
        with capture_logs() as logs:
            report = await box(telegram=paper).finish()
        assert (paper.arrived, ledger.due) == ([], {KIM: [1]})
        assert report.halted == {"database": "OSError"}
        [line] = logs
        assert str(line["exc_info"]) == "5 MB of disk free: nothing is sent"

    async def test_is_given_what_was_sent_until_it_takes_it_and_it_is_sent_once(self, ledger: Ledger) -> None:
        paper = Paper()
        ledger.due = {KIM: [1]}
        locked = OperationalError("database is locked")
        ledger.errors = {"settle": [locked, locked, locked]}
        report = await box(telegram=paper).finish()
        assert len(paper.arrived) == 1
        assert ledger.settled == sent([1])
        assert report.counts == {"sent": 1}

    async def test_is_given_it_when_the_program_stops_too(self, ledger: Ledger) -> None:
        ledger.due = {KIM: [1]}
        ledger.errors = {"settle": [OperationalError("database is locked")]}
        out = box(telegram=Paper(ways=0.01))
        await out.look()
        await ledger.has("claim")
        await out.stop()
        assert ledger.settled == sent([1])

    async def test_is_not_waited_for_for_ever(self, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(outbox, "LAST_TRIES", 3)
        ledger.due = {KIM: [1]}
        ledger.errors = {"settle": OperationalError("database is locked")}
        await box().finish()
        assert ledger.settled == []
        assert self.slept.count(1) == 3

    async def test_is_left_alone_for_a_while(self, ledger: Ledger) -> None:
        ledger.due = {KIM: [1], LEE: [2]}
        ledger.errors = {"claim": OperationalError("locked")}
        out = box()
        await out.finish()
        asked = len(ledger.asked)
        assert (await out.look(), len(ledger.asked)) == (0, asked)


class TestTheReport:
    def test_names_what_was_counted_and_what_is_halted(self) -> None:
        report = DeliveryReport(Counter(sent=3, failed=1), {"telegram": "InvalidToken", "mailto": "535"})
        assert report.failed == 1
        assert report.as_dict() == {
            "sent": 3, "uncertain": 0, "failed": 1, "queued": 0, "error": "telegram: InvalidToken; mailto: 535",
        }  # fmt: skip

    def test_of_nothing_names_no_error(self) -> None:
        report = DeliveryReport()
        assert (report.failed, report.as_dict()["error"]) == (0, None)


class TestDeliveringOnce:
    async def test_closes_every_channel(self, ledger: Ledger) -> None:
        channels = {"telegram": Paper(answers=[Retry("later")]), "mailto": Paper()}
        ledger.due = {KIM: [1], POST: [2]}
        pace = Slow()
        report = await deliver_due(channels, lambda: NOW, pace=lambda: pace)
        assert report.counts == {"queued": 1, "sent": 1}
        assert sorted(pace.heard) == ["1", "kim@example.kr"]
        assert [channel.closed for channel in channels.values()] == [1, 1]

    async def test_closes_them_also_where_it_fails(self, ledger: Ledger) -> None:
        channels = {"telegram": Paper(), "mailto": Paper()}
        ledger.errors = {"due_doors": KeyError("fault")}
        with pytest.raises(KeyError):
            await deliver_due(channels, lambda: NOW)
        assert [channel.closed for channel in channels.values()] == [1, 1]
