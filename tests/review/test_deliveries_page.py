"""Did everyone get the 14:05 alert? The Deliveries page answers."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from alerts.digests.due import TOLD_BY_NEXT
from alerts.ledger import LEFT_AT_THAT, PERHAPS_SENT
from alerts.models import Alert, Digest, Recipient
from monitor.models import Incident, Source, Story
from review import deliveries
from tests.review.conftest import NOW
from tests.review.seed import Seed, Told, make_day, make_story

#: Seoul is nine hours ahead: 14:05 there.
AT = NOW.replace(hour=5, minute=5)
CHIPS = Seed(Told("meti-press", "ja", "半導体の<b>輸出</b>管理", "", 3), 0.8, {"semiconductor": 0.9})


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def chat(name: str, number: int, **fields: Any) -> Recipient:
    return Recipient.objects.create(address=f"telegram:{number}", name=name, **fields)


def alert(recipient: Recipient, story: Story, state: str = "sent", **fields: Any) -> Alert:
    sent = {"sent_at": AT + timedelta(seconds=2), "external_id": "7"} if state == "sent" else {}
    values = {"queued_at": AT, "not_before": AT, "state": state, **sent, **fields}
    return Alert.objects.create(recipient=recipient, story=story, entry=story.lead, **values)


@pytest.fixture
def boss(client: Client, db: None) -> Client:
    client.force_login(User.objects.create_user("boss", is_staff=True))
    return client


def test_one_line_says_that_all_got_it(editor: Client, now: datetime) -> None:
    story = make_story(CHIPS, NOW)
    for number in range(1, 4):
        alert(chat(f"편집자 {number}", number), story, revised_at=AT + timedelta(minutes=4))
    text = text_of(editor.get("/alerts/"))
    assert "오늘 14:05 · 새 글 半導体の&lt;b&gt;輸出&lt;/b&gt;管理 3곳 모두 받음" in text
    assert text.count("편집자 1 (telegram:1) 오늘 14:05 · 고침 오늘 14:09") == 1


def test_who_did_not_get_it_is_named_with_why(editor: Client, now: datetime) -> None:
    story = make_story(CHIPS, NOW)
    alert(chat("가", 1), story)
    alert(chat("나", 2), story, "queued", not_before=NOW + timedelta(hours=2), error="RetryAfter: flood")
    alert(chat("다", 3, state="suspended"), story, "failed", error="Forbidden: bot was blocked", attempts=3)
    alert(chat("라", 4), story, "uncertain", error="TimedOut: Timed out")
    alert(chat("마", 5), story, "queued", rolled=True, not_before=NOW + timedelta(hours=7))
    alert(chat("바", 6), story, "sending")
    text = text_of(editor.get("/alerts/"))
    assert "6곳 가운데 1곳이 받음" in text
    for words in (
        "나 (telegram:2) 보낼 예정 오늘 17:00까지 기다립니다 RetryAfter: flood",
        "다 (telegram:3) 실패 받는 이가 멈춰 있습니다 Forbidden: bot was blocked",
        "라 (telegram:4) 확인 안 됨 TimedOut: Timed out",
        "마 (telegram:5) 조용한 시간 오늘 22:00 뒤 요약에 담습니다",
        "바 (telegram:6) 보내는 중",
    ):
        assert words in text
    assert "전체 6 보낼 예정 1 조용한 시간 1 보내는 중 1 보냄 1 확인 안 됨 1 실패 1" in text


def test_faults_summaries_and_notices_stand_in_the_same_ledger(editor: Client, now: datetime) -> None:
    two = [chat("가", 1), chat("나", 2)]
    source = Source.objects.create(id="boj")
    incident = Incident.objects.create(source=source, opened_at=AT, state="broken")
    for recipient in two:
        told = {"recipient": recipient, "state": "sent", "queued_at": AT, "sent_at": AT}
        Alert.objects.create(incident=incident, **told)
        Alert.objects.create(incident=incident, healed=True, **told)
        Alert.objects.create(notice={"kind": "suspended", "name": "<다>", "reason": "x"}, **told)
        digest = Digest.objects.create(
            recipient=recipient, day=NOW.date(), covers_from=AT, covers_to=AT, message_id=str(recipient.pk)
        )
        Alert.objects.create(digest=digest, **told)
    text = text_of(editor.get("/alerts/"))
    assert text.count("2곳 모두 받음") == 4
    assert "· 소스 상태 소스 이상: 일본은행" in text
    assert "· 소스 상태 소스 회복: 일본은행" in text
    assert "· 요약 2026.11.21 하루 요약" in text
    assert "· 운영 ⚠ 받는 이에게 보낼 수 없어 멈췄습니다: &lt;다&gt;" in text
    assert text_of(editor.get("/alerts/?kind=digest")).count("2곳 모두 받음") == 1


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param("", ["오늘", "어제"], id="everything, the latest first"),
        pytest.param("state=failed", ["오늘"], id="a state"),
        pytest.param("state=quiet", ["어제"], id="quiet hours"),
        pytest.param("state=queued", [], id="what only waits for a summary is not about to be sent"),
        pytest.param("recipient={b}", ["오늘"], id="a recipient, with all others of the story"),
        pytest.param("day=2026-11-21", ["오늘"], id="a day of the editors' zone"),
        pytest.param("day=2026-11-20", ["어제"], id="the day before"),
        pytest.param("state=x&recipient=%00&day=2026-13-45&kind=y&before=z", ["오늘", "어제"], id="nonsense"),
        pytest.param("day=9999-12-31", ["오늘", "어제"], id="the last day that has a name"),
        pytest.param("day=0001-01-01", ["오늘", "어제"], id="the first"),
    ],
)
def test_the_ledger_is_filtered(editor: Client, now: datetime, query: str, found: list[str]) -> None:
    first, second = chat("가", 1), chat("나", 2)
    yesterday = AT.replace(day=20, hour=14, minute=59)  # 23:59 in Seoul
    for day, at in (("어제", yesterday), ("오늘", AT)):
        story = make_story(Seed(Told("motir", "ko", f"소식 {day}"), 0.8, {}), NOW)
        alert(first, story, "sent" if day == "오늘" else "queued", queued_at=at, rolled=day == "어제")
        if day == "오늘":
            alert(second, story, "failed", queued_at=at)
    html = editor.get("/alerts/?" + query.format(b=second.pk)).content.decode()
    assert re.findall(r"소식 (오늘|어제)", html) == found
    if found == ["오늘"]:
        assert "2곳 가운데 1곳이 받음" in html


def test_an_address_that_may_hold_a_token_is_not_shown(editor: Client, now: datetime) -> None:
    make_day(NOW)
    html = editor.get("/alerts/").content.decode()
    assert "xoxb-secret" not in html
    assert "slack" in html


def test_a_long_ledger_is_paged_and_nothing_is_missed(editor: Client, now: datetime) -> None:
    people = [chat(str(number), number) for number in range(1, 3)]
    stories = [make_story(CHIPS, NOW) for _number in range(deliveries.PAGE + 5)]
    for recipient in people:
        for story in stories:
            alert(recipient, story)
    html = editor.get("/alerts/?kind=story").content.decode()
    more = re.search(r'href="(\?kind=story&amp;before=\d+)"', html)
    assert more
    rest = editor.get("/alerts/" + more[1].replace("&amp;", "&")).content.decode()
    seen = re.findall(r"/stories/(\d+)", html + rest)
    assert [int(number) for number in seen] == [story.pk for story in reversed(stories)]


class TestResending:
    def test_an_administrator_sends_once_more_what_failed(self, boss: Client, now: datetime) -> None:
        lost = alert(chat("가", 1), make_story(CHIPS, NOW), "failed", error="Refused", attempts=20)
        html = boss.get("/alerts/?state=failed").content.decode()
        assert f'action="/alerts/{lost.pk}/resend"' in html
        response = boss.post(f"/alerts/{lost.pk}/resend", {"next": "/alerts/?state=failed"})
        assert response["Location"] == "/alerts/?state=failed"
        lost.refresh_from_db()
        assert (lost.state, lost.attempts, lost.error, lost.not_before) == ("queued", 0, "", NOW)
        assert "다시 보냅니다." in text_of(boss.get("/alerts/"))

    def test_nobody_else_does(self, editor: Client, now: datetime) -> None:
        lost = alert(chat("가", 1), make_story(CHIPS, NOW), "failed")
        assert "resend" not in editor.get("/alerts/").content.decode()
        assert editor.post(f"/alerts/{lost.pk}/resend").status_code == 403
        lost.refresh_from_db()
        assert lost.state == "failed"

    def test_a_press_is_no_address(self, boss: Client, now: datetime) -> None:
        lost = alert(chat("가", 1), make_story(CHIPS, NOW), "failed")
        assert boss.get(f"/alerts/{lost.pk}/resend")["Location"] == "/alerts/"
        lost.refresh_from_db()
        assert lost.state == "failed"

    def test_of_one_that_perhaps_arrived_it_is_said_that_it_may_come_twice(
        self, boss: Client, now: datetime
    ) -> None:
        alert(chat("가", 1), make_story(CHIPS, NOW), "uncertain")
        assert "이미 도착했다면 두 번 갑니다." in text_of(boss.get("/alerts/"))

    def test_one_that_perhaps_arrived_may_be_let_be_and_is_not_asked_for_again(
        self, boss: Client, now: datetime
    ) -> None:
        doubted = alert(chat("가", 1), make_story(CHIPS, NOW), "uncertain", error=PERHAPS_SENT)
        assert "그대로 두기" in text_of(boss.get("/alerts/"))
        boss.post(f"/alerts/{doubted.pk}/resend", {"leave": "1"})
        assert "다시 보내지 않습니다" in text_of(boss.get("/alerts/"))
        doubted.refresh_from_db()
        assert (doubted.state, doubted.error) == ("uncertain", LEFT_AT_THAT)
        page = text_of(boss.get("/alerts/"))
        assert "그대로 두었습니다" in page
        assert "다시 보내기" not in page
        assert not deliveries.resend(doubted.pk, NOW)

    @pytest.mark.parametrize(
        ("state", "recipient_state", "fields"),
        [
            pytest.param("sent", "active", {}, id="it arrived meanwhile"),
            pytest.param("queued", "active", {}, id="it waits already"),
            pytest.param("sending", "active", {}, id="it is on its way"),
            pytest.param("failed", "suspended", {}, id="nobody can be reached there"),
            pytest.param("failed", "active", {"error": TOLD_BY_NEXT}, id="the next summary tells it"),
            pytest.param("failed", "active", {"queued_at": NOW - timedelta(days=4)}, id="it is history"),
        ],
    )
    def test_what_must_not_go_again_does_not(
        self, boss: Client, now: datetime, state: str, recipient_state: str, fields: dict[str, Any]
    ) -> None:
        kept = alert(chat("가", 1, state=recipient_state), make_story(CHIPS, NOW), state, **fields)
        before = Alert.objects.filter(pk=kept.pk).values().get()
        assert f"/alerts/{kept.pk}/resend" not in boss.get("/alerts/").content.decode()
        boss.post(f"/alerts/{kept.pk}/resend")
        assert Alert.objects.filter(pk=kept.pk).values().get() == before
        assert "다시 보내지 않았습니다" in text_of(boss.get("/alerts/"))

    def test_a_summary_goes_again_only_while_no_later_one_was_made(self, db: None, now: datetime) -> None:
        recipient = chat("가", 1)
        alerts = []
        for day in (20, 21):
            digest = Digest.objects.create(
                recipient=recipient, day=NOW.replace(day=day).date(), covers_from=AT, covers_to=AT, message_id=str(day)
            )  # fmt: skip
            alerts.append(
                Alert.objects.create(recipient=recipient, digest=digest, state="failed", queued_at=AT)
            )
        assert [deliveries.resend(one.pk, NOW) for one in alerts] == [False, True]
