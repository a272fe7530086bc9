"""Stories that wait for their readers, and a Telegram of our own."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from alerts.models import Alert, Recipient
from alerts.recipients import add
from classifiers.models import Assessment, Tag
from monitor.models import Entry, Source, Story
from tests.servers.telegram import TelegramServer

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


@pytest.fixture
def telegram() -> Iterator[TelegramServer]:
    with TelegramServer() as server:
        yield server


def recipient(address: str, **rule: object) -> Recipient:
    """A recipient that was there before every entry."""
    made = add(address, **rule)  # type: ignore[arg-type]
    Recipient.objects.filter(id=made.id).update(created_at=NOW - timedelta(days=30))
    return made


@pytest.fixture
def tell() -> Callable[..., Entry]:
    """Makes a tagged entry: `tell("제목", topics={"ai": 0.9}, relevance=0.8)`."""

    def make(
        title: str,
        *,
        lead: str = "",
        topics: dict[str, float] | None = None,
        relevance: float = 0.8,
        source: str = "meti-press",
        story: Story | None = None,
        **fields: object,
    ) -> Entry:
        Source.objects.get_or_create(id=source)
        story = story or Story.objects.create(first_seen_at=NOW)
        values = {"first_seen_at": NOW, "url": "https://news.example/a?b=1&c=2", "lang": "ko", **fields}
        entry = Entry.objects.create(
            source_id=source, story=story, title=title, summary=lead, tagged_at=NOW, **values
        )
        Assessment.objects.create(
            entry=entry, relevance=relevance, kind="policy", model="test", assessed_at=NOW
        )
        for topic, probability in (topics or {}).items():
            Tag.objects.create(entry=entry, topic=topic, probability=probability, why=["근거"], model="test")
        return entry

    return make


def queued(to: Recipient, entries: list[Entry]) -> None:
    """Alerts as matching queues them."""
    Alert.objects.bulk_create(
        [
            Alert(
                recipient=to, story_id=entry.story_id, entry=entry, why=["ai"], queued_at=NOW, not_before=NOW
            )
            for entry in entries
        ]
    )
