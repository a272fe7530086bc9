"""Pure: the JSON lines that `monitor classify` and `monitor evaluate` read and write."""

import json
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from classifiers.classifier import Classification, EntryText
from monitor import language
from monitor.errors import ConfigError, Problem
from monitor.i18n import _
from monitor.text import clean_line, plain


@dataclass(frozen=True, slots=True)
class Row:
    """An entry of a file, with its labels where it has any."""

    id: str
    text: EntryText
    topics: frozenset[str] = frozenset()
    kind: str = ""
    regions: frozenset[str] = frozenset()
    relevant: bool | None = None
    line: int = field(default=0, compare=False)


def read(lines: Iterable[str], file: str, topics: Container[str]) -> Iterator[Row]:
    """The rows of JSON lines; blank lines are passed over.

    Raises:
        ConfigError: a line is no JSON object, lacks a title, or names a topic that topics.yaml does not have.
    """
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            data = json.loads(line)
        except ValueError as error:
            raise _wrong(file, number, "-", _("JSON 이 아닙니다: {reason}").format(reason=error)) from error
        if not isinstance(data, dict):
            raise _wrong(file, number, "-", _("JSON 객체가 아닙니다."))
        yield _row(data, file, number, topics)


def _row(data: dict[str, Any], file: str, number: int, topics: Container[str]) -> Row:
    title = data.get("title")
    if not isinstance(title, str) or not title.strip():
        raise _wrong(file, number, "title", _("제목이 빠졌습니다."))
    lead = plain(str(data.get("summary") or ""))
    named = data.get("topics") or []
    if not isinstance(named, list):
        raise _wrong(file, number, "topics", _("목록이 아닙니다."))
    unknown = [topic for topic in named if topic not in topics]
    if unknown:
        message = _('"{topic}" 은(는) topics.yaml 에 없는 주제입니다.').format(topic=unknown[0])
        raise _wrong(file, number, "topics", message)
    code = str(data.get("lang") or "") or language.detect(title, lead)
    relevant = data.get("relevant")
    return Row(
        id=str(data.get("id", number)),
        text=EntryText(clean_line(title), lead, code, str(data.get("country") or "")),
        topics=frozenset(named),
        kind=str(data.get("kind") or ""),
        regions=frozenset(data.get("regions") or []),
        relevant=None if relevant is None else bool(relevant),
        line=number,
    )


def _wrong(file: str, line: int, key: str, message: str) -> ConfigError:
    return ConfigError([Problem(file, line, key, message)])


def written(row: Row, result: Classification) -> dict[str, object]:
    """The line of `monitor classify --json` for a row."""
    return {
        "id": row.id,
        "lang": row.text.language,
        "topics": [
            {"topic": topic.topic, "p": round(topic.p, 4), "why": topic.why} for topic in result.topics
        ],
        "scores": {topic: round(p, 4) for topic, p in result.scores.items()},
        "kind": result.kind,
        "regions": result.regions,
        "relevance": round(result.relevance, 4),
    }
