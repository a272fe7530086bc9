"""Pure: a list of items in some site's own JSON into a feed, by the dot paths of its stanza, or by guess without them."""

import html
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from monitor.documents import Document, Feed, FeedEntry
from monitor.errors import ParseError, ParseFault
from monitor.parsers.json_feed import load
from monitor.parsers.markup import MAX_ENTRIES, absolute
from monitor.sources import JsonListRules, SourceConfig
from monitor.texts.dates import NO_DATE, parse_date
from monitor.texts.text import plain

_TITLE = re.compile(r"title|subject|headline|name|_sj$", re.IGNORECASE)
_LINK = re.compile(r"link|url|href|path", re.IGNORECASE)
_TAG = re.compile(r"<[a-zA-Z/!]")
_ESCAPED_TAG = re.compile(r"&lt;/?[a-zA-Z]")
_DATE = re.compile(r"date|time|publish|_dt$|day", re.IGNORECASE)


def parse(document: Document, source: SourceConfig, now: datetime) -> Feed:
    """The list as a feed, in its order.

    Raises:
        ParseError: it is no JSON, or there are fewer items than the stanza's min_rows.
    """
    data, codec, notes = load(document, source)
    rules = source.json_list or _guess(data)
    found = _at(data, rules.items) if rules.items else data
    if isinstance(found, dict):
        # Some servers number their items by key: {"0": {…}, "1": {…}}.
        found = list(found.values())
    items = [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
    if len(items) < rules.min_rows:
        raise ParseError(
            ParseFault.TOO_FEW_ROWS,
            f'"{rules.items or "."}" has {len(items)} items, fewer than {rules.min_rows}',
        )
    entries = tuple(
        _entry(position, item, rules, document.url, source, now)
        for position, item in enumerate(items[:MAX_ENTRIES])
    )
    return Feed("json_list", entries, encoding=codec, found=len(items), notes=notes)


def _entry(
    position: int, item: dict[str, Any], rules: JsonListRules, base: str, source: SourceConfig, now: datetime
) -> FeedEntry:
    raw = _text(item, rules.date)
    published = parse_date(raw, source.zone, now) if raw else NO_DATE
    summary = _text(item, rules.summary)
    if _ESCAPED_TAG.search(summary) and not _TAG.search(summary):
        # HTML that was escaped on its way into the JSON: as published, it is HTML.
        summary = html.unescape(summary)
    return FeedEntry(
        position=position,
        title=plain(_text(item, rules.title)) or plain(summary)[:120],
        link=absolute(_text(item, rules.link), base),
        guid=_text(item, rules.guid),
        summary=summary,
        published_raw=raw,
        published_at=published.at,
        date_confidence=published.confidence,
    )


def _at(data: Any, path: str) -> Any:
    """What stands at `path`, such as data.list, groups.0.name or groups[0].name; None where nothing does."""
    for key in path.replace("[", ".").replace("]", "").split("."):
        if isinstance(data, dict):
            data = data.get(key)
        elif isinstance(data, list) and key.isdigit() and int(key) < len(data):
            data = data[int(key)]
        else:
            return None
    return data


def _text(item: dict[str, Any], path: str) -> str:
    """The text at `path`, or `path` itself with each {path} in it filled; of a list of texts, all of them."""
    if "{" in path:
        return re.sub(r"\{([^{}]+)\}", lambda match: _text(item, match[1]), path)
    value = _at(item, path) if path else None
    if isinstance(value, list):
        return ", ".join(filter(None, map(_scalar, value)))
    return _scalar(value)


def _scalar(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        # 1.77e12 is how some write a time.
        return str(int(value))
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _guess(data: Any) -> JsonListRules:
    """The longest list of objects that have a title, with the keys that look like title, link and date."""

    def promise(found: tuple[str, list[Any]]) -> tuple[bool, bool, int]:
        keys = list(found[1][0])
        return any(map(_TITLE.search, keys)), any(map(_LINK.search, keys)), len(found[1])

    path, items = max(_lists(data, "", 0), key=promise, default=("", []))
    keys = [key for key, value in items[0].items() if isinstance(value, str | int)] if items else []

    def first(pattern: re.Pattern[str]) -> str:
        return next((key for key in keys if pattern.search(key)), "")

    return JsonListRules(items=path, title=first(_TITLE), link=first(_LINK), date=first(_DATE), min_rows=0)


def _lists(data: Any, path: str, depth: int) -> Iterator[tuple[str, list[Any]]]:
    if depth > 6:
        return
    if isinstance(data, list) and data and all(isinstance(item, dict) for item in data):
        yield path, data
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from _lists(value, f"{path}.{key}" if path else str(key), depth + 1)
