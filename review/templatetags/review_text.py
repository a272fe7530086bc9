"""Filters of the pages' templates."""

from collections.abc import Iterable, Sequence

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from review.deciding import phrases
from review.search import marking

register = template.Library()


@register.filter
def marked(text: str, found: Sequence[str]) -> SafeString:
    """The text with the phrases that spoke for it marked, everything escaped."""
    return _with_marks(text, phrases.spans(text, found))


@register.filter
def searched(text: str, search: str) -> SafeString:
    """The text with what was searched for marked, everything escaped."""
    return _with_marks(text, marking.spans(text, search) if search else [])


def _with_marks(text: str, spans: Iterable[tuple[int, int]]) -> SafeString:
    parts, done = [], 0
    for start, end in spans:
        parts += [conditional_escape(text[done:start]), format_html("<mark>{}</mark>", text[start:end])]
        done = end
    # Every part is escaped by now.
    return mark_safe("".join([*parts, conditional_escape(text[done:])]))  # noqa: S308
