"""A sign-in link by mail, for whoever owns the address and nobody else."""

import re
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError
from django.test import Client
from structlog.testing import capture_logs

from alerts.channels import Outcome, Refused, Sent
from alerts.messages import Message
from review.accounts.signin import mail_link, mail_links, make_link
from review.models import SignInLink
from tests.review.conftest import NOW, forget_settings
from tests.servers.smtp import SmtpServer

#: As a mail filter that opens every link asks: no different from a person.
BROWSER = {
    "User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/142.0",
    "Sec-Fetch-Dest": "document",
}


class Post:
    """A channel that keeps what it is given."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.sent: list[tuple[str, Message]] = []

    async def send(self, target: str, message: Message) -> Outcome:
        self.sent.append((target, message))
        return self.outcome

    async def edit(self, target: str, external_id: str, message: Message) -> Outcome:
        return Refused("no")

    async def aclose(self) -> None: ...


def written() -> None:
    """Waits for the letters that are being written aside."""
    for thread in threading.enumerate():
        if thread.name == "sign-in mail":
            thread.join(10)


@pytest.fixture
def mail(monkeypatch: pytest.MonkeyPatch, db: None) -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        monkeypatch.setenv("SMTP_URL", server.url)
        monkeypatch.setenv("MAIL_FROM", "Bulletin Monitor <monitor@example.kr>")
        forget_settings()
        yield server
        # None is still being written when the next test begins.
        written()


@pytest.fixture
def hana(kim: User) -> User:
    kim.email = "Hana@example.kr"
    kim.save()
    return kim


def test_every_open_account_with_the_address_gets_its_own_link(hana: User, lee: User) -> None:
    second = User.objects.create_user("hana2", email="hana@example.kr")
    User.objects.create_user("gone", email="hana@example.kr", is_active=False)
    post = Post(Sent(""))
    mail_links(" HANA@example.kr", post, NOW)
    assert {target for target, _message in post.sent} == {"Hana@example.kr", "hana@example.kr"}
    assert {link.user for link in SignInLink.objects.all()} == {hana, second}
    assert "김하나님" in post.sent[0][1].plain


@pytest.mark.parametrize(
    "address", ["", " ", "nobody@example.kr", "hana@example.kr,lee@example.kr", "%@example.kr"]
)
def test_no_other_address_gets_any(hana: User, lee: User, address: str) -> None:
    post = Post(Sent(""))
    mail_links(address, post, NOW)
    assert post.sent == []


def test_what_kept_a_letter_from_going_is_said_without_secrets(hana: User) -> None:
    assert mail_link(hana, Post(Sent("1")), NOW) == ""
    reason = mail_link(hana, Post(Refused("550 no; smtp://me:secret@host")), NOW)
    assert reason == "550 no; smtp://***@host"


def test_a_mailed_link_is_not_used_up_by_a_filter_that_opens_it(
    hana: User, client: Client, now: datetime
) -> None:
    path = urlsplit(make_link(hana, NOW, waits=True)).path
    for _ in range(2):
        response = client.get(path, headers=BROWSER)
        assert response.status_code == 200
        assert "들어가기" in response.content.decode()
    assert client.get("/me/").status_code == 302
    assert client.post(path, headers=BROWSER)["Location"] == "/"
    assert client.get("/me/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_asked_for_at_the_door_it_arrives_and_opens_the_pages(
    mail: SmtpServer, hana: User, client: Client
) -> None:
    response = client.post("/signin/mail", {"address": "hana@example.kr"})
    assert "곧 로그인 링크가 도착합니다" in response.content.decode()
    until = time.monotonic() + 10
    while not mail.letters and time.monotonic() < until:
        time.sleep(0.02)
    (letter,) = mail.letters
    assert letter.to == "Hana@example.kr"
    assert letter.message["Subject"] == "Bulletin Monitor 로그인 링크"
    links = {
        path
        for kind in ("plain", "html")
        for path in re.findall(r"//[^/\s]+(/signin/[^\s\"<]+)", letter.text(kind))
    }
    (path,) = links
    assert client.post(path)["Location"] == "/"
    assert client.get("/me/").status_code == 200


def test_the_answer_is_the_same_whoever_it_is(mail: SmtpServer, client: Client, db: None) -> None:
    pages = {
        client.post("/signin/mail", {"address": address}).content.decode().replace(address, "…")
        for address in ("one@example.kr", "two@example.kr", "no address")
    }
    assert len(pages) == 1
    assert "<script>" not in client.post("/signin/mail", {"address": "<script>"}).content.decode()


def test_asking_again_and_again_has_to_wait(mail: SmtpServer, client: Client, db: None) -> None:
    answers = [client.post("/signin/mail", {"address": "one@example.kr"}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1]["Retry-After"] == "30"
    assert "로그인 링크를 여러 번 청하셨습니다" in answers[-1].content.decode()


def test_what_goes_wrong_aside_is_a_line_of_the_log(
    mail: SmtpServer, hana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr("review.pages.signin.mail_links", locked)
    with capture_logs() as logs:
        Client().post("/signin/mail", {"address": "hana@example.kr"})
        written()
    assert [one["reason"] for one in logs if one["event"] == "sign-in link not mailed"] == [
        "OperationalError: database is locked"
    ]


def test_the_door_offers_the_ways_that_there_are(
    client: Client, db: None, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    html = client.get("/signin/").content.decode()
    assert "메일로 받기" not in html
    assert "/login" not in html
    assert client.post("/signin/mail", {"address": "a@example.kr"})["Location"] == "/signin/"
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "1:x")
    request.getfixturevalue("mail")
    html = client.get("/signin/").content.decode()
    assert "메일로 받기" in html
    assert "<code>/login</code>" in html
