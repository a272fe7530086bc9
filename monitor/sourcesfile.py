"""sources.yaml read: every source, or all that is wrong with the file, each with its line and the mend."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from monitor.config import settings
from monitor.documents import FORMATS
from monitor.errors import ConfigError, Problem
from monitor.i18n import _
from monitor.sources import HEADERS, Interval, SourceConfig, checked_address
from monitor.yamlfile import Loaded, load_yaml, problems_from

#: Politeness: no server but our own is asked more often.
LEAST_INTERVAL = timedelta(minutes=5)
LEAST_OWN_INTERVAL = timedelta(seconds=1)
#: Every feed has a quiet hour; a shorter alarm would only cry wolf.
LEAST_STALE_AFTER = timedelta(hours=1)


def configured() -> list[SourceConfig]:
    """Every source of the sources.yaml in force (MONITOR_SOURCES), in its order, including those that are off.

    As this process first read them: what was changed since counts from the next start on.

    Raises:
        ConfigError: something is wrong with it.
    """
    return [*known().values()]


def known() -> Mapping[str, SourceConfig]:
    """Those by their ids.

    Raises:
        ConfigError: as `configured`.
    """
    return _known(settings().sources_file, settings().allow_hosts)


@lru_cache(maxsize=1)
def _known(path: Path, allow_hosts: tuple[str, ...]) -> Mapping[str, SourceConfig]:
    return {source.id: source for source in load_sources(path, allow_hosts)}


def load_sources(path: Path, allow_hosts: Sequence[str] = ()) -> list[SourceConfig]:
    """Every source of the file, in its order, including those that are off.

    Sources on `allow_hosts` (MONITOR_ALLOW_HOSTS) may be polled more often than others.

    Raises:
        ConfigError: all that is wrong with the file, each with its line and the mend.
    """
    loaded = load_yaml(path)
    if not isinstance(loaded.data, list) or not loaded.data:
        message = _("소스가 하나도 없습니다. `- id: …` 로 시작하는 항목을 하나 이상 적으십시오.")
        raise ConfigError([Problem(loaded.file, 1, "sources", message)])
    sources: list[SourceConfig] = []
    problems: list[Problem] = []
    for index, stanza in enumerate(loaded.data):
        if not isinstance(stanza, dict):
            message = _('"{given}" 대신 `- id: …` 로 시작하는 항목을 적으십시오.').format(
                given=str(stanza)[:40]
            )
            problems.append(Problem(loaded.file, loaded.line([index]), f"#{index + 1}", message))
            continue
        name = _name(stanza, index)
        try:
            sources.append(SourceConfig.model_validate(stanza))
        except ValidationError as error:
            problems += problems_from(error, loaded, [index], name, SourceConfig)
        problems += [
            Problem(loaded.file, loaded.line([index, *path]), name, message)
            for path, message in (*_contradictions(stanza), *_haste(stanza, allow_hosts))
        ]
    problems += _doubled(loaded)
    problems += _fallbacks(loaded)
    if problems:
        raise ConfigError(sorted(problems, key=lambda problem: problem.line))
    return sources


def is_own_host(url: str, allow_hosts: Sequence[str]) -> bool:
    """Whether the address is on a host of MONITOR_ALLOW_HOSTS: one of ours, which we may ask as often as we like."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else (parts.hostname or "")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return bool({host, parts.hostname, f"{host}:{port}"} & {allowed.lower() for allowed in allow_hosts})


def _name(stanza: dict[str, Any], index: int) -> str:
    """What to call a stanza whose id may be missing or no text."""
    return str(stanza.get("id") or f"#{index + 1}")


_Finding = tuple[tuple[str, ...], str]


def _contradictions(stanza: dict[str, Any]) -> Iterator[_Finding]:
    """Keys that do not go together. Found beside pydantic, which looks at the whole only once each part is right."""
    form = stanza.get("format", "feed")
    if form == "listing" and not stanza.get("listing"):
        yield (
            ("format",),
            _('format 이 listing 이면 `listing: {row: "…"}` 이 있어야 합니다. 줄의 선택자를 적으십시오.'),
        )
    for rules in FORMATS:
        if rules in SourceConfig.model_fields and stanza.get(rules) and form in FORMATS and form != rules:
            yield (
                (rules,),
                _(
                    "{rules} 이(가) 있으나 format 은 {form} 입니다. `format: {rules}` 로 하거나 지우십시오."
                ).format(rules=rules, form=form),
            )
    if stanza.get("form") and stanza.get("method", "GET") == "GET":
        yield (
            ("form",),
            _("form 은 `method: POST` 일 때만 보냅니다. method 를 적거나, GET 이면 url 뒤에 붙이십시오."),
        )
    headers = stanza.get("headers")
    for name, text in headers.items() if isinstance(headers, dict) else ():
        if name.lower() not in {allowed.lower() for allowed in HEADERS}:
            yield (
                ("headers", name),
                _("headers 의 {name} 은(는) 보낼 수 없습니다. 보낼 수 있는 것: {allowed}").format(
                    name=name, allowed=", ".join(HEADERS)
                ),
            )
        elif re.search(r"[^\t -~]", str(text)):
            yield (
                ("headers", name),
                _("headers 의 {name} 에 줄바꿈이나 ASCII 아닌 글자가 있습니다. 지우십시오.").format(
                    name=name
                ),
            )


def _haste(stanza: dict[str, Any], allow_hosts: Sequence[str]) -> Iterator[_Finding]:
    """Times too short: for the server's patience, or for the alarm to mean anything."""
    interval = stanza.get("interval")
    given = interval.get("min") if isinstance(interval, dict) else None
    if (shortest := _length(given)) is not None:
        own = is_own_host(_whole_address(stanza), allow_hosts)
        if shortest < (LEAST_OWN_INTERVAL if own else LEAST_INTERVAL):
            text = _('interval "{given}" is under {least}: {least} 이상으로 늘리십시오.')
            yield ("interval", "min"), text.format(given=given, least="1s" if own else "5m")
    stale_after = stanza.get("stale_after")
    if (length := _length(stale_after)) is not None and length < LEAST_STALE_AFTER:
        text = _('stale_after "{given}" is under 1h: 1h 이상으로 늘리십시오.')
        yield ("stale_after",), text.format(given=stale_after)


def _length(value: object) -> timedelta | None:
    """`value` as a duration; None where it is none, which pydantic has said already."""
    try:
        return None if value is None else Interval.model_validate({"min": value}).min
    except ValidationError:
        return None


def _whole_address(stanza: dict[str, Any]) -> str:
    try:
        return checked_address(str(stanza.get("url")))
    except ValueError:
        return ""


def _doubled(loaded: Loaded) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for index, stanza in enumerate(loaded.data):
        name = stanza.get("id") if isinstance(stanza, dict) else None
        if not isinstance(name, str | int):
            continue
        line = loaded.line([index, "id"])
        if str(name) in first:
            message = _("id 가 {line}번째 줄과 같습니다. 다른 이름을 붙이십시오.").format(
                line=first[str(name)]
            )
            yield Problem(loaded.file, line, str(name), message)
        first.setdefault(str(name), line)


def _fallbacks(loaded: Loaded) -> Iterator[Problem]:
    """A stand-in names a source of the file that is no stand-in itself: else two could wait for each other for ever."""
    stanzas = {str(stanza.get("id")): stanza for stanza in loaded.data if isinstance(stanza, dict)}
    for index, stanza in enumerate(loaded.data):
        wanted = stanza.get("fallback_for") if isinstance(stanza, dict) else None
        if not wanted:
            continue
        if str(wanted) not in stanzas or stanzas[str(wanted)].get("fallback_for"):
            text = _(
                'fallback_for "{wanted}" 이(가) 이 파일에 없거나 그것도 대신하는 소스입니다. 원래 소스의 id 를 적으십시오.'
            )
            line = loaded.line([index, "fallback_for"])
            yield Problem(loaded.file, line, _name(stanza, index), text.format(wanted=wanted))
