"""A summary's sections, and its three forms, each under its limit whatever came."""

from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.digests.contents import Contents, Item, Section, Told, in_sections, shortened
from alerts.digests.rendering import LARGEST, as_chat, as_mail, day_text, subject_of
from classifiers.taxonomy import Bulletin
from classifiers.taxonomy import Section as Heading

SATURDAY = date(2026, 11, 21)
LINKS = {
    "queue": "https://monitor.example.kr/",
    "alerts": "https://monitor.example.kr/alerts/",
    "sources": "https://monitor.example.kr/sources/",
    "unsubscribe": "https://monitor.example.kr/unsubscribe/1-x",
}
WATCH = Bulletin(
    id="watch", name="동향 워치", cadence="biweekly",
    sections=[Heading(name="이슈"), Heading(name="기술", kinds=["technology"]), Heading(name="정책", topics=["ai-policy"])],
)  # fmt: skip
JAPAN = Bulletin(
    id="japan", name="월간 일본", cadence="monthly", regions=["JP"],
    sections=[Heading(name="경제", kinds=["economy"]), Heading(name="기술", topics=["ai"])],
)  # fmt: skip


def item(title: str = "제목", **fields: object) -> Item:
    values = {
        "page": "https://monitor.example.kr/stories/1", "url": "https://news.example/a?b=1&c=2", "lang": "ko",
        "source": "경제산업성", "country": "日", "when": "11.21 07:40", "topics": ("반도체",), "why": "2나노, 지원",
        "similar": 2,
    }  # fmt: skip
    return Item(title, **{**values, **fields})  # type: ignore[arg-type]


def told(
    title: str, relevance: float = 0.8, *, topics: str = "", kind: str = "", regions: str = "JP"
) -> Told:
    return Told(0, item(title), tuple(topics.split()), kind, tuple(regions.split()), relevance)


def contents(*sections: Section, **fields: object) -> Contents:
    values = {
        "day": SATURDAY, "language": "ko", "quiet": False, "rolled": (), "rolled_total": 0, "sections": sections,
        "links": LINKS,
    }  # fmt: skip
    return Contents(**{**values, **fields})  # type: ignore[arg-type]


def section(name: str, titles: list[str], bulletin: str = "동향 워치") -> Section:
    return Section(bulletin, name, tuple(item(title) for title in titles), len(titles))


class TestSections:
    def test_stories_stand_by_bulletin_and_section_and_then_by_relevance(self) -> None:
        stories = [
            told("약한 기술", 0.6, kind="technology"),
            told("정책", 0.7, topics="ai-policy"),
            told("강한 기술", 0.9, kind="technology"),
            told("일본 경제", 0.95, kind="economy"),
            told("남은 것", 0.99, kind="industry"),
        ]
        found = [
            (one.bulletin, one.name, [story.title for story in one.items])
            for one in in_sections(stories, [WATCH, JAPAN], "그 밖")
        ]
        assert found == [
            ("동향 워치", "기술", ["강한 기술", "약한 기술"]),
            ("동향 워치", "정책", ["정책"]),
            ("월간 일본", "경제", ["일본 경제"]),
            ("그 밖", "", ["남은 것"]),
        ]

    def test_a_story_that_two_bulletins_would_take_stands_once_under_the_first(self) -> None:
        both = told("둘 다", topics="ai", kind="technology")
        found = in_sections([both], [WATCH, JAPAN], "그 밖")
        assert [(one.bulletin, one.total) for one in found] == [("동향 워치", 1)]

    def test_a_section_names_five_and_counts_the_rest(self) -> None:
        cut = shortened(contents(section("기술", [f"소식 {n}" for n in range(9)])))
        assert (len(cut.sections[0].items), cut.sections[0].total, cut.rest) == (5, 9, 4)

    def test_every_section_gets_its_first_before_any_gets_its_second(self) -> None:
        whole = contents(*(section(f"난 {n}", [f"{n}-{m}" for m in range(6)]) for n in range(4)))
        cut = shortened(whole, 6)
        assert [len(one.items) for one in cut.sections] == [2, 2, 1, 1]
        assert (cut.shown, cut.total, cut.rest) == (6, 24, 18)

    def test_what_came_in_quiet_hours_comes_before_everything(self) -> None:
        rolled = tuple(item(f"밤 {n}") for n in range(4))
        cut = shortened(contents(section("기술", ["낮"]), rolled=rolled, rolled_total=4), 4)
        assert (len(cut.rolled), cut.sections[0].items) == (4, ())


class TestSubject:
    def test_day_number_and_first_title(self) -> None:
        whole = contents(section("기술", ["2나노 양산", "둘"]))
        assert subject_of(whole) == "[Bulletin Monitor] 11월 21일(토) 소식 2건: 2나노 양산"

    def test_an_empty_day(self) -> None:
        assert subject_of(contents()) == "[Bulletin Monitor] 11월 21일(토) 새 소식 없음"

    @pytest.mark.parametrize(("language", "text"), [("ko", "11월 21일(토)"), ("en", "Sat 21 Nov")])
    def test_days_in_words(self, language: str, text: str) -> None:
        assert day_text(SATURDAY, language) == text


class TestPlain:
    def test_it_stands_alone(self) -> None:
        whole = contents(
            section("기술", ["2나노 양산", *(f"둘째 {n}" for n in range(5))]),
            rolled=(item("밤에 온 것", why="", similar=0, url="", mark="후보"),), rolled_total=1,
            undelivered=("11.20 14:05 금리: 보내지 못했습니다.",), undelivered_total=1,
        )  # fmt: skip
        lines = as_mail(whole).plain.splitlines()
        assert lines[:20] == [
            "Bulletin Monitor · 11월 21일(토) 소식 7건",
            "",
            "[조용한 시간에 온 알림] 1",
            "",
            "1. 밤에 온 것",
            "   후보 · 日 경제산업성 · 11.21 07:40 · 반도체",
            "   대기열: https://monitor.example.kr/stories/1",
            "",
            "■ 동향 워치",
            "",
            "[기술] 6",
            "",
            "2. 2나노 양산",
            "   日 경제산업성 · 11.21 07:40 · 반도체",
            "   왜: 2나노, 지원 · 비슷한 글 2건",
            "   원문: https://news.example/a?b=1&c=2",
            "   대기열: https://monitor.example.kr/stories/1",
            "",
            "3. 둘째 0",
            "   日 경제산업성 · 11.21 07:40 · 반도체",
        ]
        assert lines[-9:] == [
            "그 밖에 1건 → 대기열에서 보기",
            "https://monitor.example.kr/",
            "",
            "[전달되지 않은 알림] 1",
            "- 11.20 14:05 금리: 보내지 못했습니다.",
            "알림 장부 보기: https://monitor.example.kr/alerts/",
            "",
            "--",
            "요약 그만 받기: https://monitor.example.kr/unsubscribe/1-x",
        ]

    def test_an_empty_day_is_one_line(self) -> None:
        assert as_mail(contents(links={})).plain == "오늘은 새 소식이 없습니다.\n"
        assert as_chat(contents()).plain == "오늘은 새 소식이 없습니다."


class Page(HTMLParser):
    """A document's text, its links, and the tags that are open at its end."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]
        if tag not in {"meta", "br", "link", "img"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


class TestHtml:
    html = as_mail(
        contents(section("기술", ["2나노 <양산> & {{7*7}}", "둘"]), section("", ["셋"], "그 밖"))
    ).html

    def test_styles_stand_at_their_elements_and_dark_ones_in_the_head(self) -> None:
        assert 'style="' in self.html
        assert "@media (prefers-color-scheme: dark)" in self.html
        assert '<meta name="color-scheme" content="light dark">' in self.html
        assert '<meta name="supported-color-schemes" content="light dark">' in self.html

    def test_it_loads_nothing(self) -> None:
        page = Page(self.html)
        assert not page.tags & {"img", "script", "link", "iframe", "object", "form"}
        assert not any(word in self.html for word in ("url(", "@import", "@font-face", "src="))

    def test_what_a_feed_wrote_is_shown_as_written(self) -> None:
        page = Page(self.html)
        assert page.open == []
        assert "2나노 <양산> & {{7*7}}" in page.text

    def test_links_lead_to_the_story_its_source_and_the_end_of_the_summaries(self) -> None:
        assert Page(self.html).links == [
            *("https://monitor.example.kr/stories/1", "https://news.example/a?b=1&c=2") * 3, LINKS["unsubscribe"]
        ]  # fmt: skip


_WILD = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=200)


class TestLimits:
    def _worst(self, title: str, url: str, sections: int = 9) -> Contents:
        items = tuple(item(title, url=url, source=title[:80], why=title, similar=9_999) for _ in range(40))
        return contents(
            *(Section(f"회보 {n // 4}", f"난 {n}", items, 40) for n in range(sections)),
            undelivered=(title * 2,) * 30, undelivered_total=30, faults=(title * 2,) * 50, faults_total=50,
        )  # fmt: skip

    @pytest.mark.parametrize("title", ["소식" * 100, "&" * 200, "😀" * 200, "x" * 200])
    def test_a_mail_stays_under_100_kb_and_a_chat_under_its_4096(self, title: str) -> None:
        whole = self._worst(title, "https://news.example/?" + "&" * 900)
        assert len(as_mail(whole).html.encode()) <= LARGEST < 102_000
        chat = as_chat(whole)
        for text in (chat.html, chat.plain):
            assert len(text.encode("utf-16-le")) // 2 <= 4096
        assert Page(chat.html).open == []
        assert whole.total == 360

    @settings(max_examples=25)
    @given(title=_WILD)
    def test_no_title_breaks_a_form(self, title: str) -> None:
        whole = self._worst(title, "", 2)
        assert Page(as_chat(whole).html).open == []
        page = Page(as_mail(whole).html)
        assert page.open == []
        assert not page.tags & {"script", "img"}

    def test_a_chat_names_what_it_can_and_counts_the_rest(self) -> None:
        text = as_chat(replace(self._worst("소식" * 60, ""), undelivered_total=0, faults_total=0)).html
        named = text.count("\n• ")
        assert 10 < named < 30
        assert f"그 밖에 {360 - named}건" in text


def test_a_chats_form() -> None:
    whole = contents(
        section("기술", ["<b>2나노"]), quiet=True, rolled=(item("밤", similar=0),), rolled_total=1
    )
    assert as_chat(replace(whole, quiet=False)).html.splitlines() == [
        "<b>11월 21일(토) 소식 2건</b>",
        "",
        "<b>조용한 시간에 온 알림</b> 1",
        '• <a href="https://monitor.example.kr/stories/1">밤</a> 日 경제산업성',
        "",
        "<b>동향 워치 · 기술</b> 1",
        '• <a href="https://monitor.example.kr/stories/1">&lt;b&gt;2나노</a> 日 경제산업성 +2',
    ]
