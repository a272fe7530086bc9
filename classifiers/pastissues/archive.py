"""Pure: zip files of XML, as docx and hwpx are: opened with care, since a small file may unfold to any size."""

import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO

from lxml import etree

from classifiers.pastissues.issue import PastIssueError
from monitor.i18n import _

#: An issue with its pictures has some hundred members; its text is a few MB of XML.
MOST_MEMBERS = 5000
MOST_XML_BYTES = 64 * 2**20
#: The file that Office wraps around a document with a password, and an old hwp or doc, begin so.
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")


class Archive:
    """The members of a zip file that we hold in memory; only XML of a sane size is ever unpacked.

    Raises:
        PastIssueError: when it is made: the file is no zip or damaged, has a password, or has too many members.
    """

    def __init__(self, body: bytes) -> None:
        if body.startswith(_OLE):
            raise PastIssueError(
                _("암호가 걸려 있거나 옛 형식입니다. 암호를 풀고 docx 나 hwpx 로 다시 저장해 주십시오.")
            )
        try:
            self._zip = zipfile.ZipFile(BytesIO(body))
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise _damaged() from error
        #: The members' names.
        self.names = self._zip.namelist()
        if len(self.names) > MOST_MEMBERS:
            raise _too_large()

    def xml(self, name: str) -> etree._Element:
        """A member's root element.

        Raises:
            PastIssueError: it is missing, damaged, encrypted or too large.
        """
        try:
            info = self._zip.getinfo(name)
            if info.flag_bits & 1:
                raise PastIssueError(_("암호가 걸려 있습니다. 암호를 풀고 다시 저장해 주십시오."))
            with self._zip.open(info) as member:
                # What the directory says of the size need not be true: what comes out is counted.
                content = member.read(MOST_XML_BYTES + 1)
            if len(content) > MOST_XML_BYTES:
                raise _too_large()
            parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
            return etree.fromstring(content, parser)
        except (
            KeyError, EOFError, OSError, NotImplementedError, zlib.error, zipfile.BadZipFile, etree.XMLSyntaxError
        ) as error:  # fmt: skip
            raise _damaged() from error


def _damaged() -> PastIssueError:
    return PastIssueError(_("파일이 손상되어 읽을 수 없습니다. 원본을 다시 저장해 주십시오."))


def _too_large() -> PastIssueError:
    return PastIssueError(_("파일이 너무 큽니다. 그림을 빼고 다시 저장해 주십시오."))


def local(element: etree._Element) -> str:
    """An element's name without its namespace; empty for comments and processing instructions."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def paragraphs(root: etree._Element, inline: Callable[[etree._Element], str | None]) -> list[str]:
    """The text of every `p`, in the document's order; a `p` inside another (a cell, a box) stands after it.

    `inline` says what an element is worth as text: a str ends the matter, None means its children are looked at.
    """
    found: list[str] = []

    def walk(element: etree._Element, into: list[str]) -> None:
        for child in element:
            if local(child) == "p":
                paragraph(child)
            elif (text := inline(child)) is not None:
                into.append(text)
            else:
                walk(child, into)

    def paragraph(element: etree._Element) -> None:
        place = len(found)
        own: list[str] = []
        walk(element, own)
        found.insert(place, "".join(own))

    walk(root, [])
    return found
