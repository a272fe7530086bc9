"""Pure: the source under which entries are kept that a person pasted or wrote down: its id and its name."""

from monitor.i18n import translate

#: Its id, which no stanza has.
BY_HAND = "by-hand"


def by_hand_name(language: str | None = None) -> str:
    """The name by which people know it; in the program's language unless another is given."""
    return translate("직접 넣음", language)
