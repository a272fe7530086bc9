"""Pure: the file of `monitor learn --topics`, by which an editor says which topics the articles of past issues have."""

import json
from collections.abc import Container, Iterable
from dataclasses import dataclass
from typing import Any

from monitor.errors import ConfigError, Problem
from monitor.i18n import _


@dataclass(frozen=True, slots=True)
class Correction:
    """What an editor says of one article."""

    line: int  #: of the file, from 1
    topics: tuple[str, ...]
    section: str = ""  #: its name; empty says nothing of it


def read_corrections(
    lines: Iterable[str], file: str, topics: Container[str]
) -> dict[tuple[str, int], Correction]:
    """What the file says, by issue and order; of two lines of one article the later.

    A line is `{"issue": "japan-insight 2023-01", "order": 1, "topics": ["macro"]}`. Those that `monitor learn --json`
    prints may be edited and given back: other keys are passed over.

    Raises:
        ConfigError: all lines that say nothing of use, each with the mend.
    """
    found: dict[tuple[str, int], Correction] = {}
    problems: list[Problem] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            data = json.loads(line)
        except (ValueError, RecursionError):
            data = None
        wrong = list(_wrong(data, topics))
        problems += [Problem(file, number, key, message) for key, message in wrong]
        if not wrong and data and "topics" in data:
            key = (str(data["issue"]), int(data["order"]))
            found[key] = Correction(number, tuple(data["topics"]), data.get("section") or "")
    if problems:
        raise ConfigError(problems)
    return found


def _wrong(data: Any, topics: Container[str]) -> Iterable[tuple[str, str]]:
    if not isinstance(data, dict):
        yield (
            "-",
            _('한 줄에 {{"issue": …, "order": 1, "topics": […]}} 꼴의 JSON 객체 하나를 적으십시오.').format(),
        )
        return
    if "error" in data:
        # The line of a file that could not be read.
        return
    if not isinstance(data.get("issue"), str):
        yield "issue", _('호를 "japan-insight 2023-01" 처럼 적으십시오.')
    if not isinstance(data.get("order"), int):
        yield "order", _("몇 번째 기사인지 숫자로 적으십시오.")
    if not isinstance(data.get("section", ""), str):
        yield "section", _("난의 이름을 글로 적으십시오.")
    named = data.get("topics")
    if not isinstance(named, list) or not all(isinstance(topic, str) for topic in named):
        yield "topics", _("주제 id 의 목록을 적으십시오.")
    elif unknown := [topic for topic in named if topic not in topics]:
        message = _("topics.yaml 에 없는 주제입니다: {topics}. 이름을 고치거나 topics.yaml 에 더하십시오.")
        yield "topics", message.format(topics=", ".join(unknown))
