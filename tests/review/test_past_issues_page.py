"""The past issues: what is in them, and an editor's word on their topics."""

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from classifiers.models import PastArticle, PastIssue
from tests.review.conftest import NOW
from tests.review.test_pages import text_of


def make_issue(
    *topics: Iterable[str], number: str = "2031-04", bulletin: str = "japan-insight", day: date | None = None
) -> PastIssue:
    issue = PastIssue.objects.create(bulletin=bulletin, number=number, published_on=day)
    for order, given in enumerate(topics, 1):
        PastArticle.objects.create(
            issue=issue, order=order, title=f"기사 {order}", section="일본경제", topics=[*given],
            citation="架空一郎, 題名, 2031.3.\n가나다은행, 2031.3.",
        )  # fmt: skip
    return issue


def rows(issue: PastIssue) -> list[PastArticle]:
    return list(issue.articles.all())


def form_of(client: Client, issue: PastIssue) -> dict[str, list[str]]:
    """What a browser would send of the form as it stands."""
    html = client.get(f"/issues/past/{issue.pk}").content.decode()
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="(seen-\d+)" value="([^"]*)"', html):
        fields[name] = [value]
    for name, value in re.findall(r'<input type="checkbox" name="([^"]+)" value="([^"]+)" checked', html):
        fields.setdefault(name, []).append(value)
    for name, options in re.findall(r'<select [^>]*name="(section-\d+)">(.*?)</select>', html, re.S):
        fields[name] = re.findall(r'value="([^"]*)" selected', options)
    return fields


class TestList:
    def test_issues_stand_by_bulletin_the_newest_first_with_what_waits(
        self, editor: Client, now: datetime
    ) -> None:
        make_issue(["ai"], number="2031-03", day=date(2031, 3, 1))
        make_issue(["ai"], [], number="2031-10", day=date(2031, 10, 1))
        make_issue(["ai"], number="12", bulletin="kiat-watch")
        PastArticle.objects.filter(issue__number="2031-03").update(confirmed_at=NOW)
        text = text_of(editor.get("/issues/past/"))
        assert "기사 3건의 주제가 확정을 기다립니다" in text
        assert (
            "월간 Japan Insight 2031-10 2031.10.1 · 기사 2건 확정 대기 2 2031-03 2031.3.1 · 기사 1건 확정"
            " 산업기술 동향 워치 12 기사 1건 확정 대기 1" in text
        )

    def test_with_none_it_says_how_they_are_learned(self, editor: Client) -> None:
        assert "monitor learn 파일" in text_of(editor.get("/issues/past/"))

    def test_it_stands_in_the_navigation(self, editor: Client, now: datetime) -> None:
        issue = make_issue(["ai"])
        for path in ("/issues/past/", f"/issues/past/{issue.pk}"):
            html = editor.get(path).content.decode()
            assert '<a href="/issues/past/" aria-current="page">지난 호</a>' in html


class TestIssue:
    def test_it_lists_its_articles_with_the_proposal_ticked_and_the_rest_folded(
        self, editor: Client, now: datetime
    ) -> None:
        issue = make_issue(["ai", "lost-topic"], [], day=date(2031, 4, 1))
        html = editor.get(f"/issues/past/{issue.pk}").content.decode()
        first, second = re.findall(r'<article class="teller past".*?</article>', html, re.S)
        before, folded = first.split('<details class="others"><summary>다른 주제')
        assert re.findall(r'value="([\w-]+)" checked', before) == ["ai", "lost-topic"]
        assert "checked" not in folded
        assert 'value="quantum"' in folded
        assert 'value="ai"' not in folded
        assert "<summary>인용 2건</summary><ul><li>架空一郎, 題名, 2031.3.</li>" in first
        assert '<option value="일본경제" selected>일본경제</option>' in first
        assert '<option value="기업사례">' in first
        assert "제안한 주제가 없습니다." in second
        assert "월간 Japan Insight 2031-04 2031.4.1 · 기사 2건 · 확정 대기 2" in text_of(
            editor.get(f"/issues/past/{issue.pk}")
        )

    def test_one_that_is_not_there_is_not_found(self, editor: Client) -> None:
        assert editor.get("/issues/past/7").status_code == 404
        assert editor.post("/issues/past/7").status_code == 404

    def test_looking_confirms_nothing(self, editor: Client, now: datetime) -> None:
        issue = make_issue(["ai"])
        editor.get(f"/issues/past/{issue.pk}", {"article": ""})
        assert rows(issue)[0].confirmed_at is None

    def test_hostile_text_stays_text(self, editor: Client, now: datetime) -> None:
        attack = '"><script>alert(1)</script>'
        issue = make_issue([attack[:40]], number=attack)
        PastArticle.objects.update(title=attack, section=attack, citation=attack)
        for path in ("/issues/past/", f"/issues/past/{issue.pk}"):
            assert "<script>alert" not in editor.get(path).content.decode()

    def test_it_costs_the_same_queries_whatever_it_holds(self, editor: Client, now: datetime) -> None:
        few, many = make_issue(["ai"]), make_issue(*[["ai"]] * 20, number="2031-05")
        counts = []
        for issue in (few, few, many):
            with CaptureQueriesContext(connection) as captured:
                editor.get(f"/issues/past/{issue.pk}")
            counts.append(len(captured))
        assert counts[1] == counts[2]


class TestConfirming:
    def test_the_issues_button_confirms_all_as_ticked(self, editor: Client, now: datetime) -> None:
        issue = make_issue(["ai"], ["battery"], [])
        fields = form_of(editor, issue)
        first, second, third = rows(issue)
        fields[f"topics-{second.pk}"] = ["quantum", "space"]
        fields[f"section-{third.pk}"] = ["기업사례"]
        response = editor.post(f"/issues/past/{issue.pk}", {**fields, "article": ""})
        assert response["Location"] == f"/issues/past/{issue.pk}"
        assert [(row.topics, row.section, row.confirmed_at) for row in rows(issue)] == [
            (["ai"], "일본경제", NOW),
            (["quantum", "space"], "일본경제", NOW),
            ([], "기업사례", NOW),
        ]
        text = text_of(editor.get(response["Location"]))
        assert "기사 3건의 주제를 확정했습니다." in text
        assert "확정 대기" not in text
        assert first.pk

    def test_an_articles_button_confirms_that_one_and_loses_no_tick_of_another(
        self, editor: Client, now: datetime
    ) -> None:
        issue = make_issue(["ai"], ["ai"], ["ai"])
        fields = form_of(editor, issue)
        first, second, third = rows(issue)
        fields[f"topics-{third.pk}"] = ["quantum"]
        response = editor.post(f"/issues/past/{issue.pk}", {**fields, "article": str(first.pk)})
        assert response["Location"] == f"/issues/past/{issue.pk}#article-{second.pk}"
        assert [(row.topics, row.confirmed_at) for row in rows(issue)] == [
            (["ai"], NOW), (["ai"], None), (["quantum"], None),
        ]  # fmt: skip

    def test_what_another_editor_confirmed_meanwhile_stands(self, editor: Client, now: datetime) -> None:
        issue = make_issue(["ai"], ["ai"])
        fields = form_of(editor, issue)
        first, second = rows(issue)
        PastArticle.objects.filter(pk=first.pk).update(
            topics=["space"], confirmed_at=NOW - timedelta(minutes=1)
        )
        response = editor.post(f"/issues/past/{issue.pk}", {**fields, "article": ""}, follow=True)
        assert [row.topics for row in rows(issue)] == [["space"], ["ai"]]
        assert rows(issue)[0].confirmed_at == NOW - timedelta(minutes=1)
        assert rows(issue)[1].confirmed_at == NOW
        assert "다른 분이 확정하신 기사 1건은 그대로 두었습니다." in text_of(response)
        assert second.pk

    def test_a_confirmed_article_may_be_changed_and_beside_another_press_is_not(
        self, editor: Client, now: datetime
    ) -> None:
        issue = make_issue(["ai"], ["ai"])
        first, second = rows(issue)
        PastArticle.objects.filter(pk=first.pk).update(confirmed_at=NOW - timedelta(days=1))
        fields = form_of(editor, issue)
        fields[f"topics-{first.pk}"] = ["space"]
        editor.post(f"/issues/past/{issue.pk}", {**fields, "article": str(second.pk)})
        assert [row.topics for row in rows(issue)] == [["ai"], ["ai"]]
        fields |= form_of(editor, issue) | {f"topics-{first.pk}": ["space"]}
        editor.post(f"/issues/past/{issue.pk}", {**fields, "article": str(first.pk)})
        assert (rows(issue)[0].topics, rows(issue)[0].confirmed_at) == (["space"], NOW)

    def test_an_article_that_was_learned_since_is_left_as_it_is(self, editor: Client, now: datetime) -> None:
        issue = make_issue(["ai"])
        fields = form_of(editor, issue)
        late = PastArticle.objects.create(issue=issue, order=2, title="새 기사", topics=["space"])
        editor.post(f"/issues/past/{issue.pk}", {**fields, "article": ""})
        late.refresh_from_db()
        assert (late.topics, late.confirmed_at) == (["space"], None)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            pytest.param("topics", "no-such-topic", id="topic"),
            pytest.param("section", "없는 난", id="section"),
        ],
    )
    def test_nonsense_is_refused_whole(self, editor: Client, field: str, value: str, now: datetime) -> None:
        issue = make_issue(["ai"], ["ai"])
        fields = form_of(editor, issue)
        fields[f"{field}-{rows(issue)[1].pk}"] = [value]
        assert editor.post(f"/issues/past/{issue.pk}", {**fields, "article": ""}).status_code == 400
        assert not PastArticle.objects.exclude(confirmed_at=None).exists()

    def test_a_topic_that_topics_yaml_lost_may_stay(self, editor: Client, now: datetime) -> None:
        issue = make_issue(["lost-topic"])
        editor.post(f"/issues/past/{issue.pk}", {**form_of(editor, issue), "article": ""})
        assert (rows(issue)[0].topics, rows(issue)[0].confirmed_at) == (["lost-topic"], NOW)

    def test_without_its_token_the_form_is_refused(self, kim: User, now: datetime) -> None:
        issue = make_issue(["ai"])
        client = Client(enforce_csrf_checks=True)
        client.force_login(kim)
        for path in (f"/issues/past/{issue.pk}", "/quality/rehearse"):
            assert client.post(path, {f"seen-{rows(issue)[0].pk}": ""}).status_code == 403
        assert rows(issue)[0].confirmed_at is None
