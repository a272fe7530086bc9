"""Pictures of every page, in both themes and at two widths: `make screenshots`, then look at them."""

import logging
import os
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

#: A Tuesday, 8.40 in Seoul: what the editors see when they come in.
MORNING = datetime(2026, 11, 23, 23, 40, tzinfo=UTC)
THEMES = ("light", "dark")
WIDTHS = {"wide": 1280, "phone": 390}
HEIGHT = 844


def main(folder: str = "build/screenshots") -> None:
    """Fills a house of its own and takes its pages one after the other into `folder`."""
    with tempfile.TemporaryDirectory() as home:
        root = Path(__file__).resolve().parent.parent
        os.environ |= {
            "MONITOR_HOME": home, "MONITOR_ENCODER": "none", "DJANGO_SETTINGS_MODULE": "monitor.settings",
            "MONITOR_SOURCES": str(root / "tests/review/data/sources.yaml"),
            "MONITOR_TOPICS": str(root / "topics.yaml"),
            # Playwright keeps a loop in this thread; the database is asked beside it.
            "DJANGO_ALLOW_ASYNC_UNSAFE": "true",
        }  # fmt: skip
        import django
        import time_machine

        django.setup()
        from django.core.management import call_command

        logging.getLogger("django.request").setLevel(logging.CRITICAL)
        call_command("migrate", verbosity=0)
        with time_machine.travel(MORNING):
            from tests.review.fullhouse import make_full_house

            boss = make_full_house(MORNING)
            with served() as url:
                taken = sum(take(url, boss, Path(folder)))
    print(f"{taken} pictures in {folder}")


@contextmanager
def served() -> Iterator[str]:
    """The program's pages on a port of this machine, at the address given."""
    from django.core.servers import basehttp

    class Quiet(basehttp.WSGIRequestHandler):
        def log_message(self, *_arguments: object) -> None:
            """A page that fails is named by who asked for it."""

    server = basehttp.ThreadedWSGIServer(("127.0.0.1", 0), Quiet)
    server.set_app(basehttp.get_internal_wsgi_application())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


def take(url: str, boss: Any, folder: Path) -> Iterator[int]:
    """Takes page after page; yields how many pictures each gave."""
    from playwright.sync_api import sync_playwright

    from review.accounts.signin import make_link
    from tests.review.browser.house import CHROMIUM, FLAGS
    from tests.review.fullhouse import DOORS, pages

    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name, width in WIDTHS.items():
            phone = name == "phone"
            page = browser.new_page(
                base_url=url, locale="ko-KR", viewport={"width": width, "height": HEIGHT},
                has_touch=phone, is_mobile=phone,
            )  # fmt: skip
            yield from shoot(page, DOORS, folder, name)
            page.goto(urlsplit(make_link(boss, datetime.now(UTC))).path)
            yield from shoot(page, pages(), folder, name)
        browser.close()


def shoot(page: Any, paths: Iterable[str], folder: Path, name: str) -> Iterator[int]:
    """Each page from its top to its end in every theme; one that the program fails to show is named."""
    for path in paths:
        answer = page.goto(path)
        if answer.status >= 500 or (answer.status == 404 and path != "/nowhere"):
            print(f"{path}: {answer.status}", file=sys.stderr)
            continue
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            page.screenshot(path=folder / f"{file_name(path)}.{name}.{theme}.png", full_page=True)
        yield len(THEMES)


def file_name(path: str) -> str:
    """`/issues/3/settings` as `issues-3-settings`; the queue by its own name and its filters."""
    words = "".join(letter if letter.isalnum() else " " for letter in path).split()
    return "-".join(words if path.startswith("/") and path[1:2] not in {"", "?"} else ["queue", *words])


if __name__ == "__main__":
    main(*sys.argv[1:])
