"""Every schema that was ever released comes forward with its rows: one ladder, with something put in at every rung."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Model
from pytest_django import DjangoDbBlocker

from monitor import database
from monitor.config import settings
from tests.servers.postgres import new_database

APPS = ("monitor", "classifiers", "alerts", "review")
AT = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
Rows = dict[tuple[str, Any], dict[str, Any]]


@contextmanager
def empty_database(file: Path) -> Iterator[Any]:
    """The default database is an empty one of its own for a while."""
    usual = connections["default"]
    if usual.vendor == "postgresql":
        with new_database("template0") as own:
            connections["default"] = own
            try:
                yield own
            finally:
                connections["default"] = usual
        return
    usual.close()
    own = usual.copy()
    # Nobody cuts the power here: not a second of the test is spent on waiting for the disk.
    options = usual.settings_dict["OPTIONS"] | {
        "init_command": "PRAGMA synchronous=OFF; PRAGMA foreign_keys=ON;"
    }
    own.settings_dict = usual.settings_dict | {"NAME": str(file), "OPTIONS": options}
    connections["default"] = own
    try:
        yield own
    finally:
        own.close()
        connections["default"] = usual


def climb() -> Iterator[tuple[str, Any]]:
    """Applies one migration after the other; after each of ours, its name and the models of that state."""
    executor = MigrationExecutor(connections["default"])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    state = executor._create_project_state(with_applied_migrations=True)
    executor.recorder.ensure_schema()
    for migration, _backwards in plan:
        state = executor.apply_migration(state, migration)
        if migration.app_label in APPS:
            yield f"{migration.app_label}.{migration.name}", state.apps


class Rung:
    """One state of the schema: its models, and what stands in its tables."""

    def __init__(self, number: int, apps: Any) -> None:
        self.number, self.apps = number, apps

    def put(self, label: str, **values: object) -> Any:
        """A row, where the model is there already, with as much of it as it has by now."""
        try:
            model = self.apps.get_model(label)
        except LookupError:
            return None
        names = {field.name for field in model._meta.get_fields()} | {"pk"}
        # By their keys: between two states of the schema a model's class is not always one and the same.
        said = {
            f"{name}_id" if isinstance(value, Model) else name: value.pk
            if isinstance(value, Model)
            else value
            for name, value in values.items()
            if name in names
        }
        return model.objects.create(**said)

    def fill(self) -> None:
        """What a morning leaves: an entry, what the classifier said of it, an alert, a decision and a candidate."""
        at = AT + self.number * timedelta(days=1)
        source = self.put("monitor.Source", pk=f"source-{self.number}", etag='"x"')
        self.put("monitor.Poll", source=source, started_at=at, status="ok", new=1)
        story = self.put("monitor.Story", first_seen_at=at, relevance=0.7, queue="accepted")
        entry = self.put(
            "monitor.Entry", source=source, story=story, title=f"반도체 지원책 {word(self.number)}", summary="본문",
            url=f"https://a.example/{self.number}", link_key=f"{self.number:032x}", first_seen_at=at, tagged_at=at, lang="ko",
        )  # fmt: skip
        if entry is None:
            return
        type(story).objects.filter(pk=story.pk).update(lead_id=entry.pk)
        self.put(
            "classifiers.Assessment", entry=entry, relevance=0.7, kind="policy", model="m", assessed_at=at
        )
        self.put(
            "classifiers.Tag", entry=entry, topic="semiconductor", probability=0.9, model="m", why=["반도체"]
        )
        self.put(
            "classifiers.ModelVersion", name=f"own-{self.number}", data={"encoder": "", "promoted": True}
        )
        to = self.put("alerts.Recipient", address=f"telegram:{self.number}", name="편집부")
        self.put("alerts.Subscription", recipient=to, topics=["ai"])
        self.put(
            "alerts.Alert", recipient=to, story=story, entry=entry, state="sent", sent_at=at, external_id="77"
        )
        try:
            user = self.apps.get_model("auth.User").objects.create(username=f"kim-{self.number}")
        except LookupError:
            return
        self.put("review.Decision", story=story, editor=user, choice="accept", door="web", decided_at=at)
        self.put("review.Candidate", story=story, headline="반도체", accepted_by=user, accepted_at=at)
        self.put("review.Sample", story=story, week=f"2026-W{self.number:02}", place=0, below=9)
        self.put("review.StoryEvent", story=story, editor=user, kind="comment", text="좋다", happened_at=at)

    def rows(self) -> Rows:
        """Everything that stands in our tables, by table and key."""
        found: Rows = {}
        for model in self.apps.get_models():
            if model._meta.app_label in (*APPS, "auth"):
                for row in model.objects.order_by().values():
                    found[model._meta.db_table, row[model._meta.pk.attname]] = row
        return found


def word(number: int) -> str:
    """A word that stands in one title only."""
    return "가나다라마바사아자차카타파하거너더러머버서어저처커터퍼허"[number] * 3


@pytest.fixture(scope="module")
def ladder(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[tuple[int, list[str]]]:
    """How many rungs there were, and what was lost or changed on the way up; then the database on the last rung."""
    with django_db_blocker.unblock(), empty_database(tmp_path_factory.mktemp("ladder") / "old.sqlite3"):
        lost: list[str] = []
        before: Rows = {}
        rungs = 0
        for step, apps in climb():
            rung = Rung(rungs, apps)
            now = rung.rows()
            for key, row in before.items():
                kept = now.get(key)
                same = kept is not None and all(
                    kept[name] == value for name, value in row.items() if name in kept
                )
                if not same:
                    lost.append(f"{step}: {key}: {row} became {kept}")
            rung.fill()
            before = rung.rows()
            rungs += 1
        call_command("migrate", verbosity=0, interactive=False)
        yield rungs, lost


def test_no_row_is_lost_or_changed_on_the_way_up(ladder: tuple[int, list[str]]) -> None:
    rungs, lost = ladder
    assert rungs >= 12
    assert lost == []


def test_everything_that_was_decided_sent_and_tagged_is_there_at_the_top(
    ladder: tuple[int, list[str]],
) -> None:
    from alerts.models import Alert
    from classifiers.models import Assessment, Tag
    from monitor.models import Entry, Story
    from review.models import Candidate, Decision

    stories = Story.objects.count()
    assert stories == Entry.objects.count() > 8
    assert not Story.objects.exclude(queue="accepted").exists()
    assert Decision.objects.filter(choice="accept").count() >= 6
    assert Candidate.objects.filter(story__queue="accepted").count() == Decision.objects.count()
    assert Alert.objects.filter(state="sent", external_id="77").count() >= 7
    assert Assessment.objects.count() == Tag.objects.count() >= 8


def test_what_was_stored_before_there_was_an_index_is_found(ladder: tuple[int, list[str]]) -> None:
    from monitor.models import Entry, Story
    from review.search.asking import question
    from review.search.index import found_by, index_rest

    # What was put in above the index by hand is indexed by the step that tags it.
    for _part in index_rest():
        pass
    for entry in Entry.objects.all():
        asked = question(entry.title.split()[-1])
        assert asked is not None
        assert list(Story.objects.filter(pk__in=found_by(asked))) == [entry.story], entry.title
    asked = question("반도체")
    assert asked is not None
    assert Story.objects.filter(pk__in=found_by(asked)).count() == Story.objects.count()


@pytest.mark.sqlite  # it asks SQLite
def test_the_database_at_the_top_is_whole_and_current(ladder: tuple[int, list[str]]) -> None:
    with connections["default"].cursor() as cursor:
        for check, well in (("PRAGMA integrity_check", [("ok",)]), ("PRAGMA foreign_key_check", [])):
            assert list(cursor.execute(check)) == well
    assert database._is_current()


@pytest.mark.django_db
def test_no_model_has_changed_without_a_migration() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_a_database_of_an_older_version_is_backed_up_before_it_is_brought_up_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(database, "_is_current", lambda: False)
    monkeypatch.setattr(database, "call_command", lambda *_args, **_options: asked.append("migrate"))
    monkeypatch.setattr(database, "back_up_before_update", lambda own, now: asked.append("back up"))
    for applied, wanted in (({}, ["migrate"]), ({("monitor", "0001_initial"): 1}, ["back up", "migrate"])):
        asked.clear()
        monkeypatch.setattr(
            database.MigrationRecorder, "applied_migrations", lambda _self, known=applied: known
        )
        database.bring_up_to_date()
        assert asked == wanted
    assert settings().home.exists()
