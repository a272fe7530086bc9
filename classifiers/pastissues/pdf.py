"""Pure: pdf into text: a page's lines in the order in which the file holds them."""

from collections.abc import Iterator
from ctypes import byref, c_double
from itertools import pairwise

import pypdfium2 as pdfium  # type: ignore[import-untyped]
from pypdfium2 import raw

from classifiers.pastissues.issue import PastIssueError
from monitor.i18n import _

#: A longer document is refused.
MOST_PAGES = 500
#: From one line's foot to the next: more than this many times the usual is a gap that the eye sees.
_GAP = 1.6


def read(body: bytes) -> str:
    """The document's text, pages parted by form feeds.

    An empty line stands where a wider space, or a box elsewhere on the page, parts two lines.

    Raises:
        PastIssueError: the file is damaged, encrypted, too long, or holds pictures of text.
    """
    try:
        document = pdfium.PdfDocument(body)
        if len(document) > MOST_PAGES:
            raise PastIssueError(_("{most}쪽이 넘습니다. 한 호씩 나누어 주십시오.").format(most=MOST_PAGES))
        pages = [_page(document[number]) for number in range(len(document))]
    except pdfium.PdfiumError as error:
        if raw.FPDF_GetLastError() == raw.FPDF_ERR_PASSWORD:
            raise PastIssueError(_("암호가 걸려 있습니다. 암호를 풀고 다시 저장해 주십시오.")) from error
        raise PastIssueError(_("파일이 손상되어 읽을 수 없습니다. 원본을 다시 저장해 주십시오.")) from error
    if not any(page.strip() for page in pages):
        raise PastIssueError(
            _("글이 들어 있지 않습니다. 스캔한 그림이라면 글을 알아본 파일로 바꾸어 주십시오.")
        )
    return "\f".join(pages)


def _page(page: pdfium.PdfPage) -> str:
    textpage = page.get_textpage()
    lines = list(_lines(textpage))
    steps = sorted(above - below for (_a, above), (_b, below) in pairwise(lines) if above > below)
    usual = steps[len(steps) // 2] if steps else 0.0
    parts: list[str] = []
    for place, (text, foot) in enumerate(lines):
        step = lines[place - 1][1] - foot if place else 0.0
        if place and (step > _GAP * usual or step < -usual):
            parts.append("")
        parts.append(text)
    return "\n".join(parts)


def _lines(textpage: pdfium.PdfTextPage) -> Iterator[tuple[str, float]]:
    """Each line with the height of its foot above the page's; spaces at its end tell where words end."""
    start = 0
    for line in textpage.get_text_range().split("\n"):
        text = line.rstrip("\r")
        visible = len(text) - len(text.lstrip())
        if text.strip():
            yield text, _foot(textpage, start + visible)
        start += len(line) + 1


def _foot(textpage: pdfium.PdfTextPage, index: int) -> float:
    left, right, bottom, top = c_double(), c_double(), c_double(), c_double()
    raw.FPDFText_GetCharBox(textpage, index, byref(left), byref(right), byref(bottom), byref(top))
    return float(bottom.value)
