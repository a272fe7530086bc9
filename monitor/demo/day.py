"""Pure: what each demo source has published at a moment of the recorded day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

#: Minutes.
DAY = 1440
#: Half the day is there at the start; the rest takes eight minutes.
START = DAY // 2
#: Minutes of the recorded day that pass in a minute.
PACE = 90


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of the recorded day."""

    number: int  #: from 0, by its place in day.yaml
    source: str  #: its id
    minute: int  #: of the day, at which it appears
    title: str
    lead: str
    slug: str  #: the path of its page, under its source's
    published_at: datetime  #: aware UTC


@dataclass(frozen=True, slots=True)
class DemoSource:
    """A source of the demo, in the manner of the real one that it is named after."""

    id: str
    name: str
    organisation: str
    country: str
    language: str
    timezone: str
    form: str  #: of `monitor.demo.rendering.RENDERERS`
    citation: str  #: how the bulletins print it


#: Every source of the demo.
SOURCES = (
    DemoSource(
        "meti", "경제산업성 보도발표", "METI", "JP", "ja", "Asia/Tokyo", "listing-ja", "日 경제산업성"
    ),
    DemoSource(
        "nikkei-asia", "닛케이 아시아", "Nikkei", "JP", "en", "Asia/Tokyo", "rss1-undated", "日 닛케이"
    ),
    DemoSource("xtech", "닛케이 크로스테크", "Nikkei", "JP", "ja", "Asia/Tokyo", "rss1", "日 닛케이"),
    DemoSource("soumu", "총무성 보도자료", "MIC", "JP", "ja", "Asia/Tokyo", "rss1-sjis", "日 총무성"),
    DemoSource("boj", "일본은행 새소식", "BOJ", "JP", "ja", "Asia/Tokyo", "rss2", "日 일본은행"),
    DemoSource("kiat", "KIAT 사업공고", "KIAT", "KR", "ko", "Asia/Seoul", "listing-ko", "KIAT"),
    DemoSource("motir", "산업통상부 보도자료", "MOTIR", "KR", "ko", "Asia/Seoul", "rss2-euckr", "산업통상부"),
    DemoSource("imf", "IMF 블로그", "IMF", "INT", "en", "America/New_York", "rss2", "IMF"),
    DemoSource("nist", "NIST 뉴스", "NIST", "US", "en", "America/New_York", "atom", "美 NIST"),
    DemoSource(
        "techxplore", "테크엑스플로어", "TechXplore", "US", "en", "America/New_York", "rss2", "TechXplore"
    ),
    DemoSource("miit", "중국 공업정보화부", "MIIT", "CN", "zh", "Asia/Shanghai", "rss2", "中 공업정보화부"),
    DemoSource(
        "fraunhofer", "프라운호퍼 연구소", "Fraunhofer", "DE", "de", "Europe/Berlin", "rss2", "獨 프라운호퍼"
    ),
    DemoSource(
        "startup", "스타트업 소식", "스타트업 소식", "KR", "ko", "Asia/Seoul", "json_feed", "스타트업 소식"
    ),
    DemoSource("news", "한국 신문", "한국 신문", "KR", "ko", "Asia/Seoul", "rss2", "한국 신문"),
)


@cache
def _rows() -> list[dict[str, object]]:
    rows: list[dict[str, object]] = YAML(typ="safe").load(Path(__file__).with_name("day.yaml"))
    return rows


def minute_of_day(started_at: datetime, now: datetime) -> int:
    """The minute of the recorded day that it is `now`, from START to DAY."""
    return min(DAY, START + int((now - started_at).total_seconds() * PACE / 60))


def published(source: str, started_at: datetime, now: datetime) -> Sequence[Item]:
    """What a source shows, newest first. A correction shows an hour of the day after its entry."""
    present = minute_of_day(started_at, now)
    items = []
    for number, row in enumerate(_rows()):
        minute = int(str(row["m"]))
        if row["s"] != source or minute > present:
            continue
        corrected = "c" in row and present >= minute + 500
        # What was there at the start came over the hours before it; the rest comes as it is published.
        age = timedelta(minutes=START - minute) if minute <= START else timedelta(0)
        since = timedelta(minutes=max(0, minute - START) / PACE)
        items.append(
            Item(
                number,
                source,
                minute,
                str(row["c"] if corrected else row["t"]),
                str(row.get("l", "")),
                str(row.get("k", f"news/{number}")),
                started_at - age + since,
            )
        )
    return sorted(items, key=lambda item: -item.minute)


def every_item(started_at: datetime) -> dict[str, Item]:
    """The whole day's entries by the path of their page."""
    end = started_at + timedelta(days=1)
    return {
        f"/{source.id}/{item.slug}": item
        for source in SOURCES
        for item in published(source.id, started_at, end)
    }
