"""Pure: a past issue's file into text, by the reader of its suffix; `READERS` is the table of them."""

from collections.abc import Callable

from classifiers.pastissues import docx, hwpx, pdf, text
from classifiers.pastissues.issue import PastIssueError
from monitor.i18n import _

#: By suffix, in lower case; each raises PastIssueError.
READERS: dict[str, Callable[[bytes], str]] = {
    ".txt": text.read,
    ".md": text.read_markdown,
    ".pdf": pdf.read,
    ".docx": docx.read,
    ".hwpx": hwpx.read,
}
#: A larger file is refused; an issue with all its pictures is well below.
MOST_BYTES = 200 * 2**20


def read_file(name: str, body: bytes) -> str:
    """The text of a file, by its name's suffix.

    Raises:
        PastIssueError: nothing reads such a file, or it is damaged, encrypted or too large.
    """
    suffix = name[name.rfind(".") :].lower()
    if suffix not in READERS:
        message = _("읽을 수 있는 형식이 아닙니다. {known} 가운데 하나로 저장해 주십시오.")
        raise PastIssueError(message.format(known=", ".join(kind[1:] for kind in READERS)))
    if len(body) > MOST_BYTES:
        raise PastIssueError(_("파일이 너무 큽니다. 그림을 빼고 다시 저장해 주십시오."))
    return READERS[suffix](body)
