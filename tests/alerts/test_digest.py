"""Summaries from the database to a mailbox: what each tells, that it goes once, and what its arrival settles."""

import asyncio
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from typer.testing import CliRunner

from alerts.channels import Channel
from alerts.channels.mail import MailChannel, Server
from alerts.channels.telegram import TelegramChannel
from alerts.digests.due import TOLD_BY_NEXT
from alerts.digests.making import Outcome, draft_daily, draft_now, make_due, write_down
from alerts.ledger import LEASE
from alerts.models import Alert, Digest, Recipient, Subscription
from alerts.outbox import DeliveryReport, deliver_due
from classifiers.models import Assessment
from classifiers.taxonomy import taxonomy
from monitor.config import settings as own_settings
from monitor.models import Entry, Incident, Source, Story
from tests.alerts.conftest import NOW
from tests.servers.smtp import Fault, SmtpServer
from tests.servers.telegram import TOKEN, TelegramServer

pytestmark = pytest.mark.django_db(transaction=True)
Tell = Callable[..., Entry]
#: NOW is Friday noon in Seoul.
MORNING = datetime(2026, 11, 20, 23, 30, tzinfo=NOW.tzinfo)
DAY = timedelta(days=1)
TOPICS = """
bulletins:
  - id: watch
    name: 동향 워치
    cadence: biweekly
    sections:
      - {name: 이슈포커스}
      - {name: 인공지능, topics: [ai]}
      - {name: 정책동향, kinds: [policy]}
topics:
  - {id: ai, name: {ko: 인공지능, en: AI}}
  - {id: battery, name: {ko: 배터리, en: Batteries}}
"""


@pytest.fixture(autouse=True)
def house(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    (tmp_path / "topics.yaml").write_text(TOPICS, encoding="utf-8")
    monkeypatch.setenv("MONITOR_TOPICS", str(tmp_path / "topics.yaml"))
    monkeypatch.setenv("MONITOR_PUBLIC_URL", "https://monitor.example.kr")
    monkeypatch.setenv("MAIL_FROM", "Bulletin Monitor <monitor@example.kr>")
    own_settings.cache_clear()
    taxonomy.cache_clear()
    yield
    monkeypatch.undo()
    own_settings.cache_clear()
    taxonomy.cache_clear()


@pytest.fixture
def mail() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server


def reader(address: str = "mailto:kim@example.kr", **fields: object) -> Recipient:
    values = {"digest": True, "created_at": NOW - timedelta(days=30)}
    return Recipient.objects.create(address=address, **{**values, **fields})


def deliver(
    at: datetime, mail: SmtpServer | None = None, telegram: TelegramServer | None = None
) -> DeliveryReport:
    channels: dict[str, Channel] = {}
    if mail:
        channels["mailto"] = MailChannel(
            Server("127.0.0.1", mail.port), "Bulletin Monitor <monitor@example.kr>"
        )
    if telegram:
        channels["telegram"] = TelegramChannel(TOKEN, telegram.url)
    return asyncio.run(deliver_due(channels, lambda: at))


def rolled(to: Recipient, entry: Entry, until: datetime) -> Alert:
    return Alert.objects.create(
        recipient=to,
        story_id=entry.story_id,
        entry=entry,
        why=[],
        rolled=True,
        queued_at=NOW,
        not_before=until,
    )


class TestContents:
    def test_without_rules_it_tells_what_an_editor_would_most_likely_want(self, tell: Tell) -> None:
        tell("강한 소식", relevance=0.9)
        tell("약한 소식", relevance=0.5)
        plain = draft_now(reader(), MORNING).rendered.plain
        assert "강한 소식" in plain
        assert "약한 소식" not in plain

    def test_with_rules_it_tells_what_they_want_whatever_the_budget(self, tell: Tell) -> None:
        kim = reader(budget=1, budget_relevance=0.99)
        Subscription.objects.create(recipient=kim, topics=["battery"])
        tell("배터리 소식", topics={"battery": 0.9}, relevance=0.3)
        tell("다른 소식", topics={"ai": 0.9})
        assert draft_now(kim, MORNING).stories == list(
            Story.objects.filter(entries__title="배터리 소식").values_list("id", flat=True)
        )

    def test_a_story_stands_in_its_section_with_all_that_helps_to_choose(self, tell: Tell) -> None:
        first = tell(
            "AI 기본법 시행", topics={"ai": 0.9, "battery": 0.4}, published_at=NOW, date_confidence="instant",
            url="https://news.example/a",
        )  # fmt: skip
        Story.objects.filter(id=first.story_id).update(lead=first, relevance=0.9)
        tell("같은 소식", story=first.story)
        Entry.objects.filter(title="같은 소식").update(tagged_at=NOW)
        lines = draft_now(reader(), MORNING).rendered.plain.splitlines()
        page = f"https://monitor.example.kr/stories/{first.story_id}"
        assert lines[2:11] == [
            "■ 동향 워치",
            "",
            "[인공지능] 1",
            "",
            "1. AI 기본법 시행",
            "   日 경제산업성 보도발표 · 11.20 12:00 · 인공지능, 배터리",
            "   왜: 근거 · 비슷한 글 1건",
            "   원문: https://news.example/a",
            f"   대기열: {page}",
        ]

    def test_an_archive_that_came_with_a_first_poll_is_no_news(self, tell: Tell) -> None:
        tell("오래된 글", published_at=NOW - timedelta(days=40), date_confidence="instant")
        assert draft_now(reader(), MORNING).stories == []

    def test_an_operator_reads_of_faults_and_of_what_did_not_reach_others(self, tell: Tell) -> None:
        Source.objects.get_or_create(id="meti-press")
        Incident.objects.create(source_id="meti-press", opened_at=NOW, state="changed", fault="too_few_rows")
        other = reader("telegram:7", name="김편집", digest=False)
        entry = tell("못 간 소식", relevance=0.1)
        for state, error in (("failed", "Forbidden: blocked"), ("sent", "")):
            Alert.objects.create(
                recipient=other, story=tell("x", relevance=0.1).story, entry=entry, state=state, error=error,
                queued_at=NOW, not_before=NOW,
            )  # fmt: skip
        plain = draft_now(reader(operator=True), MORNING).rendered.plain
        assert "- 경제산업성 보도발표: 목록에서 줄을 찾지 못했습니다." in plain
        assert "- 11.20 12:00 김편집: 1건을 보내지 못했습니다. (Forbidden: blocked)" in plain
        assert (
            "경제산업성 보도발표:" not in draft_now(reader("mailto:lee@example.kr"), MORNING).rendered.plain
        )

    def test_what_did_not_reach_oneself_is_told_once(self, tell: Tell, mail: SmtpServer) -> None:
        kim = reader()
        entry = tell("흘러간 소식", relevance=0.1)
        Alert.objects.create(
            recipient=kim,
            story_id=entry.story_id,
            entry=entry,
            state="uncertain",
            queued_at=NOW,
            not_before=NOW,
        )
        make_due(MORNING)
        deliver(MORNING, mail)
        make_due(MORNING + DAY)
        deliver(MORNING + DAY, mail)
        first, second = (letter.text("plain") for letter in mail.letters)
        assert "- 11.20 12:00 흘러간 소식: 도착했는지 알 수 없습니다." in first
        assert "흘러간 소식" not in second

    def test_an_address_that_holds_a_token_is_shown_to_no_operator(self, tell: Tell) -> None:
        secret = reader("ntfy://ntfy.example.kr/geheim", digest=False)
        entry = tell("x", relevance=0.1)
        Alert.objects.create(
            recipient=secret,
            story_id=entry.story_id,
            entry=entry,
            state="failed",
            queued_at=NOW,
            not_before=NOW,
        )
        assert "geheim" not in draft_now(reader(operator=True), MORNING).rendered.plain

    def test_in_english(self, tell: Tell) -> None:
        assert draft_now(reader(language="en"), MORNING).rendered.subject.startswith(
            "[Bulletin Monitor] Nothing new, Sat 21 Nov"
        )

    def test_what_a_feed_writes_reaches_no_header_and_no_markup(self, tell: Tell, mail: SmtpServer) -> None:
        tell("<script>alert(1)</script>\r\nBcc: all@example.kr {{7*7}} %s")
        reader()
        make_due(MORNING)
        deliver(MORNING, mail)
        [letter] = mail.letters
        assert "Bcc" not in letter.message
        assert "<script>" not in letter.text("html")
        assert "{{7*7}} %s" in letter.text("html")


class TestWindow:
    def titles(self, mail: SmtpServer) -> list[list[str]]:
        return [re.findall(r"^\d+\. (.*)$", letter.text("plain"), re.M) for letter in mail.letters]

    def test_each_covers_exactly_what_came_since_the_last_that_arrived(
        self, tell: Tell, mail: SmtpServer
    ) -> None:
        reader()
        tell("첫날")
        make_due(MORNING)
        deliver(MORNING, mail)
        late = tell("둘째 날", first_seen_at=MORNING)
        Entry.objects.filter(id=late.id).update(tagged_at=MORNING + timedelta(hours=3))
        make_due(MORNING + DAY)
        deliver(MORNING + DAY, mail)
        assert self.titles(mail) == [["첫날"], ["둘째 날"]]

    def test_what_was_tagged_before_the_mark_and_committed_after_it_is_told(
        self, tell: Tell, mail: SmtpServer
    ) -> None:
        reader()
        make_due(MORNING)
        deliver(MORNING, mail)
        late = tell("늦은 커밋")
        Entry.objects.filter(id=late.id).update(tagged_at=MORNING - timedelta(seconds=1))
        make_due(MORNING + DAY)
        deliver(MORNING + DAY, mail)
        assert self.titles(mail) == [[], ["늦은 커밋"]]

    def test_a_week_asleep_is_one_catch_up(self, tell: Tell, mail: SmtpServer) -> None:
        reader()
        make_due(MORNING)
        deliver(MORNING, mail)
        for day in range(1, 6):
            entry = tell(f"{day}일", first_seen_at=MORNING + day * DAY)
            Entry.objects.filter(id=entry.id).update(tagged_at=MORNING + day * DAY)
        woken = MORNING + 7 * DAY + timedelta(hours=2)
        assert [make_due(woken) for _ in range(3)] == [1, 0, 0]
        deliver(woken, mail)
        assert sorted(self.titles(mail)[1]) == [f"{day}일" for day in range(1, 6)]

    def test_one_that_never_left_is_given_up_and_told_by_the_next(self, tell: Tell, mail: SmtpServer) -> None:
        reader()
        tell("첫날")
        make_due(MORNING)
        mail.faults["kim@example.kr"] = [Fault("RCPT", "450 greylisted")]
        deliver(MORNING, mail)
        make_due(MORNING + DAY)
        deliver(MORNING + DAY, mail)
        assert self.titles(mail) == [["첫날"]]
        assert list(Alert.objects.order_by("id").values_list("state", "error")) == [
            ("failed", TOLD_BY_NEXT), ("sent", ""),
        ]  # fmt: skip

    def test_one_that_may_have_arrived_goes_again_and_the_next_waits_for_it(
        self, tell: Tell, mail: SmtpServer
    ) -> None:
        """Told anew under another Message-ID its stories would be read twice."""
        reader()
        tell("첫날")
        make_due(MORNING)
        mail.faults["kim@example.kr"] = [Fault(drop="after"), Fault("RCPT", "450 greylisted")]
        deliver(MORNING, mail)
        deliver(MORNING + timedelta(hours=1), mail)
        entry = tell("둘째 날", first_seen_at=MORNING)
        Entry.objects.filter(id=entry.id).update(tagged_at=MORNING + timedelta(hours=3))
        assert make_due(MORNING + DAY) == 0
        deliver(MORNING + DAY, mail)
        assert make_due(MORNING + DAY) == 1
        deliver(MORNING + DAY, mail)
        assert self.titles(mail) == [["첫날"], ["첫날"], ["둘째 날"]]
        first, again, second = (letter.message_id for letter in mail.letters)
        assert first == again != second

    def test_none_is_made_while_the_last_is_on_its_way(self, tell: Tell) -> None:
        reader()
        make_due(MORNING)
        Alert.objects.update(state="sending", leased_until=MORNING + DAY + LEASE)
        assert make_due(MORNING + DAY) == 0
        assert Digest.objects.count() == 1

    def test_one_that_arrives_while_the_next_is_gathered_is_not_told_again(
        self, tell: Tell, mail: SmtpServer
    ) -> None:
        kim = reader()
        tell("첫날")
        make_due(MORNING)
        draft = draft_daily(kim, date(2026, 11, 22), MORNING + DAY)
        deliver(MORNING + DAY, mail)
        assert write_down(kim, draft, MORNING + DAY) is Outcome.BUSY

    def test_the_mark_moves_when_it_arrives_and_not_before(self, mail: SmtpServer) -> None:
        kim = reader()
        make_due(MORNING)
        kim.refresh_from_db()
        assert kim.digest_covered_to is None
        mail.faults["kim@example.kr"] = [Fault(drop="after")]
        deliver(MORNING, mail)
        kim.refresh_from_db()
        assert kim.digest_covered_to is None
        deliver(MORNING + timedelta(minutes=5), mail)
        kim.refresh_from_db()
        assert kim.digest_covered_to == MORNING
        # Twice at the server, once in the mailbox.
        assert len({letter.message_id for letter in mail.letters}) == 1

    def test_two_processes_make_one(self) -> None:
        kim = reader()
        drafts = [draft_now(kim, MORNING) for _ in range(2)]
        assert [write_down(kim, draft, MORNING) for draft in drafts] == [Outcome.MADE, Outcome.THERE]

    def test_the_muted_and_the_suspended_get_none(self) -> None:
        kim = reader(muted_until=MORNING + timedelta(hours=1))
        reader("mailto:lee@example.kr", state=Recipient.State.SUSPENDED)
        reader("mailto:park@example.kr", state=Recipient.State.PENDING)
        assert make_due(MORNING) == 0
        assert make_due(kim.muted_until) == 1

    def test_each_has_its_own_time_and_zone(self) -> None:
        reader(digest_at=time(18), zone_name="Europe/Berlin")
        assert make_due(datetime(2026, 11, 20, 16, 59, tzinfo=NOW.tzinfo)) == 0
        assert make_due(datetime(2026, 11, 20, 17, 0, tzinfo=NOW.tzinfo)) == 1


class TestQuietHours:
    def test_the_daily_summary_tells_first_what_came_in_them_and_settles_it(
        self, tell: Tell, mail: SmtpServer
    ) -> None:
        kim = reader()
        tell("낮의 소식", relevance=0.99)
        alert = rolled(kim, tell("밤의 소식", relevance=0.2), MORNING)
        make_due(MORNING)
        alert.refresh_from_db()
        assert alert.state == "queued"
        deliver(MORNING, mail)
        [letter] = mail.letters
        plain = letter.text("plain")
        assert (
            plain.index("[조용한 시간에 온 알림] 1")
            < plain.index("1. 밤의 소식")
            < plain.index("2. 낮의 소식")
        )
        alert.refresh_from_db()
        assert (alert.state, alert.sent_at, alert.external_id) == (
            "sent", MORNING, Alert.objects.get(digest__isnull=False).external_id,
        )  # fmt: skip

    def test_without_a_daily_one_they_end_with_a_summary_of_their_own(
        self, tell: Tell, telegram: TelegramServer
    ) -> None:
        kim = reader("telegram:7", digest=False)
        until = MORNING - timedelta(minutes=90)
        alert = rolled(kim, tell("밤 <소식>"), until)
        assert make_due(until - timedelta(seconds=1)) == 0
        assert [make_due(until), make_due(until)] == [1, 0]
        deliver(until, telegram=telegram)
        [text] = telegram.texts(7)
        assert text.startswith("<b>11월 21일(토) 조용한 시간에 온 알림 1건</b>")
        assert "밤 &lt;소식&gt;</a>" in text
        alert.refresh_from_db()
        assert alert.state == "sent"
        kim.refresh_from_db()
        assert kim.digest_covered_to is None

    def test_an_alert_that_came_while_it_was_on_its_way_waits_for_the_next(
        self, tell: Tell, mail: SmtpServer
    ) -> None:
        kim = reader()
        make_due(MORNING)
        late = rolled(kim, tell("늦은 밤"), MORNING)
        deliver(MORNING, mail)
        late.refresh_from_db()
        assert late.state == "queued"


class TestLetter:
    def test_headers_as_the_server_got_them(self, tell: Tell, mail: SmtpServer) -> None:
        tell("次世代半導体の量産に向けた支援策を取りまとめました", topics={"ai": 0.9})
        kim = reader()
        make_due(MORNING)
        deliver(MORNING + timedelta(minutes=3), mail)
        [letter] = mail.letters
        head = letter.message
        assert head["From"] == "Bulletin Monitor <monitor@example.kr>"
        assert head["To"] == "kim@example.kr"
        assert head["Subject"] == (
            "[Bulletin Monitor] 11월 21일(토) 소식 1건: 次世代半導体の量産に向けた支援策を取りまとめました"
        )
        assert head["Date"] == "Sat, 21 Nov 2026 08:30:00 +0900"
        assert re.fullmatch(r"<daily\.20261121\.[0-9a-f]{16}@example\.kr>", str(head["Message-ID"]))
        assert head["List-Id"] == "Bulletin Monitor <digest.example.kr>"
        assert re.fullmatch(
            rf"<https://monitor\.example\.kr/unsubscribe/{kim.pk}-[\w-]+>", head["List-Unsubscribe"]
        )
        assert head["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert head["Auto-Submitted"] == "auto-generated"
        assert head["MIME-Version"] == "1.0"
        assert [part.get_content_type() for part in head.iter_parts()] == ["text/plain", "text/html"]
        assert letter.sender == "monitor@example.kr"

    def test_5xx_for_one_mailbox_suspends_it_and_the_others_get_theirs(self, mail: SmtpServer) -> None:
        kim, lee = reader(), reader("mailto:lee@example.kr")
        boss = reader("telegram:1", operator=True, digest=False)
        mail.faults["kim@example.kr"] = [Fault("RCPT", "550 5.1.1 no such user")]
        make_due(MORNING)
        deliver(MORNING, mail)
        kim.refresh_from_db()
        lee.refresh_from_db()
        assert (kim.state, lee.state) == (Recipient.State.SUSPENDED, Recipient.State.ACTIVE)
        assert [letter.to for letter in mail.letters] == ["lee@example.kr"]
        assert Alert.objects.get(recipient=boss).notice["kind"] == "suspended"

    def test_5xx_at_data_is_told_to_operators_and_the_mailbox_stays(
        self, mail: SmtpServer, telegram: TelegramServer
    ) -> None:
        kim = reader()
        reader("telegram:1", operator=True, digest=False)
        mail.faults["kim@example.kr"] = [Fault("DATA", "554 5.7.1 looks like spam")]
        make_due(MORNING)
        deliver(MORNING, mail, telegram)
        deliver(MORNING, mail, telegram)
        kim.refresh_from_db()
        assert kim.state == Recipient.State.ACTIVE
        [text] = telegram.texts(1)
        assert text.startswith("<b>⚠ 메일 서버가 받지 않았습니다: mailto:kim@example.kr</b>")
        assert "554 5.7.1 looks like spam" in text

    def test_a_notice_that_mail_refuses_makes_no_other(self, mail: SmtpServer) -> None:
        reader()
        for boss in ("park", "choi"):
            reader(f"mailto:{boss}@example.kr", operator=True, digest=False)
        mail.fault = lambda _to: Fault("DATA", "554 5.7.1 looks like spam")
        make_due(MORNING)
        for _ in range(3):
            deliver(MORNING, mail)
        assert Alert.objects.filter(notice__isnull=False).count() == 2

    def test_4xx_is_tried_again_and_arrives_once(self, mail: SmtpServer) -> None:
        reader()
        mail.faults["kim@example.kr"] = [Fault("RCPT", "450 greylisted"), Fault("DATA", "451 later")]
        make_due(MORNING)
        for minutes in range(5):
            deliver(MORNING + timedelta(minutes=minutes), mail)
        assert len(mail.letters) == 1

    def test_a_thousand_stories_stay_under_100_kb(self, tell: Tell, mail: SmtpServer) -> None:
        reader()
        stories = Story.objects.bulk_create(Story(first_seen_at=NOW, relevance=0.9) for _ in range(1000))
        Source.objects.get_or_create(id="meti-press")
        entries = Entry.objects.bulk_create(
            Entry(source_id="meti-press", story=story, title="&" * 300, first_seen_at=NOW, tagged_at=NOW,
                  url="https://news.example/" + "&" * 900)
            for story in stories
        )  # fmt: skip
        Assessment.objects.bulk_create(
            Assessment(entry=entry, relevance=0.9, kind="policy", model="t", assessed_at=NOW)
            for entry in entries
        )
        make_due(MORNING)
        deliver(MORNING, mail)
        [letter] = mail.letters
        assert len(letter.text("html").encode()) < 100_000
        assert "소식 1000건" in letter.text("plain")


class TestUnsubscribing:
    def _page(self, mail: SmtpServer) -> str:
        make_due(MORNING)
        deliver(MORNING, mail)
        return urlsplit(str(mail.letters[-1].message["List-Unsubscribe"]).strip("<>")).path

    def test_looking_ends_nothing_and_one_click_without_a_cookie_does(self, mail: SmtpServer) -> None:
        kim = reader()
        page, browser = self._page(mail), Client(enforce_csrf_checks=True)
        looked = browser.get(page)
        assert (looked.status_code, "그만 받기" in looked.content.decode()) == (200, True)
        kim.refresh_from_db()
        assert kim.digest
        said = Client(enforce_csrf_checks=True).post(page, {"List-Unsubscribe": "One-Click"})
        assert (said.status_code, "매일 요약을 멈췄습니다" in said.content.decode()) == (200, True)
        kim.refresh_from_db()
        assert (kim.digest, kim.state) == (False, Recipient.State.ACTIVE)

    def test_the_page_begins_it_again(self, mail: SmtpServer) -> None:
        kim = reader()
        page = self._page(mail)
        Client().post(page)
        assert "다시 받기" in Client().get(page).content.decode()
        Client().post(page, {"resume": "1"})
        kim.refresh_from_db()
        assert kim.digest

    def test_one_that_waits_to_be_sent_does_not_go_any_more(self, mail: SmtpServer) -> None:
        reader()
        page = self._page(mail)
        make_due(MORNING + DAY)
        Client().post(page)
        deliver(MORNING + DAY, mail)
        assert len(mail.letters) == 1

    @pytest.mark.parametrize("token", ["x", "1-x", "-", "99999-abc", "0-", "1" * 40 + "-a", "١-x"])
    def test_a_token_that_we_did_not_sign_ends_nothing(self, token: str) -> None:
        kim = reader()
        assert Client().post(f"/unsubscribe/{token.replace('1-', f'{kim.pk}-', 1)}").status_code == 404
        kim.refresh_from_db()
        assert kim.digest

    def test_anothers_token_does_not_fit(self, mail: SmtpServer) -> None:
        reader()
        lee = reader("mailto:lee@example.kr")
        signature = self._page(mail).rpartition("/")[2].partition("-")[2]
        assert lee.pk
        others = Recipient.objects.exclude(address="mailto:" + mail.letters[-1].to).get()
        assert Client().post(f"/unsubscribe/{others.pk}-{signature}").status_code == 404

    def test_in_the_language_of_the_mail(self, mail: SmtpServer) -> None:
        reader(language="en")
        assert '<html lang="en">' in Client().get(self._page(mail)).content.decode()


class TestCommand:
    @pytest.fixture(autouse=True)
    def smtp(self, monkeypatch: pytest.MonkeyPatch, house: None, mail: SmtpServer) -> Iterator[None]:
        from alerts.channels import configured_channels
        from monitor.cli import common

        monkeypatch.setenv("SMTP_URL", mail.url)
        own_settings.cache_clear()
        configured_channels.cache_clear()
        # The tests' database is up to date, and logs stay as pytest has them.
        monkeypatch.setattr(common, "prepare", lambda **_: None)
        monkeypatch.setattr("monitor.cli.digest.prepare", lambda **_: None)
        yield
        configured_channels.cache_clear()

    def run(self, *arguments: str) -> tuple[int, str]:
        from monitor.cli import app

        done = CliRunner().invoke(app, ["digest", *arguments])
        connection.close()
        return done.exit_code, done.output

    def test_it_makes_and_sends_now_and_a_second_time_that_day_says_so(
        self, tell: Tell, mail: SmtpServer
    ) -> None:
        tell("금리")
        reader()
        at = ("--at", "2026-11-20T13:00:00+09:00")
        code, said = self.run(*at)
        assert (code, len(mail.letters)) == (0, 1)
        assert "mailto:kim@example.kr: 보냈습니다. [Bulletin Monitor] 11월 20일(금) 소식 1건: 금리" in said
        code, said = self.run(*at)
        assert (code, len(mail.letters)) == (0, 1)
        assert "이미 있습니다" in said
        assert make_due(datetime(2026, 11, 20, 14, 0, tzinfo=NOW.tzinfo)) == 0

    def test_a_dry_run_prints_and_stores_nothing(self, tell: Tell, mail: SmtpServer) -> None:
        tell("금리")
        reader()
        code, said = self.run("--dry-run", "--at", "2026-11-20T13:00:00")
        assert (code, mail.letters, Digest.objects.count()) == (0, [], 0)
        assert said.startswith("[Bulletin Monitor] 11월 20일(금) 소식 1건: 금리\n\nBulletin Monitor")

    def test_one_recipient_is_named(self, mail: SmtpServer) -> None:
        reader()
        reader("mailto:lee@example.kr", digest=False)
        assert self.run("--recipient", "lee@example.kr")[0] == 0
        assert [letter.to for letter in mail.letters] == ["lee@example.kr"]

    def test_a_recipient_that_is_not_there_is_wrong_usage(self) -> None:
        assert self.run("--recipient", "nobody@example.kr")[0] == 2

    def test_where_its_channel_is_not_set_up_the_setting_is_named(self) -> None:
        reader("telegram:1")
        code, said = self.run()
        assert (code, "TELEGRAM_BOT_TOKEN" in said, "SMTP_URL" in said) == (1, True, False)

    def test_what_did_not_go_is_named(self, mail: SmtpServer) -> None:
        reader()
        mail.faults["kim@example.kr"] = [Fault("RCPT", "450 4.2.0 greylisted")]
        code, said = self.run()
        assert code == 1
        assert "greylisted" in said
