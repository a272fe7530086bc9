"""What an imitation is, and what its pages are made of."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from tests.servers.feeds import Handler, Page, Seen

#: How sure a kept date is, as `monitor entries --json` says it.
INSTANT, LOCAL, DAY, NONE = "instant", "local", "day", "none"


@dataclass(frozen=True)
class Kept:
    """What is kept of one entry. A link that begins with "/" is on the imitated site."""

    title: str
    link: str
    published_at: str | None = None  #: UTC, as JSON has it
    confidence: str = NONE


@dataclass(frozen=True)
class Imitation:
    """One site: the stanza that it is polled by, its pages, and what must be kept of them."""

    source: str
    pages: Mapping[str, Page | Handler]
    kept: tuple[Kept, ...]
    #: What a second poll must add; the pages know by themselves that they are asked again.
    later: tuple[Kept, ...] = ()
    #: What the poll must say where nothing can be kept: a part of its `error`.
    error: str = ""
    #: The stanza is polled under another name where one site is imitated twice.
    name: str = field(default="")

    @property
    def id(self) -> str:
        """The source's id in the test's own sources.yaml."""
        return self.name or self.source


def xml(text: str, codec: str = "utf-8", content_type: str = "application/xml") -> Page:
    """A document that says its own charset and whose server says none."""
    return Page(text.encode(codec), content_type)


def html(text: str, status: int = 200) -> Page:
    """A page of UTF-8."""
    whole = (
        f'<!DOCTYPE html><html><head><meta charset="UTF-8"><title>x</title></head><body>{text}</body></html>'
    )
    return Page(whole.encode(), "text/html; charset=utf-8", status)


def in_turn(*pages: Page) -> Handler:
    """The pages one after the other, a request each; the last one from then on."""
    left = list(pages)

    def answer(_seen: Seen) -> Page:
        return left.pop(0) if len(left) > 1 else left[0]

    return answer


def only_if(condition: Callable[[Seen], bool], page: Page, otherwise: Page) -> Handler:
    """The page for requests that meet the condition."""
    return lambda seen: page if condition(seen) else otherwise


def posts(seen: Seen, **form: str) -> bool:
    """Whether the request posts at least these fields."""
    sent = parse_qs(seen.body.decode(), keep_blank_values=True)
    return seen.method == "POST" and all(sent.get(name) == [value] for name, value in form.items())


def by_script(seen: Seen) -> bool:
    """Whether the request says, as a page's own script does, where it comes from and that it is a script."""
    return seen.headers.get("x-requested-with") == "XMLHttpRequest" and "referer" in seen.headers


def rows(template: str, numbers: Iterable[int]) -> str:
    """The template once for each number, which stands in it as {n}."""
    return "".join(template.replace("{n}", str(number)) for number in numbers)
