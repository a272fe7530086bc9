"""Parsing: a feed of 60 entries in each form, by the recorded day's own renderers."""

from datetime import UTC, datetime

from bench.timing import line, measure
from monitor import parsers
from monitor.demo.day import SOURCES, Item
from monitor.demo.rendering import RENDERERS
from monitor.documents import Document
from monitor.sources import SourceConfig

ENTRIES = 60


def main() -> None:
    now = datetime.now(UTC)
    for source in {source.form: source for source in SOURCES}.values():
        items = [
            Item(n, source.id, n, f"経済産業省 반도체 policy {n}", "요약 글입니다. " * 10, f"n/{n}", now)
            for n in range(ENTRIES)
        ]
        body, _type = RENDERERS[source.form](source, items, "http://127.0.0.1:1")
        form = {"json_feed": "json_feed"}.get(
            source.form, "listing" if source.form.startswith("listing") else "feed"
        )
        stanza = {"id": "x", "url": "http://127.0.0.1:1/", "format": form}
        if form == "listing":
            stanza["listing"] = {"row": "li", "date": "p"}  # type: ignore[assignment]
        config = SourceConfig.model_validate(stanza)
        document = Document(config.url, body)
        line(
            f"{source.form} ({len(body) // 1024} kB)",
            measure(lambda d=document, c=config: parsers.parse(d, c, now)),
            ENTRIES,
            "entry",
        )
