"""New stanzas: made of what was found, and written at the end of sources.yaml, whose every other line stays as it was."""

import io
import os
import re
import stat
import tempfile
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from monitor.adding.discovery import Discovery
from monitor.adding.whereabouts import country_of, zone_of
from monitor.documents import Feed
from monitor.errors import ConfigError, Problem
from monitor.i18n import _
from monitor.sources import ListingRules, SourceConfig
from monitor.sourcesfile import load_sources
from monitor.texts.language import detect
from monitor.texts.text import clean_line
from monitor.yamlfile import load_yaml

#: As it is to stand in the file: keys in this order, plain values. `monitor.sources.Part` is what is read from there.
Stanza = dict[str, Any]

#: Parts of a host that say nothing of whose it is.
_COMMON = {
    "www", "www2", "m", "rss", "feed", "feeds", "com", "org", "net", "co", "go", "or", "ac", "ne", "re", "pe", "gov",
    "edu", "info", "int", "blog",
}  # fmt: skip
_MAX_ID = 60
_MAX_NAME = 100


def stanza_for(
    url: str,
    form: str = "feed",
    *,
    taken: Collection[str],
    name: str = "",
    organisation: str = "",
    language: str = "",
    listing: ListingRules | None = None,
    identifier: str = "",
) -> Stanza:
    """A stanza of all that can be told of a source; country and zone are guessed, its id is none of `taken`."""
    country = country_of(url, language)
    name = clean_line(name)[:_MAX_NAME] or (urlsplit(url).hostname or url)
    stanza: Stanza = {"id": identifier or identifier_for(url, taken), "name": name}
    stanza["organisation"] = clean_line(organisation)[:_MAX_NAME] or name
    if country:
        stanza["country"] = country
    if re.fullmatch("[a-z]{2}", language):
        stanza["language"] = language
    stanza |= {"url": url, "format": form}
    if listing:
        stanza["listing"] = listing.model_dump(exclude_defaults=True)
    if form == "sitemap":
        # A bare sitemap has no titles: each entry's page is read for its own.
        stanza["article"] = {}
    return stanza | {
        "timezone": zone_of(country),
        "interval": {"min": "15m", "max": "6h"},
        "enabled": True,
    }


def stanza_of(discovery: Discovery, taken: Collection[str], identifier: str = "", name: str = "") -> Stanza:
    """The stanza of `discovery.best`, which must not be None; `identifier` and `name` stand in for what would be made up."""
    best = discovery.best
    assert best is not None and best.feed is not None
    return stanza_for(
        best.url,
        best.format,
        taken=taken,
        name=name or best.feed.title or discovery.page_title or discovery.site_name or best.title,
        organisation=discovery.site_name or best.feed.title,
        language=_language(best.feed, discovery.page_language),
        listing=best.listing,
        identifier=identifier,
    )


def _language(feed: Feed, page_language: str) -> str:
    """What the feed says it is written in, unless most of its titles are in something else."""
    said = (feed.language or page_language)[:2].lower()
    titles = [entry.title for entry in feed.entries[:20] if entry.title]
    if not titles:
        return said
    language, count = Counter(detect(title, hint=said) for title in titles).most_common(1)[0]
    return language if 2 * count > len(titles) and re.fullmatch("[a-z]{2}", language) else said


def identifier_for(url: str, taken: Collection[str]) -> str:
    """A valid id from the address's host, with words of its path where that is taken, and a number where both are."""
    parts = urlsplit(url)
    host = (parts.hostname or "source").lower()
    labels = [label for label in host.split(".") if label]
    # The ending is a country or "com"; an IP address has none.
    named = labels[-2::-1] if len(labels) > 1 and not labels[-1].isdigit() else labels
    kept = [label for label in named if label not in _COMMON] or named
    words = [word for label in kept for word in re.findall("[a-z0-9]+", label)]
    path = re.findall("[a-z0-9]+", unquote(parts.path).lower())
    path = [
        word for word in path if word not in _COMMON | {"xml", "html", "index", "atom", "rdf", "json", "list"}
    ]
    short = "-".join(words)[:_MAX_ID].strip("-") or "source"
    longer = "-".join([*words, *path[-2:]])[:_MAX_ID].strip("-") or short
    numbered = (f"{longer}-{number}" for number in range(2, len(taken) + 4))
    return next(one for one in (short, longer, *numbered) if one not in taken)


def same_address(one: str, other: str) -> bool:
    """Whether two addresses are one to a server: by scheme, case of the host, `www.`, last slash and fragment."""
    return address_key(one) == address_key(other)


def address_key(url: str) -> tuple[str, str, str]:
    """What of an address a server goes by; equal for those that `same_address` takes for one."""
    parts = urlsplit(url.strip())
    host = parts.netloc.lower().removesuffix(":443").removesuffix(":80").removeprefix("www.")
    return host, parts.path.rstrip("/"), parts.query


# As text


def render(stanza: Stanza, indent: int = 0, newline: str = "\n") -> str:
    """The stanza as YAML, as a person would write it into the file: a list's item, `indent` spaces deep."""
    lines = []
    for number, (key, value) in enumerate(stanza.items()):
        lines.append(("  " if number else "- ") + f"{key}: " + (_flow(value) if key == "interval" else ""))
        if key == "interval":
            continue
        if value == {}:
            lines[-1] += "{}"
        elif isinstance(value, dict):
            lines[-1] = lines[-1].rstrip()
            lines += [f"    {inner}: {scalar(given)}" for inner, given in value.items()]
        else:
            lines[-1] += scalar(value)
    return "".join(" " * indent + line + newline for line in lines)


def _flow(value: dict[str, Any]) -> str:
    return "{" + ", ".join(f"{key}: {scalar(given)}" for key, given in value.items()) + "}"


def scalar(value: object) -> str:
    """A value as YAML on one line: plain where it reads back as itself, else in single quotes, which spare backslashes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    text = clean_line(str(value))
    if re.search(r"[\[\]{},\\]", text):
        return _quoted(text)
    try:
        plain = YAML(typ="safe", pure=True).load(io.StringIO(f"a: {text}\n"))
    except YAMLError:
        return _quoted(text)
    return text if plain == {"a": text} else _quoted(text)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def appended(text: str, stanzas: Sequence[Stanza], file: str = "sources.yaml") -> str:
    """The file's text with the stanzas after its last one, in its own indentation and line ends.

    Raises:
        ConfigError: its list is written in brackets, which nothing can be put behind.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = (line for line in text.splitlines() if line.strip())
    first = next((line for line in lines if not line.lstrip().startswith(("#", "---", "%"))), "")
    indent = len(first) - len(first.lstrip(" "))
    if first.lstrip().startswith("["):
        message = _("목록이 대괄호로 적혀 있어 덧붙일 수 없습니다. `- id: …` 꼴로 바꾸십시오.")
        raise ConfigError([Problem(file, 1, "sources", message)])
    if text and not text.endswith("\n"):
        text += newline
    if text.strip() and not text.endswith(newline * 2):
        text += newline
    return text + newline.join(render(stanza, indent, newline) for stanza in stanzas)


# On disk


@dataclass(frozen=True, slots=True)
class Written:
    """The file into which stanzas went, and the one that it was copied from, where it was made for that."""

    file: Path
    copied_from: Path | None = None


def sources_in(file: Path, allow_hosts: Sequence[str]) -> list[SourceConfig]:
    """The sources of the file, in its order; none where it holds only comments.

    Raises:
        ConfigError: there is no such file, or something is wrong with it.
    """
    return [] if load_yaml(file).data is None else load_sources(file, allow_hosts)


def add_stanzas(
    file: Path, stanzas: Sequence[Stanza], allow_hosts: Sequence[str], copy_to: Path | None = None
) -> Written:
    """Puts stanzas at the end of the file; with `copy_to`, of a copy of it, made there.

    The new text is read as at a start before it takes the old one's place, in one step.

    Raises:
        ConfigError: the file is wrong or cannot be written, or would be wrong with the stanzas; it is as it was.
    """
    before = sources_in(file, allow_hosts)
    target = (copy_to or file).resolve()
    raw = file.read_bytes()
    text = appended(raw.decode("utf-8-sig"), stanzas, file.name)
    body = (b"\xef\xbb\xbf" if raw.startswith(b"\xef\xbb\xbf") else b"") + text.encode()
    if target.exists() and not os.access(target, os.W_OK):
        raise _unwritable(target, _("읽기만 되는 파일"))
    try:
        handle, draft = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".yaml", dir=target.parent)
    except OSError as error:
        raise _unwritable(target, str(error.strerror)) from error
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(body)
            stream.flush()
            os.fsync(stream.fileno())
        after = sources_in(Path(draft), allow_hosts)
        if after[: len(before)] != before or len(after) != len(before) + len(stanzas):
            message = _("덧붙이면 있던 소스가 달라집니다. 파일의 끝을 살펴보십시오.")
            raise ConfigError([Problem(file.name, text.count("\n"), "sources", message)])
        mode = stat.S_IMODE(file.stat().st_mode) | stat.S_IWUSR
        Path(draft).chmod(mode)
        Path(draft).replace(target)
    except OSError as error:
        raise _unwritable(target, str(error.strerror)) from error
    finally:
        Path(draft).unlink(missing_ok=True)
    return Written(copy_to or file, file if copy_to else None)


def _unwritable(target: Path, reason: str) -> ConfigError:
    message = _(
        "쓸 수 없습니다({reason}). 쓸 수 있는 곳에 sources.yaml 로 베낀 뒤 MONITOR_SOURCES 에 그 경로를 적으십시오."
    ).format(reason=reason)
    return ConfigError([Problem(str(target), 1, "sources", message)])
