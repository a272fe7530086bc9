"""What the pages show, and what their buttons do without JavaScript."""

import re
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client

from alerts.models import Alert, Recipient
from classifiers.models import Tag
from monitor.models import Entry, Incident, Source, Story
from monitor.polls.doubts import Sample
from monitor.polls.health import State
from review import catalogue
from review.deciding.decisions import decide
from review.labels import health_name
from review.models import Candidate, Decision
from tests.review.conftest import NOW
from tests.review.seed import Seed, Told, make_queue, make_sources, make_story

CHIPS = Seed(
    Told("meti-press", "ja", "半導体の輸出管理", "<p>本文 &amp; <b>詳細</b></p>", 3, "day"),
    0.876,
    {"semiconductor": 0.97, "trade-security": 0.61},
    ("半導体", "輸出管理"),
    "policy",
    ("JP", "US"),
    (Told("nikkei-asia", "en", "Chip export rules", "", 2, "none"),),
)


def text_of(response: object) -> str:
    """What a person reads of a page: no tags, spaces folded."""
    html = response.content.decode()  # type: ignore[attr-defined]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


class TestQueue:
    def test_a_card_shows_all_that_a_decision_needs(self, editor: Client, now: datetime) -> None:
        story = make_story(CHIPS, NOW)
        response = editor.get("/")
        html, text = response.content.decode(), text_of(response)
        assert "관련도 88" in text
        assert 'width="88"' in html
        assert "日 경제산업성 보도발표 · 오늘" in text
        assert (
            f'lang="ja"><a class="original" href="{story.lead.url}" target="_blank" rel="noopener noreferrer">'
            in html
        )
        assert "<mark>半導体</mark>の<mark>輸出管理</mark>" in html
        assert "本文 & 詳細" in text.replace("&amp;", "&")
        assert 'href="/?topic=semiconductor"' in html
        assert "반도체 통상·경제안보 근거 半導体 · 輸出管理" in text
        assert "정책 · 일본, 미국" in text
        assert f'href="/stories/{story.pk}"' in html
        assert "비슷한 글 1건" in text
        assert "Nikkei Asia · 처음 본 시각 오늘 13:00 Chip export rules" in text

    def test_reasons_are_spelt_as_the_text_spells_them_the_topics_own_among_them(
        self, editor: Client, now: datetime
    ) -> None:
        seed = Seed(
            Told("xtech", "ja", "生成AIと半導體", "EVの話"),
            0.5,
            {"ai": 0.9, "automotive-ev": 0.6, "quantum": 0.4},
        )
        story = make_story(seed, NOW)
        for topic, why in (
            ("ai", ["生成ai", "半导体"]),
            ("automotive-ev", ["ev", "生成ai"]),
            ("quantum", ["뜻이 비슷함"]),
        ):
            Tag.objects.filter(entry=story.lead, topic=topic).update(why=why)
        html = editor.get("/").content.decode()
        assert "<mark>生成AI</mark>と<mark>半導體</mark>" in html
        assert "근거 生成AI · EV · 뜻이 비슷함 · 半導體" in text_of(editor.get("/"))
        assert "인공지능 90% 生成AI · 半導體" in text_of(editor.get(f"/stories/{story.pk}"))

    def test_the_frame_says_how_many_wait_when_was_polled_what_is_broken_and_who_is_here(
        self, editor: Client, now: datetime
    ) -> None:
        make_sources(NOW)
        make_story(CHIPS, NOW)
        text = text_of(editor.get("/"))
        assert (
            "대기열 대기 1 후보 다음 호 현황 더 보기 살펴볼 것 3 지난 호 소스 3 주제 알림 받는 이 품질"
            " 마지막 확인 오늘 14:56 내 계정: 김하나 내 설정 로그아웃" in text
        )

    def test_only_administrators_see_the_door_to_the_admin(self, client: Client, editor: Client) -> None:
        assert "/admin/" not in editor.get("/").content.decode()
        client.force_login(User.objects.create_user("boss", is_staff=True))
        assert "/admin/" in client.get("/").content.decode()

    @pytest.mark.parametrize(
        ("path", "words"),
        [
            pytest.param("/", "아직 들어온 글이 없습니다", id="nothing was ever polled"),
            pytest.param("/?q=없음", "아직 들어온 글이 없습니다", id="even with a filter"),
        ],
    )
    def test_an_empty_house_says_what_to_do(self, editor: Client, path: str, words: str) -> None:
        text = text_of(editor.get(path))
        assert words in text
        assert "monitor sources check" in text
        assert "monitor demo" in text

    def test_a_filter_that_nothing_meets_says_so(self, editor: Client, now: datetime) -> None:
        make_story(CHIPS, NOW)
        assert "조건을 지우면 기다리는 1건이 모두 보입니다." in text_of(editor.get("/?q=없음"))

    def test_a_cleared_queue_says_well_done(self, editor: Client, kim: User, now: datetime) -> None:
        decide(make_story(CHIPS, NOW).pk, kim, "reject", "web", NOW)
        assert "다 보셨습니다" in text_of(editor.get("/"))

    def test_filters_in_force_are_shown_and_can_be_taken_away(self, editor: Client, now: datetime) -> None:
        make_story(CHIPS, NOW)
        html = editor.get("/?topic=semiconductor&days=7").content.decode()
        assert "조건에 맞는 1건" in html
        assert '<option value="semiconductor" selected>반도체</option>' in html
        assert 'href="/?days=7">반도체' in html
        assert 'href="/?topic=semiconductor">최근 한 주' in html

    def test_a_long_queue_has_a_next_page_with_the_same_filters(self, editor: Client, now: datetime) -> None:
        make_queue(NOW)
        html = editor.get("/").content.decode()
        more = re.search(r'href="/(\?after=\d+)"', html)
        assert html.count('<article class="card"') == 30
        assert more
        assert editor.get("/" + more[1]).content.decode().count('<article class="card"') == 10
        assert re.search(r'href="/\?lang=ja&amp;after=\d+"', editor.get("/?lang=ja").content.decode()) is None

    def test_an_entry_without_an_address_leads_to_its_story(self, editor: Client, now: datetime) -> None:
        story = make_story(Seed(Told("xtech", "ja", "無題", url=""), 0.5, {}), NOW)
        assert f'<a href="/stories/{story.pk}">無題</a>' in editor.get("/").content.decode()

    def test_an_untagged_story_is_there_without_a_number(self, editor: Client, now: datetime) -> None:
        make_story(Seed(Told("xtech", "ja", "速報"), None, {}), NOW)
        assert "관련도 –" in text_of(editor.get("/"))

    def test_a_lead_that_only_repeats_the_title_is_not_shown(self, editor: Client, now: datetime) -> None:
        make_story(Seed(Told("xtech", "ja", "同じ題", "<p>同じ題</p>"), 0.5, {}), NOW)
        assert 'class="lead"' not in editor.get("/").content.decode()

    def test_the_full_text_stands_in_for_a_missing_summary(self, editor: Client, now: datetime) -> None:
        story = make_story(Seed(Told("xtech", "ja", "題"), 0.5, {}), NOW)
        Entry.objects.filter(story=story).update(content="<p>全文</p>")
        assert "全文" in text_of(editor.get("/"))

    def test_a_source_that_sources_yaml_lost_is_called_by_its_id(self, editor: Client, now: datetime) -> None:
        make_story(Seed(Told("forgotten", "ja", "題"), 0.5, {"lost-topic": 0.9}), NOW)
        text = text_of(editor.get("/"))
        assert "forgotten" in text
        assert "lost-topic" in text


class TestDeciding:
    def test_a_press_decides_and_goes_back_to_the_same_filters_at_the_next_card(
        self, editor: Client, kim: User, now: datetime
    ) -> None:
        first, second, third = (make_story(CHIPS, NOW) for _ in range(3))
        html = editor.get("/?topic=semiconductor").content.decode()
        form = re.search(rf'action="/stories/{first.pk}/decide".*?</form>', html, re.S)
        assert form
        fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[0]))
        assert fields["then"] == str(second.pk)
        response = editor.post(f"/stories/{first.pk}/decide", {**fields, "choice": "accept"})
        assert (response.status_code, response["Location"]) == (
            302,
            f"/?topic=semiconductor#story-{second.pk}",
        )
        decision = Decision.objects.get()
        assert (decision.story, decision.editor, decision.choice, decision.door) == (
            first,
            kim,
            "accept",
            "web",
        )
        assert decision.decided_at == NOW
        page = text_of(editor.get(response["Location"]))
        assert "후보로 올렸습니다." in page
        assert "조건에 맞는 2건" in page

    def test_the_page_after_offers_to_undo_once(self, editor: Client, now: datetime) -> None:
        story = make_story(CHIPS, NOW)
        editor.post(f"/stories/{story.pk}/decide", {"choice": "later", "seen": "waiting"})
        html = editor.get("/").content.decode()
        assert "내일 08:00에 다시 보여 드립니다." in html
        toast = html[html.index('id="toast"') :]
        fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', toast))
        assert fields["seen"] == "later"
        response = editor.post(f"/stories/{story.pk}/decide", {**fields, "choice": "undo"})
        assert response["Location"] == f"/#story-{story.pk}"
        assert "되돌렸습니다." in text_of(editor.get("/"))
        assert "되돌렸습니다." not in text_of(editor.get("/"))
        assert Story.objects.get().queue == "waiting"

    def test_who_comes_second_is_told_who_was_first(self, editor: Client, lee: User, now: datetime) -> None:
        story = make_story(CHIPS, NOW)
        decide(story.pk, lee, "accept", "telegram", NOW)
        response = editor.post(
            f"/stories/{story.pk}/decide", {"choice": "reject", "seen": "waiting"}, follow=True
        )
        assert "이미 이서준님이 후보로 올렸습니다." in text_of(response)
        assert Decision.objects.count() == 1

    def test_ones_own_earlier_press_is_told_apart(self, editor: Client, now: datetime) -> None:
        story = make_story(CHIPS, NOW)
        editor.post(f"/stories/{story.pk}/decide", {"choice": "accept", "seen": "waiting"})
        response = editor.post(
            f"/stories/{story.pk}/decide", {"choice": "reject", "seen": "waiting"}, follow=True
        )
        assert "이미 후보로 올렸습니다. 바꾸려면 먼저 되돌려 주십시오." in text_of(response)

    def test_after_an_undo_by_another_the_page_asks_to_look_again(
        self, editor: Client, lee: User, now: datetime
    ) -> None:
        story = make_story(CHIPS, NOW)
        decide(story.pk, lee, "accept", "web", NOW)
        decide(story.pk, lee, "undo", "web", NOW, seen="accepted")
        response = editor.post(
            f"/stories/{story.pk}/decide", {"choice": "reject", "seen": "accepted"}, follow=True
        )
        assert "이미 이서준님이 되돌렸습니다." in text_of(response)

    @pytest.mark.parametrize(
        "fields",
        [
            pytest.param({}, id="nothing"),
            pytest.param({"choice": "approve", "seen": "waiting"}, id="no such choice"),
            pytest.param({"choice": "accept", "seen": "somewhere"}, id="no such state"),
        ],
    )
    def test_nonsense_is_refused(self, editor: Client, fields: dict[str, str], now: datetime) -> None:
        story = make_story(CHIPS, NOW)
        assert editor.post(f"/stories/{story.pk}/decide", fields).status_code == 400
        assert not Decision.objects.exists()

    def test_a_story_that_is_not_there_is_not_found(self, editor: Client) -> None:
        assert editor.post("/stories/1/decide", {"choice": "accept", "seen": "waiting"}).status_code == 404
        assert editor.get("/stories/1").status_code == 404

    def test_opening_the_buttons_address_after_a_sign_in_shows_the_story(self, editor: Client) -> None:
        assert editor.get("/stories/7/decide")["Location"] == "/stories/7"
        assert editor.get("/undo")["Location"] == "/"

    def test_the_key_u_takes_back_the_latest_of_ones_own(
        self, editor: Client, lee: User, now: datetime
    ) -> None:
        mine, theirs = make_story(CHIPS, NOW), make_story(CHIPS, NOW)
        editor.post(f"/stories/{mine.pk}/decide", {"choice": "accept", "seen": "waiting"})
        decide(theirs.pk, lee, "accept", "web", NOW)
        editor.post("/undo")
        assert set(Story.objects.filter(queue="waiting")) == {mine}
        assert "되돌릴 결정이 없습니다." in text_of(editor.post("/undo", follow=True))


class TestInPlace:
    """What htmx gets."""

    HTMX = {"HTTP_HX_REQUEST": "true", "HTTP_HX_CURRENT_URL": "http://testserver/?topic=ai"}

    def test_the_answer_holds_the_count_and_the_way_back_and_no_card(
        self, editor: Client, now: datetime
    ) -> None:
        story = make_story(CHIPS, NOW)
        make_story(CHIPS, NOW)
        response = editor.post(
            f"/stories/{story.pk}/decide", {"choice": "accept", "seen": "waiting"}, **self.HTMX
        )
        html = response.content.decode()
        assert response.status_code == 200
        assert "<article" not in html
        assert re.search(r'id="waiting" hx-swap-oob="true">.*</span>1</span>', html)
        assert re.search(r'id="toast"[^>]* hx-swap-oob="true"', html)
        assert "후보로 올렸습니다." in html
        assert f'hx-post="/stories/{story.pk}/decide"' in html
        assert "후보로 올렸습니다." not in text_of(editor.get("/")), "said already, in place"

    def test_undoing_brings_the_card_back_with_its_filters(self, editor: Client, now: datetime) -> None:
        story = make_story(CHIPS, NOW)
        editor.post(f"/stories/{story.pk}/decide", {"choice": "accept", "seen": "waiting"}, **self.HTMX)
        html = editor.post("/undo", **self.HTMX).content.decode()
        assert f'<article class="card" id="story-{story.pk}"' in html
        assert 'name="next" value="/?topic=ai"' in html

    def test_who_comes_second_gets_409_and_the_settled_card(
        self, editor: Client, lee: User, now: datetime
    ) -> None:
        story = make_story(CHIPS, NOW)
        decide(story.pk, lee, "reject", "web", NOW)
        response = editor.post(
            f"/stories/{story.pk}/decide", {"choice": "accept", "seen": "waiting"}, **self.HTMX
        )
        assert response.status_code == 409
        assert "이미 이서준님이 제외했습니다." in text_of(response)
        assert f'<article class="card settled" id="story-{story.pk}"' in response.content.decode()

    def test_a_session_that_ended_sends_the_whole_page_to_the_sign_in(
        self, editor: Client, now: datetime
    ) -> None:
        story = make_story(CHIPS, NOW)
        editor.logout()
        response = editor.post(
            f"/stories/{story.pk}/decide", {"choice": "accept", "seen": "waiting"}, follow=True, **self.HTMX
        )
        assert (response.status_code, response["HX-Redirect"]) == (204, "/signin/?next=%2F%3Ftopic%3Dai")

    def test_nothing_to_undo_says_so(self, editor: Client) -> None:
        response = editor.post("/undo", **self.HTMX)
        assert response.status_code == 409
        assert "되돌릴 결정이 없습니다." in text_of(response)


class TestStory:
    def test_it_shows_every_entry_and_all_that_is_known(
        self, editor: Client, kim: User, lee: User, now: datetime
    ) -> None:
        story = make_story(CHIPS, NOW)
        decide(story.pk, lee, "later", "telegram", NOW - timedelta(hours=1))
        decide(story.pk, kim, "accept", "web", NOW, seen="later")
        chat = Recipient.objects.create(address="telegram:-100", name="편집방")
        Alert.objects.create(recipient=chat, story=story, entry=story.lead, state="uncertain", queued_at=NOW)
        response = editor.get(f"/stories/{story.pk}")
        html, text = response.content.decode(), text_of(response)
        assert "<p>本文 &amp; <b>詳細</b></p>" in html
        assert "Chip export rules" in text
        assert "반도체 97% 半導体 · 輸出管理" in text
        assert "관련도 88 (半導体 · 輸出管理) 정책 일본, 미국" in text
        assert "김하나 후보로 올렸습니다 오늘 15:00 · 웹" in text
        assert "이서준 나중에 보기로 했습니다 오늘 14:00 · 텔레그램" in text
        assert "편집방 (telegram:-100) 확인 안 됨 오늘 15:00" in text
        assert ">되돌리기</button>" in html
        assert 'value="accept"' not in html

    def test_its_buttons_come_back_to_it(self, editor: Client, now: datetime) -> None:
        story = make_story(CHIPS, NOW)
        fields = {"choice": "accept", "seen": "waiting", "next": f"/stories/{story.pk}"}
        assert editor.post(f"/stories/{story.pk}/decide", fields)["Location"] == f"/stories/{story.pk}"


class TestCandidates:
    def test_they_stand_by_day_newest_first_with_who_and_when(
        self, editor: Client, kim: User, lee: User, now: datetime
    ) -> None:
        for hours, who, title in ((30, lee, "엊그제 글"), (1, kim, "오늘 글"), (2, lee, "조금 앞 글")):
            story = make_story(Seed(Told("motir", "ko", title), 0.5, {"battery": 0.9}), NOW)
            decide(story.pk, who, "accept", "web", NOW - timedelta(hours=hours))
        text = text_of(editor.get("/candidates/"))
        order = [
            "3건을 골랐습니다",
            "오늘 글",
            "김하나님이 14:00에 올림",
            "조금 앞 글",
            "이서준님이 13:00에 올림",
        ]
        order += ["어제 ", "엊그제 글", "이서준님이 09:00에 올림"]
        assert re.search(".*".join(order), text), text
        assert "배터리" in text

    def test_one_can_be_taken_back_from_there(self, editor: Client, lee: User, now: datetime) -> None:
        story = make_story(CHIPS, NOW)
        decide(story.pk, lee, "accept", "web", NOW)
        html = editor.get("/candidates/").content.decode()
        form = html[html.index('class="buttons"') :]
        fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
        response = editor.post(f"/stories/{story.pk}/decide", {**fields, "choice": "undo"})
        assert response["Location"] == f"/candidates/#story-{story.pk}"
        assert not Candidate.standing.exists()
        assert "아직 고른 후보가 없습니다" in text_of(editor.get("/candidates/"))

    def test_many_are_paged(self, editor: Client, kim: User, now: datetime) -> None:
        for number in range(53):
            story = make_story(Seed(Told("motir", "ko", f"글 {number}"), 0.5, {}), NOW)
            decide(story.pk, kim, "accept", "web", NOW - timedelta(minutes=number // 2))
        first = editor.get("/candidates/").content.decode()
        more = re.search(r'href="(\?after=\d+)"', first)
        assert more
        second = editor.get("/candidates/" + more[1]).content.decode()
        shown = re.findall(r'<li class="row" id="(story-\d+)"', first + second)
        assert len(shown) == len(set(shown)) == 53


class TestSources:
    def test_the_troubled_stand_first_with_the_mend_and_those_off_below_with_the_reason(
        self, editor: Client, now: datetime
    ) -> None:
        make_sources(NOW)
        make_story(CHIPS, NOW)
        text = text_of(editor.get("/sources/"))
        order = [
            "15곳 가운데 10곳이 정상입니다",
            "독일 연구기술우주부",
            "고장",
            "서버가 오류로 답합니다.",
            "HTTP 503",
            "경제산업성 보도발표",
            "차단됨",
        ]
        order += ["우회하지 않습니다", "닛케이 중문망", "새 글 없음", "상하이시 인민정부", "불안정"]
        order += [
            "‘경제산업성 보도발표’의 예비입니다",
            "닛케이 크로스테크",
            "정상",
            "꺼 둔 소스 2곳",
            "OECD",
            "Cloudflare 403",
        ]
        assert re.search(".*".join(map(re.escape, order)).replace(r"\ ", " "), text), text
        assert "오늘 14:56 오늘 14:00 오늘 15:11 지난 28일 동안 1건, 하루 많을 때 1건 1" in text

    def test_the_last_good_sample_stands_beside_the_bad_one(self, editor: Client, now: datetime) -> None:
        make_sources(NOW)
        good = Sample(NOW - timedelta(days=1), 20, 20, NOW, ("반도체 지원책 <b>발표</b>",)).as_json()
        bad = {
            "at": NOW.isoformat(),
            "content_type": "text/html",
            "text": "새 누리집 안내 <script>x</script>",
        }
        Source.objects.filter(id="bmftr").update(
            state="changed", fault="too_few_rows", good_sample=good, bad_sample=bad
        )
        Incident.objects.create(source_id="bmftr", opened_at=NOW - timedelta(hours=2), state="changed")
        page = editor.get("/sources/").content.decode()
        text = text_of(editor.get("/sources/"))
        assert "모양 바뀜 오늘 13:00부터" in text
        assert "목록에서 줄을 찾지 못했습니다." in text
        assert page.index("반도체 지원책 &lt;b&gt;") < page.index("새 누리집 안내 &lt;script&gt;")

    def test_an_adopted_address_is_named_with_what_to_do(self, editor: Client, now: datetime) -> None:
        make_sources(NOW)
        stanza = catalogue.sources()["bmftr"]
        Source.objects.filter(id="bmftr").update(
            adopted_url="https://new.example/feed", adopted_for=stanza.url
        )
        text = text_of(editor.get("/sources/"))
        assert "옮겨 간 주소 https://new.example/feed 를 읽고 있습니다." in text

    @pytest.mark.parametrize("state", list(State))
    def test_every_state_has_its_place(self, editor: Client, now: datetime, state: State) -> None:
        make_sources(NOW)
        Source.objects.filter(id="bmftr").update(state=state)
        assert editor.get("/sources/").status_code == 200
        assert health_name(state) != state

    def test_a_source_that_was_never_polled_is_new(self, editor: Client) -> None:
        assert "아직 확인하지 않았습니다." in text_of(editor.get("/sources/"))
        assert not Source.objects.exists()


def test_topics_show_how_many_wait_and_how_many_terms(editor: Client, now: datetime) -> None:
    make_story(CHIPS, NOW)
    text = text_of(editor.get("/topics/"))
    assert (
        "반도체 대기 1 지난 28일 동안 1건 칩, 파운드리, 패키징, 장비, 소재 semiconductor · 낱말 7개" in text
    )
    assert "월간 Japan Insight 일본경제 1" in text


def test_pages_that_are_not_there_are_told_in_korean(editor: Client) -> None:
    response = editor.get("/nowhere")
    assert response.status_code == 404
    assert "찾는 화면이 없습니다" in text_of(response)
