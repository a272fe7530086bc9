"""Whether what came out of a hostile document is what must come out."""

from monitor.documents import Feed
from monitor.errors import ParseError
from tests.hostile.claims import trusted
from tests.hostile.corpus import Hostile


def verdict(given: Hostile, result: object) -> str:
    """What is wrong; nothing where all is as it must be."""
    if isinstance(result, ParseError):
        return "" if result.fault in given.faults else f"refused: {result.fault}: {result.reason}"
    if not isinstance(result, Feed):
        return f"raised {result!r}"
    if given.entries is None:
        return f"read, with {len(result.entries)} entries"
    trusted(result)
    if len(result.entries) not in given.count:
        return f"{len(result.entries)} entries"
    found = [(entry.title, entry.link) for entry in result.entries]
    missing = [wanted for wanted in given.entries if not any(_is(wanted, one) for one in found)]
    if missing:
        return f"missing {str(missing)[:200]} among {str(found)[:300]}"
    whole = "\n".join(f"{e.title} {e.link} {e.author} {e.summary} {e.content}" for e in result.entries)
    if bad := [text for text in given.never if text in whole]:
        return f"holds {bad[0][:40]!r}"
    if given.note == "undated":
        dated = [entry.published_raw for entry in result.entries if entry.published_at]
        return f"dated: {dated}" if dated else ""
    if given.note and not any(note.startswith(given.note) for note in result.notes):
        return f"notes: {result.notes}"
    return ""


def _is(wanted: tuple[str | None, str | None], found: tuple[str, str]) -> bool:
    return all(one is None or one == other for one, other in zip(wanted, found, strict=True))
