"""The people and stories of the alerts' tests, on a machine that breaks."""

from collections.abc import Iterator

import pytest

from tests.alerts.conftest import telegram, tell
from tests.faults.machine import impatient

__all__ = ["telegram", "tell"]


@pytest.fixture
def short_waits(transactional_db: None) -> Iterator[None]:
    with impatient():
        yield
