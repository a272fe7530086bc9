"""A past issue whose topics wait."""

from django.utils import timezone

from classifiers.models import PastArticle, PastIssue


def make_past_issue() -> PastIssue:
    """One article confirmed, two that wait: one with an endless title, one without a topic."""
    issue = PastIssue.objects.create(bulletin="japan-insight", number="2031-04")
    for order, (title, topics) in enumerate(
        [
            ("공장의 인공지능", ["ai"]),
            ("Donaudampfschifffahrtsgesellschaft" * 8, ["space", "quantum"]),
            ("축제", []),
        ],
        1,
    ):
        PastArticle.objects.create(
            issue=issue, order=order, title=title, topics=topics, section="일본경제",
            citation="架空一郎, 題名, 架空技報, 2031.3.1.\n" + "https://x.example/" + "word" * 60,
            confirmed_at=timezone.now() if order == 1 else None,
        )  # fmt: skip
    return issue
