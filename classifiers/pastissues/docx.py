"""Pure: docx (Office Open XML, ECMA-376) into text: paragraphs, cells and footnotes."""

from lxml import etree

from classifiers.pastissues.archive import Archive, local, paragraphs

_DOCUMENT = "word/document.xml"
_FOOTNOTES = "word/footnotes.xml"
_BREAKS = {"br": "\n", "cr": "\n", "tab": " ", "noBreakHyphen": "-"}
#: Deleted text of tracked changes, field codes, and the second copy of a drawing for old programs.
_UNREAD = ("delText", "instrText", "Fallback", "pPr", "rPr", "del", "moveFrom")


def read(body: bytes) -> str:
    """The document's text, a paragraph a line, a page break a form feed; a footnote stands in brackets at its number.

    Raises:
        PastIssueError: the file is damaged, encrypted or too large.
    """
    archive = Archive(body)
    notes = _notes(archive.xml(_FOOTNOTES)) if _FOOTNOTES in archive.names else {}
    return "\n".join(paragraphs(archive.xml(_DOCUMENT), lambda element: _inline(element, notes)))


def _inline(element: etree._Element, notes: dict[str, str]) -> str | None:
    name = local(element)
    if name == "t":
        return element.text or ""
    if name in _UNREAD:
        return ""
    if name == "footnoteReference":
        return notes.get(_id(element), "")
    if name == "br" and _attribute(element, "type") == "page":
        return "\f"
    return _BREAKS.get(name)


def _notes(root: etree._Element) -> dict[str, str]:
    """Each footnote's text by its id."""
    texts = {
        _id(note): " ".join(paragraphs(note, lambda element: _inline(element, {}))).strip()
        for note in root
        if local(note) == "footnote"
    }
    return {identifier: f" ({text})" for identifier, text in texts.items() if text}


def _id(element: etree._Element) -> str:
    return _attribute(element, "id")


def _attribute(element: etree._Element, name: str) -> str:
    return next((str(value) for key, value in element.items() if etree.QName(key).localname == name), "")
