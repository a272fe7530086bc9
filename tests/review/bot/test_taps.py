"""Taps under alerts: each gets the right answer, and what they did stands in the log."""

import time
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from alerts.models import Alert, Recipient
from alerts.recipients import add
from monitor.models import Story
from review.deciding.decisions import decide
from review.models import Decision, RefusedTap, TelegramPerson
from tests.faults.machine import another, held_by_another
from tests.review.bot.conftest import GROUP, KIM, LEE, STRANGER, Wire, deliver, eventually, listening
from tests.review.seed import Seed, Told, make_story
from tests.servers.telegram import Fault, TelegramServer

pytestmark = pytest.mark.django_db(transaction=True)

HOSTILE = 'R&D <b>예산</b> "확대" </a>'


def tell(*chats: int, age: timedelta = timedelta(minutes=1)) -> tuple[Story, list[Alert]]:
    """A story that these chats were told of a while ago; each as its message number 700 + its place."""
    now = timezone.now()
    story = make_story(Seed(Told("motir", "ko", HOSTILE, "", 1), 0.9, {"ai": 0.9}, ("예산",)), now - age)
    alerts = [
        Alert.objects.create(
            recipient=Recipient.objects.filter(address=f"telegram:{chat}").first() or add(f"telegram:{chat}"),
            story=story,
            entry=story.lead,
            state=Alert.State.SENT,
            queued_at=now - age,
            sent_at=now - age,
            external_id=str(700 + place),
        )
        for place, chat in enumerate(chats)
    ]
    return story, alerts


async def told(*chats: int, **age: timedelta) -> Story:
    story, _alerts = await sync_to_async(tell)(*chats, **age)
    return story


async def rows(queryset: Any) -> list[Any]:
    return await sync_to_async(list)(queryset)


async def page_of(story: Story) -> str:
    def get() -> str:
        client = Client()
        client.force_login(User.objects.get_or_create(username="reader")[0])
        return client.get(f"/stories/{story.pk}").content.decode()

    return await sync_to_async(get)()


async def test_of_two_editors_who_tap_at_once_one_decides_and_the_other_hears_who(
    telegram: TelegramServer, wire: Wire
) -> None:
    for chat in (KIM, LEE):
        await sync_to_async(add)(f"telegram:{chat}")
    now = timezone.now()
    story = await sync_to_async(make_story)(Seed(Told("motir", "ko", HOSTILE, "", 1), 0.9, {"ai": 0.9}), now)
    for recipient in await rows(Recipient.objects.order_by("id")):
        await Alert.objects.acreate(recipient=recipient, story=story, entry=story.lead)
    await deliver(telegram)
    assert len(telegram.delivered) == 2
    assert telegram.texts(KIM)[0].startswith("<b>R&amp;D &lt;b&gt;예산&lt;/b&gt;")
    numbers = {message.chat: message.message_id for message in telegram.delivered}
    async with listening():
        first = wire.tap(f"d:{story.pk}:accept", KIM, numbers[str(KIM)])
        second = wire.tap(f"d:{story.pk}:reject", LEE, numbers[str(LEE)])
        answers = [await wire.answer(first), await wire.answer(second)]
    decision = await Decision.objects.select_related("editor").aget()
    won = f"tg-{KIM}" if decision.choice == "accept" else f"tg-{LEE}"
    who = "김하나" if decision.choice == "accept" else "이서준"
    words = "후보로 올렸습니다" if decision.choice == "accept" else "제외했습니다"
    assert (decision.editor.username, decision.door) == (won, "telegram")
    assert sorted(answers) == sorted([(words, False), (f"이미 {who}님이 {words}.", True)])
    refused = await RefusedTap.objects.aget()
    assert (refused.reason, refused.telegram_id) == (
        "conflict",
        LEE if decision.choice == "accept" else KIM,
    )
    await deliver(telegram)
    for chat in (KIM, LEE):
        (message,) = telegram.seen(chat)
        assert f"{who}님이 {words}" in message.text
        assert message.buttons[0] == {"text": "되돌리기", "callback_data": f"d:{story.pk}:undo"}
    page = await page_of(story)
    assert "텔레그램" in page
    assert ("이서준" if who == "김하나" else "김하나") in page


@pytest.mark.parametrize("accessible", [True, False], ids=["Telegram still has it", "too old for Telegram"])
async def test_a_tap_on_a_week_old_message_decides_and_edits_it(
    telegram: TelegramServer, wire: Wire, accessible: bool
) -> None:
    await deliver(telegram)
    story = await told(KIM, age=timedelta(days=7))
    telegram.delivered.extend(_standing(story, 1))
    await Alert.objects.filter(story=story).aupdate(external_id="1")
    async with listening():
        old = {"sent_at": timezone.now() - timedelta(days=7)} if accessible else {}
        update = wire.tap(f"d:{story.pk}:later", KIM, 1, **old)
        if not accessible:
            telegram.updates[-1]["callback_query"]["message"] = {
                "chat": {"id": KIM, "type": "private", "first_name": "하나"}, "message_id": 1, "date": 0,
            }  # fmt: skip
        assert await wire.answer(update) == ("나중에 보기로 했습니다", False)
        assert await eventually(lambda: telegram.edited)
    assert "김하나님이 나중에 보기로 했습니다" in telegram.seen(KIM)[-1].text
    assert (await Decision.objects.aget()).choice == "later"


async def test_a_tap_on_a_week_old_message_that_cannot_be_edited_is_answered_all_the_same(
    telegram: TelegramServer, wire: Wire
) -> None:
    story = await told(KIM, age=timedelta(days=7))
    telegram.edit_faults[str(KIM)] = [Fault(400, "Bad Request: message can't be edited")]
    async with listening():
        tap = wire.tap(f"d:{story.pk}:accept", KIM, 700)
        assert await wire.answer(tap) == ("후보로 올렸습니다", False)
        assert await eventually(lambda: not telegram.edit_faults[str(KIM)])
    assert await Decision.objects.acount() == 1


async def test_a_tap_on_a_week_old_message_says_kindly_what_stands(wire: Wire) -> None:
    story = await told(KIM, age=timedelta(days=7))
    editor = await User.objects.acreate(username="park", last_name="박", first_name="편집")
    await sync_to_async(decide)(story.pk, editor, "accept", "web", timezone.now() - timedelta(days=6))
    async with listening():
        answer = await wire.answer(wire.tap(f"d:{story.pk}:reject", KIM, 700))
    assert answer == ("이미 박편집님이 후보로 올렸습니다.", True)
    assert await Decision.objects.acount() == 1
    assert (await RefusedTap.objects.aget()).reason == "conflict"


async def test_a_strangers_tap_decides_nothing_and_stands_in_the_storys_history(wire: Wire) -> None:
    story = await told(GROUP)
    async with listening():
        for _press in range(4):
            answer = await wire.answer(wire.tap(f"d:{story.pk}:accept", STRANGER, 700, GROUP))
            assert answer == (
                "등록된 편집자만 결정할 수 있습니다. 봇과의 대화에서 /start 를 보내 주십시오.",
                True,
            )
    assert await Decision.objects.acount() == 0
    assert await User.objects.acount() == 0
    refused = await RefusedTap.objects.aget()  # one, however often pressed
    assert (refused.reason, refused.telegram_id, refused.name) == ("stranger", STRANGER, "Mallory <b>")
    page = await page_of(story)
    assert "Mallory &lt;b&gt;" in page
    assert "등록되지 않은 사람" in page


async def test_whose_own_chat_was_approved_decides_in_the_group_as_an_account_without_rights(
    wire: Wire,
) -> None:
    await sync_to_async(add)(f"telegram:{KIM}")
    story = await told(GROUP)
    async with listening():
        assert (await wire.answer(wire.tap(f"d:{story.pk}:accept", KIM, 700, GROUP)))[1] is False
    user = await User.objects.aget()
    assert (user.username, user.last_name, user.first_name) == (f"tg-{KIM}", "김", "하나")
    assert not (user.is_staff or user.is_superuser or user.has_usable_password())
    assert (await TelegramPerson.objects.aget()).user_id == user.pk


async def test_who_was_linked_decides_as_their_own_account_until_it_is_closed(wire: Wire) -> None:
    own = await User.objects.acreate(username="hana")
    await TelegramPerson.objects.acreate(telegram_id=KIM, user=own)
    story = await told(GROUP)
    async with listening():
        await wire.answer(wire.tap(f"d:{story.pk}:accept", KIM, 700, GROUP))
        assert (await Decision.objects.aget()).editor_id == own.pk
        await User.objects.filter(pk=own.pk).aupdate(is_active=False)
        assert (await wire.answer(wire.tap(f"d:{story.pk}:undo", KIM, 700, GROUP)))[1] is True
    assert await Decision.objects.acount() == 1


async def test_a_double_press_is_one_decision_and_both_are_answered(wire: Wire) -> None:
    story = await told(KIM)
    async with listening():
        taps = [wire.tap(f"d:{story.pk}:accept", KIM, 700) for _press in range(3)]
        assert {await wire.answer(tap) for tap in taps} == {("후보로 올렸습니다", False)}
    assert await Decision.objects.acount() == 1
    assert await RefusedTap.objects.acount() == 0


async def test_only_who_decided_undoes(wire: Wire) -> None:
    story = await told(KIM, LEE)
    async with listening():
        await wire.answer(wire.tap(f"d:{story.pk}:accept", KIM, 700))
        assert await wire.answer(wire.tap(f"d:{story.pk}:undo", LEE, 701)) == (
            "이미 김하나님이 후보로 올렸습니다.",
            True,
        )
        assert await wire.answer(wire.tap(f"d:{story.pk}:undo", KIM, 700)) == ("되돌렸습니다", False)
    await story.arefresh_from_db()
    assert story.queue == "waiting"
    assert [row.choice for row in await rows(Decision.objects.order_by("id"))] == ["accept", "undo"]


@pytest.mark.parametrize(
    "data",
    [
        "", "x", "d:", "d:1", "d:x:accept", "d:1:drop", "d:-1:accept", "d:99999999999999999999:accept", "d:1:accept:9",
        "c:1:accept", "s:1", "l:1", "t::", "t:0:ai", "t:0:ai:2", "b:", "b:9999", "저장", "d:1:accept\n", "d:١:accept",
    ],
)  # fmt: skip
async def test_junk_under_a_button_is_answered_and_does_nothing(wire: Wire, data: str) -> None:
    await told(KIM)
    async with listening():
        text, is_alert = await wire.answer(wire.tap(data, KIM, 700))
    assert (text, is_alert) == ("이 단추는 이제 쓸 수 없습니다. /help 를 보내 주십시오.", True)
    assert await Decision.objects.acount() == 0


@pytest.mark.parametrize("data", ["l:0:0", "s:1:0", "t:0:ai:1", "b:3"])
async def test_nobody_turns_an_alert_into_a_list_by_made_up_data(
    wire: Wire, telegram: TelegramServer, data: str
) -> None:
    await told(KIM)
    async with listening():
        assert (await wire.answer(wire.tap(data, KIM, 700)))[1] is True
    assert not telegram.edited
    assert not [form for method, form, _at in telegram.calls if method == "editMessageText"]


async def test_a_strangers_tap_proves_nothing(wire: Wire) -> None:
    story = await told(GROUP)
    await Alert.objects.aupdate(state="uncertain", external_id="", sent_at=None)
    async with listening():
        await wire.answer(wire.tap(f"d:{story.pk}:accept", STRANGER, 777, GROUP))
    assert (await Alert.objects.aget()).state == "uncertain"


async def test_a_story_that_is_gone_is_said_to_be(wire: Wire) -> None:
    await told(KIM)
    async with listening():
        assert await wire.answer(wire.tap("d:987654:accept", KIM, 700)) == ("이 글은 이제 없습니다.", True)


async def test_a_tap_is_answered_within_a_second_while_the_database_is_busy(wire: Wire) -> None:
    story = await told(KIM)
    async with listening():
        with held_by_another():
            began = time.monotonic()
            tap = wire.tap(f"d:{story.pk}:accept", KIM, 700)
            assert await wire.answer(tap) == ("받았습니다. 처리하고 있습니다.", False)
            assert time.monotonic() - began < 1.5  # the poll of the test's server and ours
            assert decisions() == 0
        assert await eventually(lambda: decisions() == 1)
    assert len(wire.answers(tap)) == 1


async def test_what_a_late_answer_would_have_said_comes_as_a_message(
    wire: Wire, telegram: TelegramServer
) -> None:
    story = await told(KIM)
    editor = await User.objects.acreate(username="park", last_name="박", first_name="편집")
    await sync_to_async(decide)(story.pk, editor, "accept", "web", timezone.now())
    async with listening():
        with held_by_another():
            await wire.answer(wire.tap(f"d:{story.pk}:reject", KIM, 700))
        assert await wire.said(KIM) == "<b>이미 박편집님이 후보로 올렸습니다.</b>"


async def test_a_flood_wait_on_an_answer_does_not_break_the_bot(wire: Wire, telegram: TelegramServer) -> None:
    story = await told(KIM)
    telegram.method_faults["answerCallbackQuery"] = [
        Fault(429, "Too Many Requests", {"retry_after": 40000}),
        Fault(400, "Bad Request: query is too old and response timeout expired or query ID is invalid"),
    ]
    async with listening():
        faults = telegram.method_faults["answerCallbackQuery"]
        # One after the other: updates are worked off side by side.
        wire.tap(f"d:{story.pk}:accept", KIM, 700)
        assert await eventually(lambda: len(faults) == 1)
        wire.tap(f"d:{story.pk}:undo", KIM, 700)
        assert await eventually(lambda: not faults)
        assert await wire.answer(wire.tap(f"d:{story.pk}:later", KIM, 700)) == (
            "나중에 보기로 했습니다",
            False,
        )
    assert await Decision.objects.acount() == 3


async def test_a_tap_proves_that_an_uncertain_alert_arrived(wire: Wire) -> None:
    story = await told(KIM)
    await Alert.objects.filter(story=story).aupdate(
        state="uncertain", external_id="", sent_at=None, error="TimedOut"
    )
    async with listening():
        await wire.answer(wire.tap(f"d:{story.pk}:accept", KIM, 777))
    alert = await Alert.objects.aget()
    assert (alert.state, alert.external_id, alert.error) == ("sent", "777", "")
    assert alert.revise_at is not None


async def test_the_answer_is_in_the_chats_language(wire: Wire) -> None:
    story = await told(KIM)
    await Recipient.objects.aupdate(language="en")
    async with listening():
        assert (await wire.answer(wire.tap(f"d:{story.pk}:accept", KIM, 700)))[0] == "accepted"


def _standing(story: Story, number: int) -> list[Any]:
    from tests.servers.telegram import Delivered

    return [Delivered(str(KIM), "old", number, time.monotonic(), {"text": "old", "chat_id": str(KIM)})]


def decisions() -> int:
    with closing(another()) as database:
        return int(database.execute("select count(*) from review_decision").fetchone()[0])


async def test_of_twenty_who_press_at_once_one_decides_and_all_are_answered(wire: Wire) -> None:
    people = range(1001, 1021)
    for chat in people:
        await sync_to_async(add)(f"telegram:{chat}")
    story = await told(GROUP)
    async with listening():
        began = time.monotonic()
        taps = [wire.tap(f"d:{story.pk}:accept", chat, 700, GROUP) for chat in people]
        answers = [await wire.answer(tap) for tap in taps]
        assert time.monotonic() - began < 5
    assert [is_alert for _text, is_alert in answers].count(False) >= 1
    assert await Decision.objects.acount() == 1
    assert await RefusedTap.objects.filter(reason="conflict").acount() == len(people) - 1
    assert await User.objects.filter(username__startswith="tg-").acount() == len(people)
