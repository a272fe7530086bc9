"""Messages that are brought up to date where they stand, against the real bot library."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import override_settings

from alerts.ledger import LEASE
from alerts.models import Alert
from alerts.revising import EDITED_FOR, GATHERED, wanted
from monitor.models import Entry
from tests.alerts.conftest import NOW, queued, recipient
from tests.alerts.test_outbox import deliver
from tests.servers.telegram import Fault, TelegramServer

pytestmark = pytest.mark.django_db(transaction=True)
Tell = Callable[..., Entry]
MINUTE = timedelta(minutes=1)


def decided(story_id: int, language: str) -> str:
    """A verdict as review words it."""
    return "✔ 김편집님이 후보로 올렸습니다 (14:07)" if language == "ko" else "✔ Kim took it (14:07)"


@pytest.fixture
def told(telegram: TelegramServer, tell: Tell) -> Entry:
    """A story that chat 1 was told of at NOW."""
    entry = tell("하나")
    queued(recipient("telegram:1", words=["x"]), [entry])
    deliver(telegram)
    return entry


def lines(telegram: TelegramServer, chat: int = 1) -> list[str]:
    [message] = telegram.seen(chat)
    return message.text.split("\n")


def test_a_later_entry_of_the_story_edits_the_message_and_sends_no_other(
    telegram: TelegramServer, tell: Tell, told: Entry
) -> None:
    tell("둘", story=told.story, source="meti-press", first_seen_at=NOW + 5 * MINUTE)
    assert wanted([told.story_id], NOW + 5 * MINUTE) == 1
    deliver(telegram, at=NOW + 5 * MINUTE + GATHERED)
    assert lines(telegram)[-1] == "후속 1건: 경제산업성 보도발표 12:05"
    assert len(telegram.delivered) == 1
    alert = Alert.objects.get()
    assert (alert.state, alert.revise_at, alert.leased_until) == ("sent", None, None)
    assert alert.revised_at == NOW + 5 * MINUTE + GATHERED


def test_a_burst_is_one_edit_that_names_three_and_counts_all(
    telegram: TelegramServer, tell: Tell, told: Entry
) -> None:
    for second in range(1, 6):
        at = NOW + second * timedelta(seconds=3)
        tell(f"뒤 {second}", story=told.story, first_seen_at=at)
        wanted([told.story_id], at)
        deliver(telegram, at=at)
    assert telegram.edited == []
    # Not put off by each one that comes: twenty seconds after the first.
    deliver(telegram, at=NOW + timedelta(seconds=3) + GATHERED)
    assert len(telegram.edited) == 1
    name = "경제산업성 보도발표 12:00"
    assert lines(telegram)[-1] == f"후속 5건: {name}, {name}, {name}"


@override_settings(STORY_VERDICT="tests.alerts.test_revising.decided")
def test_a_decision_shows_at_once_with_its_way_back(telegram: TelegramServer, told: Entry) -> None:
    wanted([told.story_id], NOW + MINUTE, soon=True)
    deliver(telegram, at=NOW + MINUTE)
    [message] = telegram.seen(1)
    assert message.text.split("\n")[-1] == "✔ 김편집님이 후보로 올렸습니다 (14:07)"
    assert [button.get("callback_data") for button in message.buttons if "callback_data" in button] == [
        f"d:{told.story_id}:undo"
    ]


def test_every_chat_that_was_told_is_edited(telegram: TelegramServer, tell: Tell) -> None:
    entry = tell("하나")
    for chat in (1, 2, 3):
        queued(recipient(f"telegram:{chat}", words=["x"]), [entry])
    deliver(telegram)
    with override_settings(STORY_VERDICT="tests.alerts.test_revising.decided"):
        wanted([entry.story_id], NOW + MINUTE, soon=True)
        deliver(telegram, at=NOW + MINUTE)
    assert sorted(message.chat for message in telegram.edited) == ["1", "2", "3"]


def test_a_message_that_says_so_already_counts_as_edited(telegram: TelegramServer, told: Entry) -> None:
    wanted([told.story_id], NOW + MINUTE, soon=True)
    assert deliver(telegram, at=NOW + MINUTE).counts == {"edited": 1}
    assert (telegram.edited, Alert.objects.get().revise_at) == ([], None)


def test_a_flood_wait_moves_edits_and_alerts_of_that_chat(
    telegram: TelegramServer, tell: Tell, told: Entry
) -> None:
    later = tell("둘")
    queued(recipient("telegram:1", words=["x"]), [later])
    Alert.objects.filter(story=later.story).update(not_before=NOW + 2 * MINUTE)
    tell("뒤", story=told.story, first_seen_at=NOW + MINUTE)
    wanted([told.story_id], NOW + MINUTE, soon=True)
    telegram.edit_faults["1"] = [Fault(429, "Too Many Requests", {"retry_after": 600})]
    deliver(telegram, at=NOW + 2 * MINUTE)
    calls = len(telegram.calls)
    deliver(telegram, at=NOW + 11 * MINUTE)
    assert len(telegram.calls) == calls
    deliver(telegram, at=NOW + 12 * MINUTE)
    assert (len(telegram.edited), len(telegram.delivered)) == (1, 2)


@pytest.mark.parametrize(
    "fault",
    [Fault(500, "Internal Server Error"), Fault(drop="after"), Fault(drop="before")],
    ids=["500", "after", "before"],
)
def test_an_edit_whose_answer_was_lost_is_made_again(
    telegram: TelegramServer, tell: Tell, told: Entry, fault: Fault
) -> None:
    tell("뒤", story=told.story, first_seen_at=NOW + MINUTE)
    wanted([told.story_id], NOW + MINUTE, soon=True)
    telegram.edit_faults["1"] = [fault]
    deliver(telegram, at=NOW + MINUTE)
    assert Alert.objects.get().state == "sent"
    deliver(telegram, at=NOW + 2 * MINUTE)
    assert lines(telegram)[-1].startswith("후속 1건")
    assert Alert.objects.get().revise_at is None


@pytest.mark.parametrize(
    "words", ["Bad Request: message can't be edited", "Bad Request: message to edit not found"]
)
def test_a_message_that_cannot_be_edited_is_left(telegram: TelegramServer, told: Entry, words: str) -> None:
    wanted([told.story_id], NOW + MINUTE, soon=True)
    telegram.edit_faults["1"] = [Fault(400, words)]
    assert deliver(telegram, at=NOW + MINUTE).counts == {"left as it was": 1}
    assert (Alert.objects.get().state, Alert.objects.get().revise_at) == ("sent", None)


def test_what_is_asked_for_during_an_edit_is_edited_after_it(
    telegram: TelegramServer, tell: Tell, told: Entry
) -> None:
    at = NOW + MINUTE
    Alert.objects.update(revise_at=at + LEASE, leased_until=at + LEASE)  # an edit is under way
    wanted([told.story_id], at)
    Alert.objects.filter(leased_until=at + LEASE).update(leased_until=None)
    assert Alert.objects.get().revise_at == at + GATHERED


def test_what_is_asked_for_while_it_is_being_sent_is_edited_when_it_arrived(
    telegram: TelegramServer, tell: Tell
) -> None:
    entry = tell("하나")
    queued(recipient("telegram:1", words=["x"]), [entry])
    Alert.objects.update(state="sending", leased_until=NOW + LEASE)
    assert wanted([entry.story_id], NOW, soon=True) == 1


def test_an_edit_left_behind_by_a_kill_is_made_when_its_lease_has_run_out(
    telegram: TelegramServer, tell: Tell, told: Entry
) -> None:
    tell("뒤", story=told.story, first_seen_at=NOW + MINUTE)
    Alert.objects.update(revise_at=NOW + LEASE, leased_until=NOW + LEASE)
    deliver(telegram, at=NOW + LEASE - timedelta(seconds=1))
    assert telegram.edited == []
    deliver(telegram, at=NOW + LEASE + timedelta(seconds=1))
    assert len(telegram.edited) == 1


def test_only_messages_of_the_last_two_days_that_can_be_edited_are(tell: Tell) -> None:
    entry = tell("하나")
    for address in ("telegram:1", "telegram:2", "telegram:3", "mailto:kim@example.kr"):
        queued(recipient(address, words=["x"]), [entry])
    Alert.objects.update(state="sent", sent_at=NOW, external_id="7")
    first, second, *_ = Alert.objects.order_by("id")
    Alert.objects.filter(id=first.id).update(sent_at=NOW - EDITED_FOR)
    # Told by a summary: its message speaks of others as well.
    Alert.objects.filter(id=second.id).update(rolled=True)
    assert wanted([entry.story_id], NOW) == 1
    assert Alert.objects.exclude(revise_at=None).get().recipient.address == "telegram:3"
