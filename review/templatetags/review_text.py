"""Filters of the pages' templates."""

from collections.abc import Sequence

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from review.phrases import spans

register = template.Library()


@register.filter
def marked(text: str, phrases: Sequence[str]) -> SafeString:
    """The text with the phrases that spoke for it marked, everything escaped."""
    parts, done = [], 0
    for start, end in spans(text, phrases):
        parts += [conditional_escape(text[done:start]), format_html("<mark>{}</mark>", text[start:end])]
        done = end
    # Every part is escaped by now.
    return mark_safe("".join([*parts, conditional_escape(text[done:])]))  # noqa: S308
