"""Glue: past issues kept: what was already covered, and what later training may learn from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import OperationalError, transaction

from classifiers.classifier import EntryText, TopicClassifier
from classifiers.models import PastArticle, PastIssue
from classifiers.pastissues.issue import PastArticleText, PastIssueText
from classifiers.pastissues.lines import squash
from monitor.errors import StoreError


@dataclass(frozen=True, slots=True)
class Learned:
    """What keeping an issue changed: articles that are new, that were known, and that the file has no more."""

    new: int
    known: int
    gone: int


def propose_topics(classifier: TopicClassifier, issue: PastIssueText) -> list[list[str]]:
    """The topics of each article, by the classifier in force, likeliest first.

    Raises:
        EncoderError: the encoder failed on them.
    """
    texts = [EntryText(article.title, " ".join(article.text.split("\n")), "ko") for article in issue.articles]
    return [[topic.topic for topic in result.topics] for result in classifier.classify(texts)]


def confirmed_topics(issue: PastIssueText) -> list[list[str] | None]:
    """For each article, in order, the topics that an editor confirmed at an earlier time; None where nobody has."""
    known = {
        squash(article.title): article.topics
        for article in PastArticle.objects.filter(
            issue__bulletin=issue.bulletin, issue__number=issue.number, confirmed_at__isnull=False
        )
    }
    return [known.get(squash(article.title)) for article in issue.articles]


def keep_issue(
    issue: PastIssueText,
    topics: Sequence[Sequence[str]],
    file_name: str,
    sections: Mapping[int, str] | None = None,
    confirmed_at: Mapping[int, datetime] | None = None,
) -> Learned:
    """Keeps the issue with these topics, one list an article; the same issue again is brought up to date.

    `sections` are those that an editor named, and `confirmed_at` says whose topics an editor confirms now, both by
    the article's order. Topics that were confirmed before stay as they are.

    Raises:
        StoreError: the database could not be written; nothing was kept.
    """
    try:
        with transaction.atomic():
            return _keep(issue, topics, file_name, sections or {}, confirmed_at or {})
    except OperationalError as error:
        raise StoreError(f"past issue not stored: {error}") from error


def _keep(
    issue: PastIssueText,
    topics: Sequence[Sequence[str]],
    file_name: str,
    sections: Mapping[int, str],
    confirmed_at: Mapping[int, datetime],
) -> Learned:
    row, _created = PastIssue.objects.update_or_create(
        bulletin=issue.bulletin,
        number=issue.number,
        defaults={"published_on": issue.published_on, "file_name": file_name},
    )
    known = {squash(article.title): article for article in row.articles.select_for_update()}
    new = 0
    for article, given in zip(issue.articles, topics, strict=True):
        kept = known.pop(squash(article.title), None)
        new += kept is None
        filled = _fill(kept or PastArticle(issue=row), article, sections.get(article.order, ""))
        if filled.confirmed_at is None or article.order in confirmed_at:
            filled.topics = list(given)
            filled.confirmed_at = confirmed_at.get(article.order)
        filled.save()
    PastArticle.objects.filter(pk__in=[article.pk for article in known.values()]).delete()
    return Learned(new, len(issue.articles) - new, len(known))


def _fill(row: PastArticle, article: PastArticleText, section: str) -> PastArticle:
    # What an editor named stays where the file names nothing.
    row.section = (section or article.section or row.section)[:80]
    row.order = article.order
    if (row.title, row.text) != (article.title, article.text):
        row.vector, row.encoder = None, ""
    row.title = article.title
    row.text = article.text
    row.citation = "\n".join(citation.raw for citation in article.citations)
    return row
