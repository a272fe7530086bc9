"""Objections: an editor's word that a phrase is not why an entry would have a topic; later training honours it."""

from datetime import datetime

from django.contrib.auth.models import User

from classifiers.judging.reasons import WORD
from classifiers.models import Objection, Tag
from monitor.errors import MonitorError
from monitor.models import Entry


class NotAReasonError(MonitorError):
    """The word does not stand behind that topic of that entry, or does no longer."""


def make_objection(entry: Entry, topic: str, term: str, editor: User, now: datetime) -> None:
    """Keeps that the word is not why `entry` would have the topic; said again, by whomever, it is kept once.

    Raises:
        NotAReasonError: the topic was not given because of it.
    """
    tag = Tag.objects.filter(entry=entry, topic=topic).first()
    if tag is None or not any(reason.by == WORD and reason.term == term for reason in tag.reasons):
        raise NotAReasonError(f"entry {entry.pk} has not {topic} because of {term!r}")
    Objection.objects.get_or_create(
        entry=entry, topic=topic, term=term, defaults={"editor": editor, "made_at": now}
    )


def withdraw_objection(entry: Entry, topic: str, term: str) -> None:
    """Takes an objection back, whoever made it; nothing happens where there is none."""
    Objection.objects.filter(entry=entry, topic=topic, term=term).delete()
