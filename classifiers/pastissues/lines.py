"""Pure: a text as lines, with what their spacing tells: pages, gaps, indents, and where a broken line goes on."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from monitor.texts.text import clean_line


@dataclass(frozen=True, slots=True)
class Line:
    """One line of print, and what stands around it."""

    text: str
    #: The first of its page, as far as one can tell.
    page: bool = False
    #: More space stands above it than between other lines.
    gap: bool = False
    #: It begins with a space.
    indent: bool = False
    #: What joins the next line to it, should that go on with its sentence.
    joint: str = "\n"

    @property
    def bullet(self) -> bool:
        """Whether it begins a point of a list."""
        return bool(_BULLET.match(self.text))


#: Points of the bulletins, of hwp's list signs, which come out as private characters, and of Markdown.
_BULLET = re.compile(r"[□■○●◦◇◆❍❏▶▷►▪▫∙•·・※▲△☞⇒→*\-–—\ue000-\uf8ff]|o[ \u3000]")
_BARE_URL = re.compile(r"https?://\S+$")
#: Whom to ask: an address at a page's edge.
_CONTACT = re.compile(r".{0,40}문의\s*[:：].*@|mailto:\S+$")
_NUMBER = r"(?:\d{1,3}|[ivx]{1,5})"
_PAGE_NUMBER = re.compile(rf"[❚|\-–—\s]*{_NUMBER}[❚|\-–—\s]*$")
_RUNNING = re.compile(rf"(?:{_NUMBER}[\s❚|]+(?P<after>\S.*)|(?P<before>.*\S)[\s❚|]+{_NUMBER})$")
#: A running head is written out twice at least; shorter ones may be "표 1", "표 2".
_SHORTEST_RUNNING = 6
#: A text whose lines end with spaces as often as this is one that was broken to a page's width.
_BROKEN = 0.15


def read_lines(text: str, name: str = "") -> list[Line]:
    """The text's lines without running heads, page numbers and bare links. `name` is what a running head may hold."""
    raw = _raw_lines(unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")))
    return _without_furniture(raw, squash(name))


def squash(text: str) -> str:
    """The text without any space, for comparing what is broken differently in two places."""
    return "".join(text.split())


def joined(lines: Sequence[Line]) -> str:
    """The lines as one, with broken words whole."""
    parts = [line.text + (" " if line.joint == "\n" else line.joint) for line in lines]
    return clean_line("".join(parts))


def paragraphs(lines: Sequence[Line]) -> str:
    """The lines with broken sentences made whole, a paragraph a line."""
    groups: list[list[Line]] = []
    for line in lines:
        goes_on = groups and groups[-1][-1].joint != "\n" and not (line.bullet or line.indent or line.gap)
        if goes_on:
            groups[-1].append(line)
        else:
            groups.append([line])
    return "\n".join(joined(group) for group in groups)


def _raw_lines(text: str) -> list[Line]:
    pages = text.split("\f")
    blanks = [gap for page in pages for gap, _line in _spaced(page)]
    usual = Counter(blanks).most_common(1)[0][0] if blanks else 0
    wide = usual + 2 if usual else 1
    written = [line for page in pages for _gap, line in _spaced(page)]
    broken = sum(line[-1].isspace() for line in written) >= _BROKEN * max(len(written), 1)
    lines: list[Line] = []
    for page in pages:
        for place, (gap, line) in enumerate(_spaced(page)):
            # Some programs write a page's end as a space at the next line's head, with no line left empty between.
            begins = place == 0 or (usual > 0 and gap == 0 and line[0] == " ")
            body = line[1:] if begins and line[0] == " " else line
            lines.append(
                Line(
                    text=clean_line(line),
                    page=begins,
                    gap=gap >= wide and place > 0,
                    indent=body[:1].isspace(),
                    joint=_joint(line, broken),
                )
            )
    return [line for line in lines if line.text]


def _spaced(page: str) -> list[tuple[int, str]]:
    """Each written line of a page and how many empty ones stand above it."""
    found: list[tuple[int, str]] = []
    gap = 0
    for line in page.split("\n"):
        if line.strip():
            found.append((gap, line))
            gap = 0
        else:
            gap += 1
    return found


def _joint(line: str, broken: bool) -> str:
    if not broken:
        return "\n"
    return " " if line[-1].isspace() else ""


def _without_furniture(lines: list[Line], name: str) -> list[Line]:
    """Page numbers, running heads and bare links stand at a page's edge: what follows them begins a page."""
    heads = Counter(head for line in lines if (head := _head(line)))
    kept: list[Line] = []
    at_edge = False
    for line in lines:
        head = _head(line)
        is_head = bool(head) and (
            (heads[head] > 1 and len(head) >= _SHORTEST_RUNNING) or bool(name and name in head)
        )
        is_link = bool(_BARE_URL.match(line.text)) and (line.gap or at_edge)
        if is_head or is_link or _PAGE_NUMBER.match(line.text) or _CONTACT.match(line.text):
            at_edge = True
            continue
        kept.append(replace(line, page=True) if at_edge else line)
        at_edge = False
    return kept


def _head(line: Line) -> str:
    found = _RUNNING.match(line.text)
    return squash(found["after"] or found["before"]) if found and not line.bullet else ""
