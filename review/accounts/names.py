"""Pure: how people's names are written."""


def full_name(first: str, last: str) -> str:
    """Both names in one: in Hangul the family name first and no space between, elsewhere the given name first."""
    return f"{last}{first}" if _is_hangul(last) else f"{first} {last}".strip()


def _is_hangul(text: str) -> bool:
    return bool(text) and all("가" <= letter <= "힣" for letter in text)
