"""Every real document at hand: nothing missing, no mojibake, no plausible wrong date. Skipped without the documents."""

import csv
import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor import parsers
from monitor.documents import DateConfidence, Document
from monitor.sources import SourceConfig

FEEDS = Path(__file__).resolve().parents[3] / "shared" / "data" / "feeds"
SEOUL = ZoneInfo("Asia/Seoul")
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
FORMATS = {"HTML listing": "listing", "sitemap": "sitemap", "JSON": "json_list"}
#: The manifest counts a list of years there; its entries are twelve.
OTHER_COUNT = {"hitachi__koho-lens.json": 12}
#: Broken in the document itself.
BROKEN = {"davidbau__fastfeedparser.xml"}


def manifest() -> list[dict[str, str]]:
    if not FEEDS.exists():
        return []
    with (FEEDS / "MANIFEST.tsv").open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file, delimiter="\t") if int(row["entries"] or 0) > 0]


pytestmark = pytest.mark.skipif(not FEEDS.exists(), reason="the real documents are not here")


@pytest.mark.parametrize("row", manifest(), ids=lambda row: row["file"])
def test_a_real_document_is_read_whole(row: dict[str, str]) -> None:
    source = SourceConfig.model_validate(
        {"id": "x", "url": "https://www.example.jp/feed", "format": FORMATS.get(row["format"], "feed"), "timezone": "Asia/Seoul",
         **({"listing": {"row": "a[href]", "min_rows": 0}} if row["format"] == "HTML listing" else {})}
    )  # fmt: skip
    feed = parsers.parse(Document(source.url, (FEEDS / row["file"]).read_bytes()), source, NOW)
    assert len(feed.entries) >= OTHER_COUNT.get(row["file"], int(row["entries"]))
    for entry in feed.entries:
        if row["file"] not in BROKEN:
            assert not re.search("[\ufffd\x80-\x9f]|Ã[\x80-¿]|â€|ï¿½", entry.title + entry.summary), (
                entry.title
            )
        assert entry.link.startswith(("http://", "https://", "")) and not entry.link.startswith("javascript")
        if entry.published_at:
            _check_date(entry.published_raw, entry.published_at, entry.date_confidence)
    if row["entries_with_date"]:
        assert sum(entry.published_at is not None for entry in feed.entries) >= int(row["entries_with_date"])


def _check_date(raw: str, at: datetime, confidence: DateConfidence) -> None:
    """The day that the string shows is the day that we keep, in the zone that the string names or else the source's."""
    offset = re.search(r"([+-])(\d{2}):?(\d{2})\s*$", raw)
    zone = SEOUL
    if offset:
        local = datetime.strptime(offset[0].replace(":", "").strip(), "%z").tzinfo
    elif re.search(r"(GMT|UTC|Z|UT)\s*$", raw):
        local = UTC
    elif re.search(r"(JST|KST)\s*$", raw) or confidence is not DateConfidence.INSTANT:
        local = zone
    else:
        return
    shown = at.astimezone(local)
    days = {int(number) for number in re.findall(r"(?<!\d)\d{1,2}(?!\d)", raw)} | {
        int(raw[6:8]) if raw[:8].isdigit() else shown.day
    }
    assert shown.day in days, raw
    assert str(shown.year) in raw or f"{shown.year % 100:02}" in raw or "平成" in raw or "令和" in raw, raw
