"""Pure: what the demo's made-up editor has written for the next issues, so that there are some to look at."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML


@dataclass(frozen=True, slots=True)
class Draft:
    """A candidate in the making, and the entry that it comes from."""

    #: The entry, by its source's id and its title.
    source: str
    title: str
    #: An id of topics.yaml.
    bulletin: str
    #: Without one, the candidate waits to be placed.
    section: str = ""
    field: str = ""
    headline: str = ""
    summary: str = ""
    #: Said among editors.
    remark: str = ""


_NAMES = {
    "s": "source", "t": "title", "b": "bulletin", "n": "section",
    "f": "field", "h": "headline", "l": "summary", "r": "remark",
}  # fmt: skip


@cache
def drafts() -> tuple[Draft, ...]:
    """Every draft, in the order in which they stand in their issues."""
    rows = YAML(typ="safe").load(Path(__file__).with_name("drafts.yaml"))
    return tuple(Draft(**{_NAMES[key]: value for key, value in row.items()}) for row in rows)
