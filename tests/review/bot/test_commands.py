"""What people write to the bot, and what it answers."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from alerts.models import Alert, Digest, Recipient, Subscription
from alerts.recipients import add
from review.bot.texts import muted_until
from review.models import Decision, TelegramPerson
from tests.review.bot.conftest import GROUP, KIM, STRANGER, Wire, eventually, listening
from tests.review.conftest import NOW
from tests.review.seed import Seed, Told, make_queue, make_story
from tests.servers.telegram import Fault, TelegramServer

pytestmark = pytest.mark.django_db(transaction=True)


async def approved(address: str = f"telegram:{KIM}", **fields: Any) -> Recipient:
    recipient = await sync_to_async(add)(address)
    await Recipient.objects.filter(pk=recipient.pk).aupdate(
        created_at=timezone.now() - timedelta(days=30), **fields
    )
    return await Recipient.objects.aget(pk=recipient.pk)


def plain(html: str) -> str:
    return re.sub(r"<[^>]+>", "", html)


class TestStart:
    async def test_a_chat_asks_and_waits_for_approval(self, wire: Wire) -> None:
        async with listening():
            wire.write("/start", KIM)
            assert f"이 대화의 번호는 {KIM} 입니다" in await wire.said(KIM)
            wire.write("/queue", KIM)
            assert "아직 승인되지 않은 대화입니다" in await wire.said(KIM, 2)
        recipient = await Recipient.objects.aget()
        assert (recipient.address, recipient.state, recipient.name) == (
            f"telegram:{KIM}",
            "pending",
            "김하나",
        )

    async def test_a_forum_topic_is_a_recipient_of_its_own_and_is_answered_there(
        self, wire: Wire, telegram: TelegramServer
    ) -> None:
        async with listening():
            wire.write("/start", KIM, GROUP, message_thread_id=5, is_topic_message=True)
            assert f"{GROUP}/5" in await wire.said(GROUP)
        assert (await Recipient.objects.aget()).address == f"telegram:{GROUP}/5"
        assert telegram.delivered[0].thread == "5"

    async def test_a_reply_in_a_group_without_topics_is_no_topic(self, wire: Wire) -> None:
        async with listening():
            wire.write("/start@bulletin_bot", KIM, GROUP, message_thread_id=77)
            await wire.said(GROUP)
        assert (await Recipient.objects.aget()).address == f"telegram:{GROUP}"


class TestSettings:
    async def test_quiet_hours_are_set_shown_and_ended(self, wire: Wire) -> None:
        recipient = await approved(zone_name="Europe/Berlin")
        async with listening():
            wire.write("/quiet 22:00-07:00", KIM)
            assert "조용한 시간: 22:00-07:00 (Europe/Berlin)" in await wire.said(KIM)
            await recipient.arefresh_from_db()
            assert (f"{recipient.quiet_from:%H:%M}", f"{recipient.quiet_until:%H:%M}") == ("22:00", "07:00")
            wire.write("/quiet", KIM)
            assert "22:00-07:00" in await wire.said(KIM, 2)
            wire.write("/quiet 25시", KIM)
            assert "시간대를 읽지 못했습니다" in await wire.said(KIM, 3)
            wire.write("/quiet off", KIM)
            assert "조용한 시간이 없습니다" in await wire.said(KIM, 4)
        await recipient.arefresh_from_db()
        assert recipient.quiet_from is None

    async def test_a_chat_is_muted_for_a_while_and_again_heard(self, wire: Wire) -> None:
        recipient = await approved()
        async with listening():
            wire.write("/mute 3h", KIM)
            assert "까지 알림을 보내지 않습니다" in await wire.said(KIM)
            await recipient.arefresh_from_db()
            assert recipient.muted_until is not None
            assert (
                timedelta(hours=2, minutes=59) < recipient.muted_until - timezone.now() <= timedelta(hours=3)
            )
            wire.write("/mute 언젠가", KIM)
            assert "얼마 동안인지" in await wire.said(KIM, 2)
            wire.write("/mute", KIM)
            assert "까지 알림을" in await wire.said(KIM, 3)
            wire.write("/mute off", KIM)
            assert "알림을 보냅니다" in await wire.said(KIM, 4)
        await recipient.arefresh_from_db()
        assert recipient.muted_until is None

    async def test_the_language_of_the_chat_changes_all_that_it_is_told(self, wire: Wire) -> None:
        recipient = await approved()
        async with listening():
            wire.write("/language en", KIM)
            await wire.said(KIM)
            await recipient.arefresh_from_db()
            assert recipient.language == "en"
            wire.write("/language 독일어", KIM)
            await wire.said(KIM, 2)
        await recipient.arefresh_from_db()
        assert recipient.language == "en"

    async def test_a_budget_shows_last_week_and_is_kept_only_by_its_button(
        self, wire: Wire, telegram: TelegramServer
    ) -> None:
        recipient = await approved()
        now = timezone.now()
        for day in range(1, 9):
            for number in range(4):
                seed = Seed(
                    Told("motir", "ko", f"소식 {day} {number}", hours=0), 0.5 + number / 10, {"ai": 0.9}
                )
                await sync_to_async(make_story)(seed, now - timedelta(days=day))
        async with listening():
            wire.write("/budget 2", KIM)
            said = await wire.said(KIM)
            assert "하루 2건쯤" in said
            assert "지난주라면 모두 14건, 하루 2.0건" in said
            assert [button["text"] for button in telegram.delivered[0].buttons] == ["저장", "취소"]
            await recipient.arefresh_from_db()
            assert recipient.budget is None
            wire.tap("b:2", KIM, 1)
            assert await eventually(lambda: telegram.edited)
            assert "이제 하루 2건쯤 보냅니다" in telegram.seen(KIM)[0].text
            await recipient.arefresh_from_db()
            assert recipient.budget == 2
            assert recipient.budget_relevance == pytest.approx(0.7)
            wire.write("/budget off", KIM)
            assert "하루 건수를 정하지 않았습니다" in await wire.said(KIM, 2)
            wire.write("/budget 0", KIM)
            assert "읽지 못했습니다" in await wire.said(KIM, 3)
            wire.tap("b:0", KIM, 1)
            assert await eventually(lambda: len(telegram.edited) == 2)
        await recipient.arefresh_from_db()
        assert recipient.budget is None

    async def test_topics_are_ticked_page_by_page_and_changed_at_once(
        self, wire: Wire, telegram: TelegramServer
    ) -> None:
        recipient = await approved()
        async with listening():
            wire.write("/topics", KIM)
            assert "모든 주제를 받습니다" in await wire.said(KIM)
            buttons = telegram.delivered[0].buttons
            assert all(len(button["callback_data"].encode()) <= 64 for button in buttons)
            assert buttons[0] == {"text": "금융정책·금리", "callback_data": "t:0:monetary:1"}
            assert [button["text"] for button in buttons[-2:]] == ["1/2", "▸"]
            wire.tap("t:0:monetary:1", KIM, 1)
            assert await eventually(lambda: len(telegram.edited) == 1)
            wire.tap("t:1:space:1", KIM, 1)
            assert await eventually(lambda: len(telegram.edited) == 2)
            rule = await Subscription.objects.aget(recipient=recipient)
            assert sorted(rule.topics) == ["monetary", "space"]
            assert rule.min_relevance == 0.6
            wire.tap("t:0::0", KIM, 1)
            assert await eventually(lambda: len(telegram.edited) >= 3)
            assert "받는 주제 2개" in telegram.seen(KIM)[0].text
            assert "✓ 금융정책·금리" in [button["text"] for button in telegram.seen(KIM)[0].buttons]
            wire.tap("t:0:monetary:0", KIM, 1)
            wire.tap("t:0:space:0", KIM, 1)
            assert await eventually(lambda: len(telegram.edited) >= 5)
        rule = await Subscription.objects.aget(recipient=recipient)
        assert (rule.topics, rule.min_relevance) == ([], 0.6)

    async def test_topics_without_any_relevance_never_become_everything(
        self, wire: Wire, telegram: TelegramServer
    ) -> None:
        await sync_to_async(add)(f"telegram:{KIM}", topics=["ai"])
        async with listening():
            wire.tap("t:0:ai:0", KIM, 1)
            assert await eventually(lambda: wire.answers("tap0"))
        rule = await Subscription.objects.aget()
        assert (rule.topics, rule.min_relevance) == ([], 0.6)

    async def test_rules_about_words_stay_beside_the_topics(self, wire: Wire) -> None:
        await sync_to_async(add)(f"telegram:{KIM}", words=["금리"])
        async with listening():
            await wire.answer(wire.tap("t:0:ai:1", KIM, 1))
            await wire.answer(wire.tap("t:0:ai:1", KIM, 1))  # pressed twice
        rules = await sync_to_async(lambda: list(Subscription.objects.order_by("id")))()
        assert [(rule.words, rule.topics) for rule in rules] == [(["금리"], []), ([], ["ai"])]

    @pytest.mark.parametrize(
        "text", ["/topics", "/quiet 22:00-07:00", "/mute 3h", "/budget 3", "/language en", "/stop"]
    )
    async def test_a_groups_settings_are_the_editors_alone(self, wire: Wire, text: str) -> None:
        recipient = await approved(f"telegram:{GROUP}")
        async with listening():
            wire.write(text, STRANGER, GROUP)
            assert "등록된 편집자만 바꿀 수 있습니다" in await wire.said(GROUP)
            assert (await wire.answer(wire.tap("t:0:ai:1", STRANGER, 1, GROUP)))[1] is True
            assert (await wire.answer(wire.tap("b:3", STRANGER, 1, GROUP)))[1] is True
        before = (
            recipient.quiet_from,
            recipient.muted_until,
            recipient.budget,
            recipient.language,
            recipient.state,
        )
        await recipient.arefresh_from_db()
        assert before == (
            recipient.quiet_from, recipient.muted_until, recipient.budget, recipient.language, recipient.state,
        )  # fmt: skip
        assert (await Subscription.objects.aget()).topics == []

    async def test_who_stops_gets_no_more(self, wire: Wire) -> None:
        recipient = await approved()
        async with listening():
            wire.write("/stop", KIM)
            assert "알림을 멈췄습니다" in await wire.said(KIM)
            wire.write("/stop", STRANGER)
            assert "알림을 받고 있지 않습니다" in await wire.said(STRANGER)
        await recipient.arefresh_from_db()
        assert recipient.state == "suspended"


class TestStories:
    async def test_the_queue_is_walked_shown_and_decided(self, wire: Wire, telegram: TelegramServer) -> None:
        await approved()
        await sync_to_async(make_queue)(NOW)
        async with listening():
            wire.write("/queue", KIM)
            said = await wire.said(KIM)
            assert (
                "1. 次世代半導体の量産に向けた支援策を取りまとめました (日 경제산업성 보도발표 · 관련도 94)"
                in said
            )
            assert said.count("\n") == 5
            first = telegram.delivered[0].buttons
            assert [button["text"] for button in first] == ["1", "2", "3", "4", "5", "다음 ▸"]
            wire.tap(first[5]["callback_data"], KIM, 1)
            assert await eventually(lambda: len(telegram.edited) == 1)
            assert "cn-nikkei" not in telegram.seen(KIM)[0].text
            assert telegram.seen(KIM)[0].text.split("\n")[1].startswith("1. 日本电池企业")
            wire.tap(first[0]["callback_data"], KIM, 1)
            assert await eventually(lambda: len(telegram.edited) == 2)
            card = telegram.seen(KIM)[0]
            assert "次世代半導体" in card.text
            assert "비슷한 글 3건" in card.text
            assert [button["text"] for button in card.buttons][:3] == ["후보", "제외", "나중에"]
            assert card.buttons[-1]["text"] == "목록"
            assert await wire.answer(wire.tap(card.buttons[0]["callback_data"], KIM, 1)) == (
                "후보로 올렸습니다",
                False,
            )
            assert await eventually(lambda: len(telegram.edited) == 3)
            taken = telegram.seen(KIM)[0]
            assert "김하나님이 후보로 올렸습니다" in taken.text
            assert taken.buttons[0]["text"] == "되돌리기"
            wire.tap(taken.buttons[-1]["callback_data"], KIM, 1)
            assert await eventually(lambda: len(telegram.edited) == 4)
            assert "次世代半導体の量産" not in telegram.seen(KIM)[0].text
        assert (await Decision.objects.aget()).door == "telegram"

    async def test_a_search_finds_two_characters_of_korean_and_its_list_is_come_back_to(
        self, wire: Wire, telegram: TelegramServer
    ) -> None:
        await approved()
        for title in ("기준금리를 묶기로", "금리 인하 <b>논쟁</b>", "반도체 수출"):
            await sync_to_async(make_story)(Seed(Told("motir", "ko", title), 0.9, {"macro": 0.9}), NOW)
        async with listening():
            wire.write("/search 금리", KIM)
            said = await wire.said(KIM)
            assert "“금리” 대기 2건" in said
            assert "&lt;b&gt;논쟁" in said
            assert "반도체" not in said
            wire.tap(telegram.delivered[0].buttons[0]["callback_data"], KIM, 1)
            assert await eventually(lambda: len(telegram.edited) == 1)
            wire.tap(telegram.seen(KIM)[0].buttons[-1]["callback_data"], KIM, 1)
            assert await eventually(lambda: len(telegram.edited) == 2)
            assert "“금리” 대기 2건" in telegram.seen(KIM)[0].text
            wire.tap("l:0:12345", KIM, 1)  # a list of before a restart
            assert await eventually(lambda: len(telegram.edited) == 3)
            assert "대기 3건" in telegram.seen(KIM)[0].text
            wire.write("/search", KIM)
            assert "찾을 말을 함께" in await wire.said(KIM, 2)

    async def test_a_list_and_a_card_are_for_approved_chats_only(self, wire: Wire) -> None:
        story = await sync_to_async(make_story)(Seed(Told("motir", "ko", "비밀"), 0.9, {}), NOW)
        async with listening():
            for data in (f"s:{story.pk}:0", "l:0:0", "t:0::0", "b:3"):
                text, is_alert = await wire.answer(wire.tap(data, STRANGER, 1))
                assert ("승인되지 않은" in text, is_alert) == (True, True)

    async def test_the_summary_now_moves_no_mark_and_is_no_summary(self, wire: Wire) -> None:
        mark = timezone.now() - timedelta(hours=20)
        recipient = await approved(digest=True, digest_covered_to=mark)
        await sync_to_async(make_story)(
            Seed(Told("motir", "ko", "기준금리를 <묶기로>", "", 2), 0.9, {"monetary": 0.9}), timezone.now()
        )
        async with listening():
            for time in (1, 2):
                wire.write("/digest", KIM)
                assert "기준금리를 &lt;묶기로&gt;" in await wire.said(KIM, time)
        await recipient.arefresh_from_db()
        assert recipient.digest_covered_to == mark
        assert await Digest.objects.acount() == 0
        assert await Alert.objects.acount() == 0


class TestLogin:
    async def test_an_editor_gets_a_link_that_opens_the_pages_once(self, wire: Wire) -> None:
        await approved()
        async with listening():
            wire.write("/login", KIM)
            found = re.search(r"https?://\S+?(/signin/\S+)", await wire.said(KIM))
            assert found
        browser = Client()
        opened = await sync_to_async(browser.get)(found[1])
        assert opened.status_code == 302
        user = await User.objects.aget()
        assert (user.username, user.is_staff) == (f"tg-{KIM}", False)
        assert (await sync_to_async(Client().get)(found[1])).status_code == 403

    async def test_a_link_is_never_given_in_a_group_nor_to_a_stranger(self, wire: Wire) -> None:
        await approved()
        await approved(f"telegram:{GROUP}")
        async with listening():
            wire.write("/login", KIM, GROUP)
            assert "둘만의 대화" in await wire.said(GROUP)
            wire.write("/login", STRANGER)
            assert "등록된 편집자만" in await wire.said(STRANGER)
        assert await TelegramPerson.objects.acount() == 0


async def test_commands_are_announced_in_both_languages_and_help_lists_them(
    wire: Wire, telegram: TelegramServer
) -> None:
    async with listening():
        assert await eventually(lambda: len(_announced(telegram)) == 3)
        wire.write("/help", STRANGER)
        said = await wire.said(STRANGER)
        wire.write("/nonsense", STRANGER)
        assert "모르는 명령입니다" in await wire.said(STRANGER, 2)
    announced = _announced(telegram)
    assert [code for code, _commands in announced] == ["", "ko", "en"]
    names = {
        "start",
        "topics",
        "quiet",
        "budget",
        "queue",
        "search",
        "digest",
        "mute",
        "login",
        "stop",
        "help",
        "language",
    }
    for _code, commands in announced:
        assert {one["command"] for one in commands} == names
        assert all(3 <= len(one["description"]) <= 256 for one in commands)
    assert all(f"/{name} " in said for name in names)


async def test_a_command_that_fails_is_one_line_and_a_word_to_the_person(
    wire: Wire, telegram: TelegramServer, capsys: pytest.CaptureFixture[str]
) -> None:
    await approved()
    async with listening():
        telegram.faults[str(KIM)] = [Fault(429, "Too Many Requests", {"retry_after": 40000})]
        wire.write("/help", KIM)
        assert await eventually(lambda: not telegram.faults[str(KIM)])
        wire.write("/help", KIM)
        assert "/queue" in await wire.said(KIM)
    assert capsys.readouterr().out.count("bot's answer not sent") == 1


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("30m", 30), ("30분", 30), ("3h", 180), ("3시간", 180), ("2d", 2880), ("2 일", 2880), ("30D", 43200),
        ("31d", None), ("0h", None), ("h", None), ("-3h", None), ("3w", None), ("", None), ("9999999h", None),
    ],
)  # fmt: skip
def test_a_span_is_read_as_people_write_it(text: str, minutes: int | None) -> None:
    until = muted_until(text, NOW)
    assert until == (None if minutes is None else NOW + timedelta(minutes=minutes))


def _announced(telegram: TelegramServer) -> list[tuple[str, list[dict[str, str]]]]:
    calls = [form for method, form, _at in list(telegram.calls) if method == "setMyCommands"]
    return [(form.get("language_code", ""), json.loads(form["commands"])) for form in calls]
