"""A drawing, read back."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator

from review.charts.picture import Picture


def read(picture: Picture | str) -> ET.Element:
    """The drawing's root: it must be well formed to have one."""
    return ET.fromstring(picture.svg if isinstance(picture, Picture) else picture)


def of_class(root: ET.Element, *names: str) -> list[ET.Element]:
    """The elements that have all these classes, in the drawing's order."""
    return [one for one in root.iter() if set(names) <= set(one.get("class", "").split())]


def texts(root: ET.Element, name: str) -> list[str]:
    """What the text elements of a class say."""
    return [one.text or "" for one in of_class(root, name)]


def share(element: ET.Element, attribute: str) -> float:
    """A length that is a share of the width."""
    text = element.get(attribute, "")
    assert text.endswith("%"), text
    return float(text[:-1])


def lengths(root: ET.Element) -> Iterator[float]:
    """Every length of the drawing, whatever it is of."""
    for element in root.iter():
        for name in ("x", "y", "width", "height", "cx", "cy", "r", "x1", "x2", "y1", "y2"):
            if text := element.get(name):
                yield float(text.rstrip("%"))


def table(picture: Picture) -> list[list[str]]:
    """The rows of the table, as they read."""
    return [[fact.text for fact in row] for row in picture.rows]
