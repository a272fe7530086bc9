"""The program, served, and browsers that open it: what tests with a real browser share."""

import shutil
from collections import defaultdict
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page

from review.accounts.signin import make_link

#: Where there is the shell alone, without windows and menus: the same engine takes a third less of the processor.
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")

#: What every module of browser tests is marked with.
IN_BROWSER = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here"),
]

#: Milliseconds: only what never comes takes so long.
PATIENCE = 30_000

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


class Tabs:
    """One Chromium's windows, handed from test to test: the first page in a new one costs as much as ten more."""

    #: What the windows that are kept may differ in; any other wish makes one that is closed after its test.
    KEPT = {"java_script_enabled"}
    VIEWPORT = {"width": 1280, "height": 720}

    def __init__(self, browser: Browser, url: str) -> None:
        self.url = url
        self.problems: list[str] = []
        self._browser = browser
        self._free: dict[str, list[Page]] = defaultdict(list)
        self._taken: list[tuple[str, Page]] = []

    def take(self, *, alone: bool = False, viewport: Any = None, **options: Any) -> Page:
        """A window that knows no one; one that is `alone` was and will be nobody else's."""
        key = "" if alone or options.keys() - self.KEPT else repr(sorted(options.items())) or "-"
        page = self._free[key].pop() if self._free[key] else self._make(options)
        page.set_viewport_size(viewport or self.VIEWPORT)
        page.context.set_default_timeout(PATIENCE)
        self._taken.append((key, page))
        return page

    def take_back(self) -> None:
        """Empties what the test had, and keeps it for the next."""
        for key, page in self._taken:
            context = page.context
            if not key or page.is_closed():
                context.close()
                continue
            for other in context.pages:
                if other is not page:
                    other.close()
            page.unroute_all()
            context.clear_cookies()
            # Of the same site, so that its process stays; and nothing on it asks for anything.
            page.goto("/static/review/icon.svg")
            page.emulate_media(media="null", color_scheme="null")
            self._free[key].append(page)
        self._taken = []

    def _make(self, options: dict[str, Any]) -> Page:
        context = self._browser.new_context(base_url=self.url, locale="ko-KR", **options)
        # Nothing but the program itself is ever asked for.
        context.route(lambda url: not url.startswith(self.url), lambda route: route.fulfill(body="elsewhere"))
        page = context.new_page()
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("pageerror", lambda error: self._note("error", str(error)))
        return page

    def _note(self, kind: str, text: str) -> None:
        if (
            kind in {"error", "warning"}
            and "Failed to load resource" not in text
            and "Response Status Error" not in text
        ):
            self.problems.append(text)


class House:
    """The program, served, and windows in which it is opened."""

    def __init__(self, tabs: Tabs) -> None:
        self.tabs = tabs
        self.url = tabs.url
        self.problems = tabs.problems
        self.problems.clear()

    def open(self, user: User | None, path: str = "/", *, by_link: bool = False, **options: Any) -> Page:
        """A page in a window of its own, in which `user` is signed in; or comes in `by_link`, as people do."""
        page = self.tabs.take(**options)
        if user and by_link:
            page.goto(urlsplit(make_link(user, timezone.now())).path)
            if path == "/":
                return page
        elif user:
            page.context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": session(user), "url": self.url}]
            )
        page.goto(path)
        return page

    def close(self) -> None:
        self.tabs.take_back()


def session(user: User) -> str:
    """The key of a new session of `user`."""
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id"))


def shown(page: Page) -> list[str]:
    return list(page.evaluate("[...document.querySelectorAll('#cards > .card')].map(card => card.id)"))
