"""Pure: hwpx, Hancom's zipped XML (OWPML, KS X 6101), into text: paragraphs, cells, boxes and footnotes."""

import re

from lxml import etree

from classifiers.pastissues.archive import Archive, local, paragraphs
from classifiers.pastissues.issue import PastIssueError
from monitor.i18n import _

_SECTION = re.compile(r"Contents/section(\d+)\.xml")
_MANIFEST = "META-INF/manifest.xml"
_SPACES = {"tab": " ", "nbSpace": " ", "fwSpace": " ", "lineBreak": "\n", "hyphen": "-"}
#: Running heads, page numbers and what only the program reads.
_UNREAD = (
    "header",
    "footer",
    "hiddenComment",
    "linesegarray",
    "secPr",
    "pageNum",
    "deleteBegin",
    "shapeComment",
)


def read(body: bytes) -> str:
    """The document's text, a paragraph a line, sections parted by form feeds; a footnote stands in brackets at its number.

    Raises:
        PastIssueError: the file is damaged, encrypted or too large.
    """
    archive = Archive(body)
    if _MANIFEST in archive.names and any(
        local(element) == "encryption-data" for element in archive.xml(_MANIFEST).iter()
    ):
        raise PastIssueError(_("암호가 걸려 있습니다. 암호를 풀고 다시 저장해 주십시오."))
    sections = sorted((int(found[1]), name) for name in archive.names if (found := _SECTION.fullmatch(name)))
    if not sections:
        raise PastIssueError(_("파일이 손상되어 읽을 수 없습니다. 원본을 다시 저장해 주십시오."))
    return "\f".join("\n".join(paragraphs(archive.xml(name), _inline)) for _order, name in sections)


def _inline(element: etree._Element) -> str | None:
    name = local(element)
    if name == "t":
        return _text(element)
    if name in ("footNote", "endNote"):
        note = " ".join(paragraphs(element, _inline)).strip()
        return f" ({note})" if note else ""
    return "" if name in _UNREAD else None


def _text(element: etree._Element) -> str:
    parts = [element.text or ""]
    for child in element:
        parts += [_SPACES.get(local(child), ""), child.tail or ""]
    return "".join(parts)
