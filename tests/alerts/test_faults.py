"""Every fault at once, to many chats; a thousand alerts at the pace of the real Telegram: `python -m bench.deliveries`."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from alerts.channels.telegram import TelegramChannel
from alerts.models import Alert, Recipient
from alerts.outbox import deliver_due
from tests.alerts.campaign import BLOCKED, FLOODED, LONG_WAIT, MOVED_TO, judge, prepare
from tests.alerts.conftest import NOW
from tests.alerts.test_outbox import deliver
from tests.servers.telegram import TOKEN, Fault, TelegramServer, fastest

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("seed", [1, 2])
def test_each_arrives_once_or_is_known_to_be_uncertain(telegram: TelegramServer, seed: int) -> None:
    prepare(telegram, chats=20, groups=5, alerts=8, share=0.25, slow=0.05, seed=seed)
    at = datetime.now(UTC) + timedelta(seconds=1)
    for _ in range(25):
        deliver(telegram, at=at)
        at += timedelta(seconds=20)
    found = judge(telegram)
    assert found.wrong == []
    flooded = Alert.objects.filter(recipient__address=f"telegram:{FLOODED}", state="queued")
    blocked = Alert.objects.filter(recipient__address=f"telegram:{BLOCKED}", state="failed")
    assert found.states["queued"] == flooded.count() > 0
    assert found.states["failed"] == blocked.count() > 0
    assert found.states["uncertain"] > 0
    assert Recipient.objects.get(address=f"telegram:{MOVED_TO}").state == "active"
    # And when the long wait is over.
    telegram.faults.clear()
    deliver(telegram, at=at + LONG_WAIT)
    assert not Alert.objects.filter(state="queued").exists()


def test_the_pace_holds_at_the_other_side(telegram: TelegramServer) -> None:
    prepare(telegram, chats=40, groups=2, alerts=2, share=0, slow=0, seed=1)
    telegram.faults.clear()
    asyncio.run(deliver_due({"telegram": TelegramChannel(TOKEN, telegram.url)}, lambda: datetime.now(UTC)))
    assert len(telegram.delivered) == 80
    chat, _group, everyone = fastest(telegram.arrivals())
    assert (chat, everyone <= 30) == (1, True)


def test_a_chat_that_answers_slowly_holds_up_nobody_else(telegram: TelegramServer) -> None:
    prepare(telegram, chats=8, groups=1, alerts=5, share=0, slow=0, seed=1)
    telegram.faults.clear()
    telegram.faults["5"] = [Fault(delay=0.5) for _ in range(5)]
    deliver(telegram, at=NOW + timedelta(days=1000))
    others = [message.at for message in telegram.delivered if message.chat != "5"]
    slow = [message.at for message in telegram.delivered if message.chat == "5"]
    assert len(others) == 35
    # All of theirs came before its third.
    assert max(others) < slow[2]
