"""Every route of the program for everybody who may come to it: what they get, in one table.

A route that is not in the table fails the test, so that nobody adds one without saying whom it is for.
"""

from collections.abc import Iterator
from copy import deepcopy
from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from alerts.models import Alert, Recipient
from classifiers.models import PastIssue
from review import feeds, urls
from review.accounts.people import add_user
from review.accounts.roles import ROLES
from review.deciding.decisions import decide
from review.models import Candidate, Issue
from tests.review.conftest import NOW
from tests.review.seed import Seed, Told, make_sources, make_story

WHO = ("anonymous", *ROLES)

#: name: what a GET brings, then what an empty POST brings, to somebody not signed in, a viewer, an editor and an admin.
#: 302 for whoever is not signed in is the way to the door.
TABLE: dict[str, tuple[str, str]] = {
    "queue": ("302 200 200 200", "302 403 405 405"),
    "bulk": ("302 302 302 302", "302 403 400 400"),
    "live": ("302 302 302 302", "302 200 200 200"),
    "story": ("302 200 200 200", "302 403 405 405"),
    "story-text": ("302 200 200 200", "302 403 405 405"),
    "decide": ("302 302 302 302", "302 403 400 400"),
    "object": ("302 302 302 302", "302 403 400 400"),
    "assign": ("302 302 302 302", "302 403 302 302"),
    "comment": ("302 302 302 302", "302 403 302 302"),
    "retag": ("302 302 302 302", "302 403 404 404"),
    "undo": ("302 302 302 302", "302 403 302 302"),
    "views": ("302 302 302 302", "302 302 302 302"),
    "candidates": ("302 200 200 200", "302 403 405 405"),
    "paste": ("302 200 200 200", "302 403 422 422"),
    "candidate": ("302 200 200 200", "302 403 302 302"),
    "issues": ("302 200 200 200", "302 403 405 405"),
    "issue-new": ("302 302 302 302", "302 403 400 400"),
    "issue": ("302 200 200 200", "302 403 405 405"),
    "issue-settings": ("302 200 200 200", "302 403 422 422"),
    "issue-place": ("302 302 302 302", "302 403 400 400"),
    "issue-close": ("302 200 200 200", "302 403 302 302"),
    "issue-reopen": ("302 302 302 302", "302 403 302 302"),
    "issue-coverage": ("302 200 200 200", "302 403 405 405"),
    "issue-compare": ("302 200 200 200", "302 403 405 405"),
    "issue-preview": ("302 200 200 200", "302 403 405 405"),
    "issue-export": ("302 200 200 200", "302 403 405 405"),
    "past_issues": ("302 200 200 200", "302 403 405 405"),
    "past_issue": ("302 200 200 200", "302 403 302 302"),
    "overview": ("302 200 200 200", "302 403 405 405"),
    "sources": ("302 200 200 200", "302 403 405 405"),
    "topics": ("302 200 200 200", "302 403 405 405"),
    "alerts": ("302 200 200 200", "302 403 405 405"),
    "resend": ("302 302 302 302", "302 403 403 302"),
    "recipients": ("302 200 200 200", "302 403 405 405"),
    "recipient-new": ("302 403 403 200", "302 403 403 200"),
    "recipient": ("302 403 403 200", "302 403 403 200"),
    "recipient-act": ("302 405 405 405", "302 403 403 302"),
    "quality": ("302 200 200 200", "302 403 405 405"),
    "rehearse": ("302 302 302 302", "302 403 400 400"),
    "people": ("302 403 403 200", "302 403 403 422"),
    "person": ("302 403 403 200", "302 403 403 302"),
    "actions": ("302 403 403 200", "302 403 405 405"),
    "feed": ("403 403 403 403", "405 403 405 405"),
    "me": ("302 200 200 200", "302 200 200 200"),
    "start": ("302 200 200 200", "302 302 302 302"),
    "signin": ("200 302 302 302", "401 302 302 302"),
    "signin-mail": ("302 302 302 302", "302 302 302 302"),
    "signin-link": ("403 302 302 302", "403 302 302 302"),
    "signout": ("405 405 405 405", "302 302 302 302"),
    "unsubscribe": ("404 404 404 404", "404 404 404 404"),
    "telegram_webhook": ("405 405 405 405", "403 403 403 403"),
    "healthz": ("200 200 200 200", "405 403 405 405"),
    "metrics": ("403 403 403 403", "405 403 405 405"),
}


@pytest.fixture
def ids(db: None, now: datetime) -> dict[str, object]:
    """One of everything that a route names."""
    make_sources(NOW)
    boss = User.objects.create_superuser("owner")
    story = make_story(Seed(Told("xtech", "ja", "題"), 0.9, {"ai": 0.9}), NOW)
    decide(story.pk, boss, "accept", "web", NOW)
    past = PastIssue.objects.create(bulletin="kiat-watch", number="2026-1")
    recipient = Recipient.objects.create(address="telegram:1")
    return {
        "story_id": story.pk,
        "candidate_id": Candidate.objects.get().pk,
        "issue_id": Issue.objects.create(bulletin="kiat-watch", number="2026-23").pk,
        "recipient_id": recipient.pk,
        "alert_id": Alert.objects.create(recipient=recipient, story=story, entry=story.lead, state="failed").pk,
        "user_id": boss.pk,
        "past_id": past.pk,
        "form": "md",
        "token": "x",
        "topic": "semiconductor",
    }  # fmt: skip


def address(pattern: URLPattern, ids: dict[str, object]) -> str:
    """An address of the route that leads to something."""
    path = "/" + str(pattern.pattern)
    if pattern.name == "past_issue":
        path = path.replace("<int:issue_id>", str(ids["past_id"]))
    for kind in ("int", "str", "slug"):
        for name, value in ids.items():
            path = path.replace(f"<{kind}:{name}>", str(value))
    assert "<" not in path, f"say in `ids` what {path} leads to"
    return path


def browser(who: str) -> Client:
    client = Client()
    if who != "anonymous":
        client.force_login(User.objects.get(username=who))
    return client


def status(client: Client, method: str, path: str) -> int:
    """What it brings; whatever it changed is as before, in the browser too."""
    former = deepcopy(client.cookies)
    with transaction.atomic():
        answer = getattr(client, method)(path)
        transaction.set_rollback(True)
    client.cookies = former
    return int(answer.status_code)


def test_everybody_gets_what_the_table_says_and_no_route_is_missing(ids: dict[str, object]) -> None:
    for role in ROLES:
        add_user(role, role=role)
    found, browsers = {}, {who: browser(who) for who in WHO}
    for pattern in urls.urlpatterns:
        assert isinstance(pattern, URLPattern)
        path = address(pattern, ids)
        found[str(pattern.name)] = tuple(
            " ".join(str(status(browsers[who], method, path)) for who in WHO) for method in ("get", "post")
        )
    missing = {name: row for name, row in found.items() if name not in TABLE}
    assert not missing, f"say in TABLE whom they are for: {missing}"
    assert {name: row for name, row in found.items() if row != TABLE[name]} == {}
    assert set(TABLE) == set(found), "TABLE names a route that there is none of"


def test_djangos_admin_is_for_admins_whatever_the_address(ids: dict[str, object]) -> None:
    for role in ROLES:
        add_user(role, role=role)
    browsers = {who: browser(who) for who in WHO}
    for path in admin_routes():
        for who, client in browsers.items():
            if who == "admin":
                # Autocompletion is refused to everybody: no form of ours has any. Procrastinate's jobs are only looked at.
                allowed = {200, 301, 302, 404, 405} | (
                    {403} if "autocomplete" in path or "/procrastinate/" in path else set()
                )
                assert status(client, "get", path) in allowed, path
                continue
            with transaction.atomic():
                answer = client.get(path)
                refused = client.post(path)
                transaction.set_rollback(True)
            assert answer.status_code in {302, 403, 405}, (path, who)
            assert answer.get("Location", "/signin/").startswith(("/signin/", "/admin/login/")), (path, who)
            assert refused.status_code in {302, 403}, (path, who)


def admin_routes() -> Iterator[str]:
    def walk(patterns: list[Any], prefix: str) -> Iterator[str]:
        for pattern in patterns:
            here = prefix + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, here)
            elif pattern.name not in {"login", "logout", "jsi18n"}:
                yield here

    for resolver in get_resolver().url_patterns:
        if isinstance(resolver, URLResolver) and resolver.namespace == "admin":
            for path in walk(resolver.url_patterns, "/admin/"):
                clean = (
                    path.replace("<path:object_id>", "1").replace("<id>", "1").replace("<app_label>", "auth")
                )
                yield clean if "(?P" not in clean else "/admin/auth/"


def test_every_route_of_the_program_is_ours_or_the_admins() -> None:
    kept = {pattern.namespace for pattern in get_resolver().url_patterns if isinstance(pattern, URLResolver)}
    assert kept == {"admin", "review"}
    assert all(isinstance(pattern, URLResolver) for pattern in get_resolver().url_patterns)


def test_a_feed_is_for_its_token_whoever_asks(ids: dict[str, object]) -> None:
    token = feeds.make_token(add_user("viewer", role="viewer"), NOW)
    assert Client().get("/feeds/semiconductor.atom", {"token": token}).status_code == 200
