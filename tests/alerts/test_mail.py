"""Mail against a real SMTP server with faults, and the letters that it got."""

import asyncio
import shutil
import ssl
import subprocess
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.channels import Gone, Halted, Outcome, Refused, Retry, Sent, mail
from alerts.channels.letters import encoded, letter, mailbox
from alerts.channels.mail import MailChannel, Server, make, parse_server
from alerts.messages import Button, Message
from monitor.config import Settings
from monitor.errors import ConfigError
from tests.servers.smtp import Fault, SmtpServer

# The local server takes passwords without TLS, which is what some of these tests are about.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH")
SENDER = "김하나 모니터 <monitor@example.kr>"
MESSAGE = Message("<b>금리</b>\n닛케이 · 日", "금리\n닛케이 · 日", headers={"Message-ID": "<1@example.kr>"})
NOW = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
SECRET = "pa:ss/word@1"  # noqa: S105 -- no secret


def send(
    server: SmtpServer, to: str = "kim@example.kr", message: Message = MESSAGE, **settings: object
) -> Outcome:
    channel = MailChannel(Server("127.0.0.1", server.port, **settings), SENDER)  # type: ignore[arg-type]
    return asyncio.run(channel.send(to, message))


@pytest.mark.parametrize(
    ("fault", "outcome", "reason"),
    [
        pytest.param(
            Fault("RCPT", "450 4.2.0 greylisted"), Retry, "RCPT: 450 4.2.0 greylisted", id="greylisted"
        ),
        pytest.param(Fault("RCPT", "421 4.3.2 closing"), Retry, "RCPT: 421", id="421"),
        pytest.param(Fault("DATA", "451 4.3.0 later"), Retry, "DATA: 451", id="4xx-at-data"),
        pytest.param(Fault("RCPT", "550 5.1.1 no such user"), Gone, "RCPT: 550 5.1.1", id="5xx-at-rcpt"),
        pytest.param(Fault("DATA", "554 5.7.1 spam"), Refused, "DATA: 554 5.7.1 spam", id="5xx-at-data"),
        pytest.param(Fault("DATA", drop="before"), Retry, "", id="dropped"),
    ],
)
def test_a_reply_means_what_its_code_and_its_place_say(
    fault: Fault, outcome: type[Outcome], reason: str
) -> None:
    with SmtpServer() as server:
        server.faults["kim@example.kr"] = [fault]
        came = send(server)
        assert isinstance(came, outcome)
        assert reason in getattr(came, "reason", "")
        assert server.letters == []
        # The next one goes: nothing is left over of it.
        assert isinstance(send(server), Sent)


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        pytest.param("550 5.7.1 not from you", Refused, id="5xx"),
        pytest.param("451 4.7.1 wait", Retry, id="4xx"),
        pytest.param("530 5.7.0 sign in first", Halted, id="530"),
    ],
)
def test_a_sender_that_is_refused_is_not_the_recipients_fault(reply: str, outcome: type[Outcome]) -> None:
    with SmtpServer() as server:
        server.faults["MAIL"] = [Fault("MAIL", reply)]
        assert isinstance(send(server), outcome)


def test_a_reply_lost_after_data_is_tried_again_with_the_same_message_id() -> None:
    with SmtpServer() as server:
        server.faults["kim@example.kr"] = [Fault(drop="after")]
        assert isinstance(send(server), Retry)
        assert isinstance(send(server), Sent)
        assert [one.message_id for one in server.letters] == ["<1@example.kr>"] * 2


def test_a_server_that_is_not_there_is_tried_again() -> None:
    with SmtpServer() as gone:
        pass
    assert isinstance(send(gone), Retry)


def test_a_server_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "WHOLE", 0.3)
    monkeypatch.setattr(mail, "TURN", 0.05)
    with SmtpServer() as server:
        server.faults["kim@example.kr"] = [Fault("DATA", delay=5.0)]
        assert isinstance(send(server), Retry)


def test_what_was_given_up_is_not_sent_after_that() -> None:
    with SmtpServer() as server:
        visit = mail._Visit(Server("127.0.0.1", server.port), ssl.create_default_context())
        visit.give_up()
        assert isinstance(visit.deliver("monitor@example.kr", "kim@example.kr", b"Subject: x\r\n\r\n"), Retry)
        assert server.tries == 0


def test_a_slow_server_does_not_hold_up_other_mailboxes() -> None:
    with SmtpServer() as server:
        server.faults["slow@example.kr"] = [Fault("DATA", delay=0.5)]

        async def both() -> list[str]:
            channel, done = MailChannel(Server("127.0.0.1", server.port), SENDER), []

            async def one(to: str) -> None:
                await channel.send(to, MESSAGE)
                done.append(to)

            await asyncio.gather(one("slow@example.kr"), one("kim@example.kr"))
            return done

        assert asyncio.run(both()) == ["kim@example.kr", "slow@example.kr"]


def test_what_is_no_mail_address_is_out_of_reach() -> None:
    with SmtpServer() as server:
        assert isinstance(send(server, "kim"), Gone)


class TestPasswords:
    def test_a_right_one_is_taken(self) -> None:
        with SmtpServer(password=SECRET) as server:
            assert isinstance(send(server, user="kim", password=SECRET), Sent)
            assert server.signed_in == ["kim"]

    def test_a_wrong_one_halts_the_channel_and_stands_nowhere(self) -> None:
        with SmtpServer(password="other") as server:  # noqa: S106
            came = send(server, user="kim", password=SECRET)
        assert isinstance(came, Halted)
        assert "535" in came.reason
        assert SECRET not in came.reason

    def test_a_look_signs_in_and_sends_nothing(self) -> None:
        with SmtpServer(password=SECRET) as server:
            good, bad = (
                MailChannel(Server("127.0.0.1", server.port, "kim", password), SENDER)
                for password in (SECRET, "wrong")
            )
            assert asyncio.run(good.check()) == ""
            assert asyncio.run(bad.check()).startswith("AUTH: 535")
            assert (server.signed_in[0], server.letters) == ("kim", [])

    def test_a_server_that_repeats_it_does_not_give_it_away(self) -> None:
        server = Server("mail.example.kr", 25, "kim", SECRET)
        assert SECRET not in repr(server)
        assert server.masked(f"535 {SECRET} is wrong") == "535 *** is wrong"
        assert "AGtpbQ" not in server.masked("535 AGtpbQBwYTpzcy93b3JkQDE= is wrong")

    def test_it_is_never_sent_in_clear_to_another_machine(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(mail, "_is_this_machine", lambda _host: False)
        with SmtpServer(password=SECRET) as server:
            assert isinstance(send(server, user="kim", password=SECRET), Halted)
            assert server.signed_in == []
            assert isinstance(send(server, user="kim", password=SECRET, tls="none"), Sent)

    def test_starttls_that_is_asked_for_and_not_offered_halts(self) -> None:
        with SmtpServer() as server:
            assert isinstance(send(server, tls="starttls"), Halted)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
class TestTls:
    @pytest.fixture
    def certificate(self, tmp_path: Path) -> Path:
        file = tmp_path / "server.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
             "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", file, "-out", tmp_path / "cert.pem"],
            check=True, capture_output=True, timeout=30,
        )  # fmt: skip
        file.write_text(file.read_text() + (tmp_path / "cert.pem").read_text())
        return file

    def _send(self, certificate: Path, trusted: ssl.SSLContext | None) -> tuple[Outcome, SmtpServer]:
        own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        own.load_cert_chain(certificate)
        with SmtpServer(tls=own, password=SECRET) as server:
            settings = Server("127.0.0.1", server.port, "kim", SECRET, tls="starttls")
            channel = MailChannel(settings, SENDER, tls=trusted)
            return asyncio.run(channel.send("kim@example.kr", MESSAGE)), server

    def test_starttls_carries_the_password_and_the_letter(self, certificate: Path) -> None:
        came, server = self._send(certificate, ssl.create_default_context(cafile=certificate))
        assert isinstance(came, Sent)
        assert server.signed_in == ["kim"]

    def test_a_certificate_that_nobody_vouches_for_halts_before_the_password(self, certificate: Path) -> None:
        came, server = self._send(certificate, None)
        assert isinstance(came, Halted)
        assert server.signed_in == []


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.kr", Server("mail.example.kr", 25)),
        (
            "smtp://user:p%40ss@mail.example.kr:587?tls=starttls",
            Server("mail.example.kr", 587, "user", "p@ss", tls="starttls"),
        ),
        ("smtp://mail.example.kr?tls=starttls", Server("mail.example.kr", 587, tls="starttls")),
        ("smtps://mail.example.kr", Server("mail.example.kr", 465, implicit_tls=True)),
        ("smtp://mail.example.kr:25?tls=none", Server("mail.example.kr", 25, tls="none")),
    ],
)
def test_smtp_url(url: str, server: Server) -> None:
    assert parse_server(url) == server


@pytest.mark.parametrize(
    "url", ["", "mail.example.kr", "http://x", "smtp://", "smtp://h:99999", "smtp://h?tls=1"]
)
def test_what_is_no_smtp_url_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ValueError, match="no address"):
        parse_server(url)


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"SMTP_URL": "smtp://user:geheim@"}, "SMTP_URL"),
        ({"SMTP_URL": "smtp://mail.example.kr"}, "MAIL_FROM"),
        ({"SMTP_URL": "smtp://mail.example.kr", "MAIL_FROM": "Monitor"}, "MAIL_FROM"),
    ],
)
def test_settings_that_cannot_send_are_named_with_the_mend(settings: dict[str, str], key: str) -> None:
    with pytest.raises(ConfigError) as error:
        make(Settings(**settings))  # type: ignore[arg-type]
    assert [problem.key for problem in error.value.problems] == [key]
    assert "geheim" not in str(error.value.problems[0])


class TestLetters:
    def _parsed(self, message: Message, to: str = "kim@example.kr"):  # type: ignore[no-untyped-def] # noqa: ANN202
        body = letter(message, mailbox(SENDER), mailbox(to), NOW)
        assert b"\n" not in body.replace(b"\r\n", b"")
        assert max(map(len, body.split(b"\r\n"))) <= 998
        assert body.isascii()
        return message_from_bytes(body, policy=default)

    def test_plain_text_comes_first_and_html_second(self) -> None:
        parsed = self._parsed(MESSAGE)
        assert parsed.get_content_type() == "multipart/alternative"
        assert [part.get_content_type() for part in parsed.iter_parts()] == ["text/plain", "text/html"]
        assert [part.get_content_charset() for part in parsed.iter_parts()] == ["utf-8", "utf-8"]
        assert parsed.get_body(("plain",)).get_content() == "금리\r\n닛케이 · 日\r\n"

    def test_headers(self) -> None:
        parsed = self._parsed(MESSAGE)
        assert parsed["From"] == "김하나 모니터 <monitor@example.kr>"
        assert parsed["Subject"] == "금리"
        assert parsed["Date"] == "Fri, 20 Nov 2026 23:30:00 +0000"
        assert parsed["Message-ID"] == "<1@example.kr>"
        assert parsed["Auto-Submitted"] == "auto-generated"

    def test_links_of_buttons_stand_in_both_parts_and_taps_in_none(self) -> None:
        rows = ((Button("후보", data="d:1:accept"), Button("원문", url="https://a.kr/?a=1&b=2")),)
        parsed = self._parsed(Message("<b>금리</b>", "금리", rows))
        assert parsed.get_body(("plain",)).get_content() == "금리\r\n원문: https://a.kr/?a=1&b=2\r\n"
        html = parsed.get_body(("html",)).get_content()
        assert '<a href="https://a.kr/?a=1&amp;b=2">원문</a>' in html
        assert "d:1" not in html

    def test_a_long_address_stays_whole(self) -> None:
        link = f"<https://monitor.example.kr/unsubscribe/{'x' * 300}>"
        message = Message("", "", headers={"List-Unsubscribe": link})
        assert self._parsed(message)["List-Unsubscribe"] == link
        # Not as an encoded word, which no mail program looks for a link in.
        body = letter(message, mailbox(SENDER), mailbox("kim@example.kr"), NOW)
        assert f"\r\nList-Unsubscribe: {link}\r\n".encode() in body

    @given(st.text(max_size=120))
    def test_no_subject_makes_another_header_or_loses_a_letter(self, text: str) -> None:
        subject = "금리 " + text
        parsed = self._parsed(
            Message(
                "", subject, subject=subject, headers={"List-Id": text, "X-Evil": text, "Message-ID": text}
            )
        )
        names = {"From", "To", "Subject", "Date", "Auto-Submitted", "MIME-Version", "Content-Type"}
        assert set(parsed.keys()) - {"List-Id", "Message-ID"} == names
        assert len(parsed.get_all("Subject")) == 1

    @pytest.mark.parametrize(
        "subject",
        [
            "[Bulletin Monitor] 11월 21일(토) 소식 24건: 次世代半導体の量産に向けた支援策を取りまとめました",
            "é 2-nanometer 😀😀 半導体 , =?utf-8?q?x?= = ?= ; xxxx 半導体",
            "=?utf-8?q?=0D=0ABcc:_all@example.kr?=",
            'plain ASCII, with (brackets) and "quotes"',
        ],
    )
    def test_a_subject_comes_back_as_it_was(self, subject: str) -> None:
        assert self._parsed(Message("", "", subject=subject))["Subject"] == subject
        assert all(len(word) <= 75 for word in encoded(subject).split(" ") if word.startswith("=?"))

    @pytest.mark.parametrize(
        "evil",
        ["x\r\nBcc: all@example.kr", "x\nBcc: all@example.kr", "x\r\n\r\n<html>", "x\0\x0b\u2028Bcc: a"],
    )
    def test_a_line_break_adds_no_header(self, evil: str) -> None:
        parsed = self._parsed(Message("", evil, subject=evil, headers={"List-Id": evil}))
        assert "Bcc" not in parsed
        assert "<html>" not in parsed.get_body(("html",)).get_content().splitlines()[0]

    def test_dots_and_bare_line_feeds_end_no_letter(self) -> None:
        with SmtpServer() as server:
            text = "하나\n.\n..\nQUIT\r.\r\nMAIL FROM:<x@y.kr>\n"
            send(server, message=Message("<b>.</b>", text, headers={}))
            [got] = server.letters
            assert got.text("plain").split() == text.split()

    @pytest.mark.parametrize("text", ["", "kim", "@example.kr", "kim@", "김@example.kr", "a b@c.kr"])
    def test_what_is_no_mailbox_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError):
            mailbox(text)

    def test_a_domain_of_other_letters_goes_out_in_ascii(self) -> None:
        assert mailbox("kim@예시.한국").addr_spec == "kim@xn--vv4b11d.xn--3e0b707e"
