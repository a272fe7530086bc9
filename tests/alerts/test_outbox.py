"""The outbox against the real python-telegram-bot and a server with every fault."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from alerts.channels import Channel
from alerts.channels.telegram import TelegramChannel
from alerts.models import Alert, Recipient
from alerts.outbox import LEASE, DeliveryReport, deliver_due, rest
from alerts.pacing import Pace
from monitor.models import Entry
from tests.alerts.conftest import NOW, queued, recipient
from tests.servers.telegram import TOKEN, Fault, TelegramServer

pytestmark = pytest.mark.django_db(transaction=True)
Tell = Callable[..., Entry]


class Unhurried(Pace):
    """No pacing: what it decides has tests of its own."""

    def wait(self, chat: str, now: float) -> float:
        return 0.0


def deliver(
    telegram: TelegramServer, *, at: datetime = NOW, rounds: int = 1, token: str = TOKEN
) -> DeliveryReport:
    async def run() -> DeliveryReport:
        channels: dict[str, Channel] = {"telegram": TelegramChannel(token, telegram.url)}
        total = DeliveryReport()
        for _ in range(rounds):
            report = await deliver_due(channels, lambda: at, pace=Unhurried())
            total.counts += report.counts
            total.halted = report.halted
        await channels["telegram"].aclose()
        return total

    return asyncio.run(run())


def states() -> list[str]:
    return list(Alert.objects.order_by("id").values_list("state", flat=True))


def test_a_chats_alerts_arrive_once_each_and_in_order(telegram: TelegramServer, tell: Tell) -> None:
    chats = [recipient(f"telegram:{chat}", words=["x"]) for chat in range(1, 6)]
    entries = [tell(f"소식 {number:02}") for number in range(20)]
    for chat in chats:
        queued(chat, entries)
    report = deliver(telegram, rounds=21)
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
    deliver(telegram, rounds=3)
    assert (len(telegram.texts(1)), len(telegram.texts(2))) == (0, 2)
    # Not a second before, for none of its alerts.
    deliver(telegram, at=NOW + timedelta(seconds=39_999), rounds=3)
    assert len(telegram.texts(1)) == 0
    deliver(telegram, at=NOW + timedelta(seconds=40_000), rounds=3)
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
    deliver(telegram, rounds=3)
    deliver(telegram, at=NOW + timedelta(days=2), rounds=3)
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
    deliver(telegram, rounds=3)
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
    deliver(telegram, rounds=2)
    group.refresh_from_db()
    assert group.address == "telegram:-1005"
    assert (states(), len(telegram.texts(-1005))) == (["sent"], 1)


def test_what_telegram_cannot_read_as_html_goes_as_plain_text(telegram: TelegramServer, tell: Tell) -> None:
    queued(recipient("telegram:1", words=["x"]), [tell("<i>하나"), tell("둘")])
    telegram.faults["1"] = [Fault(400, "Bad Request: can't parse entities: unclosed tag")]
    deliver(telegram, rounds=3)
    first, second = telegram.texts(1)
    assert (first.startswith("<i>하나"), second.startswith("<b>둘</b>")) == (True, True)


def test_a_wrong_token_stops_everything_and_loses_nothing(telegram: TelegramServer, tell: Tell) -> None:
    for chat in (1, 2):
        queued(recipient(f"telegram:{chat}", words=["x"]), [tell(f"하나 {chat}")])
    report = deliver(telegram, token="1:wrong")
    assert "InvalidToken" in report.halted
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
    deliver(telegram, at=NOW + LEASE + timedelta(seconds=1), rounds=2)
    alert = Alert.objects.get()
    assert (alert.state, alert.attempts, len(telegram.texts(1))) == ("sent", 2, 1)
    assert "perhaps twice" in alert.error


def test_two_processes_at_once_send_each_alert_once(telegram: TelegramServer, tell: Tell) -> None:
    for chat in range(1, 6):
        queued(recipient(f"telegram:{chat}", words=["x"]), [tell(f"하나 {chat}")])

    async def both() -> None:
        channels: dict[str, Channel] = {"telegram": TelegramChannel(TOKEN, telegram.url)}
        await asyncio.gather(*(deliver_due(channels, lambda: NOW, pace=Unhurried()) for _ in range(4)))
        await channels["telegram"].aclose()

    asyncio.run(both())
    assert len(telegram.delivered) == 5


def test_a_slow_chat_does_not_hold_up_the_others(telegram: TelegramServer, tell: Tell) -> None:
    for chat in (1, 2):
        queued(recipient(f"telegram:{chat}", words=["x"]), [tell(f"하나 {chat}")])
    telegram.faults["1"] = [Fault(delay=0.6)]
    deliver(telegram)
    assert [message.chat for message in telegram.delivered] == ["2", "1"]


def test_rests_grow_and_end_at_six_hours() -> None:
    assert [rest(attempt, 0).total_seconds() for attempt in (1, 2, 3)] == [5, 10, 20]
    assert rest(50, 0) == timedelta(hours=6)


class TestPace:
    def test_one_a_second_to_a_chat(self) -> None:
        pace = Pace()
        assert pace.wait("1", 100.0) == 0
        assert pace.wait("1", 100.4) == pytest.approx(0.6)
        assert pace.wait("2", 100.4) == 0
        assert pace.wait("1", 101.0) == 0

    def test_twenty_a_minute_to_a_group(self) -> None:
        pace = Pace()
        waits = [pace.wait("-5", 100.0 + second) for second in range(21)]
        assert waits[:20] == [0] * 20
        assert waits[20] == pytest.approx(40.0)

    def test_thirty_a_second_in_all(self) -> None:
        pace = Pace()
        assert [pace.wait(str(chat), 100.0) for chat in range(30)] == [0] * 30
        assert pace.wait("31", 100.5) == pytest.approx(0.5)
