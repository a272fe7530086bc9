"""Pure: what is known of stories, as questions to the index."""

from classifiers.taxonomy import Bulletin, Section
from review.search.asking import All, Phrase, Question, Without, either, every
from review.search.terms import facet


def has(kind: str, value: str) -> Phrase:
    """Stories of which this is known."""
    return Phrase((facet(kind, value),))


def in_bulletin(bulletin: Bulletin, section: str = "") -> Question | None:
    """Stories that would stand in the bulletin, or in one section of it, by themselves.

    Says what `classifiers.sections.section_of` says: the first section that takes a story has it. None where no story
    stands there by itself.
    """
    taking = [(one.name, takes) for one in bulletin.sections if (takes := _takes(one)) is not None]
    names = [name for name, _takes in taking]
    if section:
        if section not in names:
            return None
        place = names.index(section)
        asked = taking[place][1]
        if place:
            asked = Without(asked, either(takes for _name, takes in taking[:place]))
    elif taking:
        asked = either(takes for _name, takes in taking)
    else:
        return None
    if not bulletin.regions:
        return asked
    return All((either(has("region", region) for region in bulletin.regions), asked))


def _takes(section: Section) -> Question | None:
    wanted = [
        either(has(kind, value) for value in values)
        for kind, values in (("kind", section.kinds), ("topic", section.topics))
        if values
    ]
    return every(wanted) if wanted else None
