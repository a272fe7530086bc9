"""Pure: txt and md into text, from any encoding that Korean editors save in."""

import codecs
import re

from monitor.texts.decode import decode

_BYTE_ORDER_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
#: Marks of Markdown that say nothing of the text: heading signs, quotes, a table's rule, emphasis.
_HEADING = re.compile(r"^[ \t]{0,3}(?:#{1,6}[ \t]+|>[ \t]?)", re.M)
_RULE = re.compile(r"^[ \t]*[|:\-+= \t]{3,}$", re.M)
_EMPHASIS = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_LINK = re.compile(r"!?\[((?:\\.|[^\]\\\n])*)\]\([^)\n]*\)")
_LINE_BREAK = re.compile(r"<br ?/?>")
#: A sign that Markdown would take for its own, written as a letter.
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_BETWEEN_CELLS = re.compile(r"(?<!\\)\|")
_ROW = re.compile(r"^[ \t]*\|(.*)\|[ \t]*$", re.M)


def read(body: bytes) -> str:
    """The file's text: UTF-8, else CP949, in which Korean programs saved before; only then is the encoding guessed."""
    if not body.startswith(_BYTE_ORDER_MARKS):
        for codec in ("utf-8", "cp949"):
            try:
                return body.decode(codec)
            except UnicodeDecodeError:
                continue
    return decode(body).text


def read_markdown(body: bytes) -> str:
    """The file's text without Markdown's marks; a table's cells stand on lines of their own."""
    text = _RULE.sub("", read(body))
    for pattern, replacement in ((_HEADING, ""), (_EMPHASIS, r"\2"), (_LINK, r"\1")):
        text = pattern.sub(replacement, text)
    text = _ROW.sub(lambda row: "\n".join(cell.strip() for cell in _BETWEEN_CELLS.split(row[1])), text)
    return _ESCAPED.sub(r"\1", _LINE_BREAK.sub("\n", text))
