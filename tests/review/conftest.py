"""A house with its own sources and topics, at one fixed moment, and an editor who is signed in."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client

from classifiers.taxonomy import taxonomy
from monitor import i18n
from monitor.config import settings as own_settings

DATA = Path(__file__).parent / "data"
#: A Saturday, 15:00 in Seoul.
NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)


def forget_settings() -> None:
    own_settings.cache_clear()
    taxonomy.cache_clear()
    i18n.own_language.cache_clear()


@pytest.fixture(autouse=True)
def house(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[None]:
    # Slow on purpose where passwords are real.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Static files are found as they are asked for: else every browser of a test looks for all of them first.
    settings.WHITENOISE_AUTOREFRESH = True
    monkeypatch.setenv("MONITOR_SOURCES", str(DATA / "sources.yaml"))
    monkeypatch.setenv("MONITOR_TOPICS", str(DATA / "topics.yaml"))
    forget_settings()
    yield
    monkeypatch.undo()
    forget_settings()


@pytest.fixture
def now() -> Iterator[datetime]:
    with time_machine.travel(NOW, tick=False):
        yield NOW


@pytest.fixture
def kim(db: None) -> User:
    return User.objects.create_user("hana", last_name="김", first_name="하나")


@pytest.fixture
def lee(db: None) -> User:
    return User.objects.create_user("seojun", last_name="이", first_name="서준")


@pytest.fixture
def editor(client: Client, kim: User) -> Client:
    """A browser in which 김하나 is signed in."""
    client.force_login(kim)
    return client
