"""Every page of a house in full work, and every file, under the rules of OWASP ZAP's passive scan (`tests.review.scan`)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.staticfiles import finders
from django.test import Client

from review import feeds
from review.accounts.actions import record
from tests.review import scan
from tests.review.conftest import NOW
from tests.review.fullhouse import DOORS, make_full_house, pages
from tests.review.scan import Answer, faults

HOST = "127.0.0.1:8000"


def ask(client: Client, path: str, **how: Any) -> Answer:
    answer = client.get(path, **how)
    body = b"".join(getattr(answer, "streaming_content", ())) or answer.content
    scheme = "https" if how.get("secure") else "http"
    return Answer(
        f"{scheme}://{HOST}{path}", answer.status_code, answer.headers, body.decode("utf-8", "replace"), dict(answer.cookies)
    )  # fmt: skip


def files() -> Iterator[str]:
    """Our own files, and a few of the admin's."""
    root = Path(str(finders.find("review")))
    yield from (f"/static/review/{file.relative_to(root)}" for file in root.rglob("*.*"))
    yield from ("/static/admin/css/base.css", "/static/admin/js/theme.js")


def test_nothing_is_found_on_any_page_or_file(client: Client, db: None, now: Any) -> None:
    boss = make_full_house(NOW)
    record("signin.in", by=boss)
    token = feeds.make_token(boss, NOW)
    stranger, found, seen = Client(), [], 0
    for path in (
        *DOORS,
        "/healthz",
        "/",
        "/actions/",
        "/feeds/ai.atom",
        "/unsubscribe/x",
        "/%00",
        "/static/none.css",
    ):
        found += faults(ask(stranger, path))
    client.force_login(boss)
    for path in (
        *pages(),
        *files(),
        "/nowhere",
        "/stories/999999",
        "/admin/",
        "/admin/auth/user/add/",
        "/live",
        "/undo",
    ):
        answer = ask(client, path)
        assert answer.status < 400 or path in {"/nowhere", "/stories/999999"}, path
        own = [fault for fault in faults(answer) if not _djangos(path, fault)]
        found, seen = found + own, seen + 1
    assert not found, "\n".join(found)
    assert seen > 50
    feed = ask(client, f"/feeds/ai.atom?token={token}")
    assert [fault for fault in faults(feed) if " addresses: " not in fault] == []


def _djangos(path: str, fault: str) -> bool:
    """What Django's own admin does that does no harm under our policy: a comment, and the user agent's own width."""
    return path.startswith("/admin/") and any(
        f" {rule}: " in fault for rule in ("comments", "inline", "passwords")
    )


def test_behind_tls_cookies_and_transport_are_stricter(db: None, settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
    settings.SECURE_HSTS_SECONDS = 31_536_000
    client = Client()
    answer = ask(client, "/signin/", secure=True)
    assert faults(answer) == []
    assert set(answer.cookies) == {"__Host-csrftoken"}
    client.force_login(User.objects.create_user("kim"))
    client.get("/signin/", secure=True)
    assert client.cookies["__Host-sessionid"]["secure"]


#: An answer with which nothing is wrong, and what is done to it so that just this rule speaks.
GOOD = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=()",
    "Referrer-Policy": "same-origin",
}


def good(body: str = "", status: int = 200, url: str = "http://x/a", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(url, status, GOOD | named, body)


@pytest.mark.parametrize(
    ("rule", "answer"),
    [
        (scan.csp, good(Content_Security_Policy="default-src 'self'")),
        (scan.csp, good(Content_Security_Policy=GOOD["Content-Security-Policy"] + "; script-src 'unsafe-inline'")),
        (scan.framing, good(X_Frame_Options="SAMEORIGIN")),
        (scan.sniffing, good(X_Content_Type_Options="")),
        (scan.charset, good(Content_Type="text/html")),
        (scan.charset, good('<meta charset="euc-kr">')),
        (scan.caching, good(Cache_Control="private")),
        (scan.leaks, good(Server="uvicorn")),
        (scan.leaks, good("<p>Django 5.2")),
        (scan.hsts, good(url="https://x/a")),
        (scan.hsts, good(Strict_Transport_Security="max-age=31536000")),
        (scan.isolation, good(Cross_Origin_Opener_Policy="")),
        (scan.isolation, good(Permissions_Policy="")),
        (scan.referrer, good(Referrer_Policy="unsafe-url")),
        (scan.sharing, good(Access_Control_Allow_Origin="*")),
        (scan.inline, good("<script>1</script>")),
        (scan.inline, good('<p onclick="1">')),
        (scan.loads, good('<img src="https://tracker.example/p.gif">')),
        (scan.forms, good('<form method="post" action="/a">')),
        (scan.forms, good('<form action="/a"><input name="csrfmiddlewaretoken"></form>')),
        (scan.windows, good('<a href="https://a.example" target="_blank">')),
        (scan.links, good('<a href=" JavaScript:alert(1)">')),
        (scan.passwords, good('<input type="password" name="p">')),
        (scan.addresses, good('<a href="/a?token=1">')),
        (scan.private_addresses, good("<p>at 192.168.0.7 there")),
        (scan.traces, good("Traceback (most recent call last):")),
        (scan.comments, good("<!-- TODO -->")),
        (scan.hashes, good("<p>" + "0f" * 16)),
        (scan.redirects, good(status=302, Location="//evil.example")),
    ],
)  # fmt: skip
def test_each_rule_sees_what_it_is_for(rule: scan.Rule, answer: Answer) -> None:
    assert list(rule(answer))
    assert not list(rule(good()))


def test_a_good_answer_is_good() -> None:
    assert faults(good()) == []


def test_a_cookie_is_held_to_all_its_flags() -> None:
    from http.cookies import SimpleCookie

    weak = SimpleCookie("sessionid=x")
    answer = Answer("https://x/a", 200, GOOD, "", dict(weak))
    assert len(list(scan.cookies(answer))) == 3
