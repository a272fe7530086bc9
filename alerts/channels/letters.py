"""Pure: a message as the bytes of an e-mail (RFC 5322), to which no part of it can add a header."""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from datetime import datetime
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from html import escape
from typing import Any

from alerts.messages import Button, Message
from monitor.texts.text import clean_line, clip

#: Characters.
LONGEST_SUBJECT = 200
#: Headers that a message may bring along; the others are the letter's own.
GIVEN = ("Date", "Message-ID", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post")
_OWN = ("From", "To", "Subject", "Auto-Submitted")
#: Bytes of an encoded word's text: "=?utf-8?b?" + base64 + "?=" stay under 75 characters (RFC 2047 section 2).
_WORD_BYTES = 45


class _AsWritten(UnstructuredHeader, BaseHeader):
    """A header that goes out as it was set.

    The library's own folding loses spaces between encoded words and letters of literal ones, and encodes addresses
    that are longer than a line (Python 3.11 to 3.13, email._header_value_parser).
    """

    @classmethod
    def parse(cls, value: str, kwds: dict[str, Any]) -> None:
        kwds["parse_tree"] = cls.value_parser("")
        kwds["decoded"] = value

    def fold(self, *, policy: Any) -> str:
        folded = self.replace("?= =?", f"?={policy.linesep} =?")
        return f"{self.name}: {folded}{policy.linesep}"


_headers = HeaderRegistry()
for _name in (*GIVEN, *_OWN):
    _headers.map_to_type(_name, _AsWritten)
# 7bit: no server has to know 8BITMIME.
_POLICY = SMTP.clone(header_factory=_headers, cte_type="7bit")


def mailbox(text: str) -> Address:
    """The mailbox that `text` writes, as `kim@example.kr` or `김하나 <kim@example.kr>`; its domain in ASCII (IDNA).

    Raises:
        ValueError: it writes none, or one that only SMTPUTF8 could reach.
    """
    name, address = parseaddr(clean_line(text))
    local, _at, domain = address.rpartition("@")
    if not local or not local.isascii() or not domain or " " in address:
        raise ValueError("no mail address")
    return Address(name, local, domain.encode("idna").decode("ascii"))


def letter(message: Message, sender: Address, to: Address, now: datetime) -> bytes:
    """The e-mail that carries `message`: plain text first, HTML second, every line ended by CRLF."""
    mail = EmailMessage(_POLICY)
    mail["From"] = _named(sender)
    mail["To"] = _named(to)
    subject = message.subject or next(iter(message.plain.splitlines()), "")
    mail["Subject"] = encoded(clip(clean_line(subject), LONGEST_SUBJECT))
    for name, value in {"Date": format_datetime(now), **message.headers}.items():
        if name in GIVEN:
            mail[name] = clean_line(value).encode("ascii", "replace").decode()
    # RFC 3834: no holiday notice answers this.
    mail["Auto-Submitted"] = "auto-generated"
    links = [button for row in message.rows for button in row if button.url]
    lines = [message.plain, *(f"{link.label}: {link.url}" for link in links)]
    mail.set_content(_whole("\n".join(lines)) + "\n")
    mail.add_alternative(_whole(_document(message, links)), subtype="html")
    return mail.as_bytes()


def encoded(text: str) -> str:
    """`text` as a header carries it: itself where it is ASCII, else encoded words (RFC 2047)."""
    if text.isascii() and "=?" not in text:
        return text
    return " ".join(f"=?utf-8?b?{b64encode(part).decode()}?=" for part in _parts(text))


def _parts(text: str) -> Iterator[bytes]:
    """`text` in UTF-8, in parts that each fill an encoded word and cut no character."""
    part = b""
    for character in text:
        letter = character.encode("utf-8", "replace")
        if len(part) + len(letter) > _WORD_BYTES:
            yield part
            part = b""
        part += letter
    yield part


def _named(address: Address) -> str:
    name = clean_line(address.display_name)
    if not name:
        return address.addr_spec
    quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{quoted if encoded(name) == name else encoded(name)} <{address.addr_spec}>"


def _whole(text: str) -> str:
    """Without lone surrogates, which no e-mail can carry."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _document(message: Message, links: Sequence[Button]) -> str:
    """The message's HTML as a document: a summary is one already, an alert is a few lines."""
    if message.html.startswith("<!doctype"):
        return message.html
    lines = message.html.replace("\n", "<br>\n")
    anchors = " · ".join(f'<a href="{escape(link.url)}">{escape(link.label)}</a>' for link in links)
    return (
        '<!doctype html>\n<html><head><meta charset="utf-8"><meta name="color-scheme" content="light dark"></head>\n'
        f'<body style="font-family:sans-serif;line-height:1.5">\n<p>{lines}</p>\n<p>{anchors}</p>\n</body></html>\n'
    )
