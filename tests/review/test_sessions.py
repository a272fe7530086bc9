"""Browsers that are signed in, and the page on which their owner ends them."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client

from review.accounts.sessions import device, sessions_of
from review.accounts.signin import make_link
from review.models import SignedIn
from tests.review.conftest import NOW

PASSWORD = "소나무 아래 긴 비밀번호"
OTHER = "강 건너 오래된 등대 하나"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1"


def browser(user: User, agent: str = WINDOWS) -> Client:
    """A browser in which `user` came in by a link."""
    client = Client(headers={"user-agent": agent})
    client.get(urlsplit(make_link(user, NOW)).path)
    return client


def is_in(client: Client) -> bool:
    return client.get("/me/").status_code == 200


@pytest.mark.parametrize(
    ("agent", "shown"),
    [
        (WINDOWS, "Chrome · Windows"),
        (WINDOWS + " Edg/142.0.0.0", "Edge · Windows"),
        (IPHONE, "Safari · iPhone"),
        (IPHONE.replace("Version/19.0", "CriOS/142.0"), "Chrome · iPhone"),
        (IPHONE + " KAKAOTALK 11.0.0", "KakaoTalk · iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) … SamsungBrowser/28.0 Chrome/130.0 Mobile Safari/537.36", "Samsung Internet · Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) … Chrome/140.0 Whale/4.33 Safari/537.36", "Whale · Mac"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox · Linux"),
        ("curl/8.5.0", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_a_browser_is_told_by_what_it_says_first(agent: str, shown: str) -> None:
    assert device(agent) == shown


def test_a_session_is_noted_with_its_door_and_its_browser(kim: User, now: datetime) -> None:
    client = browser(kim)
    row = SignedIn.objects.get()
    assert (row.user, row.door, row.address, row.since) == (kim, "link", "127.0.0.1", NOW)
    assert row.session_key == client.session.session_key
    kim.set_password(PASSWORD)
    kim.save()
    other = Client()
    other.post("/signin/", {"username": "hana", "password": PASSWORD})
    assert SignedIn.objects.get(session_key=other.session.session_key).door == "password"


def test_one_that_takes_the_place_of_anothers_is_noted_under_its_new_key(
    kim: User, lee: User, now: datetime
) -> None:
    client = browser(kim)
    client.get(urlsplit(make_link(lee, NOW)).path)
    row = SignedIn.objects.get()
    assert (row.user, row.session_key) == (lee, client.session.session_key)


def test_last_seen_is_written_at_most_once_in_five_minutes(kim: User) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        client = browser(kim)
        written = []
        for _ in range(13):
            clock.shift(60)
            client.get("/me/")
            written.append(SignedIn.objects.get().last_seen_at)
    assert len(set(written)) == 3
    assert max(written) == NOW + timedelta(minutes=12)
    assert SignedIn.objects.get().since == NOW


def test_a_session_from_before_it_was_noted_is_noted_when_seen(editor: Client, kim: User) -> None:
    assert not SignedIn.objects.exists()
    editor.get("/me/")
    assert (SignedIn.objects.get().user, SignedIn.objects.get().door) == (kim, "")


def test_signing_out_and_running_out_take_it_off_the_list(kim: User) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        client, _other = browser(kim), browser(kim)
        client.post("/signout/")
        assert SignedIn.objects.count() == 1
        clock.shift(timedelta(days=15))
        assert sessions_of(kim, NOW + timedelta(days=15)) == []
        late = Client()
        late.get(urlsplit(make_link(kim, NOW + timedelta(days=15))).path)
        assert SignedIn.objects.count() == Session.objects.count() == 1


class TestMyPage:
    def test_it_lists_ones_own_browsers_and_no_others(self, kim: User, lee: User, now: datetime) -> None:
        phone, client = browser(kim, IPHONE), browser(kim)
        browser(lee, "Firefox/145.0 Linux")
        html = client.get("/me/").content.decode()
        assert html.index("Chrome · Windows") < html.index("지금 이 브라우저") < html.index("Safari · iPhone")
        assert "Firefox" not in html
        assert str(phone.session.session_key) not in html
        assert str(client.session.session_key) not in html

    def test_one_is_ended(self, kim: User, now: datetime) -> None:
        phone, tablet, client = browser(kim, IPHONE), browser(kim), browser(kim)
        row = SignedIn.objects.get(session_key=phone.session.session_key)
        response = client.post("/me/", {"action": "end", "session": row.pk}, follow=True)
        assert "1곳에서 로그아웃했습니다" in response.content.decode()
        assert [is_in(one) for one in (phone, tablet, client)] == [False, True, True]

    def test_all_others_are_ended(self, kim: User, lee: User, now: datetime) -> None:
        phone, tablet, client, theirs = browser(kim, IPHONE), browser(kim), browser(kim), browser(lee)
        client.post("/me/", {"action": "end-others"})
        assert [is_in(one) for one in (phone, tablet, client, theirs)] == [False, False, True, True]

    @pytest.mark.parametrize("which", ["theirs", "own", "", "x", "9" * 30])
    def test_nobody_ends_anothers_nor_the_one_they_are_in(
        self, kim: User, lee: User, which: str, now: datetime
    ) -> None:
        client, theirs = browser(kim), browser(lee)
        rows = {"theirs": theirs, "own": client}
        wanted = (
            SignedIn.objects.get(session_key=rows[which].session.session_key).pk if which in rows else which
        )
        response = client.post("/me/", {"action": "end", "session": wanted}, follow=True)
        assert "이미 로그아웃된 곳입니다" in response.content.decode()
        assert is_in(client)
        assert is_in(theirs)


class TestPassword:
    def put(self, client: Client, new: str = OTHER, again: str | None = None, old: str | None = None) -> int:
        fields = {
            "action": "password",
            "new_password1": new,
            "new_password2": new if again is None else again,
        }
        return client.post("/me/", fields | ({} if old is None else {"old_password": old})).status_code

    @pytest.fixture
    def own(self, kim: User) -> User:
        kim.set_password(PASSWORD)
        kim.save()
        return kim

    def test_who_has_none_sets_one_and_stays_in(self, kim: User, now: datetime) -> None:
        client, phone = browser(kim), browser(kim, IPHONE)
        former = client.session.session_key
        assert self.put(client) == 302
        assert is_in(client)
        assert not is_in(phone)
        assert client.session.session_key != former
        assert SignedIn.objects.get(user=kim).session_key == client.session.session_key
        assert Client().post("/signin/", {"username": "hana", "password": OTHER}).status_code == 302

    def test_who_has_one_must_know_it(self, own: User, now: datetime) -> None:
        client = browser(own)
        assert self.put(client) == self.put(client, old="잘못된 비밀번호 하나") == 422
        assert self.put(client, old=PASSWORD) == 302
        own.refresh_from_db()
        assert own.check_password(OTHER)

    @pytest.mark.parametrize(
        ("new", "again"), [("짧다", None), ("password1234", None), (OTHER, PASSWORD), ("", "")]
    )
    def test_a_poor_one_is_refused_with_the_reason_beside_its_field(
        self, own: User, new: str, again: str | None, now: datetime
    ) -> None:
        client = browser(own)
        fields = {"action": "password", "old_password": PASSWORD, "new_password1": new}
        response = client.post("/me/", fields | {"new_password2": new if again is None else again})
        assert response.status_code == 422
        html = response.content.decode()
        assert 'aria-invalid="true"' in html
        assert PASSWORD not in html
        own.refresh_from_db()
        assert own.check_password(PASSWORD)

    def test_an_open_session_is_no_faster_way_to_guess_it(self, own: User) -> None:
        with time_machine.travel(NOW, tick=False):
            client = browser(own)
            codes = [self.put(client, old=f"guess {n}") for n in range(11)]
            assert codes == [422] * 10 + [429]
            # Nor is it looked at while one waits.
            assert self.put(client, old=PASSWORD) == 429
        own.refresh_from_db()
        assert own.check_password(PASSWORD)

    def test_a_typing_error_in_the_new_one_is_no_guess(self, own: User, now: datetime) -> None:
        client = browser(own)
        codes = {self.put(client, old=PASSWORD, again="x") for _ in range(15)}
        assert codes == {422}
