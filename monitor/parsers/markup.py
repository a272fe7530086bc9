"""Pure: what the parsers share: links, and telling HTML from a feed."""

import re
from urllib.parse import urljoin, urlsplit

_HTML = re.compile(
    r"^\s*+(?:<\?xml[^>]*\?>\s*+)?(?><!--.*?-->\s*+)*+(?:<!doctype\s+html|<html[\s>])",
    re.IGNORECASE | re.DOTALL,
)
_SPACES = re.compile(r"[\s\x00-\x20]+")
MAX_LINK = 4_000


def is_html(text: str) -> bool:
    """Whether the text begins as a web page does."""
    return bool(_HTML.match(text[:4096]))


def absolute(link: str, base: str) -> str:
    """The http(s) address that `link` means on the page at `base`; empty for javascript:, data: and other schemes."""
    # Browsers drop tabs and line breaks inside an address; the rest of a link with spaces is still one link.
    cleaned = _SPACES.sub("", link) if "\n" in link or "\t" in link else link.strip()
    if not cleaned:
        return ""
    try:
        joined = urljoin(base, cleaned)
        parts = urlsplit(joined)
        if parts.scheme.lower() not in {"http", "https"} or not parts.hostname or len(joined) > MAX_LINK:
            return ""
        _ = parts.port
    except ValueError:
        return ""
    return joined.replace(" ", "%20")
