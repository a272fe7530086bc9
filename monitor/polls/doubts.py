"""Pure: whether a document that could be read can be right: no entries any more, wrong characters, impossible dates.

Only a look at what its entries say, beside what the source said before, tells. What is doubtful is kept all the same
(no entry lost) and reported.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from monitor.documents import Feed, FeedEntry
from monitor.errors import ParseFault

#: Entries of a sample: enough to see what is wrong.
SAMPLED = 3
#: Of a document's entries, for a doubt to be the document's and not an entry's.
_MOST, _FEW = 0.8, 0.3
#: Of as many entries at least.
_LEAST = 3
#: The replacement character, and what UTF-8 replacement characters look like as EUC-KR and GBK.
_REPLACED = ("\ufffd", "占쏙옙", "锟斤拷")
#: Read as the first though written in the second; the round trip works by accident for no real text.
_WRONG_WAYS = (
    ("cp1252", "utf-8"), ("latin-1", "utf-8"), ("cp932", "utf-8"), ("cp949", "utf-8"), ("gb18030", "utf-8"),
)  # fmt: skip
_EAST_ASIAN = {"ko", "ja", "zh"}
#: What UTF-8's accented letters and dashes look like byte by byte.
_RUN = re.compile("[\x80-\xff]{2,}")
_PAIR = re.compile("[ÃÂ][\xa0-\xbf]|â€|Ã(?=[a-z])")


@dataclass(frozen=True, slots=True)
class Sample:
    """What a document looked like, for the operator's eyes and for the next comparison."""

    at: datetime  #: when it was read
    entries: int
    dated: int  #: entries with a date
    newest_at: datetime | None
    titles: tuple[str, ...]  #: of the first few entries

    def as_json(self) -> dict[str, Any]:
        """As the store keeps it."""
        return {
            "at": self.at.isoformat(),
            "entries": self.entries,
            "dated": self.dated,
            "newest_at": self.newest_at.isoformat() if self.newest_at else None,
            "titles": list(self.titles),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Sample | None":
        """As the store kept it; None where it keeps none."""
        if not data:
            return None
        newest = data.get("newest_at")
        return cls(
            datetime.fromisoformat(data["at"]),
            data["entries"],
            data["dated"],
            datetime.fromisoformat(newest) if newest else None,
            tuple(data["titles"]),
        )


def sample_of(feed: Feed, now: datetime) -> Sample:
    """What a feed looked like at `now`."""
    dates = [entry.published_at for entry in feed.entries if entry.published_at]
    titles = tuple(entry.title[:200] for entry in feed.entries[:SAMPLED])
    return Sample(now, len(feed.entries), len(dates), max(dates, default=None), titles)


def doubt(feed: Feed, new: int, before: Sample | None, language: str) -> tuple[ParseFault, str] | None:
    """What is wrong with a document that brought `new` entries, and one English line of why; None where nothing is.

    `before` is the last good document's sample, `language` the source's.
    """
    if not feed.entries:
        return ParseFault.EMPTY, "no entries in the document"
    garbled = [entry for entry in feed.entries if is_mojibake(entry.title, language)]
    if garbled and len(garbled) >= _FEW * len(feed.entries):
        return (
            ParseFault.MOJIBAKE,
            f"{len(garbled)} of {len(feed.entries)} titles have the wrong characters (read as {feed.encoding})",
        )
    if before is not None and (reason := _dates(feed.entries, new, before)):
        return ParseFault.DATES, reason
    return None


def _dates(entries: Sequence[FeedEntry], new: int, before: Sample) -> str:
    """Why the entries' dates cannot be true; empty where they can."""
    if len(entries) < _LEAST or before.dated < _MOST * before.entries:
        return ""
    unread = [entry for entry in entries if entry.published_raw and entry.published_at is None]
    if len(unread) >= _MOST * len(entries):
        return f'dates such as "{unread[0].published_raw[:40]}" cannot be true or cannot be read'
    if sum(entry.published_at is None for entry in entries) >= _MOST * len(entries):
        return "entries have no dates any more"
    newest = max((entry.published_at for entry in entries if entry.published_at), default=None)
    if new and newest and before.newest_at and newest < before.newest_at - timedelta(days=2):
        return f"{new} new entries, and the newest date went back to {newest:%Y-%m-%d}"
    return ""


def is_mojibake(text: str, language: str = "") -> bool:
    """Whether a text was decoded with the wrong character set, as far as its characters show.

    `language` is its source's: of Korean, Japanese and Chinese a row of accented letters is a sign, of others it is none.
    """
    if any(sign in text for sign in _REPLACED):
        return True
    plain = len(text.encode("ascii", "ignore"))
    foreign = len(text) - plain
    if foreign < 3:
        return False
    for wrong, right in _WRONG_WAYS:
        if not _reread(text, wrong, right).isascii():
            return True
    if len(_PAIR.findall(text)) >= 2:
        return True
    # Korean, Japanese or Chinese bytes shown one by one, some lost as control characters: ¿¬ÇÕ´º½º. Accented letters
    # of real words stand alone among plain ones.
    narrow = len(text.encode("latin-1", "ignore")) - plain
    in_runs = sum(len(run) for run in _RUN.findall(text))
    return language in _EAST_ASIAN and narrow >= 0.8 * foreign and in_runs >= max(4, 0.6 * narrow)


def _reread(text: str, wrong: str, right: str) -> str:
    """The text as it was meant, had it been read as `wrong` though written as `right`; empty where it cannot be so."""
    try:
        return text.encode(wrong).decode(right)
    except UnicodeError:
        return ""
