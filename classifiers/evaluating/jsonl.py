"""Pure: the JSON lines that `monitor classify` and `monitor evaluate` read and write."""

import json
import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from classifiers.classifier import Classification, EntryText
from classifiers.judging.kinds import KINDS
from classifiers.judging.reasons import phrases
from monitor.errors import ConfigError, Problem
from monitor.i18n import _
from monitor.texts import language
from monitor.texts.text import clean_line, plain


@dataclass(frozen=True, slots=True)
class Row:
    """An entry of a file, with the labels that it has; None for one that it has not."""

    id: str  #: the line's own, else its number from 1
    text: EntryText
    topics: frozenset[str] | None = None
    kind: str | None = None
    regions: frozenset[str] | None = None
    relevant: bool | None = None


class _RowError(Exception):
    """What is wrong with one key of a line."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


def read(lines: Iterable[str], file: str, topics: Container[str]) -> Iterator[Row]:
    """The rows of JSON lines, in order, as they are asked for; blank lines are passed over.

    `file` is the name by which an error speaks of it, `topics` are the ids that a label may name.

    Raises:
        ConfigError: a line is no JSON object, lacks a title, or has a label that means nothing, such as a topic that
            topics.yaml does not have.
    """
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield _row(_object(line), number, topics)
            except _RowError as error:
                raise ConfigError([Problem(file, number, error.key, str(error))]) from error


#: Half of a surrogate pair: JSON may carry it, UTF-8 cannot.
_SURROGATE = re.compile("[\ud800-\udfff]")


def _object(line: str) -> dict[str, Any]:
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _RowError("-", _("JSON 이 아닙니다: {reason}").format(reason=error)) from error
    if not isinstance(data, dict):
        raise _RowError("-", _('한 줄에 {{"id": …, "title": …}} 꼴의 JSON 객체 하나를 적으십시오.').format())
    return data


def _row(data: dict[str, Any], number: int, topics: Container[str]) -> Row:
    title = clean_line(_text(data, "title"))
    if not title:
        raise _RowError("title", _("제목이 빠졌습니다. 적어 주십시오."))
    lead = plain(_text(data, "summary"))
    code = _text(data, "lang") or language.detect(title, lead)
    identifier = data.get("id")
    return Row(
        id=str(number) if identifier is None else _SURROGATE.sub("\ufffd", str(identifier)),
        text=EntryText(title, lead, code, _text(data, "country"), _text(data, "source")),
        topics=_topics(data, topics),
        kind=_kind(data),
        regions=_regions(data),
        relevant=_relevant(data),
    )


def _text(data: dict[str, Any], key: str) -> str:
    value = data.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _RowError(key, _('"{value}" 대신 글을 적으십시오.').format(value=value))
    return _SURROGATE.sub("\ufffd", value)


def _list(data: dict[str, Any], key: str) -> frozenset[str] | None:
    value = data.get(key)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _RowError(key, _('"{value}" 대신 글의 목록을 적으십시오.').format(value=value))
    return frozenset(value)


def _topics(data: dict[str, Any], known: Container[str]) -> frozenset[str] | None:
    named = _list(data, "topics")
    unknown = sorted(topic for topic in named or () if topic not in known)
    if unknown:
        message = _("topics.yaml 에 없는 주제입니다: {topics}. 이름을 고치거나 topics.yaml 에 더하십시오.")
        raise _RowError("topics", message.format(topics=", ".join(unknown)))
    return named


def _kind(data: dict[str, Any]) -> str | None:
    kind = _text(data, "kind")
    if kind and kind not in KINDS:
        message = _('"{kind}" 대신 {known} 가운데 하나를 적으십시오.')
        raise _RowError("kind", message.format(kind=kind, known=", ".join(KINDS)))
    return kind or None


def _regions(data: dict[str, Any]) -> frozenset[str] | None:
    named = _list(data, "regions")
    # ISO 3166 keeps UK for the United Kingdom, whose code is GB: people write either.
    return None if named is None else frozenset("GB" if region == "UK" else region for region in named)


def _relevant(data: dict[str, Any]) -> bool | None:
    value = data.get("relevant")
    if value is not None and value not in (0, 1):
        raise _RowError("relevant", _('"{value}" 대신 0 이나 1 을 적으십시오.').format(value=value))
    return None if value is None else bool(value)


def written(row: Row, result: Classification) -> dict[str, object]:
    """The line of `monitor classify --json` for a row."""
    return {
        "id": row.id,
        "lang": row.text.language,
        "topics": [
            {
                "topic": topic.topic,
                "p": round(topic.p, 4),
                "why": phrases(topic.why),
                "reasons": [reason.as_dict() for reason in topic.why],
            }
            for topic in result.topics
        ],
        "scores": {topic: round(p, 4) for topic, p in result.scores.items()},
        "kind": result.kind,
        "regions": result.regions,
        "relevance": round(result.relevance, 4),
    }
