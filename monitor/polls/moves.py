"""Pure: when to take a source's new address: its server redirects for good (301 or 308, RFC 9110 section 15.4).

A permanent redirect is often a mistake of a day, so it is adopted once it has pointed to the same valid target for a
week; a mere change to https is adopted at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from monitor.documents import Redirect

#: How long a server must point to the same place before that is believed.
PATIENCE = timedelta(days=7)
_PERMANENT = {301, 308}


@dataclass(frozen=True, slots=True)
class Move:
    """Where a source has been pointing, since when, and whether that is its address from now on."""

    to: str = ""
    since: datetime | None = None
    adopted: bool = False


def permanent_target(redirects: Sequence[Redirect]) -> str:
    """Where the permanent redirects at the beginning of a chain lead; empty where it begins otherwise."""
    target = ""
    for hop in redirects:
        if hop.status not in _PERMANENT:
            break
        target = hop.url
    return target


def follow(before: Move, url: str, redirects: Sequence[Redirect], now: datetime) -> Move:
    """Where a source is moving to, after a visit to `url` that ended, by way of `redirects`, in a document with entries.

    `before` is what the last visit came to. An empty `Move` where no permanent redirect leads elsewhere.
    """
    target = permanent_target(redirects)
    if not target or target == url:
        return Move()
    if _only_secured(url, target):
        return Move(target, now, adopted=True)
    if target != before.to or before.since is None:
        return Move(target, now)
    return Move(target, before.since, adopted=now - before.since >= PATIENCE)


def _only_secured(old: str, new: str) -> bool:
    """Whether the addresses differ in nothing but http and https."""
    one, two = urlsplit(old), urlsplit(new)
    return (one.scheme, two.scheme) == ("http", "https") and one._replace(scheme="") == two._replace(
        scheme=""
    )
