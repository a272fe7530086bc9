"""A week without Telegram or mail, a day without network, a wrong token: what was accepted arrives once, and it is told once."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from alerts.channels import Halted, Outcome, Retry, Sent, Uncertain
from alerts.ledger import LEASE, MOST_ATTEMPTS, PERHAPS_SENT, PERHAPS_TWICE
from alerts.messages import Message
from alerts.models import Alert
from alerts.outbox import Outbox
from alerts.troubles import Watch
from monitor.config import settings
from monitor.models import Entry, Incident, Source
from monitor.threads import in_database
from monitor.upkeep.disk import Room
from tests.alerts.conftest import NOW, queued, recipient
from tests.alerts.test_outbox import Recorder, Tell, Unhurried, deliver, states
from tests.servers.simulated import BEGIN, Site, Trouble, make_sites, run
from tests.servers.telegram import Fault, TelegramServer

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Away(Recorder):
    """A channel that is away until it is back, and says `outcome` until then; what it took, in order."""

    def __init__(self, outcome: Callable[[], Outcome]) -> None:
        super().__init__()
        self.away = True
        self.tries = 0
        self.took: list[tuple[str, str]] = []
        self._outcome = outcome

    async def send(self, target: str, message: Message) -> Outcome:
        self.tries += 1
        if self.away:
            return self._outcome()
        self.took.append((target, message.plain.split("\n")[0]))
        return Sent(str(len(self.took)))

    async def check(self) -> str:
        return "no answer" if self.away else ""


def notices() -> list[dict[str, str]]:
    told = Alert.objects.filter(notice__isnull=False).order_by("id")
    return [notice or {} for notice in told.values_list("notice", flat=True)]


async def live(channels: dict[str, Away], at: datetime, span: timedelta, step: timedelta) -> datetime:
    """The two steps that matter, every so often for a while."""
    clock = [at]
    outbox = Outbox(channels, lambda: clock[0], pace=Unhurried)
    watch = Watch(tuple(channels))
    while clock[0] < at + span:
        await outbox.finish()
        await in_database(watch.look, clock[0])
        clock[0] += step
    await outbox.finish()
    return clock[0]


@pytest.mark.parametrize(
    ("channel", "address"), [("telegram", "telegram:1"), ("mailto", "mailto:kim@example.kr")]
)
@pytest.mark.parametrize(
    ("outcome", "lost"),
    [
        pytest.param(lambda: Retry("ConnectError"), 0, id="no connection"),
        pytest.param(lambda: Uncertain("TimedOut"), 1, id="takes connections and says nothing"),
        pytest.param(lambda: Halted("InvalidToken: 401"), 0, id="turns us away"),
    ],
)
async def test_after_a_week_all_that_waited_arrives_once_and_in_order(
    tell: Tell, channel: str, address: str, outcome: Callable[[], Outcome], lost: int
) -> None:
    def prepare() -> None:
        operator = recipient("json://127.0.0.1:9/operator", operator=True)
        assert operator.operator
        queued(recipient(address, words=["x"]), [tell(f"소식 {number}") for number in range(6)])

    await in_database(prepare)
    away, other = Away(outcome), Away(lambda: Retry("never"))
    other.away = False
    at = await live({channel: away, "apprise": other}, NOW, 7 * DAY, 12 * HOUR)
    assert away.took == []
    assert Counter(await in_database(lambda: states()))["failed"] == 0
    away.away = False
    await live({channel: away, "apprise": other}, at, 30 * MINUTE, 15 * MINUTE)
    target = address.partition(":")[2]
    # Of what was under way when the answers ceased nobody knows; it stands so, and is not sent again by itself.
    assert [one for one, _title in away.took] == [target] * (6 - lost)
    titles = [title for _target, title in away.took]
    assert len(set(titles)) == 6 - lost
    assert titles == sorted(titles, key=lambda title: int(title.rsplit(" ", 1)[1]))
    # The operator, who can be reached, heard of it once, and once that it was over.
    told = await in_database(notices)
    assert [(one["what"], "until" in one) for one in told] == [(channel, False), (channel, True)]
    assert len(other.took) == 2


async def test_a_week_of_tries_is_no_hammering(tell: Tell) -> None:
    await in_database(lambda: queued(recipient("telegram:1", words=["x"]), [tell("하나"), tell("둘")]))
    away = Away(lambda: Retry("ConnectError"))
    await live({"telegram": away}, NOW, 4 * HOUR, 5 * MINUTE)
    # Ten minutes apart, once the first failures are over, whatever waits.
    assert 15 <= away.tries <= 25


async def test_a_word_that_could_not_go_out_says_both_at_the_end(tell: Tell) -> None:
    """The operator reads the very channel that was away."""

    def prepare() -> None:
        queued(recipient("telegram:1", words=["x"], operator=True), [tell("하나")])

    await in_database(prepare)
    away = Away(lambda: Retry("ConnectError"))
    at = await live({"telegram": away}, NOW, DAY, HOUR)
    assert [sorted(one) for one in await in_database(notices)] == [["kind", "reason", "since", "what"]]
    away.away = False
    clock = [at + HOUR]
    outbox, watch = Outbox({"telegram": away}, lambda: clock[0], pace=Unhurried), Watch(("telegram",))
    await in_database(lambda: Alert.objects.filter(notice__isnull=False).update(not_before=at + 2 * HOUR))
    await outbox.finish()
    await in_database(watch.look, clock[0])
    clock[0] += 2 * HOUR
    await outbox.finish()
    assert [title for _target, title in away.took][1:] == [
        "✅ 텔레그램: 알림이 다시 나갑니다 (멈춘 때: 11.20 13:00 ~ 11.21 13:00)"
    ]


async def test_a_full_disk_is_told_once_and_once_that_it_is_over_also_over_a_restart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await in_database(lambda: recipient("telegram:1", operator=True))
    rooms = [150, 149, 240, 150, 300, 400]
    monkeypatch.setattr("alerts.troubles.Room.of", lambda _home: Room(10**9, rooms.pop(0) * 10**6))
    watch = Watch(())
    for hour in range(6):
        if hour == 2:
            watch = Watch(())
        await in_database(watch.look, NOW + hour * HOUR)
        if hour == 0:
            await in_database(lambda: Alert.objects.update(state="sent"))
    told = await in_database(notices)
    assert [("until" in one, one["reason"]) for one in told] == [
        (False, "only 150 MB of disk free"), (True, "only 150 MB of disk free")
    ]  # fmt: skip


def test_a_wrong_token_stops_all_sending_at_once_without_a_busy_loop(
    telegram: TelegramServer, tell: Tell
) -> None:
    for chat in range(1, 4):
        queued(recipient(f"telegram:{chat}", words=["x"]), [tell(f"하나 {chat}"), tell(f"둘 {chat}")])
    for minute in range(0, 20, 2):
        deliver(telegram, at=NOW + minute * MINUTE, token="1:wrong")
    # Every five minutes the lanes that are open at that moment knock once.
    assert len(telegram.calls) <= 4 * 3
    assert telegram.delivered == []
    deliver(telegram, at=NOW + 2 * HOUR)
    assert (len(telegram.delivered), set(states())) == (6, {"sent"})


async def test_a_send_that_never_ends_is_given_up_and_the_others_go_on(
    tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alerts.outbox.LONGEST_SEND", 0.05)

    class Hanging(Recorder):
        async def send(self, target: str, message: Message) -> Outcome:
            if target == "1" and not self.targets.count("1"):
                self.targets.append(target)
                await asyncio.Event().wait()
            return await super().send(target, message)

        async def check(self) -> str:
            return ""

    def prepare() -> None:
        for chat in (1, 2):
            queued(recipient(f"telegram:{chat}", words=["x"]), [tell(f"하나 {chat}"), tell(f"둘 {chat}")])

    await in_database(prepare)
    channel = Hanging()
    await Outbox({"telegram": channel}, lambda: NOW, pace=Unhurried).finish()
    assert sorted(channel.targets) == ["1", "1", "2", "2"]
    assert Counter(await in_database(states)) == {"sent": 3, "uncertain": 1}


class TestOnDoubt:
    @pytest.fixture(autouse=True)
    def left_behind(self, tell: Tell) -> None:
        queued(recipient("telegram:1", words=["x"]), [tell("하나"), tell("둘")])
        queued(recipient("mailto:kim@example.kr", words=["x"]), [tell("셋")])
        first = Alert.objects.earliest("id").id
        mail = Alert.objects.latest("id").id
        Alert.objects.filter(id__in=[first, mail]).update(
            state="sending", attempts=1, leased_until=NOW - LEASE
        )

    def test_it_is_sent_again_and_marked(self, telegram: TelegramServer) -> None:
        deliver(telegram)
        assert states() == ["sent", "sent", "queued"]
        assert Alert.objects.earliest("id").error == PERHAPS_TWICE
        assert len(telegram.texts(1)) == 2

    def test_or_it_waits_to_be_asked_for_and_holds_up_nobody(
        self, telegram: TelegramServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MONITOR_ON_DOUBT", "ask")
        settings.cache_clear()
        try:
            deliver(telegram)
            deliver(telegram, at=NOW + DAY)
        finally:
            monkeypatch.undo()
            settings.cache_clear()
        # A mailbox drops a second copy: mail goes again whatever is asked.
        assert states() == ["uncertain", "sent", "queued"]
        assert Alert.objects.earliest("id").error == PERHAPS_SENT
        assert [text.split("\n")[0] for text in telegram.texts(1)] == ["<b>둘</b>"]


def test_a_week_of_failures_does_not_make_a_kill_the_last_straw(telegram: TelegramServer, tell: Tell) -> None:
    queued(recipient("telegram:1", words=["x"]), [tell("하나")])
    Alert.objects.update(attempts=MOST_ATTEMPTS + 5)
    telegram.faults["1"] = [Fault(500, "Internal Server Error")]
    deliver(telegram)
    Alert.objects.update(state="sending", leased_until=NOW)
    deliver(telegram, at=NOW + 6 * DAY)
    assert states() == ["sent"]


async def test_a_day_without_network_opens_no_incident_and_is_told_once() -> None:
    """Four sources, none of which anything is wrong with, and a network that is gone for a day."""
    await in_database(lambda: recipient("telegram:1", operator=True))
    begin = BEGIN + DAY
    sites = [_cut_off(site, begin) for site in make_sites(4, 3, every=99)]
    watch = Watch(())
    report = await run(sites, 3, requests_a_day=16, look=watch.look)
    assert (report.missed, report.doubled, report.hasty) == ([], [], [])
    assert await Incident.objects.acount() == 0
    told = await in_database(notices)
    assert [one["what"] for one in told] == ["network"]
    since, until = (datetime.fromisoformat(told[0][name]) for name in ("since", "until"))
    # Told once nothing was reached for an hour; the last success may lie before the outage.
    assert timedelta(0) < since - begin <= 3 * HOUR
    assert timedelta(0) <= until - (begin + DAY) <= HOUR + 10 * MINUTE
    assert await Source.objects.filter(state="ok").acount() == 4
    assert await Entry.objects.aexists()


def _cut_off(site: Site, begin: datetime) -> Site:
    site.weather = 0
    site.troubles = [Trouble("down", begin, begin + DAY)]
    return site
