"""Signing in and out."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from monitor.config import settings
from review.accounts.signin import consume, make_link
from review.models import SignInLink
from tests.review.conftest import NOW

PASSWORD = "소나무 아래 긴 비밀번호"


def path_of(link: str) -> str:
    assert link.startswith(settings().public_url + "/signin/")
    return urlsplit(link).path


def is_signed_in(client: Client) -> bool:
    return client.get("/").status_code == 200


class TestLink:
    def test_it_signs_in_once_and_only_once(self, client: Client, kim: User, now: datetime) -> None:
        path = path_of(make_link(kim, NOW))
        response = client.get(path)
        assert (response.status_code, response["Location"]) == (302, "/")
        assert is_signed_in(client)
        stranger = Client()
        assert stranger.get(path).status_code == 403
        assert not is_signed_in(stranger)

    def test_a_second_press_by_its_owner_just_goes_on(self, client: Client, kim: User, now: datetime) -> None:
        path = path_of(make_link(kim, NOW))
        client.get(path)
        assert client.get(path)["Location"] == "/"

    def test_it_gives_the_session_a_new_id(self, client: Client, kim: User, now: datetime) -> None:
        planted = client.session
        planted["here"] = True
        planted.save()
        client.cookies["sessionid"] = planted.session_key
        client.get(path_of(make_link(kim, NOW)))
        assert client.session.session_key != planted.session_key
        assert not type(planted)().exists(planted.session_key)

    def test_unknown_used_expired_and_disabled_all_get_one_answer(
        self, client: Client, kim: User, lee: User, now: datetime
    ) -> None:
        used, disabled = make_link(kim, NOW), make_link(lee, NOW)
        expired = make_link(kim, NOW - timedelta(hours=24))
        consume(path_of(used).split("/")[2], NOW)
        User.objects.filter(pk=lee.pk).update(is_active=False)
        answers = [client.get(path_of(link)) for link in (used, expired, disabled)]
        answers.append(client.get("/signin/unknown-token/"))
        assert {answer.status_code for answer in answers} == {403}
        assert len({answer.content for answer in answers}) == 1
        assert "새 링크를 받아 주십시오" in answers[0].content.decode()

    def test_the_form_asks_for_the_account_by_the_name_that_it_has_elsewhere(
        self, client: Client, db: None
    ) -> None:
        assert '<label for="username">계정 이름</label>' in client.get("/signin/").content.decode()

    def test_it_works_for_a_day(self, kim: User) -> None:
        token = path_of(make_link(kim, NOW)).split("/")[2]
        assert consume(token, NOW + timedelta(hours=24)) is None
        assert consume(token, NOW + timedelta(hours=23, minutes=59)) == kim

    def test_the_database_holds_no_token(self, kim: User) -> None:
        token = path_of(make_link(kim, NOW)).split("/")[2]
        assert len(token) >= 43, "256 bits"
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM review_signinlink")
            assert token not in str(cursor.fetchall())
        assert len(SignInLink.objects.get().token_hash) == 64

    def test_looking_does_not_use_it_up(self, client: Client, kim: User, now: datetime) -> None:
        path = path_of(make_link(kim, NOW))
        assert client.head(path).status_code == 200
        assert not is_signed_in(client)
        assert client.get(path)["Location"] == "/"

    @pytest.mark.parametrize(
        "headers",
        [
            pytest.param({"User-Agent": agent}, id=agent.split("/")[0])
            for agent in (
                "TelegramBot (like TwitterBot)",
                "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
                "Slack-ImgProxy (+https://api.slack.com/robots)",
                "facebookexternalhit/1.1",
                "facebookexternalhit/1.1; kakaotalk-scrap/1.0; +https://devtalk.kakao.com/",
                "Twitterbot/1.0",
                "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
                "WhatsApp/2.23.20.0",
                "Mozilla/5.0 (Windows NT 6.1) SkypeUriPreview Preview/0.5",
                "LinkedInBot/1.0",
            )
        ]
        + [
            pytest.param({"Sec-Purpose": "prefetch;prerender"}, id="prefetch"),
            pytest.param({"Purpose": "prefetch"}, id="older prefetch"),
            pytest.param({"Sec-Fetch-Dest": "image"}, id="an image on another page"),
            pytest.param({"Sec-Fetch-Dest": "iframe"}, id="a frame of another page"),
        ],
    )
    def test_previews_do_not_use_it_up_and_find_a_button(
        self, client: Client, kim: User, headers: dict[str, str], now: datetime
    ) -> None:
        path = path_of(make_link(kim, NOW))
        response = client.get(path, headers=headers)
        assert response.status_code == 200
        assert path.split("/")[2] not in response.content.decode()
        assert not is_signed_in(client)
        assert client.post(path)["Location"] == "/"
        assert is_signed_in(client)

    def test_no_cache_keeps_it(self, client: Client, kim: User, now: datetime) -> None:
        assert "no-store" in client.get(path_of(make_link(kim, NOW)))["Cache-Control"]

    def test_old_links_do_not_pile_up(self, kim: User) -> None:
        make_link(kim, NOW - timedelta(days=3))
        make_link(kim, NOW)
        assert SignInLink.objects.count() == 1


class TestPassword:
    @pytest.fixture(autouse=True)
    def _password(self, kim: User) -> None:
        kim.set_password(PASSWORD)
        kim.save()

    def sign_in(self, client: Client, name: str = "hana", password: str = PASSWORD, **fields: str) -> object:
        return client.post("/signin/", {"username": name, "password": password, **fields})

    def test_the_right_one_signs_in_and_goes_on(self, client: Client) -> None:
        response = self.sign_in(client, next="/candidates/")
        assert response["Location"] == "/candidates/"  # type: ignore[index]
        assert is_signed_in(client)

    def test_the_page_says_how_to_come_in_without_one(self, client: Client) -> None:
        html = client.get("/signin/").content.decode()
        assert "monitor users link" in html
        assert 'autocomplete="current-password"' in html

    def test_whoever_is_signed_in_already_goes_on(self, editor: Client) -> None:
        assert editor.get("/signin/?next=/topics/")["Location"] == "/topics/"

    def test_wrong_unknown_and_disabled_get_the_same_answer(self, client: Client, lee: User) -> None:
        User.objects.create_user("gone", password=PASSWORD, is_active=False)
        answers = [
            self.sign_in(client, name, password)
            for name, password in (
                ("hana", "틀린 것"),
                ("nobody", PASSWORD),
                ("gone", PASSWORD),
                ("seojun", ""),
            )
        ]
        assert {answer.status_code for answer in answers} == {401}  # type: ignore[attr-defined]
        # The name that was typed stands in the field again; apart from it and the token all is the same.
        pages = {
            _without(answer.content.decode(), name)  # type: ignore[attr-defined]
            for answer, name in zip(answers, ("hana", "nobody", "gone", "seojun"), strict=True)
        }
        assert len(pages) == 1

    @pytest.mark.parametrize(
        "target",
        [
            "https://evil.example/", "//evil.example/", "///evil.example", "/\\evil.example", "\\\\evil.example",
            "http:evil.example", "javascript:alert(1)", "https://testserver.evil.example/", "https://testserver@evil.example",
            "\thttps://evil.example", "%2f%2fevil.example/..//evil",
        ],
    )  # fmt: skip
    def test_next_stays_on_this_site(self, client: Client, target: str) -> None:
        location = self.sign_in(client, next=target)["Location"]  # type: ignore[index]
        assert urlsplit(location).netloc == ""
        assert not location.startswith(("//", "/\\", "\\", "javascript"))

    def test_the_session_gets_a_new_id_and_signing_out_ends_it_on_the_server(self, client: Client) -> None:
        self.sign_in(client)
        session = client.session
        stolen = Client()
        stolen.cookies["sessionid"] = session.session_key
        assert is_signed_in(stolen)
        assert client.post("/signout/")["Location"] == "/signin/"
        assert not is_signed_in(client)
        assert not is_signed_in(stolen)

    def test_signing_out_needs_a_press(self, editor: Client) -> None:
        assert editor.get("/signout/").status_code == 405
        assert is_signed_in(editor)

    def test_guessing_is_slowed_down_and_the_wait_grows(self, client: Client) -> None:
        with time_machine.travel(NOW, tick=False) as clock:
            codes = [self.sign_in(client, password=f"guess {n}").status_code for n in range(11)]  # type: ignore[attr-defined]
            assert codes == [401] * 10 + [429]
            waits = []
            for _ in range(4):
                waits.append(int(self.sign_in(client)["Retry-After"]))  # type: ignore[index]
                clock.shift(waits[-1])
                assert self.sign_in(client, password="wrong").status_code == 401  # type: ignore[attr-defined]
            assert waits == [30, 60, 120, 240]

    def test_the_right_password_waits_too_but_a_live_session_and_a_link_do_not(
        self, client: Client, editor: Client, kim: User
    ) -> None:
        guesser = Client()
        for number in range(12):
            self.sign_in(guesser, password=f"guess {number}")
        answer = self.sign_in(guesser)
        assert answer.status_code == 429  # type: ignore[attr-defined]
        assert "1분 뒤에 다시" in answer.content.decode()  # type: ignore[attr-defined]
        assert is_signed_in(editor)
        from django.utils import timezone

        assert guesser.get(path_of(make_link(kim, timezone.now())))["Location"] == "/"

    def test_an_account_that_does_not_exist_is_slowed_down_alike(self, client: Client) -> None:
        def pages(name: str, address: str) -> list[tuple[int, str]]:
            answers = [
                client.post("/signin/", {"username": name, "password": "x"}, REMOTE_ADDR=address)
                for _ in range(12)
            ]
            return [(answer.status_code, _without(answer.content.decode(), name)) for answer in answers]

        assert pages("hana", "192.0.2.1") == pages("nobody", "192.0.2.2")

    def test_one_address_cannot_try_account_after_account(self, client: Client) -> None:
        codes = [self.sign_in(client, f"name{n}", "x").status_code for n in range(12)]  # type: ignore[attr-defined]
        assert codes[-2:] == [429, 429]

    def test_one_account_is_guarded_against_many_addresses(self, client: Client) -> None:
        codes = [
            client.post(
                "/signin/", {"username": "hana", "password": "x"}, REMOTE_ADDR=f"192.0.2.{n}"
            ).status_code
            for n in range(12)
        ]
        assert codes[-2:] == [429, 429]


def _without(html: str, name: str) -> str:
    import re

    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", html.replace(f'value="{name}"', ""))
