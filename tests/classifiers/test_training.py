"""Learning again from what editors decided: promoted only when no worse, and rolled back."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from classifiers import training, trainingset, versions
from classifiers.features import EntryText
from classifiers.models import ModelVersion, PastArticle, PastIssue, Tag
from classifiers.scoring import HandSetModel
from classifiers.trainingset import Example
from monitor.models import Entry, Source, Story
from review.decisions import Choice, decide
from review.examples import decided_examples
from tests.classifiers.fakes import taxonomy

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
SMALL = taxonomy(chips=["半導体"], space=["衛星"])


def example(title: str, *topics: str, relevant: bool = True) -> Example:
    return Example(EntryText(title, "", "ja"), frozenset(topics), "industry", relevant)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A training set of a moment: two topics, and news that is none; models in a folder of their own."""
    monkeypatch.setattr(training, "models_folder", lambda: tmp_path)
    texts = [
        *(example(f"半導体の工場 その{n} ウエハー", "chips") for n in range(20)),
        *(example(f"衛星の打ち上げ 第{n}報 ロケット", "space") for n in range(20)),
        *(example(f"野球の試合 {n}回戦の結果", relevant=False) for n in range(20)),
    ]
    monkeypatch.setattr(trainingset, "shipped", lambda: tuple(texts))
    monkeypatch.setattr(training, "taxonomy", lambda: SMALL)
    monkeypatch.setattr(versions, "shipped", lambda _encoder: None)


def story(title: str) -> Story:
    Source.objects.get_or_create(id="s")
    made = Story.objects.create(first_seen_at=NOW)
    made.lead = Entry.objects.create(source_id="s", story=made, title=title, lang="ja", first_seen_at=NOW)
    made.save()
    return made


@pytest.fixture
def editor() -> User:
    return User.objects.create_user("kim")


def decided(editor: User, count: int) -> None:
    """Half wanted, half not, by a word that the shipped texts do not tell apart."""
    for number in range(count):
        wanted = number % 2 == 0
        one = story(f"{'政策' if wanted else '広告'}の半導体 {number}号")
        choice = Choice.ACCEPT if wanted else Choice.REJECT
        decide(one.pk, editor, choice, door="web", now=NOW + timedelta(minutes=number))


def test_without_past_issues_and_decisions_there_is_nothing_to_learn() -> None:
    with pytest.raises(training.NothingToLearnError):
        training.train(None, HandSetModel(), NOW)


def test_decisions_become_a_model_that_is_in_force(editor: User) -> None:
    decided(editor, 60)
    result = training.train(None, HandSetModel(), NOW)
    assert result.promoted, result.reason
    assert result.examples == {"shipped": 60, "articles": 0, "decisions": 60, "held_out": 12}
    assert versions.active_name(training.models_folder(), "") == result.name
    assert ModelVersion.objects.get(active=True).name == result.name
    model = versions.load(training.models_folder(), result.name)
    reader = training._reader(SMALL, None)
    features = reader.read([EntryText("政策の半導体 新", "", "ja"), EntryText("広告の半導体 新", "", "ja")])
    wanted, unwanted = model.judge(features, reader.topics).relevance
    assert wanted > unwanted


def test_a_dry_run_changes_nothing(editor: User) -> None:
    decided(editor, 60)
    result = training.train(None, HandSetModel(), NOW, dry_run=True)
    assert not result.promoted
    assert versions.active_name(training.models_folder(), "") == ""
    assert not ModelVersion.objects.exists()


def test_a_model_that_is_worse_is_not_promoted(editor: User, monkeypatch: pytest.MonkeyPatch) -> None:
    decided(editor, 60)
    monkeypatch.setattr(training, "_shipped_f1", lambda _encoder: 1.5)
    result = training.train(None, HandSetModel(), NOW)
    assert not result.promoted
    assert result.reason.startswith("micro_f1 fell from 1.500")
    assert versions.active_name(training.models_folder(), "") == ""
    # It is not tried again within the week, and nothing goes back to it.
    assert not training.is_due(NOW + timedelta(hours=1))
    assert training.rollback("") == ""


def test_rolled_back_the_model_before_is_in_force_and_then_the_shipped_one(editor: User) -> None:
    decided(editor, 20)
    first = training.train(None, HandSetModel(), NOW)
    second = training.train(None, HandSetModel(), NOW + timedelta(days=1))
    ModelVersion.objects.filter(name=first.name).update(created_at=NOW)
    assert training.rollback("") == first.name
    assert versions.active_name(training.models_folder(), "") == first.name != second.name
    assert training.rollback("") == ""
    assert not ModelVersion.objects.filter(active=True).exists()


def test_past_articles_are_wanted_examples_with_the_topics_that_were_confirmed() -> None:
    issue = PastIssue.objects.create(bulletin="japan-insight", number="2026-10")
    PastArticle.objects.create(
        issue=issue, order=1, title="衛星 산업", text="일본의 위성\n산업", topics=["space"]
    )
    [found] = training.past_articles()
    assert (found.topics, found.relevant, found.text.lead) == (frozenset({"space"}), True, "일본의 위성 산업")


def test_decided_examples_are_the_stories_that_stand_decided(editor: User) -> None:
    kept, dropped, later, undone = (story(title) for title in ("남김", "뺌", "나중", "되돌림"))
    decide(dropped.pk, editor, Choice.REJECT, door="web", now=NOW)
    decide(kept.pk, editor, Choice.ACCEPT, door="web", now=NOW + timedelta(minutes=1))
    decide(later.pk, editor, Choice.LATER, door="web", now=NOW)
    decide(undone.pk, editor, Choice.ACCEPT, door="web", now=NOW)
    decide(undone.pk, editor, Choice.UNDO, door="web", now=NOW)
    Tag.objects.create(entry=kept.lead, topic="chips", probability=1, editor=editor)
    Tag.objects.create(entry=kept.lead, topic="space", probability=0, editor=editor)
    found = [(one.text.title, one.relevant, one.topics) for one in decided_examples()]
    assert found == [("뺌", False, None), ("남김", True, frozenset({"chips"}))]


def test_training_is_due_after_a_week_with_enough_decisions(editor: User) -> None:
    assert not training.is_due(NOW)
    decided(editor, 20)
    assert training.is_due(NOW)
    ModelVersion.objects.create(name="own-1", data={"decisions": 0})
    ModelVersion.objects.update(created_at=NOW - timedelta(days=3))
    assert not training.is_due(NOW)
    assert training.is_due(NOW + timedelta(days=5))
    ModelVersion.objects.update(data={"decisions": 10})
    assert not training.is_due(NOW + timedelta(days=5))
