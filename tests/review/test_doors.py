"""The doors, as OWASP ASVS has them: what a stranger learns at them, and what a session is worth."""

import re
import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client

from review.accounts.signin import make_link
from review.models import PasswordTries, SignInLink
from tests.review.conftest import NOW, forget_settings

PASSWORD = "소나무 아래 긴 비밀번호"


@pytest.fixture
def own(kim: User) -> User:
    kim.set_password(PASSWORD)
    kim.save()
    return kim


@pytest.mark.parametrize("name", ["hana", "nobody", "closed", "unusable", "HANA", "x" * 300])
def test_a_refusal_costs_as_much_and_says_the_same_whoever_it_is(
    client: Client, own: User, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the clock nor the page tells which accounts there are: always one hash, one answer, one row."""
    User.objects.create_user("closed", password=PASSWORD, is_active=False)
    User.objects.create_user("unusable")
    worked: list[str] = []
    encode = MD5PasswordHasher.encode

    def counted(self: MD5PasswordHasher, password: str, salt: str) -> str:
        worked.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    answer = client.post("/signin/", {"username": name, "password": "wrong and long"})
    assert answer.status_code == 401
    assert len(worked) == 1
    page = re.sub(r'value="[^"]*"', "", answer.content.decode())
    usual = client.post(
        "/signin/", {"username": "somebody else", "password": "wrong and long"}
    ).content.decode()
    assert page == re.sub(r'value="[^"]*"', "", usual)
    assert "sessionid" not in answer.cookies


def test_the_throttle_takes_within_thirty_tries_and_a_live_session_never_notices(own: User) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        inside = Client()
        inside.post("/signin/", {"username": "hana", "password": PASSWORD})
        codes = []
        for number in range(30):
            stranger = Client(REMOTE_ADDR=f"198.51.100.{number}")
            codes.append(stranger.post("/signin/", {"username": "hana", "password": "guess"}).status_code)
            assert inside.get("/me/").status_code == 200
        assert codes.count(401) <= 12
        assert codes[-1] == 429
        # Not with the right one either; but a link still opens.
        other = Client(REMOTE_ADDR="203.0.113.9")
        assert other.post("/signin/", {"username": "hana", "password": PASSWORD}).status_code == 429
        assert other.get(make_link(own, NOW).partition("8000")[2]).status_code == 302
        clock.shift(timedelta(hours=2, minutes=1))
        assert Client().post("/signin/", {"username": "hana", "password": PASSWORD}).status_code == 302


def test_many_accounts_from_one_address_are_one_guesser(db: None, now: datetime) -> None:
    codes = [
        Client().post("/signin/", {"username": f"name{n}", "password": "x"}).status_code for n in range(15)
    ]
    assert codes == [401] * 10 + [429] * 5
    assert PasswordTries.objects.filter(key__contains="name").count() == 0


def test_asking_for_a_letter_tells_nothing(monkeypatch: pytest.MonkeyPatch, own: User, now: datetime) -> None:
    """The same answer for an address that has an account and one that has none; the work is done aside for both."""
    monkeypatch.setenv("SMTP_URL", "smtp://127.0.0.1:9/")
    monkeypatch.setenv("MAIL_FROM", "m@example.kr")
    forget_settings()
    started: list[Any] = []
    monkeypatch.setattr(threading.Thread, "start", lambda self: started.append(self))
    User.objects.filter(pk=own.pk).update(email="hana@example.kr")
    answers = [
        Client().post("/signin/mail", {"address": address}).content.decode().replace(address, "")
        for address in ("hana@example.kr", "lena@example.kr")
    ]
    assert answers[0] == answers[1]
    assert len(started) == 2


def test_a_session_is_new_at_every_door_and_ended_on_the_server(own: User, now: datetime) -> None:
    client = Client()
    planted = client.session
    planted["mine"] = 1
    planted.save()
    client.cookies["sessionid"] = str(planted.session_key)
    client.post("/signin/", {"username": "hana", "password": PASSWORD})
    key = str(client.session.session_key)
    assert key != planted.session_key
    # 32 of 36 letters: 165 bits (ASVS 7.2.3 asks for 128).
    assert re.fullmatch("[a-z0-9]{32}", key)
    client.post("/signout/")
    assert not Session.objects.filter(session_key__in=(key, planted.session_key)).exists()
    late = Client()
    late.cookies["sessionid"] = key
    assert late.get("/me/").status_code == 302


def test_a_session_ends_with_its_account_and_its_password(own: User, now: datetime) -> None:
    client = Client()
    client.post("/signin/", {"username": "hana", "password": PASSWORD})
    own.set_password("another long password, elsewhere")
    own.save()
    assert client.get("/me/").status_code == 302
    client.force_login(own)
    User.objects.update(is_active=False)
    assert client.get("/me/").status_code == 302


def test_a_link_is_kept_hashed_and_ends(kim: User) -> None:
    link = make_link(kim, NOW)
    row = SignInLink.objects.get()
    assert row.token_hash not in link
    assert row.expires_at - row.created_at == timedelta(hours=24)


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "null"}, {"Origin": "https://evil.example"}, {"Referer": "http://evil.example/"}, {}],
)
@pytest.mark.parametrize(
    "path", ["/signin/", "/signin/mail", "/signin/x/", "/signout/", "/me/", "/people/", "/admin/logout/"]
)
def test_no_other_site_sends_a_form_here(own: User, path: str, headers: dict[str, str]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(own)
    assert client.post(path, {"username": "hana"}, headers=headers).status_code == 403


def test_a_good_token_from_a_wrong_origin_is_no_good(own: User) -> None:
    client = Client(enforce_csrf_checks=True)
    page = client.get("/signin/").content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]  # type: ignore[index]
    fields = {"username": "hana", "password": PASSWORD, "csrfmiddlewaretoken": token}
    for origin in ("null", "https://evil.example", "http://127.0.0.1:9"):
        assert client.post("/signin/", fields, headers={"Origin": origin}).status_code == 403
    assert client.post("/signin/", fields).status_code == 302


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost@evil.example", "a b", ""]
)
def test_another_host_is_answered_with_a_sentence(db: None, host: str) -> None:
    answer = Client(raise_request_exception=False).get("/signin/", headers={"Host": host})
    assert answer.status_code == 400
    assert "evil.example" not in answer.content.decode()
    assert "DisallowedHost" not in answer.content.decode()


def test_no_forwarded_header_makes_a_host(db: None) -> None:
    answer = Client().get(
        "/signin/?next=/", headers={"X-Forwarded-Host": "evil.example", "X-Host": "evil.example"}
    )
    assert "evil.example" not in answer.content.decode()


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "/%09/evil.example", "\t//evil.example",
     "javascript:alert(1)", "///evil.example", "http:evil.example", "https:/evil.example", "/a\r\nLocation: //evil.example", "@evil.example"],
)  # fmt: skip
def test_signing_in_leads_nowhere_else(own: User, now: datetime, target: str) -> None:
    answer = Client().post("/signin/", {"username": "hana", "password": PASSWORD, "next": target})
    assert answer.status_code == 302
    assert re.match(r"/(?![/\\])", answer["Location"])
    assert "\n" not in answer["Location"]


@pytest.mark.parametrize(
    ("path", "status"), [("/nowhere", 404), ("/stories/99999999999999999999", 404), ("/admin/nowhere/", 404), ("/people/1/", 403)]
)  # fmt: skip
def test_an_error_is_a_sentence(editor: Client, path: str, status: int) -> None:
    answer = editor.get(path, follow=True)
    assert answer.status_code in {status, 403}
    page = answer.content.decode()
    assert "<h1>" in page
    assert not re.search(r"Traceback|Django|urlpatterns|site-packages|\.py\b", page)


def test_no_file_is_taken_and_no_form_is_endless(editor: Client) -> None:
    import io

    file = io.BytesIO(b"GIF89a")
    file.name = "a.gif"
    assert editor.post("/candidates/paste", {"url": "https://a.example/", "file": file}).status_code == 400
    assert editor.post("/candidates/paste", {f"f{n}": "x" for n in range(1100)}).status_code == 400
    assert editor.post(
        "/candidates/paste", {"url": "x" * 1_100_000}, "application/x-www-form-urlencoded"
    ).status_code in {400, 413, 422}
    long = "url=" + "x" * 1_100_000
    assert editor.post("/candidates/paste", long, "application/x-www-form-urlencoded").status_code in {
        400,
        413,
    }
