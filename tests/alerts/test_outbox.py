"""The outbox against the real python-telegram-bot and a server with every fault."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.channels import Channel, Outcome, Sent
from alerts.channels.telegram import TelegramChannel
from alerts.ledger import LEASE, MOST_ATTEMPTS, rest
from alerts.messages import Message
from alerts.models import Alert, Digest, Recipient
from alerts.outbox import DeliveryReport, deliver_due
from alerts.pacing import Pace
from monitor.models import Entry
from tests.alerts.conftest import NOW, queued, recipient
from tests.servers.telegram import TOKEN, Fault, TelegramServer, fastest

pytestmark = pytest.mark.django_db(transaction=True)
Tell = Callable[..., Entry]


class Unhurried(Pace):
    """No pacing: what it decides has tests of its own."""

    def wait(self, chat: str, now: float) -> float:
        return 0.0


def deliver(telegram: TelegramServer, *, at: datetime = NOW, token: str = TOKEN) -> DeliveryReport:
    async def run() -> DeliveryReport:
        channels: dict[str, Channel] = {"telegram": TelegramChannel(token, telegram.url)}
        return await deliver_due(channels, lambda: at, pace=Unhurried)

    return asyncio.run(run())


def states() -> list[str]:
    return list(Alert.objects.order_by("id").values_list("state", flat=True))


def test_a_chats_alerts_arrive_once_each_and_in_order(telegram: TelegramServer, tell: Tell) -> None:
    chats = [recipient(f"telegram:{chat}", words=["x"]) for chat in range(1, 6)]
    entries = [tell(f"소식 {number:02}") for number in range(20)]
    for chat in chats:
        queued(chat, entries)
    report = deliver(telegram)
    assert report.counts == {"sent": 100}
    for chat in range(1, 6):
        assert [text.split("\n")[0] for text in telegram.texts(chat)] == [
            f"<b>소식 {n:02}</b>" for n in range(20)
        ]
    assert set(states()) == {"sent"}
    assert Alert.objects.exclude(external_id="").count() == 100


def test_a_flood_wait_holds_up_its_chat_alone(telegram: TelegramServer, tell: Tell) -> None:
    one, two = recipient("telegram:1", words=["x"]), recipient("telegram:2", words=["x"])
    entries = [tell("하나"), tell("둘")]
    queued(one, entries)
    queued(two, entries)
    telegram.faults["1"] = [Fault(429, "Too Many Requests: retry after 40000", {"retry_after": 40_000})]
    deliver(telegram)
    assert (len(telegram.texts(1)), len(telegram.texts(2))) == (0, 2)
    # Not a second before, for none of its alerts.
    deliver(telegram, at=NOW + timedelta(seconds=39_999))
    assert len(telegram.texts(1)) == 0
    deliver(telegram, at=NOW + timedelta(seconds=40_000))
    assert [text.split("\n")[0] for text in telegram.texts(1)] == ["<b>하나</b>", "<b>둘</b>"]


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Fault(500, "Internal Server Error"), id="500"),
        pytest.param(Fault(502, body=b"<html>Bad Gateway</html>"), id="502-html"),
    ],
)
def test_a_server_error_is_tried_again_after_a_rest(
    telegram: TelegramServer, tell: Tell, fault: Fault
) -> None:
    queued(recipient("telegram:1", words=["x"]), [tell("하나")])
    telegram.faults["1"] = [fault]
    deliver(telegram)
    alert = Alert.objects.get()
    assert (alert.state, alert.attempts) == ("queued", 1)
    assert NOW < alert.not_before <= NOW + timedelta(seconds=10)
    deliver(telegram, at=alert.not_before)
    assert (states(), len(telegram.texts(1))) == (["sent"], 1)


def test_an_answer_lost_after_the_message_was_taken_is_uncertain_and_not_sent_again(
    telegram: TelegramServer, tell: Tell
) -> None:
    queued(recipient("telegram:1", words=["x"]), [tell("하나"), tell("둘")])
    telegram.faults["1"] = [Fault(drop="after")]
    deliver(telegram)
    deliver(telegram, at=NOW + timedelta(days=2))
    assert states() == ["uncertain", "sent"]
    assert len(telegram.texts(1)) == 2


def test_a_server_that_is_not_there_is_tried_again(tell: Tell) -> None:
    with TelegramServer() as gone:
        pass
    queued(recipient("telegram:1", words=["x"]), [tell("하나")])
    deliver(gone)
    assert states() == ["queued"]


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Fault(403, "Forbidden: bot was blocked by the user"), id="blocked"),
        pytest.param(Fault(400, "Bad Request: chat not found"), id="no-chat"),
    ],
)
def test_a_recipient_out_of_reach_is_suspended_and_the_others_are_not(
    telegram: TelegramServer, tell: Tell, fault: Fault
) -> None:
    one, two = recipient("telegram:1", words=["x"]), recipient("telegram:2", words=["x"])
    entries = [tell("하나"), tell("둘")]
    queued(one, entries)
    queued(two, entries)
    telegram.faults["1"] = [fault]
    deliver(telegram)
    one.refresh_from_db()
    assert (one.state, one.reason != "") == (Recipient.State.SUSPENDED, True)
    assert set(Alert.objects.filter(recipient=one).values_list("state", flat=True)) == {"failed"}
    assert len(telegram.texts(2)) == 2


def test_a_group_that_became_a_supergroup_is_followed(telegram: TelegramServer, tell: Tell) -> None:
    group = recipient("telegram:-5", words=["x"])
    queued(group, [tell("하나")])
    telegram.faults["-5"] = [
        Fault(400, "Bad Request: group chat was upgraded", {"migrate_to_chat_id": -1005})
    ]
    deliver(telegram)
    group.refresh_from_db()
    assert group.address == "telegram:-1005"
    assert (states(), len(telegram.texts(-1005))) == (["sent"], 1)


def test_what_telegram_cannot_read_as_html_goes_as_plain_text(telegram: TelegramServer, tell: Tell) -> None:
    queued(recipient("telegram:1", words=["x"]), [tell("<i>하나"), tell("둘")])
    telegram.faults["1"] = [Fault(400, "Bad Request: can't parse entities: unclosed tag")]
    deliver(telegram)
    first, second = telegram.texts(1)
    assert (first.startswith("<i>하나"), second.startswith("<b>둘</b>")) == (True, True)


def test_a_wrong_token_stops_everything_and_loses_nothing(telegram: TelegramServer, tell: Tell) -> None:
    for chat in (1, 2):
        queued(recipient(f"telegram:{chat}", words=["x"]), [tell(f"하나 {chat}")])
    report = deliver(telegram, token="1:wrong")
    assert "InvalidToken" in report.halted["telegram"]
    assert states() == ["queued", "queued"]
    calls = len(telegram.calls)
    deliver(telegram, token="1:wrong", at=NOW + timedelta(minutes=4))
    assert len(telegram.calls) == calls
    deliver(telegram, at=NOW + timedelta(minutes=6))
    assert states() == ["sent", "sent"]


def test_the_token_stands_in_no_row(telegram: TelegramServer, tell: Tell) -> None:
    queued(recipient("telegram:1", words=["x"]), [tell("하나")])
    telegram.faults["1"] = [Fault(drop="before")]
    deliver(telegram)
    assert TOKEN not in Alert.objects.get().error


def test_an_alert_left_in_sending_by_a_kill_goes_again_once_and_says_so(
    telegram: TelegramServer, tell: Tell
) -> None:
    queued(recipient("telegram:1", words=["x"]), [tell("하나")])
    Alert.objects.update(state="sending", attempts=1, leased_until=NOW + LEASE)
    deliver(telegram, at=NOW + LEASE)
    assert telegram.texts(1) == []
    deliver(telegram, at=NOW + LEASE + timedelta(seconds=1))
    alert = Alert.objects.get()
    assert (alert.state, alert.attempts, len(telegram.texts(1))) == ("sent", 2, 1)
    assert "perhaps twice" in alert.error


def test_two_processes_at_once_send_each_alert_once(telegram: TelegramServer, tell: Tell) -> None:
    for chat in range(1, 6):
        queued(recipient(f"telegram:{chat}", words=["x"]), [tell(f"하나 {chat}")])

    async def both() -> None:
        processes: list[dict[str, Channel]] = [
            {"telegram": TelegramChannel(TOKEN, telegram.url)} for _ in range(4)
        ]
        await asyncio.gather(*(deliver_due(channels, lambda: NOW, pace=Unhurried) for channels in processes))

    asyncio.run(both())
    assert len(telegram.delivered) == 5


def test_a_slow_chat_does_not_hold_up_the_others(telegram: TelegramServer, tell: Tell) -> None:
    for chat in (1, 2):
        queued(recipient(f"telegram:{chat}", words=["x"]), [tell(f"하나 {chat}")])
    telegram.faults["1"] = [Fault(delay=0.6)]
    deliver(telegram)
    assert [message.chat for message in telegram.delivered] == ["2", "1"]


def test_rests_grow_and_end_at_ten_minutes() -> None:
    assert [rest(attempt, 0).total_seconds() for attempt in (1, 2, 3)] == [5, 10, 20]
    assert rest(50, 0) == timedelta(minutes=10)


def test_a_wrong_token_stops_its_own_channel_only(telegram: TelegramServer, tell: Tell) -> None:
    queued(recipient("telegram:1", words=["x"]), [tell("하나")])
    queued(recipient("mailto:kim@example.kr", words=["x"]), [tell("둘")])
    queued(recipient("json://127.0.0.1:9/hook", words=["x"]), [tell("셋")])
    mailed = Recorder()

    async def run() -> DeliveryReport:
        channels: dict[str, Channel] = {
            "telegram": TelegramChannel("1:wrong", telegram.url),
            "mailto": mailed,
            "apprise": mailed,
        }
        return await deliver_due(channels, lambda: NOW, pace=Unhurried)

    report = asyncio.run(run())
    assert list(report.halted) == ["telegram"]
    assert sorted(mailed.targets) == ["json://127.0.0.1:9/hook", "kim@example.kr"]
    assert states() == ["queued", "sent", "sent"]


def test_an_address_of_a_channel_that_is_not_set_up_waits(telegram: TelegramServer, tell: Tell) -> None:
    queued(recipient("mailto:kim@example.kr", words=["x"]), [tell("하나")])
    assert deliver(telegram).counts == {}
    assert states() == ["queued"]


def test_whoever_cannot_be_reached_is_named_to_the_operators_once(
    telegram: TelegramServer, tell: Tell
) -> None:
    operator, gone = (
        recipient("telegram:1", operator=True),
        recipient("telegram:2", words=["x"], operator=True),
    )
    queued(gone, [tell("하나"), tell("둘")])
    telegram.faults["2"] = [Fault(403, "Forbidden: bot was blocked by the user")]
    deliver(telegram)
    [notice] = telegram.texts(1)
    assert notice.split("\n")[0] == "<b>⚠ 받는 이에게 보낼 수 없어 멈췄습니다: telegram:2</b>"
    assert "blocked by the user" in notice
    assert list(Alert.objects.exclude(notice=None).values_list("recipient", flat=True)) == [operator.id]


def test_the_threads_of_a_forum_share_their_chats_flood_wait(telegram: TelegramServer, tell: Tell) -> None:
    for thread, title in ((5, "하나"), (7, "둘")):
        queued(recipient(f"telegram:-100/{thread}", words=["x"]), [tell(title)])
    telegram.faults["-100"] = [Fault(429, "Too Many Requests", {"retry_after": 60})]
    deliver(telegram)
    assert len(telegram.calls) == 1
    deliver(telegram, at=NOW + timedelta(seconds=60))
    assert [(message.thread, message.text[:5]) for message in telegram.delivered] == [
        ("5", "<b>하나"),
        ("7", "<b>둘<"),
    ]


def test_an_alert_that_ends_whoever_sends_it_is_given_up(telegram: TelegramServer, tell: Tell) -> None:
    queued(recipient("telegram:1", words=["x"]), [tell("하나"), tell("둘")])
    first = Alert.objects.order_by("id").first()
    assert first is not None
    Alert.objects.filter(id=first.id).update(
        state="sending", attempts=MOST_ATTEMPTS, leased_until=NOW - LEASE
    )
    deliver(telegram)
    assert states() == ["failed", "sent"]


def test_a_fault_of_ours_while_sending_is_uncertain(tell: Tell) -> None:
    queued(recipient("telegram:1", words=["x"]), [tell("하나"), tell("둘")])
    report = asyncio.run(deliver_due({"telegram": Faulty()}, lambda: NOW, pace=Unhurried))
    assert report.counts == {"uncertain": 2}
    assert set(Alert.objects.values_list("error", flat=True)) == {"KeyError"}


class TestQuietHours:
    def test_a_rolled_alert_is_never_sent_by_itself(self, telegram: TelegramServer, tell: Tell) -> None:
        queued(recipient("telegram:1", words=["x"]), [tell("하나")])
        Alert.objects.update(rolled=True)
        deliver(telegram, at=NOW + timedelta(days=2))
        assert (states(), telegram.delivered) == (["queued"], [])

    def test_what_was_held_up_until_into_them_waits_for_the_summary(
        self, telegram: TelegramServer, tell: Tell
    ) -> None:
        night = recipient("telegram:1", words=["x"])
        Recipient.objects.filter(id=night.id).update(quiet_from=time(11, 0), quiet_until=time(18, 0))
        queued(night, [tell("하나")])
        deliver(telegram)  # at 12:00 in Seoul
        alert = Alert.objects.get()
        assert (alert.state, alert.rolled, alert.attempts, telegram.calls) == ("queued", True, 0, [])
        assert alert.not_before == datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


class TestDigest:
    @pytest.fixture
    def digest(self, tell: Tell) -> Digest:
        to = recipient("telegram:1", words=["x"])
        queued(to, [tell("밤 소식"), tell("더 늦은 소식")])
        night, later = Alert.objects.order_by("id")
        Alert.objects.update(rolled=True)
        digest = Digest.objects.create(
            recipient=to, day=NOW.date(), covers_from=NOW - timedelta(days=1), covers_to=NOW,
            message_id="<1@example.kr>", subject="요약", plain="요약입니다", html="<b>요약</b>입니다", stories=[night.story_id],
        )  # fmt: skip
        Alert.objects.create(recipient=to, digest=digest, queued_at=NOW, not_before=NOW)
        return digest

    def test_its_arrival_settles_what_it_told_in_one_step(
        self, telegram: TelegramServer, digest: Digest
    ) -> None:
        deliver(telegram)
        assert telegram.texts(1) == ["<b>요약</b>입니다"]
        digest.recipient.refresh_from_db()
        assert digest.recipient.digest_covered_to == NOW
        told, untold, own = Alert.objects.order_by("id")
        assert (told.state, told.external_id) == ("sent", own.external_id)
        assert untold.state == "queued"

    def test_lost_on_its_way_it_settles_nothing(self, telegram: TelegramServer, digest: Digest) -> None:
        telegram.faults["1"] = [Fault(drop="after")]
        deliver(telegram)
        digest.recipient.refresh_from_db()
        assert digest.recipient.digest_covered_to is None
        assert states() == ["queued", "queued", "uncertain"]


class TestPace:
    def sent(self, pace: Pace, chat: str, at: float) -> float:
        wait = pace.wait(chat, at)
        if wait == 0:
            pace.answered(chat, at)
        return wait

    def test_one_a_second_to_a_chat(self) -> None:
        pace = Pace()
        assert self.sent(pace, "1", 100.0) == 0
        assert self.sent(pace, "1", 100.4) == pytest.approx(0.6)
        assert self.sent(pace, "2", 100.4) == 0
        assert self.sent(pace, "1", 101.0) == 0

    def test_a_second_counts_from_the_answer(self) -> None:
        pace = Pace()
        assert pace.wait("1", 100.0) == 0
        pace.answered("1", 103.0)
        assert pace.wait("1", 103.5) == pytest.approx(0.5)

    def test_twenty_a_minute_to_a_group(self) -> None:
        pace = Pace()
        waits = [self.sent(pace, "-5", 100.0 + second) for second in range(21)]
        assert waits[:20] == [0] * 20
        assert waits[20] == pytest.approx(40.0)

    def test_thirty_a_second_in_all(self) -> None:
        pace = Pace()
        assert [self.sent(pace, str(chat), 100.0) for chat in range(30)] == [0] * 30
        assert pace.wait("31", 100.5) == pytest.approx(0.5)

    def test_what_is_under_way_counts_and_what_never_comes_back_does_not_for_ever(self) -> None:
        pace = Pace()
        assert [pace.wait(str(chat), 100.0) for chat in range(30)] == [0] * 30
        assert pace.wait("31", 102.5) > 0
        assert pace.wait("31", 103.5) == 0

    def test_what_others_sent_counts(self) -> None:
        pace = Pace()
        pace.learn("1", 99.8)
        assert pace.wait("1", 100.0) == pytest.approx(0.8)

    @given(st.lists(st.tuples(st.integers(0, 40), st.floats(0, 0.2), st.floats(0, 0.5)), max_size=300))
    def test_no_limit_is_ever_broken_where_messages_arrive(
        self, tries: list[tuple[int, float, float]]
    ) -> None:
        """Each message arrives at some moment between its leaving and its answer, which may come late."""
        pace, now = Pace(), 0.0
        under_way: list[tuple[float, str]] = []
        arrivals = []
        for number, pause, way in tries:
            now += pause
            for answer in sorted(answer for answer in under_way if answer[0] <= now):
                under_way.remove(answer)
                pace.answered(answer[1], answer[0])
            chat = str(number if number < 30 else -number)
            if all(chat != other for _at, other in under_way) and pace.wait(chat, now) == 0:
                arrivals.append((now + way * 0.9, chat))
                under_way.append((now + way, chat))
        chat, group, everyone = fastest(sorted(arrivals))
        assert (chat <= 1, group <= 20, everyone <= 30) == (True, True, True)

    def test_it_holds_over_a_restart_and_with_another_process(
        self, telegram: TelegramServer, tell: Tell
    ) -> None:
        """A new outbox reads in the ledger what was sent a moment ago."""
        chat = recipient("telegram:1", words=["x"])
        for title in ("하나", "둘", "셋"):
            queued(chat, [tell(title)])
            asyncio.run(
                deliver_due({"telegram": TelegramChannel(TOKEN, telegram.url)}, lambda: datetime.now(UTC))
            )
        assert len(telegram.delivered) == 3
        assert fastest(telegram.arrivals())[0] == 1


class Recorder(Channel):
    """A channel that takes everything."""

    def __init__(self) -> None:
        self.targets: list[str] = []

    async def send(self, target: str, message: Message) -> Outcome:
        self.targets.append(target)
        return Sent("")

    async def edit(self, target: str, external_id: str, message: Message) -> Outcome:
        raise NotImplementedError

    async def aclose(self) -> None:
        pass


class Faulty(Recorder):
    """A channel with a fault in its code."""

    async def send(self, target: str, message: Message) -> Outcome:
        raise KeyError("message_id")
