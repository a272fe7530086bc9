"""Texts for people, outside pages: Korean as written in the code, English from the catalogue.

Pages use Django's own gettext over the same catalogue. Korean needs no catalogue at all, so a broken install
still speaks to its editors.
"""

import gettext as _gettext
import os
from functools import cache
from pathlib import Path

_LOCALE = Path(__file__).resolve().parent / "locale"


@cache
def _catalogue(language: str) -> _gettext.NullTranslations:
    return _gettext.translation("django", _LOCALE, languages=[language], fallback=True)


@cache
def own_language() -> str:
    """The program's own language, MONITOR_LANGUAGE: "ko" or "en"."""
    if not Path(".env").exists() and not any(name.upper() == "MONITOR_LANGUAGE" for name in os.environ):
        # Help needs no settings, whose library takes longer to load than all the rest of it.
        return "ko"
    from monitor.config import settings
    from monitor.errors import ConfigError

    try:
        return settings().language
    except ConfigError:
        # What is wrong with the settings has to be said in some language.
        return "ko"


def translate(text: str, language: str | None = None, context: str = "") -> str:
    """`text` (Korean) in `language`; the program's own language where none is given.

    A text that the catalogue lacks comes back in Korean. `context` tells apart what other languages write differently,
    such as a "button" from a heading (gettext's msgctxt).
    """
    language = language or own_language()
    if language == "ko":
        return text
    catalogue = _catalogue(language)
    return catalogue.pgettext(context, text) if context else catalogue.gettext(text)


def _(text: str) -> str:
    """`translate` in the program's own language, under the name that xgettext looks for."""
    return translate(text)
