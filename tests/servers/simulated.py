"""A web with a time of its own: sources that publish by the clock, and break when they are told to.

The program's own fetcher, poller and database run against it; only sockets and sleep are replaced.
"""

import asyncio
import json
import random
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import SplitResult
from zoneinfo import ZoneInfo

import httpx

from monitor import parsers
from monitor.documents import Document, Feed
from monitor.fetching.fetch import Fetcher
from monitor.fetching.guard import Guard
from monitor.fetching.wire import Answer
from monitor.models import Entry, Incident, Source
from monitor.polls import store
from monitor.polls.polling import Poller, due_sources
from monitor.polls.workdays import is_holiday
from monitor.sources import SourceConfig
from monitor.threads import in_database

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BEGIN = datetime(2026, 9, 7, tzinfo=UTC)  # a Monday; Silver Week and Chuseok lie ahead
#: Before it, what the first documents show was published.
PAST = timedelta(days=21)
#: The most that a document shows, and how many days of it, at the least so many entries.
SHOWN, SHOWN_DAYS, LEAST_SHOWN = 60, 5, 15
#: The longest that a source is left alone, jitter included.
LONGEST_POLL = timedelta(hours=3.3)

#: What goes wrong -> the state that an operator is to be told of.
FAULTS = {
    "silence": "late", "move": "moved", "block": "blocked", "firewall": "blocked", "html": "changed", "redesign": "changed",
    "mojibake": "mojibake", "dates": "dates", "storm": "blocked", "down": "broken", "gone": "gone", "empty": "empty",
}  # fmt: skip


@dataclass(frozen=True)
class Trouble:
    """One fault of one source, for a while."""

    kind: str
    begin: datetime
    end: datetime


@dataclass
class Site:
    """A source as its server sees it."""

    number: int
    config: SourceConfig
    times: list[datetime]
    troubles: list[Trouble] = field(default_factory=list)
    #: Now and then a single answer is an error: weather, not a fault.
    weather: float = 0.01
    shown: int = SHOWN

    def trouble(self, now: datetime) -> str:
        """What is wrong with it now; empty for nothing."""
        return next((one.kind for one in self.troubles if one.begin <= now < one.end), "")

    def published(self, now: datetime) -> list[int]:
        """The numbers of what its document shows, newest first; in silence nothing is published at all."""
        return list(range(bisect_right(self.times, now)))[-self.shown :][::-1]


class World:
    """Time, the sites, and every request that was made."""

    def __init__(self, sites: Sequence[Site], seed: int = 1) -> None:
        self.now = BEGIN
        self.sites = {site.config.id: site for site in sites}
        self.requests: dict[str, list[datetime]] = defaultdict(list)
        self._by_host_path = {}
        for site in sites:
            parts = httpx.URL(site.config.url)
            self._by_host_path[parts.host, parts.path] = site
            self._by_host_path[parts.host, parts.path + "-moved"] = site
        self._chance = random.Random(seed)

    def clock(self) -> datetime:
        """The time of this world."""
        return self.now

    def monotonic(self) -> float:
        """The same in seconds, as `time.monotonic` has it: here no clock is set back."""
        return self.now.timestamp()

    async def sleep(self, seconds: float) -> None:
        """Lets so much of this world's time go by, at once."""
        self.now += timedelta(seconds=max(0.0, seconds))

    def answer(self, request: httpx.Request) -> httpx.Response:
        """What the site answers now, 200 milliseconds later.

        Raises:
            ConnectionRefusedError: it is down.
        """
        self.requests[request.url.host].append(self.now)
        self.now += timedelta(milliseconds=200)
        if request.url.path == "/robots.txt":
            return httpx.Response(404)
        site = self._by_host_path[request.url.host, request.url.path]
        trouble = site.trouble(self.now)
        fine = not any(one.begin <= self.now < one.end + DAY for one in site.troubles)
        if fine and self._chance.random() < site.weather:
            return httpx.Response(self._chance.choice([500, 502, 429, 404]))
        match trouble:
            case "move" if not request.url.path.endswith("-moved"):
                return httpx.Response(301, headers={"Location": str(request.url) + "-moved"})
            case "block":
                return httpx.Response(403, text="Forbidden")
            case "firewall":
                return httpx.Response(202)
            case "storm":
                return httpx.Response(429, headers={"Retry-After": "1800"})
            case "down":
                raise ConnectionRefusedError
            case "gone":
                return httpx.Response(410)
            case "html":
                return httpx.Response(
                    200, html="<!doctype html><html><body>새 누리집으로 오십시오</body></html>"
                )
        return _document(site, trouble, self.now)


def _title(site: Site, number: int) -> str:
    """Two kinds of headline, told apart by more than their number."""
    words = ("반도체", "수소", "로봇", "배터리", "양자", "우주", "바이오", "원전", "희토류", "통상")
    one, two = words[(number * 7 + site.number) % 10], words[(number // 10 + site.number * 3) % 10]
    return f"{site.config.name} 소식 {number}: {one} 분야와 {two} 산업의 동향 {number * 7919 % 1000:03}"


def _document(site: Site, trouble: str, now: datetime) -> httpx.Response:
    numbers = [] if trouble == "empty" else site.published(now)

    def written(number: int) -> datetime:
        return datetime(2126, 1, 1, tzinfo=UTC) if trouble == "dates" else site.times[number]

    rows = [(_title(site, number), f"/{site.config.id}/{number}", written(number)) for number in numbers]
    kind = "application/xml"
    if site.config.format == "listing":
        row = "article" if trouble == "redesign" else "li"
        items = "".join(
            f'<{row} class="row"><a href="{link}">{title}</a><time>{at.astimezone(site.config.zone):%Y.%m.%d %H:%M}</time></{row}>'
            for title, link, at in rows
        )
        body, kind = f"<!doctype html><html><body><ul>{items}</ul></body></html>", "text/html"
    elif site.config.format == "json_list":
        listed = [{"t": title, "u": link, "d": at.isoformat()} for title, link, at in rows]
        body, kind = (
            json.dumps({"data": {} if trouble == "redesign" else {"list": listed}}),
            "application/json",
        )
    else:
        items = "".join(
            f"<item><title>{title}</title><link>{link}</link><guid isPermaLink='false'>{link}</guid><pubDate>{at:%a, %d %b %Y %H:%M:%S} GMT</pubDate></item>"
            for title, link, at in rows
        )
        if trouble == "redesign":
            items = ""
        body = f"<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>x</title>{items}</channel></rss>"
    if trouble == "mojibake":
        body = body.encode("cp949").decode("latin-1")
    return httpx.Response(200, content=body.encode(), headers={"Content-Type": kind})


class _Answer:
    """`monitor.fetching.wire.Answer` of the simulated web."""

    def __init__(self, made: httpx.Response) -> None:
        self.status = made.status_code
        self.headers: Mapping[str, str] = dict(made.headers)
        self._left = made.content

    async def read(self) -> bytes:
        # As from a socket: piece by piece.
        piece, self._left = self._left[:1000], self._left[1000:]
        return piece

    def close(self) -> None:
        pass


class Web:
    """`monitor.fetching.wire.Web`, simulated."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def ask(
        self, method: str, url: SplitResult, headers: Iterable[tuple[str, str]], body: bytes = b""
    ) -> Answer:
        """The answer of the site at this address.

        Raises:
            ConnectionRefusedError: it is down.
        """
        return _Answer(
            self._world.answer(httpx.Request(method, url.geturl(), headers=dict(headers), content=body))
        )

    async def aclose(self) -> None:
        """Returns at once: nothing is open."""


class Parsing:
    """The parsers without worker processes: nothing here is hostile."""

    async def parse(self, document: Document, source: SourceConfig, now: datetime) -> Feed:
        """What `monitor.parsers.parse` reads in the document, and its ParseError."""
        return parsers.parse(document, source, now)


def make_sites(count: int, days: int, *, every: int = 2, hosts: int = 5, seed: int = 2026) -> list[Site]:
    """`count` sources of Seoul and Tokyo over `days`; a fault strikes every second one, or as `every` says.

    A few `hosts` carry several sources each, so that their limits matter.
    """
    chance = random.Random(seed)
    kinds = list(FAULTS)
    sites = []
    for number in range(count):
        zone, country = [("Asia/Seoul", "KR"), ("Asia/Tokyo", "JP")][number % 2]
        form = ["feed", "feed", "listing", "json_list"][number % 4]
        daily = [1.5, 3, 6, 12, 20][number % 5] * chance.uniform(0.8, 1.25)
        host = f"shared{number % hosts}.example" if number % 3 == 0 else f"site{number}.example"
        stanza: dict[str, object] = {
            "id": f"s{number:02}", "name": f"기관 {number}", "url": f"https://{host}/list{number}", "format": form,
            "timezone": zone, "country": country, "language": "ko", "interval": {"min": "15m", "max": "6h"},
        }  # fmt: skip
        if form == "listing":
            stanza["listing"] = {"row": "li.row", "date": "time", "min_rows": 3}
        if form == "json_list":
            stanza["json_list"] = {
                "items": "data.list",
                "title": "t",
                "link": "u",
                "date": "d",
                "min_rows": 3,
            }
        times = _publish(daily, ZoneInfo(zone), country, chance, days, weekend=number % 7 == 0)
        shown = min(SHOWN, max(LEAST_SHOWN, round(daily * SHOWN_DAYS)))
        site = Site(number, SourceConfig.model_validate(stanza), times, shown=shown)
        if number % every == 0 and number // every < 2 * len(kinds):
            kind = kinds[(number // every) % len(kinds)]
            begin = BEGIN + timedelta(days=8 + chance.random() * 3)
            lasts = timedelta(days=12) if kind == "silence" else timedelta(days=3.5 if kind == "gone" else 2)
            site.troubles = [Trouble(kind, begin, begin + lasts)]
            if kind == "silence":
                site.times = [at for at in times if not begin <= at < begin + lasts]
            if kind == "move":
                site.troubles = [Trouble(kind, begin, BEGIN + days * DAY)]
        sites.append(site)
    return sites


def _publish(
    daily: float, zone: ZoneInfo, country: str, chance: random.Random, days: int, *, weekend: bool
) -> list[datetime]:
    """Office hours, few entries at night, none on days off but for those who work on weekends."""
    times = []
    at = BEGIN - PAST
    while at < BEGIN + days * DAY:
        local = at.astimezone(zone)
        off = local.weekday() >= 5 or is_holiday(country, local.date())
        share = (1.0 if 9 <= local.hour < 18 else 0.1) * ((0.5 if weekend else 0.01) if off else 1.0)
        rate = daily * share / 10.5
        offset = chance.expovariate(rate)
        while offset < 1:
            times.append((at + offset * HOUR).replace(microsecond=0, second=0))
            offset += chance.expovariate(rate)
        at += HOUR
    return sorted(set(times))


@dataclass
class Report:
    """What a simulated span came to; every list is empty where all is as it should be."""

    polls: int = 0
    requests: int = 0
    entries: int = 0
    #: (source, fault, hours until it was told) of every fault that struck.
    told: list[tuple[str, str, float]] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    false: list[str] = field(default_factory=list)
    hasty: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    unhealed: list[str] = field(default_factory=list)


async def run(
    sites: Sequence[Site], days: int, *, requests_a_day: int, look: Callable[[datetime], None] | None = None
) -> Report:
    """Lives through the span with the program's own poller, then looks at what it kept and said.

    `look` is what else the program does now and then: called with the time before every round of polls.
    """
    # The poller's spread is the same in every run: with one in six, some source's longest silence is a quarter of an
    # hour longer than what it was known to bear.
    random.seed(1)
    world = World(sites)
    sources = [site.config for site in sites]
    fetcher = Fetcher(
        "BulletinMonitor/test",
        Guard(()),
        web=Web(world),
        clock=world.monotonic,
        sleep=world.sleep,
    )
    poller = Poller(fetcher, Parsing(), world.clock, sources=sources, budget=requests_a_day * len(sources))  # type: ignore[arg-type]
    known = {source.id: source for source in sources}
    await in_database(store.register, sources)
    await Source.objects.aupdate(next_poll_at=BEGIN)
    end = BEGIN + days * DAY
    polls = 0
    #: For each source, how long its silence would have been thought usual when its trouble began.
    patience: dict[str, timedelta] = {}
    begins = {
        name: min((one.begin for one in site.troubles), default=end) for name, site in world.sites.items()
    }
    while world.now < end:
        if look:
            await in_database(look, world.now)
        for one in await in_database(lambda: list(due_sources(known, world.now))):
            await poller.poll(one)
            polls += 1
            if world.now < begins[one.id] and (late_at := await in_database(_late_at, one.id)):
                patience[one.id] = late_at - world.now
        upcoming = await in_database(store.next_due_at)
        assert upcoming is not None
        world.now = max(world.now + timedelta(seconds=1), upcoming)
    await fetcher.aclose()
    report = await in_database(_review, world, end)
    report.late = [
        f"{name}: {fault} told after {hours:.1f} h, its cadence is {patience[name] / HOUR:.1f} h"
        for name, fault, hours in report.told
        if hours * HOUR > patience[name] + LONGEST_POLL
    ]
    report.polls = polls
    return report


def _late_at(source: str) -> datetime | None:
    return Source.objects.values_list("late_at", flat=True).get(id=source)


def _review(world: World, end: datetime) -> Report:
    report = Report(requests=sum(map(len, world.requests.values())), entries=Entry.objects.count())
    for host, moments in world.requests.items():
        close = [(two - one).total_seconds() for one, two in zip(moments, moments[1:], strict=False)]
        if close and min(close) < 4.99:
            report.hasty.append(f"{host}: {min(close):.2f} s apart")
    for site in world.sites.values():
        _review_site(site, end, report)
    return report


def _review_site(site: Site, end: datetime, report: Report) -> None:
    name = site.config.id
    kept = list(Entry.objects.filter(source_id=name).values_list("url", flat=True))
    numbers = {int(url.rsplit("/", 1)[1]) for url in kept}
    # What the first document showed last may have been pushed out before the first visit.
    first = max(0, bisect_right(site.times, BEGIN) - site.shown + 10)
    # What appeared within the last poll's gap may not have been seen yet.
    due = range(first, bisect_right(site.times, end - timedelta(hours=8)))
    gone = any(one.kind == "gone" for one in site.troubles)
    if (missing := set(due) - numbers) and not gone:
        times = [f"{site.times[number]:%m-%d %H:%M}" for number in sorted(missing)[:3]]
        report.missed.append(f"{name}: {len(missing)} of {len(due)}, from {times}")
    if len(kept) != len(numbers):
        report.doubled.append(f"{name}: {len(kept) - len(numbers)}")
    incidents = list(Incident.objects.filter(source_id=name).order_by("opened_at"))
    for trouble in site.troubles:
        mine = [one for one in incidents if trouble.begin <= one.opened_at < trouble.end + 12 * HOUR]
        if not mine or mine[0].state != _expected(site, trouble):
            said = [one.state for one in mine]
            report.untold.append(f"{name}: {trouble.kind} since {trouble.begin:%m-%d %H:%M}, told {said}")
            continue
        hours = (mine[0].opened_at - trouble.begin) / HOUR
        report.told.append((name, trouble.kind, hours))
        healed = mine[0].closed_at
        if trouble.end < end - 2 * DAY and trouble.kind != "gone" and healed is None:
            report.unhealed.append(f"{name}: {trouble.kind}")
        incidents = [one for one in incidents if one not in mine[:1]]
    report.false += [f"{name}: {one.state} {one.reason} at {one.opened_at:%m-%d %H:%M}" for one in incidents]


def _expected(site: Site, trouble: Trouble) -> str:
    # An empty list has fewer rows than its stanza says, whatever emptied it; a feed may be empty.
    if trouble.kind in {"empty", "redesign"}:
        return "empty" if site.config.format == "feed" else "changed"
    return FAULTS[trouble.kind]


def live(count: int, days: int, *, requests_a_day: int) -> Report:
    """`run` for callers without a loop."""
    return asyncio.run(run(make_sites(count, days), days, requests_a_day=requests_a_day))
