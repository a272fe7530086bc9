"""An issue's draft into a file: one module a format, `FORMATS` is the table. Pure: nothing is stored here."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from review.issues.draft import IssueDraft


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file that an issue can be had as."""

    media_type: str
    suffix: str
    #: What people call it.
    name: str
    #: The module whose `write` makes it. It is loaded when somebody wants such a file: the libraries of two of them
    #: take a second to load, which no page and no other command has to wait for.
    module: str

    @property
    def is_text(self) -> bool:
        """Whether a terminal can show it."""
        return self.media_type.startswith("text/")


#: By what an address and `--format` call it.
FORMATS = {
    "docx": Format(
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ".docx",
        "DOCX",
        "review.exports.docx",
    ),
    "hwpx": Format("application/hwp+zip", ".hwpx", "HWPX", "review.exports.hwpx"),
    "html": Format("text/html; charset=utf-8", ".html", "HTML", "review.exports.html"),
    "md": Format("text/markdown; charset=utf-8", ".md", "Markdown", "review.exports.markdown"),
}


def export(draft: "IssueDraft", format: str) -> bytes:
    """The draft as the bytes of a file in this format, a key of `FORMATS`."""
    write: Callable[[IssueDraft], bytes] = import_module(FORMATS[format].module).write
    return write(draft)
