"""One story in two languages on a real database: joined before anyone sees it, and never after."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User

from classifiers.classifier import TopicClassifier
from classifiers.encoders import Vectors
from classifiers.models import EntryVector
from classifiers.stories import storylines
from classifiers.stories.crosslingual import THRESHOLDS, WINDOW, Thresholds
from classifiers.stories.storylines import VectorWindow
from classifiers.tagging import tag_untagged
from monitor.models import Entry, Source, Story
from tests.classifiers.fakes import FakeEncoder, taxonomy

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
JA, KO = "ラピダスに1兆円追加支援", "라피더스에 1조 엔 추가 지원"
EN = "Rapidus to get 1 trillion yen more in support"


class ByEvent(FakeEncoder):
    """Texts about Rapidus lie together, whatever their language; all others each by itself."""

    dimension = 64

    def _vector(self, text: str) -> Any:
        if any(name in text for name in ("ラピダス", "라피더스", "Rapidus")):
            return np.eye(1, self.dimension)[0]
        vector = np.zeros(self.dimension)
        vector[1 + sum(map(ord, text)) % (self.dimension - 1)] = 1
        return vector


@pytest.fixture(autouse=True)
def alone(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(THRESHOLDS, "fake-1", Thresholds(0.8, 0.9))
    settings.TAGGED_HOOKS = []
    storylines._windows.clear()
    yield
    storylines._windows.clear()


@pytest.fixture
def by_event() -> TopicClassifier:
    return TopicClassifier(taxonomy(chips=["半導体", "반도체"]), ByEvent())


def keep(title: str, lang: str, source: str = "paper", *, seen_at: datetime = NOW, **fields: Any) -> Entry:
    Source.objects.get_or_create(id=source)
    story = fields.pop("story", None) or Story.objects.create(first_seen_at=seen_at)
    entry = Entry.objects.create(
        source_id=source, story=story, title=title, lang=lang, first_seen_at=seen_at, **fields
    )
    Story.objects.filter(id=story.id, lead=None).update(lead=entry)
    return entry


def story_of(entry: Entry) -> int:
    return Entry.objects.get(id=entry.id).story_id


class TestJoined:
    def test_a_translation_joins_the_older_story(self, by_event: TopicClassifier) -> None:
        first = keep(JA, "ja")
        tag_untagged(by_event, NOW)
        second = keep(KO, "ko", seen_at=NOW + HOUR)
        tag_untagged(by_event, NOW + HOUR)
        assert story_of(second) == first.story_id
        assert not Story.objects.filter(id=second.story_id).exists()

    def test_three_of_one_batch_are_one(self, by_event: TopicClassifier) -> None:
        entries = [keep(JA, "ja"), keep(KO, "ko"), keep("다른 소식", "ko"), keep(EN, "en")]
        tag_untagged(by_event, NOW)
        assert [story_of(entry) for entry in entries] == [entries[0].story_id] * 2 + [
            entries[2].story_id,
            entries[0].story_id,
        ]

    def test_the_story_is_ranked_by_all_of_its_entries(self, by_event: TopicClassifier) -> None:
        first = keep(JA, "ja")
        tag_untagged(by_event, NOW)
        second = keep(KO, "ko", summary="반도체 육성 정책과 전략")
        tag_untagged(by_event, NOW)
        most = max(entry.assessment.relevance for entry in (first, second))
        assert Story.objects.get().relevance == most

    def test_hooks_see_the_joined_story(self, by_event: TopicClassifier, settings: Any) -> None:
        settings.TAGGED_HOOKS = [f"{__name__}.note_stories"]
        noted.clear()
        entries = [keep(JA, "ja"), keep(KO, "ko")]
        tag_untagged(by_event, NOW)
        assert noted == [{entries[0].story_id}]

    def test_without_an_encoder_nothing_is_joined(self) -> None:
        entries = [keep(JA, "ja"), keep(KO, "ko")]
        tag_untagged(TopicClassifier(taxonomy(chips=["半導体"])), NOW)
        assert [story_of(entry) for entry in entries] == [entry.story_id for entry in entries]
        assert not EntryVector.objects.exists()

    def test_an_encoder_whose_cosines_are_unknown_joins_nothing(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delitem(THRESHOLDS, "fake-1")
        keep(JA, "ja"), keep(KO, "ko")
        tag_untagged(TopicClassifier(taxonomy(chips=["半導体"]), ByEvent()), NOW)
        assert Story.objects.count() == 2

    def test_old_news_that_is_tagged_again_is_left_as_it_is(self, by_event: TopicClassifier) -> None:
        keep(JA, "ja", seen_at=NOW - WINDOW - HOUR), keep(KO, "ko")
        tag_untagged(by_event, NOW)
        assert Story.objects.count() == 2
        assert EntryVector.objects.count() == 1


noted: list[set[int]] = []


def note_stories(entry_ids: Sequence[int], now: datetime) -> None:
    noted.append(set(Entry.objects.filter(id__in=entry_ids).values_list("story_id", flat=True)))


class TestSeen:
    """What an editor saw or was told of stays as it was."""

    def retold(self, by_event: TopicClassifier, older: Story, younger: Story) -> int:
        """Two stories of one event, the younger touched by someone before its tags came; how many remain."""
        keep(JA, "ja", story=older), keep(KO, "ko", story=younger)
        tag_untagged(by_event, NOW)
        return Story.objects.count()

    @pytest.fixture
    def pair(self) -> tuple[Story, Story]:
        ranked = Story.objects.create(first_seen_at=NOW, relevance=0.4)
        return ranked, Story.objects.create(first_seen_at=NOW)

    def test_else_they_are_one(self, by_event: TopicClassifier, pair: tuple[Story, Story]) -> None:
        assert self.retold(by_event, *pair) == 1

    def test_a_story_with_a_decision_is_not_dissolved(
        self, by_event: TopicClassifier, pair: tuple[Story, Story]
    ) -> None:
        editor = User.objects.create_user("kim")
        pair[1].decisions.create(editor=editor, choice="later")  # type: ignore[attr-defined]
        assert self.retold(by_event, *pair) == 2

    def test_a_candidate_is_not_dissolved(self, by_event: TopicClassifier, pair: tuple[Story, Story]) -> None:
        from review.models import Candidate

        Candidate.objects.create(story=pair[1], accepted_by=User.objects.create_user("kim"))
        assert self.retold(by_event, *pair) == 2

    def test_a_story_that_an_alert_speaks_of_is_not_dissolved(
        self, by_event: TopicClassifier, pair: tuple[Story, Story]
    ) -> None:
        from alerts.models import Alert, Recipient

        entry = keep("알린 소식", "ko", story=pair[1], tagged_at=NOW)
        Alert.objects.create(
            recipient=Recipient.objects.create(address="telegram:1"), story=pair[1], entry=entry
        )
        assert self.retold(by_event, *pair) == 2

    def test_two_stories_that_stood_in_the_queue_stay_two(self, by_event: TopicClassifier) -> None:
        stories = [Story.objects.create(first_seen_at=NOW, relevance=0.4) for _ in range(2)]
        assert self.retold(by_event, *stories) == 2

    def test_an_unseen_older_story_gives_way_to_one_that_was_seen(self, by_event: TopicClassifier) -> None:
        older = Story.objects.create(first_seen_at=NOW - HOUR)
        seen = Story.objects.create(first_seen_at=NOW, relevance=0.4)
        assert self.retold(by_event, older, seen) == 1
        assert Story.objects.get().id == seen.id
        assert Story.objects.get().first_seen_at == NOW - HOUR

    def test_a_decided_story_is_joined_and_stays_decided(self, by_event: TopicClassifier) -> None:
        decided = Story.objects.create(first_seen_at=NOW, relevance=0.4, queue=Story.Queue.REJECTED)
        assert self.retold(by_event, decided, Story.objects.create(first_seen_at=NOW)) == 1
        assert Story.objects.get().queue == Story.Queue.REJECTED


class TestLead:
    def test_the_primary_source_stands_for_the_story(self, by_event: TopicClassifier) -> None:
        keep(KO, "ko")
        release = keep(JA, "ja", source="ministry", seen_at=NOW + HOUR)
        tag_untagged(by_event, NOW + HOUR, primary={"ministry"})
        assert Story.objects.get().lead == release

    def test_a_near_duplicate_of_the_primary_source_takes_the_lead_as_well(
        self, by_event: TopicClassifier
    ) -> None:
        told = keep(KO, "ko")
        release = keep(KO, "ko", source="ministry", story=told.story)
        tag_untagged(by_event, NOW, primary={"ministry"})
        assert Story.objects.get().lead == release

    def test_among_papers_the_first_stands(self, by_event: TopicClassifier) -> None:
        first = keep(KO, "ko")
        keep(JA, "ja", source="daily", seen_at=NOW + HOUR)
        tag_untagged(by_event, NOW + HOUR)
        assert Story.objects.get().lead == first

    def test_what_an_editor_decided_on_keeps_the_face_that_they_saw(self, by_event: TopicClassifier) -> None:
        told = keep(KO, "ko")
        Story.objects.update(queue=Story.Queue.ACCEPTED)
        keep(KO, "ko", source="ministry", story=told.story)
        tag_untagged(by_event, NOW, primary={"ministry"})
        assert Story.objects.get().lead == told


def store(entry: Entry, vector: Sequence[float], encoder: str = "fake-1") -> None:
    EntryVector.objects.create(
        entry=entry,
        vector=np.array(vector, "<f2").tobytes(),
        encoder=encoder,
        first_seen_at=entry.first_seen_at,
    )


def near(window: VectorWindow, *vector: float) -> list[int]:
    rows: Vectors = np.array([vector], np.float32)
    return sorted(entry for entry, _cosine in window.nearest(rows, 0.9)[0])


class TestWindow:
    def test_what_another_process_commits_late_is_found(self) -> None:
        entries = [keep(f"소식 {number}", "ko") for number in range(3)]
        window = VectorWindow("fake-1")
        store(entries[0], [1, 0])
        store(entries[2], [1, 0])
        window.refresh(NOW - WINDOW)
        assert near(window, 1, 0) == [entries[0].id, entries[2].id]
        store(entries[1], [1, 0])
        window.refresh(NOW - WINDOW)
        assert near(window, 1, 0) == [entry.id for entry in entries]

    def test_only_what_is_new_is_read(self, django_assert_num_queries: Any) -> None:
        window = VectorWindow("fake-1")
        store(keep("소식", "ko"), [1, 0])
        window.refresh(NOW - WINDOW)
        with django_assert_num_queries(2):
            window.refresh(NOW - WINDOW)

    def test_what_was_rolled_back_or_deleted_is_forgotten(self) -> None:
        entries = [keep(f"소식 {number}", "ko") for number in range(2)]
        window = VectorWindow("fake-1")
        for entry in entries:
            store(entry, [0, 1])
        window.refresh(NOW - WINDOW)
        EntryVector.objects.filter(entry=entries[0]).delete()
        window.refresh(NOW - WINDOW)
        assert near(window, 0, 1) == [entries[1].id]

    def test_what_is_past_is_let_go(self) -> None:
        window = VectorWindow("fake-1")
        store(keep("소식", "ko"), [1, 0])
        window.refresh(NOW - WINDOW)
        window.refresh(NOW + HOUR)
        assert near(window, 1, 0) == []

    def test_vectors_of_another_encoder_are_not_compared(self) -> None:
        window = VectorWindow("fake-1")
        store(keep("소식", "ko"), [1, 0, 0], encoder="fake-2")
        store(keep("소식", "ko"), [1, 0])
        window.refresh(NOW - WINDOW)
        window.refresh(NOW - WINDOW)
        assert len(near(window, 1, 0)) == 1

    def test_a_corrected_entry_is_compared_by_its_new_text(self, by_event: TopicClassifier) -> None:
        entry = keep("전혀 다른 소식", "ko")
        tag_untagged(by_event, NOW)
        Entry.objects.filter(id=entry.id).update(title=KO, tagged_at=None, changed_at=NOW)
        tag_untagged(by_event, NOW)
        late = keep(JA, "ja")
        tag_untagged(by_event, NOW)
        assert story_of(late) == entry.story_id

    def test_vectors_past_the_window_go_with_the_next_entries(self, by_event: TopicClassifier) -> None:
        old = keep("묵은 소식", "ko")
        tag_untagged(by_event, NOW)
        keep(JA, "ja", seen_at=NOW + WINDOW + HOUR)
        tag_untagged(by_event, NOW + WINDOW + HOUR)
        assert list(EntryVector.objects.filter(entry=old)) == []
        assert EntryVector.objects.count() == 1
