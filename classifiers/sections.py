"""Pure: which section of which bulletin an entry would stand in."""

from collections.abc import Collection

from classifiers.taxonomy import Bulletin, Section


def section_of(
    bulletin: Bulletin, topics: Collection[str], kind: str, regions: Collection[str]
) -> Section | None:
    """The first section of the bulletin that takes news of these topics, kind and regions; None where none does."""
    if bulletin.regions and not set(bulletin.regions) & set(regions):
        return None
    return next((section for section in bulletin.sections if _takes(section, topics, kind)), None)


def _takes(section: Section, topics: Collection[str], kind: str) -> bool:
    if not section.kinds and not section.topics:
        return False
    return (not section.kinds or kind in section.kinds) and (
        not section.topics or bool(set(section.topics) & set(topics))
    )
