"""What a message says once somebody decided."""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User

from alerts.models import Alert, Recipient
from review.deciding.decisions import decide
from review.deciding.verdicts import verdict
from tests.review.conftest import NOW
from tests.review.seed import Seed, Told, make_story

NEWS = Seed(Told("motir", "ko", "소식", "", 1), 0.8, {"ai": 0.9})


@pytest.mark.parametrize(
    ("choice", "after", "language", "line"),
    [
        ("accept", timedelta(minutes=7), "ko", "✔ 김하나님이 후보로 올렸습니다 (15:07)"),
        ("reject", timedelta(minutes=7), "ko", "✖ 김하나님이 제외했습니다 (15:07)"),
        ("later", timedelta(minutes=7), "ko", "⏳ 김하나님이 나중에 보기로 했습니다 (15:07)"),
        ("accept", timedelta(days=7), "ko", "✔ 김하나님이 후보로 올렸습니다 (11.28 15:00)"),
    ],
)
def test_the_line_says_who_took_it_when(
    kim: User, now: datetime, choice: str, after: timedelta, language: str, line: str
) -> None:
    story = make_story(NEWS, NOW)
    decide(story.pk, kim, choice, "telegram", NOW + after)
    assert verdict(story.pk, language) == line


def test_there_is_none_while_nobody_decided_nor_after_an_undo(kim: User, now: datetime) -> None:
    story = make_story(NEWS, NOW)
    assert verdict(story.pk, "ko") == ""
    for choice in ("accept", "undo"):
        decide(story.pk, kim, choice, "web", NOW)
    assert verdict(story.pk, "ko") == ""


def test_what_was_put_off_waits_again_once_its_time_has_come(kim: User, now: datetime) -> None:
    story = make_story(NEWS, NOW)
    decide(story.pk, kim, "later", "web", NOW - timedelta(days=2))
    assert verdict(story.pk, "ko") == ""


def test_a_decision_through_any_door_has_every_message_of_the_story_edited_at_once(
    kim: User, now: datetime
) -> None:
    story, other = make_story(NEWS, NOW), make_story(NEWS, NOW)
    for number, about in enumerate((story, story, other)):
        Alert.objects.create(
            recipient=Recipient.objects.create(address=f"telegram:{number}"),
            story=about,
            entry=about.lead,
            state="sent",
            sent_at=NOW - timedelta(hours=1),
            external_id="5",
        )
    decide(story.pk, kim, "accept", "web", NOW)
    assert list(Alert.objects.order_by("id").values_list("revise_at", flat=True)) == [NOW, NOW, None]
