"""What stands in the demo's next issues."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from classifiers.taxonomy import load_taxonomy
from monitor.cli.demonstration import take_some
from monitor.demo.day import START, published
from monitor.demo.drafts import Draft, drafts
from monitor.models import Entry, Story
from review.models import Assignment, Candidate, Issue
from tests.review.conftest import NOW
from tests.review.seed import Seed, Told, make_story

BULLETINS = load_taxonomy(Path(__file__).parents[2] / "topics.yaml").bulletins


@pytest.mark.parametrize("draft", drafts(), ids=lambda draft: draft.title[:20])
def test_every_draft_has_its_entry_and_its_section(draft: Draft) -> None:
    began = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
    item = next(item for item in published(draft.source, began, began) if item.title == draft.title)
    assert item.minute <= START, "it is there from the beginning"
    bulletin = next(one for one in BULLETINS if one.id == draft.bulletin)
    assert draft.section in {"", *(section.name for section in bulletin.sections)}


def test_what_there_are_drafts_for_becomes_candidates_and_the_rest_waits(db: None) -> None:
    others = [Told("meti", "ja", "人事異動について"), Told("xtech", "ja", drafts()[0].title)]
    told = [Told(draft.source, "ja", draft.title) for draft in drafts()]
    for one in [*others, *told]:
        make_story(Seed(one, 0.8, {}), NOW)
    ids = list(Entry.objects.values_list("id", flat=True))
    take_some(ids, NOW)
    take_some(ids, NOW)
    assert Candidate.standing.count() == len(drafts())
    assert Story.objects.filter(queue="waiting").count() == len(others)
    assert {issue.bulletin for issue in Issue.objects.all()} == {"kiat-watch", "japan-insight"}
    first = Candidate.objects.get(story__lead__title=drafts()[0].title)
    assert first.issue
    assert (first.section, first.headline, first.issue.bulletin) == (
        "이슈포커스",
        drafts()[0].headline,
        "kiat-watch",
    )
    unplaced = Candidate.objects.get(issue=None)
    assert Assignment.objects.get().story == unplaced.story
