"""Texts for people, outside pages: Korean as written in the code, English from the catalogue.

Pages use Django's own gettext over the same catalogue. Korean needs no catalogue at all, so a broken install
still speaks to its editors.
"""

import gettext as _gettext
from functools import cache
from pathlib import Path

_LOCALE = Path(__file__).resolve().parent / "locale"


@cache
def _catalogue(language: str) -> _gettext.NullTranslations:
    return _gettext.translation("django", _LOCALE, languages=[language], fallback=True)


def translate(text: str, language: str | None = None) -> str:
    """`text` (Korean) in `language`; the program's own language where none is given."""
    if language is None:
        from monitor.config import settings

        language = settings().language
    return text if language == "ko" else _catalogue(language).gettext(text)


def _(text: str) -> str:
    """`translate` in the program's own language, under the name that xgettext looks for."""
    return translate(text)
