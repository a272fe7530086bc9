"""Pure: a demo source's entries as the document that its real model would send."""

import json
from collections.abc import Callable, Sequence
from html import escape
from zoneinfo import ZoneInfo

from monitor.demo.day import DemoSource, Item

#: (source, entries, its address) -> (body, content type)
Renderer = Callable[[DemoSource, Sequence[Item], str], tuple[bytes, str]]
_RFC822 = "%a, %d %b %Y %H:%M:%S"


def _link(item: Item, base: str) -> str:
    return f"{base}/{item.source}/{item.slug}"


def _rss2(codec: str, label: str) -> Renderer:
    def render(source: DemoSource, items: Sequence[Item], base: str) -> tuple[bytes, str]:
        zone = ZoneInfo(source.timezone)
        rows = "".join(
            # Titles are escaped once for HTML and once for XML, as most real feeds do it.
            f"<item><title>{escape(escape(item.title, quote=False))}</title><link>{_link(item, base)}</link>"
            f'<guid isPermaLink="false">{source.id}-{item.number}</guid><description>{escape(item.lead)}</description>'
            f"<pubDate>{item.published_at.astimezone(zone):{_RFC822} %Z}</pubDate></item>"
            for item in items
        )
        text = f'<?xml version="1.0" encoding="{label}"?><rss version="2.0"><channel><title>{escape(source.name)}</title>{rows}</channel></rss>'
        return text.encode(codec, "xmlcharrefreplace"), "application/rss+xml"

    return render


def _rss1(codec: str, label: str, *, dated: bool) -> Renderer:
    def render(source: DemoSource, items: Sequence[Item], base: str) -> tuple[bytes, str]:
        zone = ZoneInfo(source.timezone)
        rows = "".join(
            f'<item rdf:about="{_link(item, base)}"><title>{escape(escape(item.title, quote=False))}</title><link>{_link(item, base)}</link>'
            + (f"<description>\u3000{escape(item.lead)}</description>" if item.lead else "")
            + (
                f"<dc:date>{item.published_at.astimezone(zone).isoformat(timespec='seconds')}</dc:date>"
                if dated
                else ""
            )
            + "</item>"
            for item in items
        )
        text = (
            f'<?xml version="1.0" encoding="{label}"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
            'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
            f"<channel><title>{escape(source.name)}</title></channel>{rows}</rdf:RDF>"
        )
        return text.encode(codec, "xmlcharrefreplace"), "application/rdf+xml"

    return render


def _atom(source: DemoSource, items: Sequence[Item], base: str) -> tuple[bytes, str]:
    rows = "".join(
        f'<entry><id>urn:demo:{source.id}:{item.number}</id><title>{escape(item.title)}</title><link rel="alternate" href="{_link(item, base)}"/>'
        f"<updated>{item.published_at:%Y-%m-%dT%H:%M:%SZ}</updated><summary>{escape(item.lead)}</summary></entry>"
        for item in items
    )
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom"><title>{escape(source.name)}</title>{rows}</feed>'.encode(),
        "application/atom+xml",
    )


def _json_feed(source: DemoSource, items: Sequence[Item], base: str) -> tuple[bytes, str]:
    rows = [
        {
            "id": str(item.number),
            "url": _link(item, base),
            # Titles of JSON Feed are plain text; one that looks like mark-up is meant literally.
            "title": escape(item.title, quote=False),
            "content_html": item.lead,
            "date_published": item.published_at.isoformat(timespec="seconds"),
        }
        for item in items
    ]
    document = {"version": "https://jsonfeed.org/version/1.1", "title": source.name, "items": rows}
    return json.dumps(document, ensure_ascii=False).encode(), "application/feed+json"


def _listing(date_form: str) -> Renderer:
    def render(source: DemoSource, items: Sequence[Item], base: str) -> tuple[bytes, str]:
        zone = ZoneInfo(source.timezone)
        rows = "".join(
            f'<li><p>{item.published_at.astimezone(zone):{date_form}}</p><a href="/{source.id}/{item.slug}">{escape(item.title)}</a></li>'
            for item in items
        )
        page = f'<!doctype html><html lang="{source.language}"><meta charset="utf-8"><title>{escape(source.name)}</title><ul class="list">{rows}</ul>'
        return page.encode(), "text/html; charset=utf-8"

    return render


#: By `DemoSource.form`.
RENDERERS: dict[str, Renderer] = {
    "rss2": _rss2("utf-8", "utf-8"),
    "rss2-euckr": _rss2("cp949", "euc-kr"),
    "rss1": _rss1("utf-8", "utf-8", dated=True),
    "rss1-undated": _rss1("utf-8", "utf-8", dated=False),
    "rss1-sjis": _rss1("cp932", "Shift_JIS", dated=True),
    "atom": _atom,
    "json_feed": _json_feed,
    "listing-ja": _listing("%Y年%-m月%-d日"),
    "listing-ko": _listing("%Y-%m-%d"),
}


def article(item: Item, source: DemoSource) -> bytes:
    """The page behind an entry's link: HTML, in UTF-8."""
    return (
        f'<!doctype html><html lang="{source.language}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(item.title)}</title><body style='max-width:40em;margin:3em auto;padding:0 1em;font-family:system-ui;line-height:1.7'>"
        f"<p lang='ko'><small>데모용으로 지어낸 글입니다 · {escape(source.name)}</small></p>"
        f"<h1>{escape(item.title)}</h1><p>{escape(item.lead)}</p>"
    ).encode()
