"""The program, served, and browsers that open it: what tests with a real browser share."""

import shutil
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page

from review.signin import make_link

CHROMIUM = shutil.which("chromium")

#: What every module of browser tests is marked with.
IN_BROWSER = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here"),
]

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


class House:
    """The program, served, and browsers that open it."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser = browser
        self.url = url
        self.problems: list[str] = []
        self.contexts: list[BrowserContext] = []

    def open(self, user: User | None, path: str = "/", **options: Any) -> Page:
        """A page of a new browser, in which `user` came in by a one-time link."""
        context = self.browser.new_context(base_url=self.url, locale="ko-KR", **options)
        self.contexts.append(context)
        # Nothing but the program itself is ever asked for.
        context.route(lambda url: not url.startswith(self.url), lambda route: route.fulfill(body="elsewhere"))
        context.set_default_timeout(5000)
        page = context.new_page()
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("pageerror", lambda error: self._note("error", str(error)))
        if user:
            page.goto(urlsplit(make_link(user, timezone.now())).path)
        if path != "/" or not user:
            page.goto(path)
        return page

    def _note(self, kind: str, text: str) -> None:
        if (
            kind in {"error", "warning"}
            and "Failed to load resource" not in text
            and "Response Status Error" not in text
        ):
            self.problems.append(text)

    def close(self) -> None:
        for context in self.contexts:
            context.close()


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id"))


def shown(page: Page) -> list[str]:
    return list(page.evaluate("[...document.querySelectorAll('#cards > .card')].map(card => card.id)"))
