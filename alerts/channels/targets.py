"""Pure: what may follow the colon of an address."""

import re
from collections.abc import Callable

#: RFC 5321 without its quoted local parts, which nobody has; and nothing that could end a header.
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_LONGEST_LOCAL, _LONGEST_MAIL = 64, 254


def whole(pattern: str) -> Callable[[str], str | None]:
    """Takes a text that is `pattern` from end to end, as it stands."""
    known = re.compile(pattern)
    return lambda text: text if known.fullmatch(text) else None


def mail_address(text: str) -> str | None:
    """The mail address with its host in ASCII and lower case: two spellings of one mailbox are one recipient."""
    local, _at, host = text.strip().rpartition("@")
    try:
        labels = host.encode("idna").decode("ascii").casefold().removesuffix(".").split(".")
    except UnicodeError:
        return None
    address = f"{local}@{'.'.join(labels)}"
    is_one = (
        _LOCAL.fullmatch(local)
        and len(local) <= _LONGEST_LOCAL
        and len(labels) >= 2
        and all(_LABEL.fullmatch(label) for label in labels)
        and len(address) <= _LONGEST_MAIL
    )
    return address if is_one else None
