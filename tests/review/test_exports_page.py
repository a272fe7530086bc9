"""An issue's candidates as a draft, on the preview page, and as files; and learned again from those."""

from collections.abc import Callable
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.contrib.auth.models import User
from django.test import Client
from docx import Document

from classifiers.models import PastArticle
from classifiers.pastissues.files import read_file
from classifiers.pastissues.layout import read_issue
from classifiers.pastissues.learning import keep_issue
from review import catalogue
from review.accounts.roles import set_role
from review.deciding.decisions import decide
from review.exports import FORMATS
from review.issues.drafting import draft_of
from review.models import Candidate, Issue
from tests.review.conftest import NOW, forget_settings
from tests.review.seed import Seed, Told, make_story

ROOT = Path(__file__).resolve().parents[2]
Make = Callable[..., Candidate]


@pytest.fixture
def issue(db: None, monkeypatch: pytest.MonkeyPatch) -> Issue:
    # The bulletins that come with the program.
    monkeypatch.setenv("MONITOR_TOPICS", str(ROOT / "topics.yaml"))
    monkeypatch.setenv("MONITOR_SOURCES", str(ROOT / "sources.yaml"))
    forget_settings()
    return Issue.objects.create(bulletin="kiat-watch", number="2026-23", published_on=date(2026, 12, 1))


@pytest.fixture
def make(issue: Issue, kim: User, now: datetime) -> Make:
    """`make("題名", section="정책동향")` makes a candidate of the issue."""

    def candidate(title: str, **written: object) -> Candidate:
        seed = Seed(Told("meti-press", "ja", title, "", 30, "day"), 0.9, {"ai": 0.9}, (), "policy")
        story = make_story(seed, NOW)
        decide(story.pk, kim, "accept", "web", NOW)
        row = Candidate.objects.get(story=story)
        for name, value in ({"issue": issue} | written).items():
            setattr(row, name, value)
        row.save()
        return row

    return candidate


class TestDraft:
    def test_sections_stand_as_in_topics_yaml_and_articles_as_on_the_board(
        self, issue: Issue, make: Make
    ) -> None:
        make("三", section="정책동향", order=2, headline="셋")
        make("二", section="정책동향", order=1, headline="둘")
        make("一", section="이슈포커스", order=5, headline="하나")
        draft = draft_of(issue)
        assert [(section.name, [one.headline for one in section.articles]) for section in draft.sections] == [
            ("이슈포커스", ["하나"]), ("산업·기술동향", []), ("정책동향", ["둘", "셋"]), ("유망기술 클리핑", []),
        ]  # fmt: skip
        assert (draft.name, draft.number, draft.citation) == ("산업기술 동향 워치", "2026-23", "heading")
        assert [section.clippings for section in draft.sections] == [False, False, False, True]

    def test_no_candidate_is_lost_and_none_that_was_withdrawn_is_printed(
        self, issue: Issue, make: Make
    ) -> None:
        make("無", headline="난 없음")
        make("旧", headline="없어진 난", section="옛 난")
        make("去", headline="물러난 글", section="정책동향", withdrawn_at=NOW)
        make("他", headline="다른 호", section="정책동향", issue=None)
        named = {
            section.name: [one.headline for one in section.articles] for section in draft_of(issue).sections
        }
        assert {name: titles for name, titles in named.items() if titles} == {
            "": ["난 없음"],
            "옛 난": ["없어진 난"],
        }

    def test_what_nobody_wrote_is_cited_as_the_story_s_lead_says(
        self, issue: Issue, make: Make, lee: User
    ) -> None:
        make("半導体の支援策", section="정책동향", responsible=lee)
        make("電池の支援策", section="정책동향", cited_as="日 정부", cited_on=date(2026, 11, 3), order=1)
        first, second = draft_of(issue).sections[2].articles
        assert (first.headline, first.responsible) == ("", "이서준")
        assert (first.cited.title, first.cited.medium, first.cited.named) == (
            "半導体の支援策",
            "METI",
            "日 경제산업성",
        )
        assert first.cited.on is not None
        assert (second.cited.named, second.cited.on) == ("日 정부", date(2026, 11, 3))

    def test_a_bulletin_that_is_no_longer_in_topics_yaml_is_printed_still(self, make: Make) -> None:
        old = Issue.objects.create(bulletin="gone", number="3")
        make("題", section="난", headline="글", issue=old)
        draft = draft_of(old)
        assert (draft.name, [section.name for section in draft.sections]) == ("gone", ["난"])


class TestPages:
    def test_the_preview_shows_the_issue_and_leads_to_every_file(
        self, editor: Client, issue: Issue, make: Make
    ) -> None:
        make("<b>半導体</b>", section="정책동향", summary="<script>alert(1)</script>")
        page = editor.get(f"/issues/{issue.pk}/preview").content.decode()
        assert "산업기술 동향 워치 2026년 23호 요약" in page
        assert "채울 곳 4군데" in page
        assert "<script>alert" not in page
        assert "<b>半導体" not in page
        for form in FORMATS:
            assert f'href="/issues/{issue.pk}/export/{form}"' in page

    def test_an_issue_with_nothing_in_it_has_a_preview_and_files(self, editor: Client, issue: Issue) -> None:
        assert "채울 곳 4군데" in editor.get(f"/issues/{issue.pk}/preview").content.decode()
        for form in FORMATS:
            assert editor.get(f"/issues/{issue.pk}/export/{form}").status_code == 200

    def test_the_board_leads_to_every_file_under_its_name(self, editor: Client, issue: Issue) -> None:
        body = editor.get(f"/issues/{issue.pk}/").content.decode()
        for form, kind in FORMATS.items():
            assert f'<a class="button" href="/issues/{issue.pk}/export/{form}">{kind.name}</a>' in body

    @pytest.mark.parametrize("form", FORMATS)
    def test_a_file_has_the_issue_s_name_and_its_own_kind(
        self, editor: Client, issue: Issue, make: Make, form: str
    ) -> None:
        make("題", section="정책동향", headline="제목입니다")
        answer = editor.get(f"/issues/{issue.pk}/export/{form}")
        how, _utf8, name = answer["Content-Disposition"].partition("filename*=utf-8''")
        assert how == "attachment; "
        assert unquote(name) == f"산업기술 동향 워치 2026.23호{FORMATS[form].suffix}"
        assert answer["Content-Type"] == FORMATS[form].media_type
        assert answer["X-Content-Type-Options"] == "nosniff"
        if form == "html":
            assert "제목입니다" in answer.content.decode()
        else:
            assert "제목입니다" in read_file(f"a.{form}", answer.content)

    def test_a_name_holds_no_sign_that_a_file_may_not_have(self, editor: Client, issue: Issue) -> None:
        issue.number = "1/2:3"
        issue.save()
        named = unquote(editor.get(f"/issues/{issue.pk}/export/md")["Content-Disposition"])
        assert named.endswith("1-2-3호.md")

    def test_what_is_not_there_is_not_found(self, editor: Client, issue: Issue) -> None:
        for path in (f"/issues/{issue.pk}/export/pdf", "/issues/999/export/md", "/issues/999/preview"):
            assert editor.get(path).status_code == 404
        assert editor.post(f"/issues/{issue.pk}/export/md").status_code == 405

    def test_strangers_get_nothing_and_viewers_all_of_it(
        self, client: Client, issue: Issue, lee: User
    ) -> None:
        paths = [f"/issues/{issue.pk}/preview", f"/issues/{issue.pk}/export/docx"]
        assert [client.get(path).status_code for path in paths] == [302, 302]
        set_role(lee, "viewer")
        client.force_login(lee)
        assert [client.get(path).status_code for path in paths] == [200, 200]

    def test_the_files_are_korean_whatever_the_pages_speak(
        self, editor: Client, issue: Issue, make: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make("題", section="정책동향")
        monkeypatch.setenv("MONITOR_LANGUAGE", "en")
        forget_settings()
        document = Document(BytesIO(editor.get(f"/issues/{issue.pk}/export/docx").content))
        assert any("제목 없음" in paragraph.text for paragraph in document.paragraphs)


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "html"])
def test_what_the_editors_exported_is_learned_as_a_past_issue(
    editor: Client, issue: Issue, make: Make, form: str
) -> None:
    make("半導体の支援策", section="정책동향", headline="일본의 반도체 지원책 발표", summary="지원책을 정리")
    make(
        "AIの活用",
        section="이슈포커스",
        headline="공장에 들어온 인공지능",
        summary="인공지능을 쓰는 공장을 소개",
    )
    body = editor.get(f"/issues/{issue.pk}/export/{form}").content
    name = f"draft.{form}"
    found = read_issue(read_file(name, body), name, catalogue.taxonomy().bulletins)
    keep_issue(found, [[] for _article in found.articles], name)
    rows = PastArticle.objects.filter(issue__bulletin="kiat-watch", issue__number="2026-23")
    assert [(row.section, row.title) for row in rows.order_by("order")] == [
        ("이슈포커스", "공장에 들어온 인공지능"),
        ("정책동향", "일본의 반도체 지원책 발표"),
    ]
    assert all("METI" in row.citation for row in rows)
