"""Decisions: a log that only grows, and what follows from it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from django.contrib.auth.models import User
from django.db import connection

from monitor.models import Story
from review.deciding.decisions import (
    ClosedError,
    ConflictError,
    decide,
    decide_many,
    effective_queue,
    last_undoable,
    standing,
    together,
)
from review.deciding.verdicts import conflict_words
from review.models import Candidate, Decision, Issue
from tests.review.conftest import NOW

MINUTE = timedelta(minutes=1)


@pytest.fixture
def story(db: None) -> Story:
    return Story.objects.create(first_seen_at=NOW, relevance=0.9)


def choices(story: Story) -> list[str]:
    return list(story.decisions.order_by("id").values_list("choice", flat=True))


def queue_of(story: Story) -> str:
    story.refresh_from_db()
    return story.queue


def test_accepting_makes_a_candidate_with_an_empty_headline(story: Story, kim: User) -> None:
    decision = decide(story.pk, kim, "accept", "web", NOW)
    candidate = Candidate.objects.get(story=story)
    assert (candidate.accepted_by, candidate.accepted_at) == (kim, NOW)
    assert (candidate.headline, candidate.cited_title) == ("", "")
    assert (decision.door, queue_of(story)) == ("web", "accepted")


def test_rejecting_makes_none(story: Story, kim: User) -> None:
    decide(story.pk, kim, "reject", "telegram", NOW)
    assert queue_of(story) == "rejected"
    assert not Candidate.standing.exists()


def test_later_comes_back_at_eight_the_next_morning(story: Story, kim: User) -> None:
    decide(story.pk, kim, "later", "web", NOW)
    back_at = datetime(2026, 11, 21, 23, 0, tzinfo=UTC)  # 08:00 in Seoul
    assert queue_of(story) == "later"
    assert story.later_until == back_at
    assert effective_queue(story, back_at - MINUTE) == "later"
    assert effective_queue(story, back_at) == "waiting"


def test_what_came_back_may_be_put_off_again(story: Story, kim: User) -> None:
    decide(story.pk, kim, "later", "web", NOW)
    decide(story.pk, kim, "later", "web", NOW + timedelta(days=1), seen="waiting")
    assert choices(story) == ["later", "later"]
    assert queue_of(story) == "later"
    assert story.later_until == datetime(2026, 11, 22, 23, 0, tzinfo=UTC)


@pytest.mark.parametrize("choice", ["accept", "reject", "later"])
def test_a_double_press_adds_nothing(story: Story, kim: User, choice: str) -> None:
    first = decide(story.pk, kim, choice, "web", NOW, seen="waiting")
    second = decide(story.pk, kim, choice, "web", NOW + MINUTE, seen="waiting")
    assert second == first
    assert choices(story) == [choice]


def test_a_double_press_on_undo_adds_nothing(story: Story, kim: User) -> None:
    decide(story.pk, kim, "accept", "web", NOW)
    first = decide(story.pk, kim, "undo", "web", NOW, seen="accepted")
    assert decide(story.pk, kim, "undo", "web", NOW + MINUTE, seen="accepted") == first
    assert choices(story) == ["accept", "undo"]


@pytest.mark.parametrize("seen", ["waiting", None])
@pytest.mark.parametrize("theirs", ["accept", "reject", "later"])
def test_another_editors_decision_is_not_overwritten(
    story: Story, kim: User, lee: User, theirs: str, seen: str | None
) -> None:
    decide(story.pk, kim, theirs, "web", NOW)
    with pytest.raises(ConflictError) as caught:
        decide(story.pk, lee, "reject", "telegram", NOW + MINUTE, seen=seen)
    assert caught.value.standing is not None
    assert caught.value.standing.editor == kim
    assert choices(story) == [theirs]


def test_who_sees_the_others_decision_may_change_it(story: Story, kim: User, lee: User) -> None:
    decide(story.pk, kim, "accept", "web", NOW)
    decide(story.pk, lee, "reject", "web", NOW + MINUTE, seen="accepted")
    assert queue_of(story) == "rejected"
    assert not Candidate.standing.exists()
    assert choices(story) == ["accept", "reject"]


def test_ones_own_decision_may_be_changed_from_any_door(story: Story, kim: User) -> None:
    decide(story.pk, kim, "reject", "telegram", NOW)
    decide(story.pk, kim, "accept", "telegram", NOW + MINUTE)
    assert queue_of(story) == "accepted"


def test_undo_returns_to_what_was_before(story: Story, kim: User, lee: User) -> None:
    decide(story.pk, kim, "accept", "web", NOW)
    decide(story.pk, lee, "reject", "web", NOW + MINUTE, seen="accepted")
    decide(story.pk, lee, "undo", "web", NOW + 2 * MINUTE, seen="rejected")
    candidate = Candidate.objects.get(story=story)
    assert queue_of(story) == "accepted"
    assert (candidate.accepted_by, candidate.accepted_at) == (kim, NOW)
    assert choices(story) == ["accept", "reject", "undo"]


def test_undo_after_undo_goes_further_back(story: Story, kim: User) -> None:
    decide(story.pk, kim, "later", "web", NOW)
    decide(story.pk, kim, "accept", "web", NOW + MINUTE, seen="later")
    decide(story.pk, kim, "undo", "web", NOW + 2 * MINUTE, seen="accepted")
    assert queue_of(story) == "later"
    assert story.later_until == datetime(2026, 11, 21, 23, 0, tzinfo=UTC)
    decide(story.pk, kim, "undo", "web", NOW + 3 * MINUTE, seen="later")
    assert queue_of(story) == "waiting"
    assert story.later_until is None


def test_undo_of_what_somebody_else_changed_meanwhile_is_refused(story: Story, kim: User, lee: User) -> None:
    decide(story.pk, kim, "accept", "web", NOW)
    decide(story.pk, lee, "reject", "web", NOW + MINUTE, seen="accepted")
    with pytest.raises(ConflictError):
        decide(story.pk, kim, "undo", "web", NOW + 2 * MINUTE, seen="accepted")
    assert queue_of(story) == "rejected"


def test_undo_of_nothing_is_refused(story: Story, kim: User) -> None:
    with pytest.raises(ConflictError):
        decide(story.pk, kim, "undo", "web", NOW, seen="waiting")


def test_an_unknown_story_is_an_error(kim: User) -> None:
    with pytest.raises(Story.DoesNotExist):
        decide(404, kim, "accept", "web", NOW)


@pytest.mark.parametrize(
    ("log", "in_force"),
    [
        pytest.param([], None, id="nothing"),
        pytest.param(["accept"], 0, id="one"),
        pytest.param(["accept", "undo"], None, id="undone"),
        pytest.param(["later", "accept", "undo"], 0, id="undone to the one before"),
        pytest.param(["later", "accept", "undo", "undo"], None, id="undone twice"),
        pytest.param(["accept", "undo", "reject"], 2, id="decided anew"),
        pytest.param(["undo", "accept"], 1, id="an undo of nothing does nothing"),
    ],
)
def test_what_stands_follows_from_the_log(log: list[str], in_force: int | None) -> None:
    decisions = [Decision(pk=number, choice=choice) for number, choice in enumerate(log)]
    assert standing(decisions) == (None if in_force is None else decisions[in_force])


def test_the_last_decision_to_undo_is_ones_own_and_still_stands(db: None, kim: User, lee: User) -> None:
    first, second, third = (Story.objects.create(first_seen_at=NOW) for _ in range(3))
    decide(first.pk, kim, "accept", "web", NOW)
    decide(second.pk, kim, "reject", "web", NOW + MINUTE)
    decide(third.pk, lee, "reject", "web", NOW + 2 * MINUTE)
    later = NOW + 3 * MINUTE
    assert last_undoable(kim, later).story == second  # type: ignore[union-attr]
    decide(second.pk, kim, "undo", "web", later, seen="rejected")
    assert last_undoable(kim, later).story == first  # type: ignore[union-attr]
    decide(first.pk, lee, "reject", "web", later, seen="accepted")
    assert last_undoable(kim, later) is None
    assert last_undoable(lee, NOW + timedelta(days=1)) is None


@pytest.mark.django_db(transaction=True)
def test_of_two_editors_at_once_one_is_first_and_the_other_is_told() -> None:
    editors = [User.objects.create_user(name) for name in ("kim", "lee")]
    story = Story.objects.create(first_seen_at=NOW)
    start = Barrier(2)

    def press(number: int) -> str:
        start.wait()
        try:
            decide(story.pk, editors[number], ("accept", "reject")[number], "web", NOW, seen="waiting")
        except ConflictError:
            return "conflict"
        finally:
            connection.close()
        return "decided"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(press, range(2))) == ["conflict", "decided"]
    assert story.decisions.count() == 1
    story.refresh_from_db()
    assert Candidate.standing.exists() == (story.queue == "accepted")


class TestMany:
    def test_one_press_decides_on_all_but_what_others_decided(self, db: None, kim: User, lee: User) -> None:
        stories = [Story.objects.create(first_seen_at=NOW) for _ in range(3)]
        decide(stories[1].pk, lee, "accept", "web", NOW)
        many = decide_many(
            dict.fromkeys((story.pk for story in stories), "waiting"), kim, "reject", "web", NOW
        )
        assert [row.story for row in many.decided] == [stories[0], stories[2]]
        assert [(one.story, one.standing.editor) for one in many.refused if one.standing] == [
            (stories[1], lee)
        ]
        assert list(map(queue_of, stories)) == ["rejected", "accepted", "rejected"]

    def test_a_story_that_is_gone_is_passed_by(self, story: Story, kim: User) -> None:
        many = decide_many({story.pk: "waiting", 404: "waiting"}, kim, "later", "web", NOW)
        assert ([row.story for row in many.decided], many.refused) == ([story], [])

    def test_one_press_is_found_again_as_far_as_it_stands(self, db: None, kim: User, lee: User) -> None:
        stories = [Story.objects.create(first_seen_at=NOW) for _ in range(4)]
        seen: dict[int, str | None] = {story.pk: "waiting" for story in stories[:3]}
        pressed = decide_many(seen, kim, "reject", "web", NOW).decided
        decide(stories[3].pk, kim, "reject", "web", NOW + MINUTE)
        assert together(pressed[0]) == pressed
        decide(stories[1].pk, lee, "undo", "web", NOW + MINUTE, seen="rejected")
        assert together(pressed[0]) == [pressed[0], pressed[2]]
        assert len(together(last_undoable(kim, NOW + MINUTE))) == 1  # type: ignore[arg-type]

    def test_undo_reaches_past_a_long_press_that_was_undone(self, db: None, kim: User) -> None:
        first, *rest = (Story.objects.create(first_seen_at=NOW) for _ in range(60))
        decide(first.pk, kim, "accept", "web", NOW)
        decide_many({story.pk: "waiting" for story in rest}, kim, "reject", "web", NOW + MINUTE)
        decide_many({story.pk: "rejected" for story in rest}, kim, "undo", "web", NOW + 2 * MINUTE)
        latest = last_undoable(kim, NOW + 3 * MINUTE)
        assert latest is not None
        assert latest.story == first


class TestClosedIssues:
    @pytest.fixture
    def issue(self, story: Story, kim: User) -> Issue:
        """A closed issue in which the story was printed."""
        decide(story.pk, kim, "accept", "web", NOW)
        issue = Issue.objects.create(bulletin="kiat-watch", number="2026-23", closed_at=NOW)
        Candidate.objects.filter(story=story).update(issue=issue, section="정책동향", headline="제목")
        return issue

    @pytest.mark.parametrize("choice", ["undo", "reject", "later"])
    def test_what_was_printed_stays_accepted(
        self, story: Story, issue: Issue, kim: User, lee: User, choice: str
    ) -> None:
        for editor in (kim, lee):
            with pytest.raises(ClosedError) as caught:
                decide(story.pk, editor, choice, "web", NOW + MINUTE, seen="accepted")
            words = "마감한 2026.23호에 실린 글입니다. 결정을 바꾸려면 먼저 그 호를 다시 여십시오."
            assert conflict_words(caught.value, editor) == words
        assert choices(story) == ["accept"]
        assert Candidate.standing.get().issue == issue

    def test_a_reopened_issue_lets_it_go(self, story: Story, issue: Issue, kim: User) -> None:
        Issue.objects.update(closed_at=None)
        decide(story.pk, kim, "undo", "web", NOW + MINUTE, seen="accepted")
        assert queue_of(story) == "waiting"

    def test_what_comes_back_after_its_issue_closed_waits_for_another(
        self, story: Story, issue: Issue, kim: User
    ) -> None:
        Issue.objects.update(closed_at=None)
        decide(story.pk, kim, "undo", "web", NOW + MINUTE, seen="accepted")
        Issue.objects.update(closed_at=NOW)
        decide(story.pk, kim, "accept", "web", NOW + 2 * MINUTE)
        candidate = Candidate.standing.get()
        assert (candidate.issue, candidate.section, candidate.headline) == (None, "", "제목")
