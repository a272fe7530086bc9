"""Filters of the pages' templates."""

import re
from collections.abc import Sequence

from django import template
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def marked(text: str, phrases: Sequence[str]) -> SafeString:
    """The text with the phrases that spoke for it marked, everything escaped."""
    words = sorted({phrase for phrase in phrases if phrase.strip()}, key=len, reverse=True)
    if not words:
        return conditional_escape(text)
    # Odd parts are what the pattern caught.
    parts = re.split("(" + "|".join(map(re.escape, words)) + ")", text, flags=re.IGNORECASE)
    return format_html_join(
        "",
        "{}",
        ((format_html("<mark>{}</mark>", part) if odd % 2 else part,) for odd, part in enumerate(parts)),
    )
