"""The throttle on passwords, by itself."""

from datetime import timedelta

import pytest

from review.accounts.throttle import (
    FIRST_WAIT,
    FREE_LETTERS,
    FREE_TRIES,
    LONGEST_WAIT,
    forgive,
    try_again_after,
    wait_after,
    write_again_after,
)
from review.models import PasswordTries
from tests.review.conftest import NOW

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("tries", "seconds"), [(10, 30), (11, 60), (12, 120), (16, 1920), (17, 3600), (10_000, 3600)]
)
def test_the_wait_doubles_up_to_an_hour(tries: int, seconds: int) -> None:
    assert wait_after(tries) == timedelta(seconds=seconds)


@pytest.mark.django_db
def test_thirty_tries_take_most_of_a_day() -> None:
    now = start = NOW
    for _ in range(30):
        while wait := try_again_after("kim", "192.0.2.1", now):
            now += wait
        now += SECOND
    assert now - start > timedelta(hours=12)


@pytest.mark.django_db
def test_waiting_a_wait_out_does_not_reset_the_count() -> None:
    now = NOW
    for _ in range(30):
        now += try_again_after("kim", "192.0.2.1", now) or SECOND
    assert try_again_after("kim", "192.0.2.1", now + LONGEST_WAIT) is None
    assert try_again_after("kim", "192.0.2.1", now + LONGEST_WAIT) == LONGEST_WAIT


@pytest.mark.django_db
def test_tries_long_ago_count_no_more_and_are_not_kept() -> None:
    for _ in range(FREE_TRIES):
        try_again_after("kim", "192.0.2.1", NOW)
    assert try_again_after("lee", "192.0.2.9", NOW + timedelta(hours=3)) is None
    assert PasswordTries.objects.count() == 2


@pytest.mark.django_db
def test_a_good_try_clears_the_account_but_not_the_address() -> None:
    for number in range(FREE_TRIES - 1):
        try_again_after(f"victim{number}", "192.0.2.1", NOW)
    try_again_after("attacker", "192.0.2.1", NOW)
    forgive("attacker", "192.0.2.1", NOW)
    assert try_again_after("victim", "192.0.2.1", NOW) is None
    assert try_again_after("victim", "192.0.2.1", NOW) is not None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True, id="one /64"),
        pytest.param("2001:db8:1:2::1", "2001:db8:1:3::1", False, id="another /64"),
        pytest.param("::ffff:192.0.2.1", "192.0.2.1", True, id="IPv4 inside IPv6"),
        pytest.param("", "not an address", False, id="odd ones"),
    ],
)
def test_what_counts_as_one_address(one: str, other: str, same: bool) -> None:
    for number in range(FREE_TRIES):
        try_again_after(f"name{number}", one, NOW)
    assert (try_again_after("another", other, NOW) is not None) == same


@pytest.mark.django_db
def test_nothing_that_was_typed_is_kept() -> None:
    try_again_after("my password, in the wrong field", "192.0.2.1", NOW)
    assert not PasswordTries.objects.filter(key__contains="password").exists()


@pytest.mark.django_db
def test_a_mailbox_gets_few_letters_and_an_office_more() -> None:
    asked = [write_again_after("kim@example.kr", "192.0.2.1", NOW) for _ in range(FREE_LETTERS + 1)]
    assert [wait is None for wait in asked] == [True] * FREE_LETTERS + [False]
    assert asked[-1] == FIRST_WAIT
    # From elsewhere it is the same mailbox; to another, from the same office, it goes.
    assert write_again_after("KIM@example.kr ", "192.0.2.9", NOW) == FIRST_WAIT
    others = [write_again_after(f"name{n}@example.kr", "192.0.2.1", NOW) for n in range(FREE_TRIES)]
    assert [wait is None for wait in others] == [True] * (FREE_TRIES - FREE_LETTERS) + [False] * FREE_LETTERS


@pytest.mark.django_db
def test_letters_and_passwords_are_counted_apart() -> None:
    for _ in range(FREE_TRIES):
        try_again_after("kim@example.kr", "192.0.2.1", NOW)
    assert write_again_after("kim@example.kr", "192.0.2.1", NOW) is None
    for _ in range(FREE_LETTERS):
        write_again_after("lee@example.kr", "192.0.2.2", NOW)
    assert try_again_after("lee@example.kr", "192.0.2.2", NOW) is None
