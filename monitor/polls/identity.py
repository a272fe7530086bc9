"""Pure: which entry this is: new, known, or known and corrected at its source.

A guid alone cannot tell: sites number their items by position, give ten items one guid, or change guids with every
headline. So guid, link and title are compared, and two of three that agree make an entry known (FAULTS 3.2).
"""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from monitor.documents import FeedEntry
from monitor.texts.text import plain
from monitor.texts.words import normalise

_TRACKING = re.compile(
    r"^(?:utm_\w+|fbclid|gclid|dclid|msclkid|yclid|igshid|mc_[ce]id|_ga|cmpid|ncid|ref|ref_src|rss|from|source|src|spm|at_\w+)$",
    re.IGNORECASE,
)
#: Names that also carry meaning on some sites go only with a value that is plainly a tracker's.
_AMBIGUOUS = {"ref", "from", "source", "src", "rss"}
_TRACKER_VALUE = re.compile(r"rss|feed|twitter|facebook|newsletter|^$|^1$", re.IGNORECASE)
_SESSION = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/]*", re.IGNORECASE)
#: The start of an escaped %, ? or #: unescaped, the rest of the path would be another part of the address.
_DELIMITER = re.compile("%(?=25|3f|23)", re.IGNORECASE)
#: An address is stripped before it is read: a space at a path's end is none.
_END = re.compile(r"[/\s]+\Z")
#: Guids that number an item's place in the document, which the next item takes over tomorrow.
_POSITIONAL = re.compile(r"^(?:item|entry|post|article|no|id)?[ _\-.:#]*(\d{1,4})$", re.IGNORECASE)
#: METI moved its press pages; the eleven-digit number stayed.
_METI = re.compile(r"(?:^|\.)meti\.go\.jp/press/.*?(\d{11})(?:\.html|/)")

#: A shorter body is boilerplate.
LEAST_BODY = 20


@dataclass(frozen=True, slots=True)
class Keys:
    """What an entry can be known by; each a hash, or empty where the entry lacks it."""

    guid_key: str = ""
    link_key: str = ""
    title_key: str = ""
    #: Title and body, or title and date where there is hardly a body; the title key where there is neither.
    text_key: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """A stored entry's keys."""

    id: int
    guid_key: str
    link_key: str
    title_key: str
    text_key: str


class VerdictKind(StrEnum):
    """What an item of a document is to the store."""

    NEW = "new"
    UNCHANGED = "unchanged"
    CHANGED = "changed"  # known, but title, text or link differ in substance
    DUPLICATE = "duplicate"  # stands in this very document already
    BLANK = "blank"  # neither title, link nor text


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one item of a document turned out to be."""

    entry: FeedEntry
    kind: VerdictKind
    keys: Keys
    known_id: int | None = None  #: of the stored entry that it is, where it is UNCHANGED or CHANGED


@dataclass(frozen=True, slots=True)
class Lookup:
    """The keys under which stored entries may match a document's."""

    guid_keys: set[str]
    link_keys: set[str]
    #: A title that two share makes them one only together with another key: nobody need be looked for by it alone.
    title_keys: set[str]
    text_keys: set[str]


def canonical_link(link: str) -> str:
    """What two addresses of one page have in common: no scheme, no www., no tracking, no fragment, no session.

    A fragment that is a route (#!…, #/…) is part of the address. METI's press pages are their press number.
    """
    try:
        parts = urlsplit(link.strip())
        host = (parts.hostname or "").rstrip(".").removeprefix("www.")
        port = "" if parts.port in {None, 80, 443} else f":{parts.port}"
    except ValueError:
        return link.strip()
    path = unquote(_DELIMITER.sub("%25", _SESSION.sub("", parts.path)))
    if meti := _METI.search(f"{host}{path}"):
        return f"meti-press:{meti[1]}"
    query = "&".join(pair for pair in parts.query.split("&") if pair and not _is_tracking(pair))
    route = f"#{parts.fragment}" if parts.fragment.startswith(("!", "/")) else ""
    return f"{host}{port}{_END.sub('', path) or '/'}{f'?{query}' if query else ''}{route}"


def _is_tracking(pair: str) -> bool:
    name, _, value = pair.partition("=")
    if not _TRACKING.match(name):
        return False
    return name.lower() not in _AMBIGUOUS or bool(_TRACKER_VALUE.search(value))


def keys_of(entry: FeedEntry, *, guid_counts: bool = True) -> Keys:
    """An entry's keys; its guid only where it tells one entry from another (`usable_guids`)."""
    title = normalise(entry.title)
    said = plain(entry.summary or entry.content) if entry.readable is None else entry.readable
    body = normalise(said)
    # "See the attachment" under a recurring headline makes no text of its own; its date does.
    date = "" if len(body) >= LEAST_BODY else entry.published_raw.strip()
    title_key = _hash(title) if title else ""
    return Keys(
        guid_key=_hash(entry.guid) if entry.guid and guid_counts else "",
        link_key=_hash(canonical_link(entry.link)) if entry.link else "",
        title_key=title_key,
        text_key=_hash(f"{title}\n{body}\n{date}") if body or date else title_key,
    )


def keys_in(entries: Sequence[FeedEntry]) -> list[Keys]:
    """The keys of a document's entries, in its order."""
    usable = usable_guids(entries)
    return [keys_of(entry, guid_counts=entry.guid in usable) for entry in entries]


def usable_guids(entries: Sequence[FeedEntry]) -> set[str]:
    """The guids of a document that name one entry each: not shared, not the item's position, not its headline."""
    counts = Counter(entry.guid for entry in entries if entry.guid)
    # A document whose guids are all small numbers may be a database's; one whose numbers are the places is not.
    places = [(entry.guid, entry.position) for entry in entries if _POSITIONAL.match(entry.guid)]
    numbers = {guid: int(match[1]) - place for guid, place in places if (match := _POSITIONAL.match(guid))}
    positional = bool(numbers) and (
        len(set(numbers.values())) == 1 and next(iter(numbers.values())) in {0, 1}
    )
    by_name = {guid for guid, _place in places if re.match(r"item[_-]?\d+$", guid, re.IGNORECASE)}
    # A headline in the guid changes it with every correction.
    headlines = {
        entry.guid
        for entry in entries
        if len(entry.title) >= 8 and normalise(entry.title) in normalise(entry.guid)
    }
    return {
        guid
        for guid, count in counts.items()
        if count == 1 and guid not in by_name | headlines and not (positional and guid in numbers)
    }


def lookup(keys: Sequence[Keys]) -> Lookup:
    """What to ask the store for before `identify`: every key of a document's `keys_in`."""
    return Lookup(
        {key.guid_key for key in keys if key.guid_key},
        {key.link_key for key in keys if key.link_key},
        {key.title_key for key in keys if key.title_key},
        {key.text_key for key in keys if key.text_key},
    )


def identify(entries: Sequence[FeedEntry], keys: Sequence[Keys], stored: Sequence[Known]) -> list[Verdict]:
    """What each item of a document is, in the document's order; `keys` are its `keys_in`.

    A stored entry is claimed by at most one item, the best match first; so ten items that share a guid stay ten.
    """
    twins = _twins(keys)
    waiting = [
        index for index, key in enumerate(keys) if index not in twins and (key.link_key or key.text_key)
    ]
    links = Counter(keys[index].link_key for index in waiting)
    claims: dict[int, Known] = {}
    taken: set[int] = set()
    oldest_first = sorted(stored, key=lambda known: known.id)
    for ways in _WAYS if stored else ():
        piles = [_Pile(way, oldest_first) for way in ways]
        for index in waiting:
            found = [
                pile.first(keys[index], taken, link_is_unique=links[keys[index].link_key] == 1)
                for pile in piles
            ]
            if claimed := min(filter(None, found), key=lambda known: known.id, default=None):
                claims[index] = claimed
                taken.add(claimed.id)
        waiting = [index for index in waiting if index not in claims]
    return [
        _verdict(entry, keys[index], claims.get(index), twin=index in twins)
        for index, entry in enumerate(entries)
    ]


def _verdict(entry: FeedEntry, keys: Keys, known: Known | None, *, twin: bool) -> Verdict:
    if twin:
        return Verdict(entry, VerdictKind.DUPLICATE, keys)
    if not keys.link_key and not keys.text_key:
        return Verdict(entry, VerdictKind.BLANK, keys)
    if known is None:
        return Verdict(entry, VerdictKind.NEW, keys)
    same = known.text_key == keys.text_key and known.title_key == keys.title_key
    moved = bool(keys.link_key) and known.link_key != keys.link_key
    rekeyed = bool(keys.guid_key) and known.guid_key != keys.guid_key
    kind = VerdictKind.UNCHANGED if same and not moved and not rekeyed else VerdictKind.CHANGED
    return Verdict(entry, kind, keys, known.id)


def _twins(keys: Sequence[Keys]) -> set[int]:
    """The places of items that repeat, key for key, an earlier one of the same document."""
    seen: set[tuple[str, str]] = set()
    found = set()
    for index, key in enumerate(keys):
        same = (key.link_key, key.text_key)
        if same in seen and (key.link_key or key.text_key):
            # Same link, title and text: the guid, whatever it says, adds nothing that a reader could see.
            found.add(index)
        seen.add(same)
    return found


#: How an item and a stored entry are told to be one, the surest first: the names of the keys that they share.
#: A row of ways counts as one, and among those the entry that was stored first. A bare title ("人事異動" comes every
#: month) is an entry's identity only where neither has anything else, which is the first way.
_WAYS: tuple[tuple[str, ...], ...] = (
    ("guid link title text same",),
    ("guid link title",),
    ("guid title text", "link title text"),
    ("guid link", "guid title", "link title"),
    ("text body",),
    # Without a guid on either side the link decides, unless several items of the document share it.
    ("link alone", "guid alone"),
)


def _shared(way: str, keys: Keys | Known) -> tuple[str, ...] | None:
    """What must be equal on both sides by this way; None where one side has it not."""
    *names, last = way.split()
    match last:
        case "same":
            return (keys.guid_key, keys.link_key, keys.title_key, keys.text_key)
        case "body":
            return (keys.text_key,) if keys.text_key and keys.text_key != keys.title_key else None
        case "alone":
            pass
        case _:
            names.append(last)
    values = tuple(str(getattr(keys, f"{name}_key")) for name in names)
    return values if all(values) else None


class _Pile:
    """Stored entries by what one way compares; those that were claimed are passed over once and for all."""

    def __init__(self, way: str, stored: Sequence[Known]) -> None:
        self._way = way
        self._by: dict[tuple[str, ...], list[Known]] = {}
        for known in stored:
            if shared := _shared(way, known):
                self._by.setdefault(shared, []).append(known)
        self._place = Counter[tuple[str, ...]]()

    def first(self, keys: Keys, taken: set[int], *, link_is_unique: bool) -> Known | None:
        shared = _shared(self._way, keys)
        pile = self._by.get(shared, []) if shared else []
        if not shared or not pile:
            return None
        if self._way == "link alone":
            if not link_is_unique:
                return None
            return next(
                (one for one in pile if one.id not in taken and not (keys.guid_key and one.guid_key)), None
            )
        if self._way == "guid alone":
            return next(
                (one for one in pile if one.id not in taken and not (keys.link_key and one.link_key)), None
            )
        place = self._place[shared]
        while place < len(pile) and pile[place].id in taken:
            place += 1
        self._place[shared] = place
        return pile[place] if place < len(pile) else None


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
