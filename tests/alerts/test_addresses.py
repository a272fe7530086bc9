"""Whom an address means."""

import logging
import sys
from email.message import EmailMessage
from email.policy import SMTP
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.addresses import AddressError, parse_address, shown, stored_address

HOOK = "T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"


@pytest.mark.parametrize(
    ("text", "channel", "target"),
    [
        ("telegram:123456789", "telegram", "123456789"),
        ("telegram:-1001234", "telegram", "-1001234"),
        (" telegram:-1001234/5 ", "telegram", "-1001234/5"),
        ("mailto:editor@example.kr", "mailto", "editor@example.kr"),
        ("MAILTO: Kim.Hana+watch@Example.KR ", "mailto", "Kim.Hana+watch@example.kr"),
        ("mailto:a@도메인.한국", "mailto", "a@xn--hq1bm8jm9l.xn--3e0b707e"),
        (f"slack://{HOOK}", "apprise", f"slack://{HOOK}"),
        ("json://user:secret@127.0.0.1:8099/hook?-t=1", "apprise", "json://user:secret@127.0.0.1:8099/hook?-t=1"),
        ("ntfy://editors", "apprise", "ntfy://editors"),
    ],
)  # fmt: skip
def test_an_address_is_read(text: str, channel: str, target: str) -> None:
    address = parse_address(text)
    assert (address.channel, address.target) == (channel, target)
    assert parse_address(str(address)) == stored_address(str(address)) == address


def test_the_web_address_of_a_service_that_apprise_knows_becomes_that_services_own() -> None:
    address = parse_address(f"https://hooks.slack.com/services/{HOOK}")
    assert address.channel == "apprise"
    assert str(address).startswith(f"slack://{HOOK}/")


@pytest.mark.parametrize(
    "text",
    ["telegram:abc", "telegram:", "telegram:1 2", "telegram:1/", "telegram:1/x", "telegram:--1", "12", "", "a@b.kr"],
)  # fmt: skip
def test_an_address_that_cannot_be_sent_to_is_refused_with_the_mend(text: str) -> None:
    with pytest.raises(AddressError, match="telegram:123456789"):
        parse_address(text)


@pytest.mark.parametrize(
    "target",
    [
        "", "a", "a@", "@b.kr", "a@b", "a b@c.kr", "a@b.kr, c@d.kr", "a@b.kr;c@d.kr", "<a@b.kr>", "김 <a@b.kr>",
        "a@b.kr?subject=x", "a@@b.kr", "a@b..kr", "a@-b.kr", ".a@b.kr", "a..b@c.kr", '"a b"@c.kr', "김@b.kr",
        f"{'a' * 65}@b.kr", f"a@{'b' * 64}.kr", f"a@{'.'.join(['b' * 60] * 5)}.kr",
        "a@b.kr\nBcc: x@y.kr", "a\r\n@b.kr", "a@b.kr\x00", "a@b\u2028.kr",
    ],
)  # fmt: skip
def test_what_is_no_single_mail_address_is_refused_with_the_mend(target: str) -> None:
    with pytest.raises(AddressError, match="mailto:editor@example.kr"):
        parse_address(f"mailto:{target}")


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_mail_address_ends_a_header(local: str, host: str) -> None:
    try:
        address = parse_address(f"mailto:{local}@{host}")
    except AddressError:
        return
    message = EmailMessage(policy=SMTP)
    message["To"] = address.target
    assert message.as_bytes().rstrip().count(b"\r\n") == 0
    assert [one.addr_spec for one in message["To"].addresses] == [address.target]


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("https://hooks.example/abc", "jsons://"),
        ("http://127.0.0.1:9/x", "json://"),
        ("nope://x", "caronc/apprise/wiki"),
        ("slack://", "caronc/apprise/wiki"),
        ("slack://T1/A 1/x", "caronc/apprise/wiki"),
        ("json://host/\r\nX: y", "caronc/apprise/wiki"),
        ("mailto://user:pass@gmail.com", "SMTP_URL"),
    ],
)
def test_a_url_that_apprise_cannot_send_to_is_refused_with_the_mend(text: str, mend: str) -> None:
    with pytest.raises(AddressError, match=mend) as refused:
        parse_address(text)
    assert "pass" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("telegram:-1001234/5", "telegram:-1001234/5"),
        ("mailto:a@b.kr", "mailto:a@b.kr"),
        (f"slack://{HOOK}", "slack://T...2/…"),
        ("json://user:secret@127.0.0.1:8099/secret?-t=secret", "json://127.0.0.1:8099/…"),
        ("jsons://hooks.example/secret", "jsons://hooks.example/…"),
        ("ntfy://secret-topic", "ntfy://s...c/…"),
        ("slack://", "slack://…"),
        ("<b>secret</b>", "…"),
    ],
)
def test_what_people_see_of_an_address_holds_no_secret(text: str, seen: str) -> None:
    assert shown(text) == seen
    assert stored_address(text).shown == seen


def test_apprise_logs_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    written = StringIO()
    monkeypatch.setattr(logging.getLogger(), "handlers", [logging.StreamHandler(written)])
    monkeypatch.setattr(sys, "stderr", written)
    logging.getLogger().warning("shown")
    assert shown("nope://secret-token/y") == "nope://…"
    with pytest.raises(AddressError):
        parse_address("https://example.com/secret-token")
    assert written.getvalue() == "shown\n"
