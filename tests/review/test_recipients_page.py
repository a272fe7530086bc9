"""The recipients' page: who sees it, who may change what, and last week before it is saved."""

import re
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import User
from django.http import QueryDict
from django.test import Client

from alerts.models import Alert, Recipient
from alerts.recipients import Wishes, add, request, rules_of
from alerts.rules import Rule
from monitor.models import Story
from review.pages.recipients import _save
from review.recipient_forms import read_draft
from tests.review.conftest import NOW
from tests.review.seed import Seed, Told, make_story
from tests.review.test_pages import text_of

DAY = timedelta(days=1)
#: What a browser sends of an untouched form for somebody new.
EMPTY = {"rules": "1", "language": "ko", "alerts": "on", "name": "", "budget": "", "action": "save"}


@pytest.fixture
def boss(client: Client, db: None) -> Client:
    """A browser in which an administrator is signed in."""
    client.force_login(User.objects.create_superuser("boss", first_name="김하나"))
    return client


@pytest.fixture
def week(now: datetime, db: None) -> list[Story]:
    """On each of the last eight days ten stories, of relevance 0.0 to 0.9."""
    return [
        make_story(
            Seed(
                Told("boj", "ko", f"{days}일 전의 금리 {number}"),
                number / 10,
                {"monetary" if number % 2 else "ai": 0.9},
            ),
            NOW - days * DAY,
        )
        for days in range(8, 0, -1)
        for number in range(10)
    ]


def sent_form(page: Any) -> dict[str, Any]:
    """What a browser without a script would send of the page's form."""
    form = BeautifulSoup(page.content, "lxml").select_one("form.draft")
    assert form is not None
    fields: dict[str, Any] = {}
    for element in form.select("input[name], select[name]"):
        name = str(element["name"])
        if element.name == "select":
            chosen = element.select_one("option[selected]") or element.select_one("option")
            assert chosen is not None
            fields[name] = chosen["value"]
        elif element.get("type") == "checkbox":
            if element.has_attr("checked"):
                fields.setdefault(name, []).append(element.get("value", "on"))
        else:
            fields[name] = element.get("value", "")
    return fields


def finding(page: Any) -> str:
    soup = BeautifulSoup(page.content, "lxml")
    found = soup.select_one("#preview .finding") or soup.select_one("#preview p")
    assert found is not None
    return re.sub(r"\s+", " ", found.get_text()).strip()


class TestList:
    def test_those_who_wait_stand_first_and_nobodys_secrets_are_shown(
        self, boss: Client, now: datetime
    ) -> None:
        add("json://127.0.0.1:9/secret", topics=["ai", "semiconductor"], words=["금리"])
        add("mailto:hana@example.kr", digest=True, wishes=Wishes(name="하나"))
        request("telegram:-100/5", name="동향방", language="ko")
        page = boss.get("/recipients/")
        text = text_of(page)
        assert text.index("승인을 기다립니다 동향방 telegram:-100/5") < text.index(
            "받고 있습니다 json://127.0.0.1:9/…"
        )
        assert "주제 인공지능, 반도체" in text
        assert "말 금리" in text
        assert "하나 mailto:hana@example.kr 글마다 알리지 않습니다 매일 08:30 요약" in text
        assert "secret" not in page.content.decode()
        assert "받는 이 1" in text_of(boss.get("/")), "the menu says that somebody waits"

    def test_an_editor_sees_all_and_changes_nothing(self, editor: Client, now: datetime) -> None:
        to = add("telegram:1", topics=["ai"])
        request("telegram:2", name="김", language="ko")
        page = editor.get("/recipients/")
        assert page.status_code == 200
        assert "승인은 관리자가 합니다" in text_of(page)
        assert not BeautifulSoup(page.content, "lxml").select("main form, main .button")
        for path in (f"/recipients/{to.pk}/", "/recipients/new/"):
            assert editor.get(path).status_code == 403
            assert editor.post(path, EMPTY).status_code == 403
        for action in ("approve", "test", "remove"):
            assert editor.post(f"/recipients/{to.pk}/act", {"action": action}).status_code == 403
        assert rules_of(to) == [Rule(("ai",))]

    def test_a_chat_that_asked_is_approved_or_refused(self, boss: Client, now: datetime) -> None:
        yes, no = (request(f"telegram:{n}", name=f"방 {n}", language="ko") for n in (1, 2))
        page = boss.post(f"/recipients/{yes.pk}/act", {"action": "approve"}, follow=True)
        assert "‘방 1’ 을(를) 승인했습니다" in text_of(page)
        boss.post(f"/recipients/{no.pk}/act", {"action": "remove"})
        assert [to.state for to in Recipient.objects.order_by("id")] == ["active", "suspended"]
        assert boss.post("/recipients/99/act", {"action": "approve"}).status_code == 404
        assert boss.get("/recipients/0/").status_code == 404

    def test_a_test_goes_to_whom_is_approved_and_to_nobody_else(self, boss: Client, now: datetime) -> None:
        waiting, to = request("telegram:1", name="방 1", language="ko"), add("telegram:2")
        page = boss.post(f"/recipients/{to.pk}/act", {"action": "test"}, follow=True)
        assert "시험 알림을 보냅니다" in text_of(page)
        boss.post(f"/recipients/{waiting.pk}/act", {"action": "test"})
        assert [(alert.recipient_id, alert.notice) for alert in Alert.objects.all()] == [
            (to.pk, {"kind": "test"})
        ]
        assert "시험 알림 보내기" in text_of(boss.get(f"/recipients/{to.pk}/"))
        assert "시험 알림 보내기" not in text_of(boss.get(f"/recipients/{waiting.pk}/"))

    def test_what_went_out_in_the_last_seven_days_is_counted(self, boss: Client, week: list[Story]) -> None:
        to = add("telegram:1")
        for number, days in enumerate((1, 6, 8)):
            Alert.objects.create(
                recipient=to,
                story=week[number],
                entry=week[number].lead,
                state="sent",
                sent_at=NOW - days * DAY,
            )
        assert "지난 7일 2건 보냄" in text_of(boss.get("/recipients/"))

    def test_nobody_yet_is_said_with_the_way_on(self, boss: Client, now: datetime) -> None:
        assert "받는 이가 아직 없습니다" in text_of(boss.get("/recipients/"))

    def test_queries_do_not_grow_with_recipients(
        self, boss: Client, now: datetime, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(12):
            add(f"telegram:{number}", topics=["ai"])
        with django_assert_max_num_queries(12):
            boss.get("/recipients/")


class TestForm:
    def test_all_that_can_be_set_is_set_and_comes_back_into_the_form(
        self, boss: Client, week: list[Story]
    ) -> None:
        fields = EMPTY | {
            "address": " mailto:Hana@Example.kr", "name": "하나", "language": "en", "zone_name": "Europe/Berlin",
            "budget": "5", "quiet_from": "22:00", "quiet_until": "07:00", "mute": "8", "digest": "on",
            "digest_at": "09:15", "operator": "on", "rules": "2",
            "r0-topics": ["ai", "monetary"], "r0-bulletins": ["kiat-watch"], "r0-kinds": ["policy"],
            "r0-regions": ["JP", "EU"], "r0-sources": ["boj"], "r0-words": "금리, 반도체  장비,금리,",
            "r0-words_all": "일본", "r0-words_not": "인사，채용", "r0-relevance": "40", "r0-probability": "30",
            "r1-words": "환율",
        }  # fmt: skip
        page = boss.post("/recipients/new/", fields, follow=True)
        assert "‘하나’ 을(를) 저장했습니다" in text_of(page)
        to = Recipient.objects.get()
        assert rules_of(to) == [
            Rule(
                ("ai", "monetary"), ("kiat-watch",), ("JP", "EU"), ("boj",), ("policy",), ("금리", "반도체 장비"),
                ("일본",), ("인사", "채용"), 0.3, 0.4,
            ),
            Rule(words=("환율",)),
        ]  # fmt: skip
        assert (to.address, to.name, to.language, to.zone_name, to.budget) == (
            "mailto:Hana@example.kr", "하나", "en", "Europe/Berlin", 5
        )  # fmt: skip
        assert (to.quiet_from, to.quiet_until, to.digest, to.digest_at, to.operator, to.state) == (
            time(22), time(7), True, time(9, 15), True, "active"
        )  # fmt: skip
        assert to.muted_until == NOW + timedelta(hours=8)
        assert to.budget_relevance is not None

        again = sent_form(boss.get(f"/recipients/{to.pk}/"))
        boss.post(f"/recipients/{to.pk}/", again | {"action": "save"})
        kept = Recipient.objects.get()
        assert rules_of(kept) == rules_of(to)
        for name in (
            "name",
            "language",
            "zone_name",
            "budget",
            "quiet_from",
            "quiet_until",
            "muted_until",
            "digest_at",
        ):
            assert getattr(kept, name) == getattr(to, name), name

    def test_last_week_is_shown_before_it_is_saved(self, boss: Client, week: list[Story]) -> None:
        to = add("telegram:1", topics=["monetary"])
        page = boss.get(f"/recipients/{to.pk}/")
        assert finding(page) == "하루 평균 5.0건"
        fields = sent_form(page)
        page = boss.post(f"/recipients/{to.pk}/", fields | {"budget": "2", "action": "preview"})
        assert finding(page) == "하루 평균 2.0건"
        text = text_of(page)
        assert "하루 2건쯤이 되도록 관련도 70부터 알립니다" in text
        assert re.search(r"왔을 글 90 1?\d일 전의 금리 9", text)
        assert re.search(r"아깝게 오지 않았을 글 50 \d일 전의 금리 5", text)
        assert "11.20 금요일 2" in text
        to.refresh_from_db()
        assert to.budget is None, "a look changes nothing"
        # A script asks for the same without a button.
        assert (
            finding(boss.post(f"/recipients/{to.pk}/", fields | {"r0-relevance": "90"})) == "하루 평균 1.0건"
        )
        assert (
            finding(boss.post(f"/recipients/{to.pk}/", {**fields, "alerts": []})) == "글마다 알리지 않습니다."
        )

    def test_who_names_nothing_gets_the_usual_relevance_or_the_budgets(
        self, boss: Client, week: list[Story]
    ) -> None:
        boss.post("/recipients/new/", EMPTY | {"address": "telegram:1"})
        boss.post("/recipients/new/", EMPTY | {"address": "telegram:2", "budget": "8"})
        usual, budget = Recipient.objects.order_by("id")
        assert rules_of(usual) == [Rule(min_relevance=0.6)]
        assert (rules_of(budget), budget.budget_relevance) == ([Rule()], 0.2)
        # Who is given a budget later is held to that alone.
        fields = sent_form(boss.get(f"/recipients/{usual.pk}/"))
        assert fields["r0-relevance"] == ""
        boss.post(f"/recipients/{usual.pk}/", fields | {"budget": "8", "action": "save"})
        assert rules_of(usual) == [Rule()]

    def test_the_summary_alone(self, boss: Client, now: datetime) -> None:
        fields = {name: value for name, value in EMPTY.items() if name != "alerts"}
        boss.post("/recipients/new/", fields | {"address": "mailto:a@b.kr", "digest": "on"})
        to = Recipient.objects.get()
        assert (to.digest, rules_of(to)) == (True, [])
        assert finding(boss.get(f"/recipients/{to.pk}/")) == "글마다 알리지 않습니다."

    def test_a_rule_more_and_a_rule_less_without_a_script(self, boss: Client, now: datetime) -> None:
        fields = EMPTY | {"address": "telegram:1", "r0-topics": ["ai"], "action": "more"}
        more = sent_form(boss.post("/recipients/new/", fields))
        assert (more["rules"], more["r0-topics"]) == ("2", ["ai"])
        three = sent_form(boss.post("/recipients/new/", more | {"r1-words": "금리", "action": "more"}))
        two = sent_form(boss.post("/recipients/new/", {**three, "action": "", "drop-0": "1"}))
        assert (two["rules"], two["r0-words"], two.get("r0-topics")) == ("2", "금리", None)
        # The empty one is none.
        boss.post("/recipients/new/", two | {"action": "save"})
        assert rules_of(Recipient.objects.get()) == [Rule(words=("금리",))]

    @pytest.mark.parametrize(
        ("field", "value", "words"),
        [
            ("address", "telegram:abc", "telegram:123456789"),
            ("address", "https://hooks.example/x", "jsons://"),
            ("address", "telegram:7", "이미 있는 받는 이입니다"),
            ("zone_name", "Mars/Base", "Asia/Seoul 처럼"),
            ("zone_name", "../../etc/passwd", "Asia/Seoul 처럼"),
            ("quiet_from", "22:00", "시작과 끝을"),
            ("quiet_until", "밤", "올바른 시각을"),
            ("budget", "0", "1 이상의 값을"),
            ("r0-relevance", "101", "100 이하의 값을"),
        ],
    )
    def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_saved(
        self, boss: Client, now: datetime, field: str, value: str, words: str
    ) -> None:
        add("telegram:7")
        page = boss.post("/recipients/new/", EMPTY | {"address": "telegram:1", field: value})
        assert page.status_code == 422
        wrong = BeautifulSoup(page.content, "lxml").select(".wrong")
        assert words in " ".join(element.get_text() for element in wrong)
        assert Recipient.objects.count() == 1

    def test_a_form_cannot_be_made_to_build_thousands_of_rules(self, boss: Client, now: datetime) -> None:
        page = boss.post("/recipients/new/", EMPTY | {"rules": "999", "action": "more"})
        assert sent_form(page)["rules"] == "20"

    def test_a_mute_ends_when_it_is_switched_off(self, boss: Client, now: datetime) -> None:
        to = add("telegram:1")
        boss.post(f"/recipients/{to.pk}/", EMPTY | {"mute": "24"})
        assert "내일 15:00까지 껐습니다" in text_of(boss.get("/recipients/"))
        boss.post(f"/recipients/{to.pk}/", EMPTY)
        to.refresh_from_db()
        assert to.muted_until == NOW + DAY
        boss.post(f"/recipients/{to.pk}/", EMPTY | {"mute": "0"})
        to.refresh_from_db()
        assert to.muted_until is None

    def test_a_summary_that_is_sent_meanwhile_stays_told(self, db: None, now: datetime) -> None:
        read = add("mailto:a@b.kr", digest=True)
        Recipient.objects.update(digest_covered_to=NOW)
        sent = QueryDict(mutable=True)
        sent.update(EMPTY | {"name": "하나"})
        draft = read_draft(sent, is_new=False)
        assert draft.is_valid()
        _save(draft, read, NOW)
        to = Recipient.objects.get()
        assert (to.name, to.digest_covered_to) == ("하나", NOW)

    def test_all_topics_stand_there_by_name(self, boss: Client, now: datetime) -> None:
        text = text_of(boss.get("/recipients/new/"))
        assert "거시경제·물가·환율" in text
        assert "산업기술 동향 워치" in text
