"""What a machine that shares a database does with its steps."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from structlog.testing import capture_logs

from classifiers.serving import inforce
from classifiers.serving.versions import ModelError
from monitor.cli.steps import Steps
from monitor.models import Entry, Source, Story
from monitor.threads import in_database

pytestmark = pytest.mark.django_db(transaction=True)


def untagged() -> None:
    at = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
    source, story = Source.objects.create(id="s"), Story.objects.create(first_seen_at=at)
    Entry.objects.create(source=source, story=story, title="금리", first_seen_at=at)


async def test_a_machine_without_the_model_in_force_leaves_what_waits_for_tags_to_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nothing: Any = SimpleNamespace(channels=())
    steps = Steps([], nothing, nothing, nothing)
    await in_database(untagged)
    tagger = inforce.tagger

    def lacking() -> object:
        raise ModelError("model own-1 is in force and cannot be read here")

    monkeypatch.setattr(inforce, "tagger", lacking)
    with capture_logs() as logs:
        assert [await steps.tag() for _ in range(3)] == [False] * 3
    # Once, however often it is asked; and the model is looked for again after a rest.
    assert [one["what"] for one in logs if one["event"] == "failed"] == ["model in force"]
    assert await in_database(Entry.objects.untagged().count) == 1
    monkeypatch.setattr(inforce, "tagger", tagger)
    monkeypatch.setattr(steps._model, "_until", 0.0)
    assert await steps.tag()
