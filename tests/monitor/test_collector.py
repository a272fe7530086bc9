"""The collector over weeks: moves, robots, faults told once, pages read; real database, real server, our own time."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from alerts.models import Alert, Recipient
from monitor.articles.fulltext import FullText
from monitor.fetching.fetch import Fetcher
from monitor.fetching.guard import Guard
from monitor.fetching.robots import Robots
from monitor.models import Entry, Incident, RobotsFile, Source
from monitor.parsers.parsing import Parsing
from monitor.polls import store
from monitor.polls.polling import Poller
from monitor.sources import SourceConfig
from monitor.threads import in_database
from tests.monitor.test_polling import register, rss, source
from tests.servers.feeds import FeedServer, Page

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
HTML = "text/html; charset=utf-8"


class Collector:
    """A poller and a reader of pages with a clock that tests set."""

    def __init__(self, server: FeedServer) -> None:
        self.now = NOW
        self.fetcher = Fetcher("BulletinMonitor/test (+https://monitor.example/)", Guard([server.host]))
        self.parsing = Parsing(workers=1)
        self.robots = Robots(self.fetcher, lambda: self.now)
        self.poller = Poller(self.fetcher, self.parsing, lambda: self.now, robots=self.robots)

    async def poll(self, one: SourceConfig, after: timedelta = timedelta(0)) -> Source:
        """Time passes, the source is visited; its row."""
        self.now += after
        await self.poller.poll(one)
        return await Source.objects.aget(id=one.id)

    async def read_pages(self, one: SourceConfig) -> int:
        pages = FullText(self.fetcher, self.parsing, self.robots, lambda: self.now, [one])
        return await pages.read_due()


@pytest_asyncio.fixture
async def collector(feed_server: FeedServer) -> AsyncIterator[Collector]:
    made = Collector(feed_server)
    yield made
    await made.fetcher.aclose()
    made.parsing.close()


def paths(server: FeedServer) -> list[str]:
    return [seen.path for seen in server.seen]


def moved_to(url: str, status: int = 301) -> Page:
    return Page(b"", status=status, headers={"Location": url})


async def test_a_permanent_move_is_adopted_after_seven_days(
    collector: Collector, feed_server: FeedServer
) -> None:
    feed_server.pages |= {"/feed": moved_to(feed_server.url("/new")), "/new": Page(rss(("a", "하나")))}
    one = source(feed_server)
    await register(one)
    assert (await collector.poll(one)).state == "moved"
    row = await collector.poll(one, 6 * DAY)
    assert (row.state, row.adopted_url) == ("moved", "")
    row = await collector.poll(one, DAY)
    assert (row.state, row.adopted_url) == ("ok", feed_server.url("/new"))
    feed_server.seen.clear()
    await collector.poll(one, HOUR)
    assert paths(feed_server) == ["/new"]


async def test_an_edited_stanza_wins_over_an_adopted_address(
    collector: Collector, feed_server: FeedServer
) -> None:
    feed_server.pages |= {"/feed": moved_to(feed_server.url("/new")), "/new": Page(rss(("a", "하나")))}
    one = source(feed_server)
    await register(one)
    await collector.poll(one)
    await collector.poll(one, 8 * DAY)
    feed_server.pages["/mine"] = Page(rss(("b", "둘")))
    edited = one.model_copy(update={"url": feed_server.url("/mine")})
    feed_server.seen.clear()
    row = await collector.poll(edited, HOUR)
    assert paths(feed_server) == ["/mine"]
    assert row.adopted_url == ""


async def test_a_move_to_a_page_that_is_no_feed_is_never_adopted(
    collector: Collector, feed_server: FeedServer
) -> None:
    feed_server.pages |= {
        "/feed": moved_to(feed_server.url("/")),
        "/": Page(b"<!doctype html><html><body>home</body></html>", HTML),
    }
    one = source(feed_server)
    await register(one)
    for _week in range(4):
        row = await collector.poll(one, 7 * DAY)
    assert (row.state, row.adopted_url) == ("changed", "")


async def test_a_page_that_robots_txt_forbids_is_not_asked_for(
    collector: Collector, feed_server: FeedServer
) -> None:
    feed_server.pages |= {
        "/robots.txt": Page(b"User-agent: bulletinmonitor\nDisallow: /news\n", "text/plain"),
        "/news": Page(b"<ul><li><a href='/1'>one</a></li></ul>", HTML),
    }
    one = source(feed_server, "/news", format="listing", listing={"row": "li"})
    await register(one)
    row = await collector.poll(one)
    assert (row.state, row.fault) == ("blocked", "robots")
    await collector.poll(one, HOUR)
    assert paths(feed_server) == ["/robots.txt"]
    await collector.poll(one, DAY)
    assert paths(feed_server) == ["/robots.txt", "/robots.txt"]


async def test_robots_txt_of_a_former_run_is_still_known(
    collector: Collector, feed_server: FeedServer
) -> None:
    feed_server.pages["/news"] = Page(b"<ul><li><a href='/1'>one</a></li></ul>", HTML)
    one = source(feed_server, "/news", format="listing", listing={"row": "li"})
    await register(one)
    await collector.poll(one)
    collector.poller._robots = Robots(collector.fetcher, lambda: collector.now)
    await collector.poll(one, HOUR)
    assert paths(feed_server) == ["/robots.txt", "/news", "/news"]
    assert (await RobotsFile.objects.aget()).status == 404


async def test_without_an_answer_for_robots_txt_a_page_waits(
    collector: Collector, feed_server: FeedServer
) -> None:
    feed_server.pages |= {
        "/robots.txt": Page(b"down", "text/plain", 503),
        "/news": Page(b"<ul><li><a href='/1'>one</a></li></ul>", HTML),
    }
    one = source(feed_server, "/news", format="listing", listing={"row": "li"})
    await register(one)
    row = await collector.poll(one)
    assert row.reason.startswith("robots.txt: HTTP 503")
    assert "/news" not in paths(feed_server)


async def test_a_feed_is_asked_for_whatever_robots_txt_says_of_pages(
    collector: Collector, feed_server: FeedServer
) -> None:
    feed_server.pages |= {
        "/robots.txt": Page(b"User-agent: *\nDisallow: /\n", "text/plain"),
        "/feed": Page(rss(("a", "하나"))),
    }
    one = source(feed_server)
    await register(one)
    assert (await collector.poll(one)).state == "ok"


async def test_gone_is_believed_after_three_answers_and_then_left_alone(
    collector: Collector, feed_server: FeedServer
) -> None:
    feed_server.pages["/feed"] = Page(b"", status=410)
    one = source(feed_server, interval={"min": "10m", "max": "6h"})
    await register(one)
    states = [(await collector.poll(one, DAY)).state for _day in range(3)]
    assert states == ["shaky", "shaky", "gone"]
    row = await Source.objects.aget()
    assert row.next_poll_at >= collector.now + 30 * DAY
    feed_server.pages["/feed"] = Page(rss(("a", "하나")))
    assert (await collector.poll(one, 30 * DAY)).state == "ok"


async def operator() -> None:
    await Recipient.objects.acreate(address="telegram:1", operator=True)
    await Recipient.objects.acreate(address="telegram:2")


async def notices() -> list[tuple[str, str, bool]]:
    rows = Alert.objects.exclude(incident=None).order_by("id")
    return [row async for row in rows.values_list("recipient__address", "incident__state", "healed")]


async def test_an_operator_is_told_once_of_a_fault_and_once_that_it_healed(
    collector: Collector, feed_server: FeedServer
) -> None:
    await operator()
    one = source(feed_server)
    await register(one)
    feed_server.pages["/feed"] = Page(b"down", status=500)
    for _visit in range(2):
        await collector.poll(one, HOUR)
    assert await notices() == []
    for _visit in range(5):
        await collector.poll(one, HOUR)
    assert await notices() == [("telegram:1", "broken", False)]
    feed_server.pages["/feed"] = Page(rss(("a", "하나")))
    for _visit in range(3):
        await collector.poll(one, HOUR)
    assert await notices() == [("telegram:1", "broken", False), ("telegram:1", "broken", True)]
    incident = await Incident.objects.aget()
    assert incident.closed_at is not None


async def test_a_fault_that_comes_again_is_told_again(collector: Collector, feed_server: FeedServer) -> None:
    await operator()
    one = source(feed_server)
    await register(one)
    for _time in range(2):
        feed_server.pages["/feed"] = Page(b"down", status=500)
        for _visit in range(3):
            await collector.poll(one, HOUR)
        feed_server.pages["/feed"] = Page(rss(("a", "하나")))
        await collector.poll(one, HOUR)
    assert [healed for _address, _state, healed in await notices()] == [False, True, False, True]


async def test_when_nothing_can_be_reached_it_is_our_network_and_no_sources_fault(
    collector: Collector, feed_server: FeedServer
) -> None:
    await operator()
    both = [source(feed_server, f"/{name}") for name in ("a", "b")]
    await register(*both)
    for page in ("/a", "/b"):
        feed_server.pages[page] = Page(misbehave="reset")
    for _visit in range(4):
        for one in both:
            await collector.poll(one, 10 * MINUTE)
    assert await notices() == []
    feed_server.pages["/a"] = Page(rss(("a", "하나")))
    for one in both:
        await collector.poll(one, 10 * MINUTE)
    assert await notices() == [("telegram:1", "broken", False)]


async def test_wrong_characters_are_kept_reported_and_mended(
    collector: Collector, feed_server: FeedServer
) -> None:
    await operator()
    good = rss(*((str(n), f"산업통상부 반도체 소식 {n}호") for n in range(3)))
    one = source(feed_server)
    await register(one)
    feed_server.pages["/feed"] = Page(good)
    await collector.poll(one)
    feed_server.pages["/feed"] = Page(good.decode().encode("cp949").decode("latin-1").encode())
    for _visit in range(3):
        row = await collector.poll(one, HOUR)
    assert row.state == "mojibake"
    assert row.good_sample["titles"][0] == "산업통상부 반도체 소식 0호"
    assert row.bad_sample["titles"][0] != row.good_sample["titles"][0]
    assert [state for _address, state, _healed in await notices()] == ["mojibake"]
    feed_server.pages["/feed"] = Page(good)
    row = await collector.poll(one, HOUR)
    assert (row.state, row.bad_sample) == ("ok", {})
    assert [title async for title in Entry.objects.order_by("id").values_list("title", flat=True)] == [
        f"산업통상부 반도체 소식 {n}호" for n in range(3)
    ]


async def test_a_changed_page_leaves_its_look_beside_the_last_good_one(
    collector: Collector, feed_server: FeedServer
) -> None:
    rows = "".join(f"<li><a href='/{n}'>보도자료 {n}호 발표</a></li>" for n in range(5))
    feed_server.pages["/news"] = Page(f"<ul>{rows}</ul>".encode(), HTML)
    one = source(feed_server, "/news", format="listing", listing={"row": "li", "min_rows": 3})
    await register(one)
    await collector.poll(one)
    feed_server.pages["/news"] = Page("<p>새 단장 안내: 목록은 곧 열립니다.</p>".encode(), HTML)
    for _visit in range(3):
        row = await collector.poll(one, HOUR)
    assert (row.state, row.fault) == ("changed", "too_few_rows")
    assert row.good_sample["titles"][0] == "보도자료 0호 발표"
    assert row.bad_sample["text"] == "새 단장 안내: 목록은 곧 열립니다."


async def test_what_a_feed_asks_of_its_readers_is_kept_over_visits_without_a_document(
    collector: Collector, feed_server: FeedServer
) -> None:
    body = rss(("a", "하나")).replace(b"<channel>", b"<channel><ttl>240</ttl>")
    feed_server.pages["/feed"] = Page(body)
    one = source(feed_server, interval={"min": "10m", "max": "6h"})
    await register(one)
    for _visit in range(2):
        row = await collector.poll(one)
        assert 4 * HOUR <= row.next_poll_at - collector.now <= 4.4 * HOUR


async def test_around_new_year_both_years_pages_are_read(
    collector: Collector, feed_server: FeedServer
) -> None:
    def page(year: int) -> Page:
        return Page(f"<ul><li><a href='/{year}/1'>{year}년 보고서</a></li></ul>".encode(), HTML)

    one = source(feed_server, "/y", format="listing", listing={"row": "li"}).model_copy(
        update={"url": feed_server.url("/{year}/index.html")}
    )
    await register(one)
    feed_server.pages["/2026/index.html"] = page(2026)
    collector.now = datetime(2027, 1, 2, 3, tzinfo=UTC)
    await collector.poll(one)
    feed_server.pages["/2027/index.html"] = page(2027)
    await collector.poll(one, DAY)
    assert [title async for title in Entry.objects.order_by("id").values_list("title", flat=True)] == [
        "2026년 보고서", "2027년 보고서",
    ]  # fmt: skip
    feed_server.seen.clear()
    await collector.poll(one, 20 * DAY)
    assert [path for path in paths(feed_server) if path != "/robots.txt"] == ["/2027/index.html"]


NOTICE = """<html><head><title>{title} | 기관</title></head><body><nav><a href="/">home</a></nav>
<div class="view"><p>{text}</p></div></body></html>"""
TEXT = "산업통상부는 반도체 소재 국산화를 위해 올해 3,200억 원을 지원하고, 대상 기업을 다음 달까지 공모한다고 밝혔다."


def listed(server: FeedServer, **fields: object) -> SourceConfig:
    server.pages["/news"] = Page("<ul><li><a href='/1'>반도체 소재 지원 공고</a></li></ul>".encode(), HTML)
    return source(
        server, "/news", format="listing", listing={"row": "li"}, article={"text": ".view"}, **fields
    )


async def test_an_entrys_own_page_gives_its_text_and_asks_for_tags(
    collector: Collector, feed_server: FeedServer
) -> None:
    one = listed(feed_server)
    feed_server.pages["/1"] = Page(NOTICE.format(title="x", text=TEXT).encode(), HTML)
    await register(one)
    await collector.poll(one)
    assert not await Entry.objects.ready(collector.now).aexists()
    assert await collector.read_pages(one) == 1
    entry = await Entry.objects.aget()
    assert (entry.text, entry.text_source, entry.page_due_at) == (TEXT, "page", None)
    assert entry.lead == TEXT
    assert await Entry.objects.ready(collector.now).aexists()


@pytest.mark.parametrize(
    ("page", "tried_again"),
    [
        pytest.param(Page(b"no", HTML, 403), False, id="refused"),
        pytest.param(Page(b"no", HTML, 404), False, id="missing"),
        pytest.param(Page(b"no", HTML, 503), True, id="down"),
        pytest.param(Page(NOTICE.format(title="x", text="로그인 후 이용하실 수 있습니다.").encode(), HTML), False, id="wall"),
    ],
)  # fmt: skip
async def test_a_page_that_gives_nothing_costs_no_entry(
    collector: Collector, feed_server: FeedServer, page: Page, tried_again: bool
) -> None:
    one = listed(feed_server)
    feed_server.pages["/1"] = page
    await register(one)
    await collector.poll(one)
    await collector.read_pages(one)
    entry = await Entry.objects.aget()
    assert (entry.title, entry.text, entry.text_source) == ("반도체 소재 지원 공고", "", "none")
    assert (entry.page_due_at is not None) is tried_again
    assert await Entry.objects.ready(collector.now).aexists()


async def test_a_page_is_tried_a_few_times_and_then_left_alone(
    collector: Collector, feed_server: FeedServer
) -> None:
    one = listed(feed_server)
    feed_server.pages["/1"] = Page(b"down", HTML, 503)
    await register(one)
    await collector.poll(one)
    tries = 0
    for _hour in range(48):
        tries += await collector.read_pages(one)
        collector.now += HOUR
    assert tries == 4


async def test_a_bug_over_one_page_holds_up_no_other_and_comes_back_later(
    collector: Collector, feed_server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = listed(feed_server)
    feed_server.pages["/1"] = Page(NOTICE.format(title="x", text=TEXT).encode(), HTML)
    await register(one)
    await collector.poll(one)

    async def broken(*_args: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(collector.parsing, "read_article", broken)
        assert await collector.read_pages(one) == 1
    assert await collector.read_pages(one) == 0
    collector.now += HOUR
    await collector.read_pages(one)
    assert (await Entry.objects.aget()).text == TEXT


async def test_an_entry_does_not_wait_for_its_page_for_ever(
    collector: Collector, feed_server: FeedServer
) -> None:
    one = listed(feed_server)
    await register(one)
    await collector.poll(one)
    assert not await Entry.objects.ready(collector.now).aexists()
    assert await Entry.objects.ready(collector.now + 11 * MINUTE).aexists()


async def test_a_sitemaps_titles_come_from_its_pages_and_stay(
    collector: Collector, feed_server: FeedServer
) -> None:
    def sitemap(stamp: str) -> Page:
        address = feed_server.url("/news/ai-centre")
        return Page(f"<urlset><url><loc>{address}</loc><lastmod>{stamp}</lastmod></url></urlset>".encode())

    one = source(feed_server, "/sitemap", format="sitemap", article={"title": "h1"})
    feed_server.pages["/sitemap"] = sitemap("2026-11-19T09:00:00+09:00")
    feed_server.pages["/news/ai-centre"] = Page(
        "<html><h1>東京にAIセンターを開設</h1><p>短い。</p></html>".encode(), HTML
    )
    await register(one)
    await collector.poll(one)
    await collector.read_pages(one)
    assert (await Entry.objects.aget()).title == "東京にAIセンターを開設"
    feed_server.pages["/sitemap"] = sitemap("2026-11-20T09:00:00+09:00")
    await collector.poll(one, HOUR)
    await collector.read_pages(one)
    entry = await Entry.objects.aget()
    assert (entry.title, await Entry.objects.acount()) == ("東京にAIセンターを開設", 1)


async def test_pages_of_a_first_documents_past_are_not_read(
    collector: Collector, feed_server: FeedServer
) -> None:
    rows = "".join(f"<li><a href='/{n}'>공고 {n}호 안내</a><i>2026-0{n}-01</i></li>" for n in range(1, 8))
    feed_server.pages["/news"] = Page(f"<ul>{rows}</ul>".encode(), HTML)
    rules = {"row": "li", "date": "i"}
    one = source(feed_server, "/news", format="listing", listing=rules, article={})
    await register(one)
    await collector.poll(one)
    assert await Entry.objects.acount() == 7
    assert await in_database(Entry.objects.wanting_page(collector.now).count) == 0


async def test_a_history_is_learned_from_what_was_kept(collector: Collector, feed_server: FeedServer) -> None:
    items = "".join(
        f"<item><title>소식 {n}호입니다</title><link>https://x.example/{n}</link><pubDate>{(NOW - n * HOUR):%a, %d %b %Y %H:%M:00} GMT</pubDate></item>"
        for n in range(100)
    )
    feed_server.pages["/feed"] = Page(f"<rss version='2.0'><channel>{items}</channel></rss>".encode())
    busy = source(feed_server, interval={"min": "5m", "max": "6h"})
    feed_server.pages["/quiet"] = Page(rss(("a", "하나")))
    quiet = source(feed_server, "/quiet", interval={"min": "5m", "max": "6h"})
    await register(busy, quiet)
    await in_database(store.weights)
    rows = [await collector.poll(one) for one in (quiet, busy)]
    waits = [row.next_poll_at - collector.now for row in rows]
    assert waits[1] < waits[0]
    assert rows[1].weight > rows[0].weight
