"""Pure: SVG as text, with everything escaped."""

from collections.abc import Iterable
from html import escape

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

Value = str | float | None

#: Letters of Latin and digits are about so wide, in ems; those of East Asia are one.
_NARROW = 0.56
#: Where a label may be broken, after the character.
_BREAKS = " ·.-/"


def element(tag: str, *children: str, **attributes: Value) -> SafeString:
    """`<tag attribute="…">children</tag>`; `stroke_width` is stroke-width, `class_` is class, None is left out."""
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{_written(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    # A picture has hundreds of these: joined by hand it is ten times as quick as by format_html.
    return mark_safe(f"<{tag}{written}>{together(children)}</{tag}>")  # noqa: S308


def together(parts: Iterable[str]) -> SafeString:
    """The parts one after the other; what is not yet safe is escaped."""
    return mark_safe("".join(map(conditional_escape, parts)))  # noqa: S308


def drawing(
    name: str,
    height: float,
    title: str,
    description: str,
    *children: str,
    links: bool = False,
    kind: str = "",
) -> SafeString:
    """A whole picture, as wide as its place; `name` is its own among the page's ids.

    A picture that holds links is a group: the children of an image are nobody's to reach.
    """
    return element(
        "svg",
        element("title", title, id=f"{name}-title"),
        element("desc", description, id=f"{name}-desc") if description else "",
        *children,
        class_=f"chart {kind}".strip(),
        width="100%",
        height=height,
        role="group" if links else "img",
        aria_labelledby=f"{name}-title",
        aria_describedby=f"{name}-desc" if description else None,
    )


def link(href: str, words: str, *children: str) -> SafeString:
    """The children as a link for those who point at the picture; whoever goes by keyboard takes the table's."""
    if not href:
        return element("g", element("title", words), *children)
    return element("a", element("title", words), *children, href=href, aria_label=words, tabindex="-1")


def lines(texts: Iterable[str], x: str, y: float, leading: float, **attributes: Value) -> SafeString:
    """Text set in lines, the middle of the block at `y`."""
    rows = list(texts)
    top = y - leading * (len(rows) - 1) / 2
    return together(
        element("text", row, x=x, y=top + leading * at, **attributes) for at, row in enumerate(rows)
    )


def ems(text: str) -> float:
    """About how wide a text is, in ems."""
    return sum(_NARROW if character < "\u1100" else 1.0 for character in text)


def broken(text: str, room: float) -> list[str]:
    """The text in lines of at most `room` ems, broken where it may be; anywhere, where it must."""
    rows, row = [], ""
    for part in _parts(text):
        if row and ems((row + part).rstrip()) > room:
            rows.append(row.rstrip())
            row = ""
        row += part
        while ems(row.rstrip()) > room and len(row) > 1:
            fits = next(n for n in range(len(row) - 1, 0, -1) if n == 1 or ems(row[:n]) <= room)
            rows.append(row[:fits])
            row = row[fits:]
    return [*rows, row.rstrip()] if row.strip() else rows


def _parts(text: str) -> Iterable[str]:
    part = ""
    for character in text:
        part += character
        if character in _BREAKS:
            yield part
            part = ""
    if part:
        yield part


def _written(value: Value) -> str:
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return escape(str(value))
