"""Pure: the source of entries that no source brought, since a person pasted their page's address or wrote of it."""

from monitor.i18n import translate

#: Of a source's row; no stanza has it.
BY_HAND = "by-hand"


def by_hand_name(language: str | None = None) -> str:
    """What people call it; in the program's language unless another is given."""
    return translate("직접 넣음", language)
