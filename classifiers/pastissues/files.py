"""Pure: a past issue's file into text, by the reader of its suffix; `READERS` is the table of them."""

from collections.abc import Callable
from importlib import import_module

from classifiers.pastissues.issue import PastIssueError
from monitor.i18n import _

#: By suffix, in lower case: the module and its function from bytes to text, which raises PastIssueError. It is loaded when
#: such a file is to be read: whoever only names the formats waits for no library.
READERS = {
    ".txt": ("text", "read"),
    ".md": ("text", "read_markdown"),
    ".pdf": ("pdf", "read"),
    ".docx": ("docx", "read"),
    ".hwpx": ("hwpx", "read"),
}
#: The formats as people read of them: "txt, md, …".
FORMATS = ", ".join(suffix[1:] for suffix in READERS)
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
        raise PastIssueError(message.format(known=FORMATS))
    if len(body) > MOST_BYTES:
        raise PastIssueError(_("파일이 너무 큽니다. 그림을 빼고 다시 저장해 주십시오."))
    module, function = READERS[suffix]
    read: Callable[[bytes], str] = getattr(import_module(f"classifiers.pastissues.{module}"), function)
    return read(body)
