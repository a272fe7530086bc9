"""Tags in the database: all of a batch or nothing, and never over an editor's."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from classifiers.classifier import Classification, EntryText, TopicClassifier
from classifiers.models import Assessment, Tag
from classifiers.tagging import tag_untagged
from classifiers.taxonomy import load_taxonomy
from monitor.models import Entry, Source, Story

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
CLASSIFIER = TopicClassifier(load_taxonomy(Path(__file__).resolve().parents[2] / "topics.yaml"))
called: list[list[int]] = []


def remember(ids: list[int], _now: datetime) -> None:
    called.append(ids)


def refuse(_ids: list[int], _now: datetime) -> None:
    raise RuntimeError("no room")


def entry(title: str, story: Story | None = None) -> Entry:
    Source.objects.get_or_create(id="x")
    story = story or Story.objects.create(first_seen_at=NOW)
    return Entry.objects.create(source_id="x", story=story, title=title, first_seen_at=NOW)


@pytest.mark.django_db(transaction=True)
class TestTagging:
    @pytest.fixture(autouse=True)
    def _hooks(self, settings: object) -> None:
        called.clear()
        settings.TAGGED_HOOKS = ["tests.classifiers.test_tagging.remember"]  # type: ignore[attr-defined]

    def test_what_wants_tags_gets_them_once(self) -> None:
        one = entry("반도체 육성 전략")
        assert tag_untagged(CLASSIFIER, NOW) == [one.id]
        assert tag_untagged(CLASSIFIER, NOW) == []
        one.refresh_from_db()
        assert (one.tagged_at, one.assessment.model) == (NOW, CLASSIFIER.name)
        assert set(one.tags.values_list("topic", flat=True)) >= {"semiconductor"}
        assert called == [[one.id]]

    def test_a_story_is_as_relevant_as_its_most_relevant_entry(self) -> None:
        first = entry("인사 발령")
        second = entry("반도체 첨단 패키징 육성 전략 발표", first.story)
        tag_untagged(CLASSIFIER, NOW)
        first.story.refresh_from_db()
        assert first.story.relevance == Assessment.objects.get(entry=second).relevance

    def test_a_hook_that_fails_takes_all_of_it_back(self, settings: object) -> None:
        settings.TAGGED_HOOKS = ["tests.classifiers.test_tagging.refuse"]  # type: ignore[attr-defined]
        one = entry("반도체")
        with pytest.raises(RuntimeError):
            tag_untagged(CLASSIFIER, NOW)
        one.refresh_from_db()
        assert (one.tagged_at, Tag.objects.count(), Assessment.objects.count()) == (None, 0, 0)

    def test_a_new_model_replaces_the_old_ones_tags_and_not_an_editors(self) -> None:
        one = entry("반도체")
        editor = User.objects.create(username="kim")
        Tag.objects.create(entry=one, topic="semiconductor", probability=1, editor=editor)
        Tag.objects.create(entry=one, topic="quantum", probability=0.6, model="old")
        tag_untagged(CLASSIFIER, NOW)
        assert list(one.tags.values_list("topic", "editor__username")) == [("semiconductor", "kim")]

    def test_no_more_than_the_limit_at_once_oldest_first(self) -> None:
        ids = [entry(f"반도체 {number}").id for number in range(5)]
        assert tag_untagged(CLASSIFIER, NOW, limit=3) == ids[:3]
        assert tag_untagged(CLASSIFIER, NOW, limit=3) == ids[3:]

    def test_an_entry_corrected_while_it_was_classified_waits_for_its_new_text(self) -> None:
        one = entry("반도체")

        class Slow(TopicClassifier):
            def classify(self, entries: list[EntryText]) -> list[Classification]:  # type: ignore[override]
                Entry.objects.filter(id=one.id).update(title="고친 제목", changed_at=NOW)
                return CLASSIFIER.classify(entries)

        assert tag_untagged(Slow(CLASSIFIER.taxonomy), NOW) == []
        one.refresh_from_db()
        assert one.tagged_at is None

    def test_an_entry_that_breaks_the_encoder_is_tagged_by_words_and_holds_nobody_up(self) -> None:
        good, bad = entry("반도체"), entry("양자컴퓨터 독")

        class Fragile(TopicClassifier):
            def classify(self, entries: list[EntryText]) -> list[Classification]:  # type: ignore[override]
                if any("독" in text.title for text in entries):
                    raise RuntimeError("engine")
                return CLASSIFIER.classify(entries)

        assert tag_untagged(Fragile(CLASSIFIER.taxonomy), NOW) == [good.id, bad.id]
        assert list(bad.tags.values_list("topic", flat=True)) == ["quantum"]
