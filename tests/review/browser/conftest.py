"""One Chromium a worker, and the house that it looks at."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Browser, expect, sync_playwright

from monitor.models import Story
from tests.review.browser.house import CHROMIUM, FLAGS, PATIENCE, House, Tabs
from tests.review.seed import make_queue


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with pytest.MonkeyPatch.context() as patch:
        # Playwright keeps a loop in this thread; these tests talk to the database beside it, never inside it.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        expect.set_options(timeout=PATIENCE)
        with sync_playwright() as playwright:
            started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            yield started
            started.close()


@pytest.fixture(scope="package")
def tabs(browser: Browser, live_server: Any) -> Tabs:
    return Tabs(browser, live_server.url)


@pytest.fixture
def house(house: None, tabs: Tabs, live_server: Any) -> Iterator[House]:
    opened = House(tabs)
    yield opened
    opened.close()
    assert opened.problems == [], "the console stays silent: no error, no violation of the content policy"


@pytest.fixture
def hana(live_server: Any) -> User:
    return User.objects.create_user("hana", last_name="김", first_name="하나")


@pytest.fixture
def stories(live_server: Any) -> list[Story]:
    return make_queue(timezone.now())
