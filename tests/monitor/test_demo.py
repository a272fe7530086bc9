"""The recorded day is a day that the program reads whole."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from monitor import parsers
from monitor.demo import RecordedDay
from monitor.demo.day import PACE, SOURCES, minute_of_day, published
from monitor.demo.rendering import RENDERERS
from monitor.documents import Document
from monitor.sourcesfile import load_sources

START = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
END = START + timedelta(hours=1)


def test_half_the_day_is_there_and_the_rest_comes_within_minutes() -> None:
    assert (
        minute_of_day(START, START),
        minute_of_day(START, START + timedelta(minutes=1)),
        minute_of_day(START, END),
    ) == (720, 720 + PACE, 1440)
    first, last = (sum(len(published(source.id, START, now)) for source in SOURCES) for now in (START, END))
    assert 25 < first < last
    assert all(
        item.published_at <= START for source in SOURCES for item in published(source.id, START, START)
    )


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.id)
def test_every_source_is_read_as_its_stanza_says(source: object, tmp_path: Path) -> None:
    with RecordedDay() as day:
        file = tmp_path / "sources.yaml"
        file.write_text(day.sources_yaml(), encoding="utf-8")
        stanza = next(one for one in load_sources(file, [day.host]) if one.id == source.id)  # type: ignore[attr-defined]
    items = published(stanza.id, START, END)
    body, _type = RENDERERS[source.form](source, items, "http://127.0.0.1:1")  # type: ignore[attr-defined]
    feed = parsers.parse(Document(stanza.url, body), stanza, END)
    assert len(feed.entries) == len(items)
    plain = [item.title for item in items if "<" not in item.title]
    assert [entry.title for entry in feed.entries if "꼬리표" not in entry.title] == plain
    if source.form != "rss1-undated":  # type: ignore[attr-defined]
        assert all(entry.published_at for entry in feed.entries)


def test_what_was_asked_for_before_is_not_sent_again_and_every_link_opens() -> None:
    with RecordedDay() as day, httpx.Client(base_url=f"http://{day.host}", trust_env=False) as browser:
        first = browser.get("/fraunhofer/feed")
        assert (
            browser.get("/fraunhofer/feed", headers={"If-None-Match": first.headers["etag"]}).status_code
            == 304
        )
        assert browser.get("/closed").status_code == 404
        assert "데모용으로 지어낸 글입니다" in browser.get("/meti/press/2026/11/20261120001").text
        hostile = next(path for path, item in day._articles.items() if "<script>" in item.title)
        assert "<script>" not in browser.get(hostile).text
