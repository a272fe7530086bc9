"""Who may do what."""

from datetime import datetime

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.test import Client
from django.urls import URLPattern

from review import urls
from review.accounts.people import add_user, change_user, close_account
from review.accounts.roles import ROLES, Role, editors, may_decide, role_of, set_role
from review.accounts.telegram_people import Person, account_of, editor_of
from review.models import Decision, TelegramPerson
from tests.review.conftest import NOW
from tests.review.seed import Seed, Told, make_story

#: What a viewer's presses may reach.
OWN = {"signin", "signin-mail", "signin-link", "signout", "me", "views", "start", "live", "unsubscribe"}


@pytest.fixture
def viewer(client: Client, kim: User) -> Client:
    """A browser in which somebody is signed in who may only look."""
    set_role(kim, "viewer")
    client.force_login(kim)
    return client


def test_whoever_was_there_before_roles_is_an_editor_and_staff_are_admins(kim: User) -> None:
    assert role_of(kim) == "editor"
    assert role_of(User(username="boss", is_staff=True)) == "admin"
    assert role_of(AnonymousUser()) == "viewer"


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("former", ROLES)
def test_a_role_takes_the_place_of_the_former(former: Role, role: Role) -> None:
    add_user("boss", role="admin")
    user = add_user("kim", role=former)
    set_role(user, role)
    again = User.objects.get(pk=user.pk)
    assert role_of(again) == role
    assert again.is_superuser == (role == "admin")
    assert may_decide(again) == (role != "viewer")


@pytest.mark.django_db
def test_the_last_admin_stays_one() -> None:
    boss = add_user("boss", role="admin")
    gone = add_user("gone", role="admin")
    close_account(gone)
    for undo in (
        lambda: set_role(boss, "editor"),
        lambda: close_account(boss),
        lambda: change_user(boss, email="", shown="", role="viewer"),
    ):
        with pytest.raises(ValueError, match="관리자가 한 사람은 남아야 합니다"):
            undo()
    boss.refresh_from_db()
    assert (role_of(boss), boss.is_active) == ("admin", True)


@pytest.mark.django_db
def test_stories_are_given_to_those_who_may_decide() -> None:
    users = {role: add_user(role, role=role) for role in ROLES}
    close_account(add_user("gone"))
    assert set(editors()) == {users["editor"], users["admin"]}


def test_a_viewer_reads_every_page(viewer: Client, now: datetime) -> None:
    story = make_story(Seed(Told("xtech", "ja", "題"), 0.5, {}), NOW)
    for path in ("/", f"/stories/{story.pk}", "/candidates/", "/sources/", "/me/", "/start/"):
        assert viewer.get(path).status_code == 200, path


def test_a_viewer_decides_nothing_and_is_told_why(viewer: Client, now: datetime) -> None:
    story = make_story(Seed(Told("xtech", "ja", "題"), 0.5, {}), NOW)
    response = viewer.post(f"/stories/{story.pk}/decide", {"choice": "accept", "seen": "waiting"})
    assert response.status_code == 403
    assert "보기만 할 수 있는 계정입니다" in response.content.decode()
    assert not Decision.objects.exists()


def test_no_view_lets_a_viewers_press_through_but_what_is_their_own(viewer: Client) -> None:
    through = set()
    for pattern in urls.urlpatterns:
        assert isinstance(pattern, URLPattern)
        path = "/" + str(pattern.pattern)
        for part in ("story_id", "issue_id", "candidate_id", "recipient_id", "alert_id", "user_id"):
            path = path.replace(f"<int:{part}>", "1")
        path = path.replace("<str:token>", "x").replace("<slug:topic>", "x")
        if pattern.name not in OWN and viewer.post(path).status_code != 403:
            through.add(path)
    assert through == set()
    assert viewer.post("/admin/auth/user/add/").status_code != 200


def test_a_viewer_signs_out_and_is_an_editor_the_moment_they_are_made_one(
    viewer: Client, kim: User, now: datetime
) -> None:
    story = make_story(Seed(Told("xtech", "ja", "題"), 0.5, {}), NOW)
    fields = {"choice": "accept", "seen": "waiting"}
    assert viewer.post(f"/stories/{story.pk}/decide", fields).status_code == 403
    set_role(kim, "editor")
    assert viewer.post(f"/stories/{story.pk}/decide", fields).status_code == 302
    set_role(kim, "viewer")
    assert viewer.post("/signout/")["Location"] == "/signin/"


def test_a_viewer_does_not_decide_in_telegram_either_but_may_sign_in_from_there(kim: User) -> None:
    TelegramPerson.objects.create(telegram_id=42, user=kim)
    person = Person(42, "하나")
    assert editor_of(person) == account_of(person) == kim
    set_role(kim, "viewer")
    assert (editor_of(person), account_of(person)) == (None, kim)
