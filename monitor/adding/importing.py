"""Pure: the list of another feed reader into stanzas, with what of it cannot be one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from monitor.adding.opml import Outline
from monitor.adding.stanzas import address_key, stanza_for
from monitor.i18n import _
from monitor.sources import SourceConfig
from monitor.texts.language import detect


@dataclass(frozen=True, slots=True)
class Import:
    """The stanzas to add, and what is left out with the reason for people."""

    stanzas: list[dict[str, Any]] = field(default_factory=list)
    duplicates: list[tuple[Outline, str]] = field(default_factory=list)
    bad: list[tuple[Outline, str]] = field(default_factory=list)


def stanzas_of(outlines: Sequence[Outline], known: Sequence[SourceConfig]) -> Import:
    """A stanza for each outline whose address is not among `known` and can be polled, in the list's order."""
    result = Import()
    taken = {source.id for source in known}
    ids = {address_key(source.url): source.id for source in known}
    for outline in outlines:
        reason = _unusable(outline.url)
        if reason:
            result.bad.append((outline, reason))
            continue
        if twin := ids.get(address_key(outline.url)):
            result.duplicates.append((outline, _("이미 있는 소스입니다: {id}").format(id=twin)))
            continue
        stanza = stanza_for(
            outline.url,
            taken=taken,
            name=outline.title,
            language=outline.language or _language(outline.title),
        )
        taken.add(stanza["id"])
        ids[address_key(outline.url)] = stanza["id"]
        result.stanzas.append(stanza)
    return result


def _unusable(url: str) -> str:
    """Why the address cannot be polled; empty where it can."""
    try:
        SourceConfig.for_url(url)
    except ValidationError as error:
        return str(error.errors()[0]["msg"]).removeprefix("Value error, ")
    return "" if len(url) <= 2_000 else _("주소가 2,000자를 넘습니다.")


def _language(title: str) -> str:
    """Of a title in Korean or Japanese; a Latin one may be in any language, and a name is not a text."""
    found = detect(title)
    return found if found in {"ko", "ja"} else ""
