"""Parsing: CPU seconds per 1,000 documents, as the program reads them and by feedparser alone; and the way to a worker.

The documents are a mix as offices poll it: RSS 2.0, RSS 1.0 and Atom, four languages, legacy codecs, 20 to 60 entries.
"""

import asyncio
import pickle
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from html import escape
from statistics import median
from unittest.mock import patch

from bench.timing import line, measure
from monitor import parsers
from monitor.demo.day import SOURCES, Item
from monitor.demo.rendering import RENDERERS
from monitor.documents import Document
from monitor.parsers import feed, quick
from monitor.parsers.parsing import Parsing
from monitor.sources import SourceConfig

#: Entries of a document of each form, and how often each work is timed.
ENTRIES = 60
RUNS = 3
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SOURCE = SourceConfig.model_validate({"id": "x", "url": "http://127.0.0.1:1/", "format": "feed"})


@dataclass(frozen=True)
class Tongue:
    """A language with its codec, and a title and lead whose `{n}` is a number."""

    codec: str
    title: str
    lead: str


TONGUES = (
    Tongue("utf-8", "経済産業省、次世代半導体の研究開発に{n}億円を補助", "経済産業省は{n}日、次世代半導体の量産に向けた研究開発の公募を始めると発表した。"),
    Tongue("utf-8", "산업부, 반도체 소부장 연구개발에 {n}억 원 지원", "산업통상자원부는 {n}일 소재·부품·장비 기업의 연구개발을 지원하는 사업을 공고했다. "),
    Tongue("utf-8", "Agency funds {n} labs for quantum & chip research", "The agency said on the {n}th that it would fund “moonshot” research at several labs. "),
    Tongue("utf-8", "工信部发布第{n}批智能制造试点名单", "工业和信息化部{n}日公布了智能制造试点示范项目名单，涉及多个省份的企业。"),
    Tongue("euc-jp", "産総研、新材料の量産技術を開発（第{n}報）", "産業技術総合研究所は、触媒の量産に関する技術を開発したと{n}日に発表した。"),
    Tongue("cp949", "과기정통부, 인공지능 과제 {n}건 선정", "과학기술정보통신부는 {n}일 인공지능 분야의 신규 과제를 선정했다고 밝혔다. "),
)  # fmt: skip


def rss2(tongue: Tongue, count: int) -> str:
    """An RSS 2.0 document of so many entries, as news sites write it."""
    rows = "".join(
        f"<item><title>{escape(tongue.title.format(n=n))}</title><link>https://www.example.org/news/{n}.html?from=rss&amp;n={n}</link>"
        f'<guid isPermaLink="false">news-{n}</guid><pubDate>{NOW - timedelta(hours=n):%a, %d %b %Y %H:%M:%S} +0900</pubDate>'
        f"<dc:creator><![CDATA[Desk {n}]]></dc:creator><category>policy</category>"
        f'<description><![CDATA[<p><a href="/news/{n}.html"><img src="/i/{n}.png" alt=""/></a>{tongue.lead.format(n=n) * 3}</p>]]></description></item>'
        for n in range(count)
    )
    return f'<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>News</title><link>https://www.example.org/</link><ttl>30</ttl>{rows}</channel></rss>'


def rss1(tongue: Tongue, count: int) -> str:
    """An RSS 1.0 document of so many entries."""
    rows = "".join(
        f'<item rdf:about="https://www.example.org/{n}"><title>{escape(tongue.title.format(n=n))}</title><link>https://www.example.org/{n}</link>'
        f"<description>{escape(tongue.lead.format(n=n) * 2)}</description><dc:date>{NOW - timedelta(hours=n):%Y-%m-%dT%H:%M:%S}+09:00</dc:date></item>"
        for n in range(count)
    )
    return (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f'<channel rdf:about="https://www.example.org/"><title>News</title><link>https://www.example.org/</link></channel>{rows}</rdf:RDF>'
    )


def atom(tongue: Tongue, count: int) -> str:
    """An Atom document (RFC 4287) of so many entries."""
    rows = "".join(
        f'<entry><id>tag:example.org,2026:{n}</id><title>{escape(tongue.title.format(n=n))}</title><link rel="alternate" href="https://www.example.org/{n}"/>'
        f"<published>{NOW - timedelta(hours=n):%Y-%m-%dT%H:%M:%S}Z</published><updated>{NOW:%Y-%m-%dT%H:%M:%S}Z</updated><author><name>Desk {n}</name></author>"
        f'<summary type="html">{escape("<p>" + tongue.lead.format(n=n) + "</p>")}</summary></entry>'
        for n in range(count)
    )
    return f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>News</title><link href="https://www.example.org/"/><id>urn:x</id>{rows}</feed>'


def documents() -> list[Document]:
    """Each form in each language, with 20, 40 and 60 entries."""
    return [
        Document(
            SOURCE.url,
            (f'<?xml version="1.0" encoding="{tongue.codec}"?>\n' + form(tongue, count)).encode(
                tongue.codec, "xmlcharrefreplace"
            ),
        )
        for form in (rss2, rss1, atom)
        for tongue in TONGUES
        for count in (20, 40, 60)
    ]


def cpu(work: Callable[[], object], units: int) -> tuple[float, float, float]:
    """(least, median, most) CPU seconds per 1,000 units over `RUNS`, after one that does not count."""
    work()
    times = []
    for _ in range(RUNS):
        started = time.process_time()
        work()
        times.append((time.process_time() - started) * 1000 / units)
    return min(times), median(times), max(times)


def row(name: str, times: tuple[float, float, float]) -> None:
    """Prints what `cpu` gave: the median, and the least and the most."""
    print(f"{name:44} {times[1]:7.2f} CPU-s per 1,000   ({times[0]:.2f} / {times[2]:.2f})")


def mixed() -> None:
    """Prints what each part of reading the mix costs, and what feedparser alone does."""
    given = documents()
    parse = [partial(parsers.parse, document, SOURCE, NOW) for document in given]
    feeds = [work() for work in parse]
    texts = [feed._first_entries(feed._prepare(feed.decode(one.body).text))[0] for one in given]
    entries = sum(len(one.entries) for one in feeds)
    print(
        f"{len(given)} documents, {entries} entries, {sum(len(one.body) for one in given) // len(given) // 1024} kB each"
    )
    row("decoding", cpu(lambda: [feed.decode(one.body) for one in given], len(given)))
    row("mending what is no XML", cpu(lambda: [feed._prepare(text) for text in texts], len(given)))
    row("reading XML", cpu(lambda: [quick.read(text, SOURCE.url) for text in texts], len(given)))
    row("all of it", cpu(lambda: [work() for work in parse], len(given)))
    with patch.object(quick, "read", return_value=None):
        row("all of it, by feedparser", cpu(lambda: [work() for work in parse], len(given)))
        assert [work() for work in parse] == feeds
    pickled = [pickle.dumps(one) for one in feeds]
    row("pickling the result", cpu(lambda: [pickle.dumps(one) for one in feeds], len(given)))
    row("unpickling it", cpu(lambda: [pickle.loads(one) for one in pickled], len(given)))
    print(f"{'':44} {sum(map(len, pickled)) // len(given) // 1024} kB each")


async def in_workers() -> None:
    """What the way to a worker and back costs the process that asks, and how long it takes."""
    given = documents()
    parsing = Parsing(workers=2)
    try:
        await asyncio.gather(*(parsing.parse(one, SOURCE, NOW) for one in given))
        started, clock = time.process_time(), time.perf_counter()
        for _ in range(RUNS):
            await asyncio.gather(*(parsing.parse(one, SOURCE, NOW) for one in given))
        spent, took = time.process_time() - started, time.perf_counter() - clock
    finally:
        parsing.close()
    count = len(given) * RUNS
    print(
        f"{'asking a worker: our own process':44} {spent * 1000 / count:7.2f} CPU-s per 1,000   ({took * 1000 / count:.2f} s by the clock)"
    )


def each_form() -> None:
    """Prints milliseconds an entry for each format of the recorded day's sources."""
    now = datetime.now(UTC)
    for source in {source.form: source for source in SOURCES}.values():
        items = [
            Item(n, source.id, n, f"経済産業省 반도체 policy {n}", "요약 글입니다. " * 10, f"n/{n}", now)
            for n in range(ENTRIES)
        ]
        body, _type = RENDERERS[source.form](source, items, "http://127.0.0.1:1")
        listed = source.form.startswith("listing")
        form = "listing" if listed else "json_feed" if source.form == "json_feed" else "feed"
        stanza = {"id": "x", "url": "http://127.0.0.1:1/", "format": form}
        if form == "listing":
            stanza["listing"] = {"row": "li", "date": "p"}  # type: ignore[assignment]
        config = SourceConfig.model_validate(stanza)
        document = Document(config.url, body)
        line(
            f"{source.form} ({len(body) // 1024} kB)",
            measure(partial(parsers.parse, document, config, now)),
            ENTRIES,
            "entry",
        )


def main() -> None:
    """Prints the three tables."""
    mixed()
    asyncio.run(in_workers())
    each_form()
