"""Pages put in by hand: read or written down, known again, accepted, cited."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client

from monitor.articles.onepage import Page
from monitor.documents import DateConfidence, TextSource
from monitor.errors import FetchError, FetchFault
from monitor.models import Entry, Source, Story
from monitor.parsers.article import Article
from monitor.polls.store import due, next_due_at
from monitor.sources import SourceConfig
from monitor.texts.dates import ParsedDate
from review.deciding.decisions import ConflictError, decide
from review.issues.citing import Cited, cited
from review.issues.pasting import Reader, UnreadableError, address, paste, write_down
from review.models import Candidate, Decision
from review.pages.paste import fault_words
from tests.review.conftest import NOW, forget_settings
from tests.review.seed import Seed, Told, make_story
from tests.review.test_pages import text_of
from tests.servers.feeds import FeedServer
from tests.servers.feeds import Page as ServedPage

URL = "https://www.meti.example/press/2026/20261118.html"
ARTICLE = Article(
    title="蓄電池の回収網を全国に整備します",
    text="使用済み蓄電池の回収拠点を来年度までに全国で三百か所に増やします。",
    published=ParsedDate(datetime(2026, 11, 17, 15, 0, tzinfo=UTC), DateConfidence.DAY),
    published_raw="2026年11月18日",
    where=TextSource.PAGE,
)


def page_of(article: Article, url: str = "") -> Reader:
    """A reader who finds this article, at another address where one is given."""
    return lambda asked, _like, _now: Page(url or asked, article)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        pytest.param(f"  {URL}\n", URL, id="with spaces around"),
        pytest.param("meti.example/press", "https://meti.example/press", id="without a scheme"),
        pytest.param("http://[::1]:8000/a", "http://[::1]:8000/a", id="IPv6"),
        pytest.param("http://localhost:8000/a", "http://localhost:8000/a", id="localhost"),
        pytest.param("javascript:alert(1)", "", id="script"),
        pytest.param("ftp://meti.example/a", "", id="no web page"),
        pytest.param("반도체 지원책", "", id="words"),
        pytest.param("반도체", "", id="a word"),
        pytest.param("https://meti.example:port/", "", id="no port"),
        pytest.param("https://[::1", "", id="broken"),
        pytest.param("https://kim:pass@meti.example/", "", id="with a password"),
        pytest.param("https://meti..example/", "", id="no host"),
        pytest.param("https://meti.example/" + "a" * 2000, "", id="too long"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_only_addresses_of_web_pages_are_taken(text: str, url: str) -> None:
    assert address(text) == url


class TestPasting:
    def test_a_page_becomes_an_entry_and_a_candidate_with_its_citation(self, kim: User) -> None:
        pasted = paste(URL, kim, NOW, page_of(ARTICLE))
        entry = Entry.objects.get()
        assert (entry.source_id, entry.title, entry.text, entry.lang) == (
            "by-hand",
            ARTICLE.title,
            ARTICLE.text,
            "ja",
        )
        assert entry.tagged_at is None, "it waits for its topics like any other"
        assert (pasted.known, pasted.has_text) == (False, True)
        candidate = Candidate.standing.get()
        assert (candidate.story, candidate.accepted_by) == (entry.story, kim)
        told = Cited("", ARTICLE.title, "METI", "日 경제산업성", date(2026, 11, 18), URL)
        assert cited(candidate) == told
        # Written down: what leads the story later does not change it.
        assert candidate.cited_on == date(2026, 11, 18)
        assert candidate.edition == 1

    def test_pasted_twice_it_is_there_once(self, kim: User) -> None:
        first = paste(URL, kim, NOW, page_of(ARTICLE))
        again = paste(f"{URL}?utm_source=mail", kim, NOW, page_of(ARTICLE))
        assert again.known
        assert again.candidate == first.candidate
        assert (Entry.objects.count(), Decision.objects.count(), Candidate.objects.get().edition) == (1, 1, 1)

    def test_what_a_source_brought_before_is_not_read_again(self, kim: User) -> None:
        story = make_story(Seed(Told("xtech", "ja", "蓄電池"), 0.8, {"battery": 0.9}), NOW)
        paste(URL, kim, NOW, page_of(ARTICLE))
        own = Entry.objects.get(source="by-hand")
        Entry.objects.filter(story=story).update(link_key=own.link_key, url=URL)
        own.delete()

        def no_one_asks(*_asked: object) -> Page:
            raise AssertionError("a known page was fetched")

        pasted = paste(URL, kim, NOW, no_one_asks)
        assert (pasted.known, pasted.candidate.story) == (True, story)

    def test_a_short_address_is_known_by_where_it_leads(self, kim: User) -> None:
        first = paste(URL, kim, NOW, page_of(ARTICLE))
        again = paste("https://short.example/x", kim, NOW, page_of(ARTICLE, URL))
        assert (again.known, again.entry) == (True, first.entry)

    def test_two_pages_of_one_title_are_two(self, kim: User) -> None:
        paste(URL, kim, NOW, page_of(ARTICLE))
        paste("https://other.example/a", kim, NOW, page_of(ARTICLE))
        assert Entry.objects.count() == 2

    def test_the_page_that_was_pasted_is_cited_and_not_its_storys_lead(self, kim: User) -> None:
        story = make_story(Seed(Told("meti-press", "ja", "先頭"), 0.8, {}), NOW)
        pasted = paste("https://xtech.example/a", kim, NOW, page_of(ARTICLE))
        Candidate.objects.all().delete()
        Decision.objects.all().delete()
        Entry.objects.filter(pk=pasted.entry.pk).update(story=story)
        candidate = paste("https://xtech.example/a", kim, NOW, page_of(ARTICLE)).candidate
        assert candidate.story == story
        assert (candidate.cited_title, candidate.cited_medium) == (ARTICLE.title, "日経クロステック")

    def test_an_unknown_publisher_is_called_by_its_host(self, kim: User) -> None:
        said = cited(paste("https://www.unknown.example/a", kim, NOW, page_of(ARTICLE)).candidate)
        assert (said.medium, said.named) == ("unknown.example", "unknown.example")

    def test_a_citation_that_somebody_wrote_stays(self, kim: User) -> None:
        candidate = paste(URL, kim, NOW, page_of(ARTICLE)).candidate
        Candidate.objects.filter(pk=candidate.pk).update(cited_title="고친 제목")
        assert paste(URL, kim, NOW, page_of(ARTICLE)).candidate.cited_title == "고친 제목"

    def test_another_editors_decision_stands(self, kim: User, lee: User) -> None:
        paste(URL, kim, NOW, page_of(ARTICLE))
        with pytest.raises(ConflictError):
            paste(URL, lee, NOW, page_of(ARTICLE))
        decide(Story.objects.get().pk, kim, "undo", "web", NOW, seen="accepted")
        assert paste(URL, lee, NOW, page_of(ARTICLE)).candidate.accepted_by == lee

    def test_a_page_behind_a_wall_keeps_its_title(self, kim: User) -> None:
        walled = replace(ARTICLE, text="", where=TextSource.NONE, reason="paywall: 有料会員")
        pasted = paste(URL, kim, NOW, page_of(walled))
        assert (pasted.has_text, pasted.entry.title) == (False, ARTICLE.title)

    @pytest.mark.parametrize(
        "article",
        [
            pytest.param(Article(), id="empty"),
            pytest.param(Article(title="Not Found", reason="error page: 404 not found"), id="an error page"),
            pytest.param(Article(title="Cookies", reason="cookie wall"), id="a cookie wall"),
        ],
    )
    def test_what_is_no_article_leaves_nothing_behind(self, kim: User, article: Article) -> None:
        with pytest.raises(UnreadableError):
            paste(URL, kim, NOW, page_of(article))
        assert not Entry.objects.exists()
        assert not Story.objects.exists()

    def test_its_source_is_never_due(self, kim: User) -> None:
        Source.objects.create(id="boj", next_poll_at=NOW)
        paste(URL, kim, NOW, page_of(ARTICLE))
        assert set(due(NOW)) == {"boj"}
        assert next_due_at() == NOW

    def test_a_page_is_read_as_its_publishers_pages_are(self, kim: User) -> None:
        asked: list[SourceConfig | None] = []

        def read(url: str, like: SourceConfig | None, now: datetime) -> Page:
            asked.append(like)
            return Page(url, ARTICLE)

        paste(URL, kim, NOW, read)
        assert [source and source.id for source in asked] == ["meti-press"]


class TestWritingDown:
    SAID = Cited("田中一郎", "蓄電池の回収", "週刊資源", "日 주간자원", date(2026, 11, 3))

    def test_what_an_editor_wrote_is_kept_and_cited(self, kim: User) -> None:
        pasted = write_down("https://weekly.example/1", self.SAID, kim, NOW)
        assert (pasted.entry.title, pasted.entry.author) == ("蓄電池の回収", "田中一郎")
        assert pasted.entry.date_confidence == DateConfidence.DAY
        assert cited(pasted.candidate) == replace(self.SAID, url="https://weekly.example/1")

    def test_the_title_alone_suffices(self, kim: User) -> None:
        said = cited(write_down(URL, Cited(title="題"), kim, NOW).candidate)
        assert said == Cited("", "題", "METI", "日 경제산업성", None, URL)

    def test_the_medium_stands_in_for_its_short_name(self, kim: User) -> None:
        said = cited(write_down(URL, Cited(title="題", medium="資源新聞"), kim, NOW).candidate)
        assert (said.medium, said.named) == ("資源新聞", "資源新聞")

    def test_of_a_page_that_is_known_the_citation_is_written(self, kim: User) -> None:
        entry = paste(URL, kim, NOW, page_of(ARTICLE)).entry
        Candidate.objects.all().delete()
        Decision.objects.all().delete()
        Story.objects.update(queue="waiting")
        pasted = write_down(URL, self.SAID, kim, NOW)
        assert (pasted.known, pasted.entry) == (True, entry)
        assert pasted.candidate.cited_title == "蓄電池の回収"
        entry.refresh_from_db()
        assert entry.title == ARTICLE.title


class TestPage:
    @pytest.fixture
    def served(self, feed_server: FeedServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[FeedServer]:
        monkeypatch.setenv("MONITOR_ALLOW_HOSTS", feed_server.host)
        forget_settings()
        yield feed_server
        forget_settings()

    def test_a_page_is_fetched_and_the_candidate_shown(
        self, editor: Client, served: FeedServer, kim: User
    ) -> None:
        text = "소형 원자로 부품의 실증 시설이 내년 가을 문을 연다. 시설은 시험 설비 네 기를 갖춘다. " * 4
        body = (
            '<html lang="ko"><head><title>소형 원자로 부품 실증 시설 내년 개소 | 어느 신문</title>'
            '<meta property="article:published_time" content="2026-11-12T09:30:00+09:00"></head>'
            f"<body><article><h1>소형 원자로 부품 실증 시설 내년 개소</h1><p>{text}</p></article></body></html>"
        )
        served.pages["/news/1"] = ServedPage(body.encode(), "text/html; charset=utf-8")
        response = editor.post("/candidates/paste", {"url": served.url("/news/1"), "how": "read"})
        candidate = Candidate.objects.get()
        assert response["Location"] == f"/candidates/{candidate.pk}"
        assert candidate.cited_title == "소형 원자로 부품 실증 시설 내년 개소"
        assert candidate.cited_on == date(2026, 11, 12)
        assert Entry.objects.get().text.startswith("소형 원자로 부품의 실증")
        assert "직접 넣음" in text_of(editor.get(f"/stories/{candidate.story_id}"))

    def test_a_page_that_is_not_there_asks_to_write_it_down(self, editor: Client, served: FeedServer) -> None:
        response = editor.post("/candidates/paste", {"url": served.url("/nowhere"), "how": "read"})
        assert response.status_code == 422
        assert "서버가 그 페이지를 주지 않았습니다." in text_of(response)
        assert 'name="title"' in response.content.decode()
        assert f'value="{served.url("/nowhere")}"' in response.content.decode()
        assert not Entry.objects.exists()

    def test_an_address_inside_the_house_is_not_opened(self, editor: Client, feed_server: FeedServer) -> None:
        feed_server.pages["/secret"] = ServedPage(b"<title>secret</title>", "text/html")
        response = editor.post("/candidates/paste", {"url": feed_server.url("/secret"), "how": "read"})
        assert "내부 네트워크의 주소이거나 바르지 않은 주소라서 열지 않았습니다." in text_of(response)
        assert feed_server.seen == []

    def test_a_form_filled_by_hand_becomes_a_candidate(
        self, editor: Client, kim: User, now: datetime
    ) -> None:
        form = {
            "url": "weekly.example/1",
            "how": "write",
            "title": "蓄電池の回収",
            "medium": "週刊資源",
            "on": "2026-11-03",
        }
        response = editor.post("/candidates/paste", form)
        candidate = Candidate.objects.get()
        assert response["Location"] == f"/candidates/{candidate.pk}"
        assert (candidate.cited_medium, candidate.cited_on, candidate.cited_url) == (
            "週刊資源",
            date(2026, 11, 3),
            "https://weekly.example/1",
        )

    @pytest.mark.parametrize(
        ("form", "words"),
        [
            pytest.param({"url": "반도체"}, "웹 페이지의 주소가 아닙니다.", id="no address"),
            pytest.param({"url": "a.example", "how": "write"}, "제목을 적어 주십시오.", id="no title"),
            pytest.param(
                {"url": "a.example", "how": "write", "title": "題", "on": "어제"},
                "2026-11-21 처럼 적어 주십시오.",
                id="no date",
            ),
        ],
    )
    def test_what_is_wrong_stands_beside_its_field(
        self, editor: Client, form: dict[str, str], words: str
    ) -> None:
        response = editor.post("/candidates/paste", form)
        assert response.status_code == 422
        assert words in text_of(response)
        assert 'aria-invalid="true"' in response.content.decode()
        assert not Entry.objects.exists()

    def test_what_another_editor_decided_is_said(
        self, editor: Client, kim: User, lee: User, now: datetime
    ) -> None:
        story = paste(URL, lee, NOW, page_of(ARTICLE)).candidate.story
        decide(story.pk, lee, "undo", "web", NOW, seen="accepted")
        decide(story.pk, lee, "reject", "web", NOW)
        response = editor.post("/candidates/paste", {"url": URL, "how": "read"}, follow=True)
        assert "이미 이서준님이 제외했습니다." in text_of(response)
        assert response.redirect_chain[0][0] == f"/stories/{story.pk}"


def test_every_fault_of_a_server_has_its_words() -> None:
    assert (
        len({fault_words(fault) for fault in ("network", "timeout", "http", "blocked", "address", "page")})
        == 6
    )
    assert fault_words("encoding") == "페이지를 읽지 못했습니다."


def test_a_server_that_refuses_is_no_article(kim: User) -> None:
    def refused(url: str, _like: object, _now: object) -> Page:
        raise FetchError(url, FetchFault.BLOCKED, "HTTP 403", 403)

    with pytest.raises(UnreadableError) as unreadable:
        paste(URL, kim, NOW, refused)
    assert unreadable.value.fault == "blocked"
