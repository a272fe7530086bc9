"""The site: `make docs` builds docs/ into build/site (docs/decisions/docs-site.md says why by Sphinx)."""

import re
from typing import Any

from sphinx.application import Sphinx
from sphinx.search.en import SearchEnglish

project = "Bulletin Monitor"
author = "Bulletin Monitor"
extensions = ["myst_parser"]
exclude_patterns = ["_build"]
language = "en"

myst_heading_anchors = 4

html_theme = "furo"
html_title = "Bulletin Monitor"
html_show_sourcelink = False
html_copy_source = False
html_search_language = "ko"
html_theme_options = {"navigation_with_keys": True}

_HANGUL = re.compile("[가-힣]{3,}")


class SearchBoth(SearchEnglish):
    """English stems, and in a Korean word each pair of syllables: 금리 is found in 기준금리를.

    The search page finds three characters and more inside of words by itself, fewer as whole words alone.
    """

    lang = "ko"

    def split(self, input: str) -> list[str]:
        """The words, and behind them the pairs inside of the Korean ones."""
        words = super().split(input)
        pairs = (
            word[at : at + 2]
            for word in words
            for word in _HANGUL.findall(word)
            for at in range(len(word) - 1)
        )
        return [*words, *pairs]


def _language_of_page(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object
) -> None:
    """A screen reader reads a Korean page in Korean."""
    context["language"] = "ko" if page.startswith("ko/") else "en"


def setup(app: Sphinx) -> None:
    """What the theme and Sphinx do not do by themselves."""
    app.add_search_language(SearchBoth)
    app.connect("html-page-context", _language_of_page)
