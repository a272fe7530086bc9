"""Pure: what a feed wrote, made readable and safe. Nothing a feed says is trusted."""

import html
import re

import nh3
from bs4 import BeautifulSoup

#: No lead is read past this; a feed that sends megabytes of mark-up costs no more than one that does not.
MAX_MARKUP = 200_000

_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "cite", "code", "dd", "dl", "dt", "em", "h2", "h3", "h4", "i", "li", "ol",
    "p", "pre", "q", "s", "small", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "u", "ul",
}  # fmt: skip

#: C0 and C1 controls, and what turns, hides or breaks text: bidi marks (Trojan Source, CVE-2021-42574), zero-width
#: characters, line and paragraph separators, the byte order mark. ZWJ and ZWNJ stay out of our languages' way.
_CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)
_SPACE = re.compile(r"[\s\u2028\u2029\u3000]+")
_MARKUP = re.compile(r"<[a-zA-Z!/?][^>]*>|<!--")
_ENTITY = re.compile(r"&(#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_HIDDEN = ("script", "style", "template", "noscript", "iframe", "svg", "math", "head")


def clean_line(text: str) -> str:
    """`text` on one line, without control, bidi and zero-width characters, spaces folded."""
    return _SPACE.sub(" ", _CONTROL.sub("", text)).strip()


def plain(markup: str) -> str:
    """The readable text of HTML or text as one line; never mark-up, whatever it was.

    Feeds escape once too often ("R&amp;amp;D", "&amp;lt;b&amp;gt;"): entities are resolved until none is left, at
    most three times, and what turns out to be a tag goes.
    """
    text = markup[:MAX_MARKUP]
    for _round in range(3):
        if not _MARKUP.search(text) and not _ENTITY.search(text):
            break
        text = _strip_tags(text) if _MARKUP.search(text) else html.unescape(text)
    return clean_line(text)


def _strip_tags(text: str) -> str:
    # html.parser recurses over nested tags; lxml does not, however deep they are.
    soup = BeautifulSoup(text, "lxml")
    for element in soup(_HIDDEN):
        element.decompose()
    return soup.get_text(" ")


def sanitise(markup: str) -> str:
    """HTML that a page may show: an allow-list of tags, http(s) and mailto links, no images, no style, no scripts."""
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
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )
    return cleaned.strip()


def clip(text: str, length: int) -> str:
    """`text`, cut at `length` characters with an ellipsis where it is longer."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
