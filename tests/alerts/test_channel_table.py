"""The table of channels: what a row says is so, whatever the channel."""

import asyncio

import pytest
from pydantic import SecretStr

from alerts.addresses import AddressError, examples, parse_address, stored_address
from alerts.channels import CHANNELS, URLS, Channel, Refused, Way, channel_names, make_channel
from alerts.messages import Message
from alerts.models import Alert, Recipient, through
from alerts.notices import words
from monitor.config import Settings

#: What the settings say for each to be there.
ENOUGH = {
    "telegram": {"TELEGRAM_BOT_TOKEN": "1:x"},
    "mailto": {"SMTP_URL": "smtp://mail.example.kr", "MAIL_FROM": "monitor@example.kr"},
    "apprise": {},
}
WAYS = [pytest.param(name, way, id=name) for name, way in CHANNELS.items()]
WRITTEN = [pytest.param(name, way, id=name) for name, way in CHANNELS.items() if way.written]


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for way in CHANNELS.values():
        monkeypatch.delenv(way.variable, raising=False)


def own(**given: str) -> Settings:
    return Settings(_env_file=None, **given)  # type: ignore[arg-type, call-arg]


@pytest.mark.parametrize(("name", "way"), WAYS)
def test_a_channel_is_there_with_its_setting_and_not_without(name: str, way: Way) -> None:
    enough = own(**ENOUGH[name])
    channel = make_channel(name, enough)
    assert channel is not None
    assert name in channel_names(enough)
    asyncio.run(channel.aclose())
    if way.setting:
        assert make_channel(name, own()) is None
        assert name not in channel_names(own())


@pytest.mark.parametrize(("name", "way"), WAYS)
def test_a_channel_edits_if_its_row_says_so(name: str, way: Way) -> None:
    channel = make_channel(name, own(**ENOUGH[name]))
    assert channel is not None
    assert (type(channel).edit is not Channel.edit) == way.edits
    if not way.edits:
        assert isinstance(asyncio.run(channel.edit("x", "1", Message("", ""))), Refused)


@pytest.mark.parametrize(("name", "way"), WRITTEN)
def test_what_an_example_shows_is_an_address_of_that_channel(name: str, way: Way) -> None:
    assert way.written
    address = parse_address(way.written.example)
    assert (address.channel, str(address)) == (name, way.written.example)
    assert address.way is way
    assert way.written.example in examples()


@pytest.mark.parametrize(("name", "way"), WRITTEN)
@pytest.mark.parametrize("rest", ["", " ", "//user:geheim@example.kr", "\r\nX: y"])
def test_what_is_no_target_is_refused_with_an_example(name: str, way: Way, rest: str) -> None:
    assert way.written
    with pytest.raises(AddressError, match=way.written.example) as refused:
        parse_address(f"{name}:{rest}")
    assert "geheim" not in str(refused.value)


@pytest.mark.parametrize(("name", "way"), WRITTEN)
def test_no_channel_takes_a_scheme_of_apprise_away(name: str, way: Way) -> None:
    from apprise import Apprise

    # Apprise's mailto:// names a server of its own and has never been taken.
    assert name == "mailto" or Apprise.instantiate(f"{name}://user:password@example.kr/1/2/3") is None


@pytest.mark.parametrize(("name", "way"), WAYS)
def test_a_setting_that_turns_a_channel_on_is_a_secret_to_logs_and_has_a_name(name: str, way: Way) -> None:
    if not way.setting:
        assert way.variable == ""
        return
    assert way.variable == Settings.model_fields[way.setting].alias
    assert isinstance(getattr(own(**ENOUGH[name]), way.setting), SecretStr)


def test_only_one_channel_takes_urls() -> None:
    assert [name for name, way in CHANNELS.items() if way.written is None] == [URLS]


@pytest.mark.parametrize(("name", "way"), WAYS)
def test_that_nothing_goes_through_it_is_said_by_its_name(name: str, way: Way) -> None:
    trouble = {"kind": "trouble", "what": name, "since": "2026-11-20T00:00:00+00:00", "reason": "x"}
    assert way.name in words(trouble, "ko").subject


class TestThrough:
    ADDRESSES = {
        "telegram": ("telegram:1", "telegram:-7/5"),
        "mailto": ("mailto:kim@example.kr",),
        "apprise": ("json://127.0.0.1:9/x", "tgram://1:x/2", "slack://telegram:1"),
    }

    @pytest.fixture(autouse=True)
    def alerts(self, db: None) -> None:
        for addresses in self.ADDRESSES.values():
            for address in addresses:
                to = Recipient.objects.create(address=address)
                Alert.objects.create(recipient=to, notice={"kind": "test"})

    def found(self, *channels: str) -> set[str]:
        return set(Alert.objects.filter(through(*channels)).values_list("recipient__address", flat=True))

    @pytest.mark.parametrize("channel", ADDRESSES)
    def test_every_alert_goes_through_the_channel_of_its_address(self, channel: str) -> None:
        assert self.found(channel) == set(self.ADDRESSES[channel])
        assert {stored_address(address).channel for address in self.found(channel)} == {channel}

    def test_several_channels_together(self) -> None:
        assert self.found("telegram", "apprise") == {*self.ADDRESSES["telegram"], *self.ADDRESSES["apprise"]}

    def test_no_channel_has_no_alerts(self) -> None:
        assert self.found() == set()
        assert Alert.objects.exclude(through()).count() == 6
