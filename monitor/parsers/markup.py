"""Pure: what the parsers share: links made absolute, HTML told from a feed, and how much of a document is read."""

import re
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

_HTML = re.compile(
    r"^\s*+(?:<\?xml[^>]*\?>\s*+)?(?><!--.*?-->\s*+)*+(?:<!doctype\s+html|<html[\s>])",
    re.IGNORECASE | re.DOTALL,
)
_SPACES = re.compile(r"[\s\x00-\x20]+")
#: What joining to any base, and all that is looked for below, leaves as it is. Most addresses in feeds are such.
PLAIN_ADDRESS = re.compile(
    r"https?://[a-z0-9][a-z0-9.-]*(?::[1-5]?[0-9]{1,4})?/[A-Za-z0-9/_.,%~+=()!*'@:$&-]*"
    r"(?:\?[A-Za-z0-9/_.,%~+=()!*'@:$&;-]+)?(?:#[A-Za-z0-9/_.,%~+=()!*'@:$&;-]+)?"
)
#: What may stand in no address as it is: a reader would see another one.
_HIDDEN = re.compile(
    "[\x00-\x20\x7f-\xa0\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3000\u3164\ud800-\udfff\ufeff\uffa0\ufff9-\uffff\U000e0000-\U000e0fff]"
)
#: To urljoin this is the page that it stands on.
_NO_HOST = re.compile(r"(?:https?:)?//(?:[/?#]|\Z)", re.IGNORECASE)
#: Characters. A longer address is none.
MAX_LINK = 4_000
#: A document with more entries is cut: the newest come first, and a note says so.
MAX_ENTRIES = 2_000
#: Elements. A document of more is none that anybody wrote: each costs feedparser and Beautiful Soup some 20 µs.
MAX_TAGS = 150_000


def is_html(text: str) -> bool:
    """Whether the text begins as a web page does."""
    return bool(_HTML.match(text[:4096]))


def root_name(root: Any) -> str:
    """The local name of lxml's root element; empty where there is none. `etree.QName` balks at names such as ":"."""
    try:
        return root.tag.rpartition("}")[2] if root is not None and isinstance(root.tag, str) else ""
    except UnicodeDecodeError:
        # A namespace of half a character, which lxml lets in and not out.
        return ""


def absolute(link: str, base: str) -> str:
    """The http(s) address that `link` means on the page at `base` (RFC 3986 section 5); empty for any other scheme.

    One with a user name is none either: http://bank.kr@evil.kr/ is how addresses pretend.
    """
    if len(link) <= MAX_LINK and PLAIN_ADDRESS.fullmatch(link):
        return link
    # Browsers drop tabs and line breaks inside an address; the rest of a link with spaces is still one link.
    cleaned = _SPACES.sub("", link) if "\n" in link or "\t" in link else link.strip()
    if not cleaned or _NO_HOST.match(cleaned):
        return ""
    try:
        joined = urljoin(base, cleaned)
        parts = urlsplit(joined)
        if parts.scheme.lower() not in {"http", "https"} or not parts.hostname or len(joined) > MAX_LINK:
            return ""
        if "@" in parts.netloc or _HIDDEN.search(parts.netloc):
            return ""
        _ = parts.port
    except ValueError:
        return ""
    return _HIDDEN.sub(lambda found: quote(found[0], errors="replace"), joined)
