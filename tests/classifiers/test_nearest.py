"""The nearest article of past issues: found while tagging, by vectors that are made once and kept."""

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from classifiers.classifier import TopicClassifier
from classifiers.judging.trained import TrainedModel
from classifiers.models import Assessment, PastArticle, PastIssue
from classifiers.pastissues import nearest
from classifiers.pastissues.issue import PastArticleText, PastIssueText
from classifiers.pastissues.learning import keep_issue
from classifiers.pastissues.nearest import Near, Nearest, is_covered, nearest_articles
from classifiers.tagging import tag_untagged
from monitor.models import Entry, Source, Story
from tests.classifiers.fakes import FakeEncoder
from tests.classifiers.test_fitting import SMALL, learn, small_set

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """On matrices as small as these, and cores as busy, threads of BLAS wait for each other most of the time."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def model() -> TrainedModel:
    return learn(small_set(), encoder=FakeEncoder()).model


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch, settings: object) -> None:
    settings.TAGGED_HOOKS = []  # type: ignore[attr-defined]
    monkeypatch.setattr(nearest, "_archives", {})
    monkeypatch.setitem(nearest.NEAR, "fake-1", Near(0.5, 0.9))


@pytest.fixture
def encoder() -> FakeEncoder:
    return FakeEncoder()


def article(title: str, text: str = "", order: int = 1) -> PastArticle:
    issue, _created = PastIssue.objects.get_or_create(bulletin="japan-insight", number="2023-03")
    return PastArticle.objects.create(issue=issue, order=order, title=title, text=text)


def found(title: str, encoder: FakeEncoder, model: TrainedModel) -> Nearest | None:
    (one,) = nearest_articles(
        list(encoder.encode([f"{title}. "])), encoder.name, encoder.encode, model.centre
    )
    return one


def tagged(title: str, classifier: TopicClassifier) -> Assessment:
    Source.objects.get_or_create(id="news")
    story = Story.objects.create(first_seen_at=NOW)
    entry = Entry.objects.create(source_id="news", story=story, title=title, lang="ja", first_seen_at=NOW)
    assert tag_untagged(classifier, NOW) == [entry.id]
    return Assessment.objects.get(entry=entry)


def test_an_entry_is_tagged_with_the_article_that_lies_nearest(
    encoder: FakeEncoder, model: TrainedModel
) -> None:
    article("밀 재배와 농업")
    same = article("ウエハー工場の新設", order=2)
    assessment = tagged("ウエハー工場の新設", TopicClassifier(SMALL, encoder, model=model))
    assert assessment.nearest == same
    assert assessment.nearest_likeness == pytest.approx(1.0, abs=0.01)
    assert is_covered(assessment.model, assessment.nearest_likeness)


def test_what_lies_far_is_not_kept_and_a_later_assessment_forgets_the_former(
    encoder: FakeEncoder, model: TrainedModel
) -> None:
    article("밀 재배와 농업")
    classifier = TopicClassifier(SMALL, encoder, model=model)
    assessment = tagged("ウエハー工場の新設", classifier)
    assert (assessment.nearest, assessment.nearest_likeness) == (None, None)
    PastArticle.objects.all().delete()
    near = article("ウエハー工場の新設")
    Entry.objects.update(tagged_at=None)
    tag_untagged(classifier, NOW)
    assert Assessment.objects.get().nearest == near
    near.delete()
    assert Assessment.objects.get().nearest is None


def test_by_words_alone_nothing_is_near(model: TrainedModel) -> None:
    article("ウエハー工場の新設")
    assert tagged("ウエハー工場の新設", TopicClassifier(SMALL)).nearest is None
    assert PastArticle.objects.get().vector is None


def test_with_an_encoder_whose_cosines_nobody_measured_nothing_is_near(model: TrainedModel) -> None:
    article("ウエハー工場の新設")
    assert found("ウエハー工場の新設", FakeEncoder(name="fake-2"), model) is None
    assert not is_covered("own+fake-2+abc", 0.99)
    assert not is_covered("own", 0.99)


def test_vectors_are_made_once_and_kept(encoder: FakeEncoder, model: TrainedModel) -> None:
    article("ウエハー工場の新設", "본문  첫 줄\n" + "가" * 500)
    found("ウエハー工場", encoder, model)
    (text,) = encoder.batches[1]
    assert text.startswith("ウエハー工場の新設. 본문 첫 줄 가가가")
    assert len(text.split(". ", 1)[1]) == 400
    nearest._archives.clear()
    encoder.batches.clear()
    found("ウエハー工場", encoder, model)
    assert encoder.batches == [["ウエハー工場. "]]


def test_what_is_added_changed_or_taken_away_is_seen(encoder: FakeEncoder, model: TrainedModel) -> None:
    first = article("衛星のロケット発射")
    assert found("ウエハー工場の新設", encoder, model) is None
    second = article("ウエハー工場の新設", order=2)
    assert found("ウエハー工場の新設", encoder, model).article == second.pk  # type: ignore[union-attr]
    texts = tuple(
        PastArticleText("", order, title, "")
        for order, title in ((1, first.title), (2, "ウエハー 工場の新設"))
    )
    keep_issue(PastIssueText("japan-insight", "2023-03", None, texts), [[], []], "3.pdf")
    assert PastArticle.objects.get(pk=second.pk).vector is None, "its title was written otherwise"
    assert PastArticle.objects.get(pk=first.pk).vector is not None
    assert found("ウエハー工場の新設", encoder, model).article == second.pk  # type: ignore[union-attr]
    second.delete()
    assert found("ウエハー工場の新設", encoder, model) is None


def test_articles_that_cannot_be_encoded_hold_nobody_up(model: TrainedModel) -> None:
    article("독이 든 글")
    encoder = FakeEncoder(cannot_read="독")
    assert found("ウエハー工場の新設", encoder, model) is None
    encoder.batches.clear()
    assert found("ウエハー工場の新設", encoder, model) is None
    assert len(encoder.batches) == 1, "nor are they tried again for every entry"


def test_an_article_that_goes_meanwhile_is_not_pointed_at(
    encoder: FakeEncoder, model: TrainedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = article("ウエハー工場の新設").pk
    PastArticle.objects.all().delete()
    monkeypatch.setattr("classifiers.tagging.nearest_articles", lambda *_args: [Nearest(gone, 0.9)])
    assessment = tagged("ウエハー工場の新設", TopicClassifier(SMALL, encoder, model=model))
    assert (assessment.nearest_id, assessment.nearest_likeness) == (None, None)


def test_vectors_are_compared_around_the_middle_of_all(encoder: FakeEncoder) -> None:
    """Two texts that share nothing but what every text has are not near, whatever their plain cosine."""
    article("b")
    centre = np.full(FakeEncoder.dimension, 1.0, np.float32)
    cone = [(centre + vector).astype(np.float32) for vector in encoder.encode(["a"])]
    near = nearest_articles(cone, encoder.name, lambda texts: encoder.encode(["b"]) + centre, centre)
    assert near == [None]
