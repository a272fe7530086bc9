"""Pure: OPML 2.0 (http://opml.org/spec2.opml) read and written: in it feed readers hand each other their lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from lxml import etree

from monitor.errors import ParseError, ParseFault
from monitor.parsers.markup import root_name
from monitor.sources import SourceConfig
from monitor.texts.decode import decode
from monitor.texts.text import clean_line

#: A list of ten thousand feeds has some 3 MB.
MAX_BYTES = 8_000_000
#: Feeds of one list; a longer list is refused.
MAX_OUTLINES = 10_000
#: Characters of an address; one more is read of a longer one, by which it is known to be too long.
MAX_URL = 4_000


@dataclass(frozen=True, slots=True)
class Outline:
    """One feed of the list, as it was written: nothing of it is checked but its length."""

    url: str
    title: str = ""
    language: str = ""


def read_opml(body: bytes) -> list[Outline]:
    """Every outline with an address, in any depth of folders, in the list's order.

    Raises:
        ParseError: it is no OPML, has more than MAX_BYTES or MAX_OUTLINES, or declares entities, which no list needs.
    """
    if len(body) > MAX_BYTES:
        raise ParseError(ParseFault.NOT_A_FEED, f"more than {MAX_BYTES // 1_000_000} MB")
    text = decode(body).text.lstrip("\ufeff \t\r\n")
    if "<!ENTITY" in text or "<!DOCTYPE" in text:
        raise ParseError(ParseFault.NOT_A_FEED, "a document type or entities: no list of feeds needs them")
    if text.startswith("<?xml"):
        text = text.partition("?>")[2].lstrip()
    parser = etree.XMLParser(
        recover=True, no_network=True, resolve_entities=False, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError:
        root = None
    if root is None or root_name(root).lower() != "opml":
        raise ParseError(ParseFault.NOT_A_FEED, "no OPML")
    found = []
    for element in root.iter("{*}outline"):
        # Some write XMLURL: the names of attributes are compared as HTML's are.
        given = {str(name).lower(): clean_line(str(value)) for name, value in element.attrib.items()}
        if url := given.get("xmlurl", ""):
            title = given.get("title") or given.get("text", "")
            language = given.get("language", "")[:2].lower()
            found.append(Outline(url[: MAX_URL + 1], title[:1_000], language))
        if len(found) > MAX_OUTLINES:
            raise ParseError(ParseFault.NOT_A_FEED, f"more than {MAX_OUTLINES} feeds")
    return found


def write_opml(sources: Sequence[SourceConfig], title: str, now: datetime) -> bytes:
    """The list of these sources as an OPML file, in UTF-8.

    A feed is an outline of type "rss"; any other page that we read is a "link", since no other reader could.
    """
    root = etree.Element("opml", version="2.0")
    head, body = etree.SubElement(root, "head"), etree.SubElement(root, "body")
    etree.SubElement(head, "title").text = title
    etree.SubElement(head, "dateCreated").text = format_datetime(now, usegmt=True)
    for source in sources:
        outline = {"text": source.name, "title": source.name}
        if source.format in {"feed", "json_feed"}:
            outline |= {"type": "rss", "xmlUrl": source.url}
        else:
            outline |= {"type": "link", "url": source.url, "htmlUrl": source.url}
        if source.language:
            outline["language"] = source.language
        etree.SubElement(body, "outline", outline)
    written: bytes = etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)
    return written
