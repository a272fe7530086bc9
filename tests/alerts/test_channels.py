"""What each channel makes of a message, and of the answers that it gets."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from alerts.channels import Gone, Halted, Moved, Outcome, Refused, Retry, Sent, Uncertain, Unreadable
from alerts.channels.apprise_urls import AppriseChannel
from alerts.channels.telegram import TelegramChannel
from alerts.messages import Button, Message
from tests.servers.telegram import TOKEN, Fault, TelegramServer
from tests.servers.waiting import WaitingServer

MESSAGE = Message(
    "<b>제목 &lt;1&gt;</b>\n본문",
    "제목 <1>\n본문",
    rows=(
        (Button("후보", data="d:7:accept"), Button("제외", data="d:7:reject")),
        (Button("원문", url="https://news.example/a"),),
    ),
    subject="제목 <1>",
)


class TestTelegram:
    def send(self, telegram: TelegramServer, target: str = "1", message: Message = MESSAGE) -> Outcome:
        async def run() -> Outcome:
            channel = TelegramChannel(TOKEN, telegram.url)
            try:
                return await channel.send(target, message)
            finally:
                await channel.aclose()

        return asyncio.run(run())

    def test_a_message_has_its_taps_above_its_links(self, telegram: TelegramServer) -> None:
        assert self.send(telegram) == Sent("1")
        [message] = telegram.delivered
        assert message.buttons == [
            {"text": "후보", "callback_data": "d:7:accept"},
            {"text": "제외", "callback_data": "d:7:reject"},
            {"text": "원문", "url": "https://news.example/a"},
        ]

    def test_a_thread_of_a_forum(self, telegram: TelegramServer) -> None:
        self.send(telegram, "-100/42")
        [message] = telegram.delivered
        assert (message.chat, message.thread) == ("-100", "42")

    def test_in_plain_text_the_taps_stay_and_the_links_go(self, telegram: TelegramServer) -> None:
        assert self.send(telegram, message=replace(MESSAGE, html="")) == Sent("1")
        [message] = telegram.delivered
        assert (message.text, "parse_mode" in message.fields) == ("제목 <1>\n본문", False)
        assert [button["text"] for button in message.buttons] == ["후보", "제외"]

    def test_a_text_that_is_too_long_is_cut_where_no_tag_breaks(self, telegram: TelegramServer) -> None:
        long = Message("<b>제목</b>\n" + "<i>가&amp;</i>" * 4000, "가" * 9000)
        assert self.send(telegram, message=long) == Sent("1")
        [message] = telegram.delivered
        assert message.fields["parse_mode"] == "HTML"
        assert message.text.endswith("…</i>")

    @pytest.mark.parametrize(
        ("fault", "outcome"),
        [
            pytest.param(Fault(429, "x", {"retry_after": 0}), Retry, id="429-without-a-time"),
            pytest.param(Fault(429, "x", {"retry_after": 40_000}), Retry, id="429"),
            pytest.param(Fault(500, "Internal Server Error"), Retry, id="500"),
            pytest.param(Fault(502, body=b"<html>Bad Gateway</html>"), Retry, id="502-html"),
            pytest.param(Fault(403, "Forbidden: bot was kicked from the group chat"), Gone, id="403"),
            pytest.param(Fault(400, "Bad Request: chat not found"), Gone, id="no-chat"),
            pytest.param(Fault(400, "Bad Request: message thread not found"), Gone, id="no-thread"),
            pytest.param(Fault(400, "Bad Request: something else"), Refused, id="400"),
            pytest.param(Fault(400, "Bad Request: BUTTON_URL_INVALID"), Unreadable, id="buttons"),
            pytest.param(Fault(400, "Bad Request: can't parse entities: x"), Unreadable, id="entities"),
            pytest.param(Fault(400, "x", {"migrate_to_chat_id": -100}), Moved, id="migrated"),
            pytest.param(Fault(401, "Unauthorized"), Halted, id="401"),
            pytest.param(Fault(drop="after"), Uncertain, id="dropped"),
            pytest.param(Fault(200, body=b"<html>Welcome to the hotel</html>"), Uncertain, id="unreadable"),
        ],
    )
    def test_an_answer_is_an_outcome(
        self, telegram: TelegramServer, fault: Fault, outcome: type[Outcome]
    ) -> None:
        telegram.faults["1"] = [fault]
        answered = self.send(telegram)
        assert isinstance(answered, outcome)
        assert TOKEN not in str(answered)


class Hook:
    """A webhook that answers as it is told."""

    def __init__(self) -> None:
        self.status = 200
        self.bodies: list[str] = []

    def __enter__(self) -> "Hook":
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.bodies.append(self.rfile.read(int(self.headers["content-length"])).decode())
                if outer.status == 0:
                    self.connection.close()
                    return
                self.send_response(outer.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_args: Any) -> None:
                pass

        self._server = WaitingServer(Handler)
        self._server.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._server.end()

    @property
    def url(self) -> str:
        return f"127.0.0.1:{self._server.server_port}/very-secret-token"


@pytest.fixture
def hook() -> Iterator[Hook]:
    with Hook() as server:
        yield server


class TestApprise:
    def send(self, url: str) -> Outcome:
        return asyncio.run(AppriseChannel(["127.0.0.1"]).send(url, MESSAGE))

    def test_a_message_is_plain_with_its_links_and_says_its_title_once(self, hook: Hook) -> None:
        assert self.send(f"json://{hook.url}") == Sent("")
        [body] = hook.bodies
        said = json.loads(body)
        assert (said["title"], said["message"]) == ("제목 <1>", "본문\n원문: https://news.example/a")

    @pytest.mark.parametrize(
        ("status", "outcome"),
        [(429, Retry), (503, Retry), (404, Gone), (410, Gone), (403, Gone), (400, Refused), (0, Uncertain)],
    )
    def test_an_answer_is_an_outcome(self, hook: Hook, status: int, outcome: type[Outcome]) -> None:
        hook.status = status
        assert isinstance(self.send(f"json://{hook.url}"), outcome)
        assert len(hook.bodies) == 1

    def test_where_nobody_listens_nothing_left(self) -> None:
        with Hook() as gone:
            pass
        assert isinstance(self.send(f"json://{gone.url}"), Retry)

    def test_an_address_that_is_none_any_more_is_gone(self) -> None:
        assert isinstance(self.send("nosuchservice://x"), Gone)

    def test_the_address_stands_in_no_outcome_and_in_none_of_our_logs(
        self, hook: Hook, capfd: pytest.CaptureFixture[str]
    ) -> None:
        # The handler that writes our log stands at the root.
        root, log = logging.getLogger(), io.StringIO()
        handler = logging.StreamHandler(log)
        root.addHandler(handler)
        hook.status = 500
        try:
            outcome = self.send(f"json://{hook.url}")
        finally:
            root.removeHandler(handler)
        assert "very-secret-token" not in f"{outcome}{log.getvalue()}{capfd.readouterr()}"
