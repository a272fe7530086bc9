"""From a site's address to what can be watched; against a local server, each step and its bounds."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.adding.discovery import (
    MAX_REQUESTS,
    MAX_VERIFIED,
    Discovery,
    about_page,
    discover,
    feed_anchors,
    feed_links,
    sitemap_children,
    well_known,
)
from monitor.adding.guessing import guess_listing
from monitor.adding.opml import read_opml
from monitor.adding.stanzas import render, stanza_of
from monitor.documents import Document
from monitor.errors import FetchError
from monitor.fetching.fetch import Fetcher
from monitor.fetching.guard import Guard
from monitor.parsers import parse
from monitor.parsers.parsing import Parsing
from monitor.sources import SourceConfig
from monitor.sourcesfile import load_sources
from tests.servers.feeds import FeedServer, Page
from tests.servers.warm import Warm

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]
REAL = ROOT.parent / "shared" / "data" / "feeds"


def rss(title: str = "소식", entries: int = 2) -> bytes:
    items = "".join(
        f"<item><title>{title} 기사 {n}</title><link>/n/{n}</link><pubDate>Fri, 20 Nov 2026 09:0{n}:00 +0900</pubDate></item>"
        for n in range(entries)
    )
    return f'<rss version="2.0"><channel><title>{title}</title>{items}</channel></rss>'.encode()


def page(body: str = "", head: str = "", lang: str = "ko") -> Page:
    markup = f'<!doctype html><html lang="{lang}"><head><title>예시 신문</title>{head}</head><body>{body}</body></html>'
    return Page(markup.encode(), "text/html; charset=utf-8")


HEADLINES = [
    "이차전지 소재의 국내 생산을 두 배로 늘린다",
    "반도체 장비 수출이 석 달 만에 늘었다",
    "수소 충전소를 올해 서른 곳 더 세운다",
    "인공지능 인재 천 명을 뽑아 기른다",
    "조선 업계의 수주가 지난해보다 줄었다",
    "중소기업의 수출 보험료를 절반 돌려준다",
]
BOARD = (
    "<nav><ul>"
    + "".join(f"<li><a href='/menu/{n}'>아주 길게 적어 둔 메뉴의 이름 {n}</a></li>" for n in range(8))
    + "</ul></nav><table class='board'><tbody>"
    + "".join(
        f"<tr><td>{90 - n}</td><td class='subject'><a href='/view?id={n}'>{title}</a></td><td>기획과</td><td>2026.11.{20 - n}</td></tr>"
        for n, title in enumerate(HEADLINES)
    )
    + "</tbody></table><div class='paging'>"
    + "".join(f"<a href='?page={n}'>{n}</a>" for n in range(1, 9))
    + "</div>"
)


@pytest.fixture(scope="module")
def parsing() -> Iterator[Parsing]:
    pool = Parsing(workers=1)
    yield pool
    pool.close()


@pytest.fixture
async def look(feed_server: FeedServer, parsing: Parsing) -> AsyncIterator[Callable[[str], Any]]:
    fetcher = Fetcher("test", Guard([feed_server.host]), deadline=2.0)

    async def at(path: str) -> Discovery:
        return await discover(feed_server.url(path), fetcher, parsing, NOW)

    yield at
    await fetcher.aclose()


Look = Callable[[str], Any]


def best(discovery: Discovery, server: FeedServer) -> tuple[str, str, str]:
    assert discovery.best is not None
    return discovery.best.how, discovery.best.format, discovery.best.url.removeprefix(server.url(""))


@pytest.mark.parametrize(
    ("given", "form"),
    [
        pytest.param(Page(rss()), "feed", id="rss"),
        pytest.param(Page(b'{"version": "https://jsonfeed.org/version/1.1", "title": "x", "items": [{"id": "1", "title": "a"}]}', "application/json"), "json_feed", id="json-feed"),
        pytest.param(Page(b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>https://a.kr/news/one</loc></url></urlset>'), "sitemap", id="sitemap"),
        pytest.param(Page(rss(entries=0)), "feed", id="feed-without-entries"),
    ],
)  # fmt: skip
async def test_an_address_that_is_one_already_is_taken_as_it_is(
    look: Look, feed_server: FeedServer, given: Page, form: str
) -> None:
    feed_server.pages["/x"] = given
    assert best(await look("/x"), feed_server) == ("given", form, "/x")
    assert len(feed_server.seen) == 1


async def test_the_feed_that_the_page_names_is_found_and_read_as_a_poll_would(
    look: Look, feed_server: FeedServer
) -> None:
    feed_server.pages["/"] = page(
        head='<link rel="alternate" type="application/rss+xml" href="/comments/feed" title="댓글">'
        '<link rel="alternate" type="application/rss+xml" href="/rss" title="전체">'
        '<link rel="alternate" type="application/rss+xml" href="/gone" title="옛것">'
        '<link rel="alternate" hreflang="en" href="/en"><link rel="stylesheet" href="/s.css">'
    )
    feed_server.pages["/rss"] = Page(rss("전체 소식"))
    feed_server.pages["/comments/feed"] = Page(rss("댓글"))
    found = await look("/")
    assert best(found, feed_server) == ("link", "feed", "/rss")
    assert found.best.feed.title == "전체 소식"
    # All are shown, those that can be watched first.
    assert [one.url.removeprefix(feed_server.url("")) for one in found.candidates] == [
        "/rss",
        "/comments/feed",
        "/gone",
    ]
    assert [one.error for one in found.candidates] == ["", "", "HTTP 404"]


async def test_links_that_look_like_feeds_are_followed_where_the_head_names_none(
    look: Look, feed_server: FeedServer
) -> None:
    feed_server.pages["/"] = page(
        '<a href="/about">소개</a><a href="/news/all.rss"><img alt="RSS" src="/i.png"></a>'
    )
    feed_server.pages["/news/all.rss"] = Page(rss())
    assert best(await look("/"), feed_server) == ("anchor", "feed", "/news/all.rss")


async def test_a_page_about_feeds_is_read_for_the_feeds_it_lists(look: Look, feed_server: FeedServer) -> None:
    feed_server.pages["/"] = page('<a href="/service/rssinfo">RSS 서비스</a>')
    feed_server.pages["/service/rssinfo"] = page(
        '<a href="/rss/economy.xml">경제</a><a href="/rss/tech.xml">기술</a>'
    )
    feed_server.pages["/rss/economy.xml"] = Page(rss("경제"))
    feed_server.pages["/rss/tech.xml"] = Page(rss("기술"))
    found = await look("/")
    assert [one.feed.title for one in found.candidates] == ["경제", "기술"]


async def test_well_known_paths_are_tried_until_one_is_a_feed(look: Look, feed_server: FeedServer) -> None:
    feed_server.pages["/"] = page("<p>안녕하십니까</p>")
    # A site that answers every address with its front page.
    feed_server.pages["/feed"] = page("<p>안녕하십니까</p>")
    feed_server.pages["/rss.xml"] = Page(rss())
    assert best(await look("/"), feed_server) == ("well-known", "feed", "/rss.xml")
    assert [seen.path for seen in feed_server.seen] == ["/", "/feed", "/rss.xml"]


async def test_a_sites_feed_that_is_known_does_not_hide_the_list_that_was_asked_for(
    feed_server: FeedServer, parsing: Parsing
) -> None:
    feed_server.pages["/board"] = page(BOARD)
    feed_server.pages["/rss"] = Page(rss())
    fetcher = Fetcher("test", Guard([feed_server.host]), deadline=2.0)
    known = feed_server.url("/rss")
    found = await discover(
        feed_server.url("/board"), fetcher, parsing, NOW, is_known=lambda url: url == known
    )
    await fetcher.aclose()
    assert best(found, feed_server)[0] == "listing"


async def test_a_list_of_news_is_guessed_where_there_is_no_feed(look: Look, feed_server: FeedServer) -> None:
    feed_server.pages["/board/list"] = page(BOARD)
    found = await look("/board/list")
    assert best(found, feed_server) == ("listing", "listing", "/board/list")
    entries = found.best.feed.entries
    assert [entry.title for entry in entries] == HEADLINES
    assert entries[0].link == feed_server.url("/view?id=0")
    assert [f"{entry.published_at:%d}" for entry in entries] == ["20", "19", "18", "17", "16", "15"]
    # And what is written finds the same again.
    stanza = stanza_of(found, ())
    assert (stanza["language"], stanza["name"], stanza["listing"]["min_rows"]) == ("ko", "예시 신문", 2)
    source = SourceConfig.model_validate(stanza)
    document = Document(source.url, feed_server.pages["/board/list"].body, {})
    assert len(parse(document, source, NOW).entries) == 6


async def test_the_sitemap_of_robots_txt_comes_last(look: Look, feed_server: FeedServer) -> None:
    feed_server.pages["/"] = page("<p>안녕하십니까</p>")
    feed_server.pages["/robots.txt"] = Page(
        f"User-agent: *\nAllow: /\nSitemap: {feed_server.url('/sitemap.xml')}\nsitemap: {feed_server.url('/news-index.xml')}\n".encode(),
        "text/plain",
    )
    feed_server.pages["/news-index.xml"] = Page(
        f"<sitemapindex><sitemap><loc>{feed_server.url('/old.xml')}</loc><lastmod>2020-01-01</lastmod></sitemap>"
        f"<sitemap><loc>{feed_server.url('/new.xml')}</loc><lastmod>2026-11-01</lastmod></sitemap></sitemapindex>".encode()
    )
    feed_server.pages["/new.xml"] = Page(b"<urlset><url><loc>https://a.kr/news/one</loc></url></urlset>")
    found = await look("/")
    assert best(found, feed_server) == ("sitemap", "sitemap", "/new.xml")
    assert stanza_of(found, ())["article"] == {}


async def test_where_there_is_nothing_nothing_is_made_up(look: Look, feed_server: FeedServer) -> None:
    feed_server.pages["/"] = page("<p>안녕하십니까</p><a href='/a'>아주 길게 적어 둔 하나뿐인 링크</a>")
    found = await look("/")
    assert found.best is None
    assert len(feed_server.seen) <= MAX_REQUESTS


async def test_an_address_that_gives_nothing_is_an_error(look: Look, feed_server: FeedServer) -> None:
    with pytest.raises(FetchError, match="HTTP 404"):
        await look("/gone")


async def test_a_permanent_move_is_kept_and_a_passing_one_is_not(look: Look, feed_server: FeedServer) -> None:
    feed_server.pages["/old"] = Page(status=301, headers={"Location": "/new"})
    feed_server.pages["/today"] = Page(status=302, headers={"Location": "/new"})
    feed_server.pages["/new"] = Page(rss())
    assert best(await look("/old"), feed_server)[2] == "/new"
    assert best(await look("/today"), feed_server)[2] == "/today"


async def test_a_page_that_names_hundreds_of_feeds_costs_a_few_requests(
    look: Look, feed_server: FeedServer
) -> None:
    links = "".join(f'<link rel="alternate" type="application/rss+xml" href="/f/{n}">' for n in range(300))
    feed_server.pages["/"] = page(head=links)
    for number in range(300):
        feed_server.pages[f"/f/{number}"] = Page(rss())
    found = await look("/")
    assert len(feed_server.seen) == 1 + MAX_VERIFIED
    assert len(found.candidates) == 300


async def test_a_server_that_minds_is_left_alone(look: Look, feed_server: FeedServer) -> None:
    feed_server.pages["/"] = page("<p>안녕하십니까</p>")
    feed_server.pages["/feed"] = Page(b"no", status=403)
    assert (await look("/")).best is None
    assert [seen.path for seen in feed_server.seen] == ["/", "/feed"]


async def test_a_private_address_is_refused_wherever_it_comes_from(
    look: Look, feed_server: FeedServer
) -> None:
    feed_server.pages["/"] = page(
        head='<link rel="alternate" type="application/rss+xml" href="http://127.0.0.1:1/rss">'
        '<link rel="alternate" type="application/rss+xml" href="file:///etc/passwd">'
        '<link rel="alternate" type="application/rss+xml" href="/{odd}">'
    )
    feed_server.pages["/{odd}"] = Page(rss())
    found = await look("/")
    assert found.best is None
    assert any("address guard" in one.error for one in found.candidates)


# Pure


def test_the_pages_own_feed_comes_before_the_sites_and_comments_last() -> None:
    head = (
        '<link rel="alternate" type="application/rss+xml" href="/feed/">'
        '<link rel="alternate" type="application/rss+xml" href="/tech/comments/feed/">'
        '<link rel="alternate" type="application/atom+xml" href="/tech/feed/">'
        '<link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/1">'
        '<link rel="alternate" type="application/feed+json" href="/feed.json">'
    )
    assert [link.url for link in feed_links(head, "https://a.kr/tech/index.html")] == [
        "https://a.kr/tech/feed/",
        "https://a.kr/feed/",
        "https://a.kr/feed.json",
        "https://a.kr/tech/comments/feed/",
    ]


def test_links_are_resolved_against_the_pages_base() -> None:
    assert (
        feed_links(
            '<base href="/b/"><link rel="alternate" type="application/rss+xml" href="r.xml">', "https://a.kr/"
        )[0].url
        == "https://a.kr/b/r.xml"
    )


@pytest.mark.parametrize(
    ("anchor", "found"),
    [
        ('<a href="/rss.xml">구독</a>', True),
        ('<a href="/index.rdf">x</a>', True),
        ('<a href="/?feed=rss2">x</a>', True),
        ('<a href="/service">RSS 안내</a>', True),
        ('<a href="/feedback">의견 보내기</a>', False),
        ('<a href="/sitemap.xml">사이트맵</a>', False),
        ('<a href="javascript:rss()">RSS</a>', False),
        (
            '<a href="/n/1">애덤 스미스의 RSS 이야기를 길게 다룬 이 기사의 제목은 아주 길게 이어져 마흔 글자를 넘깁니다</a>',
            False,
        ),
    ],
)
def test_which_links_look_like_feeds(anchor: str, found: bool) -> None:
    assert bool(feed_anchors(anchor, "https://a.kr/")) is found


@pytest.mark.parametrize(
    ("url", "markup", "first"),
    [
        ("https://blog.naver.com/someone/123", "", ["https://rss.blog.naver.com/someone.xml"]),
        ("https://someone.tistory.com/12", "", ["https://someone.tistory.com/rss"]),
        ("https://note.com/someone/n/1", "", ["https://note.com/someone/rss"]),
        ("https://a.kr/tech", "<link href='/wp-content/x.css'>", ["https://a.kr/tech/feed/", "https://a.kr/feed/", "https://a.kr/?feed=rss2"]),
    ],
    ids=["naver", "tistory", "note", "wordpress"],
)  # fmt: skip
def test_where_hosts_and_programs_keep_their_feeds(url: str, markup: str, first: list[str]) -> None:
    assert well_known(url, markup) == first


def test_a_sitemap_index_gives_news_first_then_the_last_changed() -> None:
    body = (
        b"<sitemapindex>"
        + b"".join(
            f"<sitemap><loc>/{name}.xml</loc><lastmod>{day}</lastmod></sitemap>".encode()
            for name, day in (("a", "2026-01-01"), ("b", "2026-09-01"), ("press", "2025-01-01"))
        )
        + b"</sitemapindex>"
    )
    found = sitemap_children(Document("https://a.kr/sitemap.xml", body))
    assert [url.rsplit("/")[-1] for url in found] == ["press.xml", "b.xml", "a.xml"]
    assert sitemap_children(Document("https://a.kr/", b"<html>")) == []


def test_what_a_page_says_of_itself() -> None:
    markup = '<html lang="ja-JP"><head><title> 一 覧 </title><meta property="og:site_name" content="例の会社"></head></html>'
    assert about_page(markup) == ("一 覧", "ja", "例の会社")


def listing(rows: str, around: str = "<div id='list'>{}</div>") -> str:
    return f"<html><body><main>{around.format(rows)}</main></body></html>"


ROWS: dict[str, tuple[str, list[str]]] = {
    "table": (BOARD, ["2026.11.20", "2026.11.15"]),
    "dates-in-time-tags": ("".join(f"<li class='item n{n}'><a href='/n/{n}'>{title}</a><time datetime='2026-11-{20 - n}'>어제</time></li>" for n, title in enumerate(HEADLINES)), ["2026-11-20", "2026-11-15"]),
    "whole-cards-as-links": ("".join(f"<li><a href='/n/{n}'><span class='cat'>보도자료</span><strong class='tit'>{title}</strong><span class='day'>2026-11-{20 - n}</span></a></li>" for n, title in enumerate(HEADLINES)), ["2026-11-20", "2026-11-15"]),
    "hashed-classes": ("".join(f"<div class='card_a1B2c3'><p class='when_9xYz12'>2026.11.{20 - n}.</p><h3 class='title_k3J4h5'><a href='/n/{n}'>{title}</a></h3></div>" for n, title in enumerate(HEADLINES)), ["2026.11.20.", "2026.11.15."]),
    "dates-above-their-rows": ("".join(f"<h3 class='day'>2026년 11월 {20 - n}일</h3><ul><li><a href='/n/{n}'>{title}</a></li><li><a href='/m/{n}'>{title} (해설)</a></li></ul>" for n, title in enumerate(HEADLINES)), ["2026년 11월 20일"]),
    "dates-in-comments": ("".join(f"<dl class='d'><!-- dt>2026年11月{20 - n}日</dt --><dd><a href='/n/{n}'>{title}</a></dd></dl>" for n, title in enumerate(HEADLINES)), ["2026年11月20日"]),
    "dates-without-year": ("<h2>令和8年の発表</h2>" + "".join(f"<dl class='d'><dt>11月{20 - n}日</dt><dd><a href='/n/{n}'>{title}</a></dd></dl>" for n, title in enumerate(HEADLINES)), ["11月20日"]),
    "another-link-in-front": ("".join(f"<li><a class='cat' href='/c/{n % 2}'>산업</a><a class='go' href='/n/{n}'>{title}</a><span>2026-11-{20 - n}</span></li>" for n, title in enumerate(HEADLINES)), ["2026-11-20"]),
    "undated": ("".join(f"<li><a href='/n/{n}'>{title}</a></li>" for n, title in enumerate(HEADLINES)), [""]),
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_a_listing_is_guessed_in_each_of_its_shapes(name: str) -> None:
    rows, dates = ROWS[name]
    markup = listing(rows, "<ul class='news'>{}</ul>" if "<li" in rows[:4] else "<div id='list'>{}</div>")
    guess = guess_listing(markup, "https://a.go.kr/news/", NOW)[0]
    # The rules find, by the parser that polls use, what they promise.
    source = SourceConfig.model_validate(
        {"id": "x", "url": "https://a.go.kr/news/", "format": "listing", "listing": guess.rules}
    )
    entries = parse(Document(source.url, markup.encode(), {}), source, NOW).entries
    assert [entry.title for entry in entries if "해설" not in entry.title] == HEADLINES
    assert entries[0].link == ("https://a.go.kr/view?id=0" if name == "table" else "https://a.go.kr/n/0")
    assert dates[0] in entries[0].published_raw
    if dates[0]:
        assert [f"{entry.published_at:%m-%d}" for entry in (entries[0], entries[-1])] == ["11-20", "11-15"]
    assert len(guess.samples) == 5


@pytest.mark.parametrize(
    "markup",
    [
        pytest.param("", id="empty"),
        pytest.param(listing("".join(f"<li><a href='/{n}'>메뉴 {n}</a></li>" for n in range(20))), id="short-words"),
        pytest.param("<nav>" + ROWS["undated"][0] + "</nav>", id="navigation"),
        pytest.param("<div class='footer'>" + ROWS["undated"][0] + "</div>", id="footer"),
        pytest.param(listing("".join("<li><a href='/same'>같은 곳을 가리키는 긴 제목의 링크</a></li>" for _ in range(9))), id="one-address"),
        pytest.param(listing("".join(f"<li><a href='javascript:go({n})'>{title}</a></li>" for n, title in enumerate(HEADLINES))), id="scripts"),
        pytest.param("<div>" * 3_000 + "<a href='/x'>" * 3_000, id="deep"),
    ],
)  # fmt: skip
def test_what_is_no_list_of_news_is_not_taken_for_one(markup: str) -> None:
    assert guess_listing(markup, "https://a.kr/", NOW) == []


ROW = "<li><a href='/n/{}'>긴 제목을 가진 기사의 번호 {}</a><span>2026-11-20</span></li>"


@pytest.mark.parametrize(
    "markup",
    [
        pytest.param("<div>" * 6_000 + "<a href='/x'>긴 제목을 가진 기사</a>" * 300, id="deep"),
        pytest.param("<p>2026-11-20</p>" * 8_000 + "".join(ROW.format(n, n) for n in range(300)), id="dates"),
        pytest.param("<a href='/x'>RSS</a>" * 6_000, id="links"),
    ],
)
def test_hostile_pages_are_done_with_in_seconds(markup: str) -> None:
    started = time.monotonic()
    guess_listing(markup, "https://a.kr/", NOW)
    feed_links(markup, "https://a.kr/")
    feed_anchors(markup, "https://a.kr/")
    assert time.monotonic() - started < 15


@pytest.mark.skipif(not REAL.exists(), reason="the real pages are not at hand")
@pytest.mark.parametrize(
    ("name", "least", "dated"),
    [
        ("meti_press_index__kasumigaseki-lens.html", 20, True),
        ("env_listing__kasumigaseki-lens.html", 80, True),
        ("maff_listing__kasumigaseki-lens.html", 40, True),
        ("mofa_listing__kasumigaseki-lens.html", 100, True),
        ("moj_year_listing__kasumigaseki-lens.html", 25, True),
        ("canon_its_listing__koho-lens.html", 6, True),
        ("nssol_listing__koho-lens.html", 10, True),
        ("nttdata_listing__koho-lens.html", 25, True),
        ("tis_listing__koho-lens.html", 70, True),
    ],
)
def test_the_lists_of_real_pages_are_found(name: str, least: int, dated: bool) -> None:
    body = (REAL / name).read_bytes()
    from monitor.texts.decode import decode

    url = "https://www.example.go.jp/press/index.html"
    guess = guess_listing(decode(body).text, url, NOW)[0]
    source = SourceConfig.model_validate(
        {"id": "x", "url": url, "format": "listing", "listing": guess.rules, "timezone": "Asia/Tokyo"}
    )
    entries = parse(Document(url, body, {}), source, NOW).entries
    assert len(entries) >= least
    assert (sum(entry.published_at is not None for entry in entries) >= 0.8 * len(entries)) is dated


# As commands

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, made_home: Path) -> Path:
    """One for all."""
    return Path(shutil.copytree(made_home, tmp_path_factory.mktemp("home") / "var"))


@pytest.fixture
def run(tmp_path: Path, home: Path, feed_server: FeedServer, warm: Warm) -> Run:
    def command(*arguments: str, own: bool = True, stdin: str = "") -> subprocess.CompletedProcess[str]:
        file = tmp_path / "sources.yaml"
        if own and not file.exists():
            file.write_text(
                f"# 우리 목록\n- id: one  # 첫째\n  url: {feed_server.url('/one')}\n", encoding="utf-8"
            )
        environment = {
            **os.environ,
            "MONITOR_HOME": str(home),
            "MONITOR_ALLOW_HOSTS": feed_server.host,
            "MONITOR_ENCODER": "none",
            "PYTHONPATH": str(ROOT),
        }
        return warm.run("sources", *arguments, cwd=tmp_path, env=environment, stdin=stdin)

    return command


def test_add_writes_the_feed_and_keeps_the_comments(
    run: Run, feed_server: FeedServer, tmp_path: Path
) -> None:
    feed_server.pages["/site"] = page(head='<link rel="alternate" type="application/rss+xml" href="/rss">')
    feed_server.pages["/rss"] = Page(rss("산업 소식"))
    result = run("add", feed_server.url("/site"))
    assert result.returncode == 0, result.stderr
    text = (tmp_path / "sources.yaml").read_text(encoding="utf-8")
    assert text.startswith("# 우리 목록\n- id: one  # 첫째\n")
    added = load_sources(tmp_path / "sources.yaml", [feed_server.host])[1]
    assert (added.url, added.name, added.language, added.enabled) == (
        feed_server.url("/rss"),
        "산업 소식",
        "ko",
        True,
    )
    assert f"monitor sources check {added.id}" in result.stdout
    # Again, and it is known already.
    again = run("add", feed_server.url("/site"))
    assert (again.returncode, "이미 있는" in again.stderr) == (1, True)
    assert (tmp_path / "sources.yaml").read_text(encoding="utf-8") == text


def test_a_guessed_list_is_written_off_unless_somebody_says_yes(
    run: Run, feed_server: FeedServer, tmp_path: Path
) -> None:
    feed_server.pages["/board"] = page(BOARD)
    result = run("add", feed_server.url("/board"), "--json", "--id", "board", "--name", "게시판")
    answer = json.loads(result.stdout)
    assert answer["candidates"][0]["sample"][0]["title"] == HEADLINES[0]
    assert answer["yaml"] == render(answer["stanza"])
    added = load_sources(tmp_path / "sources.yaml", [feed_server.host])[1]
    assert (added.id, added.name, added.enabled, bool(added.reason)) == ("board", "게시판", False, True)
    assert run("add", feed_server.url("/board?x=1"), "--yes").returncode == 0
    assert load_sources(tmp_path / "sources.yaml", [feed_server.host])[2].enabled


def test_a_dry_run_shows_the_rows_and_what_robots_txt_says_of_them(
    run: Run, feed_server: FeedServer, tmp_path: Path
) -> None:
    feed_server.pages["/board"] = page(BOARD)
    feed_server.pages["/robots.txt"] = Page(b"User-agent: *\nDisallow: /board", "text/plain")
    result = run("add", feed_server.url("/board"), "--yes", "--dry-run")
    assert result.returncode == 0, result.stderr
    for text in (HEADLINES[0], "2026-11-20", feed_server.url("/view?id=0"), "robots.txt", "enabled: false"):
        assert text in result.stdout
    assert len(load_sources(tmp_path / "sources.yaml", [feed_server.host])) == 1


@pytest.mark.parametrize("path", ["/one", "/site"], ids=["the feed", "its page"])
def test_a_dry_run_of_what_is_known_says_so_and_shows_what_it_gives(
    path: str, run: Run, feed_server: FeedServer, tmp_path: Path
) -> None:
    feed_server.pages["/site"] = page(head='<link rel="alternate" type="application/rss+xml" href="/one">')
    feed_server.pages["/one"] = Page(rss("산업 소식"))
    result = run("add", feed_server.url(path), "--dry-run")
    assert (result.returncode, result.stderr) == (0, "")
    for text in ("산업 소식", "이미 있는 소스입니다: one", "--dry-run"):
        assert text in result.stdout
    assert "- id:" not in result.stdout
    answer = json.loads(run("add", feed_server.url(path), "--dry-run", "--json").stdout)
    assert (answer["known"], answer["stanza"], answer["error"]) == ("one", None, None)
    assert answer["candidates"][0]["title"] == "산업 소식"
    assert len(load_sources(tmp_path / "sources.yaml", [feed_server.host])) == 1


def test_a_name_of_ones_own_leaves_the_publisher_as_the_feed_has_it(
    run: Run, feed_server: FeedServer, tmp_path: Path
) -> None:
    feed_server.pages["/rss"] = Page(rss("産業ニュース"))
    assert run("add", feed_server.url("/rss"), "--name", "산업 소식").returncode == 0
    added = load_sources(tmp_path / "sources.yaml", [feed_server.host])[1]
    assert (added.name, added.organisation) == ("산업 소식", "産業ニュース")


def test_without_an_own_file_the_packaged_one_is_copied_first(
    run: Run, feed_server: FeedServer, tmp_path: Path
) -> None:
    feed_server.pages["/rss"] = Page(rss())
    assert run("add", feed_server.url("/rss"), "--id", "mine", own=False).returncode == 0
    text = (tmp_path / "sources.yaml").read_text(encoding="utf-8")
    assert text.startswith((ROOT / "sources.yaml").read_text(encoding="utf-8"))
    assert text.count("\n- id: mine\n") == 1


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("add", "http://{host}/x", "--id", "X Y"), 2, "소문자"),
        (("add", "http://{host}/nothing"), 1, "HTTP 404"),
    ],
    ids=["id", "not-there"],
)
def test_what_cannot_be_added_is_said(
    run: Run, feed_server: FeedServer, arguments: tuple[str, ...], code: int, said: str
) -> None:
    result = run(*(argument.format(host=feed_server.host) for argument in arguments))
    assert (result.returncode, said in result.stderr, "Traceback" in result.stderr) == (code, True, False)


def test_a_list_goes_out_and_comes_in_again(run: Run, tmp_path: Path, feed_server: FeedServer) -> None:
    body = (
        "<opml version='2.0'><body><outline text='묶음'><outline text='가나 소식' xmlUrl='https://a.kr/rss'/></outline>"
        f"<outline text='하나' xmlUrl='{feed_server.url('/one/')}'/><outline text='나쁜 것' xmlUrl='file:///etc/passwd'/></body></opml>"
    )
    result = run("import", "-", stdin=body)
    assert result.returncode == 1
    for text in ("나쁜 것", "하나", "one"):
        assert text in result.stdout
    assert [source.id for source in load_sources(tmp_path / "sources.yaml")] == ["one", "a"]
    exported = run("export")
    assert [outline.url for outline in read_opml(exported.stdout.encode())] == [
        feed_server.url("/one"),
        "https://a.kr/rss",
    ]


def test_check_says_a_line_for_each_and_a_sum_at_the_end(run: Run, feed_server: FeedServer) -> None:
    feed_server.pages["/one"] = Page(rss())
    result = run("check")
    lines = result.stdout.splitlines()
    assert (result.returncode, len(lines)) == (0, 2), result.stderr
    assert lines[0].startswith("✓ one  rss20")
    assert "robots.txt 허용" in lines[0]
