"""Tags on a real database: all of a batch or nothing, an editor's above a model's, nothing lost and nothing twice."""

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection

from classifiers.classifier import Classification, EntryText, TopicClassifier
from classifiers.encoders import EncoderError
from classifiers.models import Assessment, Tag
from classifiers.tagging import tag_untagged
from monitor.errors import StoreError
from monitor.models import Entry, Source, Story
from tests.classifiers.fakes import FakeEncoder, taxonomy

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
TAXONOMY = taxonomy(ai=["AI", "인공지능"], battery=["배터리", "蓄電池"], hydrogen=["수소"])

#: What the hook below was called with.
called: list[tuple[list[int], datetime, int]] = []


def hook(entry_ids: list[int], now: datetime) -> None:
    """Notes the call, and how many tags it saw and whether it was inside the transaction."""
    assert connection.in_atomic_block
    called.append((entry_ids, now, Tag.objects.filter(entry_id__in=entry_ids).count()))


def raising_hook(entry_ids: list[int], now: datetime) -> None:
    hook(entry_ids, now)
    raise LookupError("a hook of ours is wrong")


def full_disk_hook(entry_ids: list[int], now: datetime) -> None:
    raise OperationalError("database or disk is full")


@pytest.fixture(autouse=True)
def hooks(settings: object) -> Iterator[None]:
    called.clear()
    settings.TAGGED_HOOKS = [f"{__name__}.hook"]  # type: ignore[attr-defined]
    yield


@pytest.fixture
def by_words() -> TopicClassifier:
    return TopicClassifier(TAXONOMY)


@pytest.fixture
def keep() -> Callable[..., Entry]:
    """Makes an entry that wants tags."""

    def make(title: str, summary: str = "", *, story: Story | None = None, **fields: object) -> Entry:
        Source.objects.get_or_create(id="news")
        story = story or Story.objects.create(first_seen_at=NOW)
        return Entry.objects.create(
            source_id="news",
            story=story,
            title=title,
            summary=summary,
            lang="ko",
            first_seen_at=NOW,
            **fields,
        )

    return make


def tags(entry: Entry) -> set[str]:
    return set(entry.tags.values_list("topic", flat=True))


class TestStored:
    def test_an_entry_gets_tags_an_assessment_and_its_time(
        self, keep: Callable[..., Entry], by_words: TopicClassifier
    ) -> None:
        entry = keep("AI 반도체 육성 정책과 전략", "<p>배터리 <b>배터리</b>와 蓄電池도 다룬다</p>")
        assert tag_untagged(by_words, NOW) == [entry.id]
        entry.refresh_from_db()
        assert entry.tagged_at == NOW
        assert tags(entry) == {"ai", "battery"}
        tag = entry.tags.get(topic="ai")
        assert (tag.model, tag.editor) == (by_words.name, None)
        (reason,) = tag.reasons
        assert (reason.phrase, reason.by, reason.term) == ("AI", "word", "AI")
        assert reason.weight > 1
        assert tag.why == [reason.as_dict()]
        assert 0 < tag.probability <= 1
        assessment = entry.assessment
        assert (assessment.kind, assessment.regions, assessment.model) == ("policy", ["KR"], by_words.name)
        assert (assessment.assessed_at, assessment.why) == (NOW, ["육성", "정책", "전략"])

    def test_a_story_is_as_relevant_as_its_most_relevant_entry(
        self, keep: Callable[..., Entry], by_words: TopicClassifier
    ) -> None:
        strong = keep("AI 배터리 육성 전략 로드맵")
        weak = keep("동네 축제 행사 안내", story=strong.story)
        other = keep("수소")
        tag_untagged(by_words, NOW)
        relevance = {row.entry_id: row.relevance for row in Assessment.objects.all()}
        assert relevance[strong.id] > relevance[weak.id]
        assert Story.objects.get(id=strong.story_id).relevance == relevance[strong.id]
        assert Story.objects.get(id=other.story_id).relevance == relevance[other.id]

    def test_an_entry_that_comes_later_only_raises_its_story(
        self, keep: Callable[..., Entry], by_words: TopicClassifier
    ) -> None:
        strong = keep("AI 배터리 육성 전략 로드맵")
        tag_untagged(by_words, NOW)
        before = Story.objects.get(id=strong.story_id).relevance
        keep("동네 축제 행사 안내", story=strong.story)
        tag_untagged(by_words, LATER)
        assert Story.objects.get(id=strong.story_id).relevance == before

    def test_the_oldest_come_first_and_no_more_than_asked(
        self, keep: Callable[..., Entry], by_words: TopicClassifier
    ) -> None:
        ids = [keep(f"AI {number}").id for number in range(5)]
        assert tag_untagged(by_words, NOW, limit=3) == ids[:3]
        assert tag_untagged(by_words, NOW, limit=3) == ids[3:]
        assert tag_untagged(by_words, NOW, limit=3) == []

    def test_the_content_is_read_where_there_is_no_summary(
        self, keep: Callable[..., Entry], by_words: TopicClassifier
    ) -> None:
        entry = keep("소식", content="<div>수소와 배터리</div>")
        tag_untagged(by_words, NOW)
        assert entry.assessment.relevance > 0
        assert tags(entry) == {"hydrogen", "battery"}

    def test_the_sources_country_places_a_story(
        self, keep: Callable[..., Entry], by_words: TopicClassifier
    ) -> None:
        entry = keep("AI rules")
        tag_untagged(by_words, NOW, countries={"news": "GB"})
        assert entry.assessment.regions == ["GB"]

    def test_an_editors_queue_state_is_not_touched(
        self, keep: Callable[..., Entry], by_words: TopicClassifier
    ) -> None:
        entry = keep("AI")
        Story.objects.filter(id=entry.story_id).update(queue=Story.Queue.REJECTED)
        tag_untagged(by_words, NOW)
        assert Story.objects.get(id=entry.story_id).queue == Story.Queue.REJECTED


class TestAgain:
    def test_a_corrected_entry_gets_new_tags_for_the_old(
        self, keep: Callable[..., Entry], by_words: TopicClassifier
    ) -> None:
        entry = keep("AI 소식")
        tag_untagged(by_words, NOW)
        Entry.objects.filter(id=entry.id).update(title="수소 소식", changed_at=LATER, tagged_at=None)
        tag_untagged(by_words, LATER)
        assert tags(entry) == {"hydrogen"}
        assert Assessment.objects.get(entry=entry).assessed_at == LATER

    def test_an_editors_tag_survives_and_keeps_its_topic(
        self, keep: Callable[..., Entry], by_words: TopicClassifier
    ) -> None:
        editor = User.objects.create_user("kim")
        entry = keep("AI와 배터리")
        Tag.objects.create(entry=entry, topic="ai", probability=1, why=["편집자"], editor=editor)
        Tag.objects.create(entry=entry, topic="hydrogen", probability=1, editor=editor)
        tag_untagged(by_words, NOW)
        assert tags(entry) == {"ai", "battery", "hydrogen"}
        assert entry.tags.get(topic="ai").editor == editor
        assert entry.tags.get(topic="ai").why == ["편집자"]

    def test_a_new_model_replaces_the_tags_of_the_old_one(
        self, keep: Callable[..., Entry], by_words: TopicClassifier
    ) -> None:
        entry = keep("배터리")
        Tag.objects.create(entry=entry, topic="hydrogen", probability=0.6, model="old")
        tag_untagged(by_words, NOW)
        assert tags(entry) == {"battery"}

    def test_an_editors_tag_survives_the_editors_account(
        self, keep: Callable[..., Entry], by_words: TopicClassifier
    ) -> None:
        editor = User.objects.create_user("kim")
        entry = keep("배터리")
        Tag.objects.create(entry=entry, topic="hydrogen", probability=1, editor=editor)
        editor.delete()
        tag_untagged(by_words, NOW)
        assert tags(entry) == {"battery", "hydrogen"}


class TestHooks:
    def test_hooks_see_the_tags_inside_the_same_transaction(
        self, keep: Callable[..., Entry], by_words: TopicClassifier
    ) -> None:
        entry = keep("AI와 배터리")
        tag_untagged(by_words, NOW)
        assert called == [([entry.id], NOW, 2)]

    def test_a_hook_that_raises_undoes_everything(
        self, keep: Callable[..., Entry], by_words: TopicClassifier, settings: object
    ) -> None:
        settings.TAGGED_HOOKS = [f"{__name__}.raising_hook"]  # type: ignore[attr-defined]
        entry = keep("AI")
        with pytest.raises(LookupError):
            tag_untagged(by_words, NOW)
        assert called
        assert not Tag.objects.exists()
        assert not Assessment.objects.exists()
        assert Story.objects.get().relevance is None
        assert list(Entry.objects.untagged()) == [entry]

    def test_a_full_disk_is_an_error_of_the_store_and_loses_nothing(
        self, keep: Callable[..., Entry], by_words: TopicClassifier, settings: object
    ) -> None:
        settings.TAGGED_HOOKS = [f"{__name__}.full_disk_hook"]  # type: ignore[attr-defined]
        entry = keep("AI")
        with pytest.raises(StoreError, match="disk is full"):
            tag_untagged(by_words, NOW)
        assert list(Entry.objects.untagged()) == [entry]
        assert not Tag.objects.exists()

    def test_nothing_to_tag_calls_no_hook(self, by_words: TopicClassifier) -> None:
        assert tag_untagged(by_words, NOW) == []
        assert called == []


class TestFailingEncoder:
    def test_a_broken_encoder_tags_nothing_and_loses_nothing(self, keep: Callable[..., Entry]) -> None:
        encoder = FakeEncoder()
        classifier = TopicClassifier(TAXONOMY, encoder)
        entries = [keep("AI"), keep("배터리")]
        encoder.broken = True
        with pytest.raises(EncoderError):
            tag_untagged(classifier, NOW)
        assert list(Entry.objects.untagged()) == entries
        assert called == []
        encoder.broken = False
        assert tag_untagged(classifier, NOW) == [entry.id for entry in entries]

    def test_a_broken_encoder_is_not_asked_again_for_every_entry(self, keep: Callable[..., Entry]) -> None:
        encoder = FakeEncoder()
        classifier = TopicClassifier(TAXONOMY, encoder)
        for number in range(10):
            keep(f"AI {number}")
        encoder.broken = True
        encoder.batches.clear()
        with pytest.raises(EncoderError):
            tag_untagged(classifier, NOW)
        assert len(encoder.batches) == 3

    def test_one_entry_that_cannot_be_read_holds_up_nobody(self, keep: Callable[..., Entry]) -> None:
        classifier = TopicClassifier(TAXONOMY, FakeEncoder(cannot_read="독"))
        first, poisonous, last = keep("AI"), keep("독 든 배터리"), keep("수소")
        assert tag_untagged(classifier, NOW) == [first.id, poisonous.id, last.id]
        assert tags(poisonous) == {"battery"}
        assert "+words+" in poisonous.tags.get().model
        assert "+words+" in poisonous.assessment.model
        assert "+fake-1+" in last.assessment.model


class Meanwhile(TopicClassifier):
    """A classifier during whose work something happens."""

    happens: Callable[[], object]

    def classify(self, entries: Sequence[EntryText]) -> list[Classification]:
        results = super().classify(entries)
        self.happens()
        return results


class TestAtOnce:
    def test_an_entry_corrected_meanwhile_waits_for_its_new_text(self, keep: Callable[..., Entry]) -> None:
        entry, other = keep("AI"), keep("배터리")
        classifier = Meanwhile(TAXONOMY)
        classifier.happens = lambda: Entry.objects.filter(id=entry.id).update(title="수소", changed_at=LATER)
        assert tag_untagged(classifier, NOW) == [other.id]
        assert list(Entry.objects.untagged()) == [entry]
        assert tags(entry) == set()
        classifier.happens = lambda: None
        assert tag_untagged(classifier, LATER) == [entry.id]
        assert tags(entry) == {"hydrogen"}

    def test_what_another_tagger_was_quicker_with_is_left_to_it(
        self, keep: Callable[..., Entry], by_words: TopicClassifier
    ) -> None:
        entry = keep("AI")
        classifier = Meanwhile(TAXONOMY)
        classifier.happens = lambda: tag_untagged(by_words, NOW)
        assert tag_untagged(classifier, LATER) == []
        entry.refresh_from_db()
        assert entry.tagged_at == NOW
        assert called == [([entry.id], NOW, 1)]

    def test_two_taggers_in_two_threads_tag_every_entry_once(self, keep: Callable[..., Entry]) -> None:
        ids = {keep(f"AI {number}").id for number in range(30)}
        both_read = threading.Barrier(2, timeout=10)
        tagged: list[list[int]] = []

        def tag() -> None:
            classifier = Meanwhile(TAXONOMY)
            classifier.happens = both_read.wait
            try:
                tagged.append(tag_untagged(classifier, NOW))
            finally:
                connection.close()

        threads = [threading.Thread(target=tag) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(tagged, key=len) == [[], sorted(ids)]
        assert Tag.objects.count() == Assessment.objects.count() == 30
        assert len(called) == 1
