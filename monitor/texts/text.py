"""Pure: HTML and text from feeds made readable (`plain`) and safe to show (`sanitise`): nothing a feed says is trusted."""

import html
import re
import threading

import nh3
from lxml import etree

#: Characters of mark-up that are read; a feed that sends megabytes of it costs no more than one that does not.
MAX_MARKUP = 200_000

_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "cite", "code", "dd", "dl", "dt", "em", "h2", "h3", "h4", "i", "li", "ol",
    "p", "pre", "q", "s", "small", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "u", "ul",
}  # fmt: skip

#: C0 and C1 controls, and what turns, hides or breaks text: bidi marks (Trojan Source, CVE-2021-42574), zero-width
#: characters, line and paragraph separators, the byte order mark, halves of characters that no database keeps, and
#: the tags and selectors in which a text can be hidden inside another. ZWJ and ZWNJ stay out of our languages' way.
_CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ud800-\udfff\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]"
)
_SPACE = re.compile(r"[\s\u2028\u2029\u3000]+")
_OPENS = re.compile(r"<[a-zA-Z!/?]")
_ENTITY = re.compile(r"&(#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_OURS = threading.local()
_UNREAD = {"script", "style", "template", "noscript", "iframe", "svg", "math", "head"}


def clean_line(text: str) -> str:
    """`text` on one line, without control, bidi and zero-width characters, spaces folded."""
    # What is printable has no space but the plain one, and in ASCII no control either: two searches less.
    if not text.isprintable():
        return _SPACE.sub(" ", _CONTROL.sub("", text)).strip()
    if not text.isascii():
        text = _CONTROL.sub("", text)
    return (_SPACE.sub(" ", text) if "  " in text else text).strip()


def plain(markup: str) -> str:
    """The readable text of HTML or text as one line; never mark-up, whatever it was.

    Feeds escape once too often ("R&amp;amp;D", "&amp;lt;b&amp;gt;"): entities are resolved until none is left, at
    most three times, and what turns out to be a tag goes.
    """
    text = markup[:MAX_MARKUP]
    for _round in range(3):
        if _has_tag(text):
            text = _strip_tags(text)
        elif _ENTITY.search(text):
            text = html.unescape(text)
        else:
            break
    return clean_line(text)


def _has_tag(text: str) -> bool:
    """Whether a tag opens and one closes behind it. By one pattern, a thousand that never close take its square."""
    opens = _OPENS.search(text)
    return opens is not None and (text.find(">", opens.end()) >= 0 or "<!--" in text)


def _strip_tags(text: str) -> str:
    # html.parser recurses over nested tags; lxml does not, and without a tree no depth costs anything. One parser for
    # all: making one takes longer than most texts. Each thread has its own.
    parser = getattr(_OURS, "parser", None) or etree.HTMLParser(target=_Reader())
    # None while it works: one that failed is not used again.
    _OURS.parser = None
    parser.feed(text.encode("utf-8", "replace").decode())
    read: str = parser.close()
    _OURS.parser = parser
    return read


class _Reader:
    """The text between tags, as lxml's parser tells it piece by piece."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._unread = 0

    def start(self, tag: str, _attributes: object) -> None:
        self._pieces.append(" ")
        self._unread += tag in _UNREAD

    def end(self, tag: str) -> None:
        self._pieces.append(" ")
        self._unread -= tag in _UNREAD

    def comment(self, _text: str) -> None:
        self._pieces.append(" ")

    def data(self, text: str) -> None:
        if not self._unread:
            self._pieces.append(text)

    def close(self) -> str:
        """All that was read; begins anew."""
        read = "".join(self._pieces)
        self._pieces.clear()
        self._unread = 0
        return read


def sanitise(markup: str) -> str:
    """HTML that a page may show, by an allow-list (nh3): a few tags, http(s) and mailto links, no images, styles, scripts."""
    cleaned = nh3.clean(
        _CONTROL.sub("", markup[:MAX_MARKUP]),
        tags=_TAGS,
        attributes={
            "a": {"href", "title"},
            "abbr": {"title"},
            "td": {"colspan", "rowspan"},
            "th": {"colspan", "rowspan"},
        },
        url_schemes={"http", "https", "mailto"},
        # Parsers make addresses whole; what is still relative would lead into our own pages, or as //host out of them.
        url_relative="deny",
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )
    return cleaned.strip()


def clip(text: str, length: int) -> str:
    """`text`; cut to `length` characters, with an ellipsis as the last of them, where it is longer."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
