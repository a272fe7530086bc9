"""Learning again from what editors decided: promoted only when no worse, and rolled back."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import User

from classifiers.classifier import TopicClassifier
from classifiers.judging.features import EntryText
from classifiers.judging.scoring import HandSetModel, Model
from classifiers.models import ModelVersion, Objection, PastArticle, PastIssue, Tag
from classifiers.serving import versions
from classifiers.training import rehearsal, retraining, trainingset
from classifiers.training.due import is_due
from classifiers.training.trainingset import Example
from monitor.models import Entry, Source, Story
from review.deciding.decisions import Choice, decide
from review.quality.examples import decided_examples
from tests.classifiers.fakes import taxonomy

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
SMALL = taxonomy(chips=["半導体"], space=["衛星"])


def example(title: str, *topics: str, relevant: bool = True) -> Example:
    return Example(EntryText(title, "", "ja"), frozenset(topics), "industry", relevant)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A training set of a moment: two topics, and news that is none; models in a folder of their own."""
    monkeypatch.setattr(retraining, "models_folder", lambda: tmp_path)
    texts = [
        *(example(f"半導体の工場 その{n} ウエハー", "chips") for n in range(20)),
        *(example(f"衛星の打ち上げ 第{n}報 ロケット", "space") for n in range(20)),
        *(example(f"野球の試合 {n}回戦の結果", relevant=False) for n in range(20)),
    ]
    monkeypatch.setattr(trainingset, "shipped", lambda: tuple(texts))
    monkeypatch.setattr(retraining, "taxonomy", lambda: SMALL)
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


def test_without_past_issues_and_decisions_there_is_nothing_to_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "shipped", lambda _encoder: SimpleNamespace(manifest={}))
    with pytest.raises(retraining.NothingToLearnError):
        retraining.train(None, HandSetModel(), NOW)


def test_an_encoder_without_a_shipped_model_gets_one_from_what_ships() -> None:
    result = retraining.train(None, HandSetModel(), NOW)
    assert result.promoted, result.reason
    assert versions.active_name(retraining.models_folder(), "") == result.name


def test_decisions_become_a_model_that_is_in_force(editor: User) -> None:
    decided(editor, 60)
    result = retraining.train(None, HandSetModel(), NOW)
    assert result.promoted, result.reason
    assert result.examples == {"shipped": 60, "articles": 0, "decisions": 60, "held_out": 12}
    assert versions.active_name(retraining.models_folder(), "") == result.name
    assert rehearsal.waiting(retraining.models_folder()) == [result.name]
    assert ModelVersion.objects.get(active=True).name == result.name
    model = versions.load(retraining.models_folder(), result.name)
    reader = retraining._reader(SMALL, None)
    features = reader.read([EntryText("政策の半導体 新", "", "ja"), EntryText("広告の半導体 新", "", "ja")])
    wanted, unwanted = model.judge(features, reader.topics).relevance
    assert wanted > unwanted


def test_a_dry_run_changes_nothing(editor: User) -> None:
    decided(editor, 60)
    result = retraining.train(None, HandSetModel(), NOW, dry_run=True)
    assert not result.promoted
    assert versions.active_name(retraining.models_folder(), "") == ""
    assert not ModelVersion.objects.exists()
    assert rehearsal.waiting(retraining.models_folder()) == []


def test_a_model_that_is_worse_is_not_promoted(editor: User, monkeypatch: pytest.MonkeyPatch) -> None:
    decided(editor, 60)
    monkeypatch.setattr(retraining, "_shipped_f1", lambda _encoder: 1.5)
    result = retraining.train(None, HandSetModel(), NOW)
    assert not result.promoted
    assert result.reason.startswith("micro_f1 fell from 1.500")
    assert versions.active_name(retraining.models_folder(), "") == ""
    # It is kept aside, to be seen what it would have done.
    assert rehearsal.waiting(retraining.models_folder()) == [result.name]
    assert versions.load(retraining.models_folder(), result.name).name == result.name
    # It is not tried again within the week, and nothing goes back to it.
    assert not is_due(NOW + timedelta(hours=1))
    assert retraining.rollback("") == ""


def test_rolled_back_the_model_before_is_in_force_and_then_the_shipped_one(editor: User) -> None:
    decided(editor, 20)
    first = retraining.train(None, HandSetModel(), NOW)
    second = retraining.train(None, HandSetModel(), NOW + timedelta(days=1))
    ModelVersion.objects.filter(name=first.name).update(created_at=NOW)
    assert retraining.rollback("") == first.name
    assert versions.active_name(retraining.models_folder(), "") == first.name != second.name
    assert retraining.rollback("") == ""
    assert not ModelVersion.objects.filter(active=True).exists()


def test_past_articles_are_wanted_examples_with_the_topics_that_were_confirmed() -> None:
    issue = PastIssue.objects.create(bulletin="japan-insight", number="2026-10")
    for order, confirmed_at in enumerate((NOW, None), 1):
        PastArticle.objects.create(
            issue=issue, order=order, title="衛星 산업", text="일본의 위성\n산업", topics=["space"],
            confirmed_at=confirmed_at,
        )  # fmt: skip
    PastArticle.objects.create(issue=issue, order=3, title="축제", confirmed_at=NOW)
    sure, proposed, none = retraining.past_articles()
    assert (sure.topics, sure.relevant, sure.text.lead) == (frozenset({"space"}), True, "일본의 위성 산업")
    assert (proposed.topics, proposed.relevant) == (None, True)
    assert none.topics == frozenset()


def test_the_documents_that_an_article_cites_are_wanted_examples_in_their_own_language() -> None:
    issue = PastIssue.objects.create(bulletin="kiat-watch", number="2026-20")
    PastArticle.objects.create(
        issue=issue, order=1, title="위성 전략", topics=["space"], confirmed_at=NOW,
        citation="내각부, 宇宙技術戦略の改定について, 2026.11.2.\n참고 : NASA, Roadmap for small satellites, 2026.10.5.\n무제",
    )  # fmt: skip
    cited = retraining.past_articles()[1:]
    assert [(one.text.title, one.text.language, one.topics, one.relevant) for one in cited] == [
        ("宇宙技術戦略の改定について", "ja", frozenset({"space"}), True),
        ("Roadmap for small satellites", "en", frozenset({"space"}), True),
    ]
    assert cited[0].weight == retraining.DECISION_WEIGHT


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
    assert not is_due(NOW)
    decided(editor, 20)
    assert is_due(NOW)
    ModelVersion.objects.create(name="own-1", data={"decisions": 0})
    ModelVersion.objects.update(created_at=NOW - timedelta(days=3))
    assert not is_due(NOW)
    assert is_due(NOW + timedelta(days=5))
    ModelVersion.objects.update(data={"decisions": 10})
    assert not is_due(NOW + timedelta(days=5))


def test_whether_training_is_due_is_asked_without_what_training_takes() -> None:
    code = """if True:
        import sys, django
        django.setup()
        import classifiers.training.due
        print({"sklearn", "scipy", "numpy"} & {*sys.modules})"""
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "monitor.settings"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "set()\n"


def objected(title: str, count: int = 1, term: str = "半導体") -> None:
    """So many stories of that title, whose topic chips an editor would not have because of the word."""
    for _ in range(count):
        entry = story(title).lead
        Objection.objects.create(entry=entry, topic="chips", term=term, made_at=NOW)


def topics_of(model: Model, title: str) -> set[str]:
    (result,) = TopicClassifier(retraining.taxonomy(), model=model).classify([EntryText(title, "", "ja")])
    return {topic.topic for topic in result.topics}


def trained(at: datetime = NOW) -> Model:
    result = retraining.train(None, HandSetModel(), at)
    assert result.promoted, result.reason
    return versions.load(retraining.models_folder(), result.name)


def test_a_word_that_editors_objected_to_gives_its_topic_no_more_by_itself(
    editor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = taxonomy(chips=["半導体", "ウエハー"], space=["衛星"])
    monkeypatch.setattr(retraining, "taxonomy", lambda: words)
    decided(editor, 20)
    before = trained()
    assert topics_of(before, "半導体の話") == topics_of(before, "半導体のウエハー工場") == {"chips"}
    objected("半導体の話", 3)
    after = trained(NOW + timedelta(days=1))
    assert after.discounts == {("chips", "半導体"): 0.125}
    assert topics_of(after, "半導体の話") == set()
    assert topics_of(after, "半導体のウエハー工場") == {"chips"}
    assert topics_of(after, "衛星の話") == {"space"}
    # Until a training the model in force says what it said.
    assert before.discounts == {}
    assert topics_of(before, "半導体の話") == {"chips"}


@pytest.mark.parametrize(("count", "factor"), [(1, 0.5), (2, 0.25), (3, 0.125), (4, 0.125)])
def test_every_objection_halves_a_words_weight_and_the_fourth_changes_nothing(
    count: int, factor: float
) -> None:
    for number in range(count):
        objected(f"半導体の話 {number}")
    assert retraining.discounts() == {("chips", "半導体"): factor}


def test_objections_alone_are_something_to_learn() -> None:
    objected("半導体の話")
    assert retraining.train(None, HandSetModel(), NOW, dry_run=True).reason == "dry run"


def test_the_model_in_force_is_measured_with_the_words_as_it_reads_them(editor: User) -> None:
    decided(editor, 60)
    Tag.objects.bulk_create(
        Tag(entry=one.lead, topic="chips", probability=1, editor=editor) for one in Story.objects.all()
    )
    held = retraining.train(None, HandSetModel(), NOW, dry_run=True).before["held_out_f1"]
    objected("半導体の話", 3)
    assert retraining.train(None, HandSetModel(), NOW, dry_run=True).before["held_out_f1"] == held == 1


def test_objections_make_training_due_as_decisions_do(editor: User) -> None:
    decided(editor, 12)
    objected("半導体の話", 7)
    assert not is_due(NOW)
    objected("半導体の株")
    assert is_due(NOW)
    ModelVersion.objects.create(name="own-1", data={"decisions": 12, "objections": 8})
    ModelVersion.objects.update(created_at=NOW - timedelta(days=8))
    assert not is_due(NOW)


def test_a_discount_is_kept_with_the_model(editor: User) -> None:
    decided(editor, 20)
    objected("半導体の話")
    name = retraining.train(None, HandSetModel(), NOW).name
    assert ModelVersion.objects.get().data["objections"] == 1
    loaded = versions.load(retraining.models_folder(), name)
    assert loaded.manifest["discounts"] == [["chips", "半導体", 0.5]]
