"""The page for admins on which accounts are made, changed and closed."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import Client

from review.accounts.people import display_name
from review.accounts.roles import role_of, set_role
from review.accounts.signin import make_link
from review.models import SignedIn, SignInLink, TelegramPerson
from tests.review.conftest import NOW, forget_settings
from tests.servers.smtp import Fault, SmtpServer


@pytest.fixture
def boss(client: Client, db: None, now: datetime) -> Client:
    client.force_login(User.objects.create_superuser("boss"))
    return client


@pytest.fixture
def mail(monkeypatch: pytest.MonkeyPatch) -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        monkeypatch.setenv("SMTP_URL", server.url)
        monkeypatch.setenv("MAIL_FROM", "monitor@example.kr")
        forget_settings()
        yield server


def link_on(response: Any) -> str:
    found = re.search(r'value="http://[^"/]+(/signin/[^"]+/)"', response.content.decode())
    assert found, "a link on the page"
    return found[1]


def act(client: Client, user: User, action: str, **fields: object) -> Any:
    return client.post(f"/people/{user.pk}/", {"action": action, **fields}, follow=True)


@pytest.mark.parametrize("role", ["editor", "viewer"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_it_is_for_admins(editor: Client, kim: User, role: Any, method: str) -> None:
    User.objects.create_superuser("boss")
    set_role(kim, role)
    for path in ("/people/", f"/people/{kim.pk}/"):
        assert getattr(editor, method)(path, {"action": "save", "role": "admin"}).status_code == 403
    assert role_of(User.objects.get(pk=kim.pk)) == role


def test_it_lists_everybody_with_what_they_are(boss: Client, kim: User, lee: User) -> None:
    set_role(lee, "viewer")
    TelegramPerson.objects.create(telegram_id=42, user=kim)
    User.objects.create_user("gone", is_active=False)
    html = boss.get("/people/").content.decode()
    assert "3명이 들어올 수 있습니다" in html
    for words in ("김하나", "이서준", "보기만", "편집자", "관리자", "텔레그램 연결됨", "닫힌 계정"):
        assert words in html


def test_somebody_new_gets_a_link_that_is_shown_once(boss: Client) -> None:
    fields = {"name": "minji", "shown": "박민지", "email": "minji@example.kr", "role": "viewer"}
    response = boss.post("/people/", fields)
    user = User.objects.get(username="minji")
    assert (display_name(user), user.email, role_of(user)) == ("박민지", "minji@example.kr", "viewer")
    assert "no-store" in response["Cache-Control"]
    path = link_on(response)
    assert path.split("/")[2] not in boss.get(f"/people/{user.pk}/").content.decode()
    assert path.split("/")[2] not in str(boss.session.items())
    newcomer = Client()
    assert newcomer.get(path)["Location"] == "/"
    assert newcomer.get("/me/").status_code == 200


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": "hana"}, "계정이 이미 있습니다"),
        ({"name": ""}, "이름: "),
        ({"name": "minji", "email": "nowhere"}, "메일 주소: "),
        ({"name": "minji", "shown": "가" * 151}, "이름: "),
    ],
)
def test_what_cannot_be_an_account_is_said_and_what_was_typed_stays(
    boss: Client, kim: User, fields: dict[str, str], words: str
) -> None:
    response = boss.post("/people/", {"role": "viewer", **fields})
    html = response.content.decode()
    assert response.status_code == 422
    assert words in html
    assert f'name="name" value="{fields["name"]}"' in html
    assert 'value="viewer" checked' in html
    assert not User.objects.filter(username="minji").exists()


def test_a_role_that_there_is_none_of_makes_nobody_an_admin(boss: Client, kim: User) -> None:
    boss.post("/people/", {"name": "minji", "role": "root"})
    assert role_of(User.objects.get(username="minji")) == "editor"
    act(boss, kim, "save", role="root")
    assert role_of(User.objects.get(pk=kim.pk)) == "editor"


def test_name_address_and_role_are_changed(boss: Client, kim: User) -> None:
    act(boss, kim, "save", shown="김하나 연구원", email="hana@example.kr", role="admin")
    kim.refresh_from_db()
    assert (display_name(kim), kim.email, role_of(kim)) == ("김하나 연구원", "hana@example.kr", "admin")


def test_a_name_that_was_left_as_it_was_keeps_its_parts(boss: Client, kim: User) -> None:
    act(boss, kim, "save", shown="김하나", email="", role="editor")
    kim.refresh_from_db()
    assert (kim.last_name, kim.first_name) == ("김", "하나")


def test_a_wrong_address_is_said_and_nothing_is_changed(boss: Client, kim: User) -> None:
    response = act(boss, kim, "save", shown="다른 이름", email="nowhere", role="admin")
    assert response.status_code == 422
    html = response.content.decode()
    assert "메일 주소: " in html
    assert 'value="nowhere"' in html
    kim.refresh_from_db()
    assert (display_name(kim), role_of(kim)) == ("김하나", "editor")


def test_an_admin_cannot_lock_themselves_out(boss: Client, kim: User) -> None:
    me = User.objects.get(username="boss")
    act(boss, me, "save", shown="사장", email="", role="viewer")
    assert "자기 계정은 닫을 수 없습니다" in act(boss, me, "close").content.decode()
    me.refresh_from_db()
    assert (role_of(me), me.is_active, display_name(me)) == ("admin", True, "사장")


def test_a_link_is_made_for_who_lost_theirs(boss: Client, kim: User) -> None:
    assert Client().get(link_on(act(boss, kim, "link")))["Location"] == "/"


def test_closing_an_account_shuts_every_door_and_opening_it_lets_in_again(boss: Client, kim: User) -> None:
    inside = Client()
    inside.force_login(kim)
    inside.get("/me/")
    link = urlsplit(make_link(kim, NOW)).path
    act(boss, kim, "close")
    assert inside.get("/me/").status_code == 302
    assert Client().get(link).status_code == 403
    assert not SignedIn.objects.filter(user=kim).exists()
    assert not SignInLink.objects.filter(user=kim).exists()
    response = act(boss, kim, "link")
    assert "닫힌 계정입니다" in response.content.decode()
    act(boss, kim, "open")
    assert Client().get(link_on(act(boss, kim, "link")))["Location"] == "/"


def test_somebodys_sessions_are_ended(boss: Client, kim: User) -> None:
    inside = Client()
    inside.force_login(kim)
    inside.get("/me/")
    assert "로그인한 곳" in boss.get(f"/people/{kim.pk}/").content.decode()
    act(boss, kim, "end")
    assert inside.get("/me/").status_code == 302
    me = User.objects.get(username="boss")
    act(boss, me, "end")
    assert boss.get("/me/").status_code == 200


def test_a_telegram_user_is_linked_moved_and_unlinked(boss: Client, kim: User, lee: User) -> None:
    act(boss, kim, "telegram", number="4242")
    act(boss, lee, "telegram", number="4242")
    person = TelegramPerson.objects.get()
    assert (person.telegram_id, person.user) == (4242, lee)
    # Another's number is not taken away on this one's page.
    act(boss, kim, "unlink", person=person.pk)
    assert TelegramPerson.objects.exists()
    act(boss, lee, "unlink", person=person.pk)
    assert not TelegramPerson.objects.exists()


@pytest.mark.parametrize("number", ["", "@hana", "-100", "0", "9" * 30])
def test_what_is_no_number_is_said(boss: Client, kim: User, number: str) -> None:
    response = act(boss, kim, "telegram", number=number)
    assert "텔레그램 번호는 숫자입니다" in response.content.decode()
    assert not TelegramPerson.objects.exists()


def test_a_link_goes_by_mail_and_a_failure_is_told(boss: Client, kim: User, mail: SmtpServer) -> None:
    assert "메일로 보내기" not in boss.get(f"/people/{kim.pk}/").content.decode()
    User.objects.filter(pk=kim.pk).update(email="hana@example.kr")
    assert "로그인 링크를 보냈습니다" in act(boss, kim, "mail").content.decode()
    assert len(mail.to("hana@example.kr")) == 1
    mail.faults["hana@example.kr"] = [Fault("RCPT", "550 5.1.1 no such user")]
    html = act(boss, kim, "mail").content.decode()
    assert "메일을 보내지 못했습니다" in html
    assert "no such user" in html


def test_an_action_that_there_is_none_of_does_nothing(boss: Client, kim: User) -> None:
    assert act(boss, kim, "explode").status_code == 200
    assert boss.get("/people/99999/").status_code == 404
