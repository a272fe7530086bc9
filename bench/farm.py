"""A farm of feeds in a process of its own, for benches: many hosts, four languages, legacy encodings, validators, gzip.

`python -m bench.farm FEEDS SEED` serves on every address of 127.0.0.0/8, which are as many hosts; it prints its port. The
farm knows every text that it published, so what became of an entry in a reader can be compared with it.
"""

import asyncio
import gzip
import hashlib
import json
import random
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.client import HTTPConnection
from types import TracebackType
from typing import Any, Self
from xml.sax.saxutils import escape

#: Of all feeds, how many answer 304, how many are in a legacy encoding, and how many have each entry's full text. Of 114
#: feeds of ministries, agencies and the press the mean entry has 1,100 letters of text, the median 190.
VALIDATED, LEGACY, FULL = 0.7, 0.3, 0.2
#: Of those in a legacy encoding, how many say so in the document and not by HTTP alone, and how many have letters that are
#: not in it by its name; one such letter costs a reader that goes by the name all the others of the document.
DECLARED, EXTENDED = 0.95, 0.15
#: Feeds at one host: most have one of their own.
A_HOST = 3
_CODECS = {"ja": ("shift_jis", "euc-jp"), "ko": ("euc-kr",), "zh": ("gb18030",), "en": ("iso-8859-1",)}
#: What is written in truth under each name, as browsers know (https://encoding.spec.whatwg.org/#names-and-labels).
_IN_TRUTH = {"shift_jis": "cp932", "euc-kr": "cp949", "iso-8859-1": "cp1252"}
#: Letters that are in the codec in truth and not in the one of that name.
_EXTENDED = {"shift_jis": "①㈱髙", "euc-kr": "펲똠햏", "iso-8859-1": "–“”", "euc-jp": "", "gb18030": "㐀"}
_LETTERS = {
    "ja": "経済産業省半導体政策技術開発研究機構電池量子計算人工知能安全輸出管理投資企業市場発表新型東京大阪会議結果報告予算支援",
    "ko": "반도체산업정책기술개발연구기관전지양자컴퓨터인공지능안전수출관리투자기업시장발표신형서울부산회의결과보고예산지원",
    "zh": "经济产业半导体政策技术开发研究机构电池量子计算人工智能安全出口管理投资企业市场发布新型北京上海会议结果报告预算支持",
    "en": "bcdfghklmnprstvw",
}  # fmt: skip
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_RSS20, _RSS10, _ATOM = "rss20", "rss10", "atom10"
_BEGUN = datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class Item:
    """One entry as published: plain texts; `marked` is its summary as mark-up."""

    guid: str
    link: str
    title: str
    summary: str
    at: datetime
    marked: bool
    content: str = ""  #: paragraphs, one a line


@dataclass(slots=True)
class FarmFeed:
    """One feed, and its document as it is now."""

    number: int
    host: str
    language: str
    form: str
    codec: str
    declared: bool  #: in the XML declaration; else by HTTP alone
    validated: bool
    extended: bool
    full: bool
    items: list[Item] = field(default_factory=list)
    published: int = 0
    body: bytes = b""
    etag: bytes = b""
    packed: bytes = b""

    @property
    def path(self) -> str:
        """Where it is at its host."""
        return f"/feeds/{self.number}.xml"


def make_feeds(count: int, seed: int = 1) -> list[FarmFeed]:
    """`count` feeds, the same for the same seed, each with 20 to 60 entries."""
    chance = random.Random(seed)
    words = {language: _vocabulary(language, chance) for language in _LETTERS}
    feeds = []
    for number in range(count):
        language = chance.choice(("ja", "ja", "ko", "ko", "en", "zh"))
        legacy = chance.random() < LEGACY
        at_host = number // A_HOST + 256
        feed = FarmFeed(
            number,
            f"127.{at_host >> 16}.{at_host >> 8 & 255}.{at_host & 255}",
            language,
            chance.choices((_RSS20, _ATOM, _RSS10), (6, 3, 1))[0],
            chance.choice(_CODECS[language]) if legacy else "utf-8",
            declared=not legacy or chance.random() < DECLARED,
            validated=chance.random() < VALIDATED,
            extended=not legacy or chance.random() < EXTENDED,
            full=chance.random() < FULL,
        )
        for _ in range(chance.choices((20, 30, 45, 60), (17, 1, 1, 1))[0]):
            _publish_one(feed, words[language], chance, _BEGUN - timedelta(hours=chance.randint(1, 200)))
        feeds.append(feed)
        _render(feed)
    return feeds


def _vocabulary(language: str, chance: random.Random) -> list[str]:
    letters = _LETTERS[language]
    if language == "en":
        return ["".join(chance.choice(letters) + chance.choice("aeiou") for _ in range(chance.randint(2, 4))) for _ in range(3000)]  # fmt: skip
    return ["".join(chance.choices(letters, k=chance.randint(2, 4))) for _ in range(3000)]


def _text(feed: FarmFeed, words: Sequence[str], chance: random.Random, length: int) -> str:
    between = "" if feed.language in {"ja", "zh"} else " "
    text = between.join(chance.choices(words, k=length))
    extended = _EXTENDED.get(feed.codec, "①–é펲髙" if feed.language != "en" else "–é")
    # In a few titles only, as in life; and what mark-up must escape.
    if extended and feed.extended and chance.random() < 0.15:
        text += f" {chance.choice(extended)}{chance.randint(2, 99)}"
    return text + chance.choice(("", "", "", " R&D 3 < 5", " 2026.11"))


def _publish_one(feed: FarmFeed, words: Sequence[str], chance: random.Random, at: datetime) -> None:
    feed.published += 1
    link = f"http://{feed.host}/items/{feed.number}/{feed.published}?a=1&b=2"
    title, summary = _text(feed, words, chance, 7), _text(feed, words, chance, chance.randint(15, 60))
    marked = chance.random() < 0.6
    paragraphs = [_text(feed, words, chance, chance.randint(30, 90)) for _ in range(chance.randint(4, 18))]
    content = "\n".join(paragraphs) if feed.full else ""
    guid = f"tag:{feed.number}:{feed.published}"
    feed.items.insert(0, Item(guid, link, title, summary, at, marked, content))


def _render(feed: FarmFeed) -> None:
    declaration = f' encoding="{feed.codec}"' if feed.declared else ""
    text = f'<?xml version="1.0"{declaration}?>\n' + _FORMS[feed.form](feed)
    feed.body = text.encode(_IN_TRUTH.get(feed.codec, feed.codec), "xmlcharrefreplace")
    feed.etag = hashlib.sha256(feed.body).hexdigest()[:20].encode()
    feed.packed = gzip.compress(feed.body, 6)


def _summary(item: Item) -> str:
    return escape(f"<p>{escape(item.summary)}</p>" if item.marked else escape(item.summary))


def _content(item: Item) -> str:
    """The full text as mark-up: paragraphs, a link in each."""
    return "".join(
        f'<p class="text"><a href="{escape(item.link)}">{escape(text[:12])}</a>{escape(text[12:])}</p>\n'
        for text in item.content.split("\n")
    )


def _encoded(item: Item) -> str:
    return f"<content:encoded><![CDATA[{_content(item)}]]></content:encoded>" if item.content else ""


def _rss20(feed: FarmFeed) -> str:
    items = "".join(
        f'<item><title>{escape(item.title)}</title><link>{escape(item.link)}</link><guid isPermaLink="false">{item.guid}</guid>'
        f"<description>{_summary(item)}</description>{_encoded(item)}<pubDate>{format_datetime(item.at)}</pubDate></item>\n"
        for item in feed.items
    )
    return (
        f'<rss version="2.0" xmlns:content="{_CONTENT}"><channel><title>Feed {feed.number}</title><link>http://{feed.host}/</link>'
        f"<description>{feed.number}</description><language>{feed.language}</language>\n{items}</channel></rss>"
    )


def _rss10(feed: FarmFeed) -> str:
    items = "".join(
        f'<item rdf:about="{escape(item.link)}"><title>{escape(item.title)}</title><link>{escape(item.link)}</link>'
        f"<description>{_summary(item)}</description>{_encoded(item)}<dc:date>{item.at.isoformat()}</dc:date></item>\n"
        for item in feed.items
    )
    listed = "".join(f'<rdf:li rdf:resource="{escape(item.link)}"/>' for item in feed.items)
    return (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
        f' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="{_CONTENT}"><channel rdf:about="http://{feed.host}/{feed.number}"><title>Feed {feed.number}</title>'
        f"<link>http://{feed.host}/</link><description>x</description><items><rdf:Seq>{listed}</rdf:Seq></items></channel>\n{items}</rdf:RDF>"
    )


def _whole(item: Item) -> str:
    return f'<content type="html">{escape(_content(item))}</content>' if item.content else ""


def _atom10(feed: FarmFeed) -> str:
    items = "".join(
        f'<entry><id>{item.guid}</id><title>{escape(item.title)}</title><link rel="alternate" href="{escape(item.link)}"/>'
        f'<summary type="html">{_summary(item)}</summary><updated>{item.at.isoformat()}</updated>{_whole(item)}</entry>\n'
        for item in feed.items
    )
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{feed.language}"><id>tag:{feed.number}</id><title>Feed {feed.number}</title>'
        f"<updated>{_BEGUN.isoformat()}</updated>\n{items}</feed>"
    )


_FORMS = {_RSS20: _rss20, _RSS10: _rss10, _ATOM: _atom10}


class _Served:
    """The feeds of a running server, and what was asked of them."""

    def __init__(self, count: int, seed: int) -> None:
        self.feeds = make_feeds(count, seed)
        self._chance = random.Random(seed + 1)
        self._words = {language: _vocabulary(language, self._chance) for language in _LETTERS}
        self.delay = 0.0
        #: Whether those feeds that have no validators do without them.
        self.lacking = True
        self.answers: Counter[int] = Counter()
        self.in_flight: Counter[str] = Counter()
        self.most_in_flight = 0

    def told(self, command: str, value: str) -> object:
        """What a command of the bench's does or asks."""
        if command == "publish":
            self._publish(float(value))
        elif command == "delay":
            self.delay = float(value)
        elif command == "lacking":
            self.lacking = value == "1"
        elif command == "feeds":
            return [
                {"number": feed.number, "host": feed.host, "path": feed.path, "language": feed.language}
                for feed in self.feeds
            ]
        elif command == "published":
            return [[asdict(item) | {"at": item.at.isoformat()} for item in feed.items] for feed in self.feeds]  # fmt: skip
        elif command == "asked":
            told = {"answers": dict(self.answers), "most_in_flight": self.most_in_flight}
            self.answers.clear()
            self.most_in_flight = 0
            return told
        return None

    def _publish(self, share: float) -> None:
        """Makes that share of all entries new; as many old ones go."""
        for feed in self.feeds:
            new = sum(self._chance.random() < share for _ in feed.items)
            if new:
                for _ in range(new):
                    _publish_one(feed, self._words[feed.language], self._chance, datetime.now(UTC))
                del feed.items[-new:]
                _render(feed)

    def answer(self, head: bytes) -> bytes:
        """The whole answer to a request for a feed."""
        path = head[4 : head.index(b" ", 4)]
        try:
            feed = self.feeds[int(path.removeprefix(b"/feeds/").removesuffix(b".xml"))]
        except (ValueError, IndexError):
            self.answers[404] += 1
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        validators = b""
        if feed.validated or not self.lacking:
            validators = b'ETag: "' + feed.etag + b'"\r\nLast-Modified: Sat, 21 Nov 2026 00:00:00 GMT\r\n'
            if feed.etag in head:
                self.answers[304] += 1
                return b"HTTP/1.1 304 Not Modified\r\n" + validators + b"\r\n"
        self.answers[200] += 1
        packed = re.search(rb"(?i)\naccept-encoding:[^\r]*gzip", head) is not None
        body = feed.packed if packed else feed.body
        return b"".join(
            (
                b"HTTP/1.1 200 OK\r\nContent-Type: application/xml",
                b"" if feed.declared else b"; charset=" + feed.codec.encode(),
                b"\r\nContent-Encoding: gzip" if packed else b"",
                b"\r\nVary: Accept-Encoding\r\nContent-Length: ",
                str(len(body)).encode() + b"\r\n" + validators + b"\r\n",
                body,
            )
        )


class _Connection(asyncio.Protocol):
    """One client's connection; requests come one after the other."""

    def __init__(self, served: _Served) -> None:
        self._served = served
        self._got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._host = transport.get_extra_info("sockname")[0]

    def data_received(self, data: bytes) -> None:
        self._got += data
        while (end := self._got.find(b"\r\n\r\n")) >= 0:
            head, self._got = self._got[: end + 2], self._got[end + 4 :]
            if head.startswith(b"GET /-/"):
                command, _, value = head[7 : head.index(b" ", 7)].decode().partition("/")
                said = json.dumps(self._served.told(command, value)).encode()
                self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(said), said))
                continue
            served = self._served
            served.in_flight[self._host] += 1
            served.most_in_flight = max(served.most_in_flight, served.in_flight[self._host])
            if served.delay:
                asyncio.get_running_loop().call_later(served.delay, self._answer, head)
            else:
                self._answer(head)

    def _answer(self, head: bytes) -> None:
        self._served.in_flight[self._host] -= 1
        if not self._transport.is_closing():
            self._transport.write(self._served.answer(head))


async def _serve(count: int, seed: int) -> None:
    served = _Served(count, seed)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(served), "0.0.0.0", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    # It ends with whoever started it.
    await loop.run_in_executor(None, sys.stdin.read)


class Farm:
    """A running farm."""

    def __init__(self, count: int, seed: int = 1) -> None:
        self._count = count
        self._seed = seed

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.farm", str(self._count), str(self._seed)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        self._feeds: list[dict[str, Any]] = self._ask("feeds")
        self.hosts = sorted({feed["host"] for feed in self._feeds})
        self.urls = [f"http://{feed['host']}:{self.port}{feed['path']}" for feed in self._feeds]
        self.languages = [feed["language"] for feed in self._feeds]
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _where: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)

    def publish(self, share: float = 0.05) -> None:
        """Makes that share of all entries new."""
        self._ask("publish", share)

    def delay(self, seconds: float) -> None:
        """How long each answer takes from now on."""
        self._ask("delay", seconds)

    def lacking(self, lacking: bool) -> None:
        """Whether three in ten feeds answer without validators, or none."""
        self._ask("lacking", int(lacking))

    def published(self) -> list[list[dict[str, str]]]:
        """The entries of every feed's document, newest first."""
        found: list[list[dict[str, str]]] = self._ask("published")
        return found

    def asked(self) -> dict[str, Any]:
        """Answers by status and the most requests in flight to one host, since this was last asked."""
        found: dict[str, Any] = self._ask("asked")
        return found

    def _ask(self, command: str, value: object = "") -> Any:
        asking = HTTPConnection("127.0.0.1", self.port, timeout=60)
        asking.request("GET", f"/-/{command}/{value}")
        said = json.loads(asking.getresponse().read())
        asking.close()
        return said


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), int(sys.argv[2])))
