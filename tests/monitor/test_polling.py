"""One poll of one source against a real database and a real server."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from django.db import connection
from django.test.utils import CaptureQueriesContext

from monitor.fetching.fetch import Fetcher
from monitor.fetching.guard import Guard
from monitor.models import Entry, Poll, Source, Story
from monitor.parsers.parsing import Parsing
from monitor.polls import keeping, store
from monitor.polls.polling import Poller, due_sources, wanted
from monitor.sources import SourceConfig
from tests.servers.feeds import FeedServer, Page

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def rss(*items: tuple[str, str], extra: str = "") -> bytes:
    rows = "".join(
        f"<item><title>{title}</title><link>https://news.example/{slug}</link><guid>{slug}</guid>"
        f"<description>{title} 소식을 전합니다. 자세한 내용은 본문에 있습니다.{extra}</description>"
        f"<pubDate>Thu, 19 Nov 2026 10:00:00 JST</pubDate></item>"
        for slug, title in items
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>x</title>{rows}</channel></rss>'.encode()


@pytest_asyncio.fixture
async def poller(feed_server: FeedServer) -> AsyncIterator[Poller]:
    fetcher = Fetcher("test", Guard([feed_server.host]))
    parsing = Parsing(workers=1)
    yield Poller(fetcher, parsing, lambda: NOW)
    await fetcher.aclose()
    parsing.close()


def source(server: FeedServer, path: str = "/feed", **fields: object) -> SourceConfig:
    return SourceConfig.model_validate(
        {"id": path.strip("/"), "url": server.url(path), "language": "ko", **fields}
    )


async def register(*sources: SourceConfig) -> None:
    from monitor.threads import in_database

    await in_database(store.register, sources)


async def titles() -> list[str]:
    return [title async for title in Entry.objects.order_by("id").values_list("title", flat=True)]


async def test_a_second_poll_of_an_unchanged_feed_asks_conditionally_and_stores_nothing(
    poller: Poller, feed_server: FeedServer
) -> None:
    feed_server.pages["/feed"] = Page(rss(("a", "하나"), ("b", "둘")))
    one = source(feed_server)
    await register(one)
    first, second = await poller.poll(one), await poller.poll(one)
    assert (first.status, first.entries, first.new) == ("ok", 2, 2)
    assert (second.status, second.new) == ("not_modified", 0)
    assert "if-none-match" not in feed_server.seen[0].headers
    assert feed_server.seen[1].headers["if-none-match"] == feed_server.pages["/feed"].etag


async def test_a_body_that_is_the_same_is_not_modified_though_its_server_has_no_validators(
    poller: Poller, feed_server: FeedServer
) -> None:
    feed_server.pages["/feed"] = Page(rss(("a", "하나")), validators=False)
    one = source(feed_server)
    await register(one)
    await poller.poll(one)
    assert (await poller.poll(one)).status == "not_modified"


async def test_an_entry_edited_at_its_source_is_updated_and_asks_for_tags_again(
    poller: Poller, feed_server: FeedServer
) -> None:
    feed_server.pages["/feed"] = Page(rss(("a", "오타 있는 제목")))
    one = source(feed_server)
    await register(one)
    await poller.poll(one)
    await Entry.objects.aupdate(tagged_at=NOW)
    feed_server.pages["/feed"] = Page(rss(("a", "바로잡은 제목")))
    report = await poller.poll(one)
    assert (report.new, report.changed) == (0, 1)
    entry = await Entry.objects.aget()
    assert (entry.title, entry.tagged_at, entry.changed_at) == ("바로잡은 제목", None, NOW)
    assert await Story.objects.acount() == 1


async def test_entries_and_validators_are_one_transaction(
    poller: Poller, feed_server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed_server.pages["/feed"] = Page(rss(("a", "하나")))
    one = source(feed_server)
    await register(one)

    def full(*_args: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        # The last write of the transaction fails, as on a full disk.
        patch.setattr("monitor.polls.keeping._remember", full)
        report = await poller.poll(one)
    assert report.status == "error"
    assert await titles() == []
    assert (await Source.objects.aget(id="feed")).etag == ""
    assert (await poller.poll(one)).new == 1


async def test_what_a_feed_said_is_kept_as_it_said_it(poller: Poller, feed_server: FeedServer) -> None:
    feed_server.pages["/feed"] = Page(rss(("a", "제목"), extra="&lt;b&gt;굵게&lt;/b&gt;"))
    one = source(feed_server)
    await register(one)
    await poller.poll(one)
    entry = await Entry.objects.aget()
    assert entry.summary.endswith("<b>굵게</b>")
    assert entry.published_raw == "Thu, 19 Nov 2026 10:00:00 JST"
    assert entry.published_at == datetime(2026, 11, 19, 1, 0, tzinfo=UTC)
    assert (entry.lang, entry.first_seen_at) == ("ko", NOW)


async def test_the_same_page_on_two_feeds_is_one_story_with_two_entries(
    poller: Poller, feed_server: FeedServer
) -> None:
    feed_server.pages["/one"] = Page(rss(("a", "하나")))
    feed_server.pages["/two"] = Page(rss(("a", "하나 — 다른 제목")))
    first, second = source(feed_server, "/one"), source(feed_server, "/two")
    await register(first, second)
    await poller.poll(first)
    await poller.poll(second)
    assert (await Entry.objects.acount(), await Story.objects.acount()) == (2, 1)
    assert (await Story.objects.select_related("lead").aget()).lead.source_id == "one"


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        pytest.param(Page(b"", status=503), "HTTP 503", id="server-error"),
        pytest.param(Page(b"<!doctype html><html><body>maintenance</body></html>"), "a web page where a feed should be", id="html"),
        pytest.param(Page(b"", status=202), "HTTP 202 with an empty body", id="bot-wall"),
        pytest.param(Page(b"hello"), "neither RSS nor Atom", id="text"),
    ],
)  # fmt: skip
async def test_a_fault_is_recorded_and_the_source_given_back(
    poller: Poller, feed_server: FeedServer, page: Page, reason: str
) -> None:
    feed_server.pages["/feed"] = page
    one = source(feed_server)
    await register(one)
    report = await poller.poll(one)
    assert (report.status, report.error) == ("error", reason)
    row = await Source.objects.aget(id="feed")
    assert (row.failures, row.leased_until, row.reason) == (1, None, reason)
    assert row.next_poll_at > NOW
    assert (await Poll.objects.aget()).error == reason


async def test_a_source_is_broken_after_three_failures_and_well_after_one_success(
    poller: Poller, feed_server: FeedServer
) -> None:
    one = source(feed_server)
    await register(one)
    states = []
    for _ in range(3):
        await poller.poll(one)
        states.append((await Source.objects.aget()).state)
    feed_server.pages["/feed"] = Page(rss(("a", "하나")))
    await poller.poll(one)
    states.append((await Source.objects.aget()).state)
    assert states == ["shaky", "shaky", "broken", "ok"]


async def test_a_feed_without_entries_is_empty_and_not_well(poller: Poller, feed_server: FeedServer) -> None:
    feed_server.pages["/feed"] = Page(rss())
    one = source(feed_server)
    await register(one)
    await poller.poll(one)
    await poller.poll(one)
    assert (await Source.objects.aget()).state == "empty"


async def test_a_source_is_late_when_its_newest_entry_is_older_than_stale_after(
    poller: Poller, feed_server: FeedServer
) -> None:
    feed_server.pages["/feed"] = Page(rss(("a", "하나")))
    one = source(feed_server, stale_after="2d")
    await register(one)
    await poller.poll(one)
    assert (await Source.objects.aget()).state == "ok"
    poller._clock = lambda: NOW + timedelta(days=1)
    await poller.poll(one)
    assert (await Source.objects.aget()).state == "late"


async def test_a_feed_that_froze_before_we_came_is_late_at_once(
    poller: Poller, feed_server: FeedServer
) -> None:
    feed_server.pages["/feed"] = Page(rss(("a", "하나")))
    one = source(feed_server, stale_after="12h")
    await register(one)
    await poller.poll(one)
    assert (await Source.objects.aget()).state == "late"


async def test_a_source_under_poll_is_not_polled_beside_it_but_on_demand(
    poller: Poller, feed_server: FeedServer
) -> None:
    feed_server.pages["/feed"] = Page(rss(("a", "하나")))
    one = source(feed_server)
    await register(one)
    await Source.objects.aupdate(leased_until=NOW + timedelta(seconds=30))
    assert (await poller.poll(one)).status == "busy"
    assert (await poller.poll(one, take_over=True)).status == "ok"


async def test_two_polls_of_one_feed_at_once_store_each_entry_once(
    poller: Poller, feed_server: FeedServer
) -> None:
    feed_server.pages["/feed"] = Page(
        rss(*((str(number), f"소식 {number}") for number in range(30))), delay=0.1
    )
    one = source(feed_server)
    await register(one)
    reports = [report async for report in poller.poll_all([one, one, one], take_over=True)]
    assert sum(report.new for report in reports) == 30
    assert len(await titles()) == 30


def test_what_is_due_is_on_has_passed_its_time_and_is_in_no_ones_hands(feed_server: FeedServer) -> None:
    sources = [source(feed_server, f"/{name}") for name in ("due", "later", "taken")]
    off = source(feed_server, "/off", enabled=False, reason="test")
    store.register([*sources, off])
    Source.objects.update(next_poll_at=NOW - timedelta(seconds=1))
    Source.objects.filter(id="later").update(next_poll_at=NOW + timedelta(seconds=1))
    Source.objects.filter(id="taken").update(leased_until=NOW + timedelta(seconds=1))
    known = {one.id: one for one in [*sources, off]}
    assert [one.id for one in due_sources(known, NOW)] == ["due"]


def test_what_has_been_due_for_longest_comes_first_however_many_are_due(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(store, "DUE_A_QUERY", 2)
    Source.objects.bulk_create(
        Source(id=f"s{number}", next_poll_at=NOW - timedelta(minutes=number // 3)) for number in range(9)
    )
    assert list(store.due(NOW)) == ["s6", "s7", "s8", "s3", "s4", "s5", "s0", "s1", "s2"]


def test_a_stand_in_is_polled_only_while_the_one_it_stands_in_for_fails(feed_server: FeedServer) -> None:
    listing, atom = source(feed_server, "/listing"), source(feed_server, "/atom", fallback_for="listing")
    known = {"listing": listing, "atom": atom}
    assert list(wanted(known, ["listing", "atom"], failing=set())) == [listing]
    assert list(wanted(known, ["atom", "listing"], failing={"listing"})) == [atom, listing]


def test_a_stand_in_is_polled_where_the_one_it_stands_in_for_is_off(feed_server: FeedServer) -> None:
    listing = source(feed_server, "/listing", enabled=False, reason="blocked")
    atom = source(feed_server, "/atom", fallback_for="listing")
    known = {"listing": listing, "atom": atom}
    assert list(wanted(known, ["listing", "atom"], failing=set())) == [atom]


def test_a_source_without_a_stanza_is_not_polled() -> None:
    assert list(wanted({}, ["gone"], failing=set())) == []


def test_an_entry_without_title_link_or_text_is_not_stored(feed_server: FeedServer) -> None:
    from monitor.documents import Feed, FeedEntry

    one = source(feed_server)
    store.register([one])
    kept = keeping.keep(
        one, Feed("rss20", (FeedEntry(0, ""), FeedEntry(1, "제목"))), keeping.Validators("", "", ""), NOW
    )
    assert kept == keeping.Kept(1, 0)


async def test_a_poll_that_found_all_as_it_was_is_written_down_like_any_other(
    feed_server: FeedServer,
) -> None:
    feed_server.pages["/feed"] = Page(rss(("a", "하나")))
    fetcher, parsing, clock = Fetcher("test", Guard([feed_server.host])), Parsing(workers=1), [NOW]
    poller = Poller(fetcher, parsing, lambda: clock[0])
    one = source(feed_server)
    await register(one)
    await poller.poll(one)
    clock[0] = later = NOW + timedelta(hours=1)
    await poller.poll(one)
    row = await Source.objects.aget(id="feed")
    assert (row.last_polled_at, row.last_success_at, row.last_new_at) == (later, later, NOW)
    assert (row.state, row.failures, row.leased_until) == ("ok", 0, None)
    assert row.next_poll_at > later
    assert row.weight > 0
    assert [poll.status async for poll in Poll.objects.order_by("id")] == ["ok", "not_modified"]
    assert (await Poll.objects.alast()).started_at == later  # type: ignore[union-attr]
    await fetcher.aclose()
    parsing.close()


async def test_an_unchanged_answer_after_failures_makes_a_source_well_again(
    poller: Poller, feed_server: FeedServer
) -> None:
    feed_server.pages["/feed"] = Page(rss(("a", "하나")))
    one = source(feed_server)
    await register(one)
    await poller.poll(one)
    await Source.objects.filter(id="feed").aupdate(failures=3, state="broken", fault="timeout", reason="x")
    assert (await poller.poll(one)).status == "not_modified"
    row = await Source.objects.aget(id="feed")
    assert (row.failures, row.state, row.fault, row.reason) == (0, "ok", "", "")


async def test_polls_that_find_nothing_share_their_transactions(
    poller: Poller, feed_server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ones = []
    for number in range(12):
        feed_server.pages[f"/feed{number}"] = Page(rss((f"a{number}", f"하나 {number}")))
        ones.append(source(feed_server, f"/feed{number}"))
    await register(*ones)
    assert {report.status async for report in poller.poll_all(ones)} == {"ok"}
    rounds: list[int] = []
    claim = store.claim

    def counted(wanted: Sequence[store.Claim], now: datetime) -> object:
        rounds.append(len(wanted))
        return claim(wanted, now)

    monkeypatch.setattr(store, "claim", counted)
    assert {report.status async for report in poller.poll_all(ones)} == {"not_modified"}
    assert (rounds, await Poll.objects.acount()) == ([12], 24)


async def test_polls_that_nobody_waits_for_any_more_end_without_a_word(
    poller: Poller, feed_server: FeedServer, caplog: pytest.LogCaptureFixture
) -> None:
    ones = []
    for number in range(3):
        feed_server.pages[f"/feed{number}"] = Page(rss((f"a{number}", "하나")), delay=number * 0.5)
        ones.append(source(feed_server, f"/feed{number}"))
    await register(*ones)
    polls = poller.poll_all(ones)
    assert (await anext(polls)).status == "ok"
    await polls.aclose()
    await asyncio.sleep(0.1)
    gc.collect()
    assert "never retrieved" not in caplog.text


def test_a_claim_is_refused_to_all_but_one_and_to_sources_that_are_not_there() -> None:
    store.register([SourceConfig.for_url("https://news.example/feed", "feed")])
    (one,) = Source.objects.values_list("id", flat=True)
    asked = [store.Claim("no-such-source"), store.Claim(one), store.Claim(one), store.Claim(one, True)]
    assert [state is not None for state in store.claim(asked, NOW)] == [False, True, False, True]
    assert store.claim([store.Claim(one)], NOW + store.LEASE) == [None]
    assert store.claim([store.Claim(one)], NOW + store.LEASE + timedelta(seconds=1)) != [None]


async def test_a_source_that_was_polled_since_it_was_found_due_is_not_polled_again(
    poller: Poller, feed_server: FeedServer
) -> None:
    feed_server.pages["/feed"] = Page(rss(("a", "하나")))
    one = source(feed_server)
    await register(one)
    await Source.objects.aupdate(next_poll_at=NOW)
    assert [(await poller.poll(one, if_due=True)).status for _ in range(2)] == ["ok", "busy"]
    assert await Poll.objects.acount() == 1
    assert (await poller.poll(one)).status == "not_modified"


def test_of_two_that_want_a_source_while_it_is_due_one_gets_it() -> None:
    Source.objects.create(id="one", next_poll_at=NOW)
    asked = [store.Claim("one", if_due=True), store.Claim("one", if_due=True)]
    assert [state is not None for state in store.claim(asked, NOW - timedelta(seconds=1))] == [False, False]
    assert [state is not None for state in store.claim(asked, NOW)] == [True, False]


@pytest.mark.sqlite  # the plan is SQLite's; PostgreSQL's stands in tests/together/test_plans.py
@pytest.mark.parametrize(
    ("look", "index"),
    [
        pytest.param(lambda: store.failing(3), "source_failing", id="which sources fail"),
        pytest.param(lambda: list(store.due(NOW)), "next_poll_at", id="which sources are due"),
    ],
)
def test_what_is_asked_at_every_tick_is_found_by_an_index(look: Callable[[], object], index: str) -> None:
    with CaptureQueriesContext(connection) as asked:
        look()
    with connection.cursor() as cursor:
        plan = str([cursor.execute(f"EXPLAIN QUERY PLAN {one['sql']}").fetchall() for one in asked])
    assert index in plan
    assert "SCAN" not in plan
