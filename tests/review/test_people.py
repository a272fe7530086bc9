"""Accounts."""

import pytest
from django.contrib.auth.models import User

from review.accounts.people import add_user, display_name, first_user


@pytest.mark.django_db
def test_a_new_account_has_no_password_to_guess() -> None:
    user = add_user("하나", "hana@example.kr", role="admin")
    assert not user.has_usable_password()
    assert (user.username, user.email, user.is_staff, user.is_superuser) == (
        "하나",
        "hana@example.kr",
        True,
        True,
    )
    assert not add_user("서준").is_staff


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "email", "words"),
    [
        ("kim", "", '"kim" 계정이 이미 있습니다'),
        ("", "", "이름: "),
        ("a b", "", "이름: "),
        ("가" * 151, "", "이름: "),
        ("lee", "no address", "메일 주소: "),
    ],
)
def test_what_cannot_be_an_account_is_refused_with_the_reason(name: str, email: str, words: str) -> None:
    add_user("kim")
    with pytest.raises(ValueError, match=".") as caught:
        add_user(name, email)
    assert str(caught.value).startswith(words)
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_the_first_start_makes_an_administrator_and_the_next_finds_it() -> None:
    first = first_user()
    assert (first.username, first.is_staff, first.is_superuser) == ("admin", True, True)
    assert first_user() == first


@pytest.mark.django_db
def test_a_disabled_administrator_is_not_let_in_again_by_a_restart() -> None:
    first = first_user()
    User.objects.filter(pk=first.pk).update(is_active=False)
    second = first_user()
    assert second != first
    assert second.is_active


@pytest.mark.django_db
def test_a_first_administrator_gets_a_name_that_nobody_has() -> None:
    for taken in ("admin", "admin3"):
        add_user(taken)
    assert first_user().username == "admin2"
    User.objects.update(is_active=False)
    assert first_user().username == "admin4"


@pytest.mark.parametrize(
    ("user", "name"),
    [
        (User(username="hana", last_name="김", first_name="하나"), "김하나"),
        (User(username="jane", last_name="Doe", first_name="Jane"), "Jane Doe"),
        (User(username="hana"), "hana"),
    ],
)
def test_what_others_call_someone(user: User, name: str) -> None:
    assert display_name(user) == name
